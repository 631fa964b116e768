import { expect, onTestFinished, test } from "vitest";
import { TokenInvalid } from "../../../../../src/auth/errors.ts";
import { createPoster } from "../../../../../src/http-client/internal.ts";
import type { Caller } from "../../../../../src/mcp/caller.ts";
import type { AccessToken } from "../../../../../src/platforms/lightfast/hosted/access-token.ts";
import { createServiceSigner } from "../../../../../src/platforms/lightfast/hosted/app-connection.ts";
import { createGrantCheck } from "../../../../../src/platforms/lightfast/hosted/auth.ts";
import { createAuthenticator } from "../../../../../src/platforms/lightfast/hosted/authenticator.ts";
import { createVerifier } from "../../../../../src/platforms/lightfast/hosted/verifier.ts";
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
import { createGate } from "../../../../support/gate.ts";
import { type Act, answer, json, playScript } from "../../../../support/scripted-server.ts";

const ACTIVE = json(200, { active: true });

const callerOf = ({ scopes, userId, orgId }: AccessToken): Caller => ({
  grants: new Set(scopes),
  identity: { userId, orgId },
});

/** The whole room: real tokens, a verifier that is counted, and an app on loopback that knows the grants. */
const roomOf = async ({ act = ACTIVE, maxEntries = 100 }: { act?: Act; maxEntries?: number } = {}) => {
  const clock = createClock();
  const state = { act };
  const app = await playScript([(response, request) => state.act(response, request)]);
  const { post, close } = createPoster();
  onTestFinished(close);
  const { now } = clock;
  const verify = createVerifier({
    issuer: ISSUER,
    resource: RESOURCE,
    knownScopes: KNOWN_SCOPES,
    secret: SECRET,
    now,
  });
  const sign = createServiceSigner(SECRET, now);
  const verified: string[] = [];
  const authenticate = createAuthenticator({
    verify: (token) => {
      verified.push(token);
      return verify(token);
    },
    checkGrant: createGrantCheck({ appUrl: app.url(), resource: RESOURCE, sign, cacheSeconds: 0, post, now }),
    callerOf,
    now,
    maxEntries,
  });
  const tokenWith = (changes: Claims = {}) => hs256(claimsAt(clock, changes));
  return { clock, state, app, verified, authenticate, tokenWith };
};

test("a good token with a live grant is its caller", async () => {
  const { authenticate, tokenWith } = await roomOf();
  expect(await authenticate(await tokenWith())).toEqual({
    grants: new Set(["mcp:signals:read", "mcp:signals:write"]),
    identity: { userId: "user_1", orgId: "org_1" },
  });
});

test("a kept token is verified once, its grant checked every time, and its caller is one object", async () => {
  const { authenticate, tokenWith, verified, app } = await roomOf();
  const token = await tokenWith();
  const caller = await authenticate(token);
  expect(await authenticate(token)).toBe(caller);
  expect(await authenticate(token)).toBe(caller);
  expect(verified).toHaveLength(1);
  expect(app.requests).toHaveLength(3);
});

test("100 simultaneous requests of one token cost one verification and one grant check", async () => {
  const gate = createGate();
  const { authenticate, tokenWith, verified, app } = await roomOf({
    act: (response, request) => void gate.promise.then(() => ACTIVE(response, request)),
  });
  const token = await tokenWith();
  const work = Promise.all(Array.from({ length: 100 }, () => authenticate(token)));
  await app.arrived(1);
  gate.open();
  expect(new Set(await work).size).toBe(1);
  expect(verified).toHaveLength(1);
  expect(app.requests).toHaveLength(1);
});

test("a verification dies after 60 s, and the caller with it", async () => {
  const { authenticate, tokenWith, verified, clock } = await roomOf();
  const token = await tokenWith();
  const caller = await authenticate(token);
  clock.pass(59.999);
  expect(await authenticate(token)).toBe(caller);
  clock.pass(0.001);
  const later = await authenticate(token);
  expect(later).not.toBe(caller);
  expect(later).toEqual(caller);
  expect(verified).toHaveLength(2);
});

test("a verification dies when the token expires", async () => {
  const { authenticate, tokenWith, verified, clock } = await roomOf();
  const token = await tokenWith({ exp: clock.seconds() + 10 });
  await authenticate(token);
  clock.pass(10);
  await authenticate(token);
  expect(verified).toHaveLength(2);
  clock.pass(60);
  expect(await refusalOf(authenticate(token))).toMatchObject({ description: "Token has expired." });
});

test("a grant that is revoked between two requests ends the second", async () => {
  const { authenticate, tokenWith, state, verified } = await roomOf();
  const token = await tokenWith();
  await authenticate(token);
  state.act = answer(403);
  expect(await refusalOf(authenticate(token))).toMatchObject({ name: "TokenInvalid" });
  state.act = answer(502);
  expect(await refusalOf(authenticate(token))).toMatchObject({ name: "AuthUnavailable" });
  state.act = ACTIVE;
  expect((await authenticate(token)).grants).toContain("mcp:signals:read");
  expect(verified).toHaveLength(1);
});

test("the app is not asked about a token that is not good", async () => {
  const { authenticate, tokenWith, app } = await roomOf();
  const tokens = [
    "",
    "lf_key",
    "x".repeat(1_000_000),
    await tokenWith({ aud: ISSUER }),
    await tokenWith({ scope: "" }),
  ];
  for (const token of tokens) expect(await refusalOf(authenticate(token))).toBeInstanceOf(TokenInvalid);
  expect(app.requests).toHaveLength(0);
});

test("a refused token is not kept", async () => {
  const { authenticate, tokenWith, clock, verified } = await roomOf();
  const token = await tokenWith({ nbf: clock.seconds() + 61 });
  expect(await refusalOf(authenticate(token))).toBeInstanceOf(TokenInvalid);
  clock.pass(1);
  expect((await authenticate(token)).identity).toMatchObject({ userId: "user_1" });
  expect(verified).toHaveLength(2);
});

test("two tokens never share a caller, not even of one user, and not when they come at once", async () => {
  const { authenticate, tokenWith } = await roomOf();
  const tokens = await Promise.all([
    tokenWith(),
    tokenWith({ jti: "2" }),
    tokenWith({ scope: "mcp:signals:read" }),
    tokenWith({ sub: "user_2", user_id: "user_2" }),
    tokenWith({ org_id: "org_2" }),
    tokenWith({ grant_id: "mcp_grant_2", scope: "mcp:system:read" }),
  ]);
  const rounds = await Promise.all([...tokens, ...tokens.toReversed()].map(authenticate));
  const callers = rounds.slice(0, tokens.length);
  expect(new Set(callers).size).toBe(tokens.length);
  expect(rounds.slice(tokens.length)).toEqual(callers.toReversed());
  expect(callers.map(({ identity }) => identity)).toEqual([
    { userId: "user_1", orgId: "org_1" },
    { userId: "user_1", orgId: "org_1" },
    { userId: "user_1", orgId: "org_1" },
    { userId: "user_2", orgId: "org_1" },
    { userId: "user_1", orgId: "org_2" },
    { userId: "user_1", orgId: "org_1" },
  ]);
  expect(callers[2]?.grants).toEqual(new Set(["mcp:signals:read"]));
  expect(callers[5]?.grants).toEqual(new Set(["mcp:system:read"]));
});

test("a token that differs in a letter of its signature is another token", async () => {
  const { authenticate, tokenWith } = await roomOf();
  const token = await tokenWith();
  await authenticate(token);
  const at = token.length - 10;
  const other = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
  expect(await refusalOf(authenticate(other))).toBeInstanceOf(TokenInvalid);
});

test("the cache has a bound", async () => {
  const { authenticate, tokenWith, verified } = await roomOf({ maxEntries: 2 });
  const [a, b, c] = await Promise.all([
    tokenWith({ jti: "a" }),
    tokenWith({ jti: "b" }),
    tokenWith({ jti: "c" }),
  ]);
  for (const token of [a, b, c, c, b, a]) await authenticate(token);
  expect(verified).toEqual([a, b, c, a]);
});

test("tokens that are refused push no good one out of the cache", async () => {
  const { authenticate, tokenWith, verified } = await roomOf({ maxEntries: 2 });
  const token = await tokenWith();
  await authenticate(token);
  for (let at = 0; at < 10; at += 1) {
    expect(await refusalOf(authenticate(await tokenWith({ jti: at, aud: ISSUER })))).toBeInstanceOf(
      TokenInvalid,
    );
  }
  await authenticate(token);
  expect(verified.filter((one) => one === token)).toHaveLength(1);
});
