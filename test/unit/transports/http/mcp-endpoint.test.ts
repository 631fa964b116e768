import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { createCatalog } from "../../../../src/mcp/catalog.ts";
import type { ObservedCall, RequestContext } from "../../../../src/mcp/server.ts";
import { toToolDefinition } from "../../../../src/mcp/tool-definition.ts";
import type { Deadline } from "../../../../src/shared/deadline.ts";
import {
  MAX_BODY_BYTES,
  NOT_UTF8,
  readBody,
  TOO_LONG,
} from "../../../../src/transports/http/mcp-endpoint.ts";
import { type ClientSocket, headOf, openSocket, statusIn } from "../../../support/client-socket.ts";
import { createGate } from "../../../support/gate.ts";
import { PAGE_ORIGIN, type RunningApp, startApp, verifyTiny } from "../../../support/http-app.ts";
import { arrive } from "../../../support/http-arrival.ts";
import { manualClock } from "../../../support/manual-clock.ts";
import { modernMeta, TINY_TOOLS, type TinyApi } from "../../../support/tiny-server.ts";
import { notification, request } from "../../../support/wire.ts";

describe("readBody", () => {
  const MIB = 1024 * 1024;

  const sized = (bytes: number) => [
    "POST / HTTP/1.1",
    "Host: a",
    "Content-Type: application/json",
    `Content-Length: ${bytes}`,
  ];
  const CHUNKED = ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked"];

  const chunk = (bytes: string | Buffer): Buffer =>
    Buffer.concat([
      Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`),
      Buffer.from(bytes),
      Buffer.from("\r\n"),
    ]);
  const LAST = "0\r\n\r\n";

  describe("returns a body", () => {
    test.each(["{}", '{"text":"größe 測試 🐍"}', "", "\r\n\r\n", "\u2028 and \0"])(
      "as it was sent: %j",
      async (body) => {
        const { request } = await arrive(sized(Buffer.byteLength(body)), body);
        expect(await readBody(request)).toBe(body);
      },
    );

    test("in any number of pieces", async () => {
      const { request, client } = await arrive(sized(6));
      const read = readBody(request);
      client.send("abc");
      client.send("de");
      client.send("f");
      expect(await read).toBe("abcdef");
    });

    test("in chunks that split characters", async () => {
      const [first, second, third] = [[0xf0, 0x9f], [0x90], [0x8d, 0x21]].map((bytes) =>
        chunk(Buffer.from(bytes)),
      ) as [Buffer, Buffer, Buffer];
      const { request, client } = await arrive(CHUNKED, first);
      const read = readBody(request);
      client.send(second);
      client.send(third);
      client.send(LAST);
      expect(await read).toBe("🐍!");
    });

    test("that is empty", async () => {
      const { request } = await arrive(["POST / HTTP/1.1", "Host: a"]);
      expect(await readBody(request)).toBe("");
    });

    test("that is slow", async () => {
      const { request, client } = await arrive(sized(3));
      const read = readBody(request);
      for (const letter of "abc") {
        await new Promise(setImmediate);
        client.send(letter);
      }
      expect(await read).toBe("abc");
    });
  });

  describe("the limit", () => {
    test("is 1 MiB", () => {
      expect(MAX_BODY_BYTES).toBe(MIB);
    });

    test("allows a body of exactly that size", async () => {
      const { request } = await arrive(sized(MIB), Buffer.alloc(MIB, "x"));
      expect(String(await readBody(request)).length).toBe(MIB);
    });

    test("allows chunks of exactly that size", async () => {
      const { request, client } = await arrive(CHUNKED, chunk(Buffer.alloc(MIB - 1, "x")));
      client.send(chunk("y"));
      client.send(LAST);
      expect(String(await readBody(request)).endsWith("xy")).toBe(true);
    });

    test("rejects one byte more before any of it has arrived", async () => {
      const { request } = await arrive(sized(MIB + 1));
      expect(await readBody(request)).toBe(TOO_LONG);
    });

    test("rejects one byte more in chunks before they end", async () => {
      const { request, client } = await arrive(CHUNKED, chunk(Buffer.alloc(MIB, "x")));
      const read = readBody(request);
      client.send(chunk("y"));
      expect(await read).toBe(TOO_LONG);
    });

    test("counts bytes, not characters", async () => {
      const text = "é".repeat(MIB / 2 + 1);
      const { request } = await arrive(CHUNKED, chunk(text));
      expect(await readBody(request)).toBe(TOO_LONG);
    });
  });

  describe("detects invalid UTF-8:", () => {
    test.each([
      ["Latin-1", [0x22, 0xe9, 0x22]],
      ["a byte that UTF-8 never has", [0xff]],
      ["a truncated character", [0xf0, 0x9f, 0x90]],
      ["an overlong encoding", [0xc0, 0xaf]],
      ["a surrogate", [0xed, 0xa0, 0x80]],
      ["UTF-16", [0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
    ])("%s", async (_, bytes) => {
      const { request } = await arrive(sized(bytes.length), Buffer.from(bytes));
      expect(await readBody(request)).toBe(NOT_UTF8);
    });

    test("but not the replacement character", async () => {
      const { request } = await arrive(sized(3), "\ufffd");
      expect(await readBody(request)).toBe("\ufffd");
    });
  });

  describe("rejects if the client", () => {
    test("disconnects in the middle", async () => {
      const { request, client } = await arrive(sized(100), '{"jsonrpc"');
      const read = readBody(request);
      client.leave();
      await expect(read).rejects.toThrow();
    });

    test("disconnects before the first byte", async () => {
      const { request, client } = await arrive(sized(100));
      const read = readBody(request);
      client.leave();
      await expect(read).rejects.toThrow();
    });

    test("disconnects between chunks", async () => {
      const { request, client } = await arrive(CHUNKED, chunk("{}"));
      const read = readBody(request);
      client.leave();
      await expect(read).rejects.toThrow();
    });

    test("sends an invalid chunk", async () => {
      const { request, client } = await arrive(CHUNKED, chunk("{}"));
      const read = readBody(request);
      client.send("not a length\r\n");
      await expect(read).rejects.toThrow();
    });
  });
});

describe("requests and callers", () => {
  const PING = request(1, "ping");
  const PONG = { jsonrpc: "2.0", id: 1, result: {} };
  const call = (name: string, text: string) => request(1, "tools/call", { name, arguments: { text } });

  /** An app with the contexts of all calls that reached its platform. */
  const watched = async () => {
    const exchanges: RequestContext[] = [];
    const connect = (exchange: RequestContext) => {
      exchanges.push(exchange);
      return (given: unknown) => given;
    };
    return { exchanges, app: await startApp({ server: { connect } }) };
  };

  describe("a request of the legacy era", () => {
    test.each(["nonsense", "constructor", "__proto__", "server/nothing"])(
      "for an unknown method returns an error with status 200: %s",
      async (method) => {
        const app = await startApp();
        const answer = await app.post(request(1, method));
        expect([answer.status, answer.json()]).toEqual([
          200,
          { jsonrpc: "2.0", id: 1, error: expect.objectContaining({ code: -32601 }) },
        ]);
      },
    );

    test("needs no handshake and no version", async () => {
      const app = await startApp();
      expect((await app.post(call("tiny_echo", "a"))).json()).toMatchObject({
        result: { structuredContent: { text: "a" } },
      });
    });

    test("of an unknown version returns 400", async () => {
      const { app, exchanges } = await watched();
      const answer = await app.post(call("tiny_echo", "a"), { "mcp-protocol-version": "2099-01-01" });
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({
        id: 1,
        error: { code: -32022, data: { requested: "2099-01-01" } },
      });
      expect(exchanges).toEqual([]);
    });

    test("gets no session", async () => {
      const app = await startApp();
      const answer = await app.post(request(1, "initialize", { protocolVersion: "2025-06-18" }));
      expect(answer.json()).toMatchObject({ result: { protocolVersion: "2025-06-18" } });
      expect(answer.headers).not.toHaveProperty("mcp-session-id");
      expect((await app.post(PING, { "mcp-session-id": "made-up" })).json()).toEqual(PONG);
    });
  });

  describe("a caller", () => {
    test("lists and calls the tools that their scopes allow, concurrently with other callers", async () => {
      const { app, exchanges } = await watched();
      const seenBy = async (token: string) => {
        const answer = await app.post(request(1, "tools/list"), { authorization: `Bearer ${token}` });
        return [...answer.text.matchAll(/"name":"(\w+)"/g)].map(([, name]) => name);
      };
      const seen = await Promise.all(["reader", "writer", "both", "reader"].map(seenBy));
      expect(seen).toEqual([["tiny_echo"], ["tiny_write"], ["tiny_echo", "tiny_write"], ["tiny_echo"]]);
      const refused = await app.post(call("tiny_write", "a"), { authorization: "Bearer reader" });
      expect(refused.status).toBe(200);
      expect(refused.json()).toMatchObject({
        result: { isError: true, _meta: { "com.example.tiny/error": { code: "insufficient_scope" } } },
      });
      expect(refused.text).toContain("tiny:write");
      expect(exchanges).toEqual([]);
    });

    test("gets a result for an unknown tool", async () => {
      const app = await startApp();
      const answer = await app.post(call("toString", "a"));
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        result: { isError: true, _meta: { "com.example.tiny/error": { code: "unsupported_tool" } } },
      });
    });
  });

  describe("the platform receives", () => {
    const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const told = async (headers: Record<string, string | string[]>) => {
      const { app, exchanges } = await watched();
      await app.post(call("tiny_echo", "a"), headers);
      return exchanges[0];
    };

    test("the client's request id", async () => {
      expect((await told({ "x-request-id": "r-7" }))?.requestId).toBe("r-7");
    });

    test("the caller", async () => {
      expect((await told({ authorization: "Bearer reader" }))?.caller.grants).toEqual(new Set(["tiny:read"]));
    });

    test.each([
      [{ traceparent: parent }, { traceparent: parent }],
      [
        { traceparent: parent, tracestate: "a=1,b=2" },
        { traceparent: parent, tracestate: "a=1,b=2" },
      ],
      [
        { traceparent: parent, tracestate: ["a=1", "b=2"] },
        { traceparent: parent, tracestate: "a=1, b=2" },
      ],
      [{ tracestate: "a=1" }, undefined],
      [{ traceparent: parent.toUpperCase(), tracestate: "a=1" }, undefined],
      [{ traceparent: parent.slice(1) }, undefined],
      [{ traceparent: `${parent}\t00` }, undefined],
      [{ traceparent: [parent, parent] }, undefined],
      [{ traceparent: "" }, undefined],
      [{ traceparent: parent.replace("00-", "01-") }, { traceparent: parent.replace("00-", "01-") }],
      [{ traceparent: parent.replace("00-", "ff-"), tracestate: "a=1" }, undefined],
      [{ traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, tracestate: "a=1" }, undefined],
      [
        { traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${"0".repeat(16)}-01`, tracestate: "a=1" },
        undefined,
      ],
    ])("the trace context if it is valid: %j", async (headers, trace) => {
      expect((await told(headers))?.trace?.headers).toEqual(trace);
    });

    test("the trace context of _meta rather than that of the headers", async () => {
      const { app, exchanges } = await watched();
      const send = async (_meta: object) =>
        app.post(request(1, "tools/call", { name: "tiny_echo", arguments: { text: "a" }, _meta }), {
          traceparent: parent,
        });
      const other = parent.replace("4bf9", "0000");
      await send({ traceparent: other, tracestate: "b=2" });
      await send({ traceparent: "none", tracestate: "b=2" });
      const traces = exchanges.map(({ trace }) => trace?.headers);
      expect(traces).toEqual([{ traceparent: other, tracestate: "b=2" }, { traceparent: parent }]);
    });
  });
});

describe("cancellation", () => {
  const call = (id: number) => request(id, "tools/call", { name: "tiny_echo", arguments: { text: `${id}` } });

  const send = (client: ClientSocket, app: RunningApp, message: unknown, ...more: string[]): void => {
    const body = JSON.stringify(message);
    const lines = ["Content-Type: application/json", "Authorization: Bearer both", ...more];
    client.send(
      headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, ...lines, `Content-Length: ${body.length}`),
    );
    client.send(body);
  };

  /** An app whose tool waits until it is released or cancelled, with its deadlines and observed calls. */
  const waiting = async (timeoutMs = 4000) => {
    const gate = createGate();
    const deadlines: Deadline[] = [];
    const observed: ObservedCall[] = [];
    const watchers = new Set<() => void>();
    const look = () => {
      for (const watcher of watchers) watcher();
    };
    const until = (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const watcher = () => {
          if (holds()) resolve();
        };
        watchers.add(watcher);
        watcher();
      });
    const app = await startApp({
      server: {
        timeoutMs,
        observe: (ended) => {
          observed.push(ended);
          look();
          return undefined;
        },
        connect: () => async (input, deadline) => {
          deadlines.push(deadline);
          look();
          await Promise.race([gate.promise, once(deadline.signal, "abort")]);
          deadline.signal.throwIfAborted();
          return input;
        },
      },
    });
    return {
      app,
      deadlines,
      observed,
      release: () => gate.open(),
      begun: (count: number) => until(() => deadlines.length >= count),
      ended: (count: number) => until(() => observed.length >= count),
    };
  };

  describe("a client that disconnects", () => {
    test.each(["Accept: application/json", "Accept: text/event-stream"])(
      "cancels its call, which is observed once (%s)",
      async (accept) => {
        const { app, deadlines, observed, begun, ended } = await waiting();
        const client = await openSocket(app.port);
        send(client, app, call(1), accept);
        await begun(1);
        client.leave();
        await ended(1);
        expect(deadlines[0]?.signal.aborted).toBe(true);
        expect((await app.ask({ path: "/livez" })).status).toBe(200);
        expect(observed.map(({ tool, error }) => [tool, error?.reason])).toEqual([
          ["tiny_echo", "CANCELLED"],
        ]);
      },
    );

    test("cancels every call of its batch", async () => {
      const { app, observed, begun, ended } = await waiting();
      const client = await openSocket(app.port);
      send(client, app, [call(1), call(2), call(3)]);
      await begun(3);
      client.leave();
      await ended(3);
      expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
    });

    test("cancels the call in progress, and starts none that it pipelined behind it", async () => {
      const { app, observed, begun, ended } = await waiting();
      const client = await openSocket(app.port);
      send(client, app, [1, 2, 3].map(call));
      for (let id = 4; id < 16; id += 1) send(client, app, call(id));
      await begun(3);
      client.leave();
      await ended(3);
      expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
    });

    test("cancels a call that it pipelined behind an answered one", async () => {
      const { app, deadlines, observed, begun, ended, release } = await waiting();
      const client = await openSocket(app.port);
      send(client, app, request(1, "tools/list"));
      send(client, app, call(2));
      await client.until(/"id":1/);
      await begun(1);
      client.leave();
      await ended(1);
      release();
      expect(deadlines[0]?.signal.aborted).toBe(true);
      expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED"]);
    });

    test("cancels no call of another client with the same id", async () => {
      const { app, observed, begun, ended, release } = await waiting();
      const leaving = await openSocket(app.port);
      send(leaving, app, call(1));
      const staying = app.post(call(1));
      await begun(2);
      leaving.leave();
      await ended(1);
      release();
      expect((await staying).json()).toMatchObject({ id: 1, result: { structuredContent: { text: "1" } } });
      expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED", undefined]);
    });

    test("cancels nothing after its response", async () => {
      const { app, deadlines, observed, release } = await waiting();
      release();
      const client = await openSocket(app.port);
      send(client, app, call(1));
      await client.until(/structuredContent/);
      client.leave();
      expect((await app.ask({ path: "/livez" })).status).toBe(200);
      expect(deadlines[0]?.signal.aborted).toBe(false);
      expect(observed.map(({ error, context }) => [error, context.signal.aborted])).toEqual([
        [undefined, false],
      ]);
    });

    test("is not logged as an error", async () => {
      const { app, begun, ended } = await waiting();
      const client = await openSocket(app.port);
      send(client, app, call(1));
      await begun(1);
      client.leave();
      await ended(1);
      await app.ask({ path: "/livez" });
      expect(app.logged.filter((line) => line.includes(" error: "))).toEqual([]);
    });

    test("during verification of its token calls no tool", async () => {
      const [began, gate] = [createGate(), createGate()];
      let connected = 0;
      const app = await startApp({
        access: {
          kind: "bearer",
          verify: async (token) => {
            if (token === "both") {
              began.open();
              await gate.promise;
            }
            return verifyTiny(token);
          },
        },
        server: {
          connect: () => {
            connected += 1;
            return (given) => given;
          },
        },
      });
      const client = await openSocket(app.port);
      send(client, app, call(1));
      await began.promise;
      client.leave();
      await client.closed();
      expect((await app.ask({ path: "/livez" })).status).toBe(200);
      gate.open();
      // This later call has finished, so the first one would have reached its tool.
      await app.post(call(2), { authorization: "Bearer reader" });
      expect(connected).toBe(1);
    });
  });

  describe("a call", () => {
    test("ends at its deadline with a result, and the connection stays open", async () => {
      const { app, observed } = await waiting(30);
      const client = await openSocket(app.port);
      send(client, app, call(1));
      expect(await client.until(/DEADLINE/)).toMatch(/^HTTP\/1\.1 200 [\s\S]*"isError":true/);
      client.send(headOf("GET /livez HTTP/1.1", "Host: a"));
      expect(await client.until(/"status":"ok"/)).toContain('"status":"ok"');
      expect(observed.map(({ error }) => error?.reason)).toEqual(["DEADLINE"]);
    });

    test("is not cancelled by a notification in another request", async () => {
      const { app, begun, release } = await waiting();
      const answer = app.post(call(1));
      await begun(1);
      const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
      expect((await app.post(cancel)).status).toBe(202);
      release();
      expect((await answer).json()).toMatchObject({ result: { structuredContent: { text: "1" } } });
    });

    test("that is slow delays no other", async () => {
      const { app, begun, release } = await waiting();
      const slow = app.post(call(1));
      await begun(1);
      expect((await app.post(request(2, "ping"))).json()).toEqual({ jsonrpc: "2.0", id: 2, result: {} });
      release();
      expect((await slow).status).toBe(200);
    });
  });
});

describe("mcp endpoint", () => {
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

    test("whose headers match its body is served, with the modern result fields", async () => {
      const app = await startApp();
      const headers = { ...MODERN, "mcp-method": "tools/call", "mcp-name": "=?base64?dGlueV9lY2hv?=" };
      const answer = await app.post(echo("tiny_echo"), headers);
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        id: 7,
        result: { resultType: "complete", structuredContent: { text: "a" } },
      });
    });

    test("is answered with an event stream if the client accepts nothing else", async () => {
      const app = await startApp();
      const headers = { ...MODERN, "mcp-method": "server/discover", accept: "text/event-stream" };
      const answer = await app.post(request(1, "server/discover", meta), headers);
      expect(answer.headers["content-type"]).toBe("text/event-stream");
      expect(answer.text).toContain('"supportedVersions":["2026-07-28",');
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
    ])("whose headers have %s returns 400 with its id, and calls no tool", async (_, headers) => {
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

    test("that is modern by its headers alone is accepted if it is a notification", async () => {
      const app = await startApp();
      const headers = { ...MODERN, "mcp-method": "notifications/cancelled" };
      const answer = await app.post(notification("notifications/cancelled", { requestId: 1 }), headers);
      expect([answer.status, answer.text]).toEqual([202, ""]);
    });

    test("of an unknown version returns 400 with the supported versions", async () => {
      const app = await startApp();
      const version = "2099-01-01";
      const params = { _meta: modernMeta({ "io.modelcontextprotocol/protocolVersion": version }) };
      const headers = { "mcp-protocol-version": version, "mcp-method": "tools/list" };
      const answer = await app.post(request(7, "tools/list", params), headers);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({
        id: 7,
        error: {
          code: -32022,
          data: {
            supported: expect.arrayContaining(["2026-07-28", "2025-11-25", "2024-10-07"]),
            requested: version,
          },
        },
      });
    });

    test("that is a notification must match its headers too", async () => {
      const app = await startApp();
      const cancelled = notification("notifications/cancelled", { ...meta, requestId: 1 });
      const headers = { ...MODERN, "mcp-method": "notifications/cancelled" };
      expect((await app.post(cancelled, headers)).status).toBe(202);
      const answer = await app.post(cancelled, { ...headers, "mcp-method": "tools/call" });
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32020)]);
    });

    test("for an unknown tool returns a result with status 200", async () => {
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
      "is answered in order, without entries for notifications: %j",
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
      "returns 400 in revision %s, and calls nothing",
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

    test("rejects a modern request in it with -32600 and serves the others", async () => {
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
    ])("of %i messages returns %i", async (size, status) => {
      const app = await startApp();
      const answer = await app.post(Array.from({ length: size }, (_, id) => request(id, "ping")));
      expect(answer.status).toBe(status);
      if (status === 200) expect(answer.json()).toHaveLength(size);
      else expect(answer.json()).toEqual(errorOf(-32600));
    });

    test("of notifications returns 202", async () => {
      const app = await startApp();
      const { status, text } = await app.post([notification("notifications/initialized")]);
      expect([status, text]).toEqual([202, ""]);
    });

    test("is one event if the client accepts only event streams", async () => {
      const app = await startApp();
      const answer = await app.post([PING, request(2, "ping")], { accept: "text/event-stream" });
      expect(answer.text).toMatch(/^event: message\ndata: \[\{.*"id":1.*"id":2.*\}\]\n\n$/);
    });

    test("checks the caller's scopes for each of its calls", async () => {
      const app = await startApp();
      const call = (id: number, name: string) =>
        request(id, "tools/call", { name, arguments: { text: "x" } });
      const messages = [call(1, "tiny_echo"), call(2, "tiny_write")];
      const answer = await app.post(messages, { authorization: "Bearer reader" });
      expect(answer.json()).toMatchObject([
        { id: 1, result: { structuredContent: { text: "x" } } },
        {
          id: 2,
          result: { isError: true, _meta: { "com.example.tiny/error": { code: "insufficient_scope" } } },
        },
      ]);
    });
  });
});

describe("messages", () => {
  const MIB = 1024 * 1024;
  const PING = request(1, "ping");
  const PONG = { jsonrpc: "2.0", id: 1, result: {} };
  const call = (name: string, text: string) => request(1, "tools/call", { name, arguments: { text } });
  const errorOf = (code: number, id: unknown = null) => ({
    jsonrpc: "2.0",
    id,
    error: { code, message: expect.any(String) },
  });

  /** An app with the contexts of all calls that reached its platform. */
  const watched = async () => {
    const exchanges: RequestContext[] = [];
    const connect = (exchange: RequestContext) => {
      exchanges.push(exchange);
      return (given: unknown) => given;
    };
    return { exchanges, app: await startApp({ server: { connect } }) };
  };

  describe("content negotiation", () => {
    test.each([
      {},
      { accept: "application/json" },
      { accept: "text/event-stream, application/json" },
      { accept: "*/*" },
    ])("returns JSON: %j", async (headers) => {
      const app = await startApp();
      const answer = await app.post(PING, headers);
      expect(answer.status).toBe(200);
      expect(answer.headers["content-type"]).toBe("application/json");
      expect(answer.json()).toEqual(PONG);
    });

    test("returns an event stream of one event to a client that accepts nothing else", async () => {
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

    test("returns 406 for an unsupported Accept, and calls no tool", async () => {
      const { app, exchanges } = await watched();
      const answer = await app.post(call("tiny_write", "a"), { accept: "text/html" });
      expect([answer.status, answer.json()]).toEqual([406, errorOf(-32600)]);
      expect(exchanges).toEqual([]);
    });

    test.each(["text/plain", "", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"])(
      "returns 415 for another Content-Type, and calls no tool: %j",
      async (type) => {
        const { app, exchanges } = await watched();
        const answer = await app.post(call("tiny_write", "a"), { "content-type": type });
        expect([answer.status, answer.json()]).toEqual([415, errorOf(-32600)]);
        expect(exchanges).toEqual([]);
      },
    );

    test("allows a charset in the Content-Type", async () => {
      const app = await startApp();
      const answer = await app.post(PING, { "content-type": "Application/JSON; charset=UTF-8" });
      expect(answer.json()).toEqual(PONG);
    });
  });

  describe("a compressed body", () => {
    test.each(["gzip", "br", "x-unknown", "identity, gzip"])(
      "returns 415 with the accepted coding, and calls no tool: %s",
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

    test("is served if the coding is identity", async () => {
      const app = await startApp();
      expect((await app.post(PING, { "content-encoding": "Identity" })).json()).toEqual(PONG);
    });
  });

  describe("a body", () => {
    const padded = (bytes: number) => JSON.stringify(PING).padEnd(bytes, " ");

    test("of 1 MiB is served", async () => {
      const app = await startApp();
      expect((await app.post(padded(MIB))).json()).toEqual(PONG);
    });

    test("of one byte more returns 413 and closes the connection", async () => {
      const app = await startApp();
      const answer = await app.post(padded(MIB + 1));
      expect([answer.status, answer.json()]).toEqual([413, errorOf(-32600)]);
      expect(answer.headers.connection).toBe("close");
    });

    test("in endless chunks returns 413 before it ends", async () => {
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
    ])("that is not JSON returns 400: %j", async (body) => {
      const app = await startApp();
      const answer = await app.post(body);
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32700)]);
    });

    test("that is not UTF-8 returns 400, and calls no tool", async () => {
      const { app, exchanges } = await watched();
      const body = Buffer.from(JSON.stringify(call("tiny_write", "é")), "latin1");
      const answer = await app.post(body);
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32700)]);
      expect(answer.text).toContain("UTF-8");
      expect(exchanges).toEqual([]);
    });

    test.each(["null", "1", '"ping"', "true", "{}", '{"jsonrpc":"1.0","method":"ping","id":null}'])(
      "that is JSON but not a message returns 400: %s",
      async (body) => {
        const app = await startApp();
        const answer = await app.post(body);
        expect([answer.status, answer.json()]).toEqual([400, errorOf(-32600)]);
      },
    );

    test("that is cut off calls nothing, and the server keeps serving", async () => {
      const { app, exchanges } = await watched();
      const body = JSON.stringify(call("tiny_write", "a"));
      const client = await openSocket(app.port);
      const lines = ["Content-Type: application/json", "Authorization: Bearer both"];
      client.send(
        headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, ...lines, `Content-Length: ${body.length + 1}`),
      );
      client.send(body);
      // Once the server has answered another request, it has read this far.
      expect((await app.post(PING)).status).toBe(200);
      client.leave();
      expect((await app.post(PING)).json()).toEqual(PONG);
      expect(exchanges).toEqual([]);
    });
  });

  describe("an id", () => {
    test.each([0, -1, 1.5, 9007199254740991, "", "0", "ü\n", "server-discover-probe-1"])(
      "is returned unchanged: %j",
      async (id) => {
        const app = await startApp();
        expect((await app.post(request(id, "ping"))).json()).toEqual({ jsonrpc: "2.0", id, result: {} });
      },
    );

    test.each(["null", "{}", "[]", "true", "1e400", "9007199254740993"])("cannot be %s", async (id) => {
      const app = await startApp();
      const answer = await app.post(`{"jsonrpc":"2.0","id":${id},"method":"ping"}`);
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32600)]);
    });

    test("is returned with the error of its request", async () => {
      const app = await startApp();
      const answer = await app.post({ jsonrpc: "2.0", id: "a", method: 1 });
      expect([answer.status, answer.json()]).toEqual([400, errorOf(-32600, "a")]);
    });
  });

  test.each(["application/json", "text/event-stream"])(
    "every %s body is well-formed Unicode",
    async (accept) => {
      const app = await startApp();
      const answer = await app.post('{"jsonrpc":"2.0","id":"\\ud83d","method":"ping","params":null}', {
        accept,
      });
      expect(answer.text).toContain('{"jsonrpc":"2.0","id":"\ufffd","result":{}}');
    },
  );

  describe("returns 202 without a body for", () => {
    test.each([
      ["a notification", notification("notifications/initialized")],
      ["a notification with null params", { jsonrpc: "2.0", method: "notifications/x", params: null }],
      ["a notification with invalid params", { jsonrpc: "2.0", method: "notifications/x", params: [1] }],
      ["an unknown notification", notification("constructor", { a: 1 })],
      ["the cancellation of an unknown request", notification("notifications/cancelled", { requestId: 1 })],
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
});

describe("a call that takes long", () => {
  const BOTH = "Accept: application/json, text/event-stream";

  /** An app on a manual clock, whose calls end when the gate opens. */
  const open = async (overrides: Parameters<typeof startApp>[0] = {}) => {
    const clock = manualClock();
    const gate = createGate();
    const begun = new Set<() => void>();
    const deadlines: Deadline[] = [];
    const run: TinyApi = async (input, deadline, progress) => {
      deadlines.push(deadline);
      progress({ message: "Asking", done: 1, total: 3 });
      for (const look of begun) look();
      await gate.promise;
      if (input.text === "fail") throw new Error("no");
      return input;
    };
    const app = await startApp({ clock, ...overrides, server: { connect: () => run, ...overrides.server } });
    const client = await openSocket(app.port);
    /** Sends a POST and waits until its calls run. */
    const send = async (
      message: unknown,
      accept = BOTH,
      calls = 1,
      more: readonly string[] = [],
    ): Promise<void> => {
      const expected = deadlines.length + calls;
      const body = JSON.stringify(message);
      const running = new Promise<void>((resolve) =>
        begun.add(() => {
          if (deadlines.length >= expected) resolve();
        }),
      );
      const head = ["POST /mcp HTTP/1.1", `Host: ${app.host}`, "Authorization: Bearer both", accept, ...more];
      client.send(headOf(...head, "Content-Type: application/json", `Content-Length: ${body.length}`) + body);
      await running;
    };
    return { app, clock, client, gate, deadlines, send };
  };
  const call = (id: unknown, _meta: object = {}, text = "hi") =>
    request(id, "tools/call", { name: "tiny_echo", arguments: { text }, _meta });
  /** The events and comments of an event stream. */
  const eventsIn = (received: string): unknown[] =>
    [...received.matchAll(/^(?:data: (.*)|(: .*))$/gm)].map(([, data, comment]) =>
      data === undefined ? comment : JSON.parse(data),
    );
  const RESULT = { id: 1, result: { structuredContent: { text: "hi" } } };

  test("is one JSON response if it ends within 10 seconds, whatever it reports", async () => {
    const { clock, client, gate, send } = await open();
    await send(call(1, { progressToken: 1 }));
    clock.advance(9999);
    gate.open();
    const received = await client.until(/structuredContent/);
    expect(received).toContain("application/json");
    expect(received).toContain("Content-Length".toLowerCase());
    clock.advance(60_000);
    expect(await client.until(/structuredContent/)).toBe(received);
  });

  test.each([
    ["both", BOTH, {}],
    ["event streams only", "Accept: text/event-stream", {}],
    [
      "both, in the modern era,",
      `${BOTH}\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: tiny_echo`,
      modernMeta(),
    ],
  ])("becomes an event stream with its progress for a client that accepts %s", async (_, accept, meta) => {
    const { clock, client, gate, send, app } = await open();
    await send(call(1, { ...meta, progressToken: "a" }), accept, 1, [
      "X-Request-Id: r-1",
      "Origin: https://pages.tiny.test",
    ]);
    clock.advance(10_000);
    const head = (await client.until(/Asking/)).toLowerCase();
    expect(head).toMatch(/^http\/1\.1 200 ok/);
    for (const line of [
      "content-type: text/event-stream",
      "cache-control: no-cache",
      "x-accel-buffering: no",
      "transfer-encoding: chunked",
      "x-request-id: r-1",
      "x-content-type-options: nosniff",
      "access-control-allow-origin: https://pages.tiny.test",
    ])
      expect(head).toContain(`\r\n${line}\r\n`);
    expect(head).not.toContain("content-length");
    expect(app.logged.filter((line) => line.includes("/mcp"))).toEqual([]);
    clock.advance(15_000);
    await client.until(/25 s/);
    gate.open();
    const received = await client.until(/\r\n0\r\n\r\n$/);
    clock.advance(60_000);
    expect(eventsIn(received)).toMatchObject([
      {
        method: "notifications/progress",
        params: { progressToken: "a", total: 3, message: "Asking (10 s)" },
      },
      {
        method: "notifications/progress",
        params: { progressToken: "a", total: 3, message: "Asking (25 s)" },
      },
      RESULT,
    ]);
    await app.ask({ path: "/livez" });
    expect(app.logged.filter((line) => line.includes("/mcp"))).toEqual([expect.stringContaining("r-1")]);
  });

  test("gets comments if it has no valid token", async () => {
    const { clock, client, gate, send } = await open();
    await send(call(1, { progressToken: 1.5 }));
    clock.advance(10_000);
    await client.until(/: keep-alive/);
    clock.advance(15_000);
    await client.until(/: keep-alive[\s\S]*: keep-alive/);
    gate.open();
    expect(eventsIn(await client.until(/\r\n0\r\n\r\n$/))).toMatchObject([
      ": keep-alive",
      ": keep-alive",
      RESULT,
    ]);
  });

  test.each(["Accept: application/json", "Accept: */*", "X-No-Accept: 1"])(
    "stays silent until its JSON response for a client with %s",
    async (accept) => {
      const { clock, client, gate, send } = await open();
      await send(call(1, { progressToken: 1 }), accept);
      clock.advance(120_000);
      gate.open();
      const received = await client.until(/structuredContent/);
      expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\ncontent-type: application\/json/);
      expect(received).not.toContain("progress");
    },
  );

  test("starts no timer for other requests", async () => {
    const { app, clock } = await open();
    await app.post(request(1, "tools/list"), { accept: "application/json, text/event-stream" });
    const none = new Promise((resolve) => setImmediate(resolve, "none"));
    expect(await Promise.race([clock.nextWait(), none])).toBe("none");
  });

  test("is canceled when its stream closes, and is logged as such", async () => {
    const observed: ObservedCall[] = [];
    const ended = createGate();
    const observe = (call: ObservedCall) => {
      observed.push(call);
      ended.open();
      return undefined;
    };
    const { app, clock, client, deadlines, send } = await open({ server: { observe } });
    await send(call(1, { progressToken: 1 }));
    // A signal is created when it is first read.
    const aborted = once(deadlines[0]?.signal ?? new EventTarget(), "abort");
    clock.advance(10_000);
    await client.until(/Asking/);
    client.leave();
    await aborted;
    await ended.promise;
    clock.advance(60_000);
    expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED"]);
    expect(app.logged.filter((line) => line.includes("error:"))).toEqual([]);
  });

  test("is finished although its stream closes, if it is a write that was sent", async () => {
    const observed: ObservedCall[] = [];
    const ended = createGate();
    const observe = (call: ObservedCall) => {
      observed.push(call);
      ended.open();
      return undefined;
    };
    const { app, clock, client, gate, deadlines, send } = await open({ server: { observe } });
    await send(call(1, { progressToken: 1 }));
    if (deadlines[0]) deadlines[0].isCommitted = () => true;
    clock.advance(10_000);
    await client.until(/Asking/);
    client.leave();
    await client.closed();
    expect((await app.ask({ path: "/livez" })).status).toBe(200);
    gate.open();
    await ended.promise;
    expect(observed.map(({ error, context }) => [error, context.signal.aborted])).toEqual([
      [undefined, true],
    ]);
  });

  test("that fails late sends its error in the stream", async () => {
    const { clock, client, gate, send } = await open();
    await send(call(1, { progressToken: 1 }, "fail"));
    clock.advance(10_000);
    gate.open();
    const received = await client.until(/\r\n0\r\n\r\n$/);
    expect(eventsIn(received).at(-1)).toMatchObject({ id: 1, result: { isError: true } });
  });

  test("is followed by the next request of its connection", async () => {
    const { clock, client, gate, send } = await open();
    await send(call(1));
    client.send(headOf("GET /livez HTTP/1.1", "Host: a"));
    clock.advance(10_000);
    await client.until(/: keep-alive/);
    gate.open();
    const received = await client.until(/"status":"ok"/);
    expect(received.indexOf("structuredContent")).toBeLessThan(received.indexOf('"status":"ok"'));
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
  });

  test("is finished at shutdown", async () => {
    const { app, clock, client, gate, send } = await open();
    await send(call(1));
    clock.advance(10_000);
    await client.until(/: keep-alive/);
    const stopped = app.stop();
    clock.advance(15_000);
    await client.until(/: keep-alive[\s\S]*: keep-alive/);
    gate.open();
    expect(eventsIn(await client.closed()).at(-1)).toMatchObject(RESULT);
    await stopped;
  });

  describe("in a batch", () => {
    const BATCHING = `${BOTH}\r\nMCP-Protocol-Version: 2025-03-26`;

    test("reports its own progress, and the batch is kept alive", async () => {
      const { clock, client, gate, send } = await open();
      await send([call(1, { progressToken: "a" }), call(2), call(3, { progressToken: "c" })], BATCHING, 3);
      clock.advance(10_000);
      await client.until(/"c"/);
      gate.open();
      const events = eventsIn(await client.until(/\r\n0\r\n\r\n$/));
      expect(events.filter((event) => event !== ": keep-alive")).toMatchObject([
        { params: { progressToken: "a", message: "Asking (10 s)" } },
        { params: { progressToken: "c", message: "Asking (10 s)" } },
        [RESULT, { id: 2 }, { id: 3 }],
      ]);
      expect(events[0]).toBe(": keep-alive");
    });

    test("is one JSON response if the batch ends within 10 seconds", async () => {
      const { clock, client, gate, send } = await open();
      await send([call(1, { progressToken: "a" }), request(2, "ping")], BATCHING);
      clock.advance(9999);
      gate.open();
      expect(await client.until(/structuredContent/)).toMatch(/content-type: application\/json/i);
    });

    test("stays silent if the client accepts JSON alone", async () => {
      const { clock, client, gate, send } = await open();
      const accept = "Accept: application/json\r\nMCP-Protocol-Version: 2025-03-26";
      await send([call(1, { progressToken: "a" })], accept);
      clock.advance(60_000);
      gate.open();
      expect(await client.until(/structuredContent/)).toMatch(
        /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\ncontent-type: application\/json/,
      );
    });
  });
});

describe("a tool that readers may ask for", () => {
  const catalog = createCatalog(
    TINY_TOOLS.map(toToolDefinition).map((definition) => ({
      ...definition,
      access: { ...definition.access, ...(definition.kind === "write" && { listedFor: ["tiny:read"] }) },
    })),
    async () => TINY_TOOLS,
  );
  const READER = { authorization: "Bearer reader" };
  const write = request(1, "tools/call", { name: "tiny_write", arguments: { text: "a" } });
  const echo = request(2, "tools/call", { name: "tiny_echo", arguments: { text: "a" } });

  test.each<[what: string, message: unknown, headers: Record<string, string>]>([
    ["alone", write, {}],
    ["with invalid arguments", request(1, "tools/call", { name: "tiny_write", arguments: 7 }), {}],
    ["in a batch", [echo, write], {}],
    ["of another protocol version", write, { "mcp-protocol-version": "2025-06-18" }],
  ])("is answered with the scope, without running anything: %s", async (_, message, headers) => {
    const calls: unknown[] = [];
    const app = await startApp({ server: { catalog, connect: () => (given) => calls.push(given) } });
    const answer = await app.post(message, { ...READER, ...headers });
    expect([answer.status, answer.text, calls]).toEqual([403, "", []]);
    expect(answer.headers["www-authenticate"]).toMatch(
      /^Bearer error="insufficient_scope", scope="tiny:write", resource_metadata="https:[^"]+", error_description="tiny_write requires/,
    );
    expect(app.logged.join()).toContain("tiny_write requires the tiny:write scope");
  });

  test("is readable by pages of allowed origins, unlike other refusals", async () => {
    const app = await startApp({ server: { catalog } });
    const { headers } = await app.post(write, { ...READER, origin: PAGE_ORIGIN });
    expect(headers["access-control-allow-origin"]).toBe(PAGE_ORIGIN);
    expect(headers["access-control-expose-headers"]).toContain("WWW-Authenticate");
    const foreign = await app.post(write, { ...READER, origin: PAGE_ORIGIN, host: "evil.test" });
    expect([foreign.status, foreign.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
  });

  test.each<[what: string, message: unknown, headers: Record<string, string>]>([
    ["the call of one who may", write, { authorization: "Bearer both" }],
    ["another tool's call", echo, READER],
    ["an unknown tool's call", request(1, "tools/call", { name: "unheard_of" }), READER],
    ["a call without a name", request(1, "tools/call", { name: 7 }), READER],
    ["another method", request(1, "tools/list", { name: "tiny_write" }), READER],
  ])("changes nothing for %s", async (_, message, headers) => {
    const app = await startApp({ server: { catalog } });
    const plain = await startApp();
    const [{ status, text }, before] = [await app.post(message, headers), await plain.post(message, headers)];
    expect(status).toBe(before.status);
    expect(text).not.toContain("tiny:write");
    // The tool itself is listed, of course.
    if (!text.includes("tiny_write")) expect(text).toBe(before.text);
  });

  test("is a result without that option", async () => {
    const { status, text } = await (await startApp()).post(write, READER);
    expect([status, text]).toEqual([200, expect.stringContaining("insufficient_scope")]);
  });
});
