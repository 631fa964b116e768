import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../../../../src/auth/errors.ts";
import { createApiKeyLookup } from "../../../../../src/platforms/lfx/auth/authenticator.ts";
import { bytes, crafted, refusalOf, servesKeys, signed } from "../../../../support/auth/tokens.ts";
import {
  authenticatorOf,
  first,
  METADATA,
  one,
  RESOURCE,
  second,
  two,
  USUAL_KEYS,
} from "../../../../support/lfx/issuers.ts";
import { answer, hang, json } from "../../../../support/scripted-server.ts";

describe("api keys", () => {
  const KEYS = [
    { owner: "ci", secret: "key-of-the-ci" },
    { owner: "bot", secret: "key-of-the-ci-bot" },
    { owner: "dotted", secret: "three.part.key" },
    { owner: "umlaut", secret: "schlüssel-🔑" },
  ];
  const ownerOf = createApiKeyLookup(KEYS);

  test.each(KEYS)("the key of $owner tells that it is $owner's", ({ owner, secret }) => {
    expect(ownerOf(secret)).toBe(owner);
  });

  describe("a value is nobody's", () => {
    test.each([
      ["that is the beginning of a key", "key-of-the"],
      ["that begins with a key", "key-of-the-ci-"],
      ["that is a key in capitals", "KEY-OF-THE-CI"],
      ["with space around it", " key-of-the-ci "],
      ["with a zero byte behind it", "key-of-the-ci\0"],
      ["that is empty", ""],
      ["that is an owner", "ci"],
      ["that is two keys", "key-of-the-cikey-of-the-ci-bot"],
      ["of a million characters", "k".repeat(1_000_000)],
      ["that every object has", "constructor"],
    ])("%s", (_, value) => {
      expect(ownerOf(value)).toBeUndefined();
    });

    test("that is no key, whatever it is", () => {
      const secrets = new Set(KEYS.map(({ secret }) => secret));
      fc.assert(
        fc.property(fc.string(), (value) => secrets.has(value) || ownerOf(value) === undefined),
        { numRuns: 500 },
      );
    });
  });

  test("where there are no keys, every value is nobody's", () => {
    const none = createApiKeyLookup([]);
    for (const value of ["", "x", "key-of-the-ci"]) expect(none(value)).toBeUndefined();
  });

  test("two keys may be of one owner", () => {
    const own = createApiKeyLookup([
      { owner: "ci", secret: "old-key" },
      { owner: "ci", secret: "new-key" },
    ]);
    expect([own("old-key"), own("new-key")]).toEqual(["ci", "ci"]);
  });
});

describe("authenticator", () => {
  describe("an issuer's keys", () => {
    test("are looked for at the first token, and not again for 100 more at once", async () => {
      const { authenticate, token, asked } = await one();
      expect(asked()).toEqual([]);
      const tokens = await Promise.all(Array.from({ length: 100 }, (_, at) => token({ jti: at })));
      await Promise.all(tokens.map(authenticate));
      expect(asked()).toEqual([METADATA, USUAL_KEYS]);
    });

    test("are where its metadata say", async () => {
      const { authenticate, token, asked, acts, tells, issuer } = await one();
      tells({ jwks_uri: `${issuer}/my/keys` });
      acts["/my/keys"] = await servesKeys(first);
      acts[USUAL_KEYS] = await servesKeys(second);
      await authenticate(await token());
      expect(asked()).toEqual([METADATA, "/my/keys"]);
      expect(await refusalOf(authenticate(await token({}, second)))).toBeInstanceOf(TokenInvalid);
    });

    test("are where they usually are, if its metadata speak for somebody else", async () => {
      const { authenticate, token, asked, acts, tells, issuer } = await one();
      tells({ issuer: "https://evil.example", jwks_uri: `${issuer}/evil/keys` });
      acts["/evil/keys"] = await servesKeys(second);
      await authenticate(await token());
      expect(await refusalOf(authenticate(await token({}, second)))).toBeInstanceOf(TokenInvalid);
      expect(asked()).not.toContain("/evil/keys");
    });

    test("may change: a new one is found at its first token, once the set is 30 s old", async () => {
      const { authenticate, token, asked, acts, clock } = await one();
      await authenticate(await token());
      acts[USUAL_KEYS] = await servesKeys(first, second);
      clock.pass(29);
      expect(await refusalOf(authenticate(await token({}, second)))).toBeInstanceOf(TokenInvalid);
      clock.pass(1);
      await authenticate(await token({}, second));
      await authenticate(await token({ jti: "2" }));
      expect(asked()).toEqual([METADATA, USUAL_KEYS, METADATA, USUAL_KEYS]);
    });

    test("may move, and are found where the metadata say by then", async () => {
      const { authenticate, token, acts, tells, issuer, clock, asked } = await one();
      await authenticate(await token());
      tells({ jwks_uri: `${issuer}/moved` });
      acts["/moved"] = await servesKeys(second);
      clock.pass(600);
      await authenticate(await token({}, second));
      expect(await refusalOf(authenticate(await token()))).toBeInstanceOf(TokenInvalid);
      expect(asked().slice(2, 4)).toEqual([METADATA, "/moved"]);
    });

    test("that nobody has cause one reading in 30 s, whatever they are called", async () => {
      const { authenticate, token, asked, clock } = await one();
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
      ["answers with something else", json(200, { hello: "there" })],
      ["is not there", answer(404)],
    ])("cannot be known where its set %s, and no token is called bad for it", async (_, act) => {
      const { authenticate, token, acts, lines } = await one();
      acts[USUAL_KEYS] = act;
      const jwt = await token();
      expect(await refusalOf(authenticate(jwt))).toBeInstanceOf(AuthUnavailable);
      expect(lines).toEqual([expect.stringContaining(" warn: failed to load the key set")]);
      expect(lines.join()).not.toContain(jwt.slice(-20));
    });

    test("are good enough while their server is down", async () => {
      const { authenticate, token, acts, clock } = await one();
      await authenticate(await token());
      acts[USUAL_KEYS] = answer(503);
      clock.pass(3000);
      expect((await authenticate(await token())).identity).toMatchObject({ subject: "auth0|ada" });
    });
  });

  describe("of several issuers", () => {
    test("each one's tokens are verified with its own keys", async () => {
      const { authenticate, a, b } = await two();
      expect((await authenticate(await a.token())).identity).toMatchObject({ issuer: a.issuer });
      expect(b.asked()).toEqual([]);
      expect((await authenticate(await b.token())).identity).toMatchObject({ issuer: b.issuer });
      expect([a.asked(), b.asked()]).toEqual([
        [METADATA, USUAL_KEYS],
        [METADATA, USUAL_KEYS],
      ]);
    });

    test("none can sign for another, whatever it calls its key", async () => {
      const { authenticate, a, b } = await two();
      await authenticate(await b.token());
      for (const kid of ["second", "first", undefined]) {
        const forged = await a.token({}, second, { kid });
        expect(await refusalOf(authenticate(forged))).toBeInstanceOf(TokenInvalid);
      }
      expect(b.asked()).toHaveLength(2);
    });

    test("one that is down keeps nobody else out", async () => {
      const { authenticate, a, b } = await two();
      a.acts[METADATA] = hang;
      a.acts[USUAL_KEYS] = hang;
      const waiting = authenticate(await a.token()).catch(() => {});
      expect((await authenticate(await b.token())).identity).toMatchObject({ issuer: b.issuer });
      await a.server.close();
      await waiting;
    });
  });
});

describe("authenticator refusals", () => {
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
});

describe("part authenticator", () => {
  const STAFF = "http://lfx.dev/claims/lf_staff";

  describe("a good token", () => {
    test("is its bearer, with what its scopes and claims grant, and the issuer that signed it", async () => {
      const { authenticate, token, issuer } = await one();
      const jwt = await token({
        scope: "openid read:all manage:all",
        [STAFF]: true,
      });
      expect(await authenticate(jwt)).toEqual({
        grants: new Set(["read:all", "manage:all", STAFF, "user"]),
        identity: { subject: "auth0|ada", issuer },
        credential: jwt,
      });
    });

    test("of a machine is a caller without a token to be exchanged", async () => {
      const { authenticate, token } = await one();
      expect(await authenticate(await token({ sub: "abc@clients" }))).toEqual({
        grants: new Set(["read:all"]),
        identity: { subject: "abc@clients" },
      });
    });

    test("without a scope that is known lets its bearer in, with nothing granted", async () => {
      const { authenticate, token } = await one();
      const { grants } = await authenticate(await token({ scope: "openid" }));
      expect(grants).toEqual(new Set(["user"]));
    });

    test("is one caller each time it comes, also with others between", async () => {
      const { authenticate, token } = await one();
      const [ada, bob] = [await token(), await token({ sub: "auth0|bob" })];
      const caller = await authenticate(ada);
      expect((await authenticate(bob)).identity).toMatchObject({ subject: "auth0|bob" });
      expect(await authenticate(ada)).toEqual(caller);
    });

    test("may name its issuer with a slash at its end", async () => {
      const { authenticate, token, issuer } = await one();
      const { identity } = await authenticate(await token({ iss: `${issuer}/` }));
      expect(identity?.issuer).toBe(issuer);
    });

    test("of 200 users at once is each one's own", async () => {
      const { authenticate, token } = await one();
      const users = Array.from({ length: 200 }, (_, at) => `auth0|user-${at}`);
      const tokens = await Promise.all(users.map((sub) => token({ sub })));
      const callers = await Promise.all(tokens.map(authenticate));
      expect(callers.map(({ identity }) => identity?.subject)).toEqual(users);
      expect(callers.map(({ credential }) => credential)).toEqual(tokens);
    });
  });

  describe("a static key", () => {
    const KEYS = [
      { owner: "ci", secret: "key-of-the-ci" },
      { owner: "bot", secret: "key-of-the-ci-bot" },
      { owner: "dotted", secret: "looks.like.jwt" },
      { owner: "long", secret: "k".repeat(8192) },
    ];
    const withKeys = async () => {
      const room = await authenticatorOf([first], KEYS);
      const [issuer] = room.issuers;
      if (!issuer) throw new Error("no issuer was started");
      return { ...room, ...issuer };
    };

    test.each(KEYS)("of $owner is its owner, who may read and manage; no issuer is asked", async (key) => {
      const { authenticate, asked } = await withKeys();
      expect(await authenticate(key.secret)).toEqual({
        grants: new Set(["read:all", "manage:all"]),
        identity: { subject: key.owner },
      });
      expect(asked()).toEqual([]);
    });

    test("is one caller each time it comes", async () => {
      const { authenticate } = await withKeys();
      expect(await authenticate("key-of-the-ci")).toBe(await authenticate("key-of-the-ci"));
    });

    test.each([
      ["the beginning of one", "key-of-the"],
      ["one and more", "key-of-the-ci-bo"],
      ["an owner", "ci"],
      ["one in capitals", "KEY-OF-THE-CI"],
      ["one with two dots and another end", "looks.like.jws"],
      ["longer than any", "k".repeat(8193)],
    ])("is not %s", async (_, value) => {
      const { authenticate, asked } = await withKeys();
      expect(await refusalOf(authenticate(value))).toBeInstanceOf(TokenInvalid);
      expect(asked()).toEqual([]);
    });

    test("keeps no token out", async () => {
      const { authenticate, token } = await withKeys();
      expect((await authenticate(await token())).identity).toMatchObject({ subject: "auth0|ada" });
    });
  });
});
