import type { Edit } from "jsonc-parser/lib/esm/main.js";
import { eolOf } from "./format.ts";
import { endOf, type Hit, itemsOf, type Node } from "./jsonc.ts";

/** A line break and the indentation behind it. */
export const BREAK = /^\r?\n[ \t]*$/;
const COMMENTS_AND_COMMA = /\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|,/g;

type Token = { readonly text: string; readonly offset: number; readonly end: number };

/** The comments and the comma between two items. */
const tokensOf = (text: string, from: number, to: number): readonly Token[] =>
  [...text.slice(from, to).matchAll(COMMENTS_AND_COMMA)].map((match) => {
    const offset = from + match.index;
    return { text: match[0], offset, end: offset + match[0].length };
  });

const isComma = (token: Token): boolean => token.text === ",";
const insert = (offset: number, content: string): Edit => ({ offset, length: 0, content });
const cut = (from: number, to: number): Edit => ({ offset: from, length: to - from, content: "" });

/** The blanks that begin the line of an item; undefined where something else stands between. */
const indentOf = (text: string, item: Node | undefined): string | undefined =>
  item && /(?:^|\n)([ \t]*)$/.exec(text.slice(0, item.offset))?.[1];

/** The blanks that begin the line in which a node begins. */
export const lineIndent = (text: string, { offset }: Node): string =>
  /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, offset))?.[1] ?? "";

/** One level of the file's own indentation. */
export const unitOf = (text: string, root: Node): string => indentOf(text, itemsOf(root)[0]) || "  ";

/** Puts an item behind all others, and behind the comments that belong to them. */
export const append = (
  text: string,
  container: Node,
  unit: string,
  print: (indent: string) => string,
): Edit[] => {
  const last = itemsOf(container).at(-1);
  const indent = indentOf(text, last) ?? lineIndent(text, container) + unit;
  const item = eolOf(text) + indent + print(indent);
  const close = endOf(container) - 1;
  // The closing bracket stays right behind the item: it says that the container was there before.
  if (!last) return [insert(close, item)];
  const end = endOf(last);
  const tokens = tokensOf(text, end, close);
  const tail = tokens.at(-1)?.end ?? end;
  if (tokens.some(isComma)) return [insert(tail, `${item},`)];
  return tail === end ? [insert(end, `,${item}`)] : [insert(end, ","), insert(tail, item)];
};

/** Takes out one item with its line break and its comma; the comments around it stay. */
export const takeOut = (text: string, { container, index }: Hit): Edit[] => {
  const items = itemsOf(container);
  const [previous, item, next] = [items[index - 1], items[index], items[index + 1]];
  if (!item) return [];
  const since = previous ? endOf(previous) : container.offset + 1;
  const tokens = tokensOf(text, since, item.offset);
  const after = tokensOf(text, endOf(item), next?.offset ?? endOf(container) - 1).find(isComma);
  const comma = after ?? (previous && tokens.find(isComma));
  const line = /\r?\n[ \t]*$/.exec(text.slice(since, item.offset));
  const lineStart = line ? since + line.index : item.offset;
  // A line comment must not swallow what stands behind the item.
  const isBehindComment = tokens.some((token) => token.text.startsWith("//") && token.end === lineStart);
  const endsLine = /^[ \t]*(?:\r?\n|$)/.test(text.slice(after?.end ?? endOf(item)));
  const start = isBehindComment && !endsLine ? item.offset : lineStart;
  return [cut(start, endOf(item)), ...(comma ? [cut(comma.offset, comma.end)] : [])];
};

/** The text between an only item and the brackets around it; undefined where there are others. */
export const surroundings = (text: string, { container }: Hit): readonly [string, string] | undefined => {
  const [item, other] = itemsOf(container);
  if (!item || other) return undefined;
  return [text.slice(container.offset + 1, item.offset), text.slice(endOf(item), endOf(container) - 1)];
};
