import { test } from "vitest";
import { CARDS } from "../../src/platforms/lfx/cards.generated.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../src/platforms/lfx/config/options.ts";
import { POLICY, type PolicyRow } from "../../src/platforms/lfx/policy.ts";
import { markdownTable } from "./markdown.ts";
import { code, expectSections, firstSentence, optionsTable } from "./sections.ts";

const SERVICES: Readonly<Record<PolicyRow["backend"], string>> = {
  lfx: "LFX",
  onboarding: "Member Onboarding",
  lens: "LFX Lens",
  userInfo: "login service",
  none: "nothing",
};

const rowOf = (name: string, { kind, gate, backend, byDefault }: PolicyRow): string[] => {
  const description = CARDS.find(({ wire }) => wire.name === name)?.wire.description ?? "";
  const what = `${firstSentence(description)}${byDefault ? "" : " Only if named in the list of tools."}`;
  return [code(name), kind, gate, SERVICES[backend], what];
};

test("the tables of the LFX page are those of the program", async () => {
  await expectSections("docs/lfx.md", {
    tools: markdownTable(
      ["Tool", "Kind", "Gate", "Calls", "What it does"],
      Object.entries(POLICY).map(([name, row]) => rowOf(name, row)),
    ),
    options: optionsTable(LFX_OPTIONS),
    http: optionsTable(LFX_HTTP_OPTIONS),
  });
});
