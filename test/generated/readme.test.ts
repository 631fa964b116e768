import { test } from "vitest";
import { CARDS } from "../../src/platforms/lightfast/cards.generated.ts";
import { HTTP_OPTIONS, OPTIONS } from "../../src/platforms/lightfast/config/options.ts";
import { SANDBOX_INPUTS, SANDBOX_KEYS } from "../../src/platforms/lightfast/sandbox/fixtures.ts";
import { clientsSection } from "./clients-section.ts";
import { markdownTable } from "./markdown.ts";
import { code, expectSections, firstSentence, optionsTable } from "./sections.ts";

const argumentsOf = (schema: Record<string, unknown>): string =>
  Object.entries((schema.properties ?? {}) as Record<string, { description?: string }>)
    .map(([name, { description }]) => `${code(name)}: ${description}`)
    .join("; ");

const SECTIONS: Record<string, string> = {
  clients: clientsSection(),
  tools: markdownTable(
    ["Tool", "Kind", "What it does", "Arguments"],
    CARDS.map(({ kind, wire }) => [
      code(wire.name),
      kind,
      firstSentence(wire.description),
      argumentsOf(wire.inputSchema) || "none",
    ]),
  ),
  options: optionsTable(OPTIONS),
  http: optionsTable(HTTP_OPTIONS),
  sandbox: [
    markdownTable(
      ["Key", "What it provokes"],
      Object.entries(SANDBOX_KEYS).map(([key, { meaning }]) => [code(key), meaning]),
    ),
    "Words in a signal's input steer what becomes of it:",
    markdownTable(
      ["Input contains", "What happens"],
      Object.entries(SANDBOX_INPUTS).map(([marker, { meaning }]) => [code(marker), meaning]),
    ),
  ].join("\n\n"),
};

test("the tables of the README are those of the program", async () => {
  await expectSections("README.md", SECTIONS);
});
