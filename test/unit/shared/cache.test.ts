import { describe, expect, test, vi } from "vitest";
import { createLruCache, lazy } from "../../../src/shared/cache.ts";
import { createClock } from "../../support/auth/tokens.ts";

function cacheOf(maxEntries = 3) {
  const clock = createClock();
  const cache = createLruCache<string>(clock.now, maxEntries);
  /** Keeps the key's own name under it. */
  const keep = (key: string, seconds = 60) =>
    cache.set(key, { value: key, until: clock.now() + seconds * 1000 });
  const kept = (...keys: readonly string[]) => keys.filter((key) => cache.get(key) === key);
  return { clock, cache, keep, kept };
}

test("a value expires at its end", () => {
  const { clock, cache, keep } = cacheOf();
  keep("a", 60);
  clock.pass(59.999);
  expect(cache.get("a")).toBe("a");
  clock.pass(0.001);
  expect(cache.get("a")).toBeUndefined();
});

test("an unknown key has no value, even one of Object.prototype", () => {
  const { cache } = cacheOf();
  for (const key of ["a", "", "constructor", "__proto__"]) expect(cache.get(key)).toBeUndefined();
});

test("delete removes one value only", () => {
  const { cache, keep, kept } = cacheOf();
  keep("a");
  keep("b");
  cache.delete("a");
  cache.delete("c");
  expect(kept("a", "b")).toEqual(["b"]);
});

test("a new value replaces the old one and its end", () => {
  const { clock, cache, keep } = cacheOf();
  keep("a", 10);
  cache.set("a", { value: "newer", until: clock.now() + 60_000 });
  clock.pass(11);
  expect(cache.get("a")).toBe("newer");
});

describe("a full cache", () => {
  test("never exceeds its size", () => {
    const { keep, kept } = cacheOf(100);
    const keys = Array.from({ length: 10_000 }, (_, at) => `key ${at}`);
    for (const key of keys) keep(key);
    expect(kept(...keys)).toEqual(keys.slice(-100));
  });

  test("evicts the least recently used value", () => {
    const { cache, keep, kept } = cacheOf(3);
    for (const key of ["a", "b", "c"]) keep(key);
    cache.get("a");
    keep("d");
    expect(kept("a", "b", "c", "d")).toEqual(["a", "c", "d"]);
  });

  test("counts a set as a use, and evicts nothing for an existing key", () => {
    const { keep, kept } = cacheOf(3);
    for (const key of ["a", "b", "c", "a"]) keep(key);
    expect(kept("b", "c", "a")).toEqual(["b", "c", "a"]);
    for (const key of ["b", "c", "a", "b", "d"]) keep(key);
    expect(kept("a", "b", "c", "d")).toEqual(["a", "b", "d"]);
  });

  test("evicts expired values first", () => {
    const { clock, keep, kept } = cacheOf(3);
    keep("a", 10);
    keep("b", 60);
    keep("c", 60);
    clock.pass(10);
    keep("d");
    expect(kept("a", "b", "c", "d")).toEqual(["b", "c", "d"]);
  });
});

describe("an already expired value", () => {
  test.each([0, -1])("%i s old is not stored", (seconds) => {
    const { cache, keep } = cacheOf();
    keep("a", seconds);
    expect(cache.get("a")).toBeUndefined();
  });

  test("removes the older value of its key", () => {
    const { cache, keep } = cacheOf();
    keep("a");
    keep("a", 0);
    expect(cache.get("a")).toBeUndefined();
  });

  test("evicts nothing", () => {
    const { keep, kept } = cacheOf(3);
    for (const key of ["a", "b", "c"]) keep(key);
    for (let at = 0; at < 10; at += 1) keep(`ended ${at}`, 0);
    expect(kept("a", "b", "c")).toEqual(["a", "b", "c"]);
  });
});

describe("lazy", () => {
  test("loads once, on the first get, for all concurrent callers", async () => {
    let loads = 0;
    const value = lazy(async () => {
      loads += 1;
      return loads;
    });
    expect(loads).toBe(0);
    expect(await Promise.all([value.get(), value.get()])).toEqual([1, 1]);
    expect(await value.get()).toBe(1);
  });

  test("loads again after a failure", async () => {
    const error = new Error("the disk was busy");
    const load = vi.fn<() => Promise<number>>().mockRejectedValueOnce(error).mockResolvedValueOnce(1);
    const value = lazy(load);
    expect((await Promise.allSettled([value.get(), value.get()])).map(({ status }) => status)).toEqual([
      "rejected",
      "rejected",
    ]);
    expect(await value.get()).toBe(1);
    expect(load).toHaveBeenCalledTimes(2);
  });

  test("peek never loads, and ignores a failed load", async () => {
    const load = vi
      .fn<() => Promise<number>>()
      .mockRejectedValueOnce(new Error("no"))
      .mockResolvedValueOnce(1);
    const value = lazy(load);
    expect(await value.peek()).toBeUndefined();
    const [failed, peeked] = await Promise.allSettled([value.get(), value.peek()]);
    expect([failed.status, peeked]).toEqual(["rejected", { status: "fulfilled", value: undefined }]);
    await value.get();
    expect(await value.peek()).toBe(1);
  });
});
