import { applyEdits } from "jsonc-parser/lib/esm/main.js";
import type { Path, Step, Value } from "../types.ts";
import { type Editor, eolOf, formatOf, lastEol } from "./format.ts";
import { dataOfNode, endOf, follow, type Hit, type Node, treeOf } from "./jsonc.ts";
import { append, BREAK, lineIndent, surroundings, takeOut, unitOf } from "./jsonc-items.ts";

const nest = (steps: Path, value: Value): Value =>
  steps.reduceRight<Value>((inner, step) => (typeof step === "string" ? { [step]: inner } : [inner]), value);

const print = (value: Value, unit: string, indent: string, eol: string): string =>
  JSON.stringify(value, null, unit).replaceAll("\n", eol + indent);

const label = (step: Step): string => (typeof step === "string" ? `${JSON.stringify(step)}: ` : "");

/** Whether `set` made this container for its only item: it then put each bracket on a line of its own. */
const isMade = (text: string, hit: Hit): boolean =>
  surroundings(text, hit)?.every((blanks) => BREAK.test(blanks)) ?? false;

/** A document in a blank text: nothing stands between its first bracket and the item. */
const inBlank = (text: string, document: string): string => {
  const eol = eolOf(text);
  const written = document.replace(/^\{\r?\n[ \t]*/, "{");
  return text === "" || lastEol(text) !== "" ? text + written : text + eol + written + eol;
};

/** The blank text that the document was written into; undefined where it was not. */
const blankAround = (text: string, root: Node, hit: Hit): string | undefined => {
  const [opening, closing] = surroundings(text, hit) ?? [];
  if (opening !== "" || closing === undefined || !BREAK.test(closing)) return undefined;
  const [head, tail] = [text.slice(0, root.offset), text.slice(endOf(root))];
  if (tail === "") return head === "" || lastEol(head) !== "" ? head : undefined;
  const isAdded = tail === lastEol(tail) && lastEol(head) === tail && head.length > tail.length;
  return isAdded ? head.slice(0, -tail.length) : undefined;
};

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
