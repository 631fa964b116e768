import { describe, expect, test } from "vitest";
import type { ErrorCode } from "../../../../../src/mcp/errors.ts";
import { appError } from "../../../../../src/platforms/lightfast/hosted/app-errors.ts";
import { apiAnswer, httpAnswer } from "../../../../support/api-answers.ts";

const READ = { method: "GET", finds: true } as const;
const WRITE = { method: "POST", finds: false } as const;

const OPERATORS = /operators must mend it/;
const AGAIN = /safe to try again/;
const RECONNECT = /Reconnect and grant it/;
const MEMBER = /must be a member of the organization/;
const USELESS = /Trying again will not help/;

type Row = readonly [
  status: number,
  error: string,
  message: string,
  code: ErrorCode,
  retryable: boolean,
  hint: RegExp,
];

/** What the app answers to a command that reads: the contract's sections 4.6 and 4.7, and what lies between. */
const ANSWERS: readonly Row[] = [
  [400, "invalid_request", "MCP signal get request is invalid.", "invalid_input", false, /Correct the arg/],
  [401, "missing_token", "Service bearer token is required.", "upstream_error", false, OPERATORS],
  [401, "invalid_token", "Service token is invalid.", "upstream_error", false, OPERATORS],
  [403, "disallowed_caller", "Service caller is not allowed.", "upstream_error", false, OPERATORS],
  [403, "org_access_denied", "MCP user is not a member.", "org_access_denied", false, MEMBER],
  [403, "org_access_denied", "MCP organization is not connected.", "org_access_denied", false, MEMBER],
  [403, "org_setup_required", "Some later reason.", "org_access_denied", false, MEMBER],
  [403, "forbidden", "MCP token requires a scope.", "insufficient_scope", false, RECONNECT],
  [403, "insufficient_scope", "MCP token requires a scope.", "insufficient_scope", false, RECONNECT],
  [404, "not_found", "Signal not found.", "not_found", false, /Check the id/],
  [404, "no_such_command", "No such command.", "upstream_error", false, USELESS],
  [409, "conflict", "Conflict.", "upstream_error", false, USELESS],
  [429, "rate_limited", "Slow down.", "upstream_error", true, AGAIN],
  [500, "internal_error", "Failed to get signal.", "upstream_error", true, AGAIN],
  [500, "service_not_configured", "Not configured.", "upstream_error", false, OPERATORS],
  [502, "bad_gateway", "Bad gateway.", "upstream_error", true, AGAIN],
  [503, "unavailable", "Unavailable.", "upstream_error", true, AGAIN],
];

test.each(ANSWERS)("%i %s, %j, is %s", (status, error, message, code, retryable, hint) => {
  const failure = appError(READ, apiAnswer(status, error, message));
  expect(failure).toMatchObject({ code, status, retryable, hint: expect.stringMatching(hint) });
  expect(failure.message).toContain(`(HTTP ${status})`);
});

test("the app's words are quoted, but not those between services", () => {
  const quoted = appError(READ, apiAnswer(403, "org_access_denied", "MCP organization is not connected."));
  expect(quoted.message).toContain('Lightfast says: "MCP organization is not connected."');
  const unquoted = appError(READ, apiAnswer(401, "invalid_token", "Service token is invalid."));
  expect(unquoted.message).not.toContain("token");
});

describe("a write", () => {
  test("refused as such was not done", () => {
    for (const [status, error] of [
      [400, "invalid_request"],
      [401, "invalid_token"],
      [403, "org_access_denied"],
      [500, "service_not_configured"],
    ] as const) {
      const failure = appError(WRITE, apiAnswer(status, error, "No."));
      expect(failure.hint).not.toMatch(/unknown whether/);
      expect(failure.retryable).toBe(false);
    }
  });

  test.each(["internal_error", "anything"])("that failed inside with %s may have been done", (error) => {
    expect(appError(WRITE, apiAnswer(500, error, "No."))).toMatchObject({
      code: "upstream_error",
      retryable: false,
      hint: expect.stringContaining("unknown whether the request was processed"),
    });
  });

  test("that could not be queued was stored, and must not be repeated", () => {
    const answer = apiAnswer(500, "signal_enqueue_failed", "Failed to queue signal for classification.");
    expect(appError(WRITE, answer)).toMatchObject({
      code: "upstream_error",
      status: 500,
      retryable: false,
      hint: "Tell the user; calling again makes a second signal.",
    });
  });

  test("that meets 404 has looked nothing up", () => {
    expect(appError(WRITE, apiAnswer(404, "not_found", "No."))).toMatchObject({ code: "upstream_error" });
  });

  test("that was turned away may be repeated when the app says so", () => {
    const answer = apiAnswer(503, "unavailable", "No.", undefined, { "retry-after": "3" });
    const failure = appError(WRITE, answer);
    expect(failure).toMatchObject({ code: "upstream_error", retryable: true, retryAfterMs: 3000 });
    expect(failure.hint).toContain("Wait 3 s first.");
  });
});

test.each([302, 400, 401, 403, 404, 502])(
  "%i that is no answer of the app says nothing of the call",
  (status) => {
    const failure = appError(READ, httpAnswer(status, "<html>Gateway</html>"));
    expect(failure).toMatchObject({ code: "upstream_error", status });
    expect(failure.message).not.toContain("html");
  },
);
