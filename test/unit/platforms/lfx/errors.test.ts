import { describe, expect, test } from "vitest";
import type { HttpMethod, HttpResponse } from "../../../../src/http-client/types.ts";
import { lfxError, unusableResponse } from "../../../../src/platforms/lfx/errors.ts";

function answerOf(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  return { status, body, header: (name) => headers[name] };
}

const json = { "content-type": "application/json" };

function errorMessage(body: string, headers: Readonly<Record<string, string>> = json): string {
  return lfxError("GET", "get project", answerOf(500, body, headers)).message;
}

describe("the service's message is quoted:", () => {
  test.each<[what: string, body: unknown, expected: string]>([
    ["a message", { message: "project not found" }, "project not found"],
    ["a message among other fields", { name: "not_found", id: "x", message: "gone", fault: false }, "gone"],
    ["a detail", { detail: "no such guild" }, "no such guild"],
    ["a detail if the message is empty", { message: "", detail: "no such guild" }, "no such guild"],
    ["a detail if the message is not a string", { message: null, detail: "no such guild" }, "no such guild"],
    ["the message if there is also a detail", { detail: "more", message: "less" }, "less"],
    ["an OAuth error", { error: "invalid_request", error_description: "no audience" }, "no audience"],
    ["an error code", { error: "invalid_request" }, "invalid_request"],
    ["a list of strings", { detail: ["one", "two"] }, "one; two"],
    [
      "FastAPI validation errors with their fields",
      {
        detail: [
          { type: "missing", loc: ["body", "variables", "company"], msg: "Field required", input: {} },
          { type: "int", loc: ["query", "items", 0], msg: "Not an integer" },
        ],
      },
      "variables.company: Field required; query.items.0: Not an integer",
    ],
    ["a validation error for the whole body", { detail: [{ loc: ["body"], msg: "Bad JSON" }] }, "Bad JSON"],
    ["a validation error without a field", { detail: [{ msg: "Bad JSON" }] }, "Bad JSON"],
    ["a single validation error", { detail: { loc: ["body", "name"], msg: "Too long" } }, "name: Too long"],
    ["errors, skipping other values", { detail: [null, 3, {}, { msg: 4 }, { msg: "real" }] }, "real"],
  ])("%s", (_, body, expected) => {
    expect(errorMessage(JSON.stringify(body))).toBe(`Failed to get project: HTTP 500, "${expected}"`);
  });

  test("plain text", () => {
    const plain = { "content-type": "text/plain" };
    expect(errorMessage("upstream connect error\n", plain)).toBe(
      'Failed to get project: HTTP 500, "upstream connect error"',
    );
    expect(errorMessage("no type", {})).toBe('Failed to get project: HTTP 500, "no type"');
  });

  test.each([
    { code: 7, meeting: { passcode: "4711-secret", join_url: "https://zoom.example/4711" } },
    { message: 'the meeting {"passcode":"4711-secret"} is full' },
    { message: "no such file: https://files.example/a?signature=4711-secret" },
  ])("without join credentials and signatures: %j", (body) => {
    const { message } = lfxError("PUT", "update meeting", answerOf(400, JSON.stringify(body)));
    expect(message).toContain("[REDACTED]");
    expect(message).not.toContain("4711");
  });

  test("the quote is one line without double quotes or control characters", () => {
    expect(errorMessage(JSON.stringify({ message: 'a "b"\r\nc\u0000\u202Ed' }))).toBe(
      `Failed to get project: HTTP 500, "a 'b' c d"`,
    );
  });

  test("the quote has at most 500 characters, none of them split", () => {
    const { message } = lfxError("GET", "get project", answerOf(500, "😀".repeat(2000)));

    expect(message).toBe(`Failed to get project: HTTP 500, "${"😀".repeat(500)}"`);
  });
});

describe("without a message, the error reports the operation and the status:", () => {
  test.each<[what: string, body: string, type?: string]>([
    ["an empty body", ""],
    ["spaces", " \n\t"],
    ["control characters", "\u0000\u0001"],
    ["an empty record", "{}"],
    ["an empty message", '{"message":""}'],
    ["a message of spaces", '{"message":"  "}'],
    ["a message that is not a string", '{"message":{"a":1}}'],
    ["unknown fields", '{"reason":"because"}'],
    ["an empty detail", '{"detail":[]}'],
    ["a detail without a message", '{"detail":[{"loc":["body"]},null,7]}'],
    ["an HTML page", "<html><body>Bad gateway</body></html>", "text/html; charset=utf-8"],
    ["an XHTML page", "<html/>", "application/xhtml+xml"],
  ])("%s", (_, body, type = "application/json") => {
    expect(errorMessage(body, { "content-type": type })).toBe("Failed to get project: HTTP 500");
  });
});

const METHODS: readonly HttpMethod[] = ["GET", "POST", "PUT", "DELETE"];

describe.each(METHODS)("the response to a %s with", (method) => {
  test.each<[status: number, code: string, hint: RegExp]>([
    [400, "invalid_input", /^Correct the arguments/],
    [401, "invalid_token", /requests a new one.*reconnect/],
    [403, "insufficient_scope", /may not exist.*support\.lfx\.dev/],
    [404, "not_found", /may not exist.*support\.lfx\.dev/],
    [409, "invalid_input", /^The request conflicts.*Read it again/],
    [412, "invalid_input", /^The request conflicts.*Read it again/],
    [422, "invalid_input", /^Correct the arguments/],
    [418, "upstream_error", /^Trying again will not help by itself\.$/],
  ])("%i is a permanent failure, %s", (status, code, hint) => {
    const error = lfxError(method, "do it", answerOf(status, "{}", json));

    expect(error).toMatchObject({ code, status, retryable: false });
    expect(error.hint).toMatch(hint);
  });

  test.each([429, 503])("%i and Retry-After may be retried if it was a read", (status) => {
    const error = lfxError(method, "do it", answerOf(status, "", { "retry-after": "7" }));

    const retryable = method === "GET";
    expect(error).toMatchObject({ code: "upstream_error", retryable, retryAfterMs: 7000 });
    expect(error.hint).toMatch(retryable ? /^It is safe to try again\.$/ : /^It is unknown whether/);
  });
});

test.each([500, 502, 503, 504])("a read may be retried after %i", (status) => {
  const error = lfxError("GET", "get project", answerOf(status, ""));

  expect(error).toMatchObject({ code: "upstream_error", retryable: true, retryAfterMs: undefined });
  expect(error.hint).toBe("It is safe to try again.");
});

describe.each(["POST", "PUT", "DELETE"] as const)("the response to a %s with", (method) => {
  test.each([500, 502, 503, 504])(
    "%i may have been processed and must be checked before a retry",
    (status) => {
      const error = lfxError(method, "create committee", answerOf(status, ""));

      expect(error).toMatchObject({ code: "upstream_error", retryable: false });
      expect(error.hint).toMatch(
        /^It is unknown whether the request was processed. Check before you try again/,
      );
    },
  );
});

test("the error carries the service's request id", () => {
  const error = lfxError("GET", "get project", answerOf(500, "", { "x-request-id": "r-1" }));

  expect(error.requestId).toBe("r-1");
});

describe("an unusable 2xx response", () => {
  test("may be retried if it was a read", () => {
    const error = unusableResponse("get project", "the response is not a record");

    expect(error).toMatchObject({ code: "upstream_error", status: 200, retryable: true });
    expect(error.message).toBe("Failed to get project: the response is not a record");
    expect(error.hint).toBe("It is safe to try again.");
  });

  test("must be checked before a retry if it was a write", () => {
    const error = unusableResponse("create committee", "the response is not a record", "POST");

    expect(error).toMatchObject({ retryable: false });
    expect(error.hint).toMatch(/^It is unknown whether the request was processed/);
  });
});
