import { isDeepStrictEqual } from "node:util";
import { CodedError } from "../../shared/errors.ts";
import type { Path, Value } from "../types.ts";

/** The content of a file. Mappings are Maps, so no key is special and key order doesn't matter; lists are arrays. */
export type Data = unknown;

/** How to read and edit files of one format. Every function throws `FormatError`. */
export type Format = {
  readonly parse: (text: string) => Data;
  /** @param text undefined for a file that does not exist yet */
  readonly set: (text: string | undefined, path: Path, value: Value) => string;
  /** @returns undefined if `set` created the file and nothing was added to it since */
  readonly remove: (text: string, path: Path) => string | undefined;
  /**
   * Returns the text with `***` in place of every value and comment outside of some paths, so that only keys, brackets,
   * booleans and line breaks are shown of what belongs to others.
   */
  readonly mask: (text: string, paths: readonly Path[]) => string;
  /** Returns the comments of a text, with their signs. */
  readonly comments: (text: string) => readonly string[];
};

/** The edits of one format, on text without a byte order mark. Each keeps every other byte as it is. */
export type Editor = {
  /** An empty document is an empty mapping. */
  readonly parse: (text: string) => Data;
  readonly create: (path: Path, value: Value) => string;
  /** Adds or replaces the value at a path. */
  readonly set: (text: string, path: Path, value: Value) => string;
  /**
   * Removes the value at a path, and the containers that `set` created for it.
   * @returns the text, or several of which the first is meant that changes nothing else
   */
  readonly remove: (text: string, path: Path) => string | readonly string[];
  /** Returns the ranges of values and comments, and those of the values at some paths. */
  readonly scan: (text: string, paths: readonly Path[]) => Scan;
};

export type Range = { readonly start: number; readonly end: number };

export type Scan = {
  readonly values: readonly Range[];
  readonly comments: readonly Range[];
  readonly shown: readonly Range[];
};

/** Line and column, both counted from 1. */
export type Position = { readonly line: number; readonly column: number };

/** A file that is malformed, or that cannot be edited safely. */
export class FormatError extends CodedError {
  static override readonly code = "FORMAT_ERROR";
  override readonly name = "FormatError";
  readonly position: Position | undefined;

  constructor(message: string, position?: Position) {
    super(message);
    this.position = position;
  }
}

export const BOM = "\uFEFF";

/** Values that need no mask. */
const LITERAL = /^(?:true|false|null)$/;

/** Adds to an editor: byte order marks, new files, and a check that each edit changes nothing else. */
export function createFormat({ parse, create, set, remove, scan }: Editor): Format {
  const isAsCreated = (text: string, path: Path): boolean => {
    const value = getIn(parse(text), path);
    return value !== undefined && create(path, toPlain(value) as Value) === text;
  };
  return {
    parse: (text) => parse(splitBom(text)[1]),
    set: (text, path, value) => {
      if (text === undefined) return create(path, value);
      const [bom, body] = splitBom(text);
      const expected = setIn(parse(body), path, toData(value));
      const isExpected = (edited: string): boolean => isDeepStrictEqual(parse(edited), expected);
      return bom + chooseEdit([set(body, path, value)], isExpected);
    },
    remove: (text, path) => {
      const [bom, body] = splitBom(text);
      if (bom === "" && isAsCreated(body, path)) return undefined;
      const expected = deleteIn(parse(body), path);
      const isExpected = (edited: string): boolean =>
        isDeepStrictEqual(deleteIn(parse(edited), path), expected);
      return bom + chooseEdit([remove(body, path)].flat(), isExpected);
    },
    mask: (text, paths) => {
      const [bom, body] = splitBom(text);
      const { values, comments, shown } = scan(body, paths);
      // A value over several lines may hide a key from the patterns that mask single lines.
      const isShown = (one: Range): boolean =>
        shown.some(({ start, end }) => start <= one.start && one.end <= end) &&
        !body.slice(one.start, one.end).includes("\n");
      const masked = [...values, ...comments]
        .filter((range) => !isShown(range))
        .sort((a, b) => b.start - a.start)
        .reduce(
          (rest, { start, end }) =>
            rest.slice(0, start) + maskLines(rest.slice(start, end)) + rest.slice(end),
          body,
        );
      return bom + masked;
    },
    comments: (text) => {
      const [, body] = splitBom(text);
      return scan(body, []).comments.map(({ start, end }) => body.slice(start, end));
    },
  };
}

/** The sign of a comment stays. */
function maskLines(text: string): string {
  if (LITERAL.test(text)) return text;
  return text.replace(/\S(?:[^\r\n]*\S)?/g, (part) =>
    /^(?:\/\/|#)/.test(part) ? `${part[0] === "#" ? "#" : "//"} ***` : "***",
  );
}

/** Converts a plain value to data. Values other than objects and arrays, such as dates, stay as they are. */
export function toData(value: unknown): Data {
  if (Array.isArray(value)) return value.map(toData);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, toData(inner)]));
}

/** Converts data to a plain value. Keys become strings. */
export function toPlain(data: Data): unknown {
  if (Array.isArray(data)) return data.map(toPlain);
  if (!(data instanceof Map)) return data;
  return Object.fromEntries([...data].map(([key, inner]) => [String(key), toPlain(inner)]));
}

/** Returns the value at a path, or undefined. */
export function getIn(data: Data, [step, ...rest]: Path): Data {
  if (step === undefined) return data;
  if (typeof step === "string") return data instanceof Map ? getIn(data.get(step), rest) : undefined;
  const element = Array.isArray(data) ? data.find((item) => hasId(item, step.id)) : undefined;
  return getIn(element, rest);
}

/** Returns the value wrapped in the containers that its path names. */
export function nest(path: Path, value: Value): Value {
  return path.reduceRight((inner, step) => (typeof step === "string" ? { [step]: inner } : [inner]), value);
}

/** Returns `file:line:column` of an error, or the file alone if the position is unknown. */
export function locate(file: string, { position }: FormatError): string {
  return position ? `${file}:${position.line}:${position.column}` : file;
}

export function toPosition(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

export function detectEol(text: string): string {
  return /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
}

/** Returns the line break at the end of a text, or "". */
export function trailingEol(text: string): string {
  return /\r?\n$/.exec(text)?.[0] ?? "";
}

export function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

function setIn(data: Data, [step, ...rest]: Path, value: Data): Data {
  if (step === undefined) return value;
  if (typeof step === "string") {
    const map = data instanceof Map ? data : new Map();
    return new Map([...map, [step, setIn(map.get(step), rest, value)]]);
  }
  const list: readonly Data[] = Array.isArray(data) ? data : [];
  const index = list.findIndex((item) => hasId(item, step.id));
  return index === -1
    ? [...list, setIn(undefined, rest, value)]
    : list.with(index, setIn(list[index], rest, value));
}

/** Returns a copy without the value at a path, and without containers that are empty after that. */
function deleteIn(data: Data, [step, ...rest]: Path): Data {
  if (step === undefined || data === null || data === undefined) return undefined;
  if (typeof step === "string") {
    if (!(data instanceof Map)) return data;
    const inner = deleteIn(data.get(step), rest);
    const others = [...data].filter(([key]) => key !== step);
    return new Map(data.has(step) && !isEmpty(inner) ? [...others, [step, inner]] : others);
  }
  return Array.isArray(data) ? data.filter((item) => !hasId(item, step.id)) : data;
}

function isEmpty(data: Data): boolean {
  if (data instanceof Map) return data.size === 0;
  return data === null || data === undefined || (Array.isArray(data) && data.length === 0);
}

function hasId(element: Data, id: string): boolean {
  return element instanceof Map && element.get("id") === id;
}

/** A lone carriage return could form a line break with an edit that starts with a line feed. */
function splitBom(text: string): readonly [bom: string, body: string] {
  const [bom, body] = text.startsWith(BOM) ? [BOM, text.slice(1)] : ["", text];
  const lone = /\r(?!\n)/.exec(body);
  if (lone) {
    throw new FormatError("carriage return without line feed", toPosition(body, lone.index));
  }
  return [bom, body];
}

function chooseEdit(edits: readonly string[], isExpected: (edited: string) => boolean): string {
  const chosen = edits.find((edited) => {
    try {
      return isExpected(edited);
    } catch (error) {
      if (error instanceof FormatError) return false;
      throw error;
    }
  });
  if (chosen !== undefined) return chosen;
  throw new FormatError("the edit would change other parts of the file");
}
