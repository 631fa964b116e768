import process from "node:process";

/** @import { ChildProcess } from "node:child_process" */

/** What a client passes on to the servers it starts; anything more may change what a start costs. */
const PASSED_ON =
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
export const clientEnvironment = () =>
  Object.fromEntries(
    PASSED_ON.flatMap((name) => {
      const value = process.env[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** @type {Set<ChildProcess>} */
const living = new Set();

const killAll = () => {
  for (const child of living) child.kill("SIGKILL");
};

process.once("exit", killAll);
process.once("SIGINT", () => process.exit(130));
process.once("SIGTERM", () => process.exit(143));

/**
 * Sees to it that `child` does not outlive this process.
 * @template {ChildProcess} Child
 * @param {Child} child
 * @returns {Child}
 */
export const adopt = (child) => {
  living.add(child);
  child.once("close", () => living.delete(child));
  return child;
};

/**
 * @template Value
 * @param {number} ms
 * @param {string} what named in the error
 * @param {Promise<Value>} work
 * @returns {Promise<Value>} rejects if `work` takes longer
 */
export const within = async (ms, what, work) => {
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
};
