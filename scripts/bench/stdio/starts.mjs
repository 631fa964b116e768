import { readFileSync } from "node:fs";
import process from "node:process";
import { median, medianIfAll } from "../lib/statistics.mjs";
import { openPeer } from "./peer.mjs";

/** @import { Server } from "./servers.mjs" */

/**
 * The cost of one start. Times are in milliseconds; undefined means not measured.
 * @typedef {object} Start
 * @property {number} initializeMs from spawn to the response of `initialize`
 * @property {number} toolsMs from spawn to the response of `tools/list`
 * @property {number | undefined} exitMs from the end of the server's input to its exit
 * @property {number | undefined} peakMiB peak resident memory after `tools/list`
 * @property {number} toolsBytes size of the `tools/list` result
 */

/**
 * @template Value
 * @typedef {{ floor: Value, sdk: Value, ours: Value }} PerServer
 */

const WARM_UPS = 2;

/** @returns {number | undefined} undefined except on Linux */
function peakMiB(/** @type {number | undefined} */ pid) {
  if (process.platform !== "linux") return undefined;
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return line ? Number(line[1]) / 1024 : undefined;
}

/**
 * @param {Server} server
 * @returns {Promise<Start>}
 */
async function measureStart(server) {
  const spawned = performance.now();
  const peer = openPeer(server);
  await peer.initialize();
  const initializeMs = performance.now() - spawned;
  const tools = await peer.listTools();
  const toolsMs = performance.now() - spawned;
  const memory = peakMiB(peer.pid);
  return {
    initializeMs,
    toolsMs,
    peakMiB: memory,
    toolsBytes: Buffer.byteLength(JSON.stringify(tools)),
    exitMs: await peer.end(),
  };
}

/**
 * @param {readonly Start[]} starts
 * @returns {Start}
 */
function mediansOf(starts) {
  return {
    initializeMs: median(starts.map((start) => start.initializeMs)),
    toolsMs: median(starts.map((start) => start.toolsMs)),
    exitMs: medianIfAll(starts.map((start) => start.exitMs)),
    peakMiB: medianIfAll(starts.map((start) => start.peakMiB)),
    toolsBytes: median(starts.map((start) => start.toolsBytes)),
  };
}

/**
 * Starts each server in turn, round after round, so that noise of the machine affects all alike.
 * @param {PerServer<Server>} servers
 * @param {number} rounds measured rounds
 * @param {(text: string) => void} progress
 * @returns {Promise<PerServer<Start>>} medians
 */
export async function measureStarts(servers, rounds, progress) {
  /** @type {PerServer<Start[]>} */
  const starts = { floor: [], sdk: [], ours: [] };
  for (let round = 1 - WARM_UPS; round <= rounds; round += 1) {
    progress(`starts: ${round > 0 ? `round ${round} of ${rounds}` : "warm-up"}`);
    for (const name of /** @type {const} */ (["floor", "sdk", "ours"])) {
      const start = await measureStart(servers[name]);
      if (round > 0) starts[name].push(start);
    }
  }
  return { floor: mediansOf(starts.floor), sdk: mediansOf(starts.sdk), ours: mediansOf(starts.ours) };
}
