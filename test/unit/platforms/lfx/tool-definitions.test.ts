import { expect, test } from "vitest";
import { CARDS } from "../../../../src/platforms/lfx/cards.generated.ts";
import { groupCard } from "../../../../src/platforms/lfx/groups.ts";
import { TOOL_NAMES } from "../../../../src/platforms/lfx/policy.ts";
import { describeCards } from "../../../support/card-laws.ts";

// Clients cut a description after so many bytes.
const MAX_BYTES = 2048;

describeCards(CARDS, { client: "lfx", maxDescription: MAX_BYTES });

const GROUP_CARDS = CARDS.map(groupCard).filter(
  ({ wire }) => !CARDS.some((card) => card.wire.name === wire.name),
);
describeCards(GROUP_CARDS, { client: "lfx", maxDescription: MAX_BYTES });

test("every tool of the policy has a card, and no other", () => {
  expect(CARDS.map(({ wire }) => wire.name).sort()).toEqual([...TOOL_NAMES].sort());
});

test.each(CARDS)("no text of $wire.name is cut by clients", ({ wire }) => {
  const texts = Object.values(wire.inputSchema.properties ?? {}).map(({ description }) => description);
  for (const text of [wire.description, ...texts]) expect(Buffer.byteLength(text)).toBeLessThan(MAX_BYTES);
});
