import { expect, test } from "vitest";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lfx/catalog.ts";
import { toGroupDefinition } from "../../../../src/platforms/lfx/groups.ts";
import { TOOL_NAMES } from "../../../../src/platforms/lfx/policy.ts";
import { describeCards } from "../../../support/card-laws.ts";

// Clients cut a description after so many bytes.
const MAX_BYTES = 2048;

describeCards(TOOL_DEFINITIONS, { client: "lfx", maxDescription: MAX_BYTES });

const GROUP_CARDS = TOOL_DEFINITIONS.map(toGroupDefinition).filter(
  ({ wire }) => !TOOL_DEFINITIONS.some((card) => card.wire.name === wire.name),
);
describeCards(GROUP_CARDS, { client: "lfx", maxDescription: MAX_BYTES });

test("every tool of the policy has a card, and no other", () => {
  expect(TOOL_DEFINITIONS.map(({ wire }) => wire.name).sort()).toEqual([...TOOL_NAMES].sort());
});

test.each(TOOL_DEFINITIONS)("no text of $wire.name is cut by clients", ({ wire }) => {
  const texts = Object.values(wire.inputSchema.properties ?? {}).map(({ description }) => description);
  for (const text of [wire.description, ...texts]) expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
});
