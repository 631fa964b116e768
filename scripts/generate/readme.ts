import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { LIGHTFAST_HTTP_OPTIONS, LIGHTFAST_OPTIONS } from "../../src/platforms/lightfast/config/options.ts";
import { SANDBOX_INPUTS, SANDBOX_KEYS } from "../../src/platforms/lightfast/sandbox/fixtures.ts";
import { clientsSection } from "./clients.ts";
import { code, firstSentence, markdownTable, optionsTable } from "./markdown.ts";
import { countModelTokens } from "./tokens.ts";

/** The generated sections of README.md. */
export function readmeSections(definitions: readonly ToolDefinition[]): Record<string, string> {
  return {
    clients: clientsSection(),
    tools: [
      markdownTable(
        ["Tool", "Kind", "What it does", "Arguments"],
        definitions.map(({ kind, wire }) => [
          code(wire.name),
          kind,
          firstSentence(wire.description),
          describeArguments(wire.inputSchema) || "none",
        ]),
      ),
      `Names, descriptions and parameters of these tools take ${countModelTokens(definitions)} tokens (o200k) of a model's context.`,
    ].join("\n\n"),
    options: optionsTable(LIGHTFAST_OPTIONS),
    http: optionsTable(LIGHTFAST_HTTP_OPTIONS),
    sandbox: [
      markdownTable(
        ["Key", "Effect"],
        Object.entries(SANDBOX_KEYS).map(([key, { effect }]) => [code(key), effect]),
      ),
      "Words in a signal's input select what happens to it:",
      markdownTable(
        ["Input contains", "What happens"],
        Object.entries(SANDBOX_INPUTS).map(([marker, { effect }]) => [code(marker), effect]),
      ),
    ].join("\n\n"),
  };
}

function describeArguments(schema: Record<string, unknown>): string {
  return Object.entries((schema.properties ?? {}) as Record<string, { description?: string }>)
    .map(([name, { description }]) => `${code(name)}: ${description}`)
    .join("; ");
}
