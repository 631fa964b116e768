import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Data } from "./data.ts";
import { FormatError, positionOf } from "./format.ts";

/** A mapping as it was parsed: every node knows where it stands. */
export type Mapping = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
export type Pair = Mapping["items"][number];

/** @throws FormatError at the first fault, and for a file of several documents */
export const documentOf = (text: string): Document.Parsed => {
  const document = parseDocument(text, { prettyErrors: false });
  const [error] = document.errors;
  if (error) throw new FormatError(error.message.split(/[;\n]/)[0] ?? "", positionOf(text, error.pos[0]));
  return document;
};

/** @throws FormatError for YAML that is right, but that no edit of ours fits */
export const refuse = (text: string, offset: number): never => {
  throw new FormatError(
    "this mapping is written in a way that cannot be edited safely",
    positionOf(text, offset),
  );
};

/** Whether a node says nothing: no value, no tag, no anchor. */
export const isNothing = (node: ParsedNode | null): boolean =>
  node === null || (isScalar(node) && node.source === "" && !node.tag && !node.anchor);

/** Where the first alias stands that leads nowhere. */
const strayAlias = (document: Document.Parsed): number => {
  let offset = 0;
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document)) return undefined;
      offset = alias.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
};

/** @throws FormatError for aliases that lead nowhere, or to too much */
export const dataOfDocument = (text: string): Data => {
  const document = documentOf(text);
  if (isNothing(document.contents)) return new Map();
  try {
    return document.toJS({ mapAsMap: true });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new FormatError(reason, positionOf(text, strayAlias(document)));
  }
};

/**
 * A node as a mapping.
 * @throws FormatError for any other node
 */
export const mappingOf = (text: string, node: ParsedNode | null, name: string): Mapping => {
  if (isMap(node)) return node as Mapping;
  throw new FormatError(`${name} holds no mapping`, positionOf(text, node?.range[0] ?? 0));
};

/** The pair of a mapping with that key. */
export const pairOf = (mapping: Mapping, name: string): Pair | undefined =>
  mapping.items.find(({ key }) => isScalar(key) && key.value === name);

/** Behind the last character of a node; behind the line break for a block scalar, which contains it. */
const endOf = (node: ParsedNode): number => {
  const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
  if (!last) return node.range[1];
  return isPair(last) ? endOfPair(last as Pair) : endOf(last as ParsedNode);
};

export const endOfPair = ({ key, value }: Pair): number => (value ? endOf(value) : key.range[1]);
