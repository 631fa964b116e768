import process from "node:process";

/** @import { ChildProcess } from "node:child_process" */

/** What a client passes on to its servers. More variables could change the cost of a start. */
const INHERITED =
  process.platform === "win32"
    ? [
        "APPDATA",
        "HOMEDRIVE",
        "HOMEPATH",
        "LOCALAPPDATA",
        "PATH",
        "SYSTEMDRIVE",
        "SYSTEMROOT",
        "TEMP",
        "USERNAME",
      ]
    : ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];

/** @returns {Record<string, string>} */
export function clientEnvironment() {
  return Object.fromEntries(
    INHERITED.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** @type {Set<ChildProcess>} */
const children = new Set();

function killAll() {
  for (const child of children) child.kill("SIGKILL");
}

process.once("exit", killAll);
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

/**
 * Kills `child` when this process exits.
 * @template {ChildProcess} Child
 * @param {Child} child
 * @returns {Child}
 */
export function adopt(child) {
  children.add(child);
  child.once("close", () => children.delete(child));
  return child;
}

/**
 * @template Value
 * @param {number} ms
 * @param {string} what appears in the error
 * @param {Promise<Value>} work
 * @returns {Promise<Value>} rejects if `work` takes longer
 */
export async function within(ms, what, work) {
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} took more than ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
