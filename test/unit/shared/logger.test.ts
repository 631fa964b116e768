import { describe, expect, test } from "vitest";
import { createLogger, LOG_LEVELS, type LogLevel } from "../../../src/shared/logger.ts";

function logging(level: LogLevel) {
  const lines: string[] = [];
  return { lines, log: createLogger(level, (line) => lines.push(line), "tiny ") };
}

test.each<[LogLevel, string[]]>([
  ["silent", []],
  ["error", ["error"]],
  ["warn", ["error", "warn"]],
  ["info", ["error", "warn", "info"]],
  ["debug", ["error", "warn", "info", "debug"]],
])("level %s writes %j", (level, written) => {
  const { lines, log } = logging(level);
  for (const name of ["error", "warn", "info", "debug"] as const) log[name]("it happened");
  expect(lines).toEqual(written.map((name) => `tiny ${name}: it happened`));
});

test("levels are ordered from least to most verbose", () => {
  expect(LOG_LEVELS).toEqual(["silent", "error", "warn", "info", "debug"]);
});

test("fields are computed only for a line that is written", () => {
  const { lines, log } = logging("warn");
  const computed: string[] = [];
  for (const name of ["error", "warn", "info", "debug"] as const)
    log[name]("call", () => {
      computed.push(name);
      return { ids: { uid: "a b" } };
    });
  expect(computed).toEqual(["error", "warn"]);
  expect(lines).toEqual(computed.map((name) => `tiny ${name}: call ids={"uid":"a b"}`));
});

describe("a line", () => {
  test("has its defined fields after the message", () => {
    const { lines, log } = logging("info");
    log.info("call", { tool: "a b", ms: 3, ok: true, status: undefined });
    expect(lines).toEqual(['tiny info: call tool="a b" ms=3 ok=true']);
  });

  test.each(["one\ntwo", "one\r\ntwo", "one\n\n  two", "one \n two"])("stays one line for %j", (message) => {
    const { lines, log } = logging("info");
    log.info(message);
    expect(lines).toEqual([expect.stringMatching(/^tiny info: one +two$/)]);
  });

  test.each(["one\rtwo", "one\u2028two", "one\u001b[2Jtwo", "one\u0000two"])(
    "has no control character for %j",
    (message) => {
      const { lines, log } = logging("info");
      log.info(message);
      expect(lines[0]).toMatch(/^[\x20-\x7e]+$/);
    },
  );

  test("cannot be forged by a field", () => {
    const { lines, log } = logging("info");
    log.info("call", { tool: 'x" ok=true\nlightfast-mcp error: forged' });
    expect(lines).toEqual(['tiny info: call tool="x\\" ok=true\\nlightfast-mcp error: forged"']);
  });
});
