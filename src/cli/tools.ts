import process from "node:process";
import { LOCAL_CALLER } from "../core/caller.ts";
import type { ToolCard } from "../core/card.ts";
import { createCatalog } from "../core/catalog.ts";
import { print } from "./output.ts";
import { table } from "./table.ts";

/** Prints the tools of a platform: needs no key and no network. */
export const tools = (cards: readonly ToolCard[], { json = false }: { json?: boolean }): void => {
  if (json) {
    const catalog = createCatalog(cards, async () => []);
    print(JSON.stringify({ tools: catalog.list(LOCAL_CALLER) }));
    return;
  }
  const rows = cards.map(({ kind, wire }) => [
    wire.name,
    kind,
    Object.keys(wire.inputSchema.properties ?? {}).join(", ") || "-",
    wire.title,
  ]);
  print(table(["TOOL", "KIND", "ARGUMENTS", "TITLE"], rows, process.stdout.columns));
};
