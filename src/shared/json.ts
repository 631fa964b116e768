/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Parses JSON; returns undefined for invalid JSON.
 * @param reviver as in `JSON.parse`
 */
export function parseJson(text: string, reviver?: (name: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, reviver);
  } catch {
    return undefined;
  }
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
