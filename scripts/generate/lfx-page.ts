import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../src/platforms/lfx/config/options.ts";
import { POLICY, type PolicyRow } from "../../src/platforms/lfx/policy.ts";
import { code, firstSentence, markdownTable, optionsTable } from "./markdown.ts";

const SERVICES: Readonly<Record<PolicyRow["backend"], string>> = {
  lfx: "LFX",
  onboarding: "Member Onboarding",
  lens: "LFX Lens",
  userInfo: "login service",
  none: "nothing",
};

/** The generated sections of docs/lfx.md. */
export function lfxSections(definitions: readonly ToolDefinition[]): Record<string, string> {
  const descriptions = new Map(definitions.map(({ wire }) => [wire.name, wire.description]));
  return {
    tools: markdownTable(
      ["Tool", "Kind", "Toolset", "Gate", "Calls", "What it does"],
      Object.entries<PolicyRow>(POLICY).map(([name, { kind, toolset, gate, backend, byDefault }]) => {
        const what = firstSentence(descriptions.get(name) ?? "");
        return [
          code(name),
          kind,
          toolset,
          gate,
          SERVICES[backend],
          byDefault ? what : `${what} Off unless the list of tools names it.`,
        ];
      }),
    ),
    options: optionsTable(LFX_OPTIONS),
    http: optionsTable(LFX_HTTP_OPTIONS),
  };
}
