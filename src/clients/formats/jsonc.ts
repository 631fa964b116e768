// The package's main entry cannot be bundled: it is a UMD module, whose requires a bundler does not see.
import {
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
  stripComments,
} from "jsonc-parser/lib/esm/main.js";
import type { Path, Step } from "../types.ts";
import type { Data } from "./data.ts";
import { FormatError, positionOf } from "./format.ts";

export type { Node };

export const endOf = (node: Node): number => node.offset + node.length;

/** What a container holds: the properties of an object, the elements of an array. */
export const itemsOf = (container: Node): readonly Node[] => container.children ?? [];

const isBlank = (text: string): boolean => stripComments(text).trim() === "";

/** `CommaExpected` as `comma expected`. */
const wordsOf = (code: string): string =>
  code.replace(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();

/**
 * The syntax tree of JSON with comments and trailing commas; undefined for a text that holds nothing but comments.
 * @throws FormatError at the first fault
 */
export const treeOf = (text: string): Node | undefined => {
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { allowTrailingComma: true });
  const first = errors[0];
  if (!first && root) return root;
  const code = first ? printParseErrorCode(first.error) : "ValueExpected";
  if (errors.length <= 1 && code === "ValueExpected" && isBlank(text)) return undefined;
  throw new FormatError(wordsOf(code), positionOf(text, first?.offset ?? 0));
};

/** The value of a node, as a client's parser would see it: the last of equal keys counts. */
export const dataOfNode = (node: Node): Data => {
  if (node.type === "array") return itemsOf(node).map(dataOfNode);
  if (node.type !== "object") return node.value;
  return new Map(itemsOf(node).map((property) => [keyOf(property), dataOfNode(heldBy(property))]));
};

const keyOf = (property: Node): unknown => property.children?.[0]?.value;

/** What an item of a container holds. */
const heldBy = (item: Node): Node => (item.type === "property" ? (item.children?.[1] ?? item) : item);

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

const fits = (item: Node, step: Step): boolean => {
  if (typeof step === "string") return keyOf(item) === step;
  return itemsOf(item).some((property) => keyOf(property) === "id" && heldBy(property).value === step.id);
};

/**
 * Follows a path as far as it goes.
 * @throws FormatError where it meets something else than the container it needs, or two equal keys
 */
export const follow = (text: string, root: Node, path: Path): Trail => {
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
};
