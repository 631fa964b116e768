/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses JSON; returns undefined for invalid JSON. */
export function parseJson(text: string, reviver?: (name: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    return undefined;
  }
}

/** How `JSON.stringify` writes a lone surrogate. An even number of backslashes before it are themselves escaped. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\ud[89a-f][\da-f]{2}/g;

/**
 * Serializes a value, with U+FFFD in place of each lone surrogate: strict parsers, such as Python's, refuse the whole text.
 * @returns the text, and the value that it says: the same one unless it had a lone surrogate
 */
export function toWellFormedJson<T>(value: T): { readonly text: string; readonly value: T } {
  const text = JSON.stringify(value);
  // Nearly no text has one, and this search is cheap.
  if (!text.includes("\\ud")) return { text, value };
  const clean = text.replaceAll(LONE_SURROGATE, "$1\ufffd");
  return { text: clean, value: clean === text ? value : JSON.parse(clean) };
}

const MAX_QUOTE = 500;

/**
 * Prepares text of another system for display between double quotes, so that it can't pass for this program's own: one
 * line without control characters or double quotes, at most 500 characters.
 */
export function sanitizeText(text: string): string {
  const line = text
    .replaceAll('"', "'")
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .trim();
  // Spread into code points, so that no surrogate pair is split.
  return [...line.slice(0, 2 * MAX_QUOTE)].slice(0, MAX_QUOTE).join("");
}

/** Quotation marks that look like the closing one of `quoteText`. */
const QUOTATION_MARKS =
  /[\u02ba\u02dd\u02ee\u05f4\u201c-\u201f\u2033\u2034\u2036\u2037\u2057\u275d\u275e\u2760\u2e42\u3003\u301d-\u301f\uff02\u{1f676}-\u{1f678}]/gu;

/** Single ones in a row, which look like it together. */
const SINGLE_MARKS = /['`\u00b4\u02b9\u02bc\u2018-\u201b\u2032\u2035\uff07]{2,}/gu;

/**
 * Text of another system between double quotes, so that it can't pass for a sentence of this program: one line without
 * control characters, bidi controls, quotation marks, or Markdown links, which ends in `…` if it was longer.
 * @param maxChars limit of the text without its quotes, in characters
 */
export function quoteText(text: string, maxChars = 100): string {
  return quoteStart(text, maxChars).quoted;
}

/** As `quoteText`, and how much of the text is not shown: `"Dear mem…" (1,200 more characters)`. */
export function quotePart(text: string, maxChars: number): string {
  const { quoted, omitted } = quoteStart(text.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim(), maxChars);
  if (omitted === 0) return quoted;
  return `${quoted} (${omitted.toLocaleString("en-US")} more character${omitted === 1 ? "" : "s"})`;
}

function quoteStart(text: string, maxChars: number): { readonly quoted: string; readonly omitted: number } {
  // A client that renders Markdown must not show a link to another place.
  const plain = text.slice(0, MAX_QUOTE).replaceAll(QUOTATION_MARKS, "'").replaceAll("](", "] (");
  const line = sanitizeText(plain);
  const clean = toWellFormedJson(line)
    .value.replaceAll(/\s+/gu, " ")
    .replaceAll(SINGLE_MARKS, (marks) => [...marks].join(" "));
  const characters = [...clean];
  const beyond = [...text.slice(MAX_QUOTE)].length;
  if (characters.length <= maxChars && beyond === 0) return { quoted: `"${clean}"`, omitted: 0 };
  const shown = characters.slice(0, maxChars - 1);
  return { quoted: `"${shown.join("")}…"`, omitted: characters.length - shown.length + beyond };
}

/** Shortens a text to at most `maxBytes` of UTF-8, without splitting a character. */
export function truncateText(text: string, maxBytes: number): string {
  if (Buffer.byteLength(text) <= maxBytes) return text;
  const cut = Buffer.from(text).subarray(0, maxBytes - Buffer.byteLength(ELLIPSIS));
  return `${cut.toString("utf8").replace(/\uFFFD+$/, "")}${ELLIPSIS}`;
}

const ELLIPSIS = "…";
