import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Exchange } from "../../../../src/mcp/server.ts";
import { headOf, openSocket, statusIn } from "../../../support/client-socket.ts";
import { startApp } from "../../../support/http-app.ts";
import { notification, request } from "../../../support/wire.ts";

const MIB = 1024 * 1024;
const PING = request(1, "ping");
const PONG = { jsonrpc: "2.0", id: 1, result: {} };
const call = (name: string, text: string) => request(1, "tools/call", { name, arguments: { text } });
const errorOf = (code: number, id: unknown = null) => ({
  jsonrpc: "2.0",
  id,
  error: { code, message: expect.any(String) },
});

/** An app that tells of each call that reached its platform. */
const watched = async () => {
  const exchanges: Exchange[] = [];
  const connect = (exchange: Exchange) => {
    exchanges.push(exchange);
    return (given: unknown) => given;
  };
  return { exchanges, app: await startApp({ server: { connect } }) };
};

describe("the form", () => {
  test.each([
    {},
    { accept: "application/json" },
    { accept: "text/event-stream, application/json" },
    { accept: "*/*" },
  ])("of an answer is JSON: %j", async (headers) => {
    const app = await startApp();
    const answer = await app.post(PING, headers);
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(answer.json()).toEqual(PONG);
  });

  test("of an answer is an event stream of one event for a client that takes nothing else", async () => {
    const app = await startApp();
    const text = "a\n\nb\r\ndata: c\r\u2028\u2029";
    const answer = await app.post(call("tiny_echo", text), { accept: "text/event-stream" });
    expect(answer.status).toBe(200);
    expect(answer.headers["content-type"]).toBe("text/event-stream");
    expect(answer.headers["cache-control"]).toBe("no-cache");
    const [event, data = "", ...rest] = answer.text.split("\n");
    expect([event, rest]).toEqual(["event: message", ["", ""]]);
    expect(data).not.toContain("\r");
    expect(JSON.parse(data.replace("data: ", ""))).toMatchObject({
      result: { structuredContent: { text } },
    });
  });

  test("that a client does not take is 406, and no tool runs", async () => {
    const { app, exchanges } = await watched();
    const answer = await app.post(call("tiny_write", "a"), { accept: "text/html" });
    expect([answer.status, answer.json()]).toEqual([406, errorOf(-32600)]);
    expect(exchanges).toEqual([]);
  });

  test.each(["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"])(
    "of a body that is not JSON is 415, and no tool runs: %j",
    async (type) => {
      const { app, exchanges } = await watched();
      const answer = await app.post(call("tiny_write", "a"), { "content-type": type });
      expect([answer.status, answer.json()]).toEqual([415, errorOf(-32600)]);
      expect(exchanges).toEqual([]);
    },
  );

  test("of a body may name its charset", async () => {
    const app = await startApp();
    const answer = await app.post(PING, { "content-type": "Application/JSON; charset=UTF-8" });
    expect(answer.json()).toEqual(PONG);
  });
});

describe("a body in a coding", () => {
  test.each(["gzip", "br", "x-nobody-knows-it", "identity, gzip"])(
    "is 415, which says how to send it, and no tool runs: %s",
    async (coding) => {
      const { app, exchanges } = await watched();
      const body = gzipSync(JSON.stringify(call("tiny_write", "a")));
      const answer = await app.post(body, { "content-encoding": coding });
      expect([answer.status, answer.json()]).toEqual([415, errorOf(-32600)]);
      expect(answer.text).toContain("Content-Encoding");
      expect(answer.headers["accept-encoding"]).toBe("identity");
      expect(exchanges).toEqual([]);
    },
  );

  test("that changes nothing is served", async () => {
    const app = await startApp();
    expect((await app.post(PING, { "content-encoding": "Identity" })).json()).toEqual(PONG);
  });
});

describe("a body", () => {
  const padded = (bytes: number) => JSON.stringify(PING).padEnd(bytes, " ");

  test("of a mebibyte is served", async () => {
    const app = await startApp();
    expect((await app.post(padded(MIB))).json()).toEqual(PONG);
  });

  test("of one byte more is 413, and the connection ends", async () => {
    const app = await startApp();
    const answer = await app.post(padded(MIB + 1));
    expect([answer.status, answer.json()]).toEqual([413, errorOf(-32600)]);
    expect(answer.headers.connection).toBe("close");
  });

  test("in chunks without end is 413, before it ends", async () => {
    const app = await startApp();
    const client = await openSocket(app.port);
    const lines = ["Content-Type: application/json", "Authorization: Bearer both"];
    client.send(headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, "Transfer-Encoding: chunked", ...lines));
    const chunk = `10000\r\n${" ".repeat(0x10000)}\r\n`;
    for (let sent = 0; sent <= MIB; sent += 0x10000) client.send(chunk);
    expect(statusIn(await client.closed())).toBe(413);
  });

  test.each([
    "",
    " ",
    "{",
    "}",
    '{"a":1}}',
    "nope",
    "{'a':1}",
    "NaN",
    "[1,]",
    "\0",
    '"\n"',
    "// ping",
    "\u00a0{}",
  ])("that is not JSON is 400: %j", async (body) => {
    const app = await startApp();
    const answer = await app.post(body);
    expect([answer.status, answer.json()]).toEqual([400, errorOf(-32700)]);
  });

  test("that is not UTF-8 is 400, and no tool runs", async () => {
    const { app, exchanges } = await watched();
    const body = Buffer.from(JSON.stringify(call("tiny_write", "é")), "latin1");
    const answer = await app.post(body);
    expect([answer.status, answer.json()]).toEqual([400, errorOf(-32700)]);
    expect(answer.text).toContain("UTF-8");
    expect(exchanges).toEqual([]);
  });

  test.each(["null", "1", '"ping"', "true", "{}", '{"jsonrpc":"1.0","method":"ping","id":null}'])(
    "that is JSON and no message is 400: %s",
    async (body) => {
      const app = await startApp();
      const answer = await app.post(body);
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32600)]);
    },
  );

  test("that is cut off runs nothing, and the server goes on", async () => {
    const { app, exchanges } = await watched();
    const body = JSON.stringify(call("tiny_write", "a"));
    const client = await openSocket(app.port);
    const lines = ["Content-Type: application/json", "Authorization: Bearer both"];
    client.send(
      headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, ...lines, `Content-Length: ${body.length + 1}`),
    );
    client.send(body);
    // The server has read that far when it has answered another.
    expect((await app.post(PING)).status).toBe(200);
    client.leave();
    expect((await app.post(PING)).json()).toEqual(PONG);
    expect(exchanges).toEqual([]);
  });
});

describe("an id", () => {
  test.each([0, -1, 1.5, 1e21, "", "0", "ü\n", "server-discover-probe-1"])(
    "comes back as it was: %j",
    async (id) => {
      const app = await startApp();
      expect((await app.post(request(id, "ping"))).json()).toEqual({ jsonrpc: "2.0", id, result: {} });
    },
  );

  test.each(["null", "{}", "[]", "true", "1e400"])("may not be %s", async (id) => {
    const app = await startApp();
    const answer = await app.post(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
    expect([answer.status, answer.json()]).toEqual([400, errorOf(-32600)]);
  });

  test("comes back with what is wrong with its request", async () => {
    const app = await startApp();
    const answer = await app.post({ jsonrpc: "2.0", id: "a", method: 1 });
    expect([answer.status, answer.json()]).toEqual([400, errorOf(-32600, "a")]);
  });
});

describe("what wants no answer is accepted with 202 and nothing:", () => {
  test.each([
    ["a notification", notification("notifications/initialized")],
    ["a notification of a kind that nobody knows", notification("constructor", { a: 1 })],
    ["a cancellation of what is not here", notification("notifications/cancelled", { requestId: 1 })],
    ["a result", { jsonrpc: "2.0", id: 1, result: {} }],
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: -1, message: "a" } }],
  ])("%s", async (_, message) => {
    const app = await startApp();
    const { status, headers, text } = await app.post(message);
    expect([status, text]).toEqual([202, ""]);
    expect(headers).not.toHaveProperty("content-type");
    expect(headers["content-length"]).toBe("0");
  });
});
