import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../../../../src/auth/errors.ts";
import { createApiKeyLookup } from "../../../../../src/platforms/lfx/auth/authenticator.ts";
import { bytes, crafted, refusalOf, respondWithKeys, signed } from "../../../../support/auth/tokens.ts";
import {
  createTestAuthenticator,
  first,
  METADATA,
  RESOURCE,
  second,
  startOne,
  startTwo,
  USUAL_KEYS,
} from "../../../../support/lfx/issuers.ts";
import { answer, hang, json } from "../../../../support/scripted-server.ts";

describe("the API key lookup", () => {
  const KEYS = [
    { owner: "ci", secret: "key-of-the-ci" },
    { owner: "bot", secret: "key-of-the-ci-bot" },
    { owner: "dotted", secret: "three.part.key" },
    { owner: "umlaut", secret: "schlüssel-🔑" },
  ];
  const findOwner = createApiKeyLookup(KEYS);

  test.each(KEYS)("finds $owner", ({ owner, secret }) => {
    expect(findOwner(secret)).toBe(owner);
  });

  describe("finds no owner for a value", () => {
    test.each([
      ["that is a prefix of a key", "key-of-the"],
      ["that starts with a key", "key-of-the-ci-"],
      ["that is an uppercase key", "KEY-OF-THE-CI"],
      ["with spaces around a key", " key-of-the-ci "],
      ["with a trailing zero byte", "key-of-the-ci\0"],
      ["that is empty", ""],
      ["that is an owner's name", "ci"],
      ["that is two keys joined", "key-of-the-cikey-of-the-ci-bot"],
      ["of a million characters", "k".repeat(1_000_000)],
      ["that is a property of every object", "constructor"],
    ])("%s", (_, value) => {
      expect(findOwner(value)).toBeUndefined();
    });

    test("that is random", () => {
      const secrets = new Set(KEYS.map(({ secret }) => secret));
      fc.assert(
        fc.property(fc.string(), (value) => secrets.has(value) || findOwner(value) === undefined),
        { numRuns: 500 },
      );
    });
  });

  test("finds no owner without keys", () => {
    const none = createApiKeyLookup([]);
    for (const value of ["", "x", "key-of-the-ci"]) expect(none(value)).toBeUndefined();
  });

  test("finds the same owner by two keys", () => {
    const own = createApiKeyLookup([
      { owner: "ci", secret: "old-key" },
      { owner: "ci", secret: "new-key" },
    ]);
    expect([own("old-key"), own("new-key")]).toEqual(["ci", "ci"]);
  });
});

describe("an issuer's keys", () => {
  test("are fetched for the first token, and once for 100 concurrent tokens", async () => {
    const { authenticate, token, asked } = await startOne();
    expect(asked()).toEqual([]);
    const tokens = await Promise.all(Array.from({ length: 100 }, (_, at) => token({ jti: at })));
    await Promise.all(tokens.map((token) => authenticate(token)));
    expect(asked()).toEqual([METADATA, USUAL_KEYS]);
  });

  test("are found through the metadata", async () => {
    const { authenticate, token, asked, acts, publish, issuer } = await startOne();
    publish({ jwks_uri: `${issuer}/my/keys` });
    acts["/my/keys"] = await respondWithKeys(first);
    acts[USUAL_KEYS] = await respondWithKeys(second);
    await authenticate(await token());
    expect(asked()).toEqual([METADATA, "/my/keys"]);
    expect(await refusalOf(authenticate(await token({}, second)))).toBeInstanceOf(TokenInvalid);
  });

  test("are at the default path if the metadata names another issuer", async () => {
    const { authenticate, token, asked, acts, publish, issuer } = await startOne();
    publish({ issuer: "https://evil.example", jwks_uri: `${issuer}/evil/keys` });
    acts["/evil/keys"] = await respondWithKeys(second);
    await authenticate(await token());
    expect(await refusalOf(authenticate(await token({}, second)))).toBeInstanceOf(TokenInvalid);
    expect(asked()).not.toContain("/evil/keys");
  });

  test("may change: a new key is found at its first token if the set is 30 s old", async () => {
    const { authenticate, token, asked, acts, clock } = await startOne();
    await authenticate(await token());
    acts[USUAL_KEYS] = await respondWithKeys(first, second);
    clock.pass(29);
    expect(await refusalOf(authenticate(await token({}, second)))).toMatchObject({
      name: "AuthUnavailable",
      retryAfterSeconds: 1,
    });
    clock.pass(1);
    await authenticate(await token({}, second));
    await authenticate(await token({ jti: "2" }));
    expect(asked()).toEqual([METADATA, USUAL_KEYS, METADATA, USUAL_KEYS]);
  });

  test("may move to another URL of the metadata", async () => {
    const { authenticate, token, acts, publish, issuer, clock, asked } = await startOne();
    await authenticate(await token());
    publish({ jwks_uri: `${issuer}/moved` });
    acts["/moved"] = await respondWithKeys(second);
    clock.pass(600);
    await authenticate(await token({}, second));
    expect(await refusalOf(authenticate(await token()))).toBeInstanceOf(TokenInvalid);
    expect(asked().slice(2, 4)).toEqual([METADATA, "/moved"]);
  });

  test("are fetched at most once in 30 s for unknown key ids", async () => {
    const { authenticate, token, asked, clock } = await startOne();
    await authenticate(await token());
    clock.pass(30);
    const attempts = Array.from({ length: 50 }, async (_, at) =>
      refusalOf(authenticate(await token({}, { ...second, kid: `k${at}` }))),
    );
    for (const refusal of await Promise.all(attempts)) expect(refusal).toBeInstanceOf(TokenInvalid);
    expect(asked()).toHaveLength(4);
  });

  test.each([
    ["fails", answer(500)],
    ["is another document", json(200, { hello: "there" })],
    ["is missing", answer(404)],
  ])("are unavailable if the key set %s, which rejects no token", async (_, act) => {
    const { authenticate, token, acts, lines } = await startOne();
    acts[USUAL_KEYS] = act;
    const jwt = await token();
    expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(AuthUnavailable);
    expect(lines).toEqual([expect.stringContaining("warn: failed to load the key set")]);
    expect(lines.join()).not.toContain(jwt.slice(-20));
  });

  test("stay valid while their server is down", async () => {
    const { authenticate, token, acts, clock } = await startOne();
    await authenticate(await token());
    acts[USUAL_KEYS] = answer(503);
    clock.pass(3000);
    expect((await authenticate(await token())).identity).toMatchObject({ subject: "auth0|ada" });
  });
});

describe("several issuers", () => {
  test("have their tokens verified with their own keys", async () => {
    const { authenticate, a, b } = await startTwo();
    expect((await authenticate(await a.token())).identity).toMatchObject({ issuer: a.issuer });
    expect(b.asked()).toEqual([]);
    expect((await authenticate(await b.token())).identity).toMatchObject({ issuer: b.issuer });
    expect([a.asked(), b.asked()]).toEqual([
      [METADATA, USUAL_KEYS],
      [METADATA, USUAL_KEYS],
    ]);
  });

  test("cannot sign for each other, whatever the key id", async () => {
    const { authenticate, a, b } = await startTwo();
    await authenticate(await b.token());
    for (const kid of ["second", "first", undefined]) {
      const forged = await a.token({}, second, { kid });
      expect(await refusalOf(authenticate(forged))).toBeInstanceOf(TokenInvalid);
    }
    expect(b.asked()).toHaveLength(2);
  });

  test("do not affect each other if one is down", async () => {
    const { authenticate, a, b } = await startTwo();
    a.acts[METADATA] = hang;
    a.acts[USUAL_KEYS] = hang;
    const waiting = authenticate(await a.token()).catch(() => {});
    expect((await authenticate(await b.token())).identity).toMatchObject({ issuer: b.issuer });
    await a.server.close();
    await waiting;
  });
});

describe("a token is rejected without any request", () => {
  test.each([
    ["from another issuer", "https://evil.example"],
    ["without an issuer", undefined],
    ["from an empty issuer", ""],
    ["from the issuer /", "/"],
    ["from a numeric issuer", 7],
    ["from a list of issuers", ["https://issuer.example"]],
    ["from a property of every object", "constructor"],
  ])("if it is %s", async (_, iss) => {
    const { authenticate, token, asked } = await startOne();
    expect(await refusalOf(authenticate(await token({ iss })))).toBeInstanceOf(TokenInvalid);
    expect(asked()).toEqual([]);
  });

  test("if its issuer only starts like an accepted one", async () => {
    const { authenticate, token, asked, issuer } = await startOne();
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
    ["with other characters", "a.b+/=.c"],
    ["not JSON", "YQ.YQ.YQ"],
    ["JSON but not an object", `YQ.${Buffer.from("[]").toString("base64url")}.YQ`],
    ["too long", `${"a".repeat(8192)}.b.c`],
    ["of a million characters", "a".repeat(1_000_000)],
    ["of a million parts", "a.".repeat(500_000)],
  ])("if it is %s", async (_, value) => {
    const { authenticate, asked } = await startOne();
    expect(await refusalOf(authenticate(value))).toBeInstanceOf(TokenInvalid);
    expect(asked()).toEqual([]);
  });
});

describe("a token from an accepted issuer is rejected", () => {
  test.each([
    ["that has expired", -61, {}],
    ["that is not valid yet", 3600, { nbf: 61 }],
    ["that was issued in the future", 3600, { iat: 61 }],
  ])("%s", async (_, life, later) => {
    const { authenticate, token, clock } = await startOne();
    const times = Object.entries(later).map(([name, seconds]) => [name, clock.seconds() + seconds]);
    const jwt = await token({ exp: clock.seconds() + life, ...Object.fromEntries(times) });
    expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(TokenInvalid);
  });

  test.each([
    ["without an expiry", { exp: undefined }],
    ["for another resource", { aud: "https://api.example" }],
    ["without an audience", { aud: undefined }],
  ])("%s", async (_, claims) => {
    const { authenticate, token } = await startOne();
    expect(await refusalOf(authenticate(await token(claims)))).toBeInstanceOf(TokenInvalid);
  });

  test("if it is unsigned, or signed with the public key", async () => {
    const { authenticate, issuer, clock } = await startOne();
    const claims = { iss: issuer, aud: RESOURCE, sub: "auth0|ada", exp: clock.seconds() + 60 };
    const pem = String(first.publicKey.export({ type: "spki", format: "pem" }));
    const forged = [
      crafted({ alg: "none", kid: "first" }, claims),
      crafted({ alg: "ES256", kid: "first" }, claims),
      await signed(claims, { alg: "HS256", key: bytes(pem), header: { kid: "first" } }),
    ];
    for (const jwt of forged) expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(TokenInvalid);
  });

  test("once it has expired, although it was verified before", async () => {
    const { authenticate, token, clock } = await startOne();
    const jwt = await token({ exp: clock.seconds() + 10 });
    await authenticate(jwt);
    clock.pass(71);
    expect(await refusalOf(authenticate(jwt))).toMatchObject({ description: "Token has expired." });
  });

  test("a minute after its key was removed from a refreshed key set", async () => {
    const { authenticate, token, acts, clock } = await startOne();
    const jwt = await token();
    await authenticate(jwt);
    clock.pass(599);
    await authenticate(jwt);
    acts[USUAL_KEYS] = await respondWithKeys(second);
    clock.pass(60);
    expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(TokenInvalid);
  });
});

test("the error reveals nothing of the token", async () => {
  const { authenticate, token, lines } = await startOne();
  const jwt = await token({ sub: "auth0|somebody-secret", aud: "https://other.example/secret" });
  const refusal = await refusalOf(authenticate(jwt));
  const output = [String(refusal), JSON.stringify(refusal), ...lines].join("\n");
  for (const part of ["somebody-secret", "other.example", ...jwt.split(".")])
    expect(output).not.toContain(part);
});

const STAFF = "http://lfx.dev/claims/lf_staff";

describe("a valid token", () => {
  test("becomes a caller with grants, identity and credential", async () => {
    const { authenticate, token, issuer } = await startOne();
    const jwt = await token({
      scope: "openid read:all manage:all",
      [STAFF]: true,
      client_id: "https://app.example/client",
    });
    expect(await authenticate(jwt)).toEqual({
      grants: new Set(["read:all", "manage:all", STAFF, "user"]),
      identity: { subject: "auth0|ada", issuer, fullView: true },
      logFields: { user: "auth0|ada", clientId: "https://app.example/client" },
      key: `${issuer} auth0|ada`,
      credential: jwt,
    });
  });

  test("of a machine becomes a caller without a credential", async () => {
    const { authenticate, token, issuer } = await startOne();
    expect(await authenticate(await token({ sub: "abc@clients" }))).toEqual({
      grants: new Set(["read:all", "http://lfx.dev/claims/lf_staff"]),
      identity: { subject: "abc@clients", fullView: true },
      logFields: { machine: "abc@clients" },
      key: `${issuer} abc@clients`,
    });
  });

  test("without a known scope is accepted, but grants no access", async () => {
    const { authenticate, token } = await startOne();
    const { grants } = await authenticate(await token({ scope: "openid" }));
    expect(grants).toEqual(new Set(["user"]));
  });

  test("is the same caller every time, also between others", async () => {
    const { authenticate, token } = await startOne();
    const [ada, bob] = [await token(), await token({ sub: "auth0|bob" })];
    const caller = await authenticate(ada);
    expect((await authenticate(bob)).identity).toMatchObject({ subject: "auth0|bob" });
    expect(await authenticate(ada)).toEqual(caller);
  });

  test("may name its issuer with a trailing slash", async () => {
    const { authenticate, token, issuer } = await startOne();
    const { identity } = await authenticate(await token({ iss: `${issuer}/` }));
    expect(identity?.issuer).toBe(issuer);
  });

  test("belongs to its own user among 200 concurrent ones", async () => {
    const { authenticate, token } = await startOne();
    const users = Array.from({ length: 200 }, (_, at) => `auth0|user-${at}`);
    const tokens = await Promise.all(users.map((sub) => token({ sub })));
    const callers = await Promise.all(tokens.map((token) => authenticate(token)));
    expect(callers.map(({ identity }) => identity?.subject)).toEqual(users);
    expect(callers.map(({ credential }) => credential)).toEqual(tokens);
  });
});

describe("a static API key", () => {
  const KEYS = [
    { owner: "ci", secret: "key-of-the-ci" },
    { owner: "bot", secret: "key-of-the-ci-bot" },
    { owner: "dotted", secret: "looks.like.jwt" },
    { owner: "long", secret: "k".repeat(8192) },
  ];
  const withKeys = async () => {
    const started = await createTestAuthenticator([first], KEYS);
    const [issuer] = started.issuers;
    if (!issuer) throw new Error("no issuer was started");
    return { ...started, ...issuer };
  };

  test.each(KEYS)("of $owner may read and manage, without any request to an issuer", async (key) => {
    const { authenticate, asked } = await withKeys();
    expect(await authenticate(key.secret)).toEqual({
      grants: new Set(["read:all", "manage:all"]),
      identity: { subject: key.owner, fullView: true },
      logFields: { key: key.owner },
      key: key.owner,
    });
    expect(asked()).toEqual([]);
  });

  test("is the same caller every time", async () => {
    const { authenticate } = await withKeys();
    expect(await authenticate("key-of-the-ci")).toBe(await authenticate("key-of-the-ci"));
  });

  test.each([
    ["a prefix of one", "key-of-the"],
    ["one with a suffix", "key-of-the-ci-bo"],
    ["an owner's name", "ci"],
    ["one in uppercase", "KEY-OF-THE-CI"],
    ["one with another third part", "looks.like.jws"],
    ["too long", "k".repeat(8193)],
  ])("is not %s", async (_, value) => {
    const { authenticate, asked } = await withKeys();
    expect(await refusalOf(authenticate(value))).toBeInstanceOf(TokenInvalid);
    expect(asked()).toEqual([]);
  });

  test("does not prevent the use of tokens", async () => {
    const { authenticate, token } = await withKeys();
    expect((await authenticate(await token())).identity).toMatchObject({ subject: "auth0|ada" });
  });
});
