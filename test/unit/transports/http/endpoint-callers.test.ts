import { describe, expect, test } from "vitest";
import type { Exchange } from "../../../../src/mcp/server.ts";
import { startApp } from "../../../support/http-app.ts";
import { request } from "../../../support/wire.ts";

const PING = request(1, "ping");
const PONG = { jsonrpc: "2.0", id: 1, result: {} };
const call = (name: string, text: string) => request(1, "tools/call", { name, arguments: { text } });

/** An app that tells of each call that reached its platform. */
const watched = async () => {
  const exchanges: Exchange[] = [];
  const connect = (exchange: Exchange) => {
    exchanges.push(exchange);
    return (given: unknown) => given;
  };
  return { exchanges, app: await startApp({ server: { connect } }) };
};

describe("a request of the legacy era", () => {
  test.each(["nonsense", "constructor", "__proto__", "server/nothing"])(
    "for a method that is not there is an error within 200: %s",
    async (method) => {
      const app = await startApp();
      const answer = await app.post(request(1, method));
      expect([answer.status, answer.json()]).toEqual([
        200,
        { jsonrpc: "2.0", id: 1, error: expect.objectContaining({ code: -32601 }) },
      ]);
    },
  );

  test("needs no request before it, and no version", async () => {
    const app = await startApp();
    expect((await app.post(call("tiny_echo", "a"))).json()).toMatchObject({
      result: { structuredContent: { text: "a" } },
    });
  });

  test("of a version that nobody speaks is 400", async () => {
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
  test("sees and runs what their scopes grant, beside others who see and run what theirs do", async () => {
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
      result: { isError: true, _meta: { "ai.lightfast/error": { code: "insufficient_scope" } } },
    });
    expect(refused.text).toContain("tiny:write");
    expect(exchanges).toEqual([]);
  });

  test("is told of a tool that is not there in a result", async () => {
    const app = await startApp();
    const answer = await app.post(call("toString", "a"));
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({
      result: { isError: true, _meta: { "ai.lightfast/error": { code: "unsupported_tool" } } },
    });
  });
});

describe("what a tool's platform is told of its request", () => {
  const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const told = async (headers: Record<string, string | string[]>) => {
    const { app, exchanges } = await watched();
    await app.post(call("tiny_echo", "a"), headers);
    return exchanges[0];
  };

  test("is its id, as the client has it", async () => {
    expect((await told({ "x-request-id": "r-7" }))?.requestId).toBe("r-7");
  });

  test("is its caller", async () => {
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
    [{ tracestate: "a=1" }, {}],
    [{ traceparent: parent.toUpperCase(), tracestate: "a=1" }, {}],
    [{ traceparent: parent.slice(1) }, {}],
    [{ traceparent: `${parent}\t00` }, {}],
    [{ traceparent: [parent, parent] }, {}],
    [{ traceparent: "" }, {}],
    [{ traceparent: parent.replace("00-", "01-") }, { traceparent: parent.replace("00-", "01-") }],
    [{ traceparent: parent.replace("00-", "ff-"), tracestate: "a=1" }, {}],
    [{ traceparent: `00-${"0".repeat(32)}-00f067aa0ba902b7-01`, tracestate: "a=1" }, {}],
    [{ traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${"0".repeat(16)}-01`, tracestate: "a=1" }, {}],
  ])("is its trace where that is valid: %j", async (headers, trace) => {
    expect((await told(headers))?.trace).toEqual(trace);
  });
});
