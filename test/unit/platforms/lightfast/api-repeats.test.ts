import { describe, expect, test } from "vitest";
import { apiError } from "../../../../src/platforms/lightfast/rest-api.ts";
import { apiAnswer, requestTo } from "../../../support/api-answers.ts";

const [GET, POST] = [requestTo("GET"), requestTo("POST")];

describe("a write that failed", () => {
  const write = (...args: Parameters<typeof apiAnswer>) => apiError(POST, apiAnswer(...args), false);

  test("inside Lightfast may have been done", () => {
    const failure = write(500, "internal_error", "Failed to create signal.");
    expect(failure).toMatchObject({
      code: "upstream_error",
      retryable: false,
      hint: expect.stringContaining("unknown whether the request was processed"),
    });
  });

  test("to be queued was stored, and must not be repeated", () => {
    const failure = write(500, "signal_enqueue_failed", "Failed to queue signal for classification.");
    expect(failure).toMatchObject({
      code: "upstream_error",
      status: 500,
      retryable: false,
      hint: "Tell the user; calling again makes a second signal.",
    });
    expect(failure.message).toContain("stored the signal but could not queue it");
  });

  test.each([429, 503])("with %i and Retry-After was turned away, so it may be repeated then", (status) => {
    const answer = apiAnswer(status, "busy", "Busy.", undefined, { "retry-after": "7" });
    const failure = apiError(POST, answer, false);
    expect(failure).toMatchObject({ code: "upstream_error", retryable: true, retryAfterMs: 7000 });
    expect(failure.hint).toMatch(/safe to try again/);
    expect(failure.hint).toMatch(/7 s/);
  });

  test.each([429, 503])("with %i and a time that is over may be repeated at once", (status) => {
    const answer = apiAnswer(status, "busy", "Busy.", undefined, { "retry-after": "0" });
    expect(apiError(POST, answer, false)).toMatchObject({
      hint: "It was not processed, so it is safe to try again.",
      retryable: true,
      retryAfterMs: 0,
    });
  });

  test("with 429 was refused, with Retry-After or without", () => {
    expect(write(429, "busy", "Busy.")).toMatchObject({
      hint: "It was not processed, so it is safe to try again.",
      retryable: true,
      retryAfterMs: undefined,
    });
  });

  test.each([500, 502, 503, 504])("with %i and no time to come back may have been done", (status) => {
    expect(write(status, "busy", "Busy.")).toMatchObject({
      retryable: false,
      hint: expect.stringContaining("unknown whether the request was processed"),
    });
  });

  test.each([405, 409, 413, 415, 422])("with %i was refused, so it was not done", (status) => {
    expect(write(status, "conflict", "No.")).toMatchObject({
      code: "upstream_error",
      hint: expect.stringMatching(/^Trying again will not help by itself\./),
      retryable: false,
    });
  });
});

describe("Retry-After", () => {
  const told = (status: number, error: string, message: string, value: string) =>
    apiError(GET, apiAnswer(status, error, message, undefined, { "retry-after": value }), true);

  test("is told with the request's id where the call may be repeated", () => {
    const headers = { "retry-after": "2", "x-request-id": "req_1" };
    const failure = apiError(GET, apiAnswer(503, "busy", "Busy.", undefined, headers), false);
    expect(failure).toMatchObject({ status: 503, retryable: true, retryAfterMs: 2000, requestId: "req_1" });
    expect(failure.hint).toBe("It is safe to try again. Wait 2 s first.");
  });

  test("is told of a key that may be right", () => {
    const { hint, retryAfterMs } = told(401, "auth_required", "Invalid API key", "30");
    expect(retryAfterMs).toBe(30_000);
    expect(hint).toMatch(/ Wait 30 s first\.$/);
  });

  test.each([
    [400, "invalid_request", "Signal id is invalid."],
    [401, "auth_required", "API key expired"],
    [403, "forbidden", "API key is not org-scoped"],
    [404, "not_found", "Signal not found."],
    [409, "conflict", "No."],
    [500, "signal_enqueue_failed", "Failed to queue signal for classification."],
  ])("is not told where the call must not be repeated (%i %s)", (status, error, message) => {
    const failure = told(status, error, message, "30");
    expect(failure).toMatchObject({ retryable: false, retryAfterMs: undefined });
    expect(failure.hint).not.toContain("Wait");
  });

  test("is never told as more than a day", () => {
    const { hint, retryAfterMs } = told(503, "busy", "Busy.", "99999999");
    expect(retryAfterMs).toBe(24 * 60 * 60 * 1000);
    expect(hint).toContain("Wait 86400 s first.");
  });
});
