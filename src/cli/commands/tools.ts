import process from "node:process";
import type { GivenFlags } from "../../config/reader.ts";
import { createCatalog } from "../../mcp/catalog.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import { formatTable } from "../columns.ts";
import { print } from "../output.ts";
import type { CommandPlatform } from "../platforms/platform.ts";

/** Prints the tools of a platform that a server with these flags offers: needs no key and no network. */
export function tools<Api>({ listTools }: CommandPlatform<Api>, flags: GivenFlags): void {
  const definitions = listTools(flags, process.env);
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
