import { median } from "../lib/statistics.mjs";

/** @import { Bound } from "../lib/bounds.mjs" */
/** @import { Load, Memory } from "./measure.mjs" */
/** @import { PerServer } from "./servers.mjs" */

/**
 * `lost` counts audit events that were dropped or never arrived.
 * @typedef {{ load: PerServer<Load>, memory: Memory, audit: { calls: number, lost: number } }} Figures
 */

/** @type {readonly Bound<Figures>[]} */
export const BOUNDS = [
  {
    name: "requests per second, over the SDK's example",
    side: "at least",
    limit: 8,
    of: ({ load }) => load.ours.perSecond / load.sdk.perSecond,
  },
  {
    name: "requests per second, over raw node:http",
    side: "at least",
    of: ({ load }) => load.ours.perSecond / load.raw.perSecond,
  },
  {
    name: "99th percentile, over raw node:http",
    side: "at most",
    limit: 3,
    of: ({ load }) => load.ours.p99Ms / load.raw.p99Ms,
  },
  {
    name: "memory, last quarter over second quarter",
    side: "at most",
    limit: 1.1,
    of: ({ memory }) => growthOf(memory),
  },
  { name: "audit events lost", side: "at most", limit: 0, of: ({ audit }) => audit.lost },
  {
    name: "requests failed",
    side: "at most",
    limit: 0,
    of: ({ load, memory }) => load.ours.failed + load.oursEachTime.failed + memory.failed,
  },
];

/**
 * Growth of memory after caches and heap are filled: the last quarter over the second.
 * @param {Memory} memory
 */
function growthOf({ samplesMiB }) {
  const quarter = Math.floor(samplesMiB.length / 4);
  if (quarter === 0) return undefined;
  return median(samplesMiB.slice(-quarter)) / median(samplesMiB.slice(quarter, 2 * quarter));
}
