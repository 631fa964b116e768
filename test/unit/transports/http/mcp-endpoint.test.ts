import { describe, expect, test } from "vitest";
import { startApp } from "../../../support/http-app.ts";
import { modernMeta } from "../../../support/tiny-server.ts";
import { notification, request } from "../../../support/wire.ts";

const PING = request(1, "ping");

const errorOf = (code: number, id: unknown = null) => ({
  jsonrpc: "2.0",
  id,
  error: expect.objectContaining({ code }),
});

describe("a modern request", () => {
  const MODERN = { "mcp-protocol-version": "2026-07-28" };
  const meta = { _meta: modernMeta() };
  const echo = (name: string) => request(7, "tools/call", { ...meta, name, arguments: { text: "a" } });

  test("whose headers say what its body says is served, and stamped", async () => {
    const app = await startApp();
    const headers = { ...MODERN, "mcp-method": "tools/call", "mcp-name": "=?base64?dGlueV9lY2hv?=" };
    const answer = await app.post(echo("tiny_echo"), headers);
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      id: 7,
      result: { resultType: "complete", structuredContent: { text: "a" } },
    });
  });

  test("is answered as an event stream where the client takes nothing else", async () => {
    const app = await startApp();
    const headers = { ...MODERN, "mcp-method": "server/discover", accept: "text/event-stream" };
    const answer = await app.post(request(1, "server/discover", meta), headers);
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    expect(answer.text).toContain('"supportedVersions":["2026-07-28"]');
  });

  test.each([
    ["no version", { "mcp-method": "tools/call", "mcp-name": "tiny_echo" }],
    ["no method", { ...MODERN, "mcp-name": "tiny_echo" }],
    ["no name", { ...MODERN, "mcp-method": "tools/call" }],
    ["another method", { ...MODERN, "mcp-method": "tools/list", "mcp-name": "tiny_echo" }],
    ["another name", { ...MODERN, "mcp-method": "tools/call", "mcp-name": "tiny_write" }],
    [
      "a legacy version",
      { "mcp-protocol-version": "2025-11-25", "mcp-method": "tools/call", "mcp-name": "tiny_echo" },
    ],
  ])("whose headers have %s is 400 by its id, and no tool runs", async (_, headers) => {
    let connected = 0;
    const connect = () => {
      connected += 1;
      return (given: unknown) => given;
    };
    const app = await startApp({ server: { connect } });
    const answer = await app.post(echo("tiny_echo"), headers);
    expect([answer.status, answer.json()]).toEqual([400, errorOf(-32020, 7)]);
    expect(connected).toBe(0);
  });

  test.each([
    ["for a method that is not there", 404, -32601, "nonsense", meta],
    ["for a method of the legacy era", 404, -32601, "initialize", meta],
    [
      "without the client's capabilities",
      400,
      -32602,
      "tools/list",
      { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } },
    ],
    ["to discover without its version", 400, -32602, "server/discover", {}],
  ])("%s is %i with %i", async (_, status, code, method, params) => {
    const app = await startApp();
    const headers = { ...MODERN, "mcp-method": method, "mcp-name": "tiny_echo" };
    const answer = await app.post(request(7, method, params), headers);
    expect([answer.status, answer.json()]).toEqual([status, errorOf(code, 7)]);
  });

  test.each([
    ["tools/list", {}],
    ["tools/list", undefined],
    ["tools/call", { name: "tiny_echo", arguments: { text: "a" } }],
    ["initialize", { protocolVersion: "2025-11-25" }],
    ["ping", undefined],
  ])(
    "that is one by its headers alone is 400 with -32602, and no tool runs: %s %j",
    async (method, params) => {
      let connected = 0;
      const connect = () => {
        connected += 1;
        return (given: unknown) => given;
      };
      const app = await startApp({ server: { connect } });
      const headers = { ...MODERN, "mcp-method": method, "mcp-name": "tiny_echo" };
      const answer = await app.post(request(7, method, params), headers);
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32602, 7)]);
      expect(connected).toBe(0);
    },
  );

  test("that is one by its headers alone is accepted where it wants no answer", async () => {
    const app = await startApp();
    const headers = { ...MODERN, "mcp-method": "notifications/cancelled" };
    const answer = await app.post(notification("notifications/cancelled", { requestId: 1 }), headers);
    expect([answer.status, answer.text]).toEqual([202, ""]);
  });

  test("of a version that nobody speaks is 400, and told which are spoken", async () => {
    const app = await startApp();
    const version = "2099-01-01";
    const params = { _meta: modernMeta({ "io.modelcontextprotocol/protocolVersion": version }) };
    const headers = { "mcp-protocol-version": version, "mcp-method": "tools/list" };
    const answer = await app.post(request(7, "tools/list", params), headers);
    expect(answer.status).toBe(400);
    expect(answer.json()).toMatchObject({
      id: 7,
      error: { code: -32022, data: { supported: ["2026-07-28"], requested: version } },
    });
  });

  test("that wants no answer is held against its headers too", async () => {
    const app = await startApp();
    const cancelled = notification("notifications/cancelled", { ...meta, requestId: 1 });
    const headers = { ...MODERN, "mcp-method": "notifications/cancelled" };
    expect((await app.post(cancelled, headers)).status).toBe(202);
    const answer = await app.post(cancelled, { ...headers, "mcp-method": "tools/call" });
    expect([answer.status, answer.json()]).toEqual([400, errorOf(-32020)]);
  });

  test("that is refused by its tool is a result within 200", async () => {
    const app = await startApp();
    const headers = { ...MODERN, "mcp-method": "tools/call", "mcp-name": "nowhere" };
    const answer = await app.post(echo("nowhere"), headers);
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ result: { isError: true } });
  });
});

describe("a batch", () => {
  const BATCHING = { "mcp-protocol-version": "2025-03-26" };

  test.each([[{}], [BATCHING]])(
    "is answered in its order, without what wants no answer: %j",
    async (headers) => {
      const app = await startApp();
      const messages = [
        request("a", "ping"),
        notification("notifications/initialized"),
        request(0, "nonsense"),
        { jsonrpc: "2.0", id: 9, result: {} },
        [PING],
        request("b", "tools/call", { name: "tiny_echo", arguments: { text: "x" } }),
      ];
      const answer = await app.post(messages, headers);
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual([
        { jsonrpc: "2.0", id: "a", result: {} },
        errorOf(-32601, 0),
        errorOf(-32600),
        { jsonrpc: "2.0", id: "b", result: expect.objectContaining({ structuredContent: { text: "x" } }) },
      ]);
    },
  );

  test.each(["2024-11-05", "2025-06-18", "2025-11-25", "2026-07-28", "nonsense"])(
    "is 400 in revision %s, and nothing of it runs",
    async (version) => {
      let connected = 0;
      const connect = () => {
        connected += 1;
        return (given: unknown) => given;
      };
      const app = await startApp({ server: { connect } });
      const write = request(1, "tools/call", { name: "tiny_write", arguments: { text: "x" } });
      const answer = await app.post([write], { "mcp-protocol-version": version });
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32600)]);
      expect(connected).toBe(0);
    },
  );

  test("answers a modern request in it with -32600, and the others as ever", async () => {
    const called: unknown[] = [];
    const connect = () => (given: unknown) => {
      called.push(given);
      return given;
    };
    const app = await startApp({ server: { connect } });
    const call = (id: number, text: string, more = {}) =>
      request(id, "tools/call", { name: "tiny_echo", arguments: { text }, ...more });
    const modern = call(1, "modern", { _meta: modernMeta() });
    const silent = notification("notifications/cancelled", { _meta: modernMeta(), requestId: 2 });
    const answer = await app.post([modern, silent, call(2, "legacy")]);
    expect(answer.json()).toEqual([
      errorOf(-32600, 1),
      { jsonrpc: "2.0", id: 2, result: expect.objectContaining({ structuredContent: { text: "legacy" } }) },
    ]);
    expect(called).toEqual([{ text: "legacy" }]);
  });

  test.each([
    [0, 400],
    [1, 200],
    [100, 200],
    [101, 400],
  ])("of %i is %i", async (size, status) => {
    const app = await startApp();
    const answer = await app.post(Array.from({ length: size }, (_, id) => request(id, "ping")));
    expect(answer.status).toBe(status);
    if (status === 200) expect(answer.json()).toHaveLength(size);
    else expect(answer.json()).toEqual(errorOf(-32600));
  });

  test("of what wants no answer gets none", async () => {
    const app = await startApp();
    const { status, text } = await app.post([notification("notifications/initialized")]);
    expect([status, text]).toEqual([202, ""]);
  });

  test("is one event where the client takes nothing else", async () => {
    const app = await startApp();
    const answer = await app.post([PING, request(2, "ping")], { accept: "text/event-stream" });
    expect(answer.text).toMatch(/^event: message\ndata: \[\{.*"id":1.*"id":2.*\}\]\n\n$/);
  });

  test("gives each of its calls what the caller's scopes grant", async () => {
    const app = await startApp();
    const call = (id: number, name: string) => request(id, "tools/call", { name, arguments: { text: "x" } });
    const messages = [call(1, "tiny_echo"), call(2, "tiny_write")];
    const answer = await app.post(messages, { authorization: "Bearer reader" });
    expect(answer.json()).toMatchObject([
      { id: 1, result: { structuredContent: { text: "x" } } },
      { id: 2, result: { isError: true, _meta: { "ai.lightfast/error": { code: "insufficient_scope" } } } },
    ]);
  });
});
