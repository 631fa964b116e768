import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";

/** @import { ChildProcess } from "node:child_process" */

/** Pins a process and all its threads to one processor. @param {number | undefined} pid @param {number} processor */
function pin(pid, processor) {
  return spawnSync("taskset", ["-acp", `${processor}`, `${pid}`]).status === 0;
}

/**
 * Gives the measured servers one processor, and everything else another. Servers are loaded one at a time, so the load
 * generator and the fake app take no time from the measured server.
 * @param {readonly ChildProcess[]} servers
 * @param {readonly ChildProcess[]} others besides this process
 * @returns {boolean} whether it worked; it needs Linux and two processors
 */
export function separate(servers, others) {
  if (process.platform !== "linux" || availableParallelism() < 2) return false;
  const pinned = [
    ...servers.map(({ pid }) => pin(pid, 0)),
    ...others.map(({ pid }) => pin(pid, 1)),
    pin(process.pid, 1),
  ];
  return pinned.every(Boolean);
}
