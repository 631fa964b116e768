import * as z from "zod";
import { isObject, type JsonObject } from "../shared/json.ts";
import { type Access, ALWAYS_LOAD_KEY, type AnyTool, RESULT_SIZE_KEY, type ToolKind } from "./tool.ts";
import type { JsonObjectSchema, ToolAnnotations, WireTool } from "./types.ts";

/** A tool without its code. Generated ahead of time, so that listing tools loads neither zod nor a handler. */
export type ToolDefinition = {
  readonly kind: ToolKind;
  readonly access: Access;
  /** Time limit of a call in milliseconds, unless the server's is longer. */
  readonly timeoutMs?: number;
  readonly wire: WireTool;
};

/** Annotations of each kind of tool (MCP, ToolAnnotations). */
const ANNOTATIONS: Readonly<Record<ToolKind, Omit<ToolAnnotations, "openWorldHint">>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true },
  write: { readOnlyHint: false, destructiveHint: false, idempotentHint: false },
  update: { readOnlyHint: false, destructiveHint: true, idempotentHint: true },
  destructive: { readOnlyHint: false, destructiveHint: true, idempotentHint: false },
};

export function toToolDefinition<Api>(tool: AnyTool<Api>): ToolDefinition {
  const maxChars = tool.resultLimit?.maxChars;
  const meta = {
    ...(tool.alwaysLoad && { [ALWAYS_LOAD_KEY]: true }),
    ...(maxChars !== undefined && { [RESULT_SIZE_KEY]: maxChars }),
    ...(tool.view && { ui: { resourceUri: tool.view } }),
  };
  return {
    kind: tool.kind,
    access: tool.access,
    ...(tool.timeoutMs !== undefined && { timeoutMs: tool.timeoutMs }),
    wire: {
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: toJsonSchema(tool.input),
      ...(tool.output && { outputSchema: toJsonSchema(tool.output) }),
      // What an API returns is written by others.
      annotations: { ...ANNOTATIONS[tool.kind], openWorldHint: !tool.isLocal },
      ...(Object.keys(meta).length > 0 && { _meta: meta }),
    },
  };
}

/**
 * Converts a zod object to JSON Schema 2020-12, MCP's default dialect, with only the keywords that every client and model
 * runtime accepts: llama.cpp rejects a whole request for one long `maxLength` or a `\\d` in a pattern, OpenAI and Gemini
 * reject most formats. Limits that are dropped stay in validation, and lengths are added to the description.
 */
function toJsonSchema(schema: z.ZodObject): JsonObjectSchema {
  const json = z.toJSONSchema(schema, { target: "draft-2020-12", io: "input", reused: "inline" });
  return { type: "object", properties: {}, ...toPortable(json as JsonObject) } as JsonObjectSchema;
}

/** Bounds beyond it carry no meaning for a model; zod adds the safe integers' to every integer. */
const MAX_BOUND = 10_000;

/** Literals and plain classes with a quantifier, anchored at both ends: nothing that a grammar converter misreads. */
const PLAIN_PATTERN = /^\^(?:(?:[\w-]|\[[\w.-]+\])(?:[+*?]|\{\d{1,3}\})?)+\$$/;

function toPortable(schema: JsonObject): JsonObject {
  const { type } = schema;
  // A list of types, which zod writes for a nullable one, is unknown to some clients.
  if (Array.isArray(type)) {
    const { description, ...rest } = schema;
    const anyOf = type.map((one) => toPortable(one === "null" ? { type: one } : { ...rest, type: one }));
    return { anyOf, ...(description !== undefined && { description }) };
  }
  const portable: Record<string, unknown> = {};
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "type" || keyword === "required" || keyword === "enum") portable[keyword] = value;
    else if (keyword === "const") portable.enum = [value];
    else if (keyword === "properties" && isObject(value) && Object.keys(value).length > 0) {
      const entries = Object.entries(value).map(([name, part]) => [name, toPortable(part as JsonObject)]);
      portable.properties = Object.fromEntries(entries);
    } else if (keyword === "items" && isObject(value)) portable.items = toPortable(value);
    else if ((keyword === "anyOf" || keyword === "oneOf") && Array.isArray(value))
      portable.anyOf = value.map(toPortable);
    else if (keyword === "additionalProperties" && value === false) portable.additionalProperties = false;
    else if ((keyword === "minimum" || keyword === "maximum") && Math.abs(Number(value)) <= MAX_BOUND)
      portable[keyword] = value;
    else if (keyword === "pattern" && PLAIN_PATTERN.test(String(value))) portable.pattern = value;
  }
  const description = describeWithLength(schema);
  if (description) portable.description = description;
  return portable;
}

/** The description, which tells the limits of a text's or an array's length. */
function describeWithLength(schema: JsonObject): string {
  const { description = "", minLength, maxLength, minItems, maxItems } = schema;
  const text = String(description);
  const unit = minItems === undefined && maxItems === undefined ? "characters" : "items";
  const min = Number(minLength ?? minItems ?? 0);
  const max = maxLength ?? maxItems;
  if (max === undefined) return min > 1 ? `${text} At least ${min} ${unit}.`.trim() : text;
  // Tools tell the limits that matter to the choice of words themselves.
  if (new RegExp(`\\b${max}\\b`).test(text)) return text;
  return `${text} ${min === 0 ? "Up to " : `${min}-`}${max} ${unit}.`.trim();
}
