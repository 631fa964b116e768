import { parse, stringify, TomlError } from "smol-toml";
import type { Path, Value } from "../types.ts";
import { type Data, dataOf, find } from "./data.ts";
import { type Editor, eolOf, FormatError, formatOf, lastEol, positionOf } from "./format.ts";
import { type Statement, statementsOf } from "./toml-scan.ts";

const strictly = (text: string): Data => {
  try {
    return dataOf(parse(text, { integersAsBigInt: "asNeeded" }));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [message = ""] = error.message.replace(/^Invalid TOML document: /, "").split("\n");
    throw new FormatError(message, { line: error.line, column: error.column });
  }
};

const beginsWith = (path: Path, prefix: Path): boolean =>
  prefix.length <= path.length && prefix.every((step, at) => path[at] === step);

/** The lines of a table of its own, ending without a line break. */
const print = (path: Path, value: Value, eol: string): string => {
  const nested = path.reduceRight<Value>((inner, step) => ({ [String(step)]: inner }), value);
  return stringify(nested).trimEnd().replaceAll("\n", eol);
};

type Region = { readonly start: number; readonly end: number };

/** Neighbours with nothing but blanks between them as one. */
const join = (text: string, regions: readonly Region[]): readonly Region[] => {
  const joined: Region[] = [];
  for (const region of regions) {
    const last = joined.at(-1);
    if (!last || text.slice(last.end, region.start).trim() !== "") joined.push(region);
    else joined[joined.length - 1] = { start: last.start, end: region.end };
  }
  return joined;
};

const refuse = (text: string, path: Path, { start }: Statement): never => {
  throw new FormatError(
    `${path.join(".")} is written as an inline table or with dotted keys; make it a table [${path.join(".")}] first`,
    positionOf(text, start + text.slice(start).search(/\S/)),
  );
};

/**
 * Where our own tables stand, each from its header to its last pair.
 * @throws FormatError where the entry, or what it stands in, has another form than that of a table
 */
const regionsOf = (text: string, path: Path): readonly Region[] => {
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
};

const cutAll = (text: string, regions: readonly Region[]): string =>
  regions.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text);

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
