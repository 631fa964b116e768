import type { Status } from "../../doctor/finding.ts";
import type { Report } from "../../doctor/run.ts";

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

const INDENT = "    ";

/**
 * Breaks a text between words, and sets all lines but the first in. A word that is wider than the line stays whole: it is
 * a path or an address, to be copied.
 */
const wrap = (lead: string, text: string, width: number): string => {
  const [first = "", ...words] = text.split(" ");
  const lines = [`${lead}${first}`];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(`${INDENT}${word}`);
  }
  return lines.join("\n");
};

/** One report: what was found, then its details, then what to do. */
export const renderReport = (report: Report, look: Look): string => {
  const { title, status, summary, details, hint } = report;
  const { width = Number.POSITIVE_INFINITY, colors } = look;
  const [mark, color] = MARKS[status];
  // Painted after wrapping, which counts characters.
  const head = wrap(`${mark} `, `${title}: ${summary}`, width)
    .replace(mark, colors[color])
    .replace(`${title}:`, () => `${colors.bold(title)}:`);
  return [
    head,
    ...details.map((detail) => colors.dim(wrap(INDENT, detail, width))),
    ...(hint === undefined ? [] : [wrap("  → ", hint, width)]),
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
