import { isObject, type JsonObject, parseJson, sanitizeText, truncateText } from "../shared/json.ts";
import { LARGE_RESULT_CHARS, MAX_RESULT_CHARS, RESULT_SIZE_KEY, type ResultLimit } from "./tool.ts";
import type { ToolResult, WireTool } from "./types.ts";

/**
 * Shortens a result whose text exceeds its limit, and states in the result what is omitted. Long texts keep their head;
 * the longest are shortened most. Where that is not enough, lists keep their first items, then objects their first fields.
 * @param maxChars limit of the serialized result
 * @param tools those that the caller may use; a statement names no other
 */
export function shortenResult(
  result: ToolResult,
  maxChars: number,
  limit: ResultLimit,
  tools: readonly WireTool[],
): ToolResult {
  const text = result.content[0]?.text ?? "";
  const value = result.structuredContent ?? parseWhole(text);
  if (typeof value !== "object" || value === null)
    return toTextResult(truncate(text, maxChars, limit.advice));
  const sizes: Sizes = { known: new WeakMap(), names: new WeakMap() };
  const rowAdvice = adviceForRows(limit, maxChars, tools);
  const root: Place = { path: "", depth: 0, advice: limit.advice, isRow: false };
  let budget = maxChars;
  for (let slack = MIN_SLACK; ; slack *= 2) {
    const omissions: Omissions = { sizes, rowAdvice, texts: 0, places: [] };
    const shortened = shrink(value, budget, root, omissions);
    const warnings = describeOmissions(omissions, maxChars, value, limit.page);
    const whole = isObject(shortened) ? addWarnings(shortened, warnings, omissions, limit.page) : shortened;
    const notes = isObject(whole) ? [] : warnings;
    const shorter = [JSON.stringify(whole), ...notes].join("\n");
    const excess = shorter.length - maxChars;
    if (excess <= 0) {
      const structuredContent = result.structuredContent && (whole as JsonObject);
      return { ...toTextResult(shorter), ...(structuredContent && { structuredContent }) };
    }
    // The warnings need room too. The slack bounds the number of passes.
    budget -= excess + slack;
  }
}

/** Characters given up with the first pass over a result; each further one gives up twice as many. */
const MIN_SLACK = 100;

function toTextResult(text: string): ToolResult {
  return { content: [{ type: "text", text }] };
}

/** Parses a text that is JSON, unless parsing changes a value, such as a long number. */
function parseWhole(text: string): unknown {
  const value = parseJson(text);
  return JSON.stringify(value) === text || JSON.stringify(value, null, 2) === text ? value : undefined;
}

/** Returns a function from a row's size to how to get it whole. */
function adviceForRows(
  { recordTool, page, advice }: ResultLimit,
  maxChars: number,
  tools: readonly WireTool[],
) {
  const record = tools.find(({ name }) => name === recordTool);
  const recordChars = Number(record?._meta?.[RESULT_SIZE_KEY] ?? MAX_RESULT_CHARS);
  return (size: number): string | undefined => {
    if (record && size <= recordChars) return `${recordTool} returns all`;
    // A row that is shorter than half of a page shares it with others.
    return page && size <= maxChars / 2 ? `a smaller ${page.size} returns more` : advice;
  };
}

/** Where a value is in the result, and how to get it whole. */
type Place = {
  readonly path: string;
  readonly depth: number;
  readonly advice: string | undefined;
  readonly isRow: boolean;
};

/** A list or an object of which only the first parts are kept. */
type ShortenedPlace = Place & { readonly kept: number; readonly total: number; readonly noun: string };

type Omissions = {
  readonly sizes: Sizes;
  readonly rowAdvice: (size: number) => string | undefined;
  texts: number;
  readonly places: ShortenedPlace[];
};

/** The serialized length of a value, and the length it can be shortened to without omitting fields. */
type Size = { readonly size: number; readonly min: number };

/** Sizes of lists and objects beyond `MIN_LIST`, and the names of many fields, which are slow to list. */
type Sizes = {
  readonly known: WeakMap<object, Size>;
  readonly names: WeakMap<object, readonly string[]>;
};

/** More than any limit. Sizes beyond it are not exact, so that a huge value takes little longer than a long one. */
const MAX_SIZE = 2 * LARGE_RESULT_CHARS;

/** Values deeper than this are empty in a shortened result, because the stack is limited. */
const MAX_DEPTH = 200;

/** Texts of at most this many characters stay whole. */
const MIN_TEXT = 300;

/** The same for words, such as URLs and page tokens. */
const MAX_WORD = 4000;
const WORD = /^[\x21-\x7e]*$/;

/** Characters that a list is shortened to at most, so that every row of a page stays. */
const MIN_LIST = 500;

function measure(value: unknown, depth: number, sizes: Sizes): Size {
  if (typeof value === "string") {
    const size = value.length > MAX_SIZE ? value.length : JSON.stringify(value).length;
    const isText = size > MIN_TEXT && (value.length > MAX_WORD || !WORD.test(value));
    return { size, min: isText ? MIN_TEXT : size };
  }
  if (typeof value !== "object" || value === null) {
    const size = String(value).length;
    return { size, min: size };
  }
  const known = sizes.known.get(value);
  if (known) return known;
  if (depth > MAX_DEPTH) return { size: MAX_SIZE, min: EMPTY };
  const isList = Array.isArray(value);
  // One bracket; each part is counted with its comma, and the last with the other bracket.
  let [size, min] = [1, 1];
  for (const [key, item] of partsOf(value, sizes)) {
    const part = measure(item, depth + 1, sizes);
    size += overheadOf(key) + part.size;
    min += overheadOf(key) + part.min;
    if ((isList ? size : min) > MAX_SIZE) break;
  }
  if (isList) min = Math.min(min, MIN_LIST);
  const measured = { size: Math.max(size, EMPTY), min: Math.max(min, EMPTY) };
  if (size > MIN_LIST) sizes.known.set(value, measured);
  return measured;
}

/** The length of an empty list or object. */
const EMPTY = "[]".length;

function* partsOf(value: object, sizes: Sizes): Iterable<[key: string | number, item: unknown]> {
  if (Array.isArray(value)) yield* value.entries();
  else for (const name of namesOf(value as JsonObject, sizes)) yield [name, (value as JsonObject)[name]];
}

/** The names of the fields that are serialized. */
function namesOf(value: JsonObject, { names }: Sizes): readonly string[] {
  const known = names.get(value);
  if (known) return known;
  const listed = Object.keys(value).filter((name) => value[name] !== undefined);
  if (listed.length > MANY_NAMES) names.set(value, listed);
  return listed;
}

const MANY_NAMES = 100;

/** Characters around a value: its comma, and its name with a colon. */
function overheadOf(key: string | number): number {
  return typeof key === "number" ? 1 : JSON.stringify(key).length + 2;
}

/**
 * A copy of a value that is too long.
 * @param budget its characters: at least its minimum, or those of an empty list or object
 */
function shrink(value: unknown, budget: number, place: Place, omissions: Omissions): unknown {
  if (typeof value === "string") {
    omissions.texts += 1;
    return truncateForJson(value, budget, place.advice);
  }
  if (typeof value !== "object" || value === null) return value;
  const isList = Array.isArray(value);
  const { sizes } = omissions;
  const total = isList ? value.length : namesOf(value as JsonObject, sizes).length;
  const { parts, left } = fitParts(value, budget - 1, place.depth, sizes);
  if (parts.length < total) {
    omissions.places.push({ ...place, kept: parts.length, total, noun: isList ? "items" : "fields" });
  }
  const share = shareOf(parts, left);
  const shrunk = parts.map((part): [string | number, unknown] => {
    const { key, item, size } = part;
    const length = clamp(share, part);
    if (size <= length) return [key, item];
    const path = isList ? `${place.path}[${key}]` : `${place.path}${place.path && "."}${key}`;
    const isNewRow = isList && !place.isRow;
    const advice = isNewRow ? omissions.rowAdvice(size) : place.advice;
    const inner: Place = { path, depth: place.depth + 1, advice, isRow: isNewRow || place.isRow };
    return [key, shrink(item, length, inner, omissions)];
  });
  return isList ? shrunk.map(([, item]) => item) : Object.fromEntries(shrunk);
}

type Part = Size & { readonly key: string | number; readonly item: unknown };

/** The first parts whose minimums fit, and the characters left for values beyond them. */
function fitParts(value: object, budget: number, depth: number, sizes: Sizes) {
  const parts: Part[] = [];
  let left = budget;
  if (depth > MAX_DEPTH) return { parts, left };
  for (const [key, item] of partsOf(value, sizes)) {
    const room = left - overheadOf(key);
    const { size, min } = measure(item, depth + 1, sizes);
    if (min <= room) {
      parts.push({ key, item, size, min });
      left = room - min;
      continue;
    }
    // A part of a record is better than none, but the last of several rows is whole.
    const isNeeded = typeof key === "string" || parts.length === 0;
    if (isNeeded && typeof item === "object" && room >= MIN_LIST) {
      parts.push({ key, item, size, min: room });
      left = 0;
    }
    break;
  }
  return { parts, left };
}

/** The length that long parts may have, so that all together have at most `left` characters beyond their minimums. */
function shareOf(parts: readonly Part[], left: number): number {
  const budget = parts.reduce((sum, { min }) => sum + min, left);
  let [low, high] = [0, budget];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (parts.reduce((sum, part) => sum + clamp(middle, part), 0) <= budget) low = middle;
    else high = middle - 1;
  }
  return low;
}

function clamp(length: number, { size, min }: Size): number {
  return Math.min(Math.max(length, min), size);
}

/** The head of a text and what is omitted: at most `maxChars` characters. */
function truncate(text: string, maxChars: number, advice: string | undefined): string {
  return endWithOmission(text, text.slice(0, maxChars - omissionOf(text.length, advice).length), advice);
}

/** The same for `maxChars` characters of JSON, which escapes some. */
function truncateForJson(text: string, maxChars: number, advice: string | undefined): string {
  const room = maxChars - '""'.length - omissionOf(text.length, advice).length;
  const escaped = JSON.stringify(text.slice(0, room)).slice(1, -1).slice(0, room);
  const head: string = JSON.parse(`"${escaped.replace(PARTIAL_ESCAPE, "$1")}"`);
  return endWithOmission(text, head, advice);
}

/** An escape that was cut off. An even number of backslashes before it are themselves escaped. */
const PARTIAL_ESCAPE = /(?<!\\)((?:\\\\)*)\\(?:u[\da-f]{0,3})?$/;

/** Half a surrogate pair, or else the part of a word after a space. */
const PARTIAL_END = /[\ud800-\udbff]$|(?<=\s)\S{1,40}$/;

function endWithOmission(text: string, head: string, advice: string | undefined): string {
  const kept = head.replace(PARTIAL_END, "");
  return kept + omissionOf(text.length - kept.length, advice);
}

function omissionOf(chars: number, advice: string | undefined): string {
  return `[${format(chars)} characters omitted${advice ? `; ${advice}` : ""}]`;
}

function format(count: number): string {
  return count.toLocaleString("en-US");
}

/** Limits of the places that warnings name, and of a place's path in bytes, so that these leave room for the result. */
const MAX_PLACES = 50;
const MAX_PATH_BYTES = 200;

/** One sentence for all texts, and one for each list or object. */
function describeOmissions(
  { texts, places }: Omissions,
  maxChars: number,
  whole: object,
  page: ResultLimit["page"],
): readonly string[] {
  if (texts === 0 && places.length === 0) return [];
  const ends =
    texts === 1 ? "1 text ends with what it omits" : `${format(texts)} texts end with what they omit`;
  const more = places.slice(MAX_PLACES);
  const omitted = more.reduce((sum, { total, kept }) => sum + total - kept, 0);
  return [
    `Shortened to fit ${format(maxChars)} characters${texts > 0 ? `: ${ends}` : ""}.`,
    ...places.slice(0, MAX_PLACES).map((place) => describePlace(place, whole, page)),
    ...(omitted > 0
      ? [`${format(omitted)} items or fields of ${format(more.length)} more lists or objects are omitted.`]
      : []),
  ];
}

function describePlace(
  { path, kept, total, noun, advice }: ShortenedPlace,
  whole: object,
  page: ResultLimit["page"],
): string {
  const name = truncateText(sanitizeText(path), MAX_PATH_BYTES) || "The result";
  const subject = `${name}: the last ${format(total - kept)} of ${format(total)} ${noun} are omitted`;
  if (page?.rows !== path) return `${subject}${advice ? `; ${advice}` : ""}.`;
  const { size, token } = page;
  return `${subject}${token in whole ? `, and so is ${token}` : ""}. Repeat this call with ${size} ${Math.max(kept, 1)}, then continue with the ${token} of that result.`;
}

/** Adds warnings to a result's own. Omits the page token with rows, because the next page starts after them. */
function addWarnings(
  value: JsonObject,
  warnings: readonly string[],
  { places }: Omissions,
  page: ResultLimit["page"],
): JsonObject {
  if (warnings.length === 0) return value;
  const hasAllRows = !page || places.every(({ path }) => path !== page.rows);
  const fields = hasAllRows
    ? value
    : Object.fromEntries(Object.entries(value).filter(([name]) => name !== page.token));
  return { ...fields, warnings: [...[value.warnings ?? []].flat(), ...warnings] };
}
