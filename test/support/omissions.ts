import { expect } from "vitest";
import type { ToolResult } from "../../src/mcp/types.ts";
import { isObject, type JsonObject } from "../../src/shared/json.ts";

/** What a result omits: the end of a text, of a list, or of an object's fields. */
export type Omission =
  | {
      readonly kind: "text";
      readonly path: string;
      readonly advice: string | undefined;
    }
  | {
      readonly kind: "items" | "fields";
      readonly path: string;
      readonly kept: number;
      readonly total: number;
    };

const STATEMENT = /\[(\d{1,3}(?:,\d{3})*) characters omitted(?:; ([^\]]+))?\]$/;

/**
 * Compares a shortened value with the whole one. Fails for every difference except heads: of texts, which must state
 * exactly what they omit, of lists, and some of an object's fields.
 */
export function findOmissions(whole: unknown, shown: unknown, path = ""): readonly Omission[] {
  if (Object.is(whole, shown)) return [];
  if (typeof whole === "string" && typeof shown === "string") {
    const [statement = "", count = "", advice] = STATEMENT.exec(shown) ?? [];
    const head = shown.slice(0, shown.length - statement.length);
    const isExact = Number(count.replaceAll(",", "")) === whole.length - head.length;
    const isHead = whole.startsWith(head) && !/[\ud800-\udbff]$/.test(head);
    if (!(statement && isExact && isHead)) throw new Error(`${path} has another text: ${shown.slice(-200)}`);
    return [{ kind: "text", path, advice }];
  }
  if (Array.isArray(whole) && Array.isArray(shown)) {
    return compareParts("items", path, whole, shown, (key) => `${path}[${key}]`);
  }
  if (isObject(whole) && isObject(shown)) {
    return compareParts("fields", path, whole, shown, (key) => (path ? `${path}.${key}` : key));
  }
  throw new Error(`${path} is another value: ${JSON.stringify(shown)?.slice(0, 200)}`);
}

function compareParts(
  kind: "items" | "fields",
  path: string,
  whole: object,
  shown: object,
  pathOf: (key: string) => string,
): readonly Omission[] {
  const all = whole as JsonObject;
  // In any order: the schema library may list fields in its own.
  const parts = Object.entries(shown).flatMap(([key, item]) => {
    if (!Object.hasOwn(all, key)) throw new Error(`${path} has another part: ${key}`);
    return findOmissions(all[key], item, pathOf(key));
  });
  const [kept, total] = [Object.keys(shown).length, Object.keys(all).length];
  return kept === total ? parts : [{ kind, path, kept, total }, ...parts];
}

function format(count: number): string {
  return count.toLocaleString("en-US");
}

/** The warnings that omissions must have, each by its beginning. */
export function warningsFor(omissions: readonly Omission[], maxChars = 45_000): readonly string[] {
  if (omissions.length === 0) return [];
  const texts = omissions.filter(({ kind }) => kind === "text").length;
  const ends =
    texts === 1 ? ": 1 text ends with what it omits" : `: ${format(texts)} texts end with what they omit`;
  const places = omissions.filter((omission) => omission.kind !== "text");
  const unnamed = places.slice(MAX_NAMED);
  const omitted = unnamed.reduce((sum, { kept, total }) => sum + total - kept, 0);
  return [
    `Shortened to fit ${format(maxChars)} characters${texts > 0 ? ends : ""}.`,
    ...places
      .slice(0, MAX_NAMED)
      .map(
        ({ path, kept, total, kind }) =>
          `${path || "The result"}: the last ${format(total - kept)} of ${format(total)} ${kind} are omitted`,
      ),
    ...(unnamed.length > 0
      ? [`${format(omitted)} items or fields of ${format(unnamed.length)} more lists or objects are omitted.`]
      : []),
  ];
}

/** Lists and objects that warnings name. */
const MAX_NAMED = 50;

/** The structured content of a result, whose text must be the same. */
export function contentOf({ content, structuredContent, isError }: ToolResult): JsonObject {
  expect(isError).toBeUndefined();
  expect(content).toHaveLength(1);
  expect(content[0]?.text === JSON.stringify(structuredContent), "both representations are equal").toBe(true);
  return structuredContent ?? {};
}

/** A page of summaries with a million characters. */
export const LONG_SUMMARIES = {
  resources: Array.from({ length: 10 }, (_, index) => ({
    type: "v1_past_meeting_summary",
    id: `v1_past_meeting_summary:${index}`,
    data: { id: `${index}`, content: "The committee decided to ship it. ".repeat(2970), approved: true },
  })),
};

/** Checks a search result that was shortened from `LONG_SUMMARIES`. */
export function expectShortSummaries(result: ToolResult): void {
  const { warnings, ...shown } = contentOf(result);
  expect(result.content[0]?.text.length).toBeLessThanOrEqual(45_000);
  const advice = "get_past_meeting_summary returns all";
  expect(findOmissions(LONG_SUMMARIES, shown)).toEqual(
    LONG_SUMMARIES.resources.map((_, index) => ({
      kind: "text",
      path: `resources[${index}].data.content`,
      advice,
    })),
  );
  expect(warnings).toEqual(["Shortened to fit 45,000 characters: 10 texts end with what they omit."]);
}
