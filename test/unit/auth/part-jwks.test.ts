import { expect, test } from "vitest";
import { keysFrom } from "../../support/auth/key-sets.ts";
import { refusalOf, serverKey, servesKeys } from "../../support/auth/tokens.ts";
import { createGate } from "../../support/gate.ts";
import { json } from "../../support/scripted-server.ts";

const MINUTE = 60;

const first = serverKey("ES256", "first");
const second = serverKey("ES256", "second");
const unknown = serverKey("ES256", "unknown");
const servesFirst = await servesKeys(first);
const servesSecond = await servesKeys(second);
const servesBoth = await servesKeys(first, second);

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
  const { server, keys } = await keysFrom((response, request) => {
    void gate.promise.then(() => servesFirst(response, request));
  });
  const token = { payload: "", signature: "" };
  const work = Promise.all(Array.from({ length: 100 }, () => keys({ alg: "ES256", kid: "first" }, token)));
  await server.arrived(1);
  gate.open();
  expect(new Set(await work).size).toBe(1);
  expect(server.requests).toHaveLength(1);
});

test("an empty set withdraws all keys", async () => {
  const { verify, clock, endpoint } = await keysFrom(servesFirst);
  await verify(first);
  endpoint.act = json(200, { keys: [] });
  clock.pass(10 * MINUTE);
  expect(await refusalOf(verify(first))).toMatchObject(NO_KEY);
});
