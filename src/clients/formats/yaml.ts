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
import { type Data, type Editor, eolOf, FormatError, formatOf, lastEol, positionOf } from "./format.ts";

/** A mapping as it was parsed: every node knows where it stands. */
export type Mapping = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
export type Pair = Mapping["items"][number];

/** @throws FormatError at the first fault, and for a file of several documents */
function documentOf(text: string): Document.Parsed {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) throw new FormatError(error.message.split(/[;\n]/)[0] ?? "", positionOf(text, error.pos[0]));
  return document;
}

/** @throws FormatError for YAML that is right, but that no edit of ours fits */
function refuse(text: string, offset: number): never {
  throw new FormatError(
    "this mapping is written in a way that cannot be edited safely",
    positionOf(text, offset),
  );
}

/** Whether a node says nothing: no value, no tag, no anchor. */
function isNothing(node: ParsedNode | null): boolean {
  return node === null || (isScalar(node) && node.source === "" && !node.tag && !node.anchor);
}

/** Where the first alias stands that leads nowhere. */
function strayAlias(document: Document.Parsed): number {
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

/** @throws FormatError for aliases that lead nowhere, or to too much */
function dataOfDocument(text: string): Data {
  const document = documentOf(text);
  if (isNothing(document.contents)) return new Map();
  try {
    return document.toJS({ mapAsMap: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(reason, positionOf(text, strayAlias(document)));
  }
}

/**
 * A node as a mapping.
 * @throws FormatError for any other node
 */
function mappingOf(text: string, node: ParsedNode | null, name: string): Mapping {
  if (isMap(node)) return node as Mapping;
  throw new FormatError(`${name} holds no mapping`, positionOf(text, node?.range[0] ?? 0));
}

/** The pair of a mapping with that key. */
function pairOf(mapping: Mapping, name: string): Pair | undefined {
  return mapping.items.find(({ key }) => isScalar(key) && key.value === name);
}

/** Behind the last character of a node; behind the line break for a block scalar, which contains it. */
function endOf(node: ParsedNode): number {
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  if (!last) return node.range[1];
  return isPair(last) ? endOfPair(last as Pair) : endOf(last as ParsedNode);
}

function endOfPair({ key, value }: Pair): number {
  return value ? endOf(value) : key.range[1];
}

/** What may stand behind the last value of a line. */
const REST_OF_LINE = /[ \t]*(#[^\r\n]*)?(?:\r?\n|$)/y;
const COMMENT_LINE = /(?:[ \t]*\r?\n)*( *)#[^\n]*(?:\n|$)/y;

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** The start of a pair's first line, which must hold nothing before the pair. */
function lineStartOf(text: string, { key }: Pair): number {
  const start = text.lastIndexOf("\n", key.range[0] - 1) + 1;
  return text.slice(start, key.range[0]).trim() === "" ? start : refuse(text, key.range[0]);
}

/** The blanks before the pairs of a block mapping. */
function indentOf(text: string, { items, range }: Mapping): string {
  const last = items.at(-1);
  return last ? text.slice(lineStartOf(text, last), last.key.range[0]) : refuse(text, range[0]);
}

/** Where a pair's last line ends, and where a comment on it begins. */
function lineEndOf(text: string, pair: Pair): { readonly end: number; readonly comment?: number } {
  const end = endOfPair(pair);
  if (text[end - 1] === "\n") return { end };
  const rest = matchAt(REST_OF_LINE, text, end) ?? refuse(text, end);
  const behind = end + rest[0].length;
  return rest[1] === undefined ? { end: behind } : { end: behind, comment: end + rest[0].indexOf("#") };
}

/** Behind the last pair of a block mapping and the comment lines that belong to it. */
function endOfBlock(text: string, mapping: Mapping): number {
  const last = mapping.items.at(-1) ?? refuse(text, mapping.range[0]);
  const depth = indentOf(text, mapping).length;
  let { end } = lineEndOf(text, last);
  for (let line = matchAt(COMMENT_LINE, text, end); line; line = matchAt(COMMENT_LINE, text, end)) {
    if ((line[1] ?? "").length < depth) break;
    end = COMMENT_LINE.lastIndex;
  }
  return end;
}

/** Where lines go in a document that says nothing: at its end, which may be marked. */
function endOfBlank(text: string): number {
  const marker = /^\.{3}(?=\s|$)/m.exec(text);
  return marker ? marker.index : text.length;
}

/** Puts lines into a text; a text that does not end with a line break still does not after that. */
function addLines(text: string, offset: number, lines: string): string {
  const eol = eolOf(text);
  if (text === "") return lines;
  if (offset === text.length && lastEol(text) === "") return text + eol + lines;
  return text.slice(0, offset) + lines + eol + text.slice(offset);
}

/** Takes out the lines of a pair. A comment behind it stays. `header` is the pair around it, if that goes too. */
function cutLines(text: string, pair: Pair, header: Pair | undefined): string {
  const { end, comment } = lineEndOf(text, pair);
  if (comment !== undefined) return text.slice(0, pair.key.range[0]) + text.slice(comment);
  const head = text.slice(0, lineStartOf(text, header ?? pair));
  const unended = end === text.length && lastEol(text) === "";
  return (unended ? head.slice(0, head.length - lastEol(head).length) : head) + text.slice(end);
}

/** Whether nothing but a line break stands between the key of a pair and the only pair that it holds. */
function isMade(text: string, header: Pair, mapping: Mapping): boolean {
  const [only, other] = mapping.items;
  if (!only || other || lineEndOf(text, only).comment !== undefined) return false;
  return /^:[ \t]*\r?\n$/.test(text.slice(header.key.range[1], lineStartOf(text, only)));
}

function cut(text: string, from: number, to: number): string {
  return text.slice(0, from) + text.slice(to);
}

/** Puts a pair right behind the opening brace. */
function addToFlow(text: string, { items, range }: Mapping, pair: string): string {
  const inside = text[range[0]] === "{" ? range[0] + 1 : refuse(text, range[0]);
  return text.slice(0, inside) + pair + (items.length > 0 ? "," : "") + text.slice(inside);
}

/** Behind the colon of a pair whose value says nothing, or which stands in flow style behind it. */
function behindColon(text: string, { key }: Pair): number {
  const colon = /^[ \t]*:/.exec(text.slice(key.range[1]));
  return colon ? key.range[1] + colon[0].length : refuse(text, key.range[1]);
}

/** Whether braces with a blank behind the first stand around one pair: `set` made them for it. */
function isFlowMade(text: string, { items, range }: Mapping): boolean {
  const [only, other] = items;
  if (!only || other) return false;
  return text.slice(range[0], only.key.range[0]) === "{ " && text.slice(endOfPair(only), range[1]) === " }";
}

/** Takes a pair out of a flow mapping with the comma behind it, or else the one before it. */
function cutFromFlow(text: string, { items }: Mapping, pair: Pair): string {
  const [start, end] = [pair.key.range[0], endOfPair(pair)];
  const after = /^\s*,/.exec(text.slice(end));
  if (after) return cut(text, start, end + after[0].length);
  const previous = items[items.indexOf(pair) - 1];
  if (!previous) return cut(text, start, end);
  const since = endOfPair(previous);
  return /^\s*,\s*$/.test(text.slice(since, start)) ? cut(text, since, end) : refuse(text, start);
}

/** Takes out the value of a pair, back to the colon. */
function cutValue(text: string, pair: Pair): string {
  return cut(text, behindColon(text, pair), endOfPair(pair));
}

/** A key with nothing behind it, and the blanks before it and before what stands below it. */
const NESTED = /^( *)[^\s#-][^\r\n]*:[ \t]*(?:#[^\r\n]*)?(?:\r?\n[ \t]*(?:#[^\r\n]*)?)*\r?\n( +)[^\s#-]/m;

/** How much deeper than its key the file's first nested mapping stands. */
function unitOf(text: string): number {
  const [, outer = "", inner = ""] = NESTED.exec(text) ?? [];
  return inner.length > outer.length ? inner.length - outer.length : 2;
}

function nest(path: readonly string[], value: Value): Value {
  return path.reduceRight<Value>((inner, step) => ({ [step]: inner }), value);
}

/** Lines of block style, the first one without its indentation. */
function block(path: readonly string[], value: Value, unit: number, indent: string, eol: string): string {
  return new Document(nest(path, value))
    .toString({ lineWidth: 0, indent: unit })
    .trimEnd()
    .replaceAll("\n", eol + indent);
}

/** A pair of flow style, on one line. */
function flow(path: readonly string[], value: Value): string {
  const document = new Document(nest(path, value));
  visit(document, {
    Collection: (_, node) => {
      node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 }).trim().slice(1, -1).trim();
}

function add(text: string, mapping: Mapping, path: readonly string[], value: Value): string {
  if (mapping.flow) return addToFlow(text, mapping, flow(path, value));
  const indent = indentOf(text, mapping);
  const lines = block(path, value, unitOf(text), indent, eolOf(text));
  return addLines(text, endOfBlock(text, mapping), indent + lines);
}

function replace(text: string, mapping: Mapping, name: string, value: Value): string {
  const pair = pairOf(mapping, name);
  if (!pair) return add(text, mapping, [name], value);
  const start = pair.key.range[0];
  const old = text.slice(start, endOfPair(pair)).trimEnd();
  const printed = mapping.flow
    ? flow([name], value)
    : block([name], value, unitOf(text), indentOf(text, mapping), eolOf(text));
  return text.slice(0, start) + printed + text.slice(start + old.length);
}

/** The names of a path; only JSON has lists of things with ids. */
function namesOf(path: Path): readonly [string, string] {
  return [String(path[0]), String(path[1])];
}

const editor: Editor = {
  parse: dataOfDocument,

  create: (path, value) => `${block(namesOf(path), value, 2, "", "\n")}\n`,

  set: (text, path, value) => {
    const [outer, name] = namesOf(path);
    const { contents } = documentOf(text);
    if (isNothing(contents)) {
      return addLines(text, endOfBlank(text), block([outer, name], value, 2, "", eolOf(text)));
    }
    const root = mappingOf(text, contents, "the file");
    const pair = pairOf(root, outer);
    if (!pair) return add(text, root, [outer, name], value);
    // Braces behind such a key could not be told from those made for the pair.
    const isOpen = isNothing(pair.value) && !root.flow;
    if (!isOpen) return replace(text, mappingOf(text, pair.value, outer), name, value);
    const at = behindColon(text, pair);
    return `${text.slice(0, at)} { ${flow([name], value)} }${text.slice(at)}`;
  },

  remove: (text, path) => {
    const [outer, name] = namesOf(path);
    const { contents } = documentOf(text);
    if (isNothing(contents)) return text;
    const root = mappingOf(text, contents, "the file");
    const header = pairOf(root, outer);
    if (!header || isNothing(header.value)) return text;
    const mapping = mappingOf(text, header.value, outer);
    const pair = pairOf(mapping, name);
    if (!pair) return text;
    if (!mapping.flow) return cutLines(text, pair, isMade(text, header, mapping) ? header : undefined);
    if (!isFlowMade(text, mapping)) return cutFromFlow(text, mapping, pair);
    return root.flow ? cutFromFlow(text, root, header) : cutValue(text, header);
  },
};

/**
 * YAML. The text is edited where the parser says that the nodes stand. `set` leaves a trace of what it had to make:
 * a block mapping that holds our pair alone was made for it; braces with blanks inside were put behind a key
 * without a value (or, in a file of flow style, made for the pair); braces without were there before.
 */
export const yaml = formatOf(editor);
