import { describe, expect, test } from "vitest";
import { ToolError } from "../../../src/mcp/errors.ts";
import { errorResult, redactDeep, toToolError } from "../../../src/mcp/results.ts";
import type { ToolKind } from "../../../src/mcp/tool.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import { createRedactor } from "../../../src/shared/redact.ts";

const plain = (text: string): string => text;
const textOf = (result: { content: readonly { text: string }[] }): string =>
  result.content.map((block) => block.text).join("");

describe("an exception that is no ToolError", () => {
  const KINDS: readonly ToolKind[] = ["read", "write", "destructive"];
  const REPORT = "If it stays, report it with the server's log (--log-level debug).";

  test.each([new Error("lf_secret at /home/ada"), "lf_secret", undefined, { code: "not_found" }])(
    "(%j) is told without its internals",
    (cause) => {
      for (const kind of KINDS) {
        const error = toToolError(cause, kind);
        expect(error).toMatchObject({
          code: "upstream_error",
          message: "The tool failed in an unexpected way",
          status: undefined,
          reason: undefined,
        });
        expect(error.cause).toBe(cause);
        expect(textOf(errorResult(error, plain))).not.toMatch(/secret|home/);
      }
    },
  );

  test("may be repeated after a read", () => {
    expect(toToolError(new Error("odd"), "read")).toMatchObject({
      hint: `It is safe to try again. ${REPORT}`,
      retryable: true,
    });
  });

  test.each<ToolKind>(["write", "destructive"])("leaves open what became of a %s", (kind) => {
    expect(toToolError(new Error("odd"), kind)).toMatchObject({
      hint: `It is unknown whether it was done; check before you repeat it, or it may be done twice. ${REPORT}`,
      retryable: false,
    });
  });

  test.each<[ToolKind, boolean]>([
    ["read", true],
    ["write", false],
    ["destructive", false],
  ])("but the end of the call's time is told as such, after a %s too", (kind, retryable) => {
    expect(toToolError(new DeadlineExceeded(25_000), kind)).toMatchObject({
      code: "upstream_error",
      message: "The call took longer than 25000 ms",
      reason: "DEADLINE",
      status: undefined,
      retryable,
    });
  });

  test("and one that is stays as it is", () => {
    const error = new ToolError("not_found", "No", { hint: "Stop." });
    for (const kind of KINDS) expect(toToolError(error, kind)).toBe(error);
  });
});

describe("a value freed of secrets", () => {
  const redact = createRedactor(["lf_secretkey"]);

  test("keeps its shape, its numbers and the names of its fields", () => {
    const value = { lf_secretkey: ["a lf_secretkey", 1, null, { b: "lf_secretkey" }], c: true };
    expect(redactDeep(value, redact)).toEqual({
      lf_secretkey: ["a [redacted]", 1, null, { b: "[redacted]" }],
      c: true,
    });
  });

  test.each([undefined, null, 1, false])("is %j where it was", (value) => {
    expect(redactDeep(value, redact)).toBe(value);
  });
});
