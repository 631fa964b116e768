import { cpus } from "node:os";
import process from "node:process";
import { IN_FLIGHT } from "./calls.mjs";

/** @import { Figures, Verdict } from "./bounds.mjs" */
/** @import { CallCosts, PerCaller } from "./calls.mjs" */

/** What the figures are worth depends on these. */
export const machine = () => ({
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  cores: cpus().length,
});

const NOT_MEASURED = "not measured";
const FIRST_COLUMN = 34;
const COLUMN = 14;

const number = (/** @type {number | undefined} */ value, digits = 1) =>
  value === undefined ? NOT_MEASURED : value.toFixed(digits);

const over = (/** @type {number | undefined} */ value, /** @type {number | undefined} */ base) =>
  value === undefined || base === undefined ? "" : `${(value / base).toFixed(2)} x`;

const row = (/** @type {string} */ head, /** @type {readonly string[]} */ ...cells) =>
  [head.padEnd(FIRST_COLUMN), ...cells.map((cell) => cell.padStart(COLUMN))].join("").trimEnd();

/** @param {Figures} figures */
const startLines = ({ starts: { floor, sdk, ours } }) => {
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
};

/** @param {string} head @param {PerCaller<CallCosts>} costs */
const callLines = (head, { bare, sdk, ours }) => {
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
};

const WORDS = { true: "PASS", false: "FAIL", undefined: "n/a " };

const verdictLine = (/** @type {Verdict} */ { name, unit, limit, value, pass }) => {
  const shown = value === undefined ? NOT_MEASURED : `${Number(value.toFixed(2))} ${unit}`.trimEnd();
  return `${WORDS[`${pass}`]}  ${name}: ${shown}, at most ${`${limit} ${unit}`.trimEnd()}`;
};

/**
 * The figures and verdicts for a reader.
 * @param {Figures} figures
 * @param {readonly Verdict[]} verdicts
 * @param {{ rounds: number, calls: number }} options
 * @returns {string}
 */
export const reportOf = (figures, verdicts, { rounds, calls }) => {
  const { node, platform, cores } = machine();
  const { sequential, concurrent, addedMs } = figures.calls;
  return [
    `Node.js ${node}, ${platform}, ${cores} cores; ${rounds} starts each, ${calls} calls each, interleaved`,
    "",
    ...startLines(figures),
    "",
    row("Calls of lightfast_system_health", "bare undici", "SDK server", "ours", "ours/bare", "ours/SDK"),
    ...callLines("one after the other", sequential),
    ...callLines(`${IN_FLIGHT} in flight`, concurrent),
    `Added by us to a call: ${addedMs.toFixed(2)} ms (sequential medians; pipe and JSON-RPC included)`,
    "",
    `Tarball: ${(figures.tarball.bytes / 1024).toFixed(1)} KiB, packages installed: ${figures.tarball.packages}`,
    "",
    ...verdicts.map(verdictLine),
    "",
  ].join("\n");
};
