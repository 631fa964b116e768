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

const isNameAtX = ([name = "", ...more]: readonly string[]): boolean =>
  name !== "" && more.length === 0 && !RESERVED_AT_X.has(name.toLowerCase());

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

const isProfile = ({ text }: Span): boolean => {
  if (!URL.canParse(text)) return false;
  const { hostname, pathname } = new URL(text);
  const accepts = PROFILES.get(hostname.replace(/^www\./, ""));
  return accepts?.(pathname.split("/").filter(Boolean)) ?? false;
};

const spans = (input: string, pattern: RegExp): Span[] =>
  [...input.matchAll(pattern)].map((match) => ({
    start: match.index,
    text: match[0].replace(TRAILING_PUNCTUATION, ""),
  }));

/** The pattern also takes the character before a handle, which is no part of it. */
const handles = (input: string): Span[] =>
  [...input.matchAll(HANDLE)].map((match) => {
    const before = match[1]?.length ?? 0;
    return { start: match.index + before, text: match[0].slice(before) };
  });

const begins = ({ start }: Span, within: Span): boolean =>
  start >= within.start && start < within.start + within.text.length;

const as = (kind: MentionKind, found: readonly Span[]): Mention[] => found.map((span) => ({ ...span, kind }));

const mentions = (input: string): Mention[] => {
  const emails = spans(input, EMAIL);
  const addresses = spans(input, WEB_ADDRESS);
  const covered = [...emails, ...addresses];
  const free = handles(input).filter((handle) => !covered.some((span) => begins(handle, span)));
  return [...as("email", emails), ...as("profile_url", addresses.filter(isProfile)), ...as("handle", free)];
};

/**
 * The people a text names by e-mail address, handle or profile address: the first ten in the order of the text, by
 * fixed patterns and nothing else.
 */
export const extractEntities = (input: string): EntityLink[] =>
  mentions(input)
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
