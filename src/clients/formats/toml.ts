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
  type Range,
  toData,
  toPosition,
  trailingEol,
} from "./format.ts";

/** A statement: from the start of its first line to the end of its last one, line break included. */
type Statement = Range & {
  /** `[a.b]`, `[[a.b]]` or `a.b = 1` */
  readonly kind: "table" | "array-table" | "pair";
  /** The full path. That of a pair includes the path of its table. */
  readonly path: readonly string[];
  /** The value of a pair, without the comment after it; that of a table is empty. */
  readonly value: Range;
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
    const statements = parseStatements(text);
    const pair = statements.find((one) => one.kind === "pair" && isSamePath(one.path, path));
    const entry = getIn(parseToml(text), path.slice(0, -1));
    const isInEntry = entry instanceof Map && [...entry.values()].some((one) => !(one instanceof Map));
    if (pair && isInEntry) return replaceRange(text, pair.value, printInline(value));
    if (!isTable(value)) return addPair(text, path, value, statements);
    const lines = print(path, value, eol);
    const [first, ...others] = findTables(text, path, statements);
    if (first) {
      const end = trailingEol(text.slice(first.start, first.end));
      return replaceRange(deleteRanges(text, others), first, lines + end);
    }
    if (isInEntry) return insertLines(text, lastEnd(text, path.slice(0, -1), statements), eol + lines);
    const end = trailingEol(text);
    if (text.trim() === "") return `${text}${lines}${eol}`;
    return end === "" ? text + eol + eol + lines : text + eol + lines + end;
  },

  remove: (text, path) => {
    if (getIn(parseToml(text), path) === undefined) return text;
    const statements = parseStatements(text);
    const pair = statements.find((one) => one.kind === "pair" && isSamePath(one.path, path));
    if (pair && path.length > 2) return removePair(text, pair);
    const tables = findTables(text, path, statements).map(({ start, end }) => {
      const head = text.slice(0, start);
      const hasEol = trailingEol(text.slice(start, end)) !== "";
      const blankLine = (hasEol ? /(?<=^|\n)\r?\n$/ : /(?:\r?\n){2}$/).exec(head)?.[0] ?? "";
      return { start: start - blankLine.length, end };
    });
    return deleteRanges(text, tables);
  },

  scan: (text, paths) => {
    const statements = parseStatements(text);
    const isShown = ({ path }: Statement) => paths.some((one) => startsWith(path, one));
    const parts = statements.flatMap(({ value }) => findValues(text, value));
    const isComment = ({ start }: Range) => text[start] === "#";
    return {
      values: parts.filter((part) => !isComment(part)),
      comments: [...parts.filter(isComment), ...findComments(text, statements)],
      shown: statements.filter(isShown),
    };
  },
};

/**
 * TOML. Only our own tables are edited. `set` adds them at the end of the file after one blank line, `remove` deletes
 * both. A file without a line break at its end gets none.
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
  if (!isTable(value)) return `${printKey(path.slice(-1))} = ${printInline(value)}`;
  const fields = Object.entries(value);
  const pairs = fields.flatMap(([key, inner]) => (isTable(inner) ? [] : [print([key], inner, eol)]));
  const tables = fields.flatMap(([key, inner]) =>
    isTable(inner) ? [print([...path, key], inner, eol)] : [],
  );
  return [[`[${printKey(path)}]`, ...pairs].join(eol), ...tables].join(eol + eol);
}

function printKey(path: Path): string {
  return path.map((step) => (/^[\w-]+$/.test(String(step)) ? step : JSON.stringify(step))).join(".");
}

/** Prints a value on one line. */
function printInline(value: Value): string {
  if (Array.isArray(value)) return `[${value.map(printInline).join(", ")}]`;
  if (!isTable(value)) return stringify({ v: value }).trim().slice("v = ".length);
  const pairs = Object.entries(value).map(([key, inner]) => `${printKey([key])} = ${printInline(inner)}`);
  return pairs.length > 0 ? `{ ${pairs.join(", ")} }` : "{}";
}

function isTable(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === "object" && !Array.isArray(value);
}

/** Adds a pair to the table that its path names, after the others. @throws FormatError if there is no such table */
function addPair(text: string, path: Path, value: Value, statements: readonly Statement[]): string {
  const parent = path.slice(0, -1);
  const start = statements.findIndex((one) => one.kind === "table" && isSamePath(one.path, parent));
  const table = statements[start];
  if (!table) throw new FormatError(`there is no table [${parent.join(".")}]`);
  const rest = statements.slice(start + 1);
  const next = rest.findIndex(({ kind }) => kind !== "pair");
  const last = rest.slice(0, next === -1 ? undefined : next).at(-1) ?? table;
  const indent = /^[ \t]*/.exec(text.slice(last.start))?.[0] ?? "";
  return insertLines(text, last.end, indent + print(path, value, ""));
}

/** Inserts lines after a line. A text without a line break at its end keeps none. */
function insertLines(text: string, offset: number, lines: string): string {
  const eol = detectEol(text);
  const inserted = trailingEol(text.slice(0, offset)) === "" ? eol + lines : lines + eol;
  return text.slice(0, offset) + inserted + text.slice(offset);
}

/** Returns the end of the last statement below a path. */
function lastEnd(text: string, path: Path, statements: readonly Statement[]): number {
  return statements.findLast((one) => startsWith(one.path, path))?.end ?? text.length;
}

/** Removes the line of a pair, or leaves the comment after it. */
function removePair(text: string, { start, end, value }: Statement): string {
  const comment = text.slice(value.end, end).search(/#/);
  return replaceRange(text, { start, end: comment === -1 ? end : value.end + comment }, "");
}

/** The parts of a value that need a mask: everything except brackets, commas, and the keys of inline tables. */
function findValues(text: string, { start, end }: Range): readonly Range[] {
  const parts: Range[] = [];
  let offset = start;
  for (
    let part = matchAt(VALUE_PART, text, offset);
    part && offset < end;
    part = matchAt(VALUE_PART, text, offset)
  ) {
    const isWords = !/^["'#[\]{}\n]/.test(part[0]);
    for (const word of isWords ? part[0].matchAll(/[^\s,=]+/g) : [{ 0: part[0], index: 0 }]) {
      const range = { start: offset + word.index, end: offset + word.index + word[0].length };
      const isKey = /^\s*[.=]/.test(text.slice(range.end, end));
      if (!isKey && /[^\s[\]{}]/.test(word[0])) parts.push(range);
    }
    offset = VALUE_PART.lastIndex;
  }
  return parts;
}

/** The comments between statements and at the end of their lines. */
function findComments(text: string, statements: readonly Statement[]): readonly Range[] {
  const starts = [0, ...statements.map(({ value }) => value.end)];
  return starts.flatMap((start, index) =>
    [...text.slice(start, statements[index]?.start).matchAll(/#[^\r\n]*/g)].map((comment) => ({
      start: start + comment.index,
      end: start + comment.index + comment[0].length,
    })),
  );
}

/**
 * Returns the ranges of the entry's tables, each from its header to its last pair.
 * @throws FormatError if the entry, or a table around it, is written in another form
 */
function findTables(text: string, path: Path, statements: readonly Statement[]): readonly Range[] {
  const tables: Range[] = [];
  let isInEntry = false;
  for (const statement of statements) {
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
    const valueStart = kind === "pair" ? keyEnd + 1 : keyEnd + brackets.length;
    const { end, valueEnd } = findLineEnd(text, valueStart);
    const blanks = kind === "pair" ? (/^[ \t]*/.exec(text.slice(valueStart, valueEnd))?.[0].length ?? 0) : 0;
    const value = { start: kind === "pair" ? valueStart + blanks : valueEnd, end: valueEnd };
    statements.push({ kind, path: kind === "pair" ? [...table, ...names] : names, start, end, value });
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

/** Returns the end of the value at an offset, without blanks and a comment after it, and the end of its line. */
function findLineEnd(text: string, offset: number): { readonly end: number; readonly valueEnd: number } {
  let depth = 0;
  let [end, valueEnd] = [offset, offset];
  for (let part = matchAt(VALUE_PART, text, end); part; part = matchAt(VALUE_PART, text, end)) {
    end = VALUE_PART.lastIndex;
    if (part[0] === "[" || part[0] === "{") depth += 1;
    if (part[0] === "]" || part[0] === "}") depth -= 1;
    if (!/^#|^\s*$/.test(part[0])) valueEnd = part.index + part[0].trimEnd().length;
    if (part[0] === "\n" && depth === 0) break;
  }
  return { end, valueEnd };
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

function replaceRange(text: string, { start, end }: Range, content: string): string {
  return text.slice(0, start) + content + text.slice(end);
}

function isSamePath(path: Path, other: Path): boolean {
  return path.length === other.length && startsWith(path, other);
}

function startsWith(path: Path, prefix: Path): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => path[index] === step);
}
