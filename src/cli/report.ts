import type { Status } from "../doctor/check.ts";
import type { Report } from "../doctor/examine.ts";

type Paint = (text: string) => string;

/** How a report is shown. */
export type Look = {
  /** Columns of the terminal; unlimited where the output is none. */
  readonly width?: number | undefined;
  readonly colors: Readonly<Record<"green" | "yellow" | "red" | "dim" | "bold", Paint>>;
};

const MARKS = {
  ok: ["✔", "green"],
  warning: ["⚠", "yellow"],
  failed: ["✖", "red"],
  skipped: ["–", "dim"],
} as const satisfies Readonly<Record<Status, readonly [string, keyof Look["colors"]]>>;

/** A word that is wider than the line stays whole: it is a path or an address, to be copied. */
const wrap = (text: string, width: number): readonly string[] => {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

const INDENT = 4;

const block = (text: string, width: number, first: string): string =>
  wrap(text, width - INDENT)
    .map((line, index) => `${(index === 0 ? first : "").padStart(INDENT - 1)} ${line}`)
    .join("\n");

/** One report: what was found, then its details, then what to do. */
export const renderReport = (report: Report, look: Look): string => {
  const { title, status, summary, details, hint } = report;
  const { width = Number.POSITIVE_INFINITY, colors } = look;
  const [mark, color] = MARKS[status];
  const [head = "", ...rest] = wrap(`${title}: ${summary}`, width - INDENT);
  // The title is painted after wrapping, which counts characters.
  const named = head.startsWith(`${title}:`) ? `${colors.bold(title)}${head.slice(title.length)}` : head;
  return [
    `${colors[color](mark)} ${named}`,
    ...rest.map((line) => `${" ".repeat(INDENT)}${line}`),
    ...details.map((detail) => colors.dim(block(detail, width, ""))),
    ...(hint === undefined ? [] : [block(hint, width, "→")]),
  ].join("\n");
};

/** How many checks came out how. */
export const countsOf = (reports: readonly Report[]): Readonly<Record<Status, number>> => {
  const counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  for (const { status } of reports) counts[status] += 1;
  return counts;
};

/** The last line. */
export const renderCounts = (reports: readonly Report[]): string => {
  const { ok, warning, failed, skipped } = countsOf(reports);
  return `${ok} ok, ${warning} ${warning === 1 ? "warning" : "warnings"}, ${failed} failed, ${skipped} skipped`;
};
