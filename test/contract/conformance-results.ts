import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export type Check = {
  readonly id: string;
  readonly description: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
};

/** Checks by scenario. */
export type Results = ReadonlyMap<string, readonly Check[]>;

/** The folder of a scenario is its name between a prefix and the time at which it ran. */
const FOLDER = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** The checks that one run of the suite wrote. */
export function readResults(folder: string): Results {
  return new Map(
    readdirSync(folder)
      .sort()
      .flatMap((entry): [string, Check[]][] => {
        const name = FOLDER.exec(entry)?.[1];
        return name ? [[name, JSON.parse(readFileSync(join(folder, entry, "checks.json"), "utf8"))]] : [];
      }),
  );
}
