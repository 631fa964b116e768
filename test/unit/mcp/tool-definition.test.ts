import { describe, expect, test } from "vitest";
import * as z from "zod";
import { type AnyTool, defineTool, type ToolKind } from "../../../src/mcp/tool.ts";
import { toToolDefinition } from "../../../src/mcp/tool-definition.ts";
import { TINY_TOOLS } from "../../support/tiny-server.ts";

const echo = TINY_TOOLS[1] as AnyTool<unknown>;
function inputOf(input: z.ZodObject) {
  return toToolDefinition(defineTool({ ...echo, input })).wire.inputSchema;
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
          text: { type: "string", minLength: 1 },
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
        openWorldHint: false,
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
  expect(annotations.openWorldHint).toBe(false);
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

  test("carries descriptions and examples", () => {
    const input = z.object({
      a: z
        .string()
        .describe("An a.")
        .meta({ examples: ["x"] }),
    });
    expect(inputOf(input).properties).toEqual({
      a: { type: "string", description: "An a.", examples: ["x"] },
    });
  });
});

test("a defined tool is frozen", () => {
  expect(Object.isFrozen(echo)).toBe(true);
});
