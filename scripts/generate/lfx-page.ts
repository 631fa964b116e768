import { selectDefinitions } from "../../src/mcp/selection.ts";
import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../src/platforms/lfx/config/options.ts";
import { ORIGINAL_FLAGS, optionOf, variableOf } from "../../src/platforms/lfx/config/original.ts";
import { ORIGINAL_SECRET_FLAGS } from "../../src/platforms/lfx/config/secrets.ts";
import { POLICY, type PolicyRow, TOOL_NAMES, TOOLSETS } from "../../src/platforms/lfx/policy.ts";
import { code, firstSentence, markdownTable, optionsTable } from "./markdown.ts";
import { countListTokens, countModelTokens } from "./tokens.ts";

const SERVICES: Readonly<Record<PolicyRow["backend"], string>> = {
  lfx: "LFX",
  onboarding: "Member Onboarding",
  lens: "LFX Lens",
  userInfo: "login service",
};

/** The lists of tools whose cost is shown. */
const TOOL_LISTS: Readonly<Record<string, (row: PolicyRow) => boolean>> = {
  default: ({ byDefault }) => byDefault,
  [code("--read-only")]: ({ byDefault, kind }) => byDefault && kind === "read",
  ...Object.fromEntries(
    TOOLSETS.map((name) => [
      code(`--toolsets ${name}`),
      ({ toolset }: PolicyRow) => toolset === name || toolset === "every",
    ]),
  ),
};

const SECRET = "none: a secret is set in the environment";

/** What the original's flags without an option here are for. */
const WITHOUT_OPTION: Readonly<Record<string, string>> = {
  mode: "`lfx` for stdio, `lfx http` for HTTP",
  ...Object.fromEntries(ORIGINAL_SECRET_FLAGS.map((flag) => [flag, SECRET])),
};

/** The generated sections of docs/lfx.md. */
export function lfxSections(definitions: readonly ToolDefinition[]): Record<string, string> {
  const descriptions = new Map(definitions.map(({ wire }) => [wire.name, wire.description]));
  return {
    tools: markdownTable(
      ["Tool", "Kind", "Toolset", "Gate", "Calls", "What it does"],
      Object.entries<PolicyRow>(POLICY).map(
        ([name, { kind, toolset, gate, backend, byDefault, isLocal }]) => {
          const what = firstSentence(descriptions.get(name) ?? "");
          return [
            code(name),
            kind,
            toolset,
            gate,
            isLocal ? "nothing" : SERVICES[backend],
            byDefault ? what : `${what} Off unless the list of tools names it.`,
          ];
        },
      ),
    ),
    tokens: markdownTable(
      ["Tools", "Number", "Tokens for a model", "Tokens of `tools/list`"],
      Object.entries(TOOL_LISTS).map(([title, isListed]) => {
        const names = TOOL_NAMES.filter((name) => isListed(POLICY[name]));
        const { definitions: listed } = selectDefinitions(definitions, names);
        return [title, listed.length, countModelTokens(listed), countListTokens(listed)].map(String);
      }),
    ),
    options: optionsTable(LFX_OPTIONS),
    http: optionsTable(LFX_HTTP_OPTIONS),
    migration: markdownTable(
      ["Flag of the original", "Variable of both", "Option here"],
      ORIGINAL_FLAGS.map((flag) => {
        const variable = variableOf(flag);
        return [
          code(`-${flag}`),
          code(variable),
          WITHOUT_OPTION[flag] ?? code(optionOf(variable)?.flag ?? ""),
        ];
      }),
    ),
  };
}
