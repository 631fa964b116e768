import { Document, visit } from "yaml";
import type { Path, Value } from "../types.ts";
import { type Editor, eolOf, formatOf } from "./format.ts";
import { addLines, cutLines, endOfBlank, endOfBlock, indentOf, isMade } from "./yaml-block.ts";
import { addToFlow, behindColon, cutFromFlow, cutValue, isFlowMade } from "./yaml-flow.ts";
import {
  dataOfDocument,
  documentOf,
  endOfPair,
  isNothing,
  type Mapping,
  mappingOf,
  pairOf,
} from "./yaml-tree.ts";

/** A key with nothing behind it, and the blanks before it and before what stands below it. */
const NESTED = /^( *)[^\s#-][^\r\n]*:[ \t]*(?:#[^\r\n]*)?(?:\r?\n[ \t]*(?:#[^\r\n]*)?)*\r?\n( +)[^\s#-]/m;

/** How much deeper than its key the file's first nested mapping stands. */
const unitOf = (text: string): number => {
  const [, outer = "", inner = ""] = NESTED.exec(text) ?? [];
  return inner.length > outer.length ? inner.length - outer.length : 2;
};

const nest = (path: readonly string[], value: Value): Value =>
  path.reduceRight<Value>((inner, step) => ({ [step]: inner }), value);

/** Lines of block style, the first one without its indentation. */
const block = (path: readonly string[], value: Value, unit: number, indent: string, eol: string): string =>
  new Document(nest(path, value))
    .toString({ lineWidth: 0, indent: unit })
    .trimEnd()
    .replaceAll("\n", eol + indent);

/** A pair of flow style, on one line. */
const flow = (path: readonly string[], value: Value): string => {
  const document = new Document(nest(path, value));
  visit(document, {
    Collection: (_, node) => {
      node.flow = true;
    },
  });
  return document.toString({ lineWidth: 0 }).trim().slice(1, -1).trim();
};

const add = (text: string, mapping: Mapping, path: readonly string[], value: Value): string => {
  if (mapping.flow) return addToFlow(text, mapping, flow(path, value));
  const indent = indentOf(text, mapping);
  const lines = block(path, value, unitOf(text), indent, eolOf(text));
  return addLines(text, endOfBlock(text, mapping), indent + lines);
};

const replace = (text: string, mapping: Mapping, name: string, value: Value): string => {
  const pair = pairOf(mapping, name);
  if (!pair) return add(text, mapping, [name], value);
  const start = pair.key.range[0];
  const old = text.slice(start, endOfPair(pair)).trimEnd();
  const printed = mapping.flow
    ? flow([name], value)
    : block([name], value, unitOf(text), indentOf(text, mapping), eolOf(text));
  return text.slice(0, start) + printed + text.slice(start + old.length);
};

/** The names of a path; only JSON has lists of things with ids. */
const namesOf = (path: Path): readonly [string, string] => [String(path[0]), String(path[1])];

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
