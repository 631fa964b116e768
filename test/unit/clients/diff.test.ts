import { expect, test } from "vitest";
import { diffOf } from "../../../src/clients/diff.ts";

test("shows what changes and two lines around it", () => {
  expect(diffOf("/f", "1\n2\n3\n4\n5\n6\n7\n", "1\n2\n3\nx\n5\n6\n7\n")).toBe(
    ["--- /f", "+++ /f", "@@ -2,5 +2,5 @@", " 2", " 3", "-4", "+x", " 5", " 6"].join("\n"),
  );
});

test("a file that is made or taken away stands on one side alone", () => {
  expect(diffOf("/f", undefined, "a\n")).toBe("--- (no file)\n+++ /f\n@@ -0,0 +1,1 @@\n+a");
  expect(diffOf("/f", "a\n", undefined)).toBe("--- /f\n+++ (no file)\n@@ -1,1 +0,0 @@\n-a");
});

test.each([
  ['  "GITHUB_TOKEN": "ghp_abc", "a": 1', '  "GITHUB_TOKEN": ***, "a": 1'],
  ["  api_key = 'abc' # mine", "  api_key = *** # mine"],
  ["  password: hunter2 and more", "  password: ***"],
  ['  "Authorization": "Bearer \\"x\\" y"', '  "Authorization": ***'],
  ['  "args": ["--api-key", "abc", "x"]', '  "args": ["--api-key", ***, "x"]'],
  ['  "note": "lf_0123456789abc"', '  "note": "lf_***"'],
  [
    `  "LIGHTFAST_API_KEY": "\${env:LIGHTFAST_API_KEY}"`,
    `  "LIGHTFAST_API_KEY": "\${env:LIGHTFAST_API_KEY}"`,
  ],
  ['  "password": true', '  "password": true'],
  ['env_vars = [ "LIGHTFAST_API_KEY" ]', 'env_vars = [ "LIGHTFAST_API_KEY" ]'],
  ["env_keys: [ LIGHTFAST_API_KEY ]", "env_keys: [ LIGHTFAST_API_KEY ]"],
])("of %s shows %s", (line, shown) => {
  expect(diffOf("/f", "", `${line}\n`).split("\n").at(-1)).toBe(`+${shown}`);
});

test("very long lines are cut", () => {
  expect(
    diffOf("/f", "", `${"x".repeat(1000)}\n`)
      .split("\n")
      .at(-1),
  ).toMatch(/^\+x{158}…$/);
});
