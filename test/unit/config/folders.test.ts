import { expect, test } from "vitest";
import { userPath } from "../../../src/config/folders.ts";
import { findHome } from "../../../src/config/reader.ts";

test("each kind has a folder of its own below the home directory, whatever the shell's variables are", () => {
  const paths = (["config", "data", "cache"] as const).map((kind) => userPath(kind, "versions", "1.0.0"));
  expect(new Set(paths).size).toBeGreaterThan(1);
  for (const path of paths) {
    expect(path.startsWith(findHome())).toBe(true);
    expect(path).toMatch(/lightfast-mcp[\\/]versions[\\/]1\.0\.0$/);
  }
});
