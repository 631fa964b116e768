import type { Skill } from "../../mcp/resources.ts";
import type { AnyTool, ToolQuestion } from "../../mcp/tool.ts";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";
import { isObject, type JsonObject } from "../../shared/json.ts";
import type { LfxApi } from "./api.ts";
import { TOOL_NAMES, type ToolName } from "./policy.ts";

/** The setting `committeesAsGroups` renames this parameter. Fields of results keep the platform's names. */
const PARAMETER = { committee: "committee_uid", group: "group_uid" } as const;

/** Tools by the names that they have with committees called groups, such as `get_group`. */
export const GROUP_NAMES: ReadonlyMap<string, ToolName> = new Map(
  TOOL_NAMES.filter((name) => toGroupName(name) !== name).map((name) => [toGroupName(name), name]),
);

/** The definition of a tool with committees called groups. */
export function toGroupDefinition(definition: ToolDefinition): ToolDefinition {
  const { name, title, description, inputSchema, ...wire } = definition.wire;
  const { properties, required } = inputSchema;
  return {
    ...definition,
    wire: {
      ...wire,
      name: toGroupName(name),
      title: toGroupName(title),
      description: explainGroup(description),
      inputSchema: {
        ...inputSchema,
        properties: toGroupParameters(properties),
        ...(Array.isArray(required) && { required: required.map(toGroupParameter) }),
      },
    },
  };
}

/** The tool behind such a definition. It uses the schema's own methods, so that listing tools loads no zod. */
export function toGroupTool(tool: AnyTool<LfxApi>): AnyTool<LfxApi> {
  const { recordTool, ...resultLimit } = tool.resultLimit ?? {};
  const renamed = {
    ...tool,
    name: toGroupName(tool.name),
    resultLimit: { ...resultLimit, ...(recordTool && { recordTool: toGroupName(recordTool) }) },
  };
  const { [PARAMETER.committee]: uid } = tool.input.shape;
  const own = ({ [PARAMETER.group]: group, ...input }: JsonObject): JsonObject =>
    uid ? { ...input, [PARAMETER.committee]: group } : input;
  return {
    ...renamed,
    ...(uid && {
      input: tool.input.omit({ [PARAMETER.committee]: true }).extend({ [PARAMETER.group]: uid }),
    }),
    ...(tool.question && {
      question: async (input, context) => toGroupQuestion(await tool.question?.(own(input), context)),
    }),
    run: (input, context) => tool.run(own(input), context),
  };
}

/** A quoted text, which has no quotation mark in it (see `quoteText`), or an email address. */
const GIVEN = /("[^"]*"|\S+@\S+)/;

/** A question whose quoted names and email addresses stay what they are. */
function toGroupQuestion(question: ToolQuestion | undefined): ToolQuestion | undefined {
  if (typeof question === "object") return { ...question, text: renameAround(question.text) };
  return question === undefined ? undefined : renameAround(question);
}

function renameAround(text: string): string {
  const parts = text.split(GIVEN);
  return parts.map((part, index) => (index % 2 === 0 ? toGroupText(part) : part)).join("");
}

/** A skill for tools with those names. The server's instructions explain the term. */
export function toGroupSkill({ frontmatter, files, requires }: Skill): Skill {
  return {
    frontmatter: { ...frontmatter, description: toGroupText(frontmatter.description) },
    files: files.map(({ path, text }) => ({ path, text: toGroupText(text) })),
    requires: requires.map(toGroupName),
  };
}

/** `text` with the other name, which it explains at its first mention, for models that know committees by theirs. */
export function explainGroup(text: string): string {
  const mention = FIRST_MENTION.exec(text);
  if (!mention) return toGroupText(text);
  const end = mention.index + mention[0].length;
  return `${toGroupText(text.slice(0, end))} (also called ${mention[0]})${toGroupText(text.slice(end))}`;
}

function toGroupName(text: string): string {
  return toGroupText(text).replaceAll("Committee", "Group");
}

/**
 * Keeps capitalized platform terms, such as "Finance Committee", result fields, such as `data.committee_uid`, references,
 * such as `committee:<uid>`, and the two tools that look at committees of many projects.
 */
function toGroupText(text: string): string {
  return text.replaceAll(/(?<!\bdata\.|\bget_org_|\baudit_)committee(?!:)/g, "group");
}

/** The first mention that an explanation can follow: not a possessive, not part of a name. */
const FIRST_MENTION = /\bcommittees?\b(?!')/;

function toGroupParameter(name: string): string {
  return name === PARAMETER.committee ? PARAMETER.group : name;
}

function toGroupParameters(properties: unknown): JsonObject {
  return Object.fromEntries(
    Object.entries(isObject(properties) ? properties : {}).map(([name, schema]) => [
      toGroupParameter(name),
      isObject(schema) && typeof schema.description === "string"
        ? { ...schema, description: toGroupText(schema.description) }
        : schema,
    ]),
  );
}
