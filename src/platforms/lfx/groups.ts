import type { AnyTool } from "../../mcp/tool.ts";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";

import type { LfxApi } from "./api.ts";
import { TOOL_NAMES, type ToolName } from "./policy.ts";

/** How committees are called where they are called groups, in names and in words. */
function asGroup(text: string): string {
  return text.replaceAll("committee", "group").replaceAll("Committee", "Group");
}

/** By both of its names, each tool. */
const NAMES: ReadonlyMap<string, ToolName> = new Map(
  TOOL_NAMES.flatMap((name): [string, ToolName][] => [
    [asGroup(name), name],
    [name, name],
  ]),
);

/** The name of a tool that may be given with either spelling; undefined for none. */
export function resolveToolName(name: string): ToolName | undefined {
  return NAMES.get(name);
}

const PARAMETER = { committee: "committee_uid", group: "group_uid" } as const;

/**
 * Words for people. Capital letters stay: there they are the platform's own terms, such as "Finance Committee". So do
 * the fields of answers, `data.committee_uid`, which nobody renames.
 */
function spoken(text: string): string {
  return text.replaceAll(/(?<!\bdata\.)committee/g, "group");
}

/** The thing itself, where an explanation can follow. */
const FIRST_MENTION = /\bcommittees?\b(?!')/;

/** Whoever knows the thing by its other name must recognise it; what else is called a group is left alone. */
function explained(text: string): string {
  const word = FIRST_MENTION.exec(text);
  if (!word) return spoken(text);
  const end = word.index + word[0].length;
  return `${spoken(text.slice(0, end))} (also called ${word[0]})${spoken(text.slice(end))}`;
}

function renamed<T>(shape: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(
    Object.entries(shape).map(([key, value]) => [key === PARAMETER.committee ? PARAMETER.group : key, value]),
  );
}

function parameters(properties: unknown): JsonObject {
  return renamed(
    Object.fromEntries(
      Object.entries(isObject(properties) ? properties : {}).map(([key, schema]) => [
        key,
        isObject(schema) && typeof schema.description === "string"
          ? { ...schema, description: spoken(schema.description) }
          : schema,
      ]),
    ),
  );
}

/** The card of a tool where committees are called groups. The answers keep the platform's words. */
export function toGroupDefinition(card: ToolDefinition): ToolDefinition {
  const { name, title, description, inputSchema, ...wire } = card.wire;
  const { properties, required } = inputSchema;
  return {
    ...card,
    wire: {
      ...wire,
      name: asGroup(name),
      title: asGroup(title),
      description: explained(description),
      inputSchema: {
        ...inputSchema,
        properties: parameters(properties),
        ...(Array.isArray(required) && {
          required: required.map((key) => (key === PARAMETER.committee ? PARAMETER.group : key)),
        }),
      },
    },
  };
}

/** The tool behind such a card. Its schema is made by its own methods, so that listing cards needs no zod. */
export function toGroupTool(tool: AnyTool<LfxApi>): AnyTool<LfxApi> {
  const name = asGroup(tool.name);
  const { [PARAMETER.committee]: uid } = tool.input.shape;
  if (!uid) return { ...tool, name };
  return {
    ...tool,
    name,
    input: tool.input.omit({ [PARAMETER.committee]: true }).extend({ [PARAMETER.group]: uid }),
    run: ({ [PARAMETER.group]: given, ...input }, context) =>
      tool.run({ ...input, [PARAMETER.committee]: given }, context),
  };
}
