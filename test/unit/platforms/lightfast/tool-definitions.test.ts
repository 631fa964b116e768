import { expect, test } from "vitest";
import { countModelTokens } from "../../../../scripts/generate/tokens.ts";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lightfast/catalog.ts";
import { describeToolDefinitions } from "../../../support/tool-definition-rules.ts";

describeToolDefinitions(TOOL_DEFINITIONS, { client: "lightfast", maxDescription: 1000 });

test.each(TOOL_DEFINITIONS)("$wire.name destroys nothing, and calls an API", ({ wire: { annotations } }) => {
  expect(annotations).toMatchObject({ destructiveHint: false, openWorldHint: true });
});

test("definitions are sorted by name", () => {
  const names = TOOL_DEFINITIONS.map(({ wire }) => wire.name);
  expect(names).toEqual([...names].sort());
});

// In every conversation; o200k.
const MAX_LIST_TOKENS = 500;

test(`a model pays at most ${MAX_LIST_TOKENS} tokens for the list`, () => {
  expect(countModelTokens(TOOL_DEFINITIONS)).toBeLessThanOrEqual(MAX_LIST_TOKENS);
});
