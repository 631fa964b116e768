import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";

/** Clock ticks of `/proc/<pid>/stat` in a second; a constant of Linux's interface. */
const TICKS = 100;

/** @param {string} file */
function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process has ended.
    return "";
  }
}

/** The fields of `/proc/<pid>/stat` after the name: `[1]` is the parent, `[11]` to `[14]` are the times of it and its children. */
function statOf(/** @type {number | string} */ pid) {
  return read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
}

/**
 * @param {number} pid
 * @returns {readonly number[]} the process and its descendants; empty except on Linux
 */
export function treeOf(pid) {
  if (process.platform !== "linux") return [];
  const parents = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), Number(statOf(name)[1])]);
  const tree = [pid];
  for (const parent of tree)
    tree.push(...parents.flatMap(([child, of]) => (of === parent ? [child ?? 0] : [])));
  return tree;
}

/** Processor time of processes and of the children that they outlived, in milliseconds. */
export function cpuMs(/** @type {readonly number[]} */ pids) {
  const own = pids
    .flatMap((pid) => {
      try {
        return readdirSync(`/proc/${pid}/task`).map((task) => `/proc/${pid}/task/${task}/schedstat`);
      } catch {
        return [];
      }
    })
    .reduce((sum, file) => sum + Number(read(file).split(" ")[0] || 0) / 1e6, 0);
  const ended = pids
    .flatMap((pid) => statOf(pid).slice(13, 15))
    .reduce((sum, ticks) => sum + Number(ticks), 0);
  return own + (ended * 1000) / TICKS;
}

/** Resident memory of processes, in MiB. What they share counts for each. */
export function memoryMiB(/** @type {readonly number[]} */ pids) {
  const kB = pids.map((pid) => Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0));
  return kB.reduce((sum, value) => sum + value, 0) / 1024;
}

/** Processor time of the children of this process that have ended, in milliseconds. Accurate only over many of them. */
export function endedChildrenMs() {
  const [user = "0", system = "0"] = statOf("self").slice(13, 15);
  return ((Number(user) + Number(system)) * 1000) / TICKS;
}
