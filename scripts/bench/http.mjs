import process from "node:process";
import { parseArgs } from "node:util";
import { BOUNDS } from "./http/bounds.mjs";
import { callsOf, countsOf, measureLoad, measureMemory, startLoad } from "./http/measure.mjs";
import { endOrderly } from "./http/processes.mjs";
import { separate } from "./http/processors.mjs";
import { formatReport } from "./http/report.mjs";
import { startAll } from "./http/servers.mjs";
import { judge } from "./lib/bounds.mjs";
import { COMMON_OPTIONS, parseCount, runBenchmark, showProgress } from "./lib/command.mjs";

const USAGE = `Usage: npm run bench:http -- [options]

Loads the built HTTP server with tools/call, next to raw node:http and the SDK's stateless Express example.

  --rounds <n>        measured windows of each server (default: 5)
  --ms <n>            length of a window in milliseconds (default: 2000)
  --requests <n>      requests over which memory is measured (default: 50000)
  --memory            measure it over 200000 requests, which the bound is meant for
  --profile <folder>  write CPU profiles of the built server there; this slows it down
  --check             exit with 1 if a bound is missed; by default a miss is only reported, because machines are noisy
  --json              print one JSON object
  --help              print this help
`;

const REQUESTS = { usual: "50000", memory: "200000" };

/** Tokens expire after 15 minutes. */
const MAX_RUN_MS = 14 * 60_000;

setTimeout(() => {
  process.stderr.write("bench:http: the run took too long\n");
  process.exit(1);
}, MAX_RUN_MS).unref();

// The helper processes end with this one.
await runBenchmark("bench:http", async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "5" },
      ms: { type: "string", default: "2000" },
      requests: { type: "string" },
      memory: { type: "boolean", default: false },
      profile: { type: "string" },
      ...COMMON_OPTIONS,
    },
  });
  if (values.help) return { text: USAGE };
  const rounds = parseCount("rounds", values.rounds);
  const ms = parseCount("ms", values.ms);
  const requests = parseCount(
    "requests",
    values.requests ?? (values.memory ? REQUESTS.memory : REQUESTS.usual),
  );
  const { figures, responseBytes, separated } = await measure({
    rounds,
    ms,
    requests,
    profile: values.profile,
  });
  const verdicts = judge(BOUNDS, figures);
  const text = values.json
    ? `${JSON.stringify({ rounds, ms, separated, ...figures, bounds: verdicts })}\n`
    : formatReport(figures, verdicts, { rounds, ms, responseBytes, separated });
  return { text, verdicts, check: values.check };
});

/** @param {{ rounds: number, ms: number, requests: number, profile: string | undefined }} options */
async function measure({ rounds, ms, requests, profile }) {
  const { app, servers, tokens, responseBytes } = await startAll(profile);
  const { child, load } = startLoad(tokens);
  const separated = separate(
    Object.values(servers).map((server) => server.child),
    [child, app.child],
  );
  const figures = {
    load: await measureLoad(load, servers, { rounds, ms }, showProgress),
    memory: await measureMemory(load, servers.ours, requests, showProgress),
  };
  showProgress("ending");
  const calls = (await callsOf(servers.ours)) + (await callsOf(servers.oursEachTime));
  await endOrderly(servers.ours);
  await endOrderly(servers.oursEachTime);
  const { audited } = await countsOf(app);
  showProgress("");
  return { figures: { ...figures, audit: { calls, lost: calls - audited } }, responseBytes, separated };
}
