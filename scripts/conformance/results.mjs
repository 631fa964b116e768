import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {{ id: string, description: string, status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO",
 *   errorMessage?: string, details?: unknown }} Check
 */

/** The folder of a scenario is its name between a prefix and the time at which it ran. */
const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/**
 * The checks that one run of the suite wrote, by scenario.
 * @param {string} folder
 * @returns {Map<string, Check[]>}
 */
export const readResults = (folder) =>
  new Map(
    readdirSync(folder)
      .sort()
      .flatMap((entry) => {
        const name = FOLDER.exec(entry)?.[1];
        return name ? [[name, JSON.parse(readFileSync(join(folder, entry, "checks.json"), "utf8"))]] : [];
      }),
  );

/**
 * How many checks ended in each way, in words.
 * @param {Check[]} checks
 */
export const tally = (checks) => {
  /** @param {Check["status"]} status */
  const count = (status) => checks.filter((check) => check.status === status).length;
  const parts = /** @type {const} */ ([
    ["passed", "SUCCESS"],
    ["failed", "FAILURE"],
    ["warned", "WARNING"],
    ["skipped", "SKIPPED"],
  ]).map(([word, status]) => [word, count(status)]);
  return parts.flatMap(([word, n]) => (n === 0 && word !== "passed" ? [] : [`${n} ${word}`])).join(", ");
};
