import { afterAll, describe, expect, it } from "vitest";
import { SANDBOX_INPUTS } from "../../../../../src/platforms/lightfast/sandbox/inputs.ts";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";

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
  it("shows a signal whole, from its first moment on", async () => {
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
  ])("refuses %s as an id", async (id) => {
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

  it("shows a private signal to its creator alone, whatever the key", async () => {
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

  it("breaks on a link whose occurrence is beyond what the API can show", async () => {
    const id = await create(`${"https://e.io/@ab ".repeat(120)}@ab`);
    now += 2 * DELAY;
    expect((await get(id)).status).toBe(200);
    now += DELAY;
    expect(await get(id)).toEqual(BROKEN);
  });
});

describe("markers", () => {
  it("[sandbox:enqueue] is refused, but leaves a failed signal behind", async () => {
    const answer = await post('{"input":"[sandbox:enqueue] [sandbox:stuck]"}');
    const message = "Failed to queue signal for classification.";
    expect(answer).toEqual({ status: 500, body: { error: "signal_enqueue_failed", message } });
    const { items } = (await send("/signals?limit=1")).body;
    expect(items).toMatchObject([{ status: "failed", classification: null, visibilityScope: "user" }]);
  });

  it("[sandbox:broken] breaks getting alone, and for those alone who may see the signal", async () => {
    const id = await create("[sandbox:broken]");
    expect(await get(id)).toEqual(BROKEN);
    expect((await get(id, "lf_sandbox_stranger")).status).toBe(404);
    expect((await send("/signals?limit=1")).body.items).toMatchObject([{ id }]);
  });

  it("each says in one sentence what it provokes", () => {
    for (const { meaning } of Object.values(SANDBOX_INPUTS)) expect(meaning).toMatch(/^[A-Z].+\.$/);
  });
});
