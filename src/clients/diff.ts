import { structuredPatch } from "diff";

const CONTEXT_LINES = 2;
const LONGEST_LINE = 160;

/** Our own keys anywhere, and whatever stands behind a name that sounds like a secret. */
const OUR_KEY = /\blf_(?!sandbox)\w{4,}/g;
const NAMED =
  /((?:key|token|secret|passw(?:or)?d|credential|authorization|cookie)\w*["']?\s*[:=,]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'[{][^,}\]]*)/gi;
const NO_SECRET = /^(?:["']?(?:\$|%|\{env:)|true\b|false\b|null\b)/;

/** The line without the secrets that stand in a user's file beside our entry. */
const mask = (line: string): string =>
  line
    .replace(OUR_KEY, "lf_***")
    .replace(NAMED, (whole, name, value) => (NO_SECRET.test(value) ? whole : `${name}***`));

const shorten = (line: string): string =>
  line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE - 1)}…` : line;

/** An empty range begins at the line before it. */
const rangeOf = (start: number, count: number): string => `${count === 0 ? start - 1 : start},${count}`;

/**
 * The difference between two texts as unified lines for people: secrets are masked, long lines are cut, and line
 * ends are not told apart.
 */
export const diffOf = (file: string, before: string | undefined, after: string | undefined): string => {
  const { hunks } = structuredPatch(file, file, before ?? "", after ?? "", "", "", {
    context: CONTEXT_LINES,
  });
  const lines = hunks.flatMap(({ oldStart, oldLines, newStart, newLines, lines: body }) => [
    `@@ -${rangeOf(oldStart, oldLines)} +${rangeOf(newStart, newLines)} @@`,
    ...body,
  ]);
  const head = [
    `--- ${before === undefined ? "(no file)" : file}`,
    `+++ ${after === undefined ? "(no file)" : file}`,
  ];
  return [...head, ...lines.map((line) => shorten(mask(line.trimEnd())))].join("\n");
};
