import { median } from "../bench/stats.mjs";

/** @import { Load, Memory } from "./measure.mjs" */
/** @import { PerServer } from "./servers.mjs" */

/**
 * All that one run has measured. `lost` counts audit events that were given up or never came.
 * @typedef {{ load: PerServer<Load>, memory: Memory, audit: { calls: number, lost: number } }} Figures
 * @typedef {{ name: string, side: "at least" | "at most", limit: number, value: number | undefined, pass: boolean | undefined }} Verdict
 */

/**
 * How much memory grew when the caches and the heap had their size: the last quarter over the second.
 * @param {Memory} memory
 */
export const growthOf = ({ samplesMiB }) => {
  const quarter = Math.floor(samplesMiB.length / 4);
  if (quarter === 0) return undefined;
  return median(samplesMiB.slice(-quarter)) / median(samplesMiB.slice(quarter, 2 * quarter));
};

/** @type {readonly (Pick<Verdict, "name" | "side" | "limit"> & { of: (figures: Figures) => number | undefined })[]} */
const BOUNDS = [
  {
    name: "requests per second, over the SDK's example",
    side: "at least",
    limit: 10,
    of: ({ load }) => load.ours.perSecond / load.sdk.perSecond,
  },
  {
    name: "requests per second, over raw node:http",
    side: "at least",
    limit: 0.45,
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

const HOLDS = {
  "at least": (/** @type {number} */ value, /** @type {number} */ limit) => value >= limit,
  "at most": (/** @type {number} */ value, /** @type {number} */ limit) => value <= limit,
};

/** @param {Figures} figures @returns {Verdict[]} */
export const judge = (figures) =>
  BOUNDS.map(({ of, ...bound }) => {
    const value = of(figures);
    const pass = value === undefined ? undefined : HOLDS[bound.side](value, bound.limit);
    return { ...bound, value, pass };
  });
