import process from "node:process";
import { expect, onTestFinished, test, vi } from "vitest";
import { createJsonLogger } from "../../../src/cli/http-log.ts";

/** What the process prints until the end of the test. */
function printed() {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    const spy = vi.spyOn(process[name], "write").mockImplementation((text) => {
      output[name] += text;
      return true;
    });
    onTestFinished(() => spy.mockRestore());
  }
  return output;
}

test("a line is JSON on stdout with the level as a word and the time in ISO 8601", () => {
  const output = printed();
  const log = createJsonLogger("info");
  log.info("call", { tool: "tiny_echo", ids: { uid: "a" }, status: undefined });
  log.error("odd\u001b[2J");
  log.debug("nothing");
  const lines = output.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    { level: "info", time: expect.any(String), msg: "call", tool: "tiny_echo", ids: { uid: "a" } },
    { level: "error", time: expect.any(String), msg: "odd\u001b[2J" },
  ]);
  for (const { time } of lines) expect(new Date(time).toISOString()).toBe(time);
  expect(output.stdout).not.toContain("\u001b");
  expect(output.stderr).toBe("");
});
