import { cpus } from "node:os";
import process from "node:process";

/** @import { Verdict } from "./bounds.mjs" */

/** Options that every benchmark has. */
export const COMMON_OPTIONS = /** @type {const} */ ({
  check: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
});

/**
 * @param {string} name
 * @param {string} text
 * @returns {number}
 * @throws Error if `text` is not a whole number above 0
 */
export function parseCount(name, text) {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${name} must be a whole number above 0`);
}

/** Shows what is running, on one line that the next call overwrites. @param {string} text */
export function showProgress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${text}`);
}

/** The machine, which the figures depend on. */
export function machine() {
  return {
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
    cores: cpus().length,
  };
}

/**
 * Runs a benchmark and ends the process. With `check`, a missed bound is an error.
 * @param {string} name
 * @param {() => Promise<{ text: string, verdicts?: readonly Verdict[], check?: boolean }>} run
 */
export async function runBenchmark(name, run) {
  try {
    const { text, verdicts = [], check = false } = await run();
    process.stdout.write(text, () =>
      process.exit(check && verdicts.some(({ pass }) => pass === false) ? 1 : 0),
    );
  } catch (error) {
    showProgress("");
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : error}\n`);
    process.exit(1);
  }
}
