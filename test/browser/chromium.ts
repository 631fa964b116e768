import { execFileSync } from "node:child_process";
import type { TestProject } from "vitest/node";

/** Finds Chromium, which `CHROMIUM` names if it is not `chromium`. @throws Error if there is none */
export function setup(project: TestProject): void {
  const chromium = process.env.CHROMIUM || "chromium";
  try {
    execFileSync(chromium, ["--version"], { stdio: "ignore" });
  } catch {
    throw new Error(`Cannot run ${chromium}. Install Chromium, or set CHROMIUM to its path.`);
  }
  project.provide("chromium", chromium);
}
