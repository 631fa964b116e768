import { expect, test } from "vitest";
import { CARDS } from "../../../../src/platforms/lightfast/cards.generated.ts";
import { describeCards } from "../../../support/card-laws.ts";

describeCards(CARDS, { client: "lightfast", maxDescription: 1000 });

test.each(CARDS)("$wire.name is run by clients that nobody watches", ({ wire: { annotations } }) => {
  const { readOnlyHint, destructiveHint, openWorldHint } = annotations;
  expect(readOnlyHint || (!destructiveHint && !openWorldHint)).toBe(true);
});

test("the cards stand in the order of their names", () => {
  const names = CARDS.map(({ wire }) => wire.name);
  expect(names).toEqual([...names].sort());
});
