import { spawnSync } from "node:child_process";
import { availableParallelism } from "node:os";
import process from "node:process";

/** @import { ChildProcess } from "node:child_process" */

/** Ties a process, with all its threads and those to come, to one processor. @param {number | undefined} pid @param {number} processor */
const tie = (pid, processor) => spawnSync("taskset", ["-acp", `${processor}`, `${pid}`]).status === 0;

/**
 * Gives the servers that are measured one processor, each alone as they are loaded in turn, and all else another: who
 * makes the load and who stands in for the app must take nothing from whom they measure, nor must the system decide.
 * @param {readonly ChildProcess[]} servers
 * @param {readonly ChildProcess[]} others besides this process
 * @returns {boolean} whether that was done; it takes Linux and two processors
 */
export const separate = (servers, others) => {
  if (process.platform !== "linux" || availableParallelism() < 2) return false;
  const tied = [
    ...servers.map(({ pid }) => tie(pid, 0)),
    ...others.map(({ pid }) => tie(pid, 1)),
    tie(process.pid, 1),
  ];
  return tied.every(Boolean);
};
