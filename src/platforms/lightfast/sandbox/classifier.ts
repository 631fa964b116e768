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

function firstHit<T>(text: string, table: readonly (readonly [T, readonly string[]])[]): T | undefined {
  return table.find(([, words]) => words.some((word) => text.includes(word)))?.[0];
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 3)}...` : text;
}

function titleOf(input: string): string {
  return cut(oneLine(input.split(/[.!?]/, 1)[0] ?? "") || "Local signal", MAX_TITLE);
}

/**
 * Classifies by fixed rules, as Lightfast does where it has no model. The outcome is always actionable and never needs
 * review.
 * @param input the stored text
 * @param namesSomebody whether any person was extracted from it
 */
export function classify(input: string, namesSomebody: boolean): Classification {
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
}

/** How a text can name a person without a model having to guess. */
export type MentionKind = "email" | "handle" | "profile_url";

/** Somebody whom a signal names, as `entityLinks` shows it. */
export type EntityLink = {
  readonly targetType: "person";
  readonly localEntityKey: `person_${number}`;
  readonly label: string;
  readonly mentionKind: MentionKind;
  readonly anchorText: string;
  readonly anchorOccurrence: number;
  readonly extractionMethod: "deterministic";
  readonly rationale: string;
  readonly confidence: 1;
  /** The sandbox knows no people, so nobody is ever found. */
  readonly resolvedPerson: null;
};

/** A piece of the input and where it begins. */
type Span = { readonly start: number; readonly text: string };
type Mention = Span & { readonly kind: MentionKind };

const EMAIL = /\b[A-Z0-9._%+-]+@[A-Z0-9.-]+\.[A-Z]{2,}\b/gi;
const WEB_ADDRESS = /\bhttps?:\/\/[^\s<>"')]+/gi;
const HANDLE = /(^|[^\w@.])@[A-Z0-9_]{1,30}\b/gi;
const TRAILING_PUNCTUATION = /[.,;:!?\])]+$/;

const MAX_MENTIONS = 10;
const MAX_LABEL = 160;
const MAX_ANCHOR = 240;

/** First path segments at X that are pages of the site and nobody's name. */
const RESERVED_AT_X = new Set(
  `compose download explore home i intent login logout messages notifications privacy search settings share signup
  tos`.split(/\s+/),
);

function isNameAtX([name = "", ...more]: readonly string[]): boolean {
  return name !== "" && more.length === 0 && !RESERVED_AT_X.has(name.toLowerCase());
}

/** Whose path, cut at its slashes, is a person's profile. Reserved pages of GitHub pass too, as in the API. */
const PROFILES: ReadonlyMap<string, (path: readonly string[]) => boolean> = new Map([
  ["linkedin.com", (path: readonly string[]) => path.length === 2 && path[0] === "in"],
  ["github.com", (path: readonly string[]) => path.length === 1],
  ["x.com", isNameAtX],
  ["twitter.com", isNameAtX],
]);

const RATIONALES: Readonly<Record<MentionKind, string>> = {
  email: "The text contains this e-mail address.",
  handle: "The text contains this handle.",
  profile_url: "The text contains the address of this profile.",
};

function isProfile({ text }: Span): boolean {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  const accepts = PROFILES.get(hostname.replace(/^www\./, ""));
  return accepts?.(pathname.split("/").filter(Boolean)) ?? false;
}

function spans(input: string, pattern: RegExp): Span[] {
  return [...input.matchAll(pattern)].map((match) => ({
    start: match.index,
    text: match[0].replace(TRAILING_PUNCTUATION, ""),
  }));
}

/** The pattern also takes the character before a handle, which is no part of it. */
function handles(input: string): Span[] {
  return [...input.matchAll(HANDLE)].map((match) => {
    const before = match[1]?.length ?? 0;
    return { start: match.index + before, text: match[0].slice(before) };
  });
}

function begins({ start }: Span, within: Span): boolean {
  return start >= within.start && start < within.start + within.text.length;
}

function as(kind: MentionKind, found: readonly Span[]): Mention[] {
  return found.map((span) => ({ ...span, kind }));
}

function mentions(input: string): Mention[] {
  const emails = spans(input, EMAIL);
  const addresses = spans(input, WEB_ADDRESS);
  const covered = [...emails, ...addresses];
  const free = handles(input).filter((handle) => !covered.some((span) => begins(handle, span)));
  return [...as("email", emails), ...as("profile_url", addresses.filter(isProfile)), ...as("handle", free)];
}

/**
 * The people a text names by e-mail address, handle or profile address: the first ten in the order of the text, by
 * fixed patterns and nothing else.
 */
export function extractEntities(input: string): EntityLink[] {
  return mentions(input)
    .sort((one, other) => one.start - other.start)
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
      resolvedPerson: null,
    }));
}
