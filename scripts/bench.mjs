import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { judge } from "./bench/bounds.mjs";
import { measureCalls } from "./bench/calls.mjs";
import { machine, reportOf } from "./bench/report.mjs";
import { floorServer, ourServer, sdkServer } from "./bench/servers.mjs";
import { measureStarts } from "./bench/starts.mjs";
import { measureTarball } from "./bench/tarball.mjs";

const USAGE = `Usage: npm run bench -- [options]

Compares the built server with a hand-written one, with the SDK's McpServer and with bare undici.

  --rounds <n>  counted starts of each server (default: 15)
  --calls <n>   counted calls through each, in each mode (default: 2000)
  --check       exit with 1 if a bound is missed; machines are noisy, so by default it only says so
  --json        print one JSON object
  --help        print this
`;

const readOptions = () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      calls: { type: "string", default: "2000" },
      check: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const count = (/** @type {"rounds" | "calls"} */ name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value > 0) return value;
    throw new Error(`--${name} must be a whole number above 0`);
  };
  return { ...values, rounds: count("rounds"), calls: count("calls") };
};

/** Says what is going on, on one line that the next one overwrites. */
const progress = (/** @type {string} */ doing) => {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${doing}`);
};

/** Interleaves all that can be: the figures of one run are compared with each other, never with another run's. */
const measure = async (/** @type {{ rounds: number, calls: number }} */ { rounds, calls }) => {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const servers = { floor: await floorServer(folder), sdk: sdkServer(), ours: ourServer() };
  const figures = {
    starts: await measureStarts(servers, rounds, progress),
    calls: await measureCalls(calls, progress),
    tarball: await measureTarball(),
  };
  progress("");
  return figures;
};

const main = async () => {
  const { help, json, check, ...options } = readOptions();
  if (help) return process.stdout.write(USAGE);
  const figures = await measure(options);
  const bounds = judge(figures);
  const text = json
    ? `${JSON.stringify({ ...machine(), options, ...figures, bounds })}\n`
    : reportOf(figures, bounds, options);
  if (check && bounds.some(({ pass }) => pass === false)) process.exitCode = 1;
  return process.stdout.write(text);
};

try {
  await main();
} catch (error) {
  progress("");
  process.stderr.write(`bench: ${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
