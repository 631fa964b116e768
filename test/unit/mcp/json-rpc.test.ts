import { describe, expect, test } from "vitest";
import { classify, errorResponse, ProtocolError, RPC, resultResponse } from "../../../src/mcp/json-rpc.ts";
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
  expect(classify(message)).toEqual({ kind: "response" });
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
