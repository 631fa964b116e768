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
  signedBy,
} from "../../support/auth/tokens.ts";

describe("audience", () => {
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

  test("an origin is the same with and without its slash", () => {
    expect(canonicalResource("https://mcp.lightfast.test/")).toBe("https://mcp.lightfast.test");
    expect(canonicalResource("http://127.0.0.1:80")).toBe("http://127.0.0.1");
  });

  test("a slash at the end of a query belongs to it", () => {
    expect(canonicalResource("https://a.test/mcp/?x=/")).toBe("https://a.test/mcp?x=/");
  });
});

describe("jwt", () => {
  const ISSUER = "https://issuer.example";
  const YEAR = 365 * 24 * 3600;

  /** A verifier without a longest life, which reads all claims. */
  const verifierOf = (changes: Partial<JwtOptions<JWTPayload>> = {}) => {
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

  describe("where no longest life is asked for", () => {
    test("a token may live for long, and need not say when it was issued", async () => {
      const { clock, verify, token } = verifierOf();
      const exp = clock.seconds() + YEAR;
      expect(await verify(await token({ exp }))).toEqual({ iss: ISSUER, exp });
      expect(await verify(await token({ exp, iat: clock.seconds() - YEAR }))).toMatchObject({ exp });
    });

    test("a token must still end, and have begun", async () => {
      const { clock, verify, token } = verifierOf();
      const now = clock.seconds();
      for (const claims of [{ exp: undefined }, { exp: now - 60 }, { nbf: now + 61 }]) {
        expect(await refusalOf(verify(await token(claims)))).toBeInstanceOf(TokenInvalid);
      }
      expect(await verify(await token({ exp: now - 59, nbf: now + 60 }))).toMatchObject({ exp: now - 59 });
    });

    test("a token is not from the future", async () => {
      const { clock, verify, token } = verifierOf();
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
  ])("the issuer %s may call itself %s", async (issuer, iss) => {
    const { verify, token } = verifierOf({ issuer });
    expect(await verify(await token({ iss }))).toMatchObject({ iss });
  });

  test.each([
    undefined,
    "",
    "https://issuer.example//",
    "https://ISSUER.example",
    "http://issuer.example",
    "https://issuer.example/x",
  ])("a token of the issuer %j is not one of https://issuer.example", async (iss) => {
    const { verify, token } = verifierOf();
    expect(await refusalOf(verify(await token({ iss })))).toBeInstanceOf(TokenInvalid);
  });

  describe("what the reader of the claims finds wrong", () => {
    test("is what the token is refused with", async () => {
      const wrong = new TokenInvalid("it is meant for another resource");
      const { verify, token } = verifierOf({
        readClaims: () => {
          throw wrong;
        },
      });
      expect(await refusalOf(verify(await token()))).toBe(wrong);
    });

    test("is not looked for in a token that is not verified", async () => {
      const seen: JWTPayload[] = [];
      const { clock, verify } = verifierOf({
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

  test("a key that cannot be had is no fault of the token", async () => {
    const gone = new AuthUnavailable("key set unavailable");
    const trust = trustKeySet(async () => {
      throw gone;
    });
    const { clock, verify } = verifierOf({ trustedKeys: trust });
    const token = await signedBy(serverKey("ES256", "k"), { iss: ISSUER, exp: clock.seconds() + 60 });
    expect(await refusalOf(verify(token))).toBe(gone);
  });

  test.each([
    ["up to the length that is read", `${"x".repeat(MAX_TOKEN_LENGTH - 4)}.y.z`, undefined],
    ["beyond it", `${"x".repeat(MAX_TOKEN_LENGTH - 3)}.y.z`, /longer than 8192/],
    ["with two parts", "x.y", /no signed token/],
    ["with four", "w.x.y.z", /no signed token/],
    ["with an empty one", "x..z", /no signed token/],
    ["with other letters", "x.y+.z", /no signed token/],
    ["with a line break at its end", "x.y.z\n", /no signed token/],
  ])("a text %s is a token or not by its looks alone", (_, text, refusal) => {
    if (refusal) expect(() => assertJwtFormat(text)).toThrow(refusal);
    else expect(() => assertJwtFormat(text)).not.toThrow();
  });
});
