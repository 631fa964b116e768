import * as z from "zod";
import type { Access, AnyTool, ToolKind } from "./tool.ts";
import type { JsonObjectSchema, ToolAnnotations, WireTool } from "./types.ts";

/**
 * A tool without its code: what listing, gating and documentation need. Definitions are generated ahead of time, so
 * that a server lists its tools without loading zod or any handler.
 */
export type ToolDefinition = {
  readonly kind: ToolKind;
  readonly access: Access;
  /** Time limit of a call in milliseconds; the server's if absent. */
  readonly timeoutMs?: number;
  readonly wire: WireTool;
};

/** Annotations of each kind of tool (MCP, ToolAnnotations). No tool reaches beyond its platform. */
const ANNOTATIONS: Readonly<Record<ToolKind, ToolAnnotations>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  write: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  update: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  destructive: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
};

export function toToolDefinition<Api>(tool: AnyTool<Api>): ToolDefinition {
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
      annotations: ANNOTATIONS[tool.kind],
    },
  };
}

/**
 * Converts a zod object to JSON Schema 2020-12, MCP's default dialect. `$schema` is omitted, because some clients reject
 * tools that name a dialect.
 */
function toJsonSchema(schema: z.ZodObject): JsonObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io: "input",
    reused: "inline",
    // An empty schema there means the same as none, and costs the model tokens.
    override: ({ jsonSchema }) => {
      if (isEmpty(jsonSchema.additionalProperties)) delete jsonSchema.additionalProperties;
    },
  });
  return { type: "object", properties: {}, ...rest } as JsonObjectSchema;
}

function isEmpty(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && Object.keys(schema).length === 0;
}
