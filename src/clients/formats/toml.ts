import { parse, stringify, TomlError } from "smol-toml";
import type { Path, Value } from "../types.ts";
import {
  type Data,
  dataOf,
  type Editor,
  eolOf,
  FormatError,
  find,
  formatOf,
  lastEol,
  positionOf,
} from "./format.ts";

/** A statement of a TOML document, from the start of its line to the end of its last one. */
export type Statement = {
  /** `[a.b]`, `[[a.b]]` or `a.b = 1` */
  readonly kind: "table" | "tables" | "pair";
  /** The whole path: that of a pair begins with that of its table. */
  readonly path: readonly string[];
  readonly start: number;
  /** Behind the line break, where there is one. */
  readonly end: number;
};

const KEY_PART = /[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*/y;
const VALUE_PART =
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[{]|[\]}]|\n|[^"'#[\]{}\n]+/y;

function matchAt(pattern: RegExp, text: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(text);
}

/** A key as it is meant: quotes and escapes resolved. */
function nameOf(key: string): string {
  return /^["']/.test(key) ? (Object.keys(parse(`${key} = 0`))[0] ?? key) : key;
}

/** A dotted key, and where it ends. */
function keyAt(text: string, offset: number): { readonly names: string[]; readonly end: number } {
  const names: string[] = [];
  let at = offset;
  for (let part = matchAt(KEY_PART, text, at); part; part = matchAt(KEY_PART, text, at)) {
    names.push(nameOf(part[1] ?? ""));
    at = KEY_PART.lastIndex;
    if (text[at] !== ".") break;
    at += 1;
  }
  return { names, end: at };
}

/** Behind the line on which a value that begins here ends. */
function lineEndOf(text: string, offset: number): number {
  let depth = 0;
  let at = offset;
  for (let part = matchAt(VALUE_PART, text, at); part; part = matchAt(VALUE_PART, text, at)) {
    at = VALUE_PART.lastIndex;
    if (part[0] === "[" || part[0] === "{") depth += 1;
    if (part[0] === "]" || part[0] === "}") depth -= 1;
    if (part[0] === "\n" && depth === 0) break;
  }
  return at;
}

const BRACKETS = /[ \t]*(\[{0,2})/y;
const BLANK_LINE = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

/** The statements of a document that is known to be well-formed. */
function statementsOf(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  let table: readonly string[] = [];
  let start = 0;
  while (start < text.length) {
    const blank = matchAt(BLANK_LINE, text, start);
    if (blank) {
      start += blank[0].length;
      continue;
    }
    const [whole = "", opening = ""] = matchAt(BRACKETS, text, start) ?? [];
    const { names, end: keyEnd } = keyAt(text, start + whole.length);
    const kind = opening === "[[" ? "tables" : opening === "[" ? "table" : "pair";
    if (kind !== "pair") table = names;
    const end = kind === "pair" ? lineEndOf(text, keyEnd + 1) : lineEndOf(text, keyEnd + opening.length);
    statements.push({ kind, path: kind === "pair" ? [...table, ...names] : names, start, end });
    start = end;
  }
  return statements;
}

function strictly(text: string): Data {
  try {
    return dataOf(parse(text, { integersAsBigInt: "asNeeded" }));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [message = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new FormatError(message, { line: error.line, column: error.column });
  }
}

function beginsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, at) => path[at] === step);
}

/** The lines of a table of its own, ending without a line break. */
function print(path: Path, value: Value, eol: string): string {
  const nested = path.reduceRight<Value>((inner, step) => ({ [String(step)]: inner }), value);
  return stringify(nested).trimEnd().replaceAll("\n", eol);
}

type Region = { readonly start: number; readonly end: number };

/** Neighbours with nothing but blanks between them as one. */
function join(text: string, regions: readonly Region[]): readonly Region[] {
  const joined: Region[] = [];
  for (const region of regions) {
    const last = joined.at(-1);
    if (!last || text.slice(last.end, region.start).trim() !== "") joined.push(region);
    else joined[joined.length - 1] = { start: last.start, end: region.end };
  }
  return joined;
}

function refuse(text: string, path: Path, { start }: Statement): never {
  throw new FormatError(
    `${path.join(".")} is written as an inline table or with dotted keys; make it a table [${path.join(".")}] first`,
    positionOf(text, start + text.slice(start).search(/\S/)),
  );
}

/**
 * Where our own tables stand, each from its header to its last pair.
 * @throws FormatError where the entry, or what it stands in, has another form than that of a table
 */
function regionsOf(text: string, path: Path): readonly Region[] {
  const regions: Region[] = [];
  let inOurs = false;
  for (const statement of statementsOf(text)) {
    const { kind, start, end } = statement;
    if (kind !== "pair") {
      inOurs = beginsWith(statement.path, path);
      if (inOurs) regions.push({ start, end });
    } else if (inOurs) {
      regions.push({ start: regions.pop()?.start ?? start, end });
    } else if (beginsWith(statement.path, path) || beginsWith(path, statement.path)) {
      refuse(text, path, statement);
    }
  }
  return join(text, regions);
}

function cutAll(text: string, regions: readonly Region[]): string {
  return regions.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
}

const editor: Editor = {
  parse: strictly,

  create: (path, value) => `${print(path, value, "\n")}\n`,

  set: (text, path, value) => {
    const eol = eolOf(text);
    const lines = print(path, value, eol);
    const [first, ...others] = regionsOf(text, path);
    if (first) {
      const end = lastEol(text.slice(first.start, first.end));
      const without = cutAll(text, others);
      return without.slice(0, first.start) + lines + end + without.slice(first.end);
    }
    if (text === "") return lines;
    const last = lastEol(text);
    return last === "" ? text + eol + eol + lines : text + eol + lines + last;
  },

  remove: (text, path) => {
    if (find(strictly(text), path) === undefined) return text;
    const regions = regionsOf(text, path).map(({ start, end }) => {
      const head = text.slice(0, start);
      const unended = lastEol(text.slice(start, end)) === "";
      const blanks = (unended ? /(?:\r?\n){2}$/ : /(?<=^|\n)\r?\n$/).exec(head)?.[0] ?? "";
      return { start: start - blanks.length, end };
    });
    return cutAll(text, regions);
  },
};

/**
 * TOML. Only our own tables are touched: they are put at the end of the file, behind one blank line, and taken out
 * with it. A file that does not end with a line break gets none, so that `remove` can tell.
 */
export const toml = formatOf(editor);
