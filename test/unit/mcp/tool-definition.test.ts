import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type AnyTool, defineTool, type ToolKind } from "../../../src/mcp/tool.ts";
import { toToolDefinition } from "../../../src/mcp/tool-definition.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { TINY_TOOLS } from "../../support/tiny-server.ts";

const echo = TINY_TOOLS[1] as AnyTool<unknown>;
function inputOf(input: z.ZodObject) {
  return toToolDefinition(defineTool({ ...echo, input })).wire.inputSchema;
}

function propertiesOf(shape: z.ZodRawShape): JsonObject {
  return inputOf(z.object(shape)).properties as JsonObject;
}

test("a definition is the tool without its code", () => {
  expect(toToolDefinition(echo)).toEqual({
    kind: "read",
    access: { anyOf: ["tiny:read", "tiny:all"] },
    wire: {
      name: "tiny_echo",
      title: "The tool tiny_echo",
      description: "Does tiny_echo.",
      inputSchema: {
        type: "object",
        properties: {
          text: { type: "string" },
          times: expect.objectContaining({ type: "integer", maximum: 9 }),
        },
        required: ["text"],
        additionalProperties: false,
      },
      outputSchema: {
        type: "object",
        properties: { text: { type: "string" }, times: { type: "number" } },
        required: ["text"],
      },
      annotations: {
        readOnlyHint: true,
        destructiveHint: false,
        idempotentHint: true,
        openWorldHint: true,
      },
    },
  });
});

test("a definition is plain JSON", () => {
  const definition = toToolDefinition(echo);
  expect(JSON.parse(JSON.stringify(definition))).toEqual(definition);
});

test.each<[ToolKind, readOnly: boolean, destructive: boolean, idempotent: boolean]>([
  ["read", true, false, true],
  ["write", false, false, false],
  ["destructive", false, true, false],
])("a %s tool promises readOnly %j, destructive %j, idempotent %j", (kind, ...promises) => {
  const { annotations } = toToolDefinition(defineTool({ ...echo, kind })).wire;
  expect([annotations.readOnlyHint, annotations.destructiveHint, annotations.idempotentHint]).toEqual(
    promises,
  );
  expect(annotations.openWorldHint).toBe(true);
});

test("only a tool that calls nothing promises a closed world", () => {
  const isOpen = (isLocal?: boolean) =>
    toToolDefinition(defineTool({ ...echo, isLocal })).wire.annotations.openWorldHint;
  expect([undefined, false, true].map(isOpen)).toEqual([true, true, false]);
});

test("a tool with which conversations start says so to clients that defer tools", () => {
  const { wire } = toToolDefinition(
    defineTool({ ...echo, alwaysLoad: true, resultLimit: { maxChars: 99_000 } }),
  );
  expect(wire._meta).toEqual({ "anthropic/alwaysLoad": true, "anthropic/maxResultSizeChars": 99_000 });
  expect(toToolDefinition(defineTool({ ...echo, alwaysLoad: false })).wire).not.toHaveProperty("_meta");
});

describe("a schema", () => {
  test("without parameters still has properties", () => {
    expect(inputOf(z.object({}))).toEqual({ type: "object", properties: {} });
  });

  test("has no $schema", () => {
    expect(JSON.stringify(inputOf(z.object({ a: z.string() })))).not.toContain("$schema");
  });

  test("closes only strict objects", () => {
    expect(inputOf(z.strictObject({})).additionalProperties).toBe(false);
    expect(inputOf(z.object({}))).not.toHaveProperty("additionalProperties");
    expect(inputOf(z.looseObject({}))).not.toHaveProperty("additionalProperties");
  });

  test("repeats shared schemas inline", () => {
    const part = z.object({ a: z.string() });
    const text = JSON.stringify(inputOf(z.object({ one: part, two: part })));
    expect(text).not.toMatch(/\$(?:ref|defs)/);
  });

  test("does not require fields with a default", () => {
    expect(inputOf(z.object({ limit: z.number().default(50) }))).not.toHaveProperty("required");
  });

  test("carries descriptions, but no examples or defaults", () => {
    const a = z
      .string()
      .default("x")
      .describe("An a.")
      .meta({ examples: ["x"] });
    expect(propertiesOf({ a })).toEqual({ a: { type: "string", description: "An a." } });
  });
});

describe("a published schema has only what every client and model runtime accepts", () => {
  test.each<[string, z.ZodType, object]>([
    ["a length", z.string().min(1).max(4000), { type: "string", description: "1-4000 characters." }],
    ["a length up to a limit", z.string().max(200), { type: "string", description: "Up to 200 characters." }],
    ["a string that is not empty", z.string().min(1), { type: "string" }],
    ["a length from a limit", z.string().min(2), { type: "string", description: "At least 2 characters." }],
    ["an object of unknown fields", z.looseObject({}), { type: "object" }],
    [
      "a length that is described",
      z.string().max(90).describe("At most 90."),
      { type: "string", description: "At most 90." },
    ],
    [
      "the length of an array",
      z.array(z.boolean()).max(3),
      { type: "array", items: { type: "boolean" }, description: "Up to 3 items." },
    ],
    [
      "a format",
      z.email().describe("An email address."),
      { type: "string", description: "An email address." },
    ],
    ["an escape in a pattern", z.string().regex(/^\d+$/), { type: "string" }],
    ["a group in a pattern", z.string().regex(/^(?:a|b)$/), { type: "string" }],
    ["a slash in a pattern", z.string().regex(/^a\/b$/), { type: "string" }],
    ["a long repetition in a pattern", z.string().regex(/^a{2000}$/), { type: "string" }],
    ["an unanchored pattern", z.string().regex(/a/), { type: "string" }],
    [
      "a plain pattern",
      z.string().regex(/^id_[0-9a-f]{8}-[A-Za-z]+$/),
      { type: "string", pattern: "^id_[0-9a-f]{8}-[A-Za-z]+$" },
    ],
    [
      "a record",
      z.record(z.string().max(9), z.string()).describe("Texts by name."),
      { type: "object", description: "Texts by name." },
    ],
    [
      "a nullable string",
      z.string().nullable().describe("A."),
      { anyOf: [{ type: "string" }, { type: "null" }], description: "A." },
    ],
    ["a literal", z.literal("a"), { type: "string", enum: ["a"] }],
    [
      "a choice",
      z.discriminatedUnion("a", [z.object({ a: z.literal(1) })]),
      { anyOf: [{ type: "object", properties: { a: { type: "number", enum: [1] } }, required: ["a"] }] },
    ],
    ["small bounds", z.int().min(1).max(100), { type: "integer", minimum: 1, maximum: 100 }],
    ["the bounds of every integer", z.int(), { type: "integer" }],
    ["a bound that is excluded", z.number().gt(0), { type: "number" }],
  ])("%s", (_, schema, published) => {
    expect(propertiesOf({ a: schema }).a).toEqual(published);
    expect(propertiesOf({ a: z.object({ b: z.array(schema) }) }).a).toMatchObject({
      properties: { b: { items: published } },
    });
  });
});

test("a defined tool is frozen", () => {
  expect(Object.isFrozen(echo)).toBe(true);
});

test("a tool names the page that shows its results", () => {
  const { wire } = toToolDefinition(defineTool({ ...echo, view: "ui://tiny/card.html" }));
  expect(wire._meta).toEqual({ ui: { resourceUri: "ui://tiny/card.html" } });
});
