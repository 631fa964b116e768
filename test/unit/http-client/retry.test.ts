import { describe, expect, test, vi } from "vitest";
import { backoffMs, classifyResponse, retryAfterMs, retryDelayMs } from "../../../src/http-client/retry.ts";
import type { HttpResponse } from "../../../src/http-client/types.ts";

function responseWith(status: number, retryAfter?: string): HttpResponse {
  return {
    status,
    body: "",
    header: (name) => (name === "retry-after" ? retryAfter : undefined),
  };
}

describe("Retry-After", () => {
  test.each([
    ["0", 0],
    ["2", 2000],
    [" 30 ", 30_000],
    ["Wed, 21 Oct 2015 07:28:00 GMT", 0],
  ])("%j means %i ms", (value, ms) => {
    expect(retryAfterMs(responseWith(503, value))).toBe(ms);
  });

  test("a future date means the time until then", () => {
    vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z"), toFake: ["Date"] });
    try {
      expect(retryAfterMs(responseWith(503, "Thu, 01 Jan 2026 00:00:05 GMT"))).toBe(5000);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each(["86400", "86401", "99999999999999999999", "Fri, 01 Jan 2100 00:00:00 GMT"])(
    "%j means a day, the longest wait reported",
    (value) => {
      expect(retryAfterMs(responseWith(503, value))).toBe(24 * 60 * 60 * 1000);
    },
  );

  test.each([undefined, "", "soon", "1e3x"])("%j is ignored", (value) => {
    expect(retryAfterMs(responseWith(503, value))).toBeUndefined();
  });

  test.each(["-1", "1.5", "+3", "0x10"])(
    "%j is neither seconds nor an HTTP date, so it is ignored",
    (value) => {
      expect(retryAfterMs(responseWith(503, value))).toBeUndefined();
    },
  );
});

test("the backoff doubles with each attempt and varies by half", () => {
  for (const [attempt, least] of [
    [1, 200],
    [2, 400],
  ] as const) {
    for (const random of [0, 0.5, 0.999]) {
      vi.spyOn(Math, "random").mockReturnValue(random);
      expect(backoffMs(attempt)).toBeCloseTo(least * (1 + random / 2), 5);
    }
  }
  vi.restoreAllMocks();
});

describe("retries by method, status and Retry-After", () => {
  const TABLE: readonly [
    method: "GET" | "POST",
    status: number,
    retryAfter: string | undefined,
    retried: boolean,
  ][] = [
    ["GET", 429, undefined, true],
    ["GET", 502, undefined, true],
    ["GET", 503, "1", true],
    ["GET", 504, undefined, true],
    ["GET", 500, "1", false],
    ["GET", 200, "1", false],
    ["POST", 429, "1", false],
    ["POST", 503, "1", false],
    ["POST", 429, undefined, false],
    ["POST", 503, undefined, false],
    ["POST", 503, "soon", false],
    ["POST", 502, "1", false],
    ["POST", 504, "1", false],
    ["POST", 202, "1", false],
  ];
  test.each(TABLE)("%s, %i, Retry-After %j: %j", (method, status, retryAfter, retried) => {
    expect(retryDelayMs(method, responseWith(status, retryAfter), 1) !== undefined).toBe(retried);
  });
});

describe("the outcome by status", () => {
  test.each([400, 401, 403, 404, 405, 409, 412, 422])("%i: rejected, so not processed", (status) => {
    expect(classifyResponse(responseWith(status, "1"))).toEqual({ notProcessed: true, transient: false });
  });

  test.each([302, 307, 408, 425, 429, 500, 502, 503, 504])(
    "%i: perhaps processed, even with Retry-After",
    (status) => {
      for (const retryAfter of [undefined, "0", "1"]) {
        expect(classifyResponse(responseWith(status, retryAfter)).notProcessed).toBe(false);
      }
    },
  );
});
