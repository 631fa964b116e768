import { flattenedVerify, type JWTVerifyGetKey } from "jose";
import { expect, test } from "vitest";
import { AuthUnavailable } from "../../src/auth/errors.ts";
import { createKeySet } from "../../src/auth/jwks.ts";
import { createLogger } from "../../src/core/logger.ts";
import { createGate } from "../support/gate.ts";
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
} from "../support/scripted-server.ts";
import {
  claimsAt,
  createClock,
  keySet,
  refusalOf,
  type ServerKey,
  serverKey,
  servesKeys,
  signedBy,
} from "./tokens.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const first = serverKey("ES256", "first");
const second = serverKey("ES256", "second");
const unknown = serverKey("ES256", "unknown");
const servesFirst = await servesKeys(first);
const servesSecond = await servesKeys(second);
const servesBoth = await servesKeys(first, second);

/** A key set whose endpoint does what the test says, on a clock that the test moves. */
const keysFrom = async (act: Act) => {
  const clock = createClock();
  const endpoint = { act };
  const server = await playScript([(response, request) => endpoint.act(response, request)]);
  const lines: string[] = [];
  const keys = createKeySet({
    url: server.url("/oauth/jwks"),
    now: clock.now,
    timeoutMs: 150,
    log: createLogger("warn", (line) => lines.push(line)),
  });
  return { clock, endpoint, server, lines, verify: (pair: ServerKey) => verifyWith(keys, pair) };
};

/** Verifies a token of that key, as jose does it for us. */
const verifyWith = async (keys: JWTVerifyGetKey, pair: ServerKey): Promise<string> => {
  const [head = "", payload = "", signature = ""] = (await signedBy(pair, claimsAt(createClock()))).split(
    ".",
  );
  const { protectedHeader } = await flattenedVerify({ protected: head, payload, signature }, keys);
  return String(protectedHeader?.kid);
};

const NO_KEY = { code: "ERR_JWKS_NO_MATCHING_KEY" };

test("the set is read at the first token, and not again for the next", async () => {
  const { server, verify, clock } = await keysFrom(servesFirst);
  expect(server.requests).toHaveLength(0);
  expect(await verify(first)).toBe("first");
  clock.pass(10 * MINUTE - 1);
  expect(await verify(first)).toBe("first");
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({ method: "GET", target: "/oauth/jwks" });
  expect(server.requests[0]?.headers).not.toHaveProperty("authorization");
});

test("after 10 minutes the set is read again, and a key that is gone from it verifies nothing", async () => {
  const { server, verify, clock, endpoint } = await keysFrom(servesBoth);
  await verify(first);
  endpoint.act = servesSecond;
  clock.pass(10 * MINUTE);
  expect(await refusalOf(verify(first))).toMatchObject(NO_KEY);
  expect(await verify(second)).toBe("second");
  expect(server.requests).toHaveLength(2);
});

test("a new key is found at its first token, once the set is 30 s old", async () => {
  const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
  await verify(first);
  endpoint.act = servesBoth;
  clock.pass(29.999);
  expect(await refusalOf(verify(second))).toMatchObject(NO_KEY);
  expect(server.requests).toHaveLength(1);
  clock.pass(0.001);
  expect(await verify(second)).toBe("second");
  expect(await verify(first)).toBe("first");
  expect(server.requests).toHaveLength(2);
});

test("tokens with unknown keys cause one reading in 30 s, whatever they name", async () => {
  const { server, verify, clock } = await keysFrom(servesFirst);
  await verify(first);
  clock.pass(30);
  const attempts = Array.from({ length: 50 }, (_, at) => refusalOf(verify({ ...unknown, kid: `k${at}` })));
  for (const refusal of await Promise.all(attempts)) expect(refusal).toMatchObject(NO_KEY);
  expect(server.requests).toHaveLength(2);
  clock.pass(29);
  expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
  expect(server.requests).toHaveLength(2);
  clock.pass(1);
  expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
  expect(server.requests).toHaveLength(3);
});

test("an unknown key at the very first token is not looked for twice", async () => {
  const { server, verify } = await keysFrom(servesFirst);
  expect(await refusalOf(verify(unknown))).toMatchObject(NO_KEY);
  expect(server.requests).toHaveLength(1);
});

test("100 tokens at once wait for one reading", async () => {
  const gate = createGate();
  const { server, verify } = await keysFrom((response, request) => {
    void gate.promise.then(() => servesFirst(response, request));
  });
  const work = Promise.all(Array.from({ length: 100 }, () => verify(first)));
  await server.arrived(1);
  gate.open();
  expect(new Set(await work)).toEqual(new Set(["first"]));
  expect(server.requests).toHaveLength(1);
});

const many = { keys: [{ kty: "EC", pad: "x".repeat(300 * 1024) }] };

const FAILURES: readonly [string, Act][] = [
  ["answers 500", answer(500)],
  ["answers 404", answer(404)],
  ["answers 204", answer(204)],
  ["redirects", redirect(302, "/elsewhere")],
  ["answers a page", html(200)],
  ["answers something else than keys", json(200, { active: true })],
  ["answers keys that are no list", json(200, { keys: {} })],
  ["answers nothing", answer(200)],
  ["breaks the connection", resetBeforeHeaders],
  ["breaks off", resetAfterHeaders],
  ["ends too early", truncated],
  ["answers never", hang],
  ["answers without an end in time", drip],
  ["answers without an end in size", endless],
  ["answers more than 256 KiB", json(200, many)],
];

test.each(FAILURES)("an endpoint that %s makes tokens unverifiable, not invalid", async (_, act) => {
  const { server, verify, lines } = await keysFrom(act);
  expect(await refusalOf(verify(first))).toMatchObject({
    name: "AuthUnavailable",
    message: expect.stringContaining("the key set cannot be read"),
    retryAfterSeconds: 2,
  });
  expect(server.requests).toHaveLength(1);
  expect(lines).toEqual([expect.stringContaining(`host="127.0.0.1:${server.port}"`)]);
});

test.each(FAILURES)("when an endpoint that was good %s, its last good set stays", async (_, act) => {
  const { server, verify, clock, endpoint, lines } = await keysFrom(servesFirst);
  await verify(first);
  endpoint.act = act;
  clock.pass(HOUR);
  expect(await verify(first)).toBe("first");
  expect(server.requests).toHaveLength(2);
  expect(lines).toHaveLength(1);
});

test("an endpoint where nobody listens is named with the cause", async () => {
  const port = await closedPort();
  const keys = createKeySet({ url: new URL(`http://127.0.0.1:${port}/jwks`) });
  const refusal = await refusalOf(verifyWith(keys, first));
  expect(refusal).toBeInstanceOf(AuthUnavailable);
  expect(String(refusal)).toContain("ECONNREFUSED");
});

test("without any set, an endpoint that fails is asked again after 2 s, and no sooner", async () => {
  const { server, verify, clock, endpoint } = await keysFrom(answer(503));
  await refusalOf(verify(first));
  endpoint.act = servesFirst;
  clock.pass(1.999);
  expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
  expect(server.requests).toHaveLength(1);
  clock.pass(0.001);
  expect(await verify(first)).toBe("first");
  expect(server.requests).toHaveLength(2);
});

test("while it has a good set, an endpoint that fails is asked once in 30 s", async () => {
  const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
  await verify(first);
  endpoint.act = answer(503);
  clock.pass(10 * MINUTE);
  for (let second = 0; second < 90; second += 1) {
    expect(await verify(first)).toBe("first");
    clock.pass(1);
  }
  expect(server.requests).toHaveLength(4);
});

test("an endpoint that comes and goes is never noticed by bearers of known keys", async () => {
  const { verify, clock, endpoint } = await keysFrom(servesFirst);
  for (let time = 0; time < 100; time += 1) {
    endpoint.act = time % 3 === 0 ? servesFirst : answer(502);
    expect(await verify(first)).toBe("first");
    clock.pass(11 * MINUTE);
  }
});

test("the last good set is used for 24 hours, and no longer", async () => {
  const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
  await verify(first);
  endpoint.act = answer(503);
  clock.pass(12 * HOUR);
  await verify(first);
  clock.pass(12 * HOUR - 1);
  expect(await verify(first)).toBe("first");
  clock.pass(1);
  expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
  clock.pass(HOUR);
  expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
  endpoint.act = servesFirst;
  const before = server.requests.length;
  clock.pass(2);
  expect(await verify(first)).toBe("first");
  expect(server.requests).toHaveLength(before + 1);
});

test("24 hours are counted from the last good reading", async () => {
  const { verify, clock, endpoint } = await keysFrom(servesFirst);
  await verify(first);
  clock.pass(20 * HOUR);
  await verify(first);
  endpoint.act = answer(503);
  clock.pass(20 * HOUR);
  expect(await verify(first)).toBe("first");
});

test("a key that is new while the endpoint is down may be good, so it is not called invalid", async () => {
  const { server, verify, clock, endpoint } = await keysFrom(servesFirst);
  await verify(first);
  endpoint.act = answer(503);
  clock.pass(30);
  expect(await refusalOf(verify(second))).toBeInstanceOf(AuthUnavailable);
  expect(await refusalOf(verify(second))).toBeInstanceOf(AuthUnavailable);
  expect(await verify(first)).toBe("first");
  expect(server.requests).toHaveLength(2);
  endpoint.act = servesBoth;
  clock.pass(2);
  expect(await verify(second)).toBe("second");
});

test("an empty set withdraws all keys", async () => {
  const { verify, clock, endpoint } = await keysFrom(servesFirst);
  await verify(first);
  endpoint.act = json(200, { keys: [] });
  clock.pass(10 * MINUTE);
  expect(await refusalOf(verify(first))).toMatchObject(NO_KEY);
});

test("a redirect is not followed", async () => {
  const elsewhere = await playScript([json(200, await keySet(first))]);
  const { verify } = await keysFrom(redirect(302, elsewhere.url("/jwks").href));
  expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
  expect(elsewhere.requests).toHaveLength(0);
});
