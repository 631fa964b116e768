import {
  Document,
  type ErrorCode,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Value } from "../types.ts";
import {
  createFormat,
  type Data,
  detectEol,
  type Editor,
  FormatError,
  matchAt,
  nest,
  type Range,
  toPosition,
  trailingEol,
} from "./format.ts";

/** A parsed mapping, whose nodes have ranges. */
type Mapping = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
type Pair = Mapping["items"][number];

/** Errors whose messages quote the file, and with it what belongs to others. */
const QUOTING_ERRORS: readonly ErrorCode[] = [
  ...(["UNEXPECTED_TOKEN", "TAG_RESOLVE_FAILED", "BAD_COLLECTION_TYPE", "BAD_DIRECTIVE"] as const),
  ...(["BAD_DQ_ESCAPE", "BAD_ALIAS", "RESOURCE_EXHAUSTION", "IMPOSSIBLE"] as const),
];
/** A comment and the line break after a value. */
const REST_OF_LINE = /[ \t]*(#[^\r\n]*)?(?:\r?\n|$)/y;
const COMMENT_LINE = /(?:[ \t]*\r?\n)*( *)#[^\n]*(?:\n|$)/y;
const BLANK_OR_COMMENT = /^\s*(?:#|$)/;
/** A key without a value on its line, and the first line of the block below it. */
const NESTED_BLOCK =
  /^( *)[^\s#-][^\r\n]*:[ \t]*(?:#[^\r\n]*)?(?:\r?\n[ \t]*(?:#[^\r\n]*)?)*\r?\n( +)[^\s#-]/m;

const editor: Editor = {
  parse: parseYaml,

  create: (path, value) => `${printBlock(path.map(String), value, 2, "", "\n")}\n`,

  set: (text, path, value) => {
    const keys = path.map(String);
    const { contents } = parseStrict(text);
    if (isEmptyNode(contents) || isEmptyFlow(text, contents)) {
      const head = isEmptyFlow(text, contents) ? removeFlow(text, contents) : text;
      const lines = printBlock(keys, value, 2, "", detectEol(text));
      const endMarker = /^\.{3}(?=\s|$)/m.exec(head);
      return insertLines(head, endMarker?.index ?? head.length, lines);
    }
    let mapping = toMapping(text, contents);
    for (const [depth, key] of keys.entries()) {
      const pair = findPair(mapping, key);
      const inner = keys.slice(depth + 1);
      if (!pair) return addPair(text, mapping, keys.slice(depth), value);
      if (inner.length === 0) return replacePair(text, mapping, pair, key, value);
      if (!mapping.flow && (isEmptyNode(pair.value) || isEmptyFlow(text, pair.value))) {
        return fillPair(text, mapping, pair, inner, value);
      }
      mapping = toMapping(text, pair.value, key);
    }
    return text;
  },

  remove: (text, path) => {
    const { contents } = parseStrict(text);
    if (isEmptyNode(contents)) return text;
    const mappings = [toMapping(text, contents)];
    const pairs: Pair[] = [];
    for (const [depth, step] of path.entries()) {
      const pair = mappings[depth] && findPair(mappings[depth], String(step));
      if (!pair) return text;
      pairs.push(pair);
      if (depth < path.length - 1 && isEmptyNode(pair.value)) return text;
      if (depth < path.length - 1) mappings.push(toMapping(text, pair.value, String(step)));
    }
    const [pair, outer] = [pairs.at(-1), pairs.at(-2)];
    const [mapping, around] = [mappings.at(-1), mappings.at(-2)];
    if (!pair || !mapping) return text;
    if (!mapping.flow) return removeFromBlock(text, mapping, pair, outer);
    return outer && around?.flow && isCreatedFlow(text, mapping)
      ? removeFromFlow(text, around, outer)
      : removeFromFlow(text, mapping, pair);
  },

  scan: (text, paths) => {
    const document = parseStrict(text);
    const values: Range[] = [];
    visit(document, {
      Scalar: (key, { range }) => {
        if (key !== "key" && range) values.push({ start: range[0], end: range[1] });
      },
    });
    const shown = paths.flatMap((path) => {
      const [root, ...keys] = [document.contents, ...path];
      const pair = keys.reduce<Pair | undefined>((outer, key, depth) => {
        const node = depth === 0 ? root : outer?.value;
        return isMap(node) ? findPair(node as Mapping, String(key)) : undefined;
      }, undefined);
      return pair ? [{ start: pair.key.range[0], end: endOfPair(pair) }] : [];
    });
    return { values, comments: findComments(text, values), shown };
  },
};

/**
 * YAML. Edits use the positions that the parser reports. Empty braces become a block. `remove` takes a block mapping that
 * contains only our pair for one that was created for it.
 */
export const yaml = createFormat(editor);

/** @throws FormatError at the first syntax error, and for a file with several documents */
function parseStrict(text: string): Document.Parsed {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (!error) return document;
  const code = error.code.replaceAll("_", " ").toLowerCase();
  const message = QUOTING_ERRORS.includes(error.code) ? code : error.message.split(/[;\n]/)[0];
  throw new FormatError(message ?? code, toPosition(text, error.pos[0]));
}

/** @throws FormatError also for unresolved aliases, and for too many of them */
function parseYaml(text: string): Data {
  const document = parseStrict(text);
  if (isEmptyNode(document.contents)) return new Map();
  try {
    return document.toJS({ mapAsMap: true });
  } catch (error) {
    // The name of the alias is after a colon.
    const [message = ""] = (error instanceof Error ? error.message : "").split(":");
    throw new FormatError(message, toPosition(text, findUnresolvedAlias(document)));
  }
}

function findUnresolvedAlias(document: Document.Parsed): number {
  let offset = 0;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

/** Rejects valid YAML that these edits do not support. */
function reject(text: string, offset: number): never {
  throw new FormatError("this mapping cannot be edited safely", toPosition(text, offset));
}

/** Whether a node has no value, no tag and no anchor. */
function isEmptyNode(node: ParsedNode | null): boolean {
  return node === null || (isScalar(node) && node.source === "" && !node.tag && !node.anchor);
}

/** @throws FormatError if the node is not a mapping */
function toMapping(text: string, node: ParsedNode | null, key?: string): Mapping {
  if (isMap(node)) return node as Mapping;
  const message = key === undefined ? "expected a mapping at the top level" : `${key} must be a mapping`;
  throw new FormatError(message, toPosition(text, node?.range[0] ?? 0));
}

/** Whether a node is `{}`, without a tag and an anchor. */
function isEmptyFlow(text: string, node: ParsedNode | null): node is Mapping {
  return isMap(node) && !node.tag && !node.anchor && /^\{\s*\}$/.test(text.slice(...node.range.slice(0, 2)));
}

function findPair(mapping: Mapping, name: string): Pair | undefined {
  return mapping.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** Returns the end of a node's text. That of a block scalar includes its line break. */
function endOfNode(node: ParsedNode): number {
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  if (!last) return node.range[1];
  return isPair(last) ? endOfPair(last as Pair) : endOfNode(last as ParsedNode);
}

function endOfPair({ key, value }: Pair): number {
  return value ? endOfNode(value) : key.range[1];
}

/** @throws FormatError if the pair is not the first on its line */
function findLineStart(text: string, pair: Pair): number {
  const start = pair.key.range[0];
  return isFirstOnLine(text, pair) ? text.lastIndexOf("\n", start - 1) + 1 : reject(text, start);
}

/** Whether only blanks are before a pair on its line. The tag or anchor of a key is not part of the key. */
function isFirstOnLine(text: string, { key }: Pair): boolean {
  return /(?:^|\n)[ \t]*$/.test(text.slice(0, key.range[0]));
}

/** Returns where a pair's last line ends, and where the comment on it starts. */
function findLineEnd(text: string, pair: Pair): { readonly end: number; readonly comment?: number } {
  const pairEnd = endOfPair(pair);
  if (text[pairEnd - 1] === "\n") return { end: pairEnd };
  const rest = matchAt(REST_OF_LINE, text, pairEnd) ?? reject(text, pairEnd);
  const end = pairEnd + rest[0].length;
  return rest[1] === undefined ? { end } : { end, comment: pairEnd + rest[0].indexOf("#") };
}

function indentOf(text: string, { items, range }: Mapping): string {
  const last = items.at(-1);
  return last ? text.slice(findLineStart(text, last), last.key.range[0]) : reject(text, range[0]);
}

/** Returns the end of a block mapping, including the comment lines that belong to its last pair. */
function endOfBlock(text: string, mapping: Mapping): number {
  const last = mapping.items.at(-1) ?? reject(text, mapping.range[0]);
  const indent = indentOf(text, mapping).length;
  let { end } = findLineEnd(text, last);
  for (let line = matchAt(COMMENT_LINE, text, end); line; line = matchAt(COMMENT_LINE, text, end)) {
    if ((line[1] ?? "").length < indent) break;
    end = COMMENT_LINE.lastIndex;
  }
  return end;
}

function addPair(text: string, mapping: Mapping, keys: readonly string[], value: Value): string {
  if (mapping.flow) return insertInFlow(text, mapping, printFlow(keys, value));
  const indent = indentOf(text, mapping);
  const lines = printBlock(keys, value, detectIndentUnit(text), indent, detectEol(text));
  return insertLines(text, endOfBlock(text, mapping), indent + lines);
}

/** Writes a block below a key without a value, or with empty braces. */
function fillPair(text: string, mapping: Mapping, pair: Pair, keys: readonly string[], value: Value): string {
  const unit = detectIndentUnit(text);
  const indent = indentOf(text, mapping) + " ".repeat(unit);
  const head = isEmptyFlow(text, pair.value) ? removeFlow(text, pair.value) : text;
  const lines = printBlock(keys, value, unit, indent, detectEol(text));
  const end = head.indexOf("\n", offsetAfterColon(text, pair));
  return insertLines(head, end === -1 ? head.length : end + 1, indent + lines);
}

function removeFlow(text: string, { range }: Mapping): string {
  const blanks = /[ \t]*$/.exec(text.slice(0, range[0]))?.[0].length ?? 0;
  const rest = text.slice(range[1]);
  const lines =
    range[0] - blanks === 0 || text[range[0] - blanks - 1] === "\n" ? rest.replace(/^[ \t]*\r?\n/, "") : rest;
  return text.slice(0, range[0] - blanks) + lines;
}

function replacePair(text: string, mapping: Mapping, pair: Pair, key: string, value: Value): string {
  const printed = mapping.flow
    ? printFlow([key], value)
    : printBlock([key], value, detectIndentUnit(text), indentOf(text, mapping), detectEol(text));
  return replaceText(text, pair, printed);
}

function replaceText(text: string, pair: Pair, printed: string): string {
  const start = pair.key.range[0];
  const current = text.slice(start, endOfPair(pair)).trimEnd();
  return text.slice(0, start) + printed + text.slice(start + current.length);
}

/** Inserts lines. A text without a line break at its end keeps none. */
function insertLines(text: string, offset: number, lines: string): string {
  const eol = detectEol(text);
  if (text === "") return lines + eol;
  if (offset === text.length && trailingEol(text) === "") return text + eol + lines;
  return text.slice(0, offset) + lines + eol + text.slice(offset);
}

/** Removes a pair with the one around it if `set` created that. What was valid after a value may not be valid after a key. */
function removeFromBlock(text: string, mapping: Mapping, pair: Pair, outer?: Pair): readonly string[] {
  const created = outer && isCreatedBlock(text, outer, mapping) ? outer : undefined;
  const removed = removeLines(text, pair, created);
  const cleared = clearBlankLines(removed, text.slice(0, (created ?? pair).key.range[0]));
  return [removed, cleared, ...(mapping.items.length === 1 ? [replaceText(text, pair, "{}")] : [])];
}

/** Removes the lines of a pair. A comment after it stays. @param outer the pair around it, if that goes too */
function removeLines(text: string, pair: Pair, outer: Pair | undefined): string {
  const { end, comment } = findLineEnd(text, pair);
  if (comment !== undefined) return deleteRange(text, pair.key.range[0], comment);
  const head = text.slice(0, findLineStart(text, outer ?? pair));
  const hasNoEol = end === text.length && trailingEol(text) === "";
  return (hasNoEol ? head.slice(0, head.length - trailingEol(head).length) : head) + text.slice(end);
}

/** Removes tabs that the parser rejects after a key without a value: those of the blank lines around the end of `head`. */
function clearBlankLines(text: string, head: string): string {
  const lines = text.split("\n");
  const at = head.split("\n").length - 1;
  const start = lines.findLastIndex((line, index) => index < at && !BLANK_OR_COMMENT.test(line)) + 1;
  const end = lines.findIndex((line, index) => index >= at && !BLANK_OR_COMMENT.test(line));
  const isAround = (index: number): boolean => index >= start && (end === -1 || index < end);
  return lines
    .map((line, index) => (isAround(index) ? line.replace(/^[ \t]+(?=\r?$)/, "") : line))
    .join("\n");
}

/** Whether `set` created the block mapping: only a line break separates the outer key from its only pair. */
function isCreatedBlock(text: string, outer: Pair, mapping: Mapping): boolean {
  const [only, other] = mapping.items;
  if (!only || other || findLineEnd(text, only).comment !== undefined) return false;
  if (!isFirstOnLine(text, outer)) return false;
  return /^:[ \t]*\r?\n$/.test(text.slice(outer.key.range[1], findLineStart(text, only)));
}

/** Inserts a pair after the others. */
function insertInFlow(text: string, { items, range }: Mapping, pair: string): string {
  if (text[range[0]] !== "{") reject(text, range[0]);
  const last = items.at(-1);
  const offset = last ? endOfPair(last) : range[0] + 1;
  return text.slice(0, offset) + (last ? ", " : "") + pair + text.slice(offset);
}

/** Removes a pair from a flow mapping, with the comma after it or else the one before it. */
function removeFromFlow(text: string, { items }: Mapping, pair: Pair): string {
  const [start, end] = [pair.key.range[0], endOfPair(pair)];
  const comma = /^\s*,/.exec(text.slice(end));
  if (comma) return deleteRange(text, start, end + comma[0].length);
  const previous = items[items.indexOf(pair) - 1];
  if (!previous) return deleteRange(text, start, end);
  const previousEnd = endOfPair(previous);
  return /^\s*,\s*$/.test(text.slice(previousEnd, start))
    ? deleteRange(text, previousEnd, end)
    : reject(text, start);
}

/** Whether `set` created the braces around the only pair, with spaces inside. */
function isCreatedFlow(text: string, { items, range }: Mapping): boolean {
  const [only, other] = items;
  if (!only || other) return false;
  return text.slice(range[0], only.key.range[0]) === "{ " && text.slice(endOfPair(only), range[1]) === " }";
}

function offsetAfterColon(text: string, { key }: Pair): number {
  const colon = /^[ \t]*:/.exec(text.slice(key.range[1]));
  return colon ? key.range[1] + colon[0].length : reject(text, key.range[1]);
}

function deleteRange(text: string, start: number, end: number): string {
  return text.slice(0, start) + text.slice(end);
}

/** Returns the number of spaces in one level of indentation. */
function detectIndentUnit(text: string): number {
  const [, outer = "", inner = ""] = NESTED_BLOCK.exec(text) ?? [];
  return inner.length > outer.length ? inner.length - outer.length : 2;
}

/** Prints a pair in block style. The first line has no indentation. */
function printBlock(keys: readonly string[], value: Value, unit: number, indent: string, eol: string) {
  return new Document(nest(keys, value))
    .toString({ lineWidth: 0, indent: unit })
    .trimEnd()
    .replaceAll("\n", eol + indent);
}

/** Prints a pair in flow style, on one line. */
function printFlow(keys: readonly string[], value: Value): string {
  const document = new Document(nest(keys, value));
  visit(document, {
    Collection: (_, node) => {
      node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 }).trim().slice(1, -1).trim();
}

/** The comments outside of values. */
function findComments(text: string, values: readonly Range[]): readonly Range[] {
  return [...text.matchAll(/(?<=^|\s)#[^\r\n]*/gm)]
    .map(({ 0: comment, index }) => ({ start: index, end: index + comment.length }))
    .filter((comment) => !values.some(({ start, end }) => start <= comment.start && comment.start < end));
}
