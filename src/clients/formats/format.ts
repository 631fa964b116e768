import type { Path, Value } from "../types.ts";
import { assign, type Data, dataOf, find, omit, plainOf, sameData } from "./data.ts";

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

export const positionOf = (text: string, offset: number): Position => {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
};

/** The line break that a text uses. */
export const eolOf = (text: string): string => (/\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n");

/** The line break that a text ends with, or nothing. */
export const lastEol = (text: string): string => /\r?\n$/.exec(text)?.[0] ?? "";

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
const splitBom = (text: string): readonly [bom: string, body: string] => {
  const [bom, body] = text.startsWith(BOM) ? [BOM, text.slice(1)] : ["", text];
  const lone = /\r(?!\n)/.exec(body);
  if (lone) throw new FormatError("a carriage return stands here alone", positionOf(body, lone.index));
  return [bom, body];
};

const UNSAFE = "the file cannot be changed here without changing something else";

/** Lets no edit through that changes anything but what it is for. */
const checked = (
  edit: () => string,
  parse: (text: string) => Data,
  fits: (data: Data) => boolean,
): string => {
  const after = edit();
  try {
    if (fits(parse(after))) return after;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  }
  throw new FormatError(UNSAFE);
};

/** A format made from its edits: keeps a byte order mark, and checks each edit by parsing what came of it. */
export const formatOf = ({ parse, create, set, remove }: Editor): Format => {
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
};
