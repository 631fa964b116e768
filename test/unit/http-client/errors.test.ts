import { describe, expect, test } from "vitest";
import {
  canRetry,
  isRetryable,
  type RequestOutcome,
  retryAdvice,
  toRequestError,
} from "../../../src/http-client/errors.ts";
import type { HttpRequest } from "../../../src/http-client/types.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";

const url = new URL("https://x.test/a?b=c");
const GET: HttpRequest = { method: "GET", url, headers: {} };
const POST: HttpRequest = { method: "POST", url, headers: {}, body: "{}" };
const SENT = { sent: true };

function coded(code: string): Error {
  return Object.assign(new Error("it broke"), { code });
}

describe("toRequestError", () => {
  describe("the code of an error", () => {
    test("is found in its cause", () => {
      expect(canRetry(GET, new Error("outer", { cause: coded("EPROTO") }), SENT)).toBe(false);
    });

    test("is found in an AggregateError", () => {
      const tried = new AggregateError([new Error("odd"), coded("EPROTO")]);
      expect(canRetry(GET, tried, SENT)).toBe(false);
      expect(toRequestError(GET, tried, SENT).message).toContain("it broke");
    });

    test("is not searched for in a cycle of causes forever", () => {
      const loop = new Error("loop");
      loop.cause = loop;
      expect(canRetry(POST, loop, SENT)).toBe(false);
    });

    test.each(["constructor", "__proto__", "toString"])("may be %s", (code) => {
      expect(canRetry(GET, coded(code), SENT)).toBe(true);
      expect(canRetry(POST, coded(code), SENT)).toBe(false);
    });

    test("is added to a message that lacks it", () => {
      const named = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
      expect(toRequestError(GET, named, SENT).message).toBe("GET x.test/a failed: read ECONNRESET");
      expect(toRequestError(GET, coded("EPIPE"), SENT).message).toBe("GET x.test/a failed: it broke (EPIPE)");
    });

    test.each<[unknown, string]>([
      [coded("ECONNREFUSED"), "ECONNREFUSED"],
      [new Error("outer", { cause: coded("ECONNRESET") }), "ECONNRESET"],
      [new DeadlineExceeded(5), "DEADLINE"],
      [new Error("odd"), "UNKNOWN"],
      ["odd", "UNKNOWN"],
    ])("of %o is the reason: %s", (error, reason) => {
      expect(toRequestError(GET, error, SENT).reason).toBe(reason);
    });
  });

  test("an exceeded deadline is reported with the time granted", () => {
    const error = toRequestError(GET, new DeadlineExceeded(25_000), SENT);
    expect(error.message).toBe("GET x.test/a did not respond within 25000 ms");
  });

  test("a message of several lines is joined", () => {
    expect(toRequestError(GET, new Error("one\n  two\r\n"), SENT).message).toBe(
      "GET x.test/a failed: one two",
    );
  });

  test("the status of an incomplete response is kept", () => {
    expect(toRequestError(GET, coded("ECONNRESET"), { sent: true, status: 200 }).status).toBe(200);
    expect(toRequestError(GET, coded("ECONNRESET"), SENT).status).toBeUndefined();
  });

  test("the error is kept as the cause", () => {
    const cause = coded("EPIPE");
    expect(toRequestError(GET, cause, SENT).cause).toBe(cause);
  });
});

describe("error codes", () => {
  const NEVER_CONNECTED = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH"];
  const TIMED_OUT = ["ETIMEDOUT", "UND_ERR_CONNECT_TIMEOUT"];
  const UNTRUSTED = [
    "UNABLE_TO_GET_ISSUER_CERT",
    "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    "SELF_SIGNED_CERT_IN_CHAIN",
    "DEPTH_ZERO_SELF_SIGNED_CERT",
    "CERT_HAS_EXPIRED",
    "CERT_NOT_YET_VALID",
    "CERT_REVOKED",
  ];
  const WRONG_ADDRESS = ["ERR_TLS_CERT_ALTNAME_INVALID", "ERR_SSL_WRONG_VERSION_NUMBER", "EPROTO"];
  const WRONG_PROXY = ["UND_ERR_ABORTED", "UND_ERR_PRX_TLS", "PROXY_UNSUPPORTED"];
  const FINAL = [...UNTRUSTED, ...WRONG_ADDRESS, ...WRONG_PROXY];
  const TOO_LARGE = ["UND_ERR_RES_EXCEEDED_MAX_SIZE", "CONTENT_ENCODING"];
  const RECOVERABLE = [
    ...NEVER_CONNECTED,
    ...TIMED_OUT,
    "PROXY_CLOSED",
    "ECONNRESET",
    "EPIPE",
    "UND_ERR_SOCKET",
    "UNHEARD_OF",
  ];
  const UNSENT = { sent: false };
  const UNKNOWN =
    "It is unknown whether the request was processed. Check before you try again, or it may run twice.";

  /** Whether a read and a write are retried after `error`. */
  const retries = (error: unknown, progress = SENT): [boolean, boolean] => [
    canRetry(GET, error, progress),
    canRetry(POST, error, progress),
  ];

  describe("a write that was sent", () => {
    test.each([...RECOVERABLE, ...FINAL, ...TOO_LARGE])(
      "may have been processed whatever the error is, so it is not retried: %s",
      (code) => {
        for (const request of [POST, { ...POST, method: "DELETE", body: undefined } as const]) {
          expect(canRetry(request, coded(code), SENT)).toBe(false);
          const { hint, retryable } = toRequestError(request, coded(code), SENT);
          expect([hint.startsWith(UNKNOWN), retryable]).toEqual([true, false]);
          expect(hint).not.toMatch(/not processed|safe/);
        }
      },
    );
  });

  describe("a request that fails", () => {
    test.each(RECOVERABLE)(
      "with %s before it was sent was not processed, so any method is retried",
      (code) => {
        for (const request of [POST, { ...POST, method: "DELETE", body: undefined } as const]) {
          expect(canRetry(request, coded(code), UNSENT)).toBe(true);
          const { hint, retryable } = toRequestError(request, coded(code), UNSENT);
          expect(hint).toMatch(/^It was not processed, so it is safe to try again\./);
          expect(retryable).toBe(true);
        }
      },
    );

    test.each(RECOVERABLE)("with %s is retried if it only reads", (code) => {
      expect(retries(coded(code))).toEqual([true, false]);
    });

    test.each(NEVER_CONNECTED)("with %s suggests to check the address", (code) => {
      expect(toRequestError(POST, coded(code), UNSENT).hint).toBe(
        "It was not processed, so it is safe to try again. Check the base URL, the network connection and the proxy settings.",
      );
    });

    test.each(TIMED_OUT)("with %s suggests to check what may block the connection", (code) => {
      expect(toRequestError(GET, coded(code), SENT).hint).toBe(
        "It is safe to try again. The network gave no answer in time. Check the network connection, and any firewall, VPN or proxy in between.",
      );
    });

    test.each(FINAL)("with %s is not retried", (code) => {
      expect(retries(coded(code), UNSENT)).toEqual([false, false]);
      const { hint, retryable } = toRequestError(POST, coded(code), UNSENT);
      expect(hint).toMatch(/^Trying again will not help by itself\. /);
      expect(retryable).toBe(false);
    });

    test.each(UNTRUSTED)("with %s suggests to set a certificate", (code) => {
      expect(toRequestError(GET, coded(code), SENT).hint).toContain("NODE_EXTRA_CA_CERTS");
    });

    test.each(WRONG_ADDRESS)("with %s suggests to check the base URL", (code) => {
      expect(toRequestError(GET, coded(code), SENT).hint).toContain("Check the base URL");
    });

    test.each(["UND_ERR_ABORTED", "UND_ERR_PRX_TLS", "PROXY_CLOSED"])(
      "with %s suggests to check the proxy",
      (code) => {
        expect(toRequestError(GET, coded(code), SENT).hint).toContain("Check the proxy");
      },
    );

    test("with a SOCKS proxy suggests another", () => {
      expect(toRequestError(GET, coded("PROXY_UNSUPPORTED"), UNSENT).hint).toContain("http or https proxy");
    });

    test("without a code may have been processed", () => {
      expect(retries("odd")).toEqual([true, false]);
      expect(retries(new Error("odd"))).toEqual([true, false]);
    });
  });

  test("a read that will fail again is not called safe to try again", () => {
    for (const code of [...FINAL, ...TOO_LARGE]) {
      const { hint, retryable } = toRequestError(GET, coded(code), SENT);
      expect(hint).not.toContain("safe to try again");
      expect(retryable).toBe(false);
    }
  });
});

describe("retryAdvice", () => {
  const UNKNOWN =
    "It is unknown whether the request was processed. Check before you try again, or it may run twice.";
  const FINAL = "Trying again will not help by itself.";

  const TABLE: readonly [
    method: "GET" | "POST",
    notProcessed: boolean,
    transient: boolean,
    retryable: boolean,
    advice: string,
  ][] = [
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
    "a %s with notProcessed: %j, transient: %j",
    (method, notProcessed, transient, retryable, advice) => {
      const outcome: RequestOutcome = { notProcessed, transient };

      test(`is retryable: ${retryable}`, () => {
        expect(isRetryable(method, outcome)).toBe(retryable);
      });

      test(`has the advice: ${advice}`, () => {
        expect(retryAdvice(method, outcome)).toBe(advice);
      });
    },
  );

  test("only what is retryable is called safe", () => {
    for (const [method, notProcessed, transient] of TABLE) {
      const safe = retryAdvice(method, { notProcessed, transient }).includes("safe to try again");
      expect(isRetryable(method, { notProcessed, transient })).toBe(safe);
    }
  });
});
