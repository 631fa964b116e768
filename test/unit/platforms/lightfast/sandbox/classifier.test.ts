import { describe, expect, it } from "vitest";
import { classify, extractEntities } from "../../../../../src/platforms/lightfast/sandbox/classifier.ts";

describe("classify", () => {
  describe("classification by fixed rules", () => {
    it("shows a signal with a contact to the team and looks the contact up", () => {
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

    it("shows a signal without a contact to its creator only", () => {
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
});

describe("classifier", () => {
  /** `kind:anchor#occurrence` of each link. */
  const linksIn = (input: string): string[] =>
    extractEntities(input).map((link) => `${link.mentionKind}:${link.anchorText}#${link.anchorOccurrence}`);

  describe("people named in a text", () => {
    it.each([
      ["a@b.co,c@d.io", ["email:a@b.co#1", "email:c@d.io#1"]],
      ["Ping @ada and @ada again", ["handle:@ada#1", "handle:@ada#2"]],
      ["a@b.co a@b.co", ["email:a@b.co#1", "email:a@b.co#2"]],
      ["a@b.co.", ["email:a@b.co#1"]],
      ["Bob@Example.COM", ["email:Bob@Example.COM#1"]],
      ["mailto:a@b.co", ["email:a@b.co#1"]],
      ["(@ada)", ["handle:@ada#1"]],
      ['"@ada"', ["handle:@ada#1"]],
      ["x.@ada", []],
      ["foo@bar", []],
      [`@${"a".repeat(30)}`, [`handle:@${"a".repeat(30)}#1`]],
      [`@${"a".repeat(31)}`, []],
      ["@ada@bob", ["handle:@ada#1"]],
      ["@ada-love", ["handle:@ada#1"]],
      ["@ada.love", ["handle:@ada#1"]],
      ["https://github.com/ada/", ["profile_url:https://github.com/ada/#1"]],
      ["https://github.com/ada).", ["profile_url:https://github.com/ada#1"]],
      ["https://x.com/ada!", ["profile_url:https://x.com/ada#1"]],
      ["http://x.com/Ada?s=20", ["profile_url:http://x.com/Ada?s=20#1"]],
      ["https://twitter.com/ada", ["profile_url:https://twitter.com/ada#1"]],
      ["https://www.linkedin.com/in/ada/", ["profile_url:https://www.linkedin.com/in/ada/#1"]],
      ["https://linkedin.com/in/ada/details", []],
      ["https://uk.linkedin.com/in/ada", []],
      ["https://X.com/HOME", []],
      ["https://mobile.twitter.com/ada", []],
      ["https://gist.github.com/ada", []],
      ["https://github.com/", []],
      ["https://github.com/org/repo", []],
      ["https://x.com/i/status/123", []],
      ["https://example.com/@jordi", []],
      ["https://example.com/ada@b.co", ["email:ada@b.co#1"]],
      ["https://x.com/ada,https://x.com/bob", []],
      ["https://github.com/settings", ["profile_url:https://github.com/settings#1"]],
      ["ü@b.co", ["handle:@b#1"]],
      ["http://[broken https://x.com:99999/ada", []],
      ["no one", []],
    ])("%s", (input, links) => {
      expect(linksIn(input)).toEqual(links);
    });

    it.each(
      "compose download explore home i intent login logout messages notifications privacy search settings share signup tos".split(
        " ",
      ),
    )("x.com/%s is not a person", (page) => {
      expect(linksIn(`https://x.com/${page} https://twitter.com/${page.toUpperCase()}`)).toEqual([]);
    });

    it("are in the order of the text", () => {
      expect(linksIn("@ada, https://x.com/bob and c@d.io")).toEqual([
        "handle:@ada#1",
        "profile_url:https://x.com/bob#1",
        "email:c@d.io#1",
      ]);
    });

    it("are the first ten, numbered", () => {
      const keys = extractEntities("@a @b @c @d @e @f @g @h @i @j @k").map((link) => link.localEntityKey);
      expect(keys).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => `person_${number}`));
    });

    it("count an occurrence inside a longer word, and beyond 100", () => {
      expect(linksIn("@adams @ada")).toEqual(["handle:@adams#1", "handle:@ada#2"]);
      expect(linksIn(`${"https://e.io/@ab ".repeat(120)}@ab`)).toEqual(["handle:@ab#121"]);
    });

    it("have truncated labels and anchors", () => {
      const [link] = extractEntities(`https://github.com/${"a".repeat(300)}`);
      expect([link?.label.length, link?.anchorText.length]).toEqual([160, 240]);
    });
  });

  it("a link has every field of the API", () => {
    expect(extractEntities("Ask @ada")).toEqual([
      {
        targetType: "person",
        localEntityKey: "person_1",
        label: "@ada",
        mentionKind: "handle",
        anchorText: "@ada",
        anchorOccurrence: 1,
        extractionMethod: "deterministic",
        rationale: expect.stringMatching(/\S/),
        confidence: 1,
        resolvedPerson: null,
      },
    ]);
  });
});
