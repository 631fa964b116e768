import { machine } from "../bench/report.mjs";
import { CONNECTIONS, NAMES } from "./servers.mjs";

/** @import { Figures, Verdict } from "./bounds.mjs" */
/** @import { Load } from "./measure.mjs" */
/** @import { PerServer } from "./servers.mjs" */

/** @type {PerServer<string>} */
const TITLES = {
  raw: "(a) raw node:http, canned answer",
  sdk: "(b) SDK, stateless Express + jose",
  ours: "(c) ours, --grant-cache 1",
  oursEachTime: "(c0) ours, --grant-cache 0",
};

const FIRST_COLUMN = 36;
const COLUMN = 9;

const row = (/** @type {string} */ head, /** @type {readonly string[]} */ cells) =>
  [head.padEnd(FIRST_COLUMN), ...cells.map((cell) => cell.padStart(COLUMN))].join("");

const number = (/** @type {number | undefined} */ value, digits = 2) => value?.toFixed(digits) ?? "-";

/** @param {PerServer<Load>} load */
const loadLines = (load) => [
  row("Medians", ["req/s", "/ (a)", "/ (b)", "p50 ms", "p99 ms", "CPU us", "failed"]),
  ...NAMES.map((name) => {
    const { perSecond, p50Ms, p99Ms, cpuUs, failed } = load[name];
    return row(TITLES[name], [
      number(perSecond, 0),
      number(perSecond / load.raw.perSecond),
      number(perSecond / load.sdk.perSecond),
      number(p50Ms),
      number(p99Ms),
      number(cpuUs, 0),
      number(failed, 0),
    ]);
  }),
];

const WORDS = { true: "PASS", false: "FAIL", undefined: "n/a " };

const verdictLine = (/** @type {Verdict} */ { name, side, limit, value, pass }) =>
  `${WORDS[`${pass}`]}  ${name}: ${number(value)}, ${side} ${limit}`;

/**
 * The figures and verdicts for a reader.
 * @param {Figures} figures
 * @param {readonly Verdict[]} verdicts
 * @param {{ rounds: number, ms: number, answerBytes: number, separated: boolean }} run
 * @returns {string}
 */
export const reportOf = ({ load, memory, audit }, verdicts, { rounds, ms, answerBytes, separated }) => {
  const { node, platform, cores } = machine();
  return [
    `Node.js ${node}, ${platform}, ${cores} cores; ${rounds} windows of ${ms} ms each, interleaved; ` +
      `${CONNECTIONS} connections, a token each; answers of ${answerBytes} bytes`,
    separated
      ? "The server has a processor of its own; the load, the app and the measuring share another."
      : "All share the processors as the system has it.",
    "",
    ...loadLines(load),
    "CPU us: the server's processor time for a request, what it does for audit included",
    "",
    `Memory over ${memory.requests} requests, MiB: ${memory.samplesMiB.map((value) => value.toFixed(0)).join(" ")}`,
    `Audit events: ${audit.calls} calls, ${audit.lost} lost`,
    "",
    ...verdicts.map(verdictLine),
    "",
  ].join("\n");
};
