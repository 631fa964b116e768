import { describe, expect, test } from "vitest";
import { AuthUnavailable, TokenInvalid } from "../../../../../src/auth/errors.ts";
import { refusalOf, servesKeys } from "../../../../support/auth/tokens.ts";
import { first, METADATA, one, second, two, USUAL_KEYS } from "../../../../support/lfx/issuers.ts";
import { answer, hang, json } from "../../../../support/scripted-server.ts";

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
    expect(lines).toEqual([expect.stringContaining(" warn: the key set cannot be read")]);
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
