import { expect, test } from "vitest";
import { ERROR_CODES, ToolError } from "../../../src/mcp/errors.ts";

test("the codes are those of the Lightfast MCP reference", () => {
  expect([...ERROR_CODES].sort()).toEqual([
    "insufficient_scope",
    "invalid_input",
    "invalid_token",
    "missing_token",
    "not_found",
    "org_access_denied",
    "unsupported_tool",
    "upstream_error",
  ]);
});

test("an error without details is final and has no status", () => {
  expect({ ...new ToolError("not_found", "No", { hint: "Stop." }) }).toEqual({
    name: "ToolError",
    code: "not_found",
    hint: "Stop.",
    status: undefined,
    retryable: false,
    retryAfterMs: undefined,
    requestId: undefined,
    reason: undefined,
    unreachable: false,
  });
});

test("an error keeps its details, its cause and a stack", () => {
  const cause = new Error("below");
  const details = {
    hint: "Wait.",
    status: 503,
    retryable: true,
    retryAfterMs: 10,
    requestId: "r",
    reason: "ECONNRESET",
    unreachable: true,
    cause,
  };
  const error = new ToolError("upstream_error", "Busy", details);
  expect(error).toMatchObject({ message: "Busy", ...details });
  expect(error).toBeInstanceOf(Error);
  expect(error.stack).toContain("ToolError: Busy");
});
