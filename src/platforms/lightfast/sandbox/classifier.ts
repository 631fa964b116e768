import type { KINDS, PRIORITIES, VISIBILITY_SCOPES } from "../schemas.ts";

type Kind = (typeof KINDS)[number];
type Priority = (typeof PRIORITIES)[number];
export type VisibilityScope = (typeof VISIBILITY_SCOPES)[number];

/** Classification, version 2 (Lightfast API v1, schemas). */
export type Classification = ReturnType<typeof classify>;

const MAX_TITLE = 80;
const MAX_SUMMARY = 240;

type Keywords<T> = readonly (readonly [T, readonly string[]])[];

/** Parts of the lower-cased text that decide the kind. The first match wins. */
const KIND_KEYWORDS: Keywords<Kind> = [
  ["follow_up", ["follow up", "follow-up"]],
  ["review", ["review"]],
  ["fix", ["fix"]],
  ["investigate", ["investigate", "debug"]],
  ["remember", ["remember", "note"]],
  ["engage", ["engage", "reply", "message", "dm "]],
];

const PRIORITY_KEYWORDS: Keywords<Priority> = [
  ["urgent", ["urgent", "asap"]],
  ["high", ["high priority", "important"]],
];

const NEXT_ACTIONS: Readonly<Record<Kind, string>> = {
  engage: "Get in touch.",
  follow_up: "Follow up on it.",
  review: "Review what the signal names.",
  fix: "Fix what the signal describes.",
  investigate: "Find the cause.",
  remember: "Remember it.",
  other: "Decide what to do about it.",
};

/** Parts that depend on whether the text names a contact. */
const WITH_CONTACT = {
  confidence: 0.8,
  visibility: { scope: "team", rationale: "Names a contact, so the team can see it." },
  people: { shouldRun: true, confidence: 0.8, rationale: "Names a contact to look up." },
} as const;
const WITHOUT_CONTACT = {
  confidence: 0.55,
  visibility: { scope: "user", rationale: "Names no contact, so only its creator can see it." },
  people: { shouldRun: false, confidence: 0, rationale: "Names no contact to look up." },
} as const;

/**
 * Classifies by fixed rules, as Lightfast does without a model. The result is always actionable and never needs review.
 * @param hasContact whether `extractEntities` found a person
 */
export function classify(input: string, hasContact: boolean) {
  const text = input.toLowerCase();
  const kind = findKeyword(text, KIND_KEYWORDS) ?? "other";
  const { confidence, visibility, people } = hasContact ? WITH_CONTACT : WITHOUT_CONTACT;
  return {
    schemaVersion: "signal.classification.v2",
    disposition: "actionable",
    kind,
    priority: findKeyword(text, PRIORITY_KEYWORDS) ?? "normal",
    title: truncate(collapseWhitespace(input.split(/[.!?]/, 1)[0] ?? "") || "Local signal", MAX_TITLE),
    summary: truncate(collapseWhitespace(input), MAX_SUMMARY),
    nextAction: NEXT_ACTIONS[kind],
    rationale: "Classified by the sandbox with fixed keywords and patterns, without a model.",
    confidence,
    routing: { visibility, review: { required: false, reason: null, rationale: null }, routes: { people } },
  };
}

function findKeyword<T>(text: string, table: Keywords<T>): T | undefined {
  return table.find(([, keywords]) => keywords.some((keyword) => text.includes(keyword)))?.[0];
}

function collapseWhitespace(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function truncate(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 3)}...` : text;
}

type MentionKind = "email" | "handle" | "profile_url";

/** A person named in a signal, an item of `entityLinks`. */
export type EntityLink = ReturnType<typeof extractEntities>[number];

type Span = { readonly start: number; readonly text: string };
type Mention = Span & { readonly kind: MentionKind };

const EMAIL = /\b[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}\b/gi;
const WEB_URL = /\bhttps?:\/\/[^\s<>"')]+/gi;
const HANDLE = /(?<=^|[^\w@.])@[A-Z0-9_]{1,30}\b/gi;
const TRAILING_PUNCTUATION = /[.,;:!?\])]+$/;

const MAX_MENTIONS = 10;
const MAX_LABEL = 160;
const MAX_ANCHOR = 240;

/** First path segments on X that are pages of the site. */
const RESERVED_ON_X = new Set(
  `compose download explore home i intent login logout messages notifications privacy search settings share signup
  tos`.split(/\s+/),
);

/** Tests for profile paths, by host. Reserved pages of GitHub pass too, as in the API. */
const PROFILE_TESTS: ReadonlyMap<string, (segments: readonly string[]) => boolean> = new Map([
  ["linkedin.com", (path: readonly string[]) => path.length === 2 && path[0] === "in"],
  ["github.com", (path: readonly string[]) => path.length === 1],
  ["x.com", isXProfile],
  ["twitter.com", isXProfile],
]);

const RATIONALES: Readonly<Record<MentionKind, string>> = {
  email: "The text contains this email address.",
  handle: "The text contains this handle.",
  profile_url: "The text contains this profile URL.",
};

/** The first ten people that a text names by email address, handle or profile URL, in the order of the text. */
export function extractEntities(input: string) {
  return findMentions(input)
    .sort((a, b) => a.start - b.start)
    .slice(0, MAX_MENTIONS)
    .map(({ kind, start, text }, index) => ({
      targetType: "person",
      localEntityKey: `person_${index + 1}`,
      label: text.slice(0, MAX_LABEL),
      mentionKind: kind,
      anchorText: text.slice(0, MAX_ANCHOR),
      anchorOccurrence: input.slice(0, start).split(text).length,
      extractionMethod: "deterministic",
      rationale: RATIONALES[kind],
      confidence: 1,
      // The sandbox has no people to resolve.
      resolvedPerson: null,
    }));
}

function findMentions(input: string): Mention[] {
  const emails = findSpans(input, EMAIL);
  const urls = findSpans(input, WEB_URL);
  const isCovered = ({ start }: Span) =>
    [...emails, ...urls].some((span) => start >= span.start && start < span.start + span.text.length);
  return [
    ...emails.map((span) => ({ ...span, kind: "email" as const })),
    ...urls.filter(isProfile).map((span) => ({ ...span, kind: "profile_url" as const })),
    ...findSpans(input, HANDLE)
      .filter((span) => !isCovered(span))
      .map((span) => ({ ...span, kind: "handle" as const })),
  ];
}

function findSpans(input: string, pattern: RegExp): Span[] {
  return [...input.matchAll(pattern)].map((match) => ({
    start: match.index,
    text: match[0].replace(TRAILING_PUNCTUATION, ""),
  }));
}

function isProfile({ text }: Span): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  const test = PROFILE_TESTS.get(hostname.replace(/^www\./, ""));
  return test?.(pathname.split("/").filter(Boolean)) ?? false;
}

function isXProfile([name = "", ...more]: readonly string[]): boolean {
  return name !== "" && more.length === 0 && !RESERVED_ON_X.has(name.toLowerCase());
}
