import { homedir } from "node:os";
import process from "node:process";
import { checksFor } from "../../doctor/checks/index.ts";
import { createDoctorContext } from "../../doctor/context.ts";
import { FAILURES, type Failure, type Status } from "../../doctor/finding.ts";
import { type CheckReport, runChecks } from "../../doctor/run.ts";
import type { LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import { version } from "../../version.ts";
import { installOutputRedactor, keysIn } from "../context.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { createStdoutColors, exitWhenPrinted, print } from "../output.ts";

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
function wrap(lead: string, text: string, width: number): string {
  const [first = "", ...words] = text.split(" ");
  const lines = [`${lead}${first}`];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= width) lines[lines.length - 1] = line;
    else lines.push(`${INDENT}${word}`);
  }
  return lines.join("\n");
}

/** One report: what was found, then its details, then what to do. */
export function renderReport(report: CheckReport, look: Look): string {
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
}

/** How many checks came out how. */
function countsOf(reports: readonly CheckReport[]): Readonly<Record<Status, number>> {
  const counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  for (const { status } of reports) counts[status] += 1;
  return counts;
}

/** The last line. */
export function renderCounts(reports: readonly CheckReport[]): string {
  const { ok, warning, failed, skipped } = countsOf(reports);
  return `${ok} ok, ${warning} ${warning === 1 ? "warning" : "warnings"}, ${failed} failed, ${skipped} skipped`;
}

const CODES: Readonly<Record<Failure, number>> = {
  usage: EXIT_CODES.usage,
  credentials: EXIT_CODES.credentials,
  unreachable: EXIT_CODES.unreachable,
  other: EXIT_CODES.toolError,
};

/** Of several failures the one that tells most decides: the others may only follow from it. */
function exitCodeOf(reports: readonly CheckReport[]): number {
  const worst = FAILURES.find((failure) => reports.some((report) => report.failure === failure));
  return worst ? CODES[worst] : EXIT_CODES.done;
}

function runtime() {
  return {
    platform: process.platform,
    node: process.versions.node,
    execPath: process.execPath,
    script: process.argv[1] ?? "",
    home: homedir(),
    folder: process.cwd(),
  };
}

/** Looks at everything between this machine and Lightfast, changes nothing, and exits as `call` does. */
export async function doctor({ json = false }: { json?: boolean }, flags: LightfastFlags): Promise<void> {
  const subject = await createDoctorContext(flags, process.env, runtime());
  installOutputRedactor(...keysIn(subject.settings));

  const look = { width: process.stdout.columns, colors: createStdoutColors() };
  const show = (report: CheckReport): void => print(renderReport(report, look));
  const reports = await runChecks(checksFor(subject), subject, json ? undefined : show);
  const exitCode = exitCodeOf(reports);
  print(
    json
      ? JSON.stringify({ version, exitCode, counts: countsOf(reports), checks: reports })
      : `\n${renderCounts(reports)}`,
  );
  // A name server or a proxy that does not answer would keep the program from ending by itself.
  exitWhenPrinted(exitCode);
}
