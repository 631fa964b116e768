import type * as z from "zod";
import { isObject, type JsonObject } from "../shared/json.ts";
import { ToolError } from "./errors.ts";
import { type AnyTool, type Caller, missingGrants } from "./tool.ts";
import type { ToolDefinition } from "./tool-definition.ts";
import type { WireTool } from "./types.ts";

type Issue = z.core.$ZodIssue;

function pathOf(issue: Issue): string {
  return issue.path.reduce<string>(
    (path, key) =>
      typeof key === "number" ? `${path}[${key}]` : path ? `${path}.${String(key)}` : String(key),
    "",
  );
}

function reach(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    root,
  );
}

function typeOf(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Names that a client makes up are shown in part: the first ten, each cut and without control characters. */
const MAX_NAMES = 10;
const MAX_NAME = 60;

function quote(value: PropertyKey): string {
  // By characters, so that none is cut in two.
  const name = [...String(value).slice(0, 2 * MAX_NAME)].slice(0, MAX_NAME).join("");
  return `\`${name.replaceAll(/\p{Cc}/gu, " ")}\``;
}

function namesOf(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${names.slice(0, MAX_NAMES).map(quote).join(", ")}${more}`;
}

/**
 * One issue as words a model can act on: the field, the limit it broke, and what came instead.
 * @param root the value that was checked, for what came instead
 * @param known the names that are allowed where an unknown one was found
 */
function sentence(issue: Issue, root: unknown, known: readonly string[]): string {
  const field = issue.path.length === 0 ? "the value" : quote(pathOf(issue));
  const got = reach(root, issue.path);
  switch (issue.code) {
    case "invalid_type":
      return got === undefined
        ? `${field} is required (${issue.expected})`
        : `${field} must be ${issue.expected}, got ${typeOf(got)}`;
    case "unrecognized_keys":
      return `unknown ${namesOf(issue.keys)}${issue.path.length === 0 ? ` (allowed: ${namesOf(known) || "none"})` : ` in ${field}`}`;
    default:
      return `${field}: ${issue.message}`;
  }
}

/** All issues of one check in one line, in the order of the fields. */
export function describeIssues(
  issues: readonly Issue[],
  root: unknown,
  known: readonly string[] = [],
): string {
  return issues.map((issue) => sentence(issue, root, known)).join("; ");
}

/** The tools of one platform: what each caller sees of them, and the way to the code behind a name. */
export type Catalog<Api> = {
  /** The tools `caller` may use, by name. The list is made once per set of grants and frozen. */
  list(caller: Caller): readonly WireTool[];
  /** Whether there is a tool of that name, whoever may use it. */
  has(name: string): boolean;
  /** How long a call of that tool may take, where the tool itself says so; milliseconds. */
  timeoutMs(name: string): number | undefined;
  /** The tool, once it is loaded. @throws ToolError `unsupported_tool`, `insufficient_scope` */
  open(name: string, caller: Caller): Promise<AnyTool<Api>>;
};

/** Lists kept for different sets of grants; beyond it the oldest goes. */
const MAX_LISTS = 64;

/**
 * @param cards the tools' projections, for all that needs no code
 * @param load brings the tools themselves; called once, at the first call of one
 */
export function createCatalog<Api>(
  cards: readonly ToolDefinition[],
  load: () => Promise<readonly AnyTool<Api>[]>,
): Catalog<Api> {
  const sorted = [...cards].sort((a, b) => (a.wire.name < b.wire.name ? -1 : 1));
  const byName = new Map(sorted.map((card) => [card.wire.name, card]));
  const grantNames = new Set(cards.flatMap(({ access }) => [...access.anyOf, ...(access.allOf ?? [])]));
  const lists = new Map<string, readonly WireTool[]>();
  let loading: Promise<Map<string, AnyTool<Api>>> | undefined;

  const visible = (caller: Caller): readonly WireTool[] =>
    Object.freeze(
      sorted.filter((card) => missingGrants(card.access, caller).length === 0).map((card) => card.wire),
    );

  const list = (caller: Caller): readonly WireTool[] => {
    const { grants } = caller;
    const key = grants === "all" ? "*" : [...grantNames].filter((name) => grants.has(name)).join(" ");
    const known = lists.get(key);
    if (known) return known;
    const made = visible(caller);
    if (lists.size >= MAX_LISTS) lists.delete(lists.keys().next().value ?? "");
    lists.set(key, made);
    return made;
  };

  const loaded = () => {
    loading ??= load()
      .then((tools) => new Map(tools.map((tool) => [tool.name, tool])))
      .catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
    return loading;
  };

  const open = async (name: string, caller: Caller): Promise<AnyTool<Api>> => {
    const card = byName.get(name);
    if (!card) throw unsupported(name, list(caller));
    const lacking = missingGrants(card.access, caller);
    if (lacking.length > 0) throw insufficient(name, lacking, card.access.advice);
    const tool = (await loaded()).get(name);
    if (!tool) throw new Error(`${name} has a card but no code`);
    return tool;
  };

  return { list, has: (name) => byName.has(name), timeoutMs: (name) => byName.get(name)?.timeoutMs, open };
}

function unsupported(name: string, tools: readonly WireTool[]): ToolError {
  return new ToolError("unsupported_tool", `There is no tool named ${JSON.stringify(name.slice(0, 100))}`, {
    hint:
      tools.length > 0
        ? `Call one of: ${tools.map((tool) => tool.name).join(", ")}.`
        : "No tool is open to this connection: reconnect with more scopes.",
  });
}

function insufficient(
  name: string,
  lacking: readonly string[],
  advice = "Reconnect and grant it, or ask the user to.",
): ToolError {
  return new ToolError(
    "insufficient_scope",
    `${name} needs ${lacking.join(" and ")}, which this connection lacks`,
    {
      hint: advice,
    },
  );
}

/**
 * Checks a call's arguments against the tool's input schema. Nothing is sent when they do not fit.
 * @throws ToolError `invalid_input`, naming each field and the limit it broke
 */
export function parseInput<Api>(tool: AnyTool<Api>, args: unknown): JsonObject {
  const given = args ?? {};
  const parsed = tool.input.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error.issues, given, Object.keys(tool.input.shape));
  throw new ToolError("invalid_input", `The arguments of ${tool.name} do not fit: ${problems}`, {
    hint: "Nothing was sent. Correct the arguments and call again.",
  });
}

/**
 * Checks a platform's answer against the tool's output schema. Unknown fields pass through. A tool without one answers
 * in text.
 * @throws ToolError `upstream_error`, naming the field that makes the answer unusable
 */
export function parseOutput<Api>(tool: AnyTool<Api>, output: unknown): JsonObject | string {
  if (!tool.output) return String(output);
  const parsed = tool.output.safeParse(output);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error.issues, output);
  throw new ToolError("upstream_error", `The answer to ${tool.name} is unusable: ${problems}`, {
    hint:
      tool.kind === "read"
        ? "Try again later; if it stays, the service and this version of lightfast-mcp do not fit together: update it."
        : "The request itself was accepted, so do not repeat it; update lightfast-mcp if this happens again.",
    status: 200,
    retryable: tool.kind === "read",
  });
}
