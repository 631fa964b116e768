import { expect, test } from "vitest";
import { EXIT_CODES, exitCodeFor } from "../../../src/cli/exit-codes.ts";
import { ERROR_CODES, type ErrorCode, ToolError, type ToolErrorDetails } from "../../../src/mcp/errors.ts";

const FAILED = { content: [], isError: true } as const;

function exitOf(code: ErrorCode, details: Partial<ToolErrorDetails> = {}): number {
  return exitCodeFor(FAILED, new ToolError(code, "It failed", { hint: "Stop.", ...details }));
}

test("a success exits with 0", () => {
  expect(exitCodeFor({ content: [] }, undefined)).toBe(0);
});

const TABLE: readonly [code: ErrorCode, status: number | undefined, exit: number][] = [
  ["missing_token", undefined, 1],
  ["invalid_token", undefined, 3],
  ["invalid_token", 401, 3],
  ["insufficient_scope", 403, 3],
  ["org_access_denied", 403, 3],
  ["upstream_error", undefined, 5],
  ["upstream_error", 200, 5],
  ["upstream_error", 503, 5],
  ["not_found", 404, 5],
  ["invalid_input", undefined, 1],
  ["invalid_input", 400, 1],
  ["unsupported_tool", undefined, 1],
];

test.each(TABLE)("%s with the status %j exits with %i", (code, status, exit) => {
  expect(exitOf(code, { status })).toBe(exit);
});

test.each(["DECLINED", "NO_ANSWER"])("a call that the user did not confirm (%s) exits with 130", (reason) => {
  expect(exitOf("insufficient_scope", { reason })).toBe(130);
});

test.each(["ECONNREFUSED", "DEADLINE", "UNKNOWN"])("no response (%s) exits with 4", (reason) => {
  expect(exitOf("upstream_error", { reason, unreachable: true })).toBe(4);
});

test.each([200, 503])("an incomplete response with status %i exits with 5", (status) => {
  expect(exitOf("upstream_error", { status, reason: "ECONNRESET" })).toBe(5);
});

test("the table covers every code", () => {
  expect(new Set(TABLE.map(([code]) => code))).toEqual(new Set(ERROR_CODES));
});

test("an unknown tool is wrong usage", () => {
  expect(exitCodeFor(FAILED, undefined)).toBe(EXIT_CODES.usage);
});

test("the exit codes differ", () => {
  const codes = Object.values(EXIT_CODES);
  expect(new Set(codes).size).toBe(codes.length);
});
