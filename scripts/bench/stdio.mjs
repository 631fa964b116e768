import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { judge } from "./lib/bounds.mjs";
import { COMMON_OPTIONS, machine, parseCount, runBenchmark, showProgress } from "./lib/command.mjs";
import { BOUNDS } from "./stdio/bounds.mjs";
import { measureCalls } from "./stdio/calls.mjs";
import { formatReport } from "./stdio/report.mjs";
import { floorServer, ourServer, sdkServer } from "./stdio/servers.mjs";
import { measureStarts } from "./stdio/starts.mjs";
import { measureTarball } from "./stdio/tarball.mjs";

const USAGE = `Usage: npm run bench -- [options]

Compares the built server with a hand-written one, with the SDK's McpServer, and with bare undici.

  --rounds <n>  measured starts of each server (default: 15)
  --calls <n>   measured calls through each, in each mode (default: 2000)
  --check       exit with 1 if a bound is missed; by default a miss is only reported, because machines are noisy
  --json        print one JSON object
  --help        print this help
`;

await runBenchmark("bench", async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      calls: { type: "string", default: "2000" },
      ...COMMON_OPTIONS,
    },
  });
  if (values.help) return { text: USAGE };
  const options = {
    rounds: parseCount("rounds", values.rounds),
    calls: parseCount("calls", values.calls),
  };
  const figures = await measure(options);
  const verdicts = judge(BOUNDS, figures);
  const text = values.json
    ? `${JSON.stringify({ ...machine(), options, ...figures, bounds: verdicts })}\n`
    : formatReport(figures, verdicts, options);
  return { text, verdicts, check: values.check };
});

/**
 * Interleaves all that can be: figures of one run are only compared with each other.
 * @param {{ rounds: number, calls: number }} options
 */
async function measure({ rounds, calls }) {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const servers = { floor: await floorServer(folder), sdk: sdkServer(), ours: ourServer() };
  const figures = {
    starts: await measureStarts(servers, rounds, showProgress),
    calls: await measureCalls(calls, showProgress),
    tarball: await measureTarball(),
  };
  showProgress("");
  return figures;
}
