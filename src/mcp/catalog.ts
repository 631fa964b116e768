import { lazy } from "../shared/cache.ts";
import { type JsonObject, sanitizeText, toWellFormedJson } from "../shared/json.ts";
import { suggest } from "../shared/suggest.ts";
import { ToolError } from "./errors.ts";
import { describeIssues } from "./issues.ts";
import { type AnyTool, type Caller, missingGrants, type ToolKind } from "./tool.ts";
import type { ToolDefinition } from "./tool-definition.ts";
import type { WireTool } from "./types.ts";

/** The tools of one platform. Listing needs their definitions only; their code is loaded on the first call. */
export type Catalog<Api> = {
  /** The tools that `caller` may use, or may ask for the grants of, sorted by name, frozen. */
  list(caller: Caller): readonly WireTool[];
  /** Whether a tool has that name, regardless of access. */
  has(name: string): boolean;
  /** The tool's kind; undefined if there is no such tool. */
  kind(name: string): ToolKind | undefined;
  /** The tool's own time limit in milliseconds, if it has one. */
  timeoutMs(name: string): number | undefined;
  /** Loads the tool. @throws ToolError `unsupported_tool`, `insufficient_scope` */
  open(name: string, caller: Caller): Promise<AnyTool<Api>>;
  /** The grant that `caller` must ask for to call a tool that is listed without it. Undefined if no tool is. */
  readonly stepUpGrant: ((name: string, caller: Caller) => string | undefined) | undefined;
  /** Returns a text of this program without what names a tool that is not offered. */
  advise(text: string): string;
};

/** Limit of cached lists, one per distinct set of grants; the oldest is evicted. */
const MAX_LISTS = 64;

/**
 * @param definitions of the tools to offer
 * @param load imports the tools, also others; called on the first `open`, and again if it failed
 * @param advise as in `selectDefinitions`; default: all tools are offered
 */
export function createCatalog<Api>(
  definitions: readonly ToolDefinition[],
  load: () => Promise<readonly AnyTool<Api>[]>,
  advise: Catalog<Api>["advise"] = (text) => text,
): Catalog<Api> {
  const sorted = [...definitions].sort((a, b) => (a.wire.name < b.wire.name ? -1 : 1));
  const byName = new Map(sorted.map((definition) => [definition.wire.name, definition]));
  const grantNames = new Set(
    sorted.flatMap(({ access }) => [...access.anyOf, ...(access.allOf ?? []), ...(access.listedFor ?? [])]),
  );
  const lists = new Map<string, readonly WireTool[]>();
  const code = lazy(async () => new Map((await load()).map((tool) => [tool.name, tool])));

  const list = (caller: Caller): readonly WireTool[] => {
    const { grants } = caller;
    const key = grants === "all" ? "*" : [...grantNames].filter((name) => grants.has(name)).join(" ");
    const cached = lists.get(key);
    if (cached) return cached;
    const visible = sorted.filter(
      ({ access }) =>
        missingGrants(access, caller).length === 0 ||
        (access.listedFor && missingGrants({ ...access, anyOf: access.listedFor }, caller).length === 0),
    );
    const tools = Object.freeze(visible.map(({ wire }) => wire));
    if (lists.size >= MAX_LISTS) lists.delete(lists.keys().next().value ?? "");
    lists.set(key, tools);
    return tools;
  };

  const open = async (name: string, caller: Caller): Promise<AnyTool<Api>> => {
    const definition = byName.get(name);
    if (!definition) throw unsupportedTool(name, list(caller));
    const missing = missingGrants(definition.access, caller);
    if (missing.length > 0) {
      const message = `${name} needs ${missing.join(" and ")}, which this connection lacks`;
      const { advice: hint = "Reconnect and grant it, or ask the user to." } = definition.access;
      throw new ToolError("insufficient_scope", message, { hint });
    }
    const tool = (await code.get()).get(name);
    if (!tool) throw new Error(`${name} has a definition but no code`);
    return tool;
  };

  const stepUpGrant = (name: string, caller: Caller): string | undefined => {
    const access = byName.get(name)?.access;
    return access?.listedFor && missingGrants(access, caller)[0];
  };

  return {
    list,
    stepUpGrant: sorted.some(({ access }) => access.listedFor) ? stepUpGrant : undefined,
    has: (name) => byName.has(name),
    kind: (name) => byName.get(name)?.kind,
    timeoutMs: (name) => byName.get(name)?.timeoutMs,
    open,
    advise,
  };
}

/** Longer names of tools that do not exist are cut, in characters. */
const MAX_NAME = 100;

function unsupportedTool(name: string, tools: readonly WireTool[]): ToolError {
  const names = tools.map((tool) => tool.name);
  const shown = sanitizeText(name.slice(0, MAX_NAME));
  return new ToolError("unsupported_tool", `There is no tool named "${shown}"${suggest(shown, names)}`, {
    hint: names.length
      ? `Call one of: ${names.join(", ")}.`
      : "This connection may not use any tool. Reconnect with more scopes.",
  });
}

/** Validates a call's arguments. @throws ToolError `invalid_input`, naming each field and the limit it broke */
export function parseInput<Api>(tool: AnyTool<Api>, args: unknown): JsonObject {
  const hint = "Nothing was sent. Correct the arguments and call again.";
  const given = readArguments(tool.name, args, hint);
  const parsed = tool.input.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error.issues, given, Object.keys(tool.input.shape));
  throw new ToolError("invalid_input", `Invalid arguments for ${tool.name}: ${problems}`, {
    hint,
  });
}

/** The arguments without lone surrogates, which platforms refuse, or cannot encode in a URL. */
function readArguments(tool: string, args: unknown, hint: string): unknown {
  try {
    return toWellFormedJson(args ?? {}).value;
  } catch (cause) {
    // JSON.stringify recurses, and JSON.parse does not.
    throw new ToolError("invalid_input", `Invalid arguments for ${tool}: nested too deeply`, { hint, cause });
  }
}

/**
 * Validates a platform's response against the tool's output schema; unknown fields pass. Without a schema, the output
 * is text.
 * @param program named in the advice to update it
 * @throws ToolError `upstream_error`, naming the fields that make the response unusable
 */
export function parseOutput<Api>(tool: AnyTool<Api>, output: unknown, program: string): JsonObject | string {
  if (!tool.output) return String(output);
  const parsed = tool.output.safeParse(output);
  if (parsed.success) return parsed.data;
  const problems = describeIssues(parsed.error.issues, output);
  const isRead = tool.kind === "read";
  throw new ToolError("upstream_error", `The response to ${tool.name} is unusable: ${problems}`, {
    hint: isRead
      ? `Try again later. If the problem persists, update ${program}: this version does not match the service.`
      : `The request itself was accepted, so do not repeat it. If this happens again, update ${program}.`,
    status: 200,
    retryable: isRead,
  });
}
