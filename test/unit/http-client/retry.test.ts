import { describe, expect, test, vi } from "vitest";
import {
  backoffMs,
  isUnprocessed,
  retryAfterMs,
  retryDelayMs,
  sleep,
} from "../../../src/http-client/retry.ts";
import type { HttpResponse } from "../../../src/http-client/types.ts";
import { withDeadline } from "../../../src/shared/deadline.ts";
import { overBefore } from "../../support/http.ts";

function answered(status: number, retryAfter?: string): HttpResponse {
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
    expect(retryAfterMs(answered(503, value))).toBe(ms);
  });

  test("a date to come means the time until then", () => {
    vi.useFakeTimers({ now: Date.parse("2026-01-01T00:00:00Z"), toFake: ["Date"] });
    try {
      expect(retryAfterMs(answered(503, "Thu, 01 Jan 2026 00:00:05 GMT"))).toBe(5000);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each(["86400", "86401", "99999999999999999999", "Fri, 01 Jan 2100 00:00:00 GMT"])(
    "%j means a day, which is the longest wait that is told",
    (value) => {
      expect(retryAfterMs(answered(503, value))).toBe(24 * 60 * 60 * 1000);
    },
  );

  test.each([undefined, "", "soon", "1e3x"])("%j means nothing", (value) => {
    expect(retryAfterMs(answered(503, value))).toBeUndefined();
  });

  test.each(["-1", "1.5", "+3", "0x10"])(
    "%j is neither seconds nor an HTTP date, so it means nothing",
    (value) => {
      expect(retryAfterMs(answered(503, value))).toBeUndefined();
    },
  );
});

test("the wait doubles with each attempt and varies by half of it", () => {
  for (const [attempt, least] of [
    [1, 200],
    [2, 400],
  ] as const) {
    for (const chance of [0, 0.5, 0.999]) {
      vi.spyOn(Math, "random").mockReturnValue(chance);
      expect(backoffMs(attempt)).toBeCloseTo(least * (1 + chance / 2), 5);
    }
  }
  vi.restoreAllMocks();
});

describe("an answer is followed by the same request again", () => {
  const TABLE: readonly [
    method: "GET" | "POST",
    status: number,
    retryAfter: string | undefined,
    again: boolean,
  ][] = [
    ["GET", 429, undefined, true],
    ["GET", 502, undefined, true],
    ["GET", 503, "1", true],
    ["GET", 504, undefined, true],
    ["GET", 500, "1", false],
    ["GET", 200, "1", false],
    ["POST", 429, "1", true],
    ["POST", 503, "1", true],
    ["POST", 429, undefined, false],
    ["POST", 503, undefined, false],
    ["POST", 503, "soon", false],
    ["POST", 502, "1", false],
    ["POST", 504, "1", false],
    ["POST", 202, "1", false],
  ];
  test.each(TABLE)("%s, %i, Retry-After %j: %j", (method, status, retryAfter, again) => {
    expect(retryDelayMs(method, answered(status, retryAfter), 1) !== undefined).toBe(again);
  });
});

test.each([
  [429, "0", true],
  [503, "1", true],
  [429, undefined, false],
  [503, undefined, false],
  [503, "soon", false],
  [500, "1", false],
  [502, "1", false],
  [504, "1", false],
])("an answer with %i and Retry-After %j turned the request away: %j", (status, retryAfter, turnedAway) => {
  expect(isUnprocessed(answered(status, retryAfter))).toBe(turnedAway);
});

describe("a sleep", () => {
  const never = new AbortController().signal;

  test("lasts as long as asked", async () => {
    const start = performance.now();
    await withDeadline(5000, never, (deadline) => sleep(30, deadline));
    expect(performance.now() - start).toBeGreaterThanOrEqual(29);
  });

  test("ends with the deadline, without an error", async () => {
    const start = performance.now();
    await withDeadline(20, never, (deadline) => sleep(60_000, deadline));
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test("does not begin after it", async () => {
    const start = performance.now();
    await sleep(60_000, overBefore(new Error("cancelled")));
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
