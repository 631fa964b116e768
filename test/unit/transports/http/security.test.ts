import { describe, expect, test } from "vitest";
import { AuthUnavailable, TokenInvalid, TooManyAttempts } from "../../../../src/auth/errors.ts";
import type { HttpResponse } from "../../../../src/transports/http/response.ts";
import {
  createChallenger,
  limitAttempts,
  readBearerToken,
  rejectForeignRequest,
  rejectRepeatedHeaders,
} from "../../../../src/transports/http/security.ts";
import { arrive } from "../../../support/http-arrival.ts";
import { manualClock } from "../../../support/manual-clock.ts";

describe("challenges", () => {
  const METADATA_URL = new URL("https://mcp.tiny.test/.well-known/oauth-protected-resource/mcp");
  const challenger = createChallenger(METADATA_URL, "tiny:read tiny:write");

  const headerOf = ({ headers }: HttpResponse): string => String(headers?.["www-authenticate"]);
  const bodyOf = ({ body }: HttpResponse): unknown => JSON.parse(body ?? "");

  /** The parameters of a challenge (RFC 9110, section 11.2). @throws Error if it is malformed */
  const parametersOf = (answer: HttpResponse): Record<string, string> => {
    const PARAMETER = /^(?:Bearer |, )([a-z_]+)="((?:[^"\\]|\\.)*)"/;
    const found: Record<string, string> = {};
    let rest = headerOf(answer);
    while (rest) {
      const [whole, name, value] = PARAMETER.exec(rest) ?? [];
      if (whole === undefined || name === undefined) throw new Error(`no parameter at ${rest}`);
      found[name] = (value ?? "").replaceAll(/\\(.)/g, "$1");
      rest = rest.slice(whole.length);
    }
    return found;
  };

  describe("a caller without credentials", () => {
    test("gets an error in the body and a challenge without one", () => {
      const answer = challenger.missingToken();
      expect(answer.status).toBe(401);
      expect(answer.headers?.["content-type"]).toBe("application/json");
      expect(bodyOf(answer)).toEqual({
        error: "missing_token",
        error_description: "Bearer token is required.",
      });
      expect(parametersOf(answer)).toEqual({
        resource_metadata: METADATA_URL.href,
        scope: "tiny:read tiny:write",
      });
    });

    test("gets only the scheme if there is no authorization server", () => {
      expect(headerOf(createChallenger(undefined, "tiny:read").missingToken())).toBe("Bearer");
    });
  });

  test("a call that needs another scope gets that scope and nothing in the body", () => {
    const { body, ...answer } = challenger.missingScope("tiny_write", "tiny:write");
    expect([answer.status, body]).toEqual([403, undefined]);
    expect(Object.entries(parametersOf(answer))).toEqual([
      ["error", "insufficient_scope"],
      ["scope", "tiny:write"],
      ["resource_metadata", METADATA_URL.href],
      [
        "error_description",
        "tiny_write requires the tiny:write scope, which the token lacks. Authorize again with it.",
      ],
    ]);
    const other = createChallenger(undefined, "").missingScope("tiny_write", "tiny:write");
    expect(headerOf(other)).toMatch(/^Bearer error="insufficient_scope", scope="tiny:write", error_desc/);
  });

  describe("an invalid token", () => {
    test("gets the error, metadata URL and scope, but not the reason", () => {
      const answer = challenger.verificationFailed(new TokenInvalid("iss is https://evil.test"));
      expect(answer.status).toBe(401);
      expect(bodyOf(answer)).toEqual({
        error: "invalid_token",
        error_description: "Bearer token is invalid.",
      });
      expect(parametersOf(answer)).toEqual({
        error: "invalid_token",
        error_description: "Bearer token is invalid.",
        resource_metadata: METADATA_URL.href,
        scope: "tiny:read tiny:write",
      });
      expect(JSON.stringify({ ...answer, log: undefined })).not.toContain("evil");
      expect(answer.log?.reason).toContain("evil");
    });

    test("gets the description of an expired token", () => {
      const answer = challenger.verificationFailed(
        new TokenInvalid("exp", { description: "Token has expired." }),
      );
      expect(bodyOf(answer)).toMatchObject({ error_description: "Token has expired." });
      expect(parametersOf(answer)).toMatchObject({ error_description: "Token has expired." });
    });

    test("gets no metadata URL if there is no authorization server", () => {
      const answer = createChallenger(undefined, "tiny:read").verificationFailed(new TokenInvalid("no key"));
      expect(parametersOf(answer)).toEqual({
        error: "invalid_token",
        error_description: "Bearer token is invalid.",
      });
    });
  });

  describe("a text in a challenge", () => {
    const told = (description: string): HttpResponse =>
      challenger.verificationFailed(new TokenInvalid("", { description }));

    test.each(['say "hush"', "back\\slash", 'both \\" at once', '", scope="all', "ends in \\", "a, b=c; d"])(
      "stays one parameter: %j",
      (text) => {
        expect(parametersOf(told(text))).toMatchObject({
          error: "invalid_token",
          error_description: text,
          scope: "tiny:read tiny:write",
        });
      },
    );

    test.each([
      ["a\r\nSet-Cookie: stolen=1", "aSet-Cookie: stolen=1"],
      ["tab\there", "tabhere"],
      ["nul\0, delete\x7f", "nul, delete"],
      ["größe 測試", "gre "],
    ])("loses characters that headers cannot contain: %j", (text, left) => {
      expect(parametersOf(told(text))).toMatchObject({ error_description: left });
    });

    test("is unchanged in the body", () => {
      expect(bodyOf(told('a "größe"\n'))).toMatchObject({ error_description: 'a "größe"\n' });
    });

    test("can be a scope", () => {
      const answer = createChallenger(METADATA_URL, 'a "b" \\c').missingToken();
      expect(parametersOf(answer)).toMatchObject({ scope: 'a "b" \\c' });
    });
  });

  describe("an outage", () => {
    test("returns 503 with Retry-After and no challenge", () => {
      const answer = challenger.verificationFailed(new AuthUnavailable("ECONNREFUSED 10.0.0.1"));
      expect(answer.status).toBe(503);
      expect(answer.headers).toMatchObject({ "retry-after": "2" });
      expect(answer.headers).not.toHaveProperty("www-authenticate");
      expect(bodyOf(answer)).toMatchObject({ error: "service_unavailable" });
      expect(JSON.stringify({ ...answer, log: undefined })).not.toContain("10.0.0.1");
      expect(answer.log?.reason).toBe("ECONNREFUSED 10.0.0.1");
    });

    test("returns its description", () => {
      const outage = new AuthUnavailable("HTTP 500", { description: "The grant check is unavailable." });
      expect(bodyOf(challenger.verificationFailed(outage))).toEqual({
        error: "service_unavailable",
        error_description: "The grant check is unavailable.",
      });
    });

    test("returns its known duration", () => {
      const answer = challenger.verificationFailed(
        new AuthUnavailable("cooling down", { retryAfterSeconds: 30 }),
      );
      expect(answer.headers).toMatchObject({ "retry-after": "30" });
    });
  });

  test.each([new Error("a bug"), new TypeError("x"), "text", undefined])(
    "any other error is rethrown: %s",
    (fault) => {
      let thrown: unknown = "nothing";
      try {
        challenger.verificationFailed(fault);
      } catch (error) {
        thrown = error;
      }
      expect(thrown).toBe(fault);
    },
  );

  describe("a bearer token", () => {
    test.each([
      ["Bearer abc.def-ghi_~+/=", "abc.def-ghi_~+/="],
      ["bearer abc", "abc"],
      ["BEARER abc", "abc"],
      ["Bearer    abc", "abc"],
      ["Bearer\tabc", "abc"],
      ["Bearer abc  ", "abc"],
      ["Bearer Bearer abc", "Bearer abc"],
      ["Bearer abc def", "abc def"],
    ])("is found in %j", (header, token) => {
      expect(readBearerToken(header)).toBe(token);
    });

    test.each([
      undefined,
      "",
      "Bearer",
      "Bearer ",
      "bearer\t ",
      "Bearerabc",
      "abc",
      "Basic YTpi",
      "DPoP abc",
      "Token Bearer abc",
      'Digest realm="Bearer x"',
    ])("is not found in %j", (header) => {
      expect(readBearerToken(header)).toBeUndefined();
    });

    test("is parsed in linear time: 100,000 spaces take less than a second", () => {
      const started = performance.now();
      expect(readBearerToken(`Bearer${" ".repeat(100_000)}`)).toBeUndefined();
      expect(performance.now() - started).toBeLessThan(1000);
    });
  });
});

describe("requests", () => {
  const HOSTS = new Set(["mcp.tiny.test", "127.0.0.1:8080", "localhost:8080", "[::1]:8080"]);
  const ORIGINS = new Set(["https://mcp.tiny.test", "https://pages.tiny.test:8443"]);

  const received = async (...lines: readonly string[]) =>
    (await arrive(["POST /mcp HTTP/1.1", ...lines])).request;

  const errorOf = (answer: HttpResponse | undefined): unknown => JSON.parse(answer?.body ?? "{}").error;

  describe("a security-relevant header", () => {
    test.each([
      ["Host: mcp.tiny.test", "Host: evil.test"],
      ["Host: mcp.tiny.test", "HOST: mcp.tiny.test"],
      ["Authorization: Bearer a", "authorization: Bearer b"],
      ["Authorization: Bearer a", "Authorization: Bearer a"],
      ["MCP-Protocol-Version: 2025-11-25", "Mcp-Protocol-Version: 2026-07-28"],
      ["Mcp-Method: tools/list", "Mcp-Method: tools/call"],
      ["Mcp-Name: a", "mcp-name: b"],
    ])("cannot be repeated: %s, %s", async (first, second) => {
      const answer = rejectRepeatedHeaders(await received(first, "X-Between: 1", second));
      expect(answer?.status).toBe(400);
      expect(errorOf(answer)).toBe("invalid_request");
      expect(answer?.body).toContain(first.split(":")[0]?.toLowerCase());
      expect(answer?.body).not.toContain("evil");
    });

    test("can occur once, and others any number of times", async () => {
      const twice = ["Accept: a/b", "Accept: c/d", "X-Forwarded-For: 1", "X-Forwarded-For: 2", "Cookie: a"];
      const request = await received("Host: mcp.tiny.test", "Authorization: Bearer a", ...twice, ...twice);
      expect(rejectRepeatedHeaders(request)).toBeUndefined();
    });

    test("is not found in another header's value", async () => {
      const request = await received("Host: mcp.tiny.test", "X-Note: host", "X-Other: authorization");
      expect(rejectRepeatedHeaders(request)).toBeUndefined();
    });
  });

  describe("a Host", () => {
    test.each(["mcp.tiny.test", "MCP.Tiny.TEST", "127.0.0.1:8080", "LocalHost:8080", "[::1]:8080"])(
      "that is allowed is accepted: %s",
      async (host) => {
        expect(rejectForeignRequest(await received(`Host: ${host}`), HOSTS, ORIGINS)).toBeUndefined();
      },
    );

    test.each([
      "evil.test",
      "mcp.tiny.test.",
      "mcp.tiny.test:444",
      "127.0.0.1",
      "127.0.0.1:80",
      "127.0.0.1:8080.evil.test",
      "evil.mcp.tiny.test",
      "mcp.tiny.test.evil.test",
      "user@mcp.tiny.test",
      "mcp.tiny.test, evil.test",
      "https://mcp.tiny.test",
      "[::ffff:127.0.0.1]:8080",
      "::1:8080",
      "0.0.0.0:8080",
      "",
    ])("that is not allowed is rejected: %j", async (host) => {
      const answer = rejectForeignRequest(await received(`Host: ${host}`), HOSTS, ORIGINS);
      expect(answer?.status).toBe(403);
      expect(errorOf(answer)).toBe("forbidden");
      expect(answer?.body).toContain("allowed hosts");
      expect(answer?.body).not.toContain("evil");
    });

    test("that is missing is rejected", async () => {
      const { request } = await arrive(["POST /mcp HTTP/1.0"]);
      expect(rejectForeignRequest(request, HOSTS, ORIGINS)?.status).toBe(403);
    });

    test("is ignored if the target has an authority", async () => {
      const asking = async (target: string, host: string) =>
        (await arrive([`POST ${target} HTTP/1.1`, `Host: ${host}`])).request;
      const ours = await asking("http://MCP.tiny.test/mcp", "evil.test");
      expect(rejectForeignRequest(ours, HOSTS, ORIGINS)).toBeUndefined();
      const foreign = await asking("http://evil.test/mcp", "mcp.tiny.test");
      expect(rejectForeignRequest(foreign, HOSTS, ORIGINS)?.status).toBe(403);
      const inQuery = await asking("/mcp?a=http://evil.test/", "mcp.tiny.test");
      expect(rejectForeignRequest(inQuery, HOSTS, ORIGINS)).toBeUndefined();
    });

    test.each(["evil.test", "mcp.ns.svc.cluster.local:8080", "10.0.0.7", ""])(
      "does not matter if any is served, but the Origin does: %j",
      async (host) => {
        const request = await received(`Host: ${host}`);
        expect(rejectForeignRequest(request, HOSTS, ORIGINS, "any")).toBeUndefined();
        const foreign = await received(`Host: ${host}`, `Origin: http://${host || "evil.test"}`);
        expect(rejectForeignRequest(foreign, HOSTS, ORIGINS, "any")?.body).toContain("allowed origins");
      },
    );

    test("in forwarding headers is ignored", async () => {
      const ours = ["X-Forwarded-Host: mcp.tiny.test", "Forwarded: host=mcp.tiny.test"];
      expect(rejectForeignRequest(await received("Host: evil.test", ...ours), HOSTS, ORIGINS)?.status).toBe(
        403,
      );
    });
  });

  describe("an Origin", () => {
    const from = (...origins: readonly string[]) =>
      received("Host: mcp.tiny.test", ...origins.map((origin) => `Origin: ${origin}`));

    test.each(["https://mcp.tiny.test", "https://pages.tiny.test:8443", "HTTPS://Pages.Tiny.Test:8443"])(
      "that is allowed is accepted: %s",
      async (origin) => {
        expect(rejectForeignRequest(await from(origin), HOSTS, ORIGINS)).toBeUndefined();
      },
    );

    test.each([
      "null",
      "",
      "https://evil.test",
      "http://mcp.tiny.test",
      "https://mcp.tiny.test/",
      "https://mcp.tiny.test:8443",
      "https://pages.tiny.test",
      "https://mcp.tiny.test.evil.test",
      "https://evil.test#https://mcp.tiny.test",
      "*",
    ])("that is not allowed is rejected: %j", async (origin) => {
      const answer = rejectForeignRequest(await from(origin), HOSTS, ORIGINS);
      expect(answer?.status).toBe(403);
      expect(errorOf(answer)).toBe("forbidden");
      expect(answer?.body).toContain("allowed origins");
      expect(answer?.body).not.toContain("evil");
    });

    test("next to an allowed one is rejected", async () => {
      const both = await from("https://mcp.tiny.test", "https://evil.test");
      expect(rejectForeignRequest(both, HOSTS, ORIGINS)?.status).toBe(403);
    });

    test.each(["https://evil.test", "null"])("is ignored if any page may read: %s", async (origin) => {
      expect(rejectForeignRequest(await from(origin), HOSTS, "any")).toBeUndefined();
    });

    test("doesn't make up for a foreign Host", async () => {
      const request = await received("Host: evil.test", "Origin: https://mcp.tiny.test");
      expect(rejectForeignRequest(request, HOSTS, "any")?.status).toBe(403);
    });
  });
});

describe("failed attempts to authenticate", () => {
  const JWT = "header.claims.signature";

  /** Accepts values that begin with "good"; of JWTs, counts those as guesses that end in "forged". */
  const limited = () => {
    const clock = manualClock();
    const [verified, waits]: [string[], number[]] = [[], []];
    const attempt = limitAttempts(
      async (token) => {
        verified.push(token);
        if (token.startsWith("good")) return token;
        throw new TokenInvalid("no", { isGuess: token.endsWith("forged") });
      },
      clock.now,
      (ms) => {
        waits.push(ms);
        return new Promise((resolve) => clock.after(ms, resolve));
      },
    );
    const outcome = (token: string, address = "192.0.2.1"): Promise<string> =>
      attempt(token, address).then(
        () => "accepted",
        (error: Error) => error.name,
      );
    const fail = async (count: number, address?: string): Promise<string[]> => {
      const outcomes = Array.from({ length: count }, (_, index) => outcome(`bad ${index}`, address));
      return Promise.all(outcomes);
    };
    return { clock, outcome, fail, verified, waits };
  };
  const countOf = (outcomes: readonly string[], name: string) =>
    outcomes.filter((one) => one === name).length;

  test("are limited to 20 at once and then two a second, unverified", async () => {
    const { clock, fail, verified, waits } = limited();
    const failing = fail(1000);
    // Eight more wait for their turn, for up to four seconds.
    expect(waits).toEqual([500, 1000, 1500, 2000, 2500, 3000, 3500, 4000]);
    expect(verified).toHaveLength(20);
    clock.advance(4000);
    const outcomes = await failing;
    expect(countOf(outcomes, "TokenInvalid")).toBe(28);
    expect(countOf(outcomes, "TooManyAttempts")).toBe(972);
    expect(verified).toHaveLength(28);
    clock.advance(1000);
    const later = fail(20);
    clock.advance(4000);
    expect(countOf(await later, "TokenInvalid")).toBe(10);
  });

  test("do not lock out tokens that were accepted before, signed tokens, or other addresses", async () => {
    const { outcome, fail } = limited();
    expect(await outcome("good before")).toBe("accepted");
    void fail(200);
    expect(await outcome("good before")).toBe("accepted");
    expect(await outcome(`good.${JWT.split(".", 2).join(".")}`)).toBe("accepted");
    expect(await outcome("good new")).toBe("TooManyAttempts");
    expect(await outcome("good new", "192.0.2.2")).toBe("accepted");
  });

  test("do not lock out a new token for long: it waits for its turn", async () => {
    const { clock, outcome, fail, waits } = limited();
    await fail(20);
    for (const token of ["good new", "good newer"]) {
      const accepted = outcome(token);
      expect(waits.at(-1)).toBe(500);
      clock.advance(500);
      expect(await accepted).toBe("accepted");
    }
    expect(await outcome("good new")).toBe("accepted");
  });

  test("include forged tokens, but no expired or withdrawn ones", async () => {
    const { outcome } = limited();
    const repeat = async (token: string) => {
      const outcomes: string[] = [];
      for (let index = 0; index < 25; index += 1) outcomes.push(await outcome(token));
      return outcomes;
    };
    expect(countOf(await repeat(JWT), "TokenInvalid")).toBe(25);
    const forged = await repeat("header.claims.forged");
    expect(countOf(forged, "TokenInvalid")).toBe(20);
    expect(countOf(forged, "TooManyAttempts")).toBe(5);
    expect(await outcome(JWT)).toBe("TokenInvalid");
  });

  test("accepted tokens do not count", async () => {
    const { outcome } = limited();
    for (let index = 0; index < 40; index += 1) expect(await outcome(`good ${index}`)).toBe("accepted");
  });

  test("count for the whole network of an IPv6 address", async () => {
    const { outcome, fail } = limited();
    void fail(200, "2001:db8::1:2:3:4");
    expect(await outcome("good", "2001:db8::9")).toBe("TooManyAttempts");
    expect(await outcome("good", "2001:db8:0:1::9")).toBe("accepted");
    expect(await outcome("good two", "::ffff:192.0.2.7")).toBe("accepted");
  });

  test("get 429 with Retry-After", () => {
    const { status, headers, body } = createChallenger(undefined, "").verificationFailed(
      new TooManyAttempts("too many"),
    );
    expect([status, headers?.["retry-after"]]).toEqual([429, "4"]);
    expect(JSON.parse(body ?? "")).toEqual({
      error: "too_many_attempts",
      error_description:
        "Too many failed attempts to authenticate from this address. Try again in 4 seconds.",
    });
  });
});
