import type { DISPOSITIONS, KINDS, PRIORITIES, VISIBILITY_SCOPES } from "../schemas.ts";

type Kind = (typeof KINDS)[number];
type Priority = (typeof PRIORITIES)[number];
export type VisibilityScope = (typeof VISIBILITY_SCOPES)[number];

/** What Lightfast makes of a signal: classification, version 2. */
export type Classification = {
  readonly schemaVersion: "signal.classification.v2";
  readonly disposition: (typeof DISPOSITIONS)[number];
  readonly kind: Kind;
  readonly priority: Priority;
  readonly title: string;
  readonly summary: string;
  readonly nextAction: string;
  readonly rationale: string;
  readonly confidence: number;
  readonly routing: {
    readonly visibility: { readonly scope: VisibilityScope; readonly rationale: string };
    readonly review: { readonly required: false; readonly reason: null; readonly rationale: null };
    readonly routes: {
      readonly people: {
        readonly shouldRun: boolean;
        readonly confidence: number;
        readonly rationale: string;
      };
    };
  };
};

const MAX_TITLE = 80;
const MAX_SUMMARY = 240;

/** Parts of the lower-cased text that give a kind away, in the order in which they are tried. */
const KIND_WORDS: readonly (readonly [Kind, readonly string[]])[] = [
  ["follow_up", ["follow up", "follow-up"]],
  ["review", ["review"]],
  ["fix", ["fix"]],
  ["investigate", ["investigate", "debug"]],
  ["remember", ["remember", "note"]],
  ["engage", ["engage", "reply", "message", "dm "]],
];

const PRIORITY_WORDS: readonly (readonly [Priority, readonly string[]])[] = [
  ["urgent", ["urgent", "asap"]],
  ["high", ["high priority", "important"]],
];

const NEXT_ACTIONS: Readonly<Record<Kind, string>> = {
  engage: "Get in touch.",
  follow_up: "Follow up on it.",
  review: "Review what the signal names.",
  fix: "Fix what the signal describes.",
  investigate: "Find out what is behind it.",
  remember: "Keep it in mind.",
  other: "Decide what to do about it.",
};

/** What depends on whether the text names somebody who can be reached. */
const NAMES_SOMEBODY = {
  confidence: 0.8,
  visibility: { scope: "team", rationale: "It names a contact, so it is shared with the team." },
  people: { shouldRun: true, confidence: 0.8, rationale: "It names a contact that can be looked up." },
} as const;
const NAMES_NOBODY = {
  confidence: 0.55,
  visibility: { scope: "user", rationale: "It names no contact, so it stays with its creator." },
  people: { shouldRun: false, confidence: 0, rationale: "It names no contact to look up." },
} as const;

const firstHit = <T>(text: string, table: readonly (readonly [T, readonly string[]])[]): T | undefined =>
  table.find(([, words]) => words.some((word) => text.includes(word)))?.[0];

const oneLine = (text: string): string => text.replaceAll(/\s+/g, " ").trim();

const cut = (text: string, max: number): string =>
  text.length > max ? `${text.slice(0, max - 3)}...` : text;

const titleOf = (input: string): string =>
  cut(oneLine(input.split(/[.!?]/, 1)[0] ?? "") || "Local signal", MAX_TITLE);

/**
 * Classifies by fixed rules, as Lightfast does where it has no model. The outcome is always actionable and never needs
 * review.
 * @param input the stored text
 * @param namesSomebody whether any person was extracted from it
 */
export const classify = (input: string, namesSomebody: boolean): Classification => {
  const text = input.toLowerCase();
  const kind = firstHit(text, KIND_WORDS) ?? "other";
  const { confidence, visibility, people } = namesSomebody ? NAMES_SOMEBODY : NAMES_NOBODY;
  return {
    schemaVersion: "signal.classification.v2",
    disposition: "actionable",
    kind,
    priority: firstHit(text, PRIORITY_WORDS) ?? "normal",
    title: titleOf(input),
    summary: cut(oneLine(input), MAX_SUMMARY),
    nextAction: NEXT_ACTIONS[kind],
    rationale: "The sandbox goes by fixed words and patterns; no model has read the text.",
    confidence,
    routing: { visibility, review: { required: false, reason: null, rationale: null }, routes: { people } },
  };
};
