import { describe, expect, it } from "vitest";
import { classify } from "../../../../../src/platforms/lightfast/sandbox/classify.ts";

describe("classification by fixed rules", () => {
  it("shares what names somebody with the team and looks them up", () => {
    expect(classify("Ask @ada", true)).toMatchObject({
      schemaVersion: "signal.classification.v2",
      disposition: "actionable",
      confidence: 0.8,
      routing: {
        visibility: { scope: "team" },
        review: { required: false, reason: null, rationale: null },
        routes: { people: { shouldRun: true, confidence: 0.8 } },
      },
    });
  });

  it("keeps what names nobody with its creator", () => {
    expect(classify("hello", false)).toMatchObject({
      disposition: "actionable",
      confidence: 0.55,
      routing: {
        visibility: { scope: "user" },
        review: { required: false, reason: null, rationale: null },
        routes: { people: { shouldRun: false, confidence: 0 } },
      },
    });
  });

  it.each([
    ["Please FOLLOW UP and review", "follow_up"],
    ["A follow-up", "follow_up"],
    ["Review the fix", "review"],
    ["Fix, then investigate", "fix"],
    ["debug and note", "investigate"],
    ["Remember to reply", "remember"],
    ["note", "remember"],
    ["engage", "engage"],
    ["Reply", "engage"],
    ["send a message", "engage"],
    ["dm Ada", "engage"],
    ["admin", "other"],
    ["hello", "other"],
  ])("%s is of kind %s", (input, kind) => {
    expect(classify(input, false).kind).toBe(kind);
  });

  it.each([
    ["URGENT and important", "urgent"],
    ["asap", "urgent"],
    ["a High Priority item", "high"],
    ["important", "high"],
    ["hello", "normal"],
  ])("%s has priority %s", (input, priority) => {
    expect(classify(input, false).priority).toBe(priority);
  });

  it.each([
    ["Ship  it\n now. Then rest", "Ship it now"],
    ["Really? Yes", "Really"],
    ["Go! Now", "Go"],
    ["...", "Local signal"],
    ["a".repeat(80), "a".repeat(80)],
    ["a".repeat(81), `${"a".repeat(77)}...`],
  ])("%s is titled %s", (input, title) => {
    expect(classify(input, false).title).toBe(title);
  });

  it("leaves no text empty", () => {
    const { summary, nextAction, rationale, routing } = classify("?", false);
    const texts = [
      summary,
      nextAction,
      rationale,
      routing.visibility.rationale,
      routing.routes.people.rationale,
    ];
    for (const text of texts) expect(text.trim()).not.toBe("");
  });
});
