import process from "node:process";
import type { Environment, GivenFlags } from "../../config/reader.ts";
import { createCatalog } from "../../mcp/catalog.ts";
import { selectDefinitions } from "../../mcp/selection.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";
import { formatTable, print } from "../output.ts";

/** Prints the tools of a platform that a server with these flags offers: needs no key and no network. */
export function tools(
  flags: GivenFlags,
  { TOOL_DEFINITIONS }: { readonly TOOL_DEFINITIONS: readonly ToolDefinition[] },
  { resolveTools }: { resolveTools(flags: GivenFlags, env: Environment): readonly string[] | undefined },
): void {
  const { definitions } = selectDefinitions(TOOL_DEFINITIONS, resolveTools(flags, process.env));
  if (flags.json) {
    print(JSON.stringify({ tools: createCatalog(definitions, async () => []).list(LOCAL_CALLER) }));
    return;
  }
  const rows = definitions.map(({ kind, wire }) => [
    wire.name,
    kind,
    Object.keys(wire.inputSchema.properties ?? {}).join(", ") || "-",
    wire.title,
  ]);
  print(formatTable(["TOOL", "KIND", "ARGUMENTS", "TITLE"], rows, process.stdout.columns));
}
