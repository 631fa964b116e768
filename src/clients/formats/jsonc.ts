// The package's main entry is a UMD module, which a bundler cannot follow.
import {
  applyEdits,
  type Edit,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
  stripComments,
} from "jsonc-parser/lib/esm/main.js";
import type { Path, Step, Value } from "../types.ts";
import {
  createFormat,
  type Data,
  detectEol,
  type Editor,
  FormatError,
  nest,
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
const LINE_BREAK_AND_INDENT = /^\r?\n[ \t]*$/;

const editor: Editor = {
  parse: (text) => {
    const root = parseRoot(text);
    return root ? toData(root) : new Map();
  },

  create: (path, value) => `${print(nest(path, value), "  ", "", "\n")}\n`,

  set: (text, path, value) => {
    const root = parseRoot(text);
    const eol = detectEol(text);
    if (!root) return fillEmpty(text, print(nest(path, value), "  ", "", eol));
    const unit = ownLineIndent(text, itemsOf(root)[0]) || "  ";
    const { value: node, missing } = resolve(text, root, path);
    const [step, ...inner] = missing;
    if (step === undefined) {
      const content = print(value, unit, lineIndent(text, node), eol);
      return applyEdits(text, [{ offset: node.offset, length: node.length, content }]);
    }
    const key = typeof step === "string" ? `${JSON.stringify(step)}: ` : "";
    const printItem = (indent: string): string => key + print(nest(inner, value), unit, indent, eol);
    return applyEdits(text, appendItem(text, node, unit, printItem));
  },

  remove: (text, path) => {
    const root = parseRoot(text);
    const { items, missing } = root ? resolve(text, root, path) : { items: [], missing: path };
    // The outermost item that `set` created as a whole.
    const outermost = items.findLastIndex((item, depth) => depth === 0 || !isCreatedContainer(text, item));
    const item = items[outermost];
    if (!root || !item || missing.length > 0) return text;
    const original = outermost === 0 ? restoreEmpty(text, root, item) : undefined;
    return original ?? applyEdits(text, removeItem(text, item));
  },
};

/**
 * JSON with comments. `set` leaves marks in its whitespace, so that `remove` can restore the text byte for byte:
 * - A container whose brackets are on other lines than its only item was created for the item.
 * - A closing bracket directly after the item means that the container existed and was empty.
 * - An opening bracket directly before the item means that the document was empty.
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
  const last = itemsOf(container).at(-1);
  const indent = ownLineIndent(text, last) ?? lineIndent(text, container) + unit;
  const item = detectEol(text) + indent + printItem(indent);
  const close = endOf(container) - 1;
  // The closing bracket directly after the item marks a container that existed before.
  if (!last) return [insertion(close, item)];
  const end = endOf(last);
  const tokens = findTokens(text, end, close);
  const lastTokenEnd = tokens.at(-1)?.end ?? end;
  if (tokens.some(isComma)) return [insertion(lastTokenEnd, `${item},`)];
  return lastTokenEnd === end
    ? [insertion(end, `,${item}`)]
    : [insertion(end, ","), insertion(lastTokenEnd, item)];
}

/** Removes an item with its line break and its comma. The comments around it stay. */
function removeItem(text: string, { container, index }: Item): Edit[] {
  const items = itemsOf(container);
  const [previous, item, next] = [items[index - 1], items[index], items[index + 1]];
  if (!item) return [];
  const previousEnd = previous ? endOf(previous) : container.offset + 1;
  const tokens = findTokens(text, previousEnd, item.offset);
  const commaAfter = findTokens(text, endOf(item), next?.offset ?? endOf(container) - 1).find(isComma);
  const comma = commaAfter ?? (previous && tokens.find(isComma));
  const lineBreak = /\r?\n[ \t]*$/.exec(text.slice(previousEnd, item.offset));
  const lineStart = lineBreak ? previousEnd + lineBreak.index : item.offset;
  // Without its line break, a line comment would swallow the text after the item.
  const followsComment = tokens.some((token) => token.text.startsWith("//") && token.end === lineStart);
  const endsLine = /^[ \t]*(?:\r?\n|$)/.test(text.slice(commaAfter?.end ?? endOf(item)));
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

/** The text between the brackets and the only item; undefined if the container has more items. */
function paddingOf(text: string, { container }: Item): readonly [string, string] | undefined {
  const [item, other] = itemsOf(container);
  if (!item || other) return undefined;
  return [text.slice(container.offset + 1, item.offset), text.slice(endOf(item), endOf(container) - 1)];
}

/** Whether `set` created the container for its only item. */
function isCreatedContainer(text: string, item: Item): boolean {
  return paddingOf(text, item)?.every((padding) => LINE_BREAK_AND_INDENT.test(padding)) ?? false;
}

/** Adds a document to an empty text, without whitespace after its first bracket. */
function fillEmpty(text: string, document: string): string {
  const eol = detectEol(text);
  const marked = document.replace(/^\{\r?\n[ \t]*/, "{");
  return text === "" || trailingEol(text) !== "" ? text + marked : text + eol + marked + eol;
}

/** Returns the text that `fillEmpty` was given; undefined if it did not create the document. */
function restoreEmpty(text: string, root: Node, item: Item): string | undefined {
  const [opening, closing] = paddingOf(text, item) ?? [];
  if (opening !== "" || closing === undefined || !LINE_BREAK_AND_INDENT.test(closing)) return undefined;
  const [head, tail] = [text.slice(0, root.offset), text.slice(endOf(root))];
  if (tail === "") return head === "" || trailingEol(head) !== "" ? head : undefined;
  const isAdded = tail === trailingEol(tail) && trailingEol(head) === tail && head.length > tail.length;
  return isAdded ? head.slice(0, -tail.length) : undefined;
}

function print(value: Value, unit: string, indent: string, eol: string): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
}
