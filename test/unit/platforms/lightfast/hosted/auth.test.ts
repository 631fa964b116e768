import { CompactSign, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../../../../src/auth/errors.ts";
import {
  type AccessToken,
  createAuthenticator,
  createGrantCheck,
  createVerifier,
  type VerifierOptions,
} from "../../../../../src/platforms/lightfast/hosted/auth.ts";

import { createLogger, type Logger } from "../../../../../src/shared/logger.ts";
import { createFetchJson } from "../../../../support/auth/fetch-json.ts";
import {
  bytes,
  type Claims,
  crafted,
  createClaims,
  createClock,
  createKeySetDocument,
  hs256,
  ISSUER,
  KNOWN_SCOPES,
  RESOURCE,
  refusalOf,
  respondWithKeys,
  SECRET,
  type ServerKey,
  serverKey,
  signed,
  signWith,
} from "../../../../support/auth/tokens.ts";
import { createGate } from "../../../../support/gate.ts";
import {
  ACTIVE,
  clock,
  grantCheckAt,
  scriptedGrantCheck,
  TOKEN,
} from "../../../../support/lightfast/grants.ts";
import { connectionTo } from "../../../../support/lightfast/hosted.ts";
import { byKeys, bySecret, claims, common, ec, rsa } from "../../../../support/lightfast/verifiers.ts";
import {
  type Act,
  answer,
  closedPort,
  drip,
  endless,
  hang,
  html,
  json,
  playScript,
  redirect,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../../../support/scripted-server.ts";

describe("authenticator", () => {
  /** An authenticator with real tokens, a counted verifier, and an app on loopback with the grants. */
  const setUp = async ({ act = ACTIVE, maxEntries = 100 }: { act?: Act; maxEntries?: number } = {}) => {
    const clock = createClock();
    const state = { act };
    const app = await playScript([(response, request) => state.act(response, request)]);
    const { now } = clock;
    const verify = createVerifier({
      issuer: ISSUER,
      resource: RESOURCE,
      knownScopes: KNOWN_SCOPES,
      secret: SECRET,
      now,
    });
    const connection = connectionTo({ url: app.url(), secret: SECRET }, { now });
    const verified: string[] = [];
    const authenticate = createAuthenticator({
      verify: (token) => {
        verified.push(token);
        return verify(token);
      },
      checkGrant: createGrantCheck({ app: connection, resource: RESOURCE, cacheSeconds: 0, now }),
      now,
      maxEntries,
    });
    const tokenWith = (changes: Claims = {}) => hs256(createClaims(clock, changes));
    return { clock, state, app, verified, authenticate, tokenWith };
  };

  test("a valid token with an active grant yields its caller", async () => {
    const { authenticate, tokenWith } = await setUp();
    expect(await authenticate(await tokenWith())).toEqual({
      grants: new Set(["mcp:signals:read", "mcp:signals:write"]),
      identity: { userId: "user_1", orgId: "org_1", clientId: "mcp_client_1", grantId: "mcp_grant_1" },
      logFields: { user: "user_1", organization: "org_1", clientId: "mcp_client_1" },
      key: "mcp_grant_1",
    });
  });

  test("a cached token is verified once and yields the same caller, and its grant is checked every time", async () => {
    const { authenticate, tokenWith, verified, app } = await setUp();
    const token = await tokenWith();
    const caller = await authenticate(token);
    expect(await authenticate(token)).toBe(caller);
    expect(await authenticate(token)).toBe(caller);
    expect(verified).toHaveLength(1);
    expect(app.requests).toHaveLength(3);
  });

  test("100 simultaneous requests of one token cost one verification and one grant check", async () => {
    const gate = createGate();
    const { authenticate, tokenWith, verified, app } = await setUp({
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

  test("a verification expires after 60 s, and the caller with it", async () => {
    const { authenticate, tokenWith, verified, clock } = await setUp();
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

  test("a verification expires with the token", async () => {
    const { authenticate, tokenWith, verified, clock } = await setUp();
    const token = await tokenWith({ exp: clock.seconds() + 10 });
    await authenticate(token);
    clock.pass(9);
    await authenticate(token);
    expect(verified).toHaveLength(1);
    clock.pass(1);
    expect(await refusalOf(authenticate(token))).toMatchObject({ description: "Token has expired." });
  });

  test("a grant that was revoked rejects the next request", async () => {
    const { authenticate, tokenWith, state, verified } = await setUp();
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

  test("the grant of an invalid token is not checked", async () => {
    const { authenticate, tokenWith, app } = await setUp();
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

  test("a rejected token is not cached", async () => {
    const { authenticate, tokenWith, clock, verified } = await setUp();
    const token = await tokenWith({ nbf: clock.seconds() + 61 });
    expect(await refusalOf(authenticate(token))).toBeInstanceOf(TokenInvalid);
    clock.pass(1);
    expect((await authenticate(token)).identity).toMatchObject({ userId: "user_1" });
    expect(verified).toHaveLength(2);
  });

  test("two tokens never share a caller, even of one user and at once", async () => {
    const { authenticate, tokenWith } = await setUp();
    const tokens = await Promise.all([
      tokenWith(),
      tokenWith({ jti: "2" }),
      tokenWith({ scope: "mcp:signals:read" }),
      tokenWith({ sub: "user_2", user_id: "user_2" }),
      tokenWith({ org_id: "org_2" }),
      tokenWith({ grant_id: "mcp_grant_2", scope: "mcp:system:read" }),
    ]);
    const rounds = await Promise.all([...tokens, ...tokens.toReversed()].map((token) => authenticate(token)));
    const callers = rounds.slice(0, tokens.length);
    expect(new Set(callers).size).toBe(tokens.length);
    expect(rounds.slice(tokens.length)).toEqual(callers.toReversed());
    const identities = callers.map(({ identity }) => Object.values(identity ?? {}).join(" "));
    expect(identities).toEqual([
      "user_1 org_1 mcp_client_1 mcp_grant_1",
      "user_1 org_1 mcp_client_1 mcp_grant_1",
      "user_1 org_1 mcp_client_1 mcp_grant_1",
      "user_2 org_1 mcp_client_1 mcp_grant_1",
      "user_1 org_2 mcp_client_1 mcp_grant_1",
      "user_1 org_1 mcp_client_1 mcp_grant_2",
    ]);
    expect(callers[2]?.grants).toEqual(new Set(["mcp:signals:read"]));
    expect(callers[5]?.grants).toEqual(new Set(["mcp:system:read"]));
  });

  test("a token with another signature is another token", async () => {
    const { authenticate, tokenWith } = await setUp();
    const token = await tokenWith();
    await authenticate(token);
    const at = token.length - 10;
    const other = `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;
    expect(await refusalOf(authenticate(other))).toBeInstanceOf(TokenInvalid);
  });

  test("the cache is bounded", async () => {
    const { authenticate, tokenWith, verified } = await setUp({ maxEntries: 2 });
    const [a, b, c] = await Promise.all([
      tokenWith({ jti: "a" }),
      tokenWith({ jti: "b" }),
      tokenWith({ jti: "c" }),
    ]);
    for (const token of [a, b, c, c, b, a]) await authenticate(token);
    expect(verified).toEqual([a, b, c, a]);
  });

  test("rejected tokens evict no valid one", async () => {
    const { authenticate, tokenWith, verified } = await setUp({ maxEntries: 2 });
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
});

describe("grant cache", () => {
  test("a revoked grant is rejected at once", async () => {
    const { app, check } = await scriptedGrantCheck([ACTIVE, ACTIVE, answer(403)]);
    await check(TOKEN);
    await check(TOKEN);
    expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
    expect(app.requests).toHaveLength(3);
  });

  test("a positive response is cached for the configured time", async () => {
    const time = createClock();
    const { app, check } = await scriptedGrantCheck([ACTIVE, answer(403)], {
      cacheSeconds: 5,
      now: time.now,
    });
    await check(TOKEN);
    time.pass(4.999);
    await check({ ...TOKEN, scopes: ["mcp:signals:write"], expiresAt: TOKEN.expiresAt + 60 });
    expect(app.requests).toHaveLength(1);
    time.pass(0.001);
    expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
    expect(app.requests).toHaveLength(2);
  });

  test("its age is counted from the request", async () => {
    const time = createClock();
    const gate = createGate();
    const late: Act = (response, request) => void gate.promise.then(() => ACTIVE(response, request));
    const { app, check } = await scriptedGrantCheck([late, answer(403)], { cacheSeconds: 5, now: time.now });
    const work = check(TOKEN);
    await app.arrived(1);
    time.pass(5);
    gate.open();
    await work;
    expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
  });

  test("other responses are not cached", async () => {
    const { app, check } = await scriptedGrantCheck([answer(503), answer(403), ACTIVE], {
      cacheSeconds: 3600,
    });
    expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "AuthUnavailable" });
    expect(await refusalOf(check(TOKEN))).toMatchObject({ name: "TokenInvalid" });
    await check(TOKEN);
    await check(TOKEN);
    expect(app.requests).toHaveLength(3);
  });

  const OTHERS: readonly Partial<AccessToken>[] = [
    { userId: "user_2" },
    { orgId: "org_2" },
    { clientId: "mcp_client_2" },
    { grantId: "mcp_grant_2" },
    { userId: 'user_1","x":"' },
  ];

  test.each(OTHERS)("a response for one grant is not used for another (%j)", async (other) => {
    const { app, check } = await scriptedGrantCheck([ACTIVE, answer(403)], { cacheSeconds: 3600 });
    await check(TOKEN);
    expect(await refusalOf(check({ ...TOKEN, ...other }))).toMatchObject({ name: "TokenInvalid" });
    expect(app.requests).toHaveLength(2);
  });

  test("100 simultaneous requests with one token check its grant once", async () => {
    const gate = createGate();
    const script: Act = (response, request) => {
      void gate.promise.then(() => ACTIVE(response, request));
    };
    const { app, check } = await scriptedGrantCheck([script]);
    const work = Promise.all([
      ...Array.from({ length: 100 }, () => check(TOKEN)),
      ...Array.from({ length: 100 }, () => check({ ...TOKEN, grantId: "mcp_grant_2" })),
    ]);
    await app.arrived(2);
    gate.open();
    await work;
    expect(app.requests.map(({ body }) => JSON.parse(body).grantId).sort()).toEqual([
      "mcp_grant_1",
      "mcp_grant_2",
    ]);
    await check(TOKEN);
    expect(app.requests).toHaveLength(3);
  });

  test("a rejection reaches all simultaneous requests", async () => {
    const gate = createGate();
    const late: Act = (response, request) => void gate.promise.then(() => answer(403)(response, request));
    const { app, check } = await scriptedGrantCheck([late]);
    const work = Promise.all(Array.from({ length: 20 }, () => refusalOf(check(TOKEN))));
    await app.arrived(1);
    gate.open();
    for (const error of await work) expect(error).toMatchObject({ name: "TokenInvalid" });
    expect(app.requests).toHaveLength(1);
  });
});

describe("grant check", () => {
  test("sends the grant of the token with a service token", async () => {
    const { app, check } = await scriptedGrantCheck([ACTIVE]);
    await check(TOKEN);
    expect(app.requests).toHaveLength(1);
    const [request] = app.requests;
    expect(request).toMatchObject({ method: "POST", target: "/api/internal/mcp/auth/validate" });
    expect(request?.headers).toMatchObject({
      "content-type": "application/json",
      accept: "application/json",
    });
    expect(JSON.parse(request?.body ?? "")).toEqual({
      clientId: "mcp_client_1",
      grantId: "mcp_grant_1",
      orgId: "org_1",
      resource: RESOURCE,
      userId: "user_1",
    });
    const bearer = String(request?.headers.authorization).replace("Bearer ", "");
    const { payload } = await jwtVerify(bearer, bytes(SECRET), { currentDate: new Date(clock.now()) });
    expect(payload).toMatchObject({ iss: "mcp", aud: "lightfast-app", token_use: "service_access" });
  });

  test("keeps the path of the app's address", async () => {
    const app = await playScript([ACTIVE]);
    await grantCheckAt(app.url("/base/"))(TOKEN);
    await grantCheckAt(app.url("/base"))(TOKEN);
    const target = "/base/api/internal/mcp/auth/validate";
    expect(app.requests.map((request) => request.target)).toEqual([target, target]);
  });

  const ENDED: readonly [string, Act][] = [
    ["403", json(403, { error: "mcp_grant_invalid", message: "MCP authorization grant is invalid." })],
    ["400", json(400, { error: "invalid_request" })],
    ["402", answer(402)],
    ["410", answer(410)],
    ["422", answer(422)],
    ["499", answer(499)],
    ['200 {"ok":true}', json(200, { ok: true })],
    ['200 {"active":false}', json(200, { active: false })],
    ['200 {"active":"true"}', json(200, { active: "true" })],
    ['200 {"active":1}', json(200, { active: 1 })],
    ['200 [{"active":true}]', json(200, [{ active: true }])],
    ["200 null", json(200, null)],
    ["200 true", json(200, true)],
    ["200 without a body", answer(200)],
    ["204", answer(204)],
    ["HTML", html(200)],
  ];

  test.each(ENDED)("rejects the token if the app responds with %s", async (_, act) => {
    const { app, check } = await scriptedGrantCheck([act]);
    const error = await refusalOf(check(TOKEN));
    expect(error).toMatchObject({ name: "TokenInvalid", description: "Bearer token is invalid." });
    expect(app.requests).toHaveLength(1);
  });

  const UNKNOWN: readonly [string, Act][] = [
    ["401", json(401, { error: "invalid_token", message: "Service token is invalid." })],
    ["404", json(404, { error: "not_found" })],
    ["408", answer(408)],
    ["429", answer(429, "", { "retry-after": "0" })],
    ["500", json(500, { error: "internal_error" })],
    ['500 {"active":true}', json(500, { active: true })],
    ["502", html(502)],
    ["503", answer(503, "", { "retry-after": "0" })],
    ["504", answer(504)],
    ["599", answer(599)],
    ["a redirect", redirect(307, "/elsewhere")],
    ["a reset after the headers", resetAfterHeaders],
    ["a truncated body", truncated],
    ["an endless body", endless],
  ];

  test("asks once more if the app closes the connection without a response", async () => {
    const { app, check } = await scriptedGrantCheck([resetBeforeHeaders, ACTIVE]);
    await check(TOKEN);
    expect(app.requests).toHaveLength(2);
    const failing = await scriptedGrantCheck([resetBeforeHeaders]);
    expect(await refusalOf(failing.check(TOKEN))).toMatchObject({ name: "AuthUnavailable" });
    expect(failing.app.requests).toHaveLength(2);
  });

  test.each(UNKNOWN)("is unavailable if the app responds with %s", async (_, act) => {
    const { app, check } = await scriptedGrantCheck([act, ACTIVE]);
    expect(await refusalOf(check(TOKEN))).toMatchObject({
      name: "AuthUnavailable",
      retryAfterSeconds: 2,
      description: "MCP authorization grant validation is temporarily unavailable.",
    });
    expect(app.requests).toHaveLength(1);
  });

  test.each([
    ["at all", hang],
    ["to its end", drip],
  ])("is unavailable if the app does not respond %s in time", async (_, act) => {
    const { app, check } = await scriptedGrantCheck([act], { timeoutMs: 200 });
    expect(await refusalOf(check(TOKEN))).toMatchObject({
      name: "AuthUnavailable",
      message: expect.stringContaining("no result within 200 ms"),
    });
    expect(app.requests).toHaveLength(1);
  });

  test("is unavailable if the app is down", async () => {
    const error = await refusalOf(grantCheckAt(new URL(`http://127.0.0.1:${await closedPort()}`))(TOKEN));
    expect(error).toMatchObject({
      name: "AuthUnavailable",
      message: expect.stringContaining("ECONNREFUSED"),
    });
  });

  test("times out after 2000 ms", async () => {
    const granted: number[] = [];
    const check = createGrantCheck({
      app: {
        appUrl: new URL("http://127.0.0.1"),
        post: async (_, __, { timeoutMs }) => {
          granted.push(timeoutMs);
          return { status: 200, body: '{"active":true}', header: () => undefined };
        },
      },
      resource: RESOURCE,
      cacheSeconds: 0,
    });
    await check(TOKEN);
    expect(granted).toEqual([2000]);
  });
});

describe("verifier algorithms", () => {
  const pem = ({ publicKey }: typeof rsa) => publicKey.export({ type: "spki", format: "pem" }).toString();

  const NONE = ["none", "None", "NONE", "nOnE", "", " none"];

  test.each(NONE)("a token with alg %j is rejected", async (alg) => {
    const { server, verify } = await byKeys();
    for (const signature of ["", "c2lnbmF0dXJl"]) {
      const token = crafted({ alg, typ: "JWT" }, claims, signature);
      for (const attempt of [bySecret(token), bySecret(`${token}.`), verify(token), verify(`${token}.`)]) {
        expect(await refusalOf(attempt)).toBeInstanceOf(TokenInvalid);
      }
    }
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    ["RSA", rsa],
    ["EC", ec],
  ])("a token signed by HS256 with the %s public key is rejected", async (_, pair) => {
    const { server, verify } = await byKeys();
    const [jwk] = (await createKeySetDocument(pair)).keys;
    const der = pair.publicKey.export({ type: "spki", format: "der" });
    const secrets = [bytes(pem(pair)), bytes(pem(pair).trim()), bytes(JSON.stringify(jwk)), der];
    for (const key of secrets) {
      const token = await signed(claims, { alg: "HS256", key, header: { kid: pair.kid } });
      expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
      expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
    }
    expect(server.requests).toHaveLength(0);
  });

  test("with a key set, HS256 is rejected even with the service secret", async () => {
    const { server, verify } = await byKeys();
    const token = await hs256(claims);
    expect((await bySecret(token)).userId).toBe("user_1");
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
    expect(server.requests).toHaveLength(0);
  });

  test.each(["HS384", "HS512"])("%s is rejected even with the right secret", async (alg) => {
    const key = bytes(SECRET.repeat(2));
    const verify = createVerifier({ ...common, secret: SECRET.repeat(2) });
    expect((await verify(await signed(claims, { alg: "HS256", key }))).userId).toBe("user_1");
    expect(await refusalOf(verify(await signed(claims, { alg, key })))).toBeInstanceOf(TokenInvalid);
  });

  test.each(["RS384", "RS512", "PS512"])("%s is rejected even with the right key", async (alg) => {
    const { server, verify } = await byKeys();
    const token = await signed(claims, { alg, key: rsa.key, header: { kid: rsa.kid } });
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
    expect(server.requests).toHaveLength(0);
  });

  test("with a secret, no public key signature is accepted", async () => {
    for (const pair of [rsa, ec]) {
      expect(await refusalOf(bySecret(await signWith(pair, claims)))).toBeInstanceOf(TokenInvalid);
    }
  });

  test("a key is used for its own algorithm only", async () => {
    const { verify } = await byKeys();
    const token = await signed(claims, { alg: "PS256", key: rsa.key, header: { kid: rsa.kid } });
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
  });

  test("another key's signature with a known kid is rejected", async () => {
    const { verify } = await byKeys();
    const forged = await signWith(serverKey("ES256", "ec"), claims);
    expect(await refusalOf(verify(forged))).toBeInstanceOf(TokenInvalid);
    expect(await refusalOf(bySecret(await hs256(claims, {}, `${SECRET}.`)))).toBeInstanceOf(TokenInvalid);
  });

  test("modified claims are rejected", async () => {
    const [header, , signature] = (await hs256(claims)).split(".");
    const [, changed] = (await hs256({ ...claims, org_id: "org_2" })).split(".");
    expect(await refusalOf(bySecret(`${header}.${changed}.${signature}`))).toBeInstanceOf(TokenInvalid);
  });
});

describe("verifier attacks", () => {
  const KIDS: readonly unknown[] = [
    "../../../../../../dev/null",
    "..%2f..%2fjwks",
    "/etc/passwd",
    "file:///dev/null",
    "http://127.0.0.1/jwks",
    "rsa\u0000",
    "rsa' OR '1'='1",
    "__proto__",
    "constructor",
    "k".repeat(4000),
  ];

  test.each(KIDS)("kid %j is looked up in the key set only", async (kid) => {
    const { server, verify } = await byKeys();
    const attacker = serverKey("ES256", "x");
    const token = await signWith(attacker, claims, { kid });
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
    expect(server.requests.map(({ method, target, body }) => ({ method, target, body }))).toEqual([
      { method: "GET", target: "/jwks", body: "" },
    ]);
    const empty = await signed(claims, { alg: "HS256", key: bytes("\0"), header: { kid } });
    expect(await refusalOf(bySecret(empty))).toBeInstanceOf(TokenInvalid);
  });

  test.each([[7], [null], [["rsa"]], [{ toString: "rsa" }]])(
    "kid %j, which is not a string, is rejected",
    async (kid) => {
      const { verify } = await byKeys();
      expect(await refusalOf(verify(await signWith(rsa, claims, { kid })))).toBeInstanceOf(TokenInvalid);
    },
  );

  /** Tokens with their own key, signed by it. */
  const ownKeyTokens = async (origin: string): Promise<readonly string[]> => {
    const attacker = serverKey("ES256", "attacker");
    const [jwk] = (await createKeySetDocument(attacker)).keys;
    return Promise.all(
      [
        { jku: `${origin}/keys` },
        { x5u: `${origin}/certificate` },
        { jwk },
        { x5c: [attacker.publicKey.export({ type: "spki", format: "der" }).toString("base64")] },
        { jku: `${origin}/keys`, x5u: `${origin}/certificate`, jwk },
      ].flatMap((header) =>
        [ec.kid, "attacker", undefined].map((kid) => signWith(attacker, claims, { ...header, kid })),
      ),
    );
  };

  test("a key in the token, or that it refers to, is ignored", async () => {
    const { server, verify } = await byKeys();
    const theirs = await playScript([json(200, { keys: [] })]);
    for (const token of await ownKeyTokens(theirs.origin)) {
      expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
      expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
    }
    expect(theirs.requests).toHaveLength(0);
    expect(server.requests).toHaveLength(1);
  });

  test("such headers change nothing for a token that the authorization server signed", async () => {
    const { verify } = await byKeys();
    const theirs = await playScript([json(200, { keys: [] })]);
    const header = { jku: `${theirs.origin}/keys`, x5u: `${theirs.origin}/certificate` };
    expect((await verify(await signWith(rsa, claims, header))).userId).toBe("user_1");
    expect((await bySecret(await hs256(claims, header))).userId).toBe("user_1");
    expect(theirs.requests).toHaveLength(0);
  });

  test("an unknown critical header is rejected", async () => {
    const token = crafted({ alg: "HS256", crit: ["exp2"], exp2: 1 }, claims);
    expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
  });

  test.each([
    ["1 MB of a letter", "a".repeat(1_000_000)],
    ["1 MB of dots", ".".repeat(1_000_000)],
    ["1 MB of claims", crafted({ alg: "HS256" }, { pad: "x".repeat(750_000) })],
  ])("a token of %s is rejected unparsed", async (_, token) => {
    const { server, verify } = await byKeys();
    expect(await refusalOf(bySecret(token))).toMatchObject({ message: "longer than 8192 characters" });
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
    expect(server.requests).toHaveLength(0);
  });

  test("a signed token may have 8192 characters at most", async () => {
    const bare = (await hs256({ ...claims, pad: "" })).length;
    const token = await hs256({ ...claims, pad: "x".repeat(Math.floor(((8192 - bare) * 3) / 4)) });
    expect(token.length).toBeGreaterThan(8188);
    expect((await bySecret(token)).userId).toBe("user_1");
    const longer = await hs256({ ...claims, pad: "x".repeat(6200) });
    expect(longer.length).toBeGreaterThan(8192);
    expect(await refusalOf(bySecret(longer))).toBeInstanceOf(TokenInvalid);
  });

  const MALFORMED = [
    "",
    "lf_key",
    "a.b",
    "a.b.c",
    "a.b.c.d.e",
    "..",
    "e30.e30.e30",
    "a b.c.d",
    "é.é.é",
    "a.b.c\n",
  ];

  test.each(MALFORMED)("%j is not a token", async (token) => {
    const { server, verify } = await byKeys();
    expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
    expect(server.requests).toHaveLength(0);
  });

  test.each([
    ["a list", []],
    ["a number", 1],
    ["nothing", null],
  ])("claims that are %s are rejected", async (_, value) => {
    const token = await new CompactSign(bytes(JSON.stringify(value)))
      .setProtectedHeader({ alg: "HS256" })
      .sign(bytes(SECRET));
    expect(await refusalOf(bySecret(token))).toBeInstanceOf(TokenInvalid);
  });

  test("secret and private keys in the key set are ignored", async () => {
    const k = Buffer.from(SECRET).toString("base64url");
    const privateJwk = { ...rsa.key.export({ format: "jwk" }), kid: "leaked", alg: "RS256" };
    const server = await playScript([
      json(200, { keys: [{ kty: "oct", kid: "oct", k, alg: "HS256" }, privateJwk] }),
    ]);
    const verify = createVerifier({ ...common, jwksUrl: server.url(), fetchJson: createFetchJson() });
    expect(await refusalOf(verify(await hs256(claims, { kid: "oct" })))).toBeInstanceOf(TokenInvalid);
    expect(await refusalOf(verify(await signWith({ ...rsa, kid: "leaked" }, claims)))).toBeInstanceOf(
      TokenInvalid,
    );
  });
});

describe("verifier keys", () => {
  const clock = createClock();

  const verifierBy = (jwksUrl: URL, log?: Logger) =>
    createVerifier({
      issuer: ISSUER,
      resource: RESOURCE,
      knownScopes: KNOWN_SCOPES,
      jwksUrl,
      fetchJson: createFetchJson(),
      log,
      now: clock.now,
    });

  test.each(["RS256", "PS256", "ES256", "EdDSA"] as const)(
    "a token signed with %s is verified",
    async (alg) => {
      const pair = serverKey(alg, "now");
      const server = await playScript([await respondWithKeys(serverKey("ES256", "other"), pair)]);
      const verify = verifierBy(server.url("/jwks"));
      expect(await verify(await signWith(pair, createClaims(clock)))).toMatchObject({
        userId: "user_1",
        orgId: "org_1",
      });
      const [head, , signature] = (await signWith(pair, createClaims(clock))).split(".");
      const [, changed] = (await signWith(pair, createClaims(clock, { org_id: "org_2" }))).split(".");
      expect(await refusalOf(verify(`${head}.${changed}.${signature}`))).toBeInstanceOf(TokenInvalid);
      expect(server.requests).toHaveLength(1);
    },
  );

  test("claims are checked with a key set too", async () => {
    const pair = serverKey("ES256", "now");
    const server = await playScript([await respondWithKeys(pair)]);
    const verify = verifierBy(server.url());
    const changes = [
      { iss: "https://evil.test" },
      { aud: ISSUER },
      { sub: "user_2" },
      { exp: undefined },
      { scope: "x" },
    ];
    for (const change of changes) {
      expect(await refusalOf(verify(await signWith(pair, createClaims(clock, change))))).toBeInstanceOf(
        TokenInvalid,
      );
    }
  });

  test("a token without kid is verified if exactly one key matches", async () => {
    const [rsa, first, second] = [serverKey("RS256", "a"), serverKey("ES256", "b"), serverKey("ES256", "c")];
    const server = await playScript([await respondWithKeys(rsa, first, second)]);
    const verify = verifierBy(server.url());
    const nameless = (pair: ServerKey) => signWith(pair, createClaims(clock), { kid: undefined });
    expect((await verify(await nameless(rsa))).userId).toBe("user_1");
    expect(await refusalOf(verify(await nameless(first)))).toBeInstanceOf(TokenInvalid);
  });

  test("an unusable key in the set does not affect others", async () => {
    const pair = serverKey("ES256", "good");
    const { keys } = await createKeySetDocument(pair);
    const broken = [
      { kty: "RSA", kid: "broken", alg: "RS256", n: "AQAB", e: "AQAB" },
      { kty: "new", kid: "new" },
    ];
    const server = await playScript([json(200, { keys: [...broken, ...keys] })]);
    const verify = verifierBy(server.url());
    expect((await verify(await signWith(pair, createClaims(clock)))).userId).toBe("user_1");
    const token = crafted({ alg: "RS256", kid: "broken" }, createClaims(clock));
    expect(await refusalOf(verify(token))).toBeInstanceOf(TokenInvalid);
  });

  test("a key for encryption verifies no signature", async () => {
    const pair = serverKey("ES256", "enc");
    const { keys } = await createKeySetDocument(pair);
    const server = await playScript([json(200, { keys: keys.map((key) => ({ ...key, use: "enc" })) })]);
    expect(
      await refusalOf(verifierBy(server.url())(await signWith(pair, createClaims(clock)))),
    ).toBeInstanceOf(TokenInvalid);
  });

  test("an unreadable key set is not reported as an invalid token", async () => {
    const server = await playScript([answer(503)]);
    const token = await signWith(serverKey("ES256", "now"), createClaims(clock));
    expect(await refusalOf(verifierBy(server.url())(token))).toBeInstanceOf(AuthUnavailable);
  });

  test("the log of an unreadable key set contains nothing of the token", async () => {
    const server = await playScript([answer(503)]);
    const lines: string[] = [];
    const log = createLogger("debug", (line) => lines.push(line));
    const token = await signWith(serverKey("ES256", "private"), createClaims(clock));
    await refusalOf(verifierBy(server.url(), log)(token));
    expect(lines).toEqual([
      `warn: failed to load the key set host="127.0.0.1:${server.port}" cause="UnexpectedStatus: HTTP 503"`,
    ]);
  });
});

describe("verifier", () => {
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
  const withClaims = (changes: Claims) => hs256(createClaims(clock, changes));
  const soon = (seconds: number) => clock.seconds() + seconds;

  test("a valid token yields identity, scopes and expiry", async () => {
    expect(await verify(await withClaims({ jti: "1", extra: { a: 1 } }))).toEqual({
      userId: "user_1",
      orgId: "org_1",
      clientId: "mcp_client_1",
      grantId: "mcp_grant_1",
      scopes: ["mcp:signals:read", "mcp:signals:write"],
      expiresAt: soon(900),
    });
  });

  const REJECTED: readonly [string, Claims, reason: RegExp][] = [
    ["another issuer", { iss: "https://evil.test" }, /iss/],
    ["an issuer that extends the configured one", { iss: `${ISSUER}.evil.test` }, /iss/],
    ["an issuer in upper case", { iss: ISSUER.toUpperCase() }, /iss/],
    ["no issuer", { iss: undefined }, /iss/],
    ["another audience", { aud: "https://other.test/mcp" }, /another resource/],
    ["a prefix of the audience", { aud: RESOURCE.slice(0, -1) }, /another resource/],
    ["the origin of the audience", { aud: new URL(RESOURCE).origin }, /another resource/],
    ["an audience that extends the configured one", { aud: `${RESOURCE}.evil.test` }, /another resource/],
    ["several other audiences", { aud: ["https://other.test/mcp", ISSUER] }, /another resource/],
    ["an empty list of audiences", { aud: [] }, /another resource/],
    ["an audience inside a list inside the list", { aud: [[RESOURCE]] }, /aud/],
    ["no audience", { aud: undefined }, /aud/],
    ["no expiry", { exp: undefined }, /exp/],
    ["an expiry that is text", { exp: "9999999999" }, /exp/],
    ["a lifetime of more than 15 minutes", { exp: soon(901) }, /longer than 900 s/],
    ["a lifetime of an hour", { exp: soon(3600) }, /longer than 900 s/],
    ["an expiry at its issue", { iat: soon(20), exp: soon(20) }, /not after iat/],
    ["an expiry before its issue", { iat: soon(30), exp: soon(20) }, /not after iat/],
    ["a fractional expiry", { exp: soon(10) + 0.5 }, /exp/],
    ["no time of issue", { iat: undefined }, /iat/],
    ["a time of issue that is text", { iat: "now" }, /iat/],
    ["a not-before time that is text", { nbf: "now" }, /nbf/],
    ["a subject that is not its user", { sub: "user_2" }, /sub is not user_id/],
    ["no subject", { sub: undefined }, /sub/],
    ["no user", { user_id: undefined }, /user_id/],
    ["an empty user and subject", { sub: "", user_id: "" }, /sub, user_id/],
    ["no organization", { org_id: undefined }, /org_id/],
    ["an empty organization", { org_id: "" }, /org_id/],
    ["no client", { client_id: undefined }, /client_id/],
    ["no grant", { grant_id: undefined }, /grant_id/],
    ["a grant that is not text", { grant_id: 7 }, /grant_id/],
    ["no use", { token_use: undefined }, /token_use/],
    ["the use of a service token", { token_use: "service_access" }, /token_use/],
    ["no scope", { scope: undefined }, /scope/],
    ["an empty scope", { scope: "" }, /no known scope/],
    ["a blank scope", { scope: "   " }, /no known scope/],
    ["only unknown scopes", { scope: "mcp:everything openid" }, /no known scope/],
    ["a scope that is a prefix of a known one", { scope: "mcp:signals" }, /no known scope/],
    ["a scope in upper case", { scope: "MCP:SIGNALS:READ" }, /no known scope/],
    ["inherited property names as scope", { scope: "constructor __proto__" }, /no known scope/],
    ["scopes as a list", { scope: ["mcp:signals:read"] }, /scope/],
  ];

  test.each(REJECTED)("a token with %s is rejected", async (_, claims, reason) => {
    const error = await refusalOf(verify(await withClaims(claims)));
    expect(error).toBeInstanceOf(TokenInvalid);
    expect(error).toMatchObject({
      description: "Bearer token is invalid.",
      message: expect.stringMatching(reason),
    });
  });

  test.each([
    ["in another case", "HTTPS://MCP.LightFast.test/mcp"],
    ["with its port", "https://mcp.lightfast.test:443/mcp"],
    ["with a slash", `${RESOURCE}/`],
    ["among others", ["https://other.test", RESOURCE]],
  ])("the audience may be %s", async (_, aud) => {
    expect((await verify(await withClaims({ aud }))).userId).toBe("user_1");
  });

  test("a trailing slash of the resource is ignored", async () => {
    const other = verifier({ resource: `${RESOURCE}/` });
    expect((await other(await withClaims({}))).userId).toBe("user_1");
  });

  test.each([
    [ISSUER, `${ISSUER}/`],
    [`${ISSUER}/`, ISSUER],
    [`${ISSUER}/`, `${ISSUER}/`],
  ])("the issuer %s accepts iss %s", async (issuer, iss) => {
    expect((await verifier({ issuer })(await withClaims({ iss }))).userId).toBe("user_1");
  });

  test("unknown and repeated scopes are ignored", async () => {
    const scope = "openid  mcp:signals:read mcp:new:write mcp:signals:read";
    expect((await verify(await withClaims({ scope }))).scopes).toEqual(["mcp:signals:read"]);
  });

  // A token may come from a clock that is up to a minute ahead, but never outlives its `exp`.
  const SKEW: readonly [string, Claims, accepted: boolean][] = [
    ["expires in 1 s", { iat: soon(-300), exp: soon(1) }, true],
    ["expires now", { iat: soon(-300), exp: soon(0) }, false],
    ["expired 59 s ago", { iat: soon(-300), exp: soon(-59) }, false],
    ["expired an hour ago", { iat: soon(-4500), exp: soon(-3600) }, false],
    ["is valid in 60 s", { nbf: soon(60) }, true],
    ["is valid in 61 s", { nbf: soon(61) }, false],
    ["was issued 60 s from now", { iat: soon(60), exp: soon(960) }, true],
    ["was issued 61 s from now", { iat: soon(61), exp: soon(961) }, false],
    ["expires in 1 s after 15 minutes", { iat: soon(-899), exp: soon(1) }, true],
  ];

  test.each(SKEW)("a token that %s is accepted only until it expires", async (_, claims, accepted) => {
    const work = verify(await withClaims(claims));
    if (accepted) expect((await work).userId).toBe("user_1");
    else expect(await refusalOf(work)).toBeInstanceOf(TokenInvalid);
  });

  test("an expired token is reported as expired", async () => {
    const error = await refusalOf(verify(await withClaims({ iat: soon(-900), exp: soon(0) })));
    expect(error).toMatchObject({ name: "TokenInvalid", description: "Token has expired." });
  });

  test("the clock is read for every token", async () => {
    const later = createClock();
    const check = verifier({ now: later.now });
    const token = await hs256(createClaims(later, { exp: later.seconds() + 10 }));
    await check(token);
    later.pass(9);
    await check(token);
    later.pass(1);
    expect(await refusalOf(check(token))).toBeInstanceOf(TokenInvalid);
  });

  test("an error contains nothing of the token", async () => {
    const token = await withClaims({ org_id: undefined, grant_id: "mcp_grant_private" });
    const error = await refusalOf(verify(token));
    expect(String(error)).not.toContain("private");
    expect(String(error)).not.toContain(token.slice(0, 20));
  });

  test.each([undefined, ""])("a verifier needs a key (%j)", (secret) => {
    expect(() => verifier({ secret })).toThrow("needs a secret");
  });

  test("a verifier needs a URL as resource", () => {
    expect(() => verifier({ resource: "mcp" })).toThrow("resource");
  });
});
