import { describe, expect, test } from "vitest";
import { countModelTokens, countTokens } from "../../../../scripts/generate/tokens.ts";
import { lfxServerInfo, TOOL_DEFINITIONS } from "../../../../src/platforms/lfx/catalog.ts";
import { toGroupDefinition } from "../../../../src/platforms/lfx/groups.ts";
import { POLICY, type PolicyRow, TOOL_NAMES, type ToolName } from "../../../../src/platforms/lfx/policy.ts";
import { describeToolDefinitions } from "../../../support/tool-definition-rules.ts";

// Clients truncate descriptions after this many bytes.
const MAX_BYTES = 2048;

describeToolDefinitions(TOOL_DEFINITIONS, { client: "lfx", maxDescription: MAX_BYTES });

const GROUP_DEFINITIONS = TOOL_DEFINITIONS.map(toGroupDefinition).filter(
  ({ wire }) => !TOOL_DEFINITIONS.some((original) => original.wire.name === wire.name),
);
describeToolDefinitions(GROUP_DEFINITIONS, { client: "lfx", maxDescription: MAX_BYTES });

test("exactly the tools of the policy have definitions", () => {
  expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name).sort()).toEqual([...TOOL_NAMES].sort());
});

test("exactly the guidance tools call nothing", () => {
  const closed = TOOL_DEFINITIONS.filter(({ wire }) => !wire.annotations.openWorldHint);
  expect(closed.map(({ wire }) => wire.name).sort()).toEqual([
    "read_lfx_semantic_layer_guidance",
    "read_lfx_standard_metrics_guidance",
  ]);
});

test.each(TOOL_DEFINITIONS)("clients truncate no text of $wire.name", ({ wire }) => {
  const texts = Object.values(wire.inputSchema.properties ?? {}).map(({ description }) => description);
  for (const text of [wire.description, ...texts]) expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
});

describe("what a model pays for", () => {
  // In every conversation; o200k.
  const MAX_LIST_TOKENS = 10_500;
  const MAX_TOOL_TOKENS = 600;
  const MAX_INSTRUCTIONS_TOKENS = 500;
  // Claude Code truncates longer ones.
  const MAX_INSTRUCTIONS_LENGTH = 2048;

  const isDefault = (name: string) => (POLICY[name as ToolName] as PolicyRow).byDefault;

  test(`the default list takes at most ${MAX_LIST_TOKENS} tokens`, () => {
    const offered = TOOL_DEFINITIONS.filter(({ wire }) => isDefault(wire.name));
    expect(countModelTokens(offered)).toBeLessThanOrEqual(MAX_LIST_TOKENS);
  });

  test.each(TOOL_DEFINITIONS)(`$wire.name takes at most ${MAX_TOOL_TOKENS} tokens`, (definition) => {
    expect(countModelTokens([definition])).toBeLessThanOrEqual(MAX_TOOL_TOKENS);
  });

  test.each([false, true])(
    "the instructions are short, with committees as groups: %j",
    (committeesAsGroups) => {
      const backends = new Set(["lfx", "onboarding", "lens"] as const);
      const { instructions, catalog } = lfxServerInfo({ tools: TOOL_NAMES, backends, committeesAsGroups });

      expect(countTokens(instructions)).toBeLessThanOrEqual(MAX_INSTRUCTIONS_TOKENS);
      expect(instructions.length).toBeLessThanOrEqual(MAX_INSTRUCTIONS_LENGTH);
      const mentioned = instructions.match(/\b(?:search|get)_\w+/g) ?? [];
      expect(mentioned.length).toBeGreaterThan(0);
      for (const name of mentioned) expect(catalog.has(name)).toBe(true);
    },
  );
});
