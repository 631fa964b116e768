import { expect, test } from "vitest";
import { AuthUnavailable } from "../../../src/auth/errors.ts";
import { createKeySet } from "../../../src/auth/jwks.ts";
import { documents } from "../../support/auth/documents.ts";
import { keysFrom, verifyWith } from "../../support/auth/key-sets.ts";
import { keySet, refusalOf, serverKey, servesKeys } from "../../support/auth/tokens.ts";
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
} from "../../support/scripted-server.ts";

const MINUTE = 60;
const HOUR = 60 * MINUTE;

const first = serverKey("ES256", "first");
const second = serverKey("ES256", "second");
const servesFirst = await servesKeys(first);
const servesBoth = await servesKeys(first, second);

const many = { keys: [{ kty: "EC", pad: "x".repeat(300 * 1024) }] };

const FAILURES: readonly [string, Act, timeoutMs?: number][] = [
  ["answers 500", answer(500)],
  ["answers 404", answer(404)],
  ["answers keys with 203", json(203, await keySet(first))],
  ["answers keys with 500", json(500, await keySet(first))],
  ["answers 204", answer(204)],
  ["redirects", redirect(302, "/elsewhere")],
  ["answers a page", html(200)],
  ["answers something else than keys", json(200, { active: true })],
  ["answers keys that are no list", json(200, { keys: {} })],
  ["answers nothing", answer(200)],
  ["breaks the connection", resetBeforeHeaders],
  ["breaks off", resetAfterHeaders],
  ["ends too early", truncated],
  ["answers never", hang, 250],
  ["answers without an end in time", drip, 250],
  ["answers without an end in size", endless],
  ["answers more than 256 KiB", json(200, many)],
];

test.each(FAILURES)(
  "an endpoint that %s makes tokens unverifiable, not invalid",
  async (_, act, timeoutMs) => {
    const { server, verify, lines } = await keysFrom(act, timeoutMs);
    expect(await refusalOf(verify(first))).toMatchObject({
      name: "AuthUnavailable",
      message: expect.stringContaining("the key set cannot be read"),
      retryAfterSeconds: 2,
    });
    expect(server.requests).toHaveLength(1);
    expect(lines).toEqual([expect.stringContaining(`host="127.0.0.1:${server.port}"`)]);
  },
);

test.each(FAILURES)(
  "when an endpoint that was good %s, its last good set stays",
  async (_, act, timeoutMs) => {
    const { server, verify, clock, endpoint, lines } = await keysFrom(servesFirst, timeoutMs);
    await verify(first);
    endpoint.act = act;
    clock.pass(HOUR);
    expect(await verify(first)).toBe("first");
    expect(server.requests).toHaveLength(2);
    expect(lines).toHaveLength(1);
  },
);

test("an endpoint that hangs keeps nobody waiting whose key is in the last good set", async () => {
  const { server, verify, clock, endpoint, lines } = await keysFrom(servesFirst, 60_000);
  await verify(first);
  endpoint.act = hang;
  clock.pass(HOUR);
  expect(await verify(first)).toBe("first");
  expect(await verify(first)).toBe("first");
  expect([server.requests.length, lines]).toEqual([2, []]);
});

test("an endpoint where nobody listens is named with the cause", async () => {
  const port = await closedPort();
  const keys = createKeySet({ url: new URL(`http://127.0.0.1:${port}/jwks`), document: documents() });
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
  for (let time = 0; time < 40; time += 1) {
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

test("a redirect is not followed", async () => {
  const elsewhere = await playScript([json(200, await keySet(first))]);
  const { verify } = await keysFrom(redirect(302, elsewhere.url("/jwks").href));
  expect(await refusalOf(verify(first))).toBeInstanceOf(AuthUnavailable);
  expect(elsewhere.requests).toHaveLength(0);
});
