import { Buffer } from "node:buffer";
import { request } from "node:http";
import { connect } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { startSandbox } from "../../../../../src/platforms/lightfast/sandbox/server.ts";
import { encodeCursor } from "../../../../../src/platforms/lightfast/sandbox/store.ts";

describe("create", async () => {
  const sandbox = await startSandbox();
  afterAll(() => sandbox.close());

  type Body = { readonly id: string; readonly input: string };

  const send = async (path: string, init: RequestInit = {}) => {
    const headers = { authorization: `Bearer ${sandbox.readyKey}` };
    const response = await fetch(new URL(`/api/v1${path}`, sandbox.url), { headers, ...init });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const post = (body: RequestInit["body"]) => send("/signals", { method: "POST", body: body ?? null });
  const create = async (input: string): Promise<string> => (await post(JSON.stringify({ input }))).body.id;

  const ID = /^signal_[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

  describe("creating", () => {
    it("returns a queued signal", async () => {
      const response = await post('{"input":"hello"}');
      expect(response).toEqual({
        status: 202,
        body: { id: expect.stringMatching(ID), status: "queued", visibilityScope: "user" },
      });
    });

    it("creates another signal from the same input", async () => {
      expect(await create("twice")).not.toBe(await create("twice"));
    });

    it.each([
      ["  hi  ", "hi"],
      ["\u00a0\ufeff hi\n", "hi"],
      ["a".repeat(4000), "a".repeat(4000)],
      ["😀".repeat(2000), "😀".repeat(2000)],
      [` ${"a".repeat(4000)} `, "a".repeat(4000)],
    ])("stores input trimmed (%#)", async (input, stored) => {
      expect((await send(`/signals/${await create(input)}`)).body.input).toBe(stored);
    });

    it("drops unknown keys", async () => {
      const body = '{"input":"x","id":"mine","__proto__":{"status":"failed"},"constructor":1}';
      expect((await post(body)).status).toBe(202);
    });

    it("parses JSON with any content type, and with a byte order mark", async () => {
      expect((await post(Buffer.from('\ufeff{"input":"x"}'))).status).toBe(202);
    });
  });

  describe("a rejected body has the issue", () => {
    const rejected = (...diagnostics: object[]) => ({
      status: 400,
      body: { error: "invalid_request", message: "Signal request body is invalid.", diagnostics },
    });
    const notAnObject = (received: string) =>
      rejected({
        code: "invalid_type",
        expected: "object",
        path: [],
        message: `Invalid input: expected object, received ${received}`,
      });
    const notAString = (received: string) =>
      rejected({
        code: "invalid_type",
        expected: "string",
        path: ["input"],
        message: `Invalid input: expected string, received ${received}`,
      });
    const tooSmall = rejected({
      origin: "string",
      code: "too_small",
      minimum: 1,
      inclusive: true,
      path: ["input"],
      message: "Too small: expected string to have >=1 characters",
    });
    const tooBig = rejected({
      origin: "string",
      code: "too_big",
      maximum: 4000,
      inclusive: true,
      path: ["input"],
      message: "Too big: expected string to have <=4000 characters",
    });

    it.each([
      ["no body", null, notAnObject("undefined")],
      ["broken JSON", '{"input":', notAnObject("undefined")],
      ["more than a mebibyte", JSON.stringify({ input: " ".repeat(2 ** 20) }), notAnObject("undefined")],
      ["null", "null", notAnObject("null")],
      ["a list", "[]", notAnObject("array")],
      ["an empty object", "{}", notAString("undefined")],
      ["an inherited input", '{"__proto__":{"input":"x"}}', notAString("undefined")],
      ["a number as input", '{"input":1}', notAString("number")],
      ["blanks", '{"input":" \\n\u00a0\ufeff "}', tooSmall],
      ["4001 letters", JSON.stringify({ input: "a".repeat(4001) }), tooBig],
      ["2001 emoji", JSON.stringify({ input: "😀".repeat(2001) }), tooBig],
    ])("%s", async (_, body, response) => {
      expect(await post(body)).toEqual(response);
    });
  });
});

describe("routes", async () => {
  const sandbox = await startSandbox({ now: () => Date.UTC(2026, 0, 2, 3, 4, 5, 6) });
  afterAll(() => sandbox.close());

  const authorization = `Bearer ${sandbox.readyKey}`;
  const HEALTH = "/api/v1/system/health";
  const SIGNALS = "/api/v1/signals";
  const SIGNAL = `${SIGNALS}/signal_00000000-0000-0000-0000-000000000000`;

  /** Sends the exact request target, which `fetch` would normalize. */
  const raw = (method: string, path: string, headers: Record<string, string> = { authorization }) =>
    new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
      const { hostname: host, port } = sandbox.url;
      request({ host, port, method, path, headers }, async (response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of response) chunks.push(chunk);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString(),
        });
      })
        .on("error", reject)
        .end();
    });

  const SECURITY = {
    "content-security-policy": expect.any(String),
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };

  it("health has the time and the version", async () => {
    const { status, text } = await raw("GET", HEALTH);
    expect(status).toBe(200);
    expect(JSON.parse(text)).toEqual({
      status: "ok",
      timestamp: "2026-01-02T03:04:05.006Z",
      version: "0.1.0",
    });
  });

  describe("headers", () => {
    it.each([
      ["success", HEALTH, { authorization }],
      ["401", HEALTH, {}],
      ["400", `${SIGNALS}?limit=0`, { authorization }],
      ["404", SIGNAL, { authorization }],
      ["500", HEALTH, { authorization: "Bearer lf_sandbox_broken" }],
    ])("are those of the API on %s", async (_, path, sent: Record<string, string>) => {
      const { headers } = await raw("GET", path, sent);
      expect(headers).toMatchObject({ ...SECURITY, "content-type": "application/json" });
      const known = [...Object.keys(SECURITY), "content-type", "content-length"];
      const transport = ["date", "connection", "keep-alive"];
      expect(Object.keys(headers).filter((name) => ![...known, ...transport].includes(name))).toEqual([]);
    });

    it.each([HEALTH, SIGNALS, SIGNAL, `${SIGNALS}/anything`])(
      "OPTIONS %s needs no key and returns no body",
      async (path) => {
        const { status, headers, text } = await raw("OPTIONS", path, {});
        expect([status, text]).toEqual([204, ""]);
        expect(headers).toMatchObject(SECURITY);
        expect(headers).not.toHaveProperty("content-type");
      },
    );
  });

  describe("outside the routes", () => {
    it.each([
      "/",
      "/api/v1",
      "/api/v1/",
      "/API/v1/signals",
      "/api/v1/signals/",
      "/api/v1/signals/a/b",
      "/api/v1/system/health/",
      "//api/v1/signals",
      "//127.0.0.1/api/v1/signals",
      "/__proto__",
      "/%",
      "/api/v1/%zz",
      "http://[broken",
    ])("%s is not found", async (path) => {
      const { status, text, headers } = await raw("GET", path);
      expect(status).toBe(404);
      expect(JSON.parse(text)).toEqual({
        error: "not_found",
        message: expect.stringContaining("/api/v1/signals"),
      });
      expect(headers).toMatchObject(SECURITY);
    });

    it.each([
      ["POST", HEALTH, "GET, OPTIONS"],
      ["PUT", SIGNALS, "GET, POST, OPTIONS"],
      ["DELETE", SIGNAL, "GET, OPTIONS"],
      ["PATCH", SIGNAL, "GET, OPTIONS"],
    ])("%s %s is not allowed, with or without a key", async (method, path, allow) => {
      const { status, headers, text } = await raw(method, path, {});
      expect([status, headers.allow]).toEqual([405, allow]);
      expect(JSON.parse(text)).toEqual({
        error: "method_not_allowed",
        message: expect.stringContaining(allow),
      });
    });

    it("HEAD is not allowed either", async () => {
      expect(await raw("HEAD", HEALTH)).toMatchObject({ status: 405, text: "" });
    });
  });

  describe("a request target", () => {
    it("can be an absolute URL", async () => {
      expect((await raw("GET", `http://elsewhere.invalid${HEALTH}`)).status).toBe(200);
    });

    it("can have a percent-encoded id; a broken encoding is an invalid id", async () => {
      expect((await raw("GET", SIGNAL.replace("signal_", "%73ignal_"))).status).toBe(404);
      for (const id of ["%zz", "%", "__proto__", "a%2Fb"]) {
        expect((await raw("GET", `${SIGNALS}/${id}`)).status).toBe(400);
      }
    });
  });

  it("survives invalid HTTP and aborted connections", async () => {
    const start = `POST ${SIGNALS} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n`;
    const broken = [
      "nonsense\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      `${start}Content-Length: 100\r\n\r\n{"input":"a"}`,
    ];
    for (const bytes of broken) {
      await new Promise<void>((resolve) => {
        const socket = connect(Number(sandbox.url.port), sandbox.url.hostname, () => socket.end(bytes));
        socket.on("error", () => {}).on("close", () => resolve());
        socket.resume();
      });
    }
    const { text } = await raw("GET", SIGNALS);
    expect(JSON.parse(text)).toEqual({ items: [], nextCursor: null });
  });
});

describe("list queries", async () => {
  const sandbox = await startSandbox();
  afterAll(() => sandbox.close());

  type Body = {
    readonly items: readonly unknown[];
    readonly nextCursor: string | null;
    readonly error: string;
    readonly message: string;
    readonly diagnostics: readonly unknown[];
  };

  const list = async (query: string) => {
    const headers = { authorization: `Bearer ${sandbox.readyKey}` };
    const response = await fetch(new URL(`/api/v1/signals${query}`, sandbox.url), { headers });
    return { status: response.status, body: (await response.json()) as Body };
  };

  const base64url = (text: string) => Buffer.from(text).toString("base64url");

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

    it("is base64url of JSON", () => {
      const cursor = encodeCursor(position);
      expect(JSON.parse(Buffer.from(cursor, "base64url").toString())).toEqual({ createdAt: CREATED, id: 7 });
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
});
