import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { installedServers } from "./installed/entries.mjs";
import { cpuMs, endedChildrenMs, memoryMiB, treeOf } from "./installed/processes.mjs";
import { judge, ratio, verdictLine } from "./lib/bounds.mjs";
import { clientEnvironment } from "./lib/children.mjs";
import { COMMON_OPTIONS, machine, parseCount, runBenchmark, showProgress } from "./lib/command.mjs";
import { median, medianIfAll } from "./lib/statistics.mjs";
import { openPeer } from "./stdio/peer.mjs";

/** @import { Bound } from "./lib/bounds.mjs" */
/** @import { Server } from "./stdio/servers.mjs" */

/**
 * One start of a process and its descendants, until it answers `tools/list`; undefined means not measured.
 * @typedef {{ wallMs: number, cpuMs: number | undefined, memoryMiB: number | undefined }} Start
 */

const USAGE = `Usage: npm run bench:installed -- [options]

Starts this server with the commands that "install" and "install --npx" write, until it answers tools/list, and compares them with
node -e "" and with other servers. Starts take turns.

  --rounds <n>               measured starts of each server (default: 15)
  --peer '<name>=<command>'  another server, with the environment of this command; can be repeated
  --check                    exit with 1 if a bound is missed
  --json                     print one JSON object
  --help                     print this help
`;
const WARM_UPS = 2;
const BARE = "node -e ''";
const INSTALLED = "as installed";

/** @type {readonly Bound<Record<string, Start>>[]} */
const BOUNDS = [
  {
    name: "spawn to tools/list as installed, over node -e ''",
    unit: "x",
    side: "at most",
    limit: 1.4,
    of: (figures) => ratio(figures[INSTALLED]?.wallMs, figures[BARE]?.wallMs),
  },
];

await runBenchmark("bench:installed", async () => {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "15" },
      peer: { type: "string", multiple: true, default: [] },
      ...COMMON_OPTIONS,
    },
  });
  if (values.help) return { text: USAGE };
  const rounds = parseCount("rounds", values.rounds);
  const figures = await measure(values.peer.map(parsePeer), rounds);
  const verdicts = judge(BOUNDS, figures);
  const text = values.json
    ? `${JSON.stringify({ ...machine(), rounds, starts: figures, bounds: verdicts })}\n`
    : `${[...tableLines(figures, rounds), "", ...verdicts.map(verdictLine)].join("\n")}\n`;
  return { text, verdicts, check: values.check };
});

/** @param {string} text @returns {Server} */
function parsePeer(text) {
  const [, label = "", command = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const [program, ...args] = command.split(/\s+/);
  if (!program) throw new Error(`--peer must be '<name>=<command>', but is '${text}'`);
  // Settings of Node.js, such as additional certificates, would make only these starts slower.
  const given = Object.entries(process.env).flatMap(([name, value]) =>
    value && !name.startsWith("NODE_") ? [[name, value]] : [],
  );
  return { label, command: [program, ...args], env: Object.fromEntries(given) };
}

/**
 * @param {readonly Server[]} peers
 * @param {number} rounds
 * @returns {Promise<Record<string, Start>>} medians, by label
 */
async function measure(peers, rounds) {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-bench-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const { installed, npx } = await installedServers(folder);
  /** @type {[string, () => Promise<Start>][]} */
  const subjects = [
    [BARE, startBare],
    ...[installed, npx, ...peers].map(
      (server) => /** @type {[string, () => Promise<Start>]} */ ([server.label, () => start(server)]),
    ),
  ];
  /** @type {Record<string, Start[]>} */
  const starts = Object.fromEntries(subjects.map(([label]) => [label, []]));
  for (let round = 1 - WARM_UPS; round <= rounds; round += 1) {
    showProgress(round > 0 ? `round ${round} of ${rounds}` : "warm-up");
    for (const [label, subject] of subjects) {
      const figures = await subject();
      if (round > 0) starts[label]?.push(figures);
    }
  }
  showProgress("");
  return Object.fromEntries(Object.entries(starts).map(([label, all]) => [label, summary(all, label)]));
}

/** @param {readonly Start[]} starts @param {string} label @returns {Start} */
function summary(starts, label) {
  const cpu = starts.map((start) => start.cpuMs);
  const total = cpu.reduce(
    (/** @type {number | undefined} */ sum, ms) =>
      sum === undefined || ms === undefined ? undefined : sum + ms,
    0,
  );
  return {
    wallMs: median(starts.map((start) => start.wallMs)),
    // The kernel counts the time of a process that has ended in steps of 10 ms, so that only their mean is accurate.
    cpuMs: label === BARE && total !== undefined ? total / starts.length : medianIfAll(cpu),
    memoryMiB: label === BARE ? undefined : medianIfAll(starts.map((start) => start.memoryMiB)),
  };
}

/** From spawn to exit: the cost of Node.js alone. @returns {Promise<Start>} */
async function startBare() {
  const before = endedChildrenMs();
  const spawned = performance.now();
  await once(spawn(process.execPath, ["-e", ""], { env: clientEnvironment(), stdio: "pipe" }), "close");
  const wallMs = performance.now() - spawned;
  const isLinux = process.platform === "linux";
  return { wallMs, cpuMs: isLinux ? endedChildrenMs() - before : undefined, memoryMiB: undefined };
}

/** @param {Server} server @returns {Promise<Start>} */
async function start(server) {
  const spawned = performance.now();
  const peer = openPeer(server);
  await peer.initialize();
  await peer.listTools();
  const wallMs = performance.now() - spawned;
  const tree = treeOf(peer.pid ?? 0);
  const isMeasured = tree.length > 0;
  const figures = {
    wallMs,
    cpuMs: isMeasured ? cpuMs(tree) : undefined,
    memoryMiB: isMeasured ? memoryMiB(tree) : undefined,
  };
  await peer.end();
  // npm does not always end what it started.
  for (const pid of tree) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended.
    }
  }
  return figures;
}

/** @param {Record<string, Start>} figures @param {number} rounds */
function tableLines(figures, rounds) {
  const { node, platform, cores } = machine();
  const number = (/** @type {number | undefined} */ value) =>
    (value === undefined ? "-" : value.toFixed(1)).padStart(12);
  const bare = figures[BARE]?.wallMs;
  return [
    `Node.js ${node}, ${platform}, ${cores} cores; ${rounds} starts each, interleaved, medians`,
    "",
    `${"Spawn to tools/list".padEnd(28)}${["wall, ms", "over bare", "CPU, ms", "memory, MiB"].map((head) => head.padStart(12)).join("")}`,
    ...Object.entries(figures).map(
      ([label, { wallMs, cpuMs: cpu, memoryMiB: memory }]) =>
        `${label.padEnd(28)}${number(wallMs)}${number(ratio(wallMs, bare))}${number(cpu)}${number(memory)}`,
    ),
  ];
}
