import { verdictLine } from "../lib/bounds.mjs";
import { machine } from "../lib/command.mjs";
import { CONNECTIONS, NAMES } from "./servers.mjs";

/** @import { Verdict } from "../lib/bounds.mjs" */
/** @import { Figures } from "./bounds.mjs" */
/** @import { Load } from "./measure.mjs" */
/** @import { PerServer } from "./servers.mjs" */

/** @type {PerServer<string>} */
const TITLES = {
  raw: "(a) raw node:http, canned response",
  sdk: "(b) SDK, stateless Express + jose",
  ours: "(c) ours, --grant-cache 1",
  oursEachTime: "(c0) ours, --grant-cache 0",
};

const FIRST_COLUMN = 36;
const COLUMN = 9;

function row(/** @type {string} */ head, /** @type {readonly string[]} */ cells) {
  return [head.padEnd(FIRST_COLUMN), ...cells.map((cell) => cell.padStart(COLUMN))].join("");
}

function number(/** @type {number | undefined} */ value, digits = 2) {
  return value?.toFixed(digits) ?? "-";
}

/** @param {PerServer<Load>} load */
function loadLines(load) {
  return [
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
}

/**
 * The figures and verdicts as text.
 * @param {Figures} figures
 * @param {readonly Verdict[]} verdicts
 * @param {{ rounds: number, ms: number, responseBytes: number, separated: boolean }} run
 * @returns {string}
 */
export function formatReport({ load, memory, audit }, verdicts, { rounds, ms, responseBytes, separated }) {
  const { node, platform, cores } = machine();
  return [
    `Node.js ${node}, ${platform}, ${cores} cores; ${rounds} windows of ${ms} ms each, interleaved; ` +
      `${CONNECTIONS} connections, one token each; responses of ${responseBytes} bytes`,
    separated
      ? "The measured server has one processor; the load, the app, and this process share another."
      : "All processes share all processors.",
    "",
    ...loadLines(load),
    "CPU us: processor time of the server per request, including audit delivery",
    "",
    `Memory over ${memory.requests} requests, MiB: ${memory.samplesMiB.map((value) => value.toFixed(0)).join(" ")}`,
    `Audit events: ${audit.calls} calls, ${audit.lost} lost`,
    "",
    ...verdicts.map(verdictLine),
    "",
  ].join("\n");
}
