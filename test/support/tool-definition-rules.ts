import { describe, expect, test } from "vitest";
import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { isObject, type JsonObject } from "../../src/shared/json.ts";

/** Keywords whose value maps freely chosen names to schemas. */
const SCHEMA_MAPS = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);

/** A schema and every schema within it. */
function schemasIn(schema: JsonObject): JsonObject[] {
  return [
    schema,
    ...Object.entries(schema).flatMap(([keyword, value]) => {
      const parts = isObject(value) && SCHEMA_MAPS.has(keyword) ? Object.values(value) : [value].flat();
      return keyword === "examples" || keyword === "enum" || keyword === "const"
        ? []
        : parts.filter(isObject).flatMap(schemasIn);
    }),
  ];
}

function keywordsOf(schema: JsonObject): Set<string> {
  return new Set(schemasIn(schema).flatMap(Object.keys));
}

/** Keywords that draft 2020-12 dropped, or that belong to another dialect. */
const FOREIGN = [
  "$schema",
  "id",
  "definitions",
  "dependencies",
  "additionalItems",
  "$recursiveRef",
  "nullable",
];
const UNIONS = ["anyOf", "oneOf", "allOf"];

export type DefinitionLimits = {
  /** The prefix that clients put before a tool's name. */
  readonly client: string;
  /** The longest description, in characters. */
  readonly maxDescription: number;
};

const NO_SCHEMA: JsonObject = { type: "object", properties: {} };

/** Tests the rules that clients and models need every tool to follow, on any platform. */
export function describeToolDefinitions(
  definitions: readonly ToolDefinition[],
  { client, maxDescription }: DefinitionLimits,
): void {
  const wires = definitions.map(({ kind, wire }) => ({
    kind,
    ...wire,
    outputSchema: wire.outputSchema ?? NO_SCHEMA,
  }));
  const schemas = wires.flatMap(({ name, inputSchema, outputSchema }) => [
    [`${name}, input`, inputSchema] as const,
    [`${name}, output`, outputSchema] as const,
  ]);

  describe.each(schemas)("the schema of %s", (_, schema) => {
    test("is an object with properties", () => {
      expect(schema.type).toBe("object");
      expect(isObject(schema.properties)).toBe(true);
    });

    test("has no keyword of another dialect and no reference", () => {
      const keywords = keywordsOf(schema);
      for (const keyword of [...FOREIGN, "$ref", "$defs", "$id"]) expect(keywords).not.toContain(keyword);
    });

    test("has no union at its top", () => {
      for (const keyword of UNIONS) expect(schema).not.toHaveProperty(keyword);
    });

    test("describes the items of its arrays with one schema", () => {
      for (const part of schemasIn(schema).filter(({ type }) => type === "array")) {
        expect(isObject(part.items)).toBe(true);
      }
    });

    test("requires only what it describes", () => {
      for (const { required, properties } of schemasIn(schema)) {
        for (const name of Array.isArray(required) ? required : []) expect(properties).toHaveProperty(name);
      }
    });
  });

  describe.each(wires)(
    "$name",
    ({ kind, name, title, description, inputSchema, outputSchema, annotations }) => {
      test("has a name that clients accept, with their prefix", () => {
        expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(`${client}__${name}`.length).toBeLessThanOrEqual(60);
      });

      test("has a title, and a description that a model can choose the tool by", () => {
        expect(title.length).toBeGreaterThan(3);
        expect(description.length).toBeGreaterThan(80);
        expect(description.length).toBeLessThan(maxDescription);
        expect(description).toMatch(/Use (?:it|them)/);
      });

      test("has no unions in its arguments, and describes each", () => {
        for (const keyword of UNIONS) expect(keywordsOf(inputSchema)).not.toContain(keyword);
        const properties = Object.values(inputSchema.properties as Record<string, JsonObject>);
        for (const property of properties) {
          expect(property.description).toEqual(expect.any(String));
          expect(property.type).toEqual(expect.any(String));
        }
      });

      test("describes each argument in its description, because some clients pass on nothing else", () => {
        for (const argument of Object.keys(inputSchema.properties as object)) {
          expect(description).toMatch(new RegExp(`\\b${argument}: `));
        }
      });

      test("rejects unknown arguments, if it has arguments", () => {
        const takesAny = Object.keys(inputSchema.properties as object).length > 0;
        expect(inputSchema.additionalProperties).toBe(takesAny ? false : undefined);
      });

      test("allows additional fields in every part of its result", () => {
        for (const part of schemasIn(outputSchema)) expect(part.additionalProperties).not.toBe(false);
        expect(keywordsOf(outputSchema)).not.toContain("enum");
        expect(keywordsOf(outputSchema)).not.toContain("const");
      });

      test("has the annotations of its kind", () => {
        const { readOnlyHint, destructiveHint } = annotations;
        expect(readOnlyHint).toBe(kind === "read");
        expect(destructiveHint).toBe(kind === "update" || kind === "destructive");
      });
    },
  );
}
