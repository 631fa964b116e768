import { describe, expect, test } from "vitest";
import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { isObject, type JsonObject } from "../../src/shared/json.ts";

/** Keywords whose value is a map from names of the author's choice to schemas. */
const NAMED = new Set(["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"]);

/** A schema and every schema within it. */
function schemasIn(schema: JsonObject): JsonObject[] {
  return [
    schema,
    ...Object.entries(schema).flatMap(([keyword, value]) => {
      const parts = isObject(value) && NAMED.has(keyword) ? Object.values(value) : [value].flat();
      return keyword === "examples" || keyword === "enum" || keyword === "const"
        ? []
        : parts.filter(isObject).flatMap(schemasIn);
    }),
  ];
}

function keywordsOf(schema: JsonObject): Set<string> {
  return new Set(schemasIn(schema).flatMap(Object.keys));
}

/** Keywords that draft 2020-12 no longer has, or that only a reader of another dialect understands. */
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

/** What differs between platforms. */
export type CardLimits = {
  /** What clients put before a tool's name. */
  readonly client: string;
  /** Longest description, in characters. */
  readonly maxDescription: number;
};

const NO_SCHEMA: JsonObject = { type: "object", properties: {} };

/** What clients and models need of every tool, whichever platform it belongs to. */
export function describeCards(
  cards: readonly ToolDefinition[],
  { client, maxDescription }: CardLimits,
): void {
  const wires = cards.map(({ kind, wire }) => ({
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

    test("says what its arrays hold, with one schema for all of it", () => {
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
      test("has a name that clients take, with their prefix", () => {
        expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
        expect(`${client}__${name}`.length).toBeLessThanOrEqual(60);
      });

      test("has a title, and a description that a model can choose by", () => {
        expect(title.length).toBeGreaterThan(3);
        expect(description.length).toBeGreaterThan(80);
        expect(description.length).toBeLessThan(maxDescription);
        expect(description).toMatch(/Use (?:it|them)/);
      });

      test("takes no unions, and describes every argument", () => {
        for (const keyword of UNIONS) expect(keywordsOf(inputSchema)).not.toContain(keyword);
        const properties = Object.values(inputSchema.properties as Record<string, JsonObject>);
        for (const property of properties) {
          expect(property.description).toEqual(expect.any(String));
          expect(property.type).toEqual(expect.any(String));
        }
      });

      test("names each argument's limits in its description, since some clients pass on nothing else", () => {
        for (const argument of Object.keys(inputSchema.properties as object)) {
          expect(description).toMatch(new RegExp(`\\b${argument}: `));
        }
      });

      test("takes no argument that it does not know, if it takes any", () => {
        const takesAny = Object.keys(inputSchema.properties as object).length > 0;
        expect(inputSchema.additionalProperties).toBe(takesAny ? false : undefined);
      });

      test("accepts additions to every part of its answer", () => {
        for (const part of schemasIn(outputSchema)) expect(part.additionalProperties).not.toBe(false);
        expect(keywordsOf(outputSchema)).not.toContain("enum");
        expect(keywordsOf(outputSchema)).not.toContain("const");
      });

      test("says by its annotations what it does", () => {
        const { readOnlyHint, destructiveHint } = annotations;
        expect(readOnlyHint).toBe(kind === "read");
        expect(destructiveHint).toBe(kind === "update" || kind === "destructive");
      });
    },
  );
}
