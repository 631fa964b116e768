import type { ToolKind } from "../mcp/tool.ts";
import { truncateText } from "../shared/json.ts";
import { findClosest } from "../shared/suggest.ts";
import { parseList, parseSwitch } from "./parsers.ts";
import type { OptionRow, ParseResult, RawSetting, Reader } from "./reader.ts";

/** What decides whether a tool is offered. */
export type ToolRow<Name extends string = string> = {
  readonly name: Name;
  readonly kind: ToolKind;
  /** Whether the tool is offered if neither tools nor toolsets are named. Default: true. */
  readonly byDefault?: boolean;
  /** The toolset it belongs to; `every` for all of them. */
  readonly toolset?: string;
};

/** The tools of a platform, and the names by which operators choose them. */
export type ToolTable<Name extends string = string> = {
  readonly rows: readonly ToolRow<Name>[];
  /** Other names of tools, each with the name in `rows`. */
  readonly aliases?: ReadonlyMap<string, Name>;
  /** Names without a tool that a list may contain. */
  readonly foreign?: readonly string[];
  /** The command that prints the names, for messages. */
  readonly command: string;
};

/** Which tools to offer. What is absent restricts nothing. */
export type ToolFilter = {
  readonly toolsets?: readonly string[] | undefined;
  readonly tools?: readonly string[] | undefined;
  readonly excludeTools?: readonly string[] | undefined;
  readonly readOnly?: boolean | undefined;
};

/** Creates the options that choose tools. @param prefix of their variables, such as `TINY_MCP` for `TINY_MCP_TOOLS` */
export function toolOptions<Prefix extends string>(prefix: Prefix, defaultTools = "all") {
  return {
    readOnly: {
      flag: "--read-only",
      variables: [`${prefix}_READ_ONLY`],
      description: "Serve only tools that change nothing, whatever the other options name",
      isSafetySwitch: true,
    },
    tools: {
      flag: "--tools",
      argument: "tools",
      variables: [`${prefix}_TOOLS`],
      description: `Tools to serve, comma-separated; default: ${defaultTools}`,
    },
    excludeTools: {
      flag: "--exclude-tools",
      argument: "tools",
      variables: [`${prefix}_EXCLUDE_TOOLS`],
      description: "Tools not to serve, comma-separated",
    },
  } satisfies Readonly<Record<ToolOptionName, OptionRow>>;
}

export type ToolOptionName = "readOnly" | "tools" | "excludeTools";

/**
 * Reads the options that choose tools and returns the names of those to offer. An unknown name, and a choice that leaves
 * no tool, is an error of the reader.
 * @param toolsets those that the operator named, parsed
 */
export function readTools<Name extends string>(
  { find, read, errors }: Reader<ToolOptionName>,
  table: ToolTable<Name>,
  toolsets?: readonly string[],
): readonly Name[] {
  const parse = parseToolNames(table);
  const tools = read("tools", parse, undefined);
  const excludeTools = read("excludeTools", parse, undefined);
  const readOnly = read("readOnly", parseSwitch, false);
  const filter = { tools, excludeTools, readOnly };
  const selected = selectTools(table, { toolsets, ...filter });
  if (selected.length === 0 && !errors.some(({ setting }) => setting in { toolsets, ...filter })) {
    errors.push({ setting: "tools", message: noToolLeft(filter, (name) => find(name)?.source ?? name) });
  }
  return selected;
}

/**
 * Returns the names of the tools to offer, in the order of the table: those of `toolsets` and those of `tools`, or the
 * default ones if neither is given; of these, none of `excludeTools`; of these, with `readOnly`, only reads.
 */
export function selectTools<Name extends string>(
  { rows }: ToolTable<Name>,
  { toolsets, tools, excludeTools, readOnly }: ToolFilter,
): readonly Name[] {
  const isWanted = ({ name, byDefault = true, toolset }: ToolRow): boolean =>
    toolsets || tools
      ? tools?.includes(name) ||
        (toolsets !== undefined &&
          toolset !== undefined &&
          (toolset === "every" || toolsets.includes(toolset)))
      : byDefault;
  return rows
    .filter((row) => isWanted(row) && !excludeTools?.includes(row.name) && !(readOnly && row.kind !== "read"))
    .map(({ name }) => name);
}

/** The error of a choice that leaves no tool. @param sourceOf returns where an option was set */
export function noToolLeft(
  filter: Readonly<Record<ToolOptionName, unknown>>,
  sourceOf = (name: ToolOptionName): string => name,
): string {
  const sources = (Object.keys(filter) as ToolOptionName[]).filter((name) => filter[name]).map(sourceOf);
  const subject = sources.join(" and ").replace(/ and (?=.* and )/g, ", ");
  return `${subject} ${sources.length > 1 ? "leave" : "leaves"} no tool to offer. Change the choice.`;
}

/** Creates a parser for a list of tools. It returns their names in the table; foreign names are a warning. */
export function parseToolNames({ rows, aliases, foreign = [], command }: ToolTable) {
  const names = rows.map(({ name }) => name);
  const advice = `For the names, run: ${command}`;
  const parse = parseKnownNames("tool", [...names, ...foreign, ...(aliases?.keys() ?? [])], advice);
  return (raw: RawSetting): ParseResult<readonly string[]> => {
    const parsed = parse(raw);
    if ("problem" in parsed) return parsed;
    const value = [...new Set(parsed.value.map((name) => aliases?.get(name) ?? name))];
    const ignored = value.filter((name) => foreign.includes(name));
    if (ignored.length === 0) return { value };
    return {
      value,
      warning: `${raw.source}: ignored tools that this server does not have: ${ignored.join(", ")}.`,
    };
  };
}

/**
 * Creates a parser for a comma-separated list of known names.
 * @param noun what they name, in the singular
 * @param advice the next step if none of them is similar to an unknown one
 */
export function parseKnownNames(noun: string, known: readonly string[], advice: string) {
  return (raw: RawSetting): ParseResult<readonly string[]> => {
    const parsed = parseList(raw);
    if ("problem" in parsed) return parsed;
    const unknown = parsed.value.filter((name) => !known.includes(name));
    if (unknown.length === 0) return parsed;
    const problems = unknown.slice(0, MAX_NAMED).map((name) => {
      const closest = findClosest(name, known);
      const hint = closest ? `Did you mean "${closest}"?` : advice;
      return `${raw.source}: there is no ${noun} named ${JSON.stringify(truncateText(name, MAX_NAME_BYTES))}. ${hint}`;
    });
    const more = unknown.length - problems.length;
    return { problem: [...problems, ...(more > 0 ? [`${more} more names are unknown.`] : [])].join(" ") };
  };
}

/** Limits of the unknown names in a message, and of a name in it in bytes. */
const MAX_NAMED = 10;
const MAX_NAME_BYTES = 100;
