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
import { type Data, type Editor, eolOf, FormatError, formatOf, lastEol, positionOf } from "./format.ts";

// The package's main entry cannot be bundled: it is a UMD module, whose requires a bundler does not see.

export type { Node };

function endOf(node: Node): number {
  return node.offset + node.length;
}

/** What a container holds: the properties of an object, the elements of an array. */
function itemsOf(container: Node): readonly Node[] {
  return container.children ?? [];
}

function isBlank(text: string): boolean {
  return stripComments(text).trim() === "";
}

/** `CommaExpected` as `comma expected`. */
function wordsOf(code: string): string {
  return code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
}

/**
 * The syntax tree of JSON with comments and trailing commas; undefined for a text that holds nothing but comments.
 * @throws FormatError at the first fault
 */
function treeOf(text: string): Node | undefined {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const first = errors[0];
  if (!first && root) return root;
  const code = first ? printParseErrorCode(first.error) : "ValueExpected";
  if (errors.length <= 1 && code === "ValueExpected" && isBlank(text)) return undefined;
  throw new FormatError(wordsOf(code), positionOf(text, first?.offset ?? 0));
}

/** The value of a node, as a client's parser would see it: the last of equal keys counts. */
function dataOfNode(node: Node): Data {
  if (node.type === "array") return itemsOf(node).map(dataOfNode);
  if (node.type !== "object") return node.value;
  return new Map(itemsOf(node).map((property) => [keyOf(property), dataOfNode(heldBy(property))]));
}

function keyOf(property: Node): unknown {
  return property.children?.[0]?.value;
}

/** What an item of a container holds. */
function heldBy(item: Node): Node {
  return item.type === "property" ? (item.children?.[1] ?? item) : item;
}

/** An item and the container it stands in. */
export type Hit = { readonly container: Node; readonly index: number };

/** How far a path leads into a document. */
export type Trail = {
  /** The items on the way, the outermost first. */
  readonly hits: readonly Hit[];
  /** What the last of them holds, or the document. */
  readonly value: Node;
  /** The steps that lead to nothing. */
  readonly rest: Path;
};

function fits(item: Node, step: Step): boolean {
  if (typeof step === "string") return keyOf(item) === step;
  return itemsOf(item).some((property) => keyOf(property) === "id" && heldBy(property).value === step.id);
}

/**
 * Follows a path as far as it goes.
 * @throws FormatError where it meets something else than the container it needs, or two equal keys
 */
function follow(text: string, root: Node, path: Path): Trail {
  const hits: Hit[] = [];
  let value = root;
  for (const [depth, step] of path.entries()) {
    const wanted = typeof step === "string" ? "object" : "array";
    if (value.type !== wanted) {
      const name = depth === 0 ? "the file" : JSON.stringify(path[depth - 1]);
      throw new FormatError(`${name} holds no ${wanted}`, positionOf(text, value.offset));
    }
    const items = itemsOf(value);
    const [first, second] = items.filter((item) => fits(item, step));
    if (!first) return { hits, value, rest: path.slice(depth) };
    if (second) {
      throw new FormatError(`${JSON.stringify(step)} stands here twice`, positionOf(text, second.offset));
    }
    hits.push({ container: value, index: items.indexOf(first) });
    value = heldBy(first);
  }
  return { hits, value, rest: [] };
}

/** A line break and the indentation behind it. */
const BREAK = /^\r?\n[ \t]*$/;
const COMMENTS_AND_COMMA = /\/\/[^\r\n]*|\/\*[\s\S]*?\*\/|,/g;

type Token = { readonly text: string; readonly offset: number; readonly end: number };

/** The comments and the comma between two items. */
function tokensOf(text: string, from: number, to: number): readonly Token[] {
  return [...text.slice(from, to).matchAll(COMMENTS_AND_COMMA)].map((match) => {
    const offset = from + match.index;
    return { text: match[0], offset, end: offset + match[0].length };
  });
}

function isComma(token: Token): boolean {
  return token.text === ",";
}
function insert(offset: number, content: string): Edit {
  return { offset, length: 0, content };
}
function cut(from: number, to: number): Edit {
  return { offset: from, length: to - from, content: "" };
}

/** The blanks that begin the line of an item; undefined where something else stands between. */
function indentOf(text: string, item: Node | undefined): string | undefined {
  return item && /(?:^|\n)([ \t]*)$/.exec(text.slice(0, item.offset))?.[1];
}

/** The blanks that begin the line in which a node begins. */
function lineIndent(text: string, { offset }: Node): string {
  return /(?:^|\n)([ \t]*)[^\n]*$/.exec(text.slice(0, offset))?.[1] ?? "";
}

/** One level of the file's own indentation. */
function unitOf(text: string, root: Node): string {
  return indentOf(text, itemsOf(root)[0]) || "  ";
}

/** Puts an item behind all others, and behind the comments that belong to them. */
function append(text: string, container: Node, unit: string, print: (indent: string) => string): Edit[] {
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
}

/** Takes out one item with its line break and its comma; the comments around it stay. */
function takeOut(text: string, { container, index }: Hit): Edit[] {
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
}

/** The text between an only item and the brackets around it; undefined where there are others. */
function surroundings(text: string, { container }: Hit): readonly [string, string] | undefined {
  const [item, other] = itemsOf(container);
  if (!item || other) return undefined;
  return [text.slice(container.offset + 1, item.offset), text.slice(endOf(item), endOf(container) - 1)];
}

function nest(steps: Path, value: Value): Value {
  return steps.reduceRight<Value>(
    (inner, step) => (typeof step === "string" ? { [step]: inner } : [inner]),
    value,
  );
}

function print(value: Value, unit: string, indent: string, eol: string): string {
  return JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);
}

function label(step: Step): string {
  return typeof step === "string" ? `${JSON.stringify(step)}: ` : "";
}

/** Whether `set` made this container for its only item: it then put each bracket on a line of its own. */
function isMade(text: string, hit: Hit): boolean {
  return surroundings(text, hit)?.every((blanks) => BREAK.test(blanks)) ?? false;
}

/** A document in a blank text: nothing stands between its first bracket and the item. */
function inBlank(text: string, document: string): string {
  const eol = eolOf(text);
  const written = document.replace(/^\{\r?\n[ \t]*/, "{");
  return text === "" || lastEol(text) !== "" ? text + written : text + eol + written + eol;
}

/** The blank text that the document was written into; undefined where it was not. */
function blankAround(text: string, root: Node, hit: Hit): string | undefined {
  const [opening, closing] = surroundings(text, hit) ?? [];
  if (opening !== "" || closing === undefined || !BREAK.test(closing)) return undefined;
  const [head, tail] = [text.slice(0, root.offset), text.slice(endOf(root))];
  if (tail === "") return head === "" || lastEol(head) !== "" ? head : undefined;
  const isAdded = tail === lastEol(tail) && lastEol(head) === tail && head.length > tail.length;
  return isAdded ? head.slice(0, -tail.length) : undefined;
}

const editor: Editor = {
  parse: (text) => {
    const root = treeOf(text);
    return root ? dataOfNode(root) : new Map();
  },

  create: (path, value) => `${print(nest(path, value), "  ", "", "\n")}\n`,

  set: (text, path, value) => {
    const root = treeOf(text);
    const eol = eolOf(text);
    if (!root) return inBlank(text, print(nest(path, value), "  ", "", eol));
    const unit = unitOf(text, root);
    const { value: node, rest } = follow(text, root, path);
    const [step, ...inner] = rest;
    if (step === undefined) {
      const content = print(value, unit, lineIndent(text, node), eol);
      return applyEdits(text, [{ offset: node.offset, length: node.length, content }]);
    }
    const item = (indent: string): string => label(step) + print(nest(inner, value), unit, indent, eol);
    return applyEdits(text, append(text, node, unit, item));
  },

  remove: (text, path) => {
    const root = treeOf(text);
    const { hits, rest } = root ? follow(text, root, path) : { hits: [], rest: path };
    const depth = hits.findLastIndex((hit, at) => at === 0 || !isMade(text, hit));
    const hit = hits[depth];
    if (!root || !hit || rest.length > 0) return text;
    const blank = depth === 0 ? blankAround(text, root, hit) : undefined;
    return blank ?? applyEdits(text, takeOut(text, hit));
  },
};

/**
 * JSON with comments. `set` leaves a trace in its blanks of what it had to make, so that `remove` restores the text
 * byte for byte: a container with each bracket on another line than its only item was made for it; a closing bracket
 * right behind the item says that the container was there, and empty; a first bracket right before it says that the
 * text was blank. `modify` of the same package is no help here: it takes the comments around an item with it.
 */
export const jsonc = formatOf(editor);
