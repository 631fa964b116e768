import process from "node:process";
import type { GivenFlags } from "../../config/reader.ts";
import { findHome } from "../../config/reader.ts";
import { FAILURES, type Failure, type Status } from "../../doctor/check.ts";
import type { Runtime } from "../../doctor/context.ts";
import type { CheckReport } from "../../doctor/run.ts";
import { version } from "../../version.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { createStdoutColors, exitWhenPrinted, print, wrap, wrapAdvice } from "../output.ts";
import type { CommandPlatform, RunDiagnosis } from "../platforms/platform.ts";
import { withSpinner } from "../spinner.ts";

type Colors = Readonly<Record<"green" | "yellow" | "red" | "dim" | "bold", (text: string) => string>>;

const MARKS = {
  ok: ["✔", "green"],
  warning: ["⚠", "yellow"],
  failed: ["✖", "red"],
  skipped: ["–", "dim"],
} as const satisfies Readonly<Record<Status, readonly [string, keyof Colors]>>;

const INDENT = "    ";

const FAILURE_EXIT_CODES: Readonly<Record<Failure, number>> = {
  usage: EXIT_CODES.usage,
  credentials: EXIT_CODES.credentials,
  unreachable: EXIT_CODES.unreachable,
  other: EXIT_CODES.toolError,
};

/** Diagnoses setup and connection problems. Changes nothing, and has the exit codes of `call`. */
export async function doctor<Api>(
  { diagnose }: Pick<CommandPlatform<Api>, "diagnose">,
  flags: GivenFlags,
): Promise<void> {
  const run = await diagnose(flags, currentRuntime());
  await printChecks(run, flags.json === true);
}

/**
 * Prints each check as it ends, or all as one line of JSON. Then exits.
 * @param run runs the checks, and calls its argument with each report
 */
export async function printChecks(run: RunDiagnosis, json = false): Promise<void> {
  const { columns } = process.stdout;
  const colors = createStdoutColors();
  const reports = await withSpinner("Checking", () =>
    run(json ? undefined : (report) => print(formatReport(report, colors, columns))),
  );
  // The first kind of failure counts, because the others can be its consequences.
  const failure = FAILURES.find((kind) => reports.some((report) => report.failure === kind));
  const exitCode = failure ? FAILURE_EXIT_CODES[failure] : EXIT_CODES.done;
  print(
    json
      ? JSON.stringify({ version, exitCode, counts: countByStatus(reports), checks: reports })
      : `\n${formatCounts(reports)}`,
  );
  // A pending DNS lookup or proxy connection would keep the process running.
  exitWhenPrinted(exitCode);
}

/** @param columns of the terminal; undefined does not wrap */
export function formatReport(report: CheckReport, colors: Colors, columns?: number): string {
  const { title, status, summary, details, hint } = report;
  const [mark, color] = MARKS[status];
  // Wrapping counts characters, so colors come after it.
  const head = wrap(`${title}: ${summary}`, columns, `${mark} `, INDENT)
    .replace(mark, colors[color])
    .replace(`${title}:`, () => `${colors.bold(title)}:`);
  return [
    head,
    ...details.map((detail) => colors.dim(wrap(detail, columns, INDENT))),
    ...(hint === undefined ? [] : [wrapAdvice(hint, columns, "  → ", INDENT)]),
  ].join("\n");
}

export function formatCounts(reports: readonly CheckReport[]): string {
  const { ok, warning, failed, skipped } = countByStatus(reports);
  return `${ok} ok, ${warning} ${warning === 1 ? "warning" : "warnings"}, ${failed} failed, ${skipped} skipped`;
}

function countByStatus(reports: readonly CheckReport[]): Readonly<Record<Status, number>> {
  const counts = { ok: 0, warning: 0, failed: 0, skipped: 0 };
  for (const { status } of reports) counts[status] += 1;
  return counts;
}

function currentRuntime(): Runtime {
  return {
    platform: process.platform,
    node: process.versions.node,
    execPath: process.execPath,
    script: process.argv[1] ?? "",
    home: findHome(),
    folder: process.cwd(),
  };
}
