import { expect } from "vitest";
import type { ToolResult } from "../../src/mcp/types.ts";
import { isObject, type JsonObject } from "../../src/shared/json.ts";

/** What a result omits: the end of a text, of a list, or of an object's fields. */
export type Omission =
  | {
      readonly kind: "text";
      readonly path: string;
      readonly advice: string | undefined;
      readonly size: number;
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
 * exactly what they omit, of lists, and of objects' fields.
 */
export function findOmissions(whole: unknown, shown: unknown, path = ""): readonly Omission[] {
  if (whole === shown) return [];
  if (typeof whole === "string" && typeof shown === "string") {
    const [statement, count = "", advice] = STATEMENT.exec(shown) ?? [];
    const head = shown.slice(0, -(statement?.length ?? 0));
    expect(statement, `${path} ends with a statement`).toBeDefined();
    expect(whole.startsWith(head), `${path} keeps its head`).toBe(true);
    expect(/[\ud800-\udbff]$/.test(head), `${path} ends in half a character`).toBe(false);
    expect(Number(count.replaceAll(",", "")), `${path} counts what it omits`).toBe(
      whole.length - head.length,
    );
    return [{ kind: "text", path, advice, size: JSON.stringify(whole).length }];
  }
  if (Array.isArray(whole) && Array.isArray(shown)) {
    const parts = shown.flatMap((item, index) => findOmissions(whole[index], item, `${path}[${index}]`));
    const [kept, total] = [shown.length, whole.length];
    expect(kept, `${path} invents no items`).toBeLessThanOrEqual(total);
    return kept === total ? parts : [{ kind: "items", path, kept, total }, ...parts];
  }
  if (isObject(whole) && isObject(shown)) {
    const [names, all] = [Object.keys(shown), Object.keys(whole)];
    expect(all.slice(0, names.length), `${path} keeps its first fields`).toEqual(names);
    const parts = names.flatMap((name) =>
      findOmissions(whole[name], shown[name], path ? `${path}.${name}` : name),
    );
    const [kept, total] = [names.length, all.length];
    return kept === total ? parts : [{ kind: "fields", path, kept, total }, ...parts];
  }
  expect(shown, path).toEqual(whole);
  throw new Error(`${path} is a copy`);
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
