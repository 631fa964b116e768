import process from "node:process";
import { LOCAL_CALLER } from "../core/caller.ts";
import { createCatalog } from "../core/catalog.ts";
import { CARDS } from "../lightfast/cards.generated.ts";
import { print } from "./output.ts";
import { table } from "./table.ts";

/** Prints the catalog: needs no key and no network. */
export const tools = ({ json = false }: { json?: boolean }): void => {
  if (json) {
    const catalog = createCatalog(CARDS, async () => []);
    print(JSON.stringify({ tools: catalog.list(LOCAL_CALLER) }));
    return;
  }
  const rows = CARDS.map(({ kind, wire }) => [
    wire.name,
    kind,
    Object.keys(wire.inputSchema.properties ?? {}).join(", ") || "-",
    wire.title,
  ]);
  print(table(["TOOL", "KIND", "ARGUMENTS", "TITLE"], rows, process.stdout.columns));
};
