import { describe, expect, test } from "vitest";
import { TokenInvalid } from "../../../../../src/auth/errors.ts";
import { bytes, crafted, refusalOf, servesKeys, signed } from "../../../../support/auth/tokens.ts";
import { first, one, RESOURCE, second, USUAL_KEYS } from "../../../../support/lfx/issuers.ts";

describe("a token is refused, and nobody is asked,", () => {
  test.each([
    ["of another issuer", "https://evil.example"],
    ["of no issuer", undefined],
    ["of an empty one", ""],
    ["of one that is a slash", "/"],
    ["of one that is a number", 7],
    ["of a list of them", ["https://issuer.example"]],
    ["of one that every object has", "constructor"],
  ])("if it is %s", async (_, iss) => {
    const { authenticate, token, asked } = await one();
    expect(await refusalOf(authenticate(await token({ iss })))).toBeInstanceOf(TokenInvalid);
    expect(asked()).toEqual([]);
  });

  test("if its issuer only begins like one of ours", async () => {
    const { authenticate, token, asked, issuer } = await one();
    for (const iss of [`${issuer}.evil.example`, `${issuer}/x`, `${issuer}//`, issuer.toUpperCase()]) {
      expect(await refusalOf(authenticate(await token({ iss })))).toBeInstanceOf(TokenInvalid);
    }
    expect(asked()).toEqual([]);
  });

  test.each([
    ["empty", ""],
    ["a word", "token"],
    ["of two parts", "a.b"],
    ["of four parts", "a.b.c.d"],
    ["of other letters", "a.b+/=.c"],
    ["no JSON", "YQ.YQ.YQ"],
    ["JSON but no object", `YQ.${Buffer.from("[]").toString("base64url")}.YQ`],
    ["longer than any", `${"a".repeat(8192)}.b.c`],
    ["of a million characters", "a".repeat(1_000_000)],
    ["of a million parts", "a.".repeat(500_000)],
  ])("if it is %s", async (_, value) => {
    const { authenticate, asked } = await one();
    expect(await refusalOf(authenticate(value))).toBeInstanceOf(TokenInvalid);
    expect(asked()).toEqual([]);
  });
});

describe("a token of ours is refused", () => {
  test.each([
    ["that has expired", -61, {}],
    ["that is for later", 3600, { nbf: 61 }],
    ["that is from the future", 3600, { iat: 61 }],
  ])("%s", async (_, life, later) => {
    const { authenticate, token, clock } = await one();
    const times = Object.entries(later).map(([name, seconds]) => [name, clock.seconds() + seconds]);
    const jwt = await token({ exp: clock.seconds() + life, ...Object.fromEntries(times) });
    expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(TokenInvalid);
  });

  test.each([
    ["that never ends", { exp: undefined }],
    ["for another resource", { aud: "https://api.example" }],
    ["for nobody", { aud: undefined }],
  ])("%s", async (_, claims) => {
    const { authenticate, token } = await one();
    expect(await refusalOf(authenticate(await token(claims)))).toBeInstanceOf(TokenInvalid);
  });

  test("that nobody signed, or whoever knows the public key", async () => {
    const { authenticate, issuer, clock } = await one();
    const claims = { iss: issuer, aud: RESOURCE, sub: "auth0|ada", exp: clock.seconds() + 60 };
    const pem = String(first.publicKey.export({ type: "spki", format: "pem" }));
    const forged = [
      crafted({ alg: "none", kid: "first" }, claims),
      crafted({ alg: "ES256", kid: "first" }, claims),
      await signed(claims, { alg: "HS256", key: bytes(pem), header: { kid: "first" } }),
    ];
    for (const jwt of forged) expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(TokenInvalid);
  });

  test("as soon as it has ended, though it was verified before", async () => {
    const { authenticate, token, clock } = await one();
    const jwt = await token({ exp: clock.seconds() + 10 });
    await authenticate(jwt);
    clock.pass(71);
    expect(await refusalOf(authenticate(jwt))).toMatchObject({ description: "Token has expired." });
  });

  test("a minute after its key was withdrawn from a set that was read anew", async () => {
    const { authenticate, token, acts, clock } = await one();
    const jwt = await token();
    await authenticate(jwt);
    clock.pass(599);
    await authenticate(jwt);
    acts[USUAL_KEYS] = await servesKeys(second);
    clock.pass(60);
    expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(TokenInvalid);
  });
});

test("a refusal carries nothing of the token", async () => {
  const { authenticate, token, lines } = await one();
  const jwt = await token({ sub: "auth0|somebody-secret", aud: "https://other.example/secret" });
  const refusal = await refusalOf(authenticate(jwt));
  const told = [String(refusal), JSON.stringify(refusal), ...lines].join("\n");
  for (const part of ["somebody-secret", "other.example", ...jwt.split(".")])
    expect(told).not.toContain(part);
});
