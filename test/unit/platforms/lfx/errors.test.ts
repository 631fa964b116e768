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

function said(body: string, headers: Readonly<Record<string, string>> = json): string {
  return lfxError("GET", "get project", answerOf(500, body, headers)).message;
}

describe("what a service says of its failure is passed on:", () => {
  test.each<[what: string, body: unknown, words: string]>([
    ["a message", { message: "project not found" }, "project not found"],
    ["a message among other fields", { name: "not_found", id: "x", message: "gone", fault: false }, "gone"],
    ["a detail", { detail: "no such guild" }, "no such guild"],
    ["a detail, where the message is empty", { message: "", detail: "no such guild" }, "no such guild"],
    ["a detail, where the message is no text", { message: null, detail: "no such guild" }, "no such guild"],
    ["the message, where there is a detail too", { detail: "more", message: "less" }, "less"],
    ["an OAuth error", { error: "invalid_request", error_description: "no audience" }, "no audience"],
    ["an error word", { error: "invalid_request" }, "invalid_request"],
    ["a list of texts", { detail: ["one", "two"] }, "one; two"],
    [
      "FastAPI's validation errors, with their places",
      {
        detail: [
          { type: "missing", loc: ["body", "variables", "company"], msg: "Field required", input: {} },
          { type: "int", loc: ["query", "items", 0], msg: "Not an integer" },
        ],
      },
      "variables.company: Field required; query.items.0: Not an integer",
    ],
    ["a validation error of the whole body", { detail: [{ loc: ["body"], msg: "Bad JSON" }] }, "Bad JSON"],
    ["a validation error without a place", { detail: [{ msg: "Bad JSON" }] }, "Bad JSON"],
    [
      "one validation error by itself",
      { detail: { loc: ["body", "name"], msg: "Too long" } },
      "name: Too long",
    ],
    ["errors, without what is none", { detail: [null, 3, {}, { msg: 4 }, { msg: "real" }] }, "real"],
  ])("%s", (_, body, words) => {
    expect(said(JSON.stringify(body))).toBe(`Failed to get project: HTTP 500, "${words}"`);
  });

  test("a plain text", () => {
    const plain = { "content-type": "text/plain" };
    expect(said("upstream connect error\n", plain)).toBe(
      'Failed to get project: HTTP 500, "upstream connect error"',
    );
    expect(said("no type", {})).toBe('Failed to get project: HTTP 500, "no type"');
  });

  test("in one line, without quotes of its own or control characters", () => {
    expect(said(JSON.stringify({ message: 'a "b"\r\nc\u0000\u202Ed' }))).toBe(
      `Failed to get project: HTTP 500, "a 'b' c d"`,
    );
  });

  test("in five hundred characters at most, none of them cut in two", () => {
    const { message } = lfxError("GET", "get project", answerOf(500, "😀".repeat(2000)));

    expect(message).toBe(`Failed to get project: HTTP 500, "${"😀".repeat(500)}"`);
  });
});

describe("an error says what failed, and how, where the service says nothing:", () => {
  test.each<[what: string, body: string, type?: string]>([
    ["an empty body", ""],
    ["spaces", " \n\t"],
    ["control characters", "\u0000\u0001"],
    ["an empty record", "{}"],
    ["an empty message", '{"message":""}'],
    ["a message of spaces", '{"message":"  "}'],
    ["a message that is no text", '{"message":{"a":1}}'],
    ["fields that nobody knows", '{"reason":"because"}'],
    ["a detail with nothing in it", '{"detail":[]}'],
    ["a detail with nothing to read in it", '{"detail":[{"loc":["body"]},null,7]}'],
    ["a page for people", "<html><body>Bad gateway</body></html>", "text/html; charset=utf-8"],
    ["such a page in XHTML", "<html/>", "application/xhtml+xml"],
  ])("%s", (_, body, type = "application/json") => {
    expect(said(body, { "content-type": type })).toBe("Failed to get project: HTTP 500");
  });
});

const METHODS: readonly HttpMethod[] = ["GET", "POST", "PUT", "DELETE"];

describe.each(METHODS)("a %s that is answered with", (method) => {
  test.each<[status: number, code: string, hint: RegExp]>([
    [400, "invalid_input", /^Nothing was changed\. Correct the arguments/],
    [401, "invalid_token", /Reconnect/],
    [403, "insufficient_scope", /may not exist.*support\.lfx\.dev/],
    [404, "not_found", /may not exist.*support\.lfx\.dev/],
    [409, "invalid_input", /^Nothing was changed: the request conflicts.*Read it again/],
    [412, "invalid_input", /^Nothing was changed: the request conflicts.*Read it again/],
    [422, "invalid_input", /^Nothing was changed\. Correct the arguments/],
    [418, "upstream_error", /^Trying again will not help by itself\.$/],
  ])("%i is refused for good, as %s", (status, code, hint) => {
    const error = lfxError(method, "do it", answerOf(status, "{}", json));

    expect(error).toMatchObject({ code, status, retryable: false });
    expect(error.hint).toMatch(hint);
  });

  test("429 was not processed, and may be repeated when the service says so", () => {
    const error = lfxError(method, "do it", answerOf(429, "", { "retry-after": "7" }));

    expect(error).toMatchObject({ code: "upstream_error", retryable: true, retryAfterMs: 7000 });
    expect(error.hint).toMatch(/safe to try again\.$/);
  });

  test("503 and a time to come back was not processed either", () => {
    const error = lfxError(method, "do it", answerOf(503, "", { "retry-after": "1" }));

    expect(error).toMatchObject({ code: "upstream_error", retryable: true, retryAfterMs: 1000 });
    expect(error.hint).toMatch(/safe to try again\.$/);
  });
});

test.each([500, 502, 503, 504])("a read that is answered with %i may be repeated", (status) => {
  const error = lfxError("GET", "get project", answerOf(status, ""));

  expect(error).toMatchObject({ code: "upstream_error", retryable: true, retryAfterMs: undefined });
  expect(error.hint).toBe("It is safe to try again.");
});

describe.each(["POST", "PUT", "DELETE"] as const)("a %s that is answered with", (method) => {
  test.each([500, 502, 503, 504])(
    "%i may have been processed, and is not to be repeated unseen",
    (status) => {
      const error = lfxError(method, "create committee", answerOf(status, ""));

      expect(error).toMatchObject({ code: "upstream_error", retryable: false });
      expect(error.hint).toMatch(
        /^It is unknown whether the request was processed. Check before you try again/,
      );
    },
  );
});

test("the service's id of the request goes along, for a question to its people", () => {
  const error = lfxError("GET", "get project", answerOf(500, "", { "x-request-id": "r-1" }));

  expect(error.requestId).toBe("r-1");
});

describe("a success that cannot be used", () => {
  test("may be asked for again, where it was a read", () => {
    const error = unusableResponse("get project", "the response is not a record");

    expect(error).toMatchObject({ code: "upstream_error", status: 200, retryable: true });
    expect(error.message).toBe("Failed to get project: the response is not a record");
    expect(error.hint).toBe("It is safe to try again.");
  });

  test("is not to be repeated, where something was written", () => {
    const error = unusableResponse("create committee", "the response is not a record", "POST");

    expect(error).toMatchObject({ retryable: false });
    expect(error.hint).toMatch(/^It is unknown whether the request was processed/);
  });
});
