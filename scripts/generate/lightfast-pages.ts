import type { ToolDefinition } from "../../src/mcp/tool-definition.ts";
import { LIGHTFAST_HTTP_OPTIONS } from "../../src/platforms/lightfast/config/http-options.ts";
import { requiredScope, TOOL_ROWS } from "../../src/platforms/lightfast/policy.ts";
import { SANDBOX_INPUTS, SANDBOX_KEYS } from "../../src/platforms/lightfast/sandbox/fixtures.ts";
import { hostedLinks } from "./clients.ts";
import { code, firstSentence, markdownTable, optionsTable } from "./markdown.ts";
import { countModelTokens } from "./tokens.ts";

/** The generated sections of the pages about Lightfast, by page. */
export function lightfastSections(
  definitions: readonly ToolDefinition[],
): Record<string, Record<string, string>> {
  const tokens = countModelTokens(definitions);
  return {
    "README.md": { hosted: hostedLinks(), tools: toolsTable(definitions) },
    "docs/tools.md": {
      tools: [
        toolsTable(definitions),
        "Scope and organization apply to the hosted server. An API key has scopes of its own and belongs to one organization.",
        markdownTable(
          ["Tool", "Arguments"],
          definitions.map(({ wire }) => [code(wire.name), describeArguments(wire.inputSchema) || "none"]),
        ),
        `Names, descriptions and parameters of these tools take ${tokens} tokens (o200k) of a model's context.`,
      ].join("\n\n"),
    },
    "docs/http.md": { http: optionsTable(LIGHTFAST_HTTP_OPTIONS) },
    "docs/sandbox.md": {
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
    },
  };
}

/** What each tool does, and what a caller of the hosted server needs for it. */
function toolsTable(definitions: readonly ToolDefinition[]): string {
  const rows = definitions.map(({ kind, wire }) => {
    const row = TOOL_ROWS.find(({ tool }) => tool === wire.name);
    if (!row) throw new Error(`The policy has no row for ${wire.name}.`);
    const organization = row.requiresBoundOrg ? "required" : "not needed";
    return [code(wire.name), firstSentence(wire.description), kind, code(requiredScope(row)), organization];
  });
  return markdownTable(["Tool", "What it does", "Kind", "Scope", "Organization"], rows);
}

function describeArguments(schema: Record<string, unknown>): string {
  return Object.entries((schema.properties ?? {}) as Record<string, { description?: string }>)
    .map(([name, { description }]) => `${code(name)}: ${description}`)
    .join("; ");
}
