import { expect, test } from "vitest";
import { TokenInvalid } from "../../../../../src/auth/errors.ts";
import {
  createVerifier,
  type VerifierOptions,
} from "../../../../../src/platforms/lightfast/hosted/verifier.ts";
import {
  type Claims,
  claimsAt,
  createClock,
  hs256,
  ISSUER,
  KNOWN_SCOPES,
  RESOURCE,
  refusalOf,
  SECRET,
} from "../../../../support/auth/tokens.ts";

const clock = createClock();

const verifier = (changes: Partial<VerifierOptions> = {}) =>
  createVerifier({
    issuer: ISSUER,
    resource: RESOURCE,
    knownScopes: KNOWN_SCOPES,
    secret: SECRET,
    now: clock.now,
    ...changes,
  });

const verify = verifier();
const withClaims = (changes: Claims) => hs256(claimsAt(clock, changes));
const soon = (seconds: number) => clock.seconds() + seconds;

test("a good token tells who its bearer is and what they may do", async () => {
  expect(await verify(await withClaims({ jti: "1", extra: { a: 1 } }))).toEqual({
    userId: "user_1",
    orgId: "org_1",
    clientId: "mcp_client_1",
    grantId: "mcp_grant_1",
    scopes: ["mcp:signals:read", "mcp:signals:write"],
    expiresAt: soon(900),
  });
});

const REFUSED: readonly [string, Claims, reason: RegExp][] = [
  ["another issuer", { iss: "https://evil.test" }, /iss/],
  ["an issuer that ours is a prefix of", { iss: `${ISSUER}.evil.test` }, /iss/],
  ["an issuer in other letters", { iss: ISSUER.toUpperCase() }, /iss/],
  ["no issuer", { iss: undefined }, /iss/],
  ["another audience", { aud: "https://other.test/mcp" }, /another resource/],
  ["an audience that is a prefix of ours", { aud: RESOURCE.slice(0, -1) }, /another resource/],
  ["an audience that is only our origin", { aud: new URL(RESOURCE).origin }, /another resource/],
  ["an audience that ours is a prefix of", { aud: `${RESOURCE}.evil.test` }, /another resource/],
  ["several audiences without ours", { aud: ["https://other.test/mcp", ISSUER] }, /another resource/],
  ["an empty list of audiences", { aud: [] }, /another resource/],
  ["an audience inside a list inside the list", { aud: [[RESOURCE]] }, /aud/],
  ["no audience", { aud: undefined }, /aud/],
  ["no expiry", { exp: undefined }, /exp/],
  ["an expiry that is text", { exp: "9999999999" }, /exp/],
  ["a life of more than 15 minutes", { exp: soon(901) }, /longer than 900 s/],
  ["a life of an hour", { exp: soon(3600) }, /longer than 900 s/],
  ["an expiry at its issue", { exp: soon(0) }, /not after iat/],
  ["an expiry before its issue", { iat: soon(30), exp: soon(20) }, /not after iat/],
  ["an expiry between two seconds", { exp: soon(10) + 0.5 }, /exp/],
  ["no time of issue", { iat: undefined }, /iat/],
  ["a time of issue that is text", { iat: "now" }, /iat/],
  ["a beginning that is text", { nbf: "now" }, /nbf/],
  ["a subject that is not its user", { sub: "user_2" }, /sub is not user_id/],
  ["no subject", { sub: undefined }, /sub/],
  ["no user", { user_id: undefined }, /user_id/],
  ["an empty user and subject", { sub: "", user_id: "" }, /sub, user_id/],
  ["no organization", { org_id: undefined }, /org_id/],
  ["an empty organization", { org_id: "" }, /org_id/],
  ["no client", { client_id: undefined }, /client_id/],
  ["no grant", { grant_id: undefined }, /grant_id/],
  ["a grant that is no text", { grant_id: 7 }, /grant_id/],
  ["no use", { token_use: undefined }, /token_use/],
  ["the use of a service token", { token_use: "service_access" }, /token_use/],
  ["no scope", { scope: undefined }, /scope/],
  ["an empty scope", { scope: "" }, /none of its scopes/],
  ["a blank scope", { scope: "   " }, /none of its scopes/],
  ["only unknown scopes", { scope: "mcp:everything openid" }, /none of its scopes/],
  ["a scope that is a prefix of a known one", { scope: "mcp:signals" }, /none of its scopes/],
  ["a scope in other letters", { scope: "MCP:SIGNALS:READ" }, /none of its scopes/],
  ["a name of every object as its scope", { scope: "constructor __proto__" }, /none of its scopes/],
  ["scopes as a list", { scope: ["mcp:signals:read"] }, /scope/],
];

test.each(REFUSED)("a token with %s is refused", async (_, claims, reason) => {
  const refusal = await refusalOf(verify(await withClaims(claims)));
  expect(refusal).toBeInstanceOf(TokenInvalid);
  expect(refusal).toMatchObject({
    description: "Bearer token is invalid.",
    message: expect.stringMatching(reason),
  });
});

test.each([
  ["in other letters", "HTTPS://MCP.LightFast.test/mcp"],
  ["with its port", "https://mcp.lightfast.test:443/mcp"],
  ["with a slash", `${RESOURCE}/`],
  ["among others", ["https://other.test", RESOURCE]],
])("the audience may be written %s", async (_, aud) => {
  expect((await verify(await withClaims({ aud }))).userId).toBe("user_1");
});

test("a slash at the end of the resource's address makes no difference", async () => {
  const other = verifier({ resource: `${RESOURCE}/` });
  expect((await other(await withClaims({}))).userId).toBe("user_1");
});

test.each([
  [ISSUER, `${ISSUER}/`],
  [`${ISSUER}/`, ISSUER],
  [`${ISSUER}/`, `${ISSUER}/`],
])("the issuer %s may call itself %s", async (issuer, iss) => {
  expect((await verifier({ issuer })(await withClaims({ iss }))).userId).toBe("user_1");
});

test("unknown scopes beside known ones are ignored, and so are repetitions", async () => {
  const scope = "openid  mcp:signals:read mcp:new:write mcp:signals:read";
  expect((await verify(await withClaims({ scope }))).scopes).toEqual(["mcp:signals:read"]);
});

// Our clock and the authorization server's may differ by a minute, and by no second more.
const SKEW: readonly [string, Claims, accepted: boolean][] = [
  ["expired 59 s ago", { iat: soon(-300), exp: soon(-59) }, true],
  ["expired 60 s ago", { iat: soon(-300), exp: soon(-60) }, false],
  ["expired an hour ago", { iat: soon(-4500), exp: soon(-3600) }, false],
  ["begins in 60 s", { nbf: soon(60) }, true],
  ["begins in 61 s", { nbf: soon(61) }, false],
  ["was issued 60 s from now", { iat: soon(60), exp: soon(960) }, true],
  ["was issued 61 s from now", { iat: soon(61), exp: soon(961) }, false],
  ["has lived its 15 minutes and 59 s more", { iat: soon(-959), exp: soon(-59) }, true],
];

test.each(SKEW)("a token that %s is judged with 60 s of clock skew", async (_, claims, accepted) => {
  const work = verify(await withClaims(claims));
  if (accepted) expect((await work).userId).toBe("user_1");
  else expect(await refusalOf(work)).toBeInstanceOf(TokenInvalid);
});

test("the client of an expired token learns so", async () => {
  const refusal = await refusalOf(verify(await withClaims({ iat: soon(-900), exp: soon(-60) })));
  expect(refusal).toMatchObject({ name: "TokenInvalid", description: "Token has expired." });
});

test("the clock is read for every token", async () => {
  const later = createClock();
  const check = verifier({ now: later.now });
  const token = await hs256(claimsAt(later, { exp: later.seconds() + 10 }));
  await check(token);
  later.pass(69);
  await check(token);
  later.pass(1);
  expect(await refusalOf(check(token))).toBeInstanceOf(TokenInvalid);
});

test("a refusal carries nothing of the token", async () => {
  const token = await withClaims({ org_id: undefined, grant_id: "mcp_grant_private" });
  const refusal = await refusalOf(verify(token));
  expect(String(refusal)).not.toContain("private");
  expect(String(refusal)).not.toContain(token.slice(0, 20));
});

test.each([undefined, ""])("no verifier is made without a key (%j)", (secret) => {
  expect(() => verifier({ secret })).toThrow("needs a secret");
});

test("no verifier is made for a resource that is no address", () => {
  expect(() => verifier({ resource: "mcp" })).toThrow("resource");
});
