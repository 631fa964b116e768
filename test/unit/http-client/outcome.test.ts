import { describe, expect, test } from "vitest";
import { isRetryable, type Outcome, repeatAdvice } from "../../../src/http-client/outcome.ts";

const UNKNOWN =
  "It is unknown whether the request was processed; check before you repeat it, or it may be done twice.";
const FINAL = "Trying again will not help by itself.";

const TABLE: readonly [method: "GET" | "POST", undone: boolean, passing: boolean, boolean, string][] = [
  ["GET", true, true, true, "It is safe to try again."],
  ["GET", false, true, true, "It is safe to try again."],
  ["GET", true, false, false, FINAL],
  ["GET", false, false, false, FINAL],
  ["POST", true, true, true, "It was not processed, so it is safe to try again."],
  ["POST", true, false, false, FINAL],
  ["POST", false, true, false, UNKNOWN],
  ["POST", false, false, false, UNKNOWN],
];

describe.each(TABLE)(
  "a %s that is undone: %j, and passing: %j",
  (method, undone, passing, retryable, advice) => {
    const outcome: Outcome = { undone, passing };

    test(`may be repeated: ${retryable}`, () => {
      expect(isRetryable(method, outcome)).toBe(retryable);
    });

    test(`is told so: ${advice}`, () => {
      expect(repeatAdvice(method, outcome)).toBe(advice);
    });
  },
);

test("what is called safe may be repeated, and nothing else", () => {
  for (const [method, undone, passing] of TABLE) {
    const safe = repeatAdvice(method, { undone, passing }).includes("safe to try again");
    expect(isRetryable(method, { undone, passing })).toBe(safe);
  }
});
