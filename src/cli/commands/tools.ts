import process from "node:process";
import { createCatalog } from "../../mcp/catalog.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { ToolDefinition } from "../../mcp/tool-definition.ts";
import { formatTable, print } from "../output.ts";

/** Prints the tools of a platform: needs no key and no network. */
export function tools(cards: readonly ToolDefinition[], { json = false }: { json?: boolean }): void {
  if (json) {
    print(JSON.stringify({ tools: createCatalog(cards, async () => []).list(LOCAL_CALLER) }));
    return;
  }
  const rows = cards.map(({ kind, wire }) => [
    wire.name,
    kind,
    Object.keys(wire.inputSchema.properties ?? {}).join(", ") || "-",
    wire.title,
  ]);
  print(formatTable(["TOOL", "KIND", "ARGUMENTS", "TITLE"], rows, process.stdout.columns));
}
