import { isDeepStrictEqual } from "node:util";
import type { Path, Step, Value } from "../types.ts";

/**
 * What a file holds, whatever its format: mappings are Maps, so that no key is special and the order does not count;
 * lists are arrays.
 */
export type Data = unknown;

export function sameData(one: Data, other: Data): boolean {
  return isDeepStrictEqual(one, other);
}

/** A plain value as data; whatever is no object or array, such as a date, stays as it is. */
export function dataOf(value: unknown): Data {
  if (Array.isArray(value)) return value.map(dataOf);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, dataOf(inner)]));
}

/** Data as a plain value; keys become text. */
export function plainOf(data: Data): unknown {
  if (Array.isArray(data)) return data.map(plainOf);
  if (!(data instanceof Map)) return data;
  return Object.fromEntries([...data].map(([key, inner]) => [String(key), plainOf(inner)]));
}

function hasId(element: Data, id: string): boolean {
  return element instanceof Map && element.get("id") === id;
}

/** What stands at a path; undefined where nothing does. */
export function find(data: Data, [step, ...rest]: Path): Data {
  if (step === undefined) return data;
  if (typeof step === "string") return data instanceof Map ? find(data.get(step), rest) : undefined;
  const element = Array.isArray(data) ? data.find((one) => hasId(one, step.id)) : undefined;
  return find(element, rest);
}

function withStep(data: Data, step: Step, change: (inner: Data) => Data): Data {
  if (typeof step === "string") {
    const map = data instanceof Map ? data : new Map();
    return new Map([...map, [step, change(map.get(step))]]);
  }
  const list: readonly Data[] = Array.isArray(data) ? data : [];
  const index = list.findIndex((one) => hasId(one, step.id));
  return index === -1
    ? [...list, change(undefined)]
    : list.map((one, at) => (at === index ? change(one) : one));
}

/** A copy with that value at a path. */
export function assign(data: Data, [step, ...rest]: Path, value: Data): Data {
  return step === undefined ? value : withStep(data, step, (inner) => assign(inner, rest, value));
}

function isEmpty(data: Data): boolean {
  return (
    data === null ||
    data === undefined ||
    (data instanceof Map && data.size === 0) ||
    (Array.isArray(data) && data.length === 0)
  );
}

/** A copy without what stands at a path, and without what holds nothing after that; the whole stays a mapping. */
export function omit(data: Data, [step, ...rest]: Path): Data {
  if (step === undefined || data === null || data === undefined) return undefined;
  if (typeof step === "string") {
    if (!(data instanceof Map)) return data;
    const inner = omit(data.get(step), rest);
    return new Map(
      [...data].flatMap(([key, one]) => (key !== step ? [[key, one]] : isEmpty(inner) ? [] : [[key, inner]])),
    );
  }
  return Array.isArray(data) ? data.filter((one) => !hasId(one, step.id)) : data;
}

/** A place in a text, both counted from 1. */
export type Position = { readonly line: number; readonly column: number };

/** A file that is damaged, or that cannot be edited without risk. */
export class FormatError extends Error {
  override readonly name = "FormatError";
  readonly position: Position | undefined;

  constructor(message: string, position?: Position) {
    super(message);
    this.position = position;
  }
}

export function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

/** The line break that a text uses. */
export function eolOf(text: string): string {
  return /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
}

/** The line break that a text ends with, or nothing. */
export function lastEol(text: string): string {
  return /\r?\n$/.exec(text)?.[0] ?? "";
}

/** The edits of one format on a text without a byte order mark; each leaves every other byte as it is. */
export type Editor = {
  /** The whole document; a blank one is an empty mapping. */
  readonly parse: (text: string) => Data;
  /** The text of a new file with that value at a path and nothing else. */
  readonly create: (path: Path, value: Value) => string;
  /** Puts a value at a path, in place of what stands there. */
  readonly set: (text: string, path: Path, value: Value) => string;
  /** Takes out what stands at a path, and what `set` had to make around it. */
  readonly remove: (text: string, path: Path) => string;
};

/** How files of one format are read and edited. Every function throws `FormatError`. */
export type Format = {
  /** The whole file as data; `find` reads one entry from it. */
  readonly parse: (text: string) => Data;
  /** @param text undefined for a file that is not there yet */
  readonly set: (text: string | undefined, path: Path, value: Value) => string;
  /** @returns undefined where `set` made the file, and nothing else came into it */
  readonly remove: (text: string, path: Path) => string | undefined;
};

const BOM = "\uFEFF";

/** The byte order mark, and the text behind it, which must not have line breaks that edits could join with theirs. */
function splitBom(text: string): readonly [bom: string, body: string] {
  const [bom, body] = text.startsWith(BOM) ? [BOM, text.slice(1)] : ["", text];
  const lone = /\r(?!\n)/.exec(body);
  if (lone) throw new FormatError("a carriage return stands here alone", positionOf(body, lone.index));
  return [bom, body];
}

const UNSAFE = "the file cannot be changed here without changing something else";

/** Lets no edit through that changes anything but what it is for. */
function checked(edit: () => string, parse: (text: string) => Data, fits: (data: Data) => boolean): string {
  const after = edit();
  try {
    if (fits(parse(after))) return after;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  throw new FormatError(UNSAFE);
}

/** A format made from its edits: keeps a byte order mark, and checks each edit by parsing what came of it. */
export function formatOf({ parse, create, set, remove }: Editor): Format {
  const put = (body: string, path: Path, value: Value): string => {
    const expected = assign(parse(body), path, dataOf(value));
    return checked(
      () => set(body, path, value),
      parse,
      (data) => sameData(data, expected),
    );
  };
  const take = (body: string, path: Path): string => {
    const expected = omit(parse(body), path);
    return checked(
      () => remove(body, path),
      parse,
      (data) => sameData(omit(data, path), expected),
    );
  };
  const isNew = (text: string, path: Path): boolean => {
    const value = find(parse(text), path);
    return value !== undefined && create(path, plainOf(value) as Value) === text;
  };

  return {
    parse: (text) => parse(splitBom(text)[1]),
    set: (text, path, value) => {
      if (text === undefined) return create(path, value);
      const [bom, body] = splitBom(text);
      return bom + put(body, path, value);
    },
    remove: (text, path) => {
      const [bom, body] = splitBom(text);
      if (bom === "" && isNew(body, path)) return undefined;
      return bom + take(body, path);
    },
  };
}
