import { expect, test } from "vitest";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lfx/catalog.ts";
import { toGroupDefinition } from "../../../../src/platforms/lfx/groups.ts";
import { TOOL_NAMES } from "../../../../src/platforms/lfx/policy.ts";
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

test.each(TOOL_DEFINITIONS)("clients truncate no text of $wire.name", ({ wire }) => {
  const texts = Object.values(wire.inputSchema.properties ?? {}).map(({ description }) => description);
  for (const text of [wire.description, ...texts]) expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
});
