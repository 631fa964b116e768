// The package's main entry is a UMD module, which a bundler cannot follow.
import {
  applyEdits,
  type Edit,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
  stripComments,
  visit,
} from "jsonc-parser/lib/esm/main.js";
import type { Path, Step, Value } from "../types.ts";
import {
  createFormat,
  type Data,
  detectEol,
  type Editor,
  FormatError,
  getIn,
  nest,
  type Range,
  toPosition,
  trailingEol,
} from "./format.ts";

/** A property of an object or an element of an array, and its container. */
type Item = { readonly container: Node; readonly index: number };

/** How far a path leads into a document. */
type Resolution = {
  /** The items along the path, the outermost first. */
  readonly items: readonly Item[];
  /** The value of the last item, or the root. */
  readonly value: Node;
  /** The steps that do not exist. */
  readonly missing: Path;
};

type Token = { readonly text: string; readonly start: number; readonly end: number };

const COMMENTS_AND_COMMAS = /\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|,/g;
/** Longer lists are printed over several lines. */
const MAX_LIST_LENGTH = 80;
const LINE_BREAK_AND_INDENT = /^\r?\n[ \t]*$/;

const editor: Editor = {
  parse: (text) => {
    const root = parseRoot(text);
    return root ? toData(root) : new Map();
  },

  create: (path, value) => `${print(nest(path, value), "  ", "", "\n")}\n`,

  set: (text, path, value) => {
    const eol = detectEol(text);
    const original = parseRoot(text);
    if (!original) return appendDocument(text, print(nest(path, value), "  ", "", eol), eol);
    resolve(text, original, path);
    const expanded = path.reduce<string>(
      (before, _, depth) => expandContainer(before, path.slice(0, depth)),
      text,
    );
    const root = parseRoot(expanded) ?? original;
    const unit = indentUnit(expanded, root);
    const { value: node, missing } = resolve(expanded, root, path);
    const [step, ...inner] = missing;
    if (step === undefined) {
      const isFlat = !expanded.slice(node.offset, endOf(node)).includes("\n");
      const content = print(value, unit, lineIndent(expanded, node), eol, isFlat);
      return applyEdits(expanded, [{ offset: node.offset, length: node.length, content }]);
    }
    const key = typeof step === "string" ? `${JSON.stringify(step)}: ` : "";
    const printItem = (indent: string): string => key + print(nest(inner, value), unit, indent, eol);
    return applyEdits(expanded, appendItem(expanded, node, unit, printItem));
  },

  remove: (text, path) => {
    const root = parseRoot(text);
    const { items, missing } = root ? resolve(text, root, path) : { items: [], missing: path };
    // The outermost item that `set` created as a whole.
    const outermost = items.findLastIndex((item, depth) => depth === 0 || !isCreatedContainer(text, item));
    const item = items[outermost];
    return item && missing.length === 0 ? applyEdits(text, removeItem(text, item)) : text;
  },

  scan: (text, paths) => {
    const [values, comments]: [Range[], Range[]] = [[], []];
    visit(text, {
      onLiteralValue: (_, start, length) => values.push({ start, end: start + length }),
      onComment: (start, length) => comments.push({ start, end: start + length }),
    });
    const root = parseRoot(text);
    const shown = paths.flatMap((path) => {
      if (!root || getIn(toData(root), path) === undefined) return [];
      const { value } = resolve(text, root, path);
      return [{ start: value.offset, end: endOf(value) }];
    });
    return { values, comments, shown };
  },
};

/**
 * JSON with comments. A container on one line is written over several lines before something is added to it, so that the
 * edit is readable; only blanks change. `remove` takes a container whose brackets are on other lines than its only item for
 * one that was created for the item.
 *
 * `modify` of `jsonc-parser` does not fit: it also removes the comments around an item.
 */
export const jsonc = createFormat(editor);

/**
 * Returns the root of the syntax tree; undefined for an empty document, which may have comments.
 * @throws FormatError at the first syntax error
 */
function parseRoot(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const [first] = errors;
  if (!first && root) return root;
  const code = first ? printParseErrorCode(first.error) : "ValueExpected";
  const isEmpty = stripComments(text).trim() === "";
  if (errors.length <= 1 && code === "ValueExpected" && isEmpty) return undefined;
  // `CommaExpected` becomes "comma expected".
  const message = code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  throw new FormatError(message, toPosition(text, first?.offset ?? 0));
}

/** Returns the value of a node. The last of several equal keys wins, as in `JSON.parse`. */
function toData(node: Node): Data {
  if (node.type === "array") return itemsOf(node).map(toData);
  if (node.type !== "object") return node.value;
  return new Map(itemsOf(node).map((property) => [keyOf(property), toData(itemValue(property))]));
}

/** The properties of an object, or the elements of an array. */
function itemsOf(container: Node): readonly Node[] {
  return container.children ?? [];
}

function keyOf(property: Node): unknown {
  return property.children?.[0]?.value;
}

/** The value of a property; an element is its own value. */
function itemValue(item: Node): Node {
  return item.type === "property" ? (item.children?.[1] ?? item) : item;
}

function endOf(node: Node): number {
  return node.offset + node.length;
}

/** @throws FormatError for a value that is not the expected container, and for duplicate keys */
function resolve(text: string, root: Node, path: Path): Resolution {
  const items: Item[] = [];
  let value = root;
  for (const [depth, step] of path.entries()) {
    const expected = typeof step === "string" ? "object" : "array";
    if (value.type !== expected) {
      const message =
        depth === 0
          ? "expected a JSON object at the top level"
          : `${JSON.stringify(path[depth - 1])} must be an ${expected}`;
      throw new FormatError(message, toPosition(text, value.offset));
    }
    const siblings = itemsOf(value);
    const [match, duplicate] = siblings.filter((item) => matchesStep(item, step));
    if (!match) return { items, value, missing: path.slice(depth) };
    if (duplicate) {
      throw new FormatError(`duplicate key ${JSON.stringify(step)}`, toPosition(text, duplicate.offset));
    }
    items.push({ container: value, index: siblings.indexOf(match) });
    value = itemValue(match);
  }
  return { items, value, missing: [] };
}

function matchesStep(item: Node, step: Step): boolean {
  if (typeof step === "string") return keyOf(item) === step;
  return itemsOf(item).some((property) => keyOf(property) === "id" && itemValue(property).value === step.id);
}

/** Adds an item after all others and after the comments that belong to them. */
function appendItem(
  text: string,
  container: Node,
  unit: string,
  printItem: (indent: string) => string,
): Edit[] {
  const [last, eol] = [itemsOf(container).at(-1), detectEol(text)];
  const indent = ownLineIndent(text, last) ?? lineIndent(text, container) + unit;
  const end = last ? endOf(last) : container.offset + 1;
  const close = endOf(container) - 1;
  const tokens = findTokens(text, end, close);
  const offset = tokens.at(-1)?.end ?? end;
  const hasComma = tokens.some(isComma);
  const comma = last && !hasComma ? "," : "";
  const blanks = text.slice(offset, close);
  const isClosed = blanks.includes("\n");
  const item = `${eol}${indent}${printItem(indent)}${hasComma ? "," : ""}`;
  const content = item + (isClosed ? "" : eol + lineIndent(text, container));
  const length = isClosed ? 0 : blanks.length;
  return offset === end
    ? [{ offset, length, content: comma + content }]
    : [insertion(end, comma), { offset, length, content }];
}

/** Writes the items of a container on one line to lines of their own. */
function expandContainer(text: string, path: Path): string {
  const root = parseRoot(text);
  if (!root) return text;
  const { value: container, missing } = resolve(text, root, path);
  const items = itemsOf(container);
  if (missing.length > 0 || items.length === 0) return text;
  if (text.slice(container.offset, endOf(container)).includes("\n")) return text;
  const indent = detectEol(text) + lineIndent(text, container);
  const breakBefore = (offset: number, content: string): Edit => {
    const blanks = /[ \t]*$/.exec(text.slice(0, offset))?.[0].length ?? 0;
    return { offset: offset - blanks, length: blanks, content };
  };
  const edits = items.map((item) => breakBefore(item.offset, indent + indentUnit(text, root)));
  return applyEdits(text, [...edits, breakBefore(endOf(container) - 1, indent)]);
}

/** Removes an item with its line break and its comma. The comments around it stay. */
function removeItem(text: string, { container, index }: Item): Edit[] {
  const items = itemsOf(container);
  const [previous, item, next] = [items[index - 1], items[index], items[index + 1]];
  if (!item) return [];
  const inner = { offset: container.offset + 1, length: container.length - 2 };
  const rest = text.slice(inner.offset, item.offset) + text.slice(endOf(item), inner.offset + inner.length);
  if (items.length === 1 && rest.trim() === "") return [{ ...inner, content: "" }];
  const previousEnd = previous ? endOf(previous) : container.offset + 1;
  const tokens = findTokens(text, previousEnd, item.offset);
  const commaAfter = findTokens(text, endOf(item), next?.offset ?? endOf(container) - 1).find(isComma);
  const comma = commaAfter ?? (previous && tokens.find(isComma));
  const lineBreak = /\r?\n[ \t]*$/.exec(text.slice(previousEnd, item.offset));
  const lineStart = lineBreak ? previousEnd + lineBreak.index : item.offset;
  // Without its line break, a line comment would swallow the text after the item.
  const followsComment = tokens.some((token) => token.text.startsWith("//") && token.end === lineStart);
  const end =
    commaAfter && text.slice(endOf(item), commaAfter.start).trim() === "" ? commaAfter.end : endOf(item);
  const endsLine = /^[ \t]*(?:\r?\n|$)/.test(text.slice(end));
  const start = followsComment && !endsLine ? item.offset : lineStart;
  return [deletion(start, endOf(item)), ...(comma ? [deletion(comma.start, comma.end)] : [])];
}

/** The comments and commas between two items. */
function findTokens(text: string, from: number, to: number): readonly Token[] {
  return [...text.slice(from, to).matchAll(COMMENTS_AND_COMMAS)].map((match) => {
    const start = from + match.index;
    return { text: match[0], start, end: start + match[0].length };
  });
}

function isComma(token: Token): boolean {
  return token.text === ",";
}

function insertion(offset: number, content: string): Edit {
  return { offset, length: 0, content };
}

function deletion(start: number, end: number): Edit {
  return { offset: start, length: end - start, content: "" };
}

/** The indentation of an item; undefined if it is not the first on its line. */
function ownLineIndent(text: string, item: Node | undefined): string | undefined {
  return item && /(?:^|\n)([ \t]*)$/.exec(text.slice(0, item.offset))?.[1];
}

function lineIndent(text: string, { offset }: Node): string {
  return /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, offset))?.[1] ?? "";
}

/** Whether `set` created the container for its only item. It writes no comment between the container and its key. */
function isCreatedContainer(text: string, { container }: Item): boolean {
  const [item, other] = itemsOf(container);
  if (!item || other) return false;
  const key = container.parent?.type === "property" ? container.parent.children?.[0] : undefined;
  if (key && text.slice(endOf(key), container.offset).trim() !== ":") return false;
  const padding = [
    text.slice(container.offset + 1, item.offset),
    text.slice(endOf(item), endOf(container) - 1),
  ];
  return padding.every((blanks) => LINE_BREAK_AND_INDENT.test(blanks));
}

/** Adds a document to a text without one. */
function appendDocument(text: string, document: string, eol: string): string {
  const separator = text === "" || trailingEol(text) !== "" ? "" : eol;
  return `${text}${separator}${document}${eol}`;
}

function indentUnit(text: string, root: Node): string {
  return ownLineIndent(text, itemsOf(root)[0]) || "  ";
}

/** Prints a value over several lines, and short lists of plain values on one line. */
function print(value: Value, unit: string, indent: string, eol: string, isFlat = true): string {
  // A person may have written null.
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const flat = Array.isArray(value) ? `[${value.map((item) => JSON.stringify(item)).join(", ")}]` : "";
  const isPlain = Array.isArray(value) && value.every((item) => typeof item !== "object");
  if (isFlat && isPlain && flat.length <= MAX_LIST_LENGTH) return flat;
  const inner = indent + unit;
  const items = Array.isArray(value)
    ? value.map((item) => print(item, unit, inner, eol))
    : Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${print(item, unit, inner, eol)}`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  if (items.length === 0) return `${open}${close}`;
  return `${open}${eol}${items.map((item) => inner + item).join(`,${eol}`)}${eol}${indent}${close}`;
}
