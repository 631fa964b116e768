import { afterAll, describe, expect, it } from "vitest";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";

const DELAY = 100;
let now = Date.UTC(2026, 0, 1);
const sandbox = await startSandbox({ now: () => now, delayMs: DELAY });
afterAll(() => sandbox.close());

type Body = {
  readonly items: readonly { readonly input: string }[];
  readonly nextCursor: string | null;
};

const send = async (path: string, init: RequestInit, key: string) => {
  const response = await fetch(new URL(`/api/v1${path}`, sandbox.url), {
    ...init,
    headers: { authorization: `Bearer ${key}` },
  });
  return { status: response.status, body: (await response.json()) as Body };
};
const create = (input: string, key = sandbox.readyKey) =>
  send("/signals", { method: "POST", body: JSON.stringify({ input }) }, key);
const list = (query = "", key = sandbox.readyKey) => send(`/signals${query}`, {}, key);
const inputs = async (query = "", key?: string): Promise<string[]> =>
  (await list(query, key)).body.items.map(({ input }) => input);

describe("an empty list", () => {
  it("has no items and no next page", async () => {
    expect(await list()).toEqual({ status: 200, body: { items: [], nextCursor: null } });
  });
});

describe("a list", () => {
  it("shows the newest first, without entity links", async () => {
    await create("one");
    await create("two");
    now += 1;
    await create("three");
    const { items } = (await list()).body;
    expect(items.map(({ input }) => input)).toEqual(["three", "two", "one"]);
    expect(Object.keys(items[0] ?? {})).toEqual([
      "id",
      "input",
      "status",
      "classification",
      "visibilityScope",
      "createdAt",
      "updatedAt",
    ]);
  });

  it("is walked page by page, each signal once, also where they share a moment", async () => {
    const first = (await list("?limit=1")).body;
    const second = (await list(`?limit=1&cursor=${first.nextCursor}`)).body;
    const third = (await list(`?limit=1&cursor=${second.nextCursor}`)).body;
    const seen = [first, second, third].flatMap(({ items }) => items).map(({ input }) => input);
    expect(seen).toEqual(["three", "two", "one"]);
    expect(third.nextCursor).toBeNull();
  });

  it("has no next page when the last signal is on this one", async () => {
    expect((await list("?limit=3")).body.nextCursor).toBeNull();
    expect((await list("?limit=2")).body.nextCursor).toEqual(expect.any(String));
  });

  it("keeps its place when new signals come in", async () => {
    const { nextCursor } = (await list("?limit=1")).body;
    await create("four");
    expect(await inputs(`?cursor=${nextCursor}`)).toEqual(["two", "one"]);
  });

  it("shows a user's own signals and the team's, and counts only those for the next page", async () => {
    now += 3 * DELAY;
    await create("ask ada@example.com", "lf_sandbox_teammate");
    await create("private", "lf_sandbox_teammate");
    expect(await inputs("?limit=1")).toEqual(["four"]);
    now += 2 * DELAY;
    expect(await inputs("?limit=2")).toEqual(["ask ada@example.com", "four"]);
    const theirs = (await list("?limit=2", "lf_sandbox_teammate")).body;
    expect(theirs.items.map(({ input }) => input)).toEqual(["private", "ask ada@example.com"]);
    expect(theirs.nextCursor).toBeNull();
    expect(await inputs("", "lf_sandbox_stranger")).toEqual([]);
  });

  it("can be narrowed to statuses, by either name, repeated or with commas", async () => {
    await create("[sandbox:stuck]");
    now += 3 * DELAY;
    await create("fresh");
    for (const query of [
      "?status=queued,processing",
      "?statuses=queued,processing",
      "?status=queued&statuses=processing",
      "?status=queued&status=processing",
      "?statuses=,%20queued%20,,processing,",
    ]) {
      expect(await inputs(query)).toEqual(["fresh", "[sandbox:stuck]"]);
    }
    expect(await inputs("?status=failed")).toEqual([]);
  });

  it("gives a narrowed list its own next pages", async () => {
    const { items, nextCursor } = (await list("?status=queued&limit=1")).body;
    expect([items.length, nextCursor]).toEqual([1, null]);
  });
});
