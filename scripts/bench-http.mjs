import process from "node:process";
import { parseArgs } from "node:util";
import { judge } from "./bench-http/bounds.mjs";
import { callsOf, countsOf, measureLoad, measureMemory, startLoad } from "./bench-http/measure.mjs";
import { endOrderly } from "./bench-http/processes.mjs";
import { separate } from "./bench-http/processors.mjs";
import { reportOf } from "./bench-http/report.mjs";
import { startAll } from "./bench-http/servers.mjs";

const USAGE = `Usage: npm run bench:http -- [options]

Loads the built HTTP server with tools/call, beside raw node:http and the SDK's stateless Express example.

  --rounds <n>        counted windows of each server (default: 5)
  --ms <n>            length of a window in milliseconds (default: 2000)
  --requests <n>      requests over which memory is watched (default: 50000)
  --memory            watch it over 200000, which is what the bound is about
  --profile <folder>  write CPU profiles of our server there; the figures suffer
  --check             exit with 1 if a bound is missed; machines are noisy, so by default it only says so
  --json              print one JSON object
  --help              print this
`;

const REQUESTS = { usual: "50000", memory: "200000" };

/** The tokens die after 15 minutes, and a run that is stuck is worth nothing either. */
const MAX_RUN_MS = 14 * 60_000;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      ms: { type: "string", default: "2000" },
      requests: { type: "string" },
      memory: { type: "boolean", default: false },
      profile: { type: "string" },
      check: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  values.requests ??= values.memory ? REQUESTS.memory : REQUESTS.usual;
  const count = (/** @type {"rounds" | "ms" | "requests"} */ name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name} must be a whole number above 0`);
  };
  return { ...values, rounds: count("rounds"), ms: count("ms"), requests: count("requests") };
};

/** Says what is going on, on one line that the next one overwrites. */
const progress = (/** @type {string} */ doing) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${doing}`);
};

/** @param {ReturnType<typeof readOptions>} options */
const measure = async ({ rounds, ms, requests, profile }) => {
  const { app, servers, tokens, answerBytes } = await startAll(profile);
  const { child, load } = startLoad(tokens);
  const separated = separate(
    Object.values(servers).map((server) => server.child),
    [child, app.child],
  );
  const figures = {
    load: await measureLoad(load, servers, { rounds, ms }, progress),
    memory: await measureMemory(load, servers.ours, requests, progress),
  };
  progress("ending");
  const calls = (await callsOf(servers.ours)) + (await callsOf(servers.oursEachTime));
  await endOrderly(servers.ours);
  await endOrderly(servers.oursEachTime);
  const { audited } = await countsOf(app);
  progress("");
  return { figures: { ...figures, audit: { calls, lost: calls - audited } }, answerBytes, separated };
};

const main = async () => {
  const options = readOptions();
  if (options.help) return process.stdout.write(USAGE);
  const { figures, answerBytes, separated } = await measure(options);
  const { rounds, ms } = options;
  const bounds = judge(figures);
  const text = options.json
    ? `${JSON.stringify({ rounds, ms, separated, ...figures, bounds })}\n`
    : reportOf(figures, bounds, { rounds, ms, answerBytes, separated });
  if (options.check && bounds.some(({ pass }) => pass === false)) process.exitCode = 1;
  return process.stdout.write(text);
};

setTimeout(() => {
  process.stderr.write("bench:http: the run took too long\n");
  process.exit(1);
}, MAX_RUN_MS).unref();

try {
  await main();
  // The helpers end with this process.
  process.exit();
} catch (error) {
  progress("");
  process.stderr.write(`bench:http: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
