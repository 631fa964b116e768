const MAX_QUOTE = 500;

/** A JSON object, as parsed. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Text of another system, to be shown between double quotes to a reader who must not take it for ours: one line, without
 * control characters or such quotes, at most 500 characters.
 */
export function sanitizeText(text: string): string {
  const line = text
    .replaceAll('"', "'")
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ")
    .trim();
  // By characters, so that none is cut in two.
  return [...line.slice(0, 2 * MAX_QUOTE)].slice(0, MAX_QUOTE).join("");
}

/**
 * The JSON value of a text; undefined where it is none.
 * @param revive makes of each value what is to stand in its place, as in `JSON.parse`
 */
export function parseJson(body: string, revive?: (name: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(body, revive);
  } catch {
    return undefined;
  }
}
