import { eolOf, lastEol } from "./format.ts";
import { endOfPair, type Mapping, type Pair, refuse } from "./yaml-tree.ts";

/** What may stand behind the last value of a line. */
const REST_OF_LINE = /[ \t]*(#[^\r\n]*)?(?:\r?\n|$)/y;
const COMMENT_LINE = /(?:[ \t]*\r?\n)*( *)#[^\n]*(?:\n|$)/y;

const matchAt = (pattern: RegExp, text: string, offset: number): RegExpExecArray | null => {
  pattern.lastIndex = offset;
  return pattern.exec(text);
};

/** The start of a pair's first line, which must hold nothing before the pair. */
const lineStartOf = (text: string, { key }: Pair): number => {
  const start = text.lastIndexOf("\n", key.range[0] - 1) + 1;
  return text.slice(start, key.range[0]).trim() === "" ? start : refuse(text, key.range[0]);
};

/** The blanks before the pairs of a block mapping. */
export const indentOf = (text: string, { items, range }: Mapping): string => {
  const last = items.at(-1);
  return last ? text.slice(lineStartOf(text, last), last.key.range[0]) : refuse(text, range[0]);
};

/** Where a pair's last line ends, and where a comment on it begins. */
const lineEndOf = (text: string, pair: Pair): { readonly end: number; readonly comment?: number } => {
  const end = endOfPair(pair);
  if (text[end - 1] === "\n") return { end };
  const rest = matchAt(REST_OF_LINE, text, end) ?? refuse(text, end);
  const behind = end + rest[0].length;
  return rest[1] === undefined ? { end: behind } : { end: behind, comment: end + rest[0].indexOf("#") };
};

/** Behind the last pair of a block mapping and the comment lines that belong to it. */
export const endOfBlock = (text: string, mapping: Mapping): number => {
  const last = mapping.items.at(-1) ?? refuse(text, mapping.range[0]);
  const depth = indentOf(text, mapping).length;
  let { end } = lineEndOf(text, last);
  for (let line = matchAt(COMMENT_LINE, text, end); line; line = matchAt(COMMENT_LINE, text, end)) {
    if ((line[1] ?? "").length < depth) break;
    end = COMMENT_LINE.lastIndex;
  }
  return end;
};

/** Where lines go in a document that says nothing: at its end, which may be marked. */
export const endOfBlank = (text: string): number => {
  const marker = /^\.{3}(?=\s|$)/m.exec(text);
  return marker ? marker.index : text.length;
};

/** Puts lines into a text; a text that does not end with a line break still does not after that. */
export const addLines = (text: string, offset: number, lines: string): string => {
  const eol = eolOf(text);
  if (text === "") return lines;
  if (offset === text.length && lastEol(text) === "") return text + eol + lines;
  return text.slice(0, offset) + lines + eol + text.slice(offset);
};

/** Takes out the lines of a pair. A comment behind it stays. `header` is the pair around it, if that goes too. */
export const cutLines = (text: string, pair: Pair, header: Pair | undefined): string => {
  const { end, comment } = lineEndOf(text, pair);
  if (comment !== undefined) return text.slice(0, pair.key.range[0]) + text.slice(comment);
  const head = text.slice(0, lineStartOf(text, header ?? pair));
  const unended = end === text.length && lastEol(text) === "";
  return (unended ? head.slice(0, head.length - lastEol(head).length) : head) + text.slice(end);
};

/** Whether nothing but a line break stands between the key of a pair and the only pair that it holds. */
export const isMade = (text: string, header: Pair, mapping: Mapping): boolean => {
  const [only, other] = mapping.items;
  if (!only || other || lineEndOf(text, only).comment !== undefined) return false;
  return /^:[ \t]*\r?\n$/.test(text.slice(header.key.range[1], lineStartOf(text, only)));
};
