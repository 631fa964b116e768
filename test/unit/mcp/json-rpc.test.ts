import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  classify,
  errorResponse,
  ProtocolError,
  RPC,
  resultResponse,
  runBatch,
  serializeMessage,
  serializeOnce,
} from "../../../src/mcp/json-rpc.ts";
import { isObject } from "../../../src/shared/json.ts";

const request = { jsonrpc: "2.0", id: 1, method: "ping" };

describe("a request", () => {
  test.each([1, 0, -1, 1.5, 2 ** 53 - 1, "", "a", "9007199254740993"])("may have the id %j", (id) => {
    expect(classify({ ...request, id })).toEqual({ kind: "request", id, method: "ping", params: {} });
  });

  test("keeps its params", () => {
    const params = { name: "x", _meta: { progressToken: 1 } };
    expect(classify({ ...request, params })).toMatchObject({ kind: "request", params });
  });

  test("may have null params, as if there were none", () => {
    expect(classify({ ...request, params: null })).toMatchObject({ kind: "request", params: {} });
  });

  test("may have unknown members", () => {
    expect(classify({ ...request, extra: true })).toMatchObject({ kind: "request" });
  });

  test("may also have a result", () => {
    expect(classify({ ...request, result: {} })).toMatchObject({ kind: "request" });
  });
});

test("a message without an id is a notification", () => {
  expect(classify({ jsonrpc: "2.0", method: "notifications/initialized" })).toEqual({
    kind: "notification",
    method: "notifications/initialized",
    params: {},
  });
});

test.each([null, undefined, 1, "a", []])("a notification with the params %j is never invalid", (params) => {
  const message = { jsonrpc: "2.0", method: "notifications/x", params };
  expect(classify(message)).toEqual({ kind: "notification", method: "notifications/x", params: {} });
});

test.each([
  { jsonrpc: "2.0", id: 1, result: {} },
  { jsonrpc: "2.0", id: 1, error: { code: -1, message: "no" } },
  { jsonrpc: "2.0", id: null, error: { code: -1, message: "no" } },
  { id: 1, result: null },
])("%j is a response", (message) => {
  expect(classify(message)).toMatchObject({ kind: "response" });
});

describe("an invalid message", () => {
  test.each([null, undefined, true, 0, "ping", [], [request]])("%j must be an object", (value) => {
    expect(classify(value)).toEqual({
      kind: "invalid",
      id: null,
      reason: "a message must be a JSON object",
    });
  });

  const OBJECTS: readonly [object, id: unknown, reason: RegExp][] = [
    [{}, null, /"jsonrpc"/],
    [{ ...request, jsonrpc: undefined }, 1, /"jsonrpc"/],
    [{ ...request, jsonrpc: "1.0" }, 1, /"jsonrpc"/],
    [{ ...request, jsonrpc: 2 }, 1, /"jsonrpc"/],
    [{ jsonrpc: "2.0", id: 7 }, 7, /"method"/],
    [{ ...request, method: 1 }, 1, /"method"/],
    [{ ...request, method: null }, 1, /"method"/],
    [{ ...request, id: null }, null, /"id"/],
    [{ ...request, id: true }, null, /"id"/],
    [{ ...request, id: {} }, null, /"id"/],
    [{ ...request, id: Number.POSITIVE_INFINITY }, null, /"id"/],
    [{ ...request, params: [] }, 1, /"params"/],
    [{ ...request, params: "x" }, 1, /"params"/],
    // Parsing rounds 9007199254740993, so echoing it would name another request.
    [{ ...request, id: JSON.parse("9007199254740993") }, null, /"id"/],
    [{ ...request, id: -(2 ** 53) }, null, /"id"/],
    [{ ...request, id: 1e21 }, null, /"id"/],
  ];
  test.each(OBJECTS)("%j has the id %j", (message, id, reason) => {
    expect(classify(message)).toEqual({ kind: "invalid", id, reason: expect.stringMatching(reason) });
  });
});

test.each([
  [{}, true],
  [Object.create(null), true],
  [[], false],
  [null, false],
  ["", false],
])("%j is an object: %j", (value, is) => {
  expect(isObject(value)).toBe(is);
});

test("a response has the id of its request", () => {
  expect(resultResponse(0, { a: 1 })).toEqual({ jsonrpc: "2.0", id: 0, result: { a: 1 } });
  expect(errorResponse("", RPC.internalError, "no")).toEqual({
    jsonrpc: "2.0",
    id: "",
    error: { code: -32603, message: "no" },
  });
});

test("an error without data has no data member", () => {
  expect(errorResponse(null, RPC.parseError, "no")).not.toHaveProperty("error.data");
  expect(errorResponse(null, RPC.parseError, "no", null)).toHaveProperty("error.data", null);
});

test("a protocol error carries its code and data", () => {
  const error = new ProtocolError(RPC.invalidParams, "no", { a: 1 });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "ProtocolError", rpcCode: -32602, message: "no", data: { a: 1 } });
});

describe("serializing", () => {
  const result = { tools: [{ name: "größe", text: "\ud83d" }] };

  test("writes a shared result once, with the id of each response", () => {
    let reads = 0;
    const shared = serializeOnce({
      get tools() {
        reads += 1;
        return result.tools;
      },
    });
    const texts = [1, 'a"b', "\ud83d"].map((id) => serializeMessage(resultResponse(id, shared)));
    expect(texts).toEqual(
      [1, 'a"b', "\ufffd"].map((id) =>
        JSON.stringify({ jsonrpc: "2.0", id, result: { tools: [{ name: "größe", text: "\ufffd" }] } }),
      ),
    );
    expect(reads).toBe(1);
  });

  test("writes a batch as one array", () => {
    const responses = [resultResponse(1, serializeOnce({})), errorResponse(null, -32600, "no")];
    expect(JSON.parse(serializeMessage(responses))).toEqual(responses);
  });
});

describe("a batch", () => {
  const MIB = 1024 * 1024;
  const batchOf = (count: number) => Array.from({ length: count }, (_, id) => ({ ...request, id }));

  test("runs in order, eight requests at a time", async () => {
    const begun: unknown[] = [];
    let running = 0;
    let most = 0;
    const responses = await runBatch(batchOf(50), async (incoming) => {
      if (incoming.kind !== "request") return undefined;
      begun.push(incoming.id);
      running += 1;
      most = Math.max(most, running);
      for (let turns = incoming.id === 0 ? 20 : 1; turns > 0; turns -= 1) await setImmediate();
      running -= 1;
      return resultResponse(incoming.id, {});
    });
    expect(most).toBe(8);
    expect(begun).toEqual(batchOf(50).map(({ id }) => id));
    expect(responses?.map((response) => response.id)).toEqual(begun);
  });

  test("runs no request once the responses are over 2 MiB, and reports those it did not run", async () => {
    const run: unknown[] = [];
    const shared = serializeOnce({ text: "x".repeat(MIB) });
    const messages = [...batchOf(20), { jsonrpc: "2.0", method: "notifications/cancelled" }];
    let notifications = 0;
    const responses = await runBatch(messages, async (incoming) => {
      if (incoming.kind !== "request") {
        notifications += 1;
        return undefined;
      }
      run.push(incoming.id);
      return resultResponse(incoming.id, shared);
    });
    expect(run.length).toBeGreaterThanOrEqual(2);
    expect(run.length).toBeLessThanOrEqual(2 + 8);
    expect(notifications).toBe(1);
    expect(responses?.map((response) => response.id)).toEqual(batchOf(20).map(({ id }) => id));
    for (const response of responses ?? []) {
      expect("result" in response).toBe(run.includes(response.id));
      if ("error" in response) {
        expect(response.error.code).toBe(-32600);
        expect(response.error.message).toMatch(/^Invalid request: not run, .* Send it in another batch$/);
      }
    }
  });

  test("of notifications has no responses", async () => {
    expect(await runBatch([{ jsonrpc: "2.0", method: "a" }], () => undefined)).toBeUndefined();
  });
});
