import { ratio } from "../lib/bounds.mjs";

/** @import { Bound } from "../lib/bounds.mjs" */
/** @import { Calls } from "./calls.mjs" */
/** @import { PerServer, Start } from "./starts.mjs" */
/** @import { Tarball } from "./tarball.mjs" */

/** @typedef {{ starts: PerServer<Start>, calls: Calls, tarball: Tarball }} Figures */

/** @type {readonly Bound<Figures>[]} */
export const BOUNDS = [
  {
    name: "spawn to tools/list, over the floor",
    unit: "x",
    side: "at most",
    limit: 1.12,
    of: ({ starts }) => ratio(starts.ours.toolsMs, starts.floor.toolsMs),
  },
  {
    name: "spawn to tools/list, over the SDK server",
    unit: "x",
    side: "at most",
    limit: 0.35,
    of: ({ starts }) => ratio(starts.ours.toolsMs, starts.sdk.toolsMs),
  },
  {
    name: "peak memory, over the floor",
    unit: "x",
    side: "at most",
    limit: 1.05,
    of: ({ starts }) => ratio(starts.ours.peakMiB, starts.floor.peakMiB),
  },
  {
    name: "tarball",
    unit: "KiB",
    side: "at most",
    limit: 450,
    of: ({ tarball }) => tarball.bytes / 1024,
  },
  { name: "packages installed", side: "at most", limit: 1, of: ({ tarball }) => tarball.packages },
  {
    name: "added to a sequential call, over bare undici",
    unit: "ms",
    side: "at most",
    limit: 1,
    of: ({ calls }) => calls.addedMs,
  },
];
