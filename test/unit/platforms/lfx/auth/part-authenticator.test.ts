import { describe, expect, test } from "vitest";
import { TokenInvalid } from "../../../../../src/auth/errors.ts";
import { refusalOf } from "../../../../support/auth/tokens.ts";
import { authenticatorOf, first, one } from "../../../../support/lfx/issuers.ts";

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
      identity: { subject: "auth0|ada", issuer, token: jwt },
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
    expect(callers.map(({ identity }) => identity?.token)).toEqual(tokens);
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
