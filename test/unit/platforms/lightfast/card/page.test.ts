import { describe, expect, test } from "vitest";
import { factsOf } from "../../../../../src/platforms/lightfast/card/page.ts";

const CLASSIFICATION = {
  disposition: "needs_context",
  kind: "follow_up",
  priority: "normal",
  nextAction: "Ask for a date.",
  routing: {
    visibility: { scope: "team", rationale: "Shared work." },
    review: { required: false, reason: null, rationale: null },
  },
};

/** The rows as label and value. */
function rowsOf(signal: Parameters<typeof factsOf>[0]): Readonly<Record<string, string>> {
  return Object.fromEntries(factsOf(signal).map(([label, value]) => [label, value]));
}

describe("the table of a card", () => {
  test("has kind, priority, next action and routing in words", () => {
    expect(rowsOf({ classification: CLASSIFICATION })).toEqual({
      Kind: "Follow up",
      Priority: "Normal",
      Assessment: "Needs context",
      "Next action": "Ask for a date.",
      "Visible to": "The team",
    });
  });

  test("says why someone must review it", () => {
    const routing = {
      visibility: { scope: "needs_review" },
      review: { required: true, reason: "personal_data", rationale: "Names a patient." },
    };
    const facts = factsOf({ classification: { ...CLASSIFICATION, routing } });
    expect(facts).toContainEqual(["Review", "Personal data", "Names a patient.", "wide"]);
    expect(facts).toContainEqual(["Visible to", "Its creator, until a review", "", "wide"]);
  });

  test("stands out where the priority is high", () => {
    for (const [priority, look] of [
      ["low", ""],
      ["high", "alarm"],
      ["urgent", "alarm"],
    ] as const)
      expect(factsOf({ classification: { priority } })[0]?.[3]).toBe(look);
  });

  test("names each person once, and at most ten", () => {
    const named = (displayName: string | null, label: string) => ({
      label,
      resolvedPerson: displayName && { displayName },
    });
    const entityLinks = [named("Ada Lovelace", "Ada"), named("Ada Lovelace", "@ada"), named(null, "Bob")];
    expect(rowsOf({ entityLinks }).People).toBe("Ada Lovelace, Bob");
    const many = Array.from({ length: 30 }, (_, index) => named(null, `P${index}`));
    expect(rowsOf({ entityLinks: many }).People?.split(", ")).toHaveLength(10);
  });

  test.each([{}, { classification: null }, { classification: { kind: 1, routing: null } }])(
    "is empty for %j",
    (signal) => {
      expect(factsOf(signal)).toEqual([]);
    },
  );

  test("shows values that it does not know, and the visibility of a signal without routing", () => {
    const classification = { kind: "brand_new" };
    expect(rowsOf({ classification, visibilityScope: "whole_company" })).toEqual({
      Kind: "Brand new",
      "Visible to": "Whole company",
    });
  });
});
