import { parse, stringify, TomlError } from "smol-toml";
import type { Path, Value } from "../types.ts";
import {
  createFormat,
  type Data,
  detectEol,
  type Editor,
  FormatError,
  getIn,
  matchAt,
  nest,
  toData,
  toPosition,
  trailingEol,
} from "./format.ts";

type Range = { readonly start: number; readonly end: number };

/** A statement: from the start of its first line to the end of its last one, line break included. */
type Statement = Range & {
  /** `[a.b]`, `[[a.b]]` or `a.b = 1` */
  readonly kind: "table" | "array-table" | "pair";
  /** The full path. That of a pair includes the path of its table. */
  readonly path: readonly string[];
};

const KEY_PART = /[ \t]*([A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*"|'[^'\n]*')[ \t]*/y;
const VALUE_PART =
  /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|#[^\n]*|[[{]|[\]}]|\n|[^"'#[\]{}\n]+/y;
const OPENING_BRACKETS = /[ \t]*(\[{0,2})/y;
const BLANK_LINE = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

const editor: Editor = {
  parse: parseToml,

  create: (path, value) => `${print(path, value, "\n")}\n`,

  set: (text, path, value) => {
    const eol = detectEol(text);
    const lines = print(path, value, eol);
    const [first, ...others] = findTables(text, path);
    if (first) {
      const end = trailingEol(text.slice(first.start, first.end));
      const rest = deleteRanges(text, others);
      return rest.slice(0, first.start) + lines + end + rest.slice(first.end);
    }
    if (text === "") return lines;
    const end = trailingEol(text);
    return end === "" ? text + eol + eol + lines : text + eol + lines + end;
  },

  remove: (text, path) => {
    if (getIn(parseToml(text), path) === undefined) return text;
    const tables = findTables(text, path).map(({ start, end }) => {
      const head = text.slice(0, start);
      const hasEol = trailingEol(text.slice(start, end)) !== "";
      const blankLine = (hasEol ? /(?<=^|\n)\r?\n$/ : /(?:\r?\n){2}$/).exec(head)?.[0] ?? "";
      return { start: start - blankLine.length, end };
    });
    return deleteRanges(text, tables);
  },
};

/**
 * TOML. Only our own tables are edited. `set` adds them at the end of the file after one blank line, `remove` deletes
 * both. A file without a line break at its end gets none, so that `remove` can restore it.
 */
export const toml = createFormat(editor);

function parseToml(text: string): Data {
  try {
    return toData(parse(text, { integersAsBigInt: "asNeeded" }));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [message = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new FormatError(message, { line: error.line, column: error.column });
  }
}

/** Prints tables without a line break at the end. */
function print(path: Path, value: Value, eol: string): string {
  return stringify(nest(path, value)).trimEnd().replaceAll("\n", eol);
}

/**
 * Returns the ranges of the entry's tables, each from its header to its last pair.
 * @throws FormatError if the entry, or a table around it, is written in another form
 */
function findTables(text: string, path: Path): readonly Range[] {
  const tables: Range[] = [];
  let isInEntry = false;
  for (const statement of parseStatements(text)) {
    const { kind, start, end } = statement;
    if (kind !== "pair") {
      isInEntry = startsWith(statement.path, path);
      if (isInEntry) tables.push({ start, end });
    } else if (isInEntry) {
      tables.push({ start: tables.pop()?.start ?? start, end });
    } else if (startsWith(statement.path, path) || startsWith(path, statement.path)) {
      const name = path.join(".");
      throw new FormatError(
        `${name} uses an inline table or dotted keys; convert it to a [${name}] table first`,
        toPosition(text, start + text.slice(start).search(/\S/)),
      );
    }
  }
  return mergeAdjacent(text, tables);
}

/** Splits a well-formed document into statements. Comments and blank lines between them are omitted. */
function parseStatements(text: string): readonly Statement[] {
  const statements: Statement[] = [];
  let table: readonly string[] = [];
  let start = 0;
  while (start < text.length) {
    const blank = matchAt(BLANK_LINE, text, start);
    if (blank) {
      start += blank[0].length;
      continue;
    }
    const [whole = "", brackets = ""] = matchAt(OPENING_BRACKETS, text, start) ?? [];
    const { names, end: keyEnd } = parseKey(text, start + whole.length);
    const kind = brackets === "[[" ? "array-table" : brackets === "[" ? "table" : "pair";
    if (kind !== "pair") table = names;
    const end = findLineEnd(text, kind === "pair" ? keyEnd + 1 : keyEnd + brackets.length);
    statements.push({ kind, path: kind === "pair" ? [...table, ...names] : names, start, end });
    start = end;
  }
  return statements;
}

function parseKey(text: string, start: number): { readonly names: string[]; readonly end: number } {
  const names: string[] = [];
  let end = start;
  for (let part = matchAt(KEY_PART, text, end); part; part = matchAt(KEY_PART, text, end)) {
    const name = part[1] ?? "";
    names.push(/^["']/.test(name) ? (Object.keys(parse(`${name} = 0`))[0] ?? name) : name);
    end = KEY_PART.lastIndex;
    if (text[end] !== ".") break;
    end += 1;
  }
  return { names, end };
}

/** Returns the end of the line in which the value at an offset ends. */
function findLineEnd(text: string, offset: number): number {
  let depth = 0;
  let end = offset;
  for (let part = matchAt(VALUE_PART, text, end); part; part = matchAt(VALUE_PART, text, end)) {
    end = VALUE_PART.lastIndex;
    if (part[0] === "[" || part[0] === "{") depth += 1;
    if (part[0] === "]" || part[0] === "}") depth -= 1;
    if (part[0] === "\n" && depth === 0) break;
  }
  return end;
}

/** Merges ranges that only whitespace separates. */
function mergeAdjacent(text: string, ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const range of ranges) {
    const last = merged.at(-1);
    if (!last || text.slice(last.end, range.start).trim() !== "") merged.push(range);
    else merged[merged.length - 1] = { start: last.start, end: range.end };
  }
  return merged;
}

function deleteRanges(text: string, ranges: readonly Range[]): string {
  return ranges.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => path[index] === step);
}
