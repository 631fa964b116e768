import { afterAll, describe, expect, it } from "vitest";
import { SANDBOX_INPUTS } from "../../../../../src/platforms/lightfast/sandbox/fixtures.ts";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";
import { analyze, type SignalRow, signalAt } from "../../../../../src/platforms/lightfast/sandbox/store.ts";

describe("the state of a signal", () => {
  const CREATED = Date.UTC(2026, 0, 1);
  const DELAY = 100;

  function row(input: string): SignalRow {
    return {
      number: 1,
      id: "signal_00000000-0000-0000-0000-000000000000",
      orgId: "org",
      userId: "user",
      input,
      createdAt: CREATED,
      analysis: analyze(input),
    };
  }

  /** The signal `ms` milliseconds after it was created. */
  function later(input: string, ms: number, delayMs = DELAY) {
    return signalAt(row(input), CREATED + ms, delayMs);
  }

  describe("a signal changes with the clock", () => {
    it.each([
      [0, "queued", 0],
      [99, "queued", 0],
      [100, "processing", 100],
      [199, "processing", 100],
      [200, "classified", 200],
      [1e9, "classified", 200],
    ])("after %i ms it is %s", (ms, status, updated) => {
      const signal = later("hello", ms);
      expect(signal.status).toBe(status);
      expect(signal.createdAt).toBe(new Date(CREATED).toISOString());
      expect(signal.updatedAt).toBe(new Date(CREATED + updated).toISOString());
      expect(signal.classification === null).toBe(status !== "classified");
    });

    it("is the same whenever the same time is given", () => {
      expect(later("@ada", 250)).toEqual(later("@ada", 250));
    });

    it("is classified at once without a delay", () => {
      expect(later("@ada", 0, 0)).toMatchObject({ status: "classified", entityLinks: [{ label: "@ada" }] });
    });

    it("is queued if the clock was set back", () => {
      expect(later("hello", -1e6).status).toBe("queued");
    });
  });

  describe("a signal with a contact", () => {
    it("becomes visible to the team when classified, and gets its links later", () => {
      expect(later("Ask @ada", 199)).toMatchObject({ visibilityScope: "user", entityLinks: [] });
      expect(later("Ask @ada", 299)).toMatchObject({ visibilityScope: "team", entityLinks: [] });
      expect(later("Ask @ada", 300).entityLinks).toMatchObject([{ anchorText: "@ada" }]);
    });

    it("keeps its date when the links appear", () => {
      expect(later("Ask @ada", 300).updatedAt).toBe(later("Ask @ada", 200).updatedAt);
    });
  });

  it("a signal without a contact stays private and gets no links", () => {
    expect(later("hello", 1e6)).toMatchObject({ visibilityScope: "user", entityLinks: [] });
  });

  describe("markers change the lifecycle", () => {
    it.each([
      ["[sandbox:failed] @ada", ["queued", "processing", "failed", "failed"]],
      ["[sandbox:stuck] @ada", ["queued", "processing", "processing", "processing"]],
      ["[sandbox:enqueue] @ada", ["failed", "failed", "failed", "failed"]],
      ["[sandbox:slow] @ada", ["queued", "processing", "classified", "classified"]],
      ["[sandbox:broken] @ada", ["queued", "processing", "classified", "classified"]],
      ["[sandbox:unknown] @ada", ["queued", "processing", "classified", "classified"]],
    ])("of %s", (input, statuses) => {
      expect([0, 100, 200, 300].map((ms) => later(input, ms).status)).toEqual(statuses);
    });

    it("so that an unclassified signal stays private, without classification or links", () => {
      for (const marker of ["failed", "stuck", "enqueue"]) {
        const signal = later(`[sandbox:${marker}] @ada`, 1e6);
        expect(signal).toMatchObject({ visibilityScope: "user", classification: null, entityLinks: [] });
      }
    });
  });
});

describe("list", async () => {
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
    it("is sorted from new to old, without entity links", async () => {
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

    it("pages through every signal once, even if they share a timestamp", async () => {
      const first = (await list("?limit=1")).body;
      const second = (await list(`?limit=1&cursor=${first.nextCursor}`)).body;
      const third = (await list(`?limit=1&cursor=${second.nextCursor}`)).body;
      const seen = [first, second, third].flatMap(({ items }) => items).map(({ input }) => input);
      expect(seen).toEqual(["three", "two", "one"]);
      expect(third.nextCursor).toBeNull();
    });

    it("has no next page after the last signal", async () => {
      expect((await list("?limit=3")).body.nextCursor).toBeNull();
      expect((await list("?limit=2")).body.nextCursor).toEqual(expect.any(String));
    });

    it("keeps its position when new signals arrive", async () => {
      const { nextCursor } = (await list("?limit=1")).body;
      await create("four");
      expect(await inputs(`?cursor=${nextCursor}`)).toEqual(["two", "one"]);
    });

    it("has a user's own and the team's signals, and counts only those for the next page", async () => {
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

    it("filters by status, by either name, repeated or comma-separated", async () => {
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

    it("pages through a filtered list", async () => {
      const { items, nextCursor } = (await list("?status=queued&limit=1")).body;
      expect([items.length, nextCursor]).toEqual([1, null]);
    });
  });
});

describe("store", async () => {
  const DELAY = 100;
  let now = Date.UTC(2026, 0, 1);
  const sandbox = await startSandbox({ now: () => now, delayMs: DELAY });
  afterAll(() => sandbox.close());

  type Body = {
    readonly id: string;
    readonly visibilityScope: string;
    readonly items: readonly unknown[];
    readonly error: string;
    readonly message: string;
    readonly diagnostics: readonly unknown[];
  };

  const send = async (path: string, init: RequestInit = {}, key = sandbox.readyKey) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await fetch(new URL(`/api/v1${path}`, sandbox.url), { headers, ...init });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const post = (body: RequestInit["body"]) => send("/signals", { method: "POST", body: body ?? null });
  const create = async (input: string): Promise<string> => (await post(JSON.stringify({ input }))).body.id;
  const get = (id: string, key?: string) => send(`/signals/${id}`, {}, key);

  const BROKEN = { status: 500, body: { error: "internal_error", message: "Failed to get signal." } };
  const NOT_FOUND = { status: 404, body: { error: "not_found", message: "Signal not found." } };

  describe("getting", () => {
    it("returns all fields from the start", async () => {
      const id = await create("hello");
      const createdAt = new Date(now).toISOString();
      expect(await get(id)).toEqual({
        status: 200,
        body: {
          id,
          input: "hello",
          status: "queued",
          classification: null,
          entityLinks: [],
          visibilityScope: "user",
          createdAt,
          updatedAt: createdAt,
        },
      });
    });

    it.each([
      "nonsense",
      "sig_123e4567-e89b-12d3-a456-426614174000",
      "signal_123E4567-e89b-12d3-a456-426614174000",
      "SIGNAL_123e4567-e89b-12d3-a456-426614174000",
      "signal_123e4567-e89b-12d3-a456-426614174000%0A",
    ])("rejects the id %s", async (id) => {
      const { status, body } = await get(id);
      expect([status, body.error, body.message]).toEqual([400, "invalid_request", "Signal id is invalid."]);
      expect(body.diagnostics).toEqual([
        {
          origin: "string",
          code: "invalid_format",
          format: "regex",
          pattern: expect.stringContaining("signal_"),
          path: [],
          message: "Invalid signal id",
        },
      ]);
    });

    it.each(["signal_123e4567-e89b-12d3-a456-426614174000", "signal_00000000-0000-0000-0000-000000000000"])(
      "does not find %s",
      async (id) => {
        expect(await get(id)).toEqual(NOT_FOUND);
      },
    );

    it("shows a private signal to its creator only, with any key", async () => {
      const id = await create("a private note");
      now += 3 * DELAY;
      expect((await get(id, "lf_sandbox_read")).status).toBe(200);
      for (const key of ["lf_sandbox_teammate", "lf_sandbox_stranger"]) {
        expect(await get(id, key)).toEqual(NOT_FOUND);
      }
    });

    it("shows a team signal to teammates once it is classified, and never to other organizations", async () => {
      const id = await create("Follow up with ada@example.com");
      expect((await get(id, "lf_sandbox_teammate")).status).toBe(404);
      now += 2 * DELAY;
      expect((await get(id, "lf_sandbox_teammate")).body.visibilityScope).toBe("team");
      expect((await get(id, "lf_sandbox_stranger")).status).toBe(404);
    });

    it("fails for a link with an occurrence above 100", async () => {
      const id = await create(`${"https://e.io/@ab ".repeat(120)}@ab`);
      now += 2 * DELAY;
      expect((await get(id)).status).toBe(200);
      now += DELAY;
      expect(await get(id)).toEqual(BROKEN);
    });
  });

  describe("markers", () => {
    it("[sandbox:enqueue] fails and leaves a failed signal", async () => {
      const answer = await post('{"input":"[sandbox:enqueue] [sandbox:stuck]"}');
      const message = "Failed to queue signal for classification.";
      expect(answer).toEqual({ status: 500, body: { error: "signal_enqueue_failed", message } });
      const { items } = (await send("/signals?limit=1")).body;
      expect(items).toMatchObject([{ status: "failed", classification: null, visibilityScope: "user" }]);
    });

    it("[sandbox:broken] fails only when getting a visible signal", async () => {
      const id = await create("[sandbox:broken]");
      expect(await get(id)).toEqual(BROKEN);
      expect((await get(id, "lf_sandbox_stranger")).status).toBe(404);
      expect((await send("/signals?limit=1")).body.items).toMatchObject([{ id }]);
    });

    it("each has a description", () => {
      for (const { effect } of Object.values(SANDBOX_INPUTS)) expect(effect).toMatch(/^[A-Z].+\.$/);
    });
  });
});
