import {
  Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Path, Value } from "../types.ts";
import {
  createFormat,
  type Data,
  detectEol,
  type Editor,
  FormatError,
  matchAt,
  nest,
  toPosition,
  trailingEol,
} from "./format.ts";

/** A parsed mapping, whose nodes have ranges. */
type Mapping = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
type Pair = Mapping["items"][number];

/** A comment and the line break after a value. */
const REST_OF_LINE = /[ \t]*(#[^\r\n]*)?(?:\r?\n|$)/y;
const COMMENT_LINE = /(?:[ \t]*\r?\n)*( *)#[^\n]*(?:\n|$)/y;
/** A key without a value on its line, and the first line of the block below it. */
const NESTED_BLOCK =
  /^( *)[^\s#-][^\r\n]*:[ \t]*(?:#[^\r\n]*)?(?:\r?\n[ \t]*(?:#[^\r\n]*)?)*\r?\n( +)[^\s#-]/m;

const editor: Editor = {
  parse: parseYaml,

  create: (path, value) => `${printBlock(toKeys(path), value, 2, "", "\n")}\n`,

  set: (text, path, value) => {
    const [outerKey, key] = toKeys(path);
    const { contents } = parseStrict(text);
    if (isEmptyNode(contents)) {
      const lines = printBlock([outerKey, key], value, 2, "", detectEol(text));
      const endMarker = /^\.{3}(?=\s|$)/m.exec(text);
      return insertLines(text, endMarker?.index ?? text.length, lines);
    }
    const root = toMapping(text, contents);
    const outer = findPair(root, outerKey);
    if (!outer) return addPair(text, root, [outerKey, key], value);
    // In a flow mapping, `remove` could not tell these braces from those around a new outer pair.
    const hasNoValue = isEmptyNode(outer.value) && !root.flow;
    if (!hasNoValue) return replacePair(text, toMapping(text, outer.value, outerKey), key, value);
    const offset = offsetAfterColon(text, outer);
    return `${text.slice(0, offset)} { ${printFlow([key], value)} }${text.slice(offset)}`;
  },

  remove: (text, path) => {
    const [outerKey, key] = toKeys(path);
    const { contents } = parseStrict(text);
    if (isEmptyNode(contents)) return text;
    const root = toMapping(text, contents);
    const outer = findPair(root, outerKey);
    if (!outer || isEmptyNode(outer.value)) return text;
    const mapping = toMapping(text, outer.value, outerKey);
    const pair = findPair(mapping, key);
    if (!pair) return text;
    if (!mapping.flow) {
      return removeLines(text, pair, isCreatedBlock(text, outer, mapping) ? outer : undefined);
    }
    if (!isCreatedFlow(text, mapping)) return removeFromFlow(text, mapping, pair);
    return root.flow
      ? removeFromFlow(text, root, outer)
      : deleteRange(text, offsetAfterColon(text, outer), endOfPair(outer));
  },
};

/**
 * YAML. Edits use the positions that the parser reports. `set` leaves marks, so that `remove` can restore the text:
 * - A block mapping that contains only our pair was created for it.
 * - Braces with spaces inside were added after a key without a value, or, in a flow mapping, for the pair.
 * - Braces without spaces existed before.
 */
export const yaml = createFormat(editor);

/** @throws FormatError at the first syntax error, and for a file with several documents */
function parseStrict(text: string): Document.Parsed {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) throw new FormatError(error.message.split(/[;\n]/)[0] ?? "", toPosition(text, error.pos[0]));
  return document;
}

/** @throws FormatError also for unresolved aliases, and for too many of them */
function parseYaml(text: string): Data {
  const document = parseStrict(text);
  if (isEmptyNode(document.contents)) return new Map();
  try {
    return document.toJS({ mapAsMap: true });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
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
function findLineStart(text: string, { key }: Pair): number {
  const start = text.lastIndexOf("\n", key.range[0] - 1) + 1;
  return text.slice(start, key.range[0]).trim() === "" ? start : reject(text, key.range[0]);
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

function replacePair(text: string, mapping: Mapping, key: string, value: Value): string {
  const pair = findPair(mapping, key);
  if (!pair) return addPair(text, mapping, [key], value);
  const start = pair.key.range[0];
  const current = text.slice(start, endOfPair(pair)).trimEnd();
  const printed = mapping.flow
    ? printFlow([key], value)
    : printBlock([key], value, detectIndentUnit(text), indentOf(text, mapping), detectEol(text));
  return text.slice(0, start) + printed + text.slice(start + current.length);
}

/** Inserts lines. A text without a line break at its end keeps none. */
function insertLines(text: string, offset: number, lines: string): string {
  const eol = detectEol(text);
  if (text === "") return lines;
  if (offset === text.length && trailingEol(text) === "") return text + eol + lines;
  return text.slice(0, offset) + lines + eol + text.slice(offset);
}

/** Removes the lines of a pair. A comment after it stays. @param outer the pair around it, if that goes too */
function removeLines(text: string, pair: Pair, outer: Pair | undefined): string {
  const { end, comment } = findLineEnd(text, pair);
  if (comment !== undefined) return deleteRange(text, pair.key.range[0], comment);
  const head = text.slice(0, findLineStart(text, outer ?? pair));
  const hasNoEol = end === text.length && trailingEol(text) === "";
  return (hasNoEol ? head.slice(0, head.length - trailingEol(head).length) : head) + text.slice(end);
}

/** Whether `set` created the block mapping: only a line break separates the outer key from its only pair. */
function isCreatedBlock(text: string, outer: Pair, mapping: Mapping): boolean {
  const [only, other] = mapping.items;
  if (!only || other || findLineEnd(text, only).comment !== undefined) return false;
  return /^:[ \t]*\r?\n$/.test(text.slice(outer.key.range[1], findLineStart(text, only)));
}

/** Inserts a pair after the opening brace. */
function insertInFlow(text: string, { items, range }: Mapping, pair: string): string {
  const offset = text[range[0]] === "{" ? range[0] + 1 : reject(text, range[0]);
  return text.slice(0, offset) + pair + (items.length > 0 ? "," : "") + text.slice(offset);
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

/** In YAML a path always has two keys; only JSON needs lists and other depths. */
function toKeys(path: Path): readonly [outer: string, key: string] {
  return [String(path[0]), String(path[1])];
}
