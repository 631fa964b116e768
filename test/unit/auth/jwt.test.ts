import type { JWTPayload } from "jose";
import { describe, expect, test } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../../src/auth/errors.ts";
import {
  assertJwtFormat,
  canonicalResource,
  createJwtVerifier,
  type JwtOptions,
  MAX_TOKEN_LENGTH,
  trustKeySet,
  trustSecret,
} from "../../../src/auth/jwt.ts";
import {
  type Claims,
  createClock,
  hs256,
  refusalOf,
  SECRET,
  serverKey,
  signWith,
} from "../../support/auth/tokens.ts";

describe("canonicalResource", () => {
  const CANONICAL = "https://mcp.lightfast.test/mcp";

  test.each([
    CANONICAL,
    "https://mcp.lightfast.test/mcp/",
    "HTTPS://MCP.Lightfast.TEST/mcp",
    "https://mcp.lightfast.test:443/mcp",
  ])("%s is the resource", (text) => {
    expect(canonicalResource(text)).toBe(CANONICAL);
  });

  test.each([
    "https://mcp.lightfast.test",
    "https://mcp.lightfast.test/",
    "https://mcp.lightfast.test/mc",
    "https://mcp.lightfast.test/mcp2",
    "https://mcp.lightfast.test/mcp//",
    "https://mcp.lightfast.test/mcp/x",
    "https://mcp.lightfast.test/MCP",
    "https://mcp.lightfast.test/x/../mcp",
    "https://mcp.lightfast.test/%6dcp",
    "https://mcp.lightfast.test/mcp?x=1",
    "https://mcp.lightfast.test/mcp#x",
    "https://mcp.lightfast.test/mcp ",
    " https://mcp.lightfast.test/mcp",
    "https://mcp.lightfast.test/mcp\n",
    "https:\\\\mcp.lightfast.test\\mcp",
    "https://mcp.lightfast.test:444/mcp",
    "https://mcp.lightfast.test.evil.test/mcp",
    "https://user@mcp.lightfast.test/mcp",
    "http://mcp.lightfast.test/mcp",
    "mcp.lightfast.test/mcp",
    "https://[/mcp",
    "",
  ])("%j is not the resource", (text) => {
    expect(canonicalResource(text)).not.toBe(CANONICAL);
  });

  test("an origin is equal with and without a trailing slash", () => {
    expect(canonicalResource("https://mcp.lightfast.test/")).toBe("https://mcp.lightfast.test");
    expect(canonicalResource("http://127.0.0.1:80")).toBe("http://127.0.0.1");
  });

  test("a trailing slash of a query is kept", () => {
    expect(canonicalResource("https://a.test/mcp/?x=/")).toBe("https://a.test/mcp?x=/");
  });
});

describe("createJwtVerifier", () => {
  const ISSUER = "https://issuer.example";
  const YEAR = 365 * 24 * 3600;

  /** A verifier without a lifetime limit that returns all claims. */
  const createVerifier = (changes: Partial<JwtOptions<JWTPayload>> = {}) => {
    const clock = createClock();
    const verify = createJwtVerifier<JWTPayload>({
      trustedKeys: trustSecret(SECRET),
      issuer: ISSUER,
      readClaims: (claims) => claims,
      now: clock.now,
      ...changes,
    });
    const token = (claims: Claims = {}) => hs256({ iss: ISSUER, exp: clock.seconds() + 60, ...claims });
    return { clock, verify, token };
  };

  describe("without a lifetime limit", () => {
    test("a token may have a long lifetime, and no iat", async () => {
      const { clock, verify, token } = createVerifier();
      const exp = clock.seconds() + YEAR;
      expect(await verify(await token({ exp }))).toEqual({ iss: ISSUER, exp });
      expect(await verify(await token({ exp, iat: clock.seconds() - YEAR }))).toMatchObject({ exp });
    });

    test("a token must have an exp, and be valid now", async () => {
      const { clock, verify, token } = createVerifier();
      const now = clock.seconds();
      for (const claims of [{ exp: undefined }, { exp: now }, { nbf: now + 61 }]) {
        expect(await refusalOf(verify(await token(claims)))).toBeInstanceOf(TokenInvalid);
      }
      expect(await verify(await token({ exp: now + 1, nbf: now + 60 }))).toMatchObject({ exp: now + 1 });
    });

    test("a token must not be issued in the future", async () => {
      const { clock, verify, token } = createVerifier();
      const now = clock.seconds();
      expect(await verify(await token({ iat: now + 60 }))).toMatchObject({ iat: now + 60 });
      const refusal = await refusalOf(verify(await token({ iat: now + 61, exp: now + YEAR })));
      expect(refusal).toBeInstanceOf(TokenInvalid);
    });
  });

  test.each([
    ["https://issuer.example", "https://issuer.example/"],
    ["https://issuer.example/", "https://issuer.example"],
    ["https://issuer.example/", "https://issuer.example/"],
  ])("a token of %s may have the iss %s", async (issuer, iss) => {
    const { verify, token } = createVerifier({ issuer });
    expect(await verify(await token({ iss }))).toMatchObject({ iss });
  });

  test.each([
    undefined,
    "",
    "https://issuer.example//",
    "https://ISSUER.example",
    "http://issuer.example",
    "https://issuer.example/x",
  ])("a token of https://issuer.example can't have the iss %j", async (iss) => {
    const { verify, token } = createVerifier();
    expect(await refusalOf(verify(await token({ iss })))).toBeInstanceOf(TokenInvalid);
  });

  describe("an error of readClaims", () => {
    test("is the error of the token", async () => {
      const wrong = new TokenInvalid("meant for another resource");
      const { verify, token } = createVerifier({
        readClaims: () => {
          throw wrong;
        },
      });
      expect(await refusalOf(verify(await token()))).toBe(wrong);
    });

    test("can't occur for a token with an invalid signature", async () => {
      const seen: JWTPayload[] = [];
      const { clock, verify } = createVerifier({
        readClaims: (claims) => {
          seen.push(claims);
          return claims;
        },
      });
      const forged = await hs256(
        { iss: ISSUER, exp: clock.seconds() + 60 },
        {},
        "another-secret-of-32-characters!",
      );
      expect(await refusalOf(verify(forged))).toBeInstanceOf(TokenInvalid);
      expect(seen).toEqual([]);
    });
  });

  test("an unavailable key doesn't make the token invalid", async () => {
    const gone = new AuthUnavailable("key set unavailable");
    const trustedKeys = trustKeySet(async () => {
      throw gone;
    });
    const { clock, verify } = createVerifier({ trustedKeys });
    const token = await signWith(serverKey("ES256", "k"), { iss: ISSUER, exp: clock.seconds() + 60 });
    expect(await refusalOf(verify(token))).toBe(gone);
  });

  test.each([
    ["of the maximum length", `${"x".repeat(MAX_TOKEN_LENGTH - 4)}.y.z`, undefined],
    ["beyond the maximum length", `${"x".repeat(MAX_TOKEN_LENGTH - 3)}.y.z`, /longer than 8192/],
    ["with two parts", "x.y", /not a signed JWT/],
    ["with four parts", "w.x.y.z", /not a signed JWT/],
    ["with an empty part", "x..z", /not a signed JWT/],
    ["with other characters", "x.y+.z", /not a signed JWT/],
    ["with a final line break", "x.y.z\n", /not a signed JWT/],
  ])("assertJwtFormat checks a text %s", (_, text, refusal) => {
    if (refusal) expect(() => assertJwtFormat(text)).toThrow(refusal);
    else expect(() => assertJwtFormat(text)).not.toThrow();
  });
});
