import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  type CallToolResult,
  CallToolResultSchema,
  EmptyResultSchema,
  InitializeResultSchema,
  JSONRPCMessageSchema,
  ListPromptsResultSchema,
  ListResourcesResultSchema,
  ListResourceTemplatesResultSchema,
  ListToolsResultSchema,
  type Implementation as SdkImplementation,
  type ProgressNotification as SdkProgressNotification,
  type RequestId as SdkRequestId,
  type Tool as SdkTool,
  type ToolAnnotations as SdkToolAnnotations,
  ToolSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { ZodType } from "zod";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import type {
  Implementation,
  McpTransport,
  ProgressNotification,
  RequestId,
  ToolAnnotations,
  ToolResult,
  WireTool,
} from "../../../src/mcp/types.ts";
import { TOOL_DEFINITIONS } from "../../../src/platforms/lightfast/catalog.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import type { StdioTransport } from "../../../src/transports/stdio.ts";
import { exchange, modernMeta, tinyServer } from "../../support/tiny-server.ts";

/** Ours are read-only throughout; the SDK's types are not. */
type Mutable<T> = { -readonly [Key in keyof T]: Mutable<T[Key]> };

describe("types match the SDK's", () => {
  test("a tool, except for its open schemas", () => {
    type Open = "inputSchema" | "outputSchema";
    expectTypeOf<Mutable<Omit<WireTool, Open>>>().toExtend<Omit<SdkTool, Open>>();
    expectTypeOf<ToolAnnotations>().toExtend<SdkToolAnnotations>();
    expectTypeOf<WireTool["inputSchema"]["type"]>().toEqualTypeOf<SdkTool["inputSchema"]["type"]>();
  });

  test("results, request ids and server info", () => {
    expectTypeOf<Mutable<ToolResult>>().toExtend<CallToolResult>();
    expectTypeOf<RequestId>().toEqualTypeOf<SdkRequestId>();
    expectTypeOf<Mutable<Implementation>>().toExtend<SdkImplementation>();
    expectTypeOf<Omit<ProgressNotification, "jsonrpc">>().toExtend<SdkProgressNotification>();
  });

  test("the SDK's transports are accepted", () => {
    expectTypeOf<Transport>().toExtend<McpTransport>();
    expectTypeOf<InMemoryTransport>().toExtend<McpTransport>();
    expectTypeOf<StdioTransport>().toExtend<Transport>();
    const [near] = InMemoryTransport.createLinkedPair();
    near satisfies McpTransport;
  });
});

const dispatch = createDispatch(tinyServer());

async function ask(method: string, params: JsonObject = {}): Promise<JsonObject> {
  const response = await dispatch({ id: 1, method, params }, exchange());
  expect(JSONRPCMessageSchema.parse(response)).toEqual(response);
  if ("error" in response) throw new Error(response.error.message);
  return response.result;
}

describe("results match the SDK's schemas", () => {
  const RESULTS: readonly [method: string, schema: ZodType, params?: JsonObject][] = [
    ["initialize", InitializeResultSchema, { protocolVersion: "2025-11-25" }],
    ["ping", EmptyResultSchema],
    ["tools/list", ListToolsResultSchema],
    ["resources/list", ListResourcesResultSchema],
    ["resources/templates/list", ListResourceTemplatesResultSchema],
    ["prompts/list", ListPromptsResultSchema],
    ["tools/call", CallToolResultSchema, { name: "tiny_echo", arguments: { text: "hi" } }],
    ["tools/call", CallToolResultSchema, { name: "tiny_echo", arguments: {} }],
    ["tools/call", CallToolResultSchema, { name: "nothing" }],
  ];

  test.each(RESULTS)("%s", async (method, schema, params) => {
    const result = await ask(method, params);
    expect(schema.parse(result)).toEqual(result);
  });

  test.each(RESULTS.filter(([method]) => method.startsWith("tools/")))(
    "%s, modern",
    async (method, schema, params) => {
      const result = await ask(method, { ...params, _meta: modernMeta() });
      expect(schema.parse(result)).toEqual(result);
    },
  );

  test.each(TOOL_DEFINITIONS.map(({ wire }) => wire))("$name", (wire) => {
    expect(ToolSchema.parse(wire)).toEqual(wire);
  });
});

test("errors match the SDK's schema, except those without an id, which it lacks", async () => {
  for (const [method, params] of [
    ["no/such", {}],
    ["tools/call", {}],
    ["tools/list", { _meta: { "io.modelcontextprotocol/protocolVersion": "2099-01-01" } }],
  ] as const) {
    const response = await dispatch({ id: "a", method, params }, exchange());
    expect(JSONRPCMessageSchema.parse(response)).toEqual(response);
  }
});
