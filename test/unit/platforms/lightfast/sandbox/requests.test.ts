import { Buffer } from "node:buffer";
import { afterAll, describe, expect, it } from "vitest";
import { decodeCursor } from "../../../../../src/platforms/lightfast/sandbox/requests.ts";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";
import { encodeCursor } from "../../../../../src/platforms/lightfast/sandbox/store.ts";

const sandbox = await startSandbox();
afterAll(() => sandbox.close());

type Body = {
  readonly items: readonly unknown[];
  readonly nextCursor: string | null;
  readonly error: string;
  readonly message: string;
  readonly diagnostics: readonly unknown[];
};

async function list(query: string) {
  const headers = { authorization: `Bearer ${sandbox.readyKey}` };
  const response = await fetch(new URL(`/api/v1/signals${query}`, sandbox.url), { headers });
  return { status: response.status, body: (await response.json()) as Body };
}

function base64url(text: string) {
  return Buffer.from(text).toString("base64url");
}

describe("a query", () => {
  it.each([
    "",
    "?limit=1e1",
    "?limit=0x10",
    "?limit=%205%20",
    "?limit=100",
    "?statuses=",
    "?status=,",
    "?status=queued,queued,queued,queued",
    "?other=1&__proto__=2&constructor=3",
    "?limit=5&limit=nonsense",
  ])("%s is accepted", async (query) => {
    expect((await list(query)).status).toBe(200);
  });

  it("lists 50 signals by default", async () => {
    const headers = { authorization: `Bearer ${sandbox.readyKey}` };
    const body = '{"input":"one of many"}';
    for (let left = 51; left > 0; left -= 1) {
      await fetch(new URL("/api/v1/signals", sandbox.url), { method: "POST", headers, body });
    }
    const { items, nextCursor } = (await list("")).body;
    expect(items).toHaveLength(50);
    expect((await list(`?cursor=${nextCursor}`)).body.items).toHaveLength(1);
  });

  it.each([
    ["?limit=", { code: "too_small", origin: "number", minimum: 1, inclusive: true, path: ["limit"] }],
    ["?limit=0", { code: "too_small", path: ["limit"] }],
    ["?limit=101", { code: "too_big", origin: "number", maximum: 100, inclusive: true, path: ["limit"] }],
    ["?limit=1.5", { code: "invalid_type", expected: "int", path: ["limit"] }],
    ["?limit=abc", { code: "invalid_type", expected: "number", path: ["limit"] }],
    ["?limit=Infinity", { code: "invalid_type", path: ["limit"] }],
    ["?cursor=", { code: "too_small", origin: "string", path: ["cursor"] }],
    ["?cursor=%20", { code: "too_small", origin: "string", path: ["cursor"] }],
    [
      "?status=done",
      {
        code: "invalid_value",
        values: ["queued", "processing", "classified", "failed"],
        path: ["statuses", 0],
      },
    ],
    ["?status=Queued", { code: "invalid_value", path: ["statuses", 0] }],
    [
      "?status=queued,queued,queued&statuses=queued,queued",
      { code: "too_big", origin: "array", maximum: 4, path: ["statuses"] },
    ],
  ])("%s is rejected with the issue", async (query, issue) => {
    const { status, body } = await list(query);
    expect([status, body.error, body.message]).toEqual([
      400,
      "invalid_request",
      "Signal list query is invalid.",
    ]);
    expect(body.diagnostics).toEqual([expect.objectContaining({ ...issue, message: expect.any(String) })]);
  });

  it("is checked before its cursor is decoded", async () => {
    expect((await list("?limit=0&cursor=x")).body.message).toBe("Signal list query is invalid.");
  });
});

describe("a cursor", () => {
  const CREATED = "2026-01-01T00:00:00.000Z";
  const position = { createdAt: Date.parse(CREATED), number: 7 };

  it("is base64url of JSON and can be decoded", () => {
    const cursor = encodeCursor(position);
    expect(JSON.parse(Buffer.from(cursor, "base64url").toString())).toEqual({ createdAt: CREATED, id: 7 });
    expect(decodeCursor(cursor)).toEqual(position);
  });

  it("may be surrounded by blanks", async () => {
    expect((await list(`?cursor=%20${encodeCursor(position)}%20`)).status).toBe(200);
  });

  it.each([
    ["letters", "nonsense"],
    ["characters outside base64url", "%00%ff!"],
    ["invalid JSON", base64url("{")],
    ["null", base64url("null")],
    ["a list", base64url("[]")],
    ["no id", base64url(`{"createdAt":"${CREATED}"}`)],
    ["no timestamp", base64url('{"id":1}')],
    ["another key", base64url(`{"createdAt":"${CREATED}","id":1,"more":1}`)],
    ["id 0", base64url(`{"createdAt":"${CREATED}","id":0}`)],
    ["a fraction as id", base64url(`{"createdAt":"${CREATED}","id":1.5}`)],
    ["a string as id", base64url(`{"createdAt":"${CREATED}","id":"1"}`)],
    ["an offset", base64url('{"createdAt":"2026-01-01T00:00:00+00:00","id":1}')],
    ["a plain date", base64url('{"createdAt":"2026-01-01","id":1}')],
    ["an impossible date", base64url('{"createdAt":"2026-02-30T00:00:00Z","id":1}')],
  ])("is rejected with %s", async (_, cursor) => {
    const message = "Signal list cursor is invalid.";
    expect(await list(`?cursor=${cursor}`)).toEqual({
      status: 400,
      body: {
        error: "invalid_request",
        message,
        diagnostics: [{ code: "invalid_cursor", message, path: ["cursor"] }],
      },
    });
  });
});
