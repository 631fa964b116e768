import { verdictLine } from "../lib/bounds.mjs";
import { machine } from "../lib/command.mjs";
import { IN_FLIGHT } from "./calls.mjs";

/** @import { Verdict } from "../lib/bounds.mjs" */
/** @import { Figures } from "./bounds.mjs" */
/** @import { CallCosts, PerCaller } from "./calls.mjs" */

const FIRST_COLUMN = 34;
const COLUMN = 14;

function number(/** @type {number | undefined} */ value, digits = 1) {
  return value === undefined ? "not measured" : value.toFixed(digits);
}

function over(/** @type {number | undefined} */ value, /** @type {number | undefined} */ base) {
  return value === undefined || base === undefined ? "" : `${(value / base).toFixed(2)} x`;
}

function row(/** @type {string} */ head, /** @type {readonly string[]} */ ...cells) {
  return [head.padEnd(FIRST_COLUMN), ...cells.map((cell) => cell.padStart(COLUMN))].join("").trimEnd();
}

/** @param {Figures} figures */
function startLines({ starts: { floor, sdk, ours } }) {
  const line = (
    /** @type {string} */ head,
    /** @type {"initializeMs" | "toolsMs" | "exitMs" | "peakMiB" | "toolsBytes"} */ key,
    digits = 1,
  ) =>
    row(
      head,
      ...[floor, sdk, ours].map((start) => number(start[key], digits)),
      over(ours[key], floor[key]),
      over(ours[key], sdk[key]),
    );
  return [
    row("Start, medians", "floor", "SDK server", "ours", "ours/floor", "ours/SDK"),
    line("spawn to initialize, ms", "initializeMs"),
    line("spawn to tools/list, ms", "toolsMs"),
    line("end of input to exit, ms", "exitMs"),
    line("peak memory, MiB", "peakMiB"),
    line("tools/list result, bytes", "toolsBytes", 0),
  ];
}

/** @param {string} head @param {PerCaller<CallCosts>} costs */
function callLines(head, { bare, sdk, ours }) {
  const line = (/** @type {string} */ name, /** @type {keyof CallCosts} */ key, digits = 2) =>
    row(
      `  ${name}`,
      ...[bare, sdk, ours].map((costs) => number(costs[key], digits)),
      over(ours[key], bare[key]),
      over(ours[key], sdk[key]),
    );
  return [
    head,
    line("median, ms", "medianMs"),
    line("99th percentile, ms", "p99Ms"),
    line("per second", "perSecond", 0),
  ];
}

/**
 * The figures and verdicts as text.
 * @param {Figures} figures
 * @param {readonly Verdict[]} verdicts
 * @param {{ rounds: number, calls: number }} options
 * @returns {string}
 */
export function formatReport(figures, verdicts, { rounds, calls }) {
  const { node, platform, cores } = machine();
  const { sequential, concurrent, addedMs } = figures.calls;
  return [
    `Node.js ${node}, ${platform}, ${cores} cores; ${rounds} starts each, ${calls} calls each, interleaved`,
    "",
    ...startLines(figures),
    "",
    row("Calls of lightfast_system_health", "bare undici", "SDK server", "ours", "ours/bare", "ours/SDK"),
    ...callLines("sequential", sequential),
    ...callLines(`${IN_FLIGHT} in flight`, concurrent),
    `Added to a call: ${addedMs.toFixed(2)} ms (sequential medians; pipe and JSON-RPC included)`,
    "",
    `Tarball: ${(figures.tarball.bytes / 1024).toFixed(1)} KiB, packages installed: ${figures.tarball.packages}`,
    "",
    ...verdicts.map(verdictLine),
    "",
  ].join("\n");
}
