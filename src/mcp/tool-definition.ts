import * as z from "zod";
import type { Access, AnyTool, ToolKind } from "./tool.ts";
import type { JsonObjectSchema, ToolAnnotations, WireTool } from "./types.ts";

/**
 * A tool without its code: all that listing, gating and documentation need. Cards are made from the tools ahead of
 * time and checked for drift, so that a server can list its tools without loading zod or any handler.
 */
export type ToolDefinition = {
  readonly kind: ToolKind;
  readonly access: Access;
  /** How long one call may take, in milliseconds, where it is not what the server gives every call. */
  readonly timeoutMs?: number;
  readonly wire: WireTool;
};

/** What each kind of tool promises a client (spec: ToolAnnotations). None of ours reaches beyond its platform. */
const ANNOTATIONS: Readonly<Record<ToolKind, ToolAnnotations>> = {
  read: { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false },
  write: { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: false },
  update: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
  destructive: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
};

function isEmpty(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && Object.keys(schema).length === 0;
}

/**
 * JSON Schema of a zod object in dialect 2020-12, which is MCP's default. `$schema` is left out: some clients refuse
 * to call a tool that names any other dialect, and none needs the default named.
 */
function jsonSchemaOf(schema: z.ZodObject): JsonObjectSchema {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io: "input",
    reused: "inline",
    // An empty schema there means what its absence means, at more cost to whoever reads it.
    override: ({ jsonSchema }) => {
      if (isEmpty(jsonSchema.additionalProperties)) delete jsonSchema.additionalProperties;
    },
  });
  return { type: "object", properties: {}, ...rest } as JsonObjectSchema;
}

/** Projects a tool into its card. */
export function toToolDefinition<Api>(tool: AnyTool<Api>): ToolDefinition {
  return {
    kind: tool.kind,
    access: tool.access,
    ...(tool.timeoutMs !== undefined && { timeoutMs: tool.timeoutMs }),
    wire: {
      name: tool.name,
      title: tool.title,
      description: tool.description,
      inputSchema: jsonSchemaOf(tool.input),
      ...(tool.output && { outputSchema: jsonSchemaOf(tool.output) }),
      annotations: ANNOTATIONS[tool.kind],
    },
  };
}
