import { describe, expect, test } from "vitest";
import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { isObject, type JsonObject } from "../../src/shared/json.ts";

/** A schema and every schema within it. */
function schemasIn(schema: JsonObject): JsonObject[] {
  return [
    schema,
    ...Object.entries(schema).flatMap(([keyword, value]) => {
      const parts = isObject(value) && keyword === "properties" ? Object.values(value) : [value].flat();
      return keyword === "enum" ? [] : parts.filter(isObject).flatMap(schemasIn);
    }),
  ];
}

function keywordsOf(schema: JsonObject): Set<string> {
  return new Set(schemasIn(schema).flatMap(Object.keys));
}

/**
 * The keywords that every client and model runtime accepts, each with the values it may have. llama.cpp, and so LM Studio
 * and Jan, rejects a whole request for one `maxLength` of 2000 or an escape in a pattern; OpenAI rejects `format: "uri"`,
 * Gemini `propertyNames` and most formats, and some clients a list of types.
 */
const PORTABLE: Readonly<Record<string, (value: unknown) => boolean>> = {
  type: (value) => TYPES.includes(value as string),
  properties: isObject,
  required: Array.isArray,
  enum: Array.isArray,
  items: isObject,
  description: (value) => typeof value === "string",
  additionalProperties: (value) => value === false,
  minimum: isSmallInteger,
  maximum: isSmallInteger,
  // Anchored, of literals and plain classes only.
  pattern: (value) => /^\^(?:[\w-]|\[[\w.-]+\]|[+*?]|\{\d{1,3}\})+\$$/.test(String(value)),
  // Only for values that can be null.
  anyOf: (value) =>
    Array.isArray(value) && value.length === 2 && isObject(value[1]) && value[1].type === "null",
};
const TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"];

function isSmallInteger(value: unknown): boolean {
  return Number.isInteger(value) && Math.abs(Number(value)) <= 10_000;
}

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

    test("has only keywords and values that every client and model runtime accepts", () => {
      const refused = schemasIn(schema).flatMap((part) =>
        Object.entries(part).filter(([keyword, value]) => PORTABLE[keyword]?.(value) !== true),
      );
      expect(refused).toEqual([]);
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
        expect(description.length).toBeGreaterThan(40);
        expect(description.length).toBeLessThan(maxDescription);
        expect(description).toMatch(/^[A-Z].*\.$/);
      });

      test("has no unions in its arguments, and describes each", () => {
        for (const keyword of UNIONS) expect(keywordsOf(inputSchema)).not.toContain(keyword);
        const properties = Object.values(inputSchema.properties as Record<string, JsonObject>);
        for (const property of properties) {
          expect(property.description).toEqual(expect.any(String));
          expect(property.type).toEqual(expect.any(String));
        }
      });

      test("describes each argument once, in its schema", () => {
        for (const argument of Object.keys(inputSchema.properties as object)) {
          expect(description).not.toMatch(new RegExp(`\\b${argument}: `));
        }
      });

      test("mentions other tools only in sentences of their own, which are omitted if those are hidden", () => {
        const otherNames = new Set(wires.map((wire) => wire.name).filter((other) => other !== name));
        const isMention = (text: string) => (text.match(/\w+/g) ?? []).some((word) => otherNames.has(word));
        const [first = "", ...sentences] = description.split(/(?<=\.) /);

        expect(isMention(first)).toBe(false);
        for (const [index, sentence] of sentences.entries()) {
          if (isMention(sentence))
            expect(sentences[index + 1] ?? "").not.toMatch(/^(?:It|They|Both|Then|Those)\b/);
        }
        expect(isMention(JSON.stringify([inputSchema, outputSchema]))).toBe(false);
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
