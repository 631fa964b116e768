import { parse } from "smol-toml";

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

const matchAt = (pattern: RegExp, text: string, offset: number): RegExpExecArray | null => {
  pattern.lastIndex = offset;
  return pattern.exec(text);
};

/** A key as it is meant: quotes and escapes resolved. */
const nameOf = (key: string): string =>
  /^["']/.test(key) ? (Object.keys(parse(`${key} = 0`))[0] ?? key) : key;

/** A dotted key, and where it ends. */
const keyAt = (text: string, offset: number): { readonly names: string[]; readonly end: number } => {
  const names: string[] = [];
  let at = offset;
  for (let part = matchAt(KEY_PART, text, at); part; part = matchAt(KEY_PART, text, at)) {
    names.push(nameOf(part[1] ?? ""));
    at = KEY_PART.lastIndex;
    if (text[at] !== ".") break;
    at += 1;
  }
  return { names, end: at };
};

/** Behind the line on which a value that begins here ends. */
const lineEndOf = (text: string, offset: number): number => {
  let depth = 0;
  let at = offset;
  for (let part = matchAt(VALUE_PART, text, at); part; part = matchAt(VALUE_PART, text, at)) {
    at = VALUE_PART.lastIndex;
    if (part[0] === "[" || part[0] === "{") depth += 1;
    if (part[0] === "]" || part[0] === "}") depth -= 1;
    if (part[0] === "\n" && depth === 0) break;
  }
  return at;
};

const BRACKETS = /[ \t]*(\[{0,2})/y;
const BLANK_LINE = /[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/y;

/** The statements of a document that is known to be well-formed. */
export const statementsOf = (text: string): readonly Statement[] => {
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
};
