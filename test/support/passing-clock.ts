import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished, vi } from "vitest";
import type { Environment } from "./program.ts";

/** A clock for a program, in its environment, and for the test that plays the world around it. */
export type PassingClock = {
  readonly env: Environment;
  /**
   * Lets whole seconds pass at once, for both. Tokens between the two live for 60 s: more may pass only while nothing
   * is under way.
   */
  pass(seconds: number): void;
};

/** @param timers whether the program's timers pass too; by default, only the time of day does */
export function passingClock(timers = false): PassingClock {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-clock-"));
  const file = join(folder, "passed");
  writeFileSync(file, "");
  const module = new URL("./passing-clock.mjs", import.meta.url);
  const rightNow = Date.now;
  let passed = 0;
  const clock = vi.spyOn(Date, "now").mockImplementation(() => rightNow() + passed);
  onTestFinished(() => {
    clock.mockRestore();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    env: {
      NODE_OPTIONS: `--import=${module.href}`,
      CLOCK_FILE: file,
      ...(timers && { CLOCK_TIMERS: "1" }),
    },
    pass: (seconds) => {
      appendFileSync(file, ".".repeat(seconds));
      passed += seconds * 1000;
    },
  };
}
