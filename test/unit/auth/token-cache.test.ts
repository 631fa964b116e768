import { expect, test } from "vitest";
import { createTokenCache } from "../../../src/auth/token-cache.ts";
import { createClock } from "../../support/auth/tokens.ts";
import { createGate } from "../../support/gate.ts";

type Value = { readonly token: string; readonly exp: number };

/** A cache that records its loads. Tokens expire `life` seconds after they are loaded. */
function createCache({ life = 900, maxEntries = 10 }: { life?: number; maxEntries?: number } = {}) {
  const clock = createClock();
  const loaded: string[] = [];
  const get = createTokenCache<Value>({
    load: async (token) => {
      loaded.push(token);
      return { token, exp: clock.seconds() + life };
    },
    expiresAt: ({ exp }) => exp,
    now: clock.now,
    maxEntries,
  });
  return { clock, loaded, get };
}

test("a token is loaded once, and its value is always the same object", async () => {
  const { get, loaded } = createCache();
  const value = await get("a");
  expect(await get("a")).toBe(value);
  expect(loaded).toEqual(["a"]);
});

test("an entry expires after 60 s", async () => {
  const { get, loaded, clock } = createCache();
  const value = await get("a");
  clock.pass(59.999);
  expect(await get("a")).toBe(value);
  clock.pass(0.001);
  expect(await get("a")).not.toBe(value);
  expect(loaded).toHaveLength(2);
});

test("use does not extend an entry", async () => {
  const { get, loaded, clock } = createCache();
  for (let second = 0; second < 61; second += 1) {
    await get("a");
    clock.pass(1);
  }
  expect(loaded).toHaveLength(2);
});

test("an entry expires with its token, if that is sooner", async () => {
  const { get, loaded, clock } = createCache({ life: 10 });
  await get("a");
  clock.pass(9.999);
  await get("a");
  expect(loaded).toHaveLength(1);
  clock.pass(0.001);
  await get("a");
  expect(loaded).toHaveLength(2);
});

test("a token that has expired within the clock skew is loaded every time", async () => {
  const { get, loaded } = createCache({ life: -30 });
  await get("a");
  await get("a");
  expect(loaded).toHaveLength(2);
});

test("each token has its own value", async () => {
  const { get } = createCache();
  const tokens = ["a", "A", "a ", "b", "a.b", ""];
  const values = await Promise.all([...tokens, ...tokens].map((token) => get(token)));
  expect(values.map(({ token }) => token)).toEqual([...tokens, ...tokens]);
});

test("the oldest entry makes room when the cache is full", async () => {
  const { get, loaded } = createCache({ maxEntries: 3 });
  for (const token of ["a", "b", "c", "d"]) await get(token);
  for (const token of ["b", "c", "d"]) await get(token);
  expect(loaded).toEqual(["a", "b", "c", "d"]);
  await get("a");
  expect(loaded).toEqual(["a", "b", "c", "d", "a"]);
  await get("b");
  expect(loaded).toHaveLength(6);
});

test("a reloaded token is the newest", async () => {
  const { get, loaded, clock } = createCache({ maxEntries: 2, life: 900 });
  await get("a");
  clock.pass(30);
  await get("b");
  clock.pass(30);
  await get("a");
  await get("c");
  await get("a");
  expect(loaded).toEqual(["a", "b", "a", "c"]);
});

test("a reloaded token evicts no other", async () => {
  const { get, loaded, clock } = createCache({ maxEntries: 2 });
  await get("x");
  clock.pass(-30);
  await get("a");
  clock.pass(60);
  await get("a");
  await get("x");
  expect(loaded).toEqual(["x", "a", "a"]);
});

test("the limit is 10,000 entries", async () => {
  const loaded = new Map<string, number>();
  const get = createTokenCache<string>({
    load: async (token) => {
      loaded.set(token, (loaded.get(token) ?? 0) + 1);
      return token;
    },
    expiresAt: () => Number.POSITIVE_INFINITY,
    now: () => 0,
  });
  for (let at = 0; at <= 10_000; at += 1) await get(`t${at}`);
  await get("t1");
  await get("t0");
  expect([loaded.get("t1"), loaded.get("t0")]).toEqual([1, 2]);
});

test("concurrent calls with one token share a load", async () => {
  const gate = createGate<string>();
  let loads = 0;
  const get = createTokenCache<string>({
    load: () => {
      loads += 1;
      return gate.promise;
    },
    expiresAt: () => 0,
  });
  const work = Promise.all(Array.from({ length: 100 }, () => get("a")));
  gate.open("value");
  expect(new Set(await work)).toEqual(new Set(["value"]));
  expect(loads).toBe(1);
  await get("a");
  expect(loads).toBe(2);
});

test("a failure rejects all waiting calls, and is not cached", async () => {
  const gate = createGate();
  let loads = 0;
  const get = createTokenCache<string>({
    load: async () => {
      loads += 1;
      await gate.promise;
      throw new Error(`failure ${loads}`);
    },
    expiresAt: () => Number.POSITIVE_INFINITY,
  });
  const work = Promise.allSettled([get("a"), get("a")]);
  gate.open();
  expect((await work).map((one) => one.status === "rejected" && String(one.reason))).toEqual([
    "Error: failure 1",
    "Error: failure 1",
  ]);
  await expect(get("a")).rejects.toThrow("failure 2");
});

test("a token that is too long is neither cached nor shared", async () => {
  const { get, loaded } = createCache();
  const token = "a".repeat(8193);
  await Promise.all([get(token), get(token)]);
  expect(loaded).toHaveLength(2);
  await get(token.slice(1));
  await get(token.slice(1));
  expect(loaded).toHaveLength(3);
});
