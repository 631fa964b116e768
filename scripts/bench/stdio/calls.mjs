import { within } from "../lib/children.mjs";
import { median, quantile } from "../lib/statistics.mjs";
import { bareCaller, startUpstream, toolCaller } from "./callers.mjs";
import { ourServer, sdkServer } from "./servers.mjs";

/** @import { Caller } from "./callers.mjs" */

/**
 * @typedef {object} CallCosts
 * @property {number} medianMs median duration of a call
 * @property {number} p99Ms
 * @property {number} perSecond
 */

/**
 * @typedef {object} Calls
 * @property {PerCaller<CallCosts>} sequential sequential
 * @property {PerCaller<CallCosts>} concurrent `IN_FLIGHT` calls at a time
 * @property {number} addedMs what our server adds to the bare request (sequential medians)
 */

/**
 * @template Value
 * @typedef {{ bare: Value, sdk: Value, ours: Value }} PerCaller
 */

/** Concurrent calls. */
export const IN_FLIGHT = 64;
const BLOCKS = 10;
const BLOCK_MS = 30_000;

/**
 * Makes `count` calls, `inFlight` at a time.
 * @param {Caller} caller
 * @param {number} count
 * @param {number} inFlight
 */
async function runBlock({ call }, count, inFlight) {
  /** @type {number[]} */
  const times = [];
  let left = count;
  const work = async () => {
    while (left > 0) {
      left -= 1;
      const started = performance.now();
      await call();
      times.push(performance.now() - started);
    }
  };
  const started = performance.now();
  await within(BLOCK_MS, `a block of ${count} calls`, Promise.all(Array.from({ length: inFlight }, work)));
  return { times, ms: performance.now() - started };
}

/**
 * @param {readonly { times: number[], ms: number }[]} blocks
 * @returns {CallCosts}
 */
function costsOf(blocks) {
  const times = blocks.flatMap((block) => block.times);
  const seconds = blocks.reduce((sum, block) => sum + block.ms, 0) / 1000;
  return { medianMs: median(times), p99Ms: quantile(times, 0.99), perSecond: times.length / seconds };
}

/**
 * Blocks of calls through each caller in turn; the first turn is a warm-up.
 * @param {PerCaller<Caller>} callers
 * @param {number} calls
 * @param {number} inFlight
 * @param {(text: string) => void} progress
 * @returns {Promise<PerCaller<CallCosts>>}
 */
async function measureMode(callers, calls, inFlight, progress) {
  /** @type {PerCaller<{ times: number[], ms: number }[]>} */
  const blocks = { bare: [], sdk: [], ours: [] };
  for (let turn = 0; turn <= BLOCKS; turn += 1) {
    progress(`calls, ${inFlight} in flight: ${turn ? `block ${turn} of ${BLOCKS}` : "warm-up"}`);
    for (const name of /** @type {const} */ (["bare", "sdk", "ours"])) {
      const block = await runBlock(callers[name], Math.ceil(calls / BLOCKS), inFlight);
      if (turn > 0) blocks[name].push(block);
    }
  }
  return { bare: costsOf(blocks.bare), sdk: costsOf(blocks.sdk), ours: costsOf(blocks.ours) };
}

/**
 * The cost of a tool call, compared with the same request without MCP.
 * @param {number} calls measured calls in each mode
 * @param {(text: string) => void} progress
 * @returns {Promise<Calls>}
 */
export async function measureCalls(calls, progress) {
  const upstream = await startUpstream();
  const callers = {
    bare: await bareCaller(upstream.url, IN_FLIGHT),
    sdk: await toolCaller(sdkServer(upstream.url)),
    ours: await toolCaller(ourServer(upstream.url)),
  };
  const sequential = await measureMode(callers, calls, 1, progress);
  const concurrent = await measureMode(callers, calls, IN_FLIGHT, progress);
  await Promise.all(Object.values(callers).map((caller) => caller.close()));
  upstream.close();
  return { sequential, concurrent, addedMs: sequential.ours.medianMs - sequential.bare.medianMs };
}
