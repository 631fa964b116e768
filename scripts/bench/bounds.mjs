/** @import { Calls } from "./calls.mjs" */
/** @import { PerServer, Start } from "./starts.mjs" */
/** @import { Tarball } from "./tarball.mjs" */

/**
 * All that one run has measured.
 * @typedef {object} Figures
 * @property {PerServer<Start>} starts
 * @property {Calls} calls
 * @property {Tarball} tarball
 */

/**
 * A promise about the figures, and how it fares: `undefined` where this system could not measure it.
 * @typedef {{ name: string, unit: string, limit: number, value: number | undefined, pass: boolean | undefined }} Verdict
 */

const ratio = (/** @type {number | undefined} */ value, /** @type {number | undefined} */ base) =>
  value === undefined || base === undefined ? undefined : value / base;

/** @type {readonly { name: string, unit: string, limit: number, of: (figures: Figures) => number | undefined }[]} */
const BOUNDS = [
  {
    name: "spawn to tools/list, over the floor",
    unit: "x",
    limit: 2,
    of: ({ starts }) => ratio(starts.ours.toolsMs, starts.floor.toolsMs),
  },
  {
    name: "spawn to tools/list, over the SDK server",
    unit: "x",
    limit: 0.35,
    of: ({ starts }) => ratio(starts.ours.toolsMs, starts.sdk.toolsMs),
  },
  {
    name: "peak memory, over the floor",
    unit: "x",
    limit: 1.35,
    of: ({ starts }) => ratio(starts.ours.peakMiB, starts.floor.peakMiB),
  },
  { name: "tarball", unit: "KiB", limit: 400, of: ({ tarball }) => tarball.bytes / 1024 },
  { name: "packages installed", unit: "", limit: 1, of: ({ tarball }) => tarball.packages },
  {
    name: "added to a sequential call, over bare undici",
    unit: "ms",
    limit: 1,
    of: ({ calls }) => calls.addedMs,
  },
];

/**
 * @param {Figures} figures
 * @returns {Verdict[]}
 */
export const judge = (figures) =>
  BOUNDS.map(({ name, unit, limit, of }) => {
    const value = of(figures);
    return { name, unit, limit, value, pass: value === undefined ? undefined : value <= limit };
  });
