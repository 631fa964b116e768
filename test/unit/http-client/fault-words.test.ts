import { describe, expect, test } from "vitest";
import { mayRetry, noAnswer } from "../../../src/http-client/errors.ts";
import type { HttpRequest } from "../../../src/http-client/types.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";

const url = new URL("https://x.test/a?b=c");
const GET: HttpRequest = { method: "GET", url, headers: {} };
const POST: HttpRequest = { method: "POST", url, headers: {}, body: "{}" };
const SENT = { sent: true };
const coded = (code: string): Error => Object.assign(new Error("it broke"), { code });

describe("the code of a failure", () => {
  test("is found in its cause", () => {
    expect(mayRetry(POST, new Error("outer", { cause: coded("ECONNREFUSED") }), SENT)).toBe(true);
  });

  test("is found among the addresses that were tried", () => {
    const tried = new AggregateError([new Error("odd"), coded("ECONNREFUSED")]);
    expect(mayRetry(POST, tried, SENT)).toBe(true);
    expect(noAnswer(POST, tried, SENT).message).toContain("it broke");
  });

  test("is not searched for without end", () => {
    const loop = new Error("loop");
    loop.cause = loop;
    expect(mayRetry(POST, loop, SENT)).toBe(false);
  });

  test.each(["constructor", "__proto__", "toString"])("that is %s is one like any other", (code) => {
    expect(mayRetry(GET, coded(code), SENT)).toBe(true);
    expect(mayRetry(POST, coded(code), SENT)).toBe(false);
  });

  test("is added to a message that lacks it, and not repeated", () => {
    const named = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    expect(noAnswer(GET, named, SENT).message).toBe("GET x.test/a failed: read ECONNRESET");
    expect(noAnswer(GET, coded("EPIPE"), SENT).message).toBe("GET x.test/a failed: it broke (EPIPE)");
  });

  test.each<[unknown, string]>([
    [coded("ECONNREFUSED"), "ECONNREFUSED"],
    [new Error("outer", { cause: coded("ECONNRESET") }), "ECONNRESET"],
    [new DeadlineExceeded(5), "DEADLINE"],
    [new Error("odd"), "UNKNOWN"],
    ["odd", "UNKNOWN"],
  ])("of %o is the reason for programs: %s", (error, reason) => {
    expect(noAnswer(GET, error, SENT).reason).toBe(reason);
  });
});

test("the end of time is told apart from a failure, with the whole time that was granted", () => {
  const error = noAnswer(GET, new DeadlineExceeded(25_000), SENT);
  expect(error.message).toBe("GET x.test/a gave no answer within 25000 ms");
});

test("a message of several lines is told in one", () => {
  expect(noAnswer(GET, new Error("one\n  two\r\n"), SENT).message).toBe("GET x.test/a failed: one two");
});

test("the status of an answer that broke off is kept", () => {
  expect(noAnswer(GET, coded("ECONNRESET"), { sent: true, status: 200 }).status).toBe(200);
  expect(noAnswer(GET, coded("ECONNRESET"), SENT).status).toBeUndefined();
});

test("the failure itself is kept for the log", () => {
  const cause = coded("EPIPE");
  expect(noAnswer(GET, cause, SENT).cause).toBe(cause);
});
