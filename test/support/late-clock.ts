import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { Environment } from "./program.ts";

/** A clock for a program: in its environment, and to let 31 s pass there at once. */
export type LateClock = { readonly env: Environment; readonly pass31Seconds: () => void };

export function lateClock(): LateClock {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-clock-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "right");
  const module = new URL("./late-clock.mjs", import.meta.url);
  return {
    env: { NODE_OPTIONS: `--import=${module.href}`, CLOCK_IS_RIGHT_FILE: file },
    pass31Seconds: () => writeFileSync(file, ""),
  };
}
