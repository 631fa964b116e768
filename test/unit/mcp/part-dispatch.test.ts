import { describe, expect, test } from "vitest";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import type { JsonRpcResponse } from "../../../src/mcp/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { callerWith, exchange, TINY_INFO, type TinyServer, tinyServer } from "../../support/tiny-server.ts";

const ask = (
  method: string,
  params: JsonObject = {},
  server: TinyServer = tinyServer(),
  circumstances = exchange(),
): Promise<JsonRpcResponse> => createDispatch(server)({ id: 7, method, params }, circumstances);

const resultOf = async (...args: Parameters<typeof ask>): Promise<JsonObject> => {
  const response = await ask(...args);
  if ("error" in response) throw new Error(`unexpected error ${JSON.stringify(response.error)}`);
  return response.result;
};

describe("initialize", () => {
  test("answers with the client's revision, our name and what we offer", async () => {
    expect(await ask("initialize", { protocolVersion: "2025-06-18" })).toEqual({
      jsonrpc: "2.0",
      id: 7,
      result: {
        protocolVersion: "2025-06-18",
        capabilities: { tools: {} },
        serverInfo: TINY_INFO,
        instructions: "Echo.",
      },
    });
  });

  test.each([{}, { protocolVersion: "1999-01-01" }, { protocolVersion: 3 }])(
    "offers the newest revision to %j",
    async (params) => {
      expect((await resultOf("initialize", params)).protocolVersion).toBe("2025-11-25");
    },
  );
});

test("ping is answered with an empty result", async () => {
  expect(await ask("ping")).toEqual({ jsonrpc: "2.0", id: 7, result: {} });
});

test.each([
  ["resources/list", { resources: [] }],
  ["resources/templates/list", { resourceTemplates: [] }],
  ["prompts/list", { prompts: [] }],
])("%s is empty rather than an error", async (method, result) => {
  expect(await resultOf(method)).toEqual(result);
});

describe("tools/list", () => {
  const names = (result: JsonObject) => (result.tools as { name: string }[]).map((tool) => tool.name);

  test("lists the tools by name, without legacy clients' unknown members", async () => {
    const result = await resultOf("tools/list");
    expect(Object.keys(result)).toEqual(["tools"]);
    expect(names(result)).toEqual(["tiny_drop", "tiny_echo", "tiny_write"]);
  });

  test("lists only what the caller may use", async () => {
    const circumstances = exchange({ caller: callerWith("tiny:read") });
    expect(names(await resultOf("tools/list", {}, tinyServer(), circumstances))).toEqual(["tiny_echo"]);
  });

  test("needs no handler to be loaded", async () => {
    const server = tinyServer();
    const open = () => Promise.reject(new Error("not now"));
    expect(
      await resultOf("tools/list", {}, { ...server, catalog: { ...server.catalog, open } }),
    ).toBeDefined();
  });
});

describe("tools/call", () => {
  test("runs the tool", async () => {
    const result = await resultOf("tools/call", { name: "tiny_echo", arguments: { text: "hi" } });
    expect(result).toEqual({
      content: [{ type: "text", text: '{"text":"hi"}' }],
      structuredContent: { text: "hi" },
    });
  });

  test.each([{}, { name: 1 }, { name: null }, { name: ["tiny_echo"] }])("refuses %j", async (params) => {
    expect(await ask("tools/call", params)).toMatchObject({
      id: 7,
      error: { code: -32602, message: expect.stringContaining('"name"') },
    });
  });

  test.each(["nothing", "", "constructor", "__proto__", "toString"])("knows no tool %j", async (name) => {
    const result = await resultOf("tools/call", { name });
    expect(result).toMatchObject({ isError: true });
    expect(JSON.stringify(result)).toContain("unsupported_tool");
  });
});

describe("what is not a method", () => {
  test.each([
    "tools/unknown",
    "",
    "constructor",
    "__proto__",
    "hasOwnProperty",
    "toString",
    "logging/setLevel",
    "completion/complete",
    "subscriptions/listen",
    "Ping",
  ])("%j is answered with -32601", async (method) => {
    expect(await ask(method)).toEqual({
      jsonrpc: "2.0",
      id: 7,
      error: { code: -32601, message: `Method not found: ${method}` },
    });
  });

  test("a long name is quoted in part", async () => {
    const response = await ask("x".repeat(10_000));
    expect(JSON.stringify(response).length).toBeLessThan(300);
  });

  test("server/discover needs the _meta of its own era", async () => {
    expect(await ask("server/discover")).toMatchObject({ error: { code: -32602 } });
  });
});

test("a request that the client cancelled rejects instead of being answered", async () => {
  const cancelled = new Error("cancelled");
  const server = tinyServer({ connect: () => () => Promise.reject(new Error("late")) });
  const params = { name: "tiny_echo", arguments: { text: "hi" } };
  const circumstances = exchange({ signal: AbortSignal.abort(cancelled) });
  await expect(ask("tools/call", params, server, circumstances)).rejects.toBe(cancelled);
});
