import { isObject } from "../shared/json.ts";
import type { ToolDefinition } from "./tool-definition.ts";
import type { WireTool } from "./types.ts";

/** The tools that a server offers. */
export type ToolSelection = {
  readonly definitions: readonly ToolDefinition[];
  /** Returns a text of this program without what names a tool that is not offered. */
  readonly advise: (text: string) => string;
};

/**
 * Selects the tools with one of `names`, all by default. Their descriptions do not mention the others: a sentence is
 * omitted from the clause that does. So a description names another tool in a sentence of its own, which nothing needs.
 */
export function selectDefinitions(
  definitions: readonly ToolDefinition[],
  names = definitions.map(({ wire }) => wire.name) as readonly string[],
): ToolSelection {
  const offered = new Set(names);
  const selected = definitions.filter(({ wire }) => offered.has(wire.name));
  if (selected.length === definitions.length) return { definitions, advise: (text) => text };
  const hidden = new Set(definitions.map(({ wire }) => wire.name).filter((name) => !offered.has(name)));
  const isMention = (text: string): boolean => text.match(/\w+/g)?.some((word) => hidden.has(word)) === true;
  const advise = (text: string): string => (isMention(text) ? omitMentions(text, isMention) : text);
  return {
    definitions: selected.map((definition) => omitFromDefinition(definition, hidden, advise)),
    advise,
  };
}

/** Most definitions mention no hidden tool, and stay as they are. */
function omitFromDefinition(
  definition: ToolDefinition,
  hidden: ReadonlySet<string>,
  advise: ToolSelection["advise"],
): ToolDefinition {
  const text = JSON.stringify(definition.wire);
  for (const name of hidden)
    if (text.includes(name))
      return { ...definition, wire: mapDescriptions(definition.wire, advise) as WireTool };
  return definition;
}

/** A line with its topic, or with a number. */
const LABELED_LINE = /^(\w+[:.] )?(.*)$/;

const SENTENCE_END = /(?<=[.!?]) /;

/** A clause ends where what follows may be omitted. */
const CLAUSE_END = /(?<=[;:]) |(?=, from )/;

/** Omits each sentence from its clause with a mention on, and each line of which nothing is left. */
function omitMentions(text: string, isMention: (text: string) => boolean): string {
  const trim = (sentence: string): string => {
    if (!isMention(sentence)) return sentence;
    const clauses = sentence.split(CLAUSE_END);
    const kept = clauses.slice(0, clauses.findIndex(isMention)).join(" ");
    return kept && `${kept.replace(/[;:]$/, "")}.`;
  };
  const lines = text.split("\n").flatMap((line) => {
    const [, label = "", body = ""] = LABELED_LINE.exec(line) ?? [];
    const rest = body.split(SENTENCE_END).map(trim).filter(Boolean).join(" ");
    return rest || !line ? [label + rest] : [];
  });
  return lines.join("\n");
}

/** A copy of a definition or schema with other descriptions. An empty one is omitted. */
function mapDescriptions(value: unknown, map: (text: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => mapDescriptions(item, map));
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    key === "description" && typeof item === "string" ? map(item) : mapDescriptions(item, map),
  ]);
  return Object.fromEntries(entries.filter(([key, item]) => key !== "description" || item !== ""));
}
