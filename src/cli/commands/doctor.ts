import process from "node:process";
import type { EntryRules } from "../../clients/types.ts";
import { commandIn, programCommand } from "../../config/invocation.ts";
import { findHome, type GivenFlags } from "../../config/reader.ts";
import { invalidSetting, SettingsError } from "../../config/resolve.ts";
import { FAILURES, type Failure, type FixResult, type Status } from "../../doctor/check.ts";
import type { Runtime } from "../../doctor/context.ts";
import type { CheckReport } from "../../doctor/run.ts";
import { version } from "../../version.ts";
import { colorDiff, createStdoutColors } from "../colors.ts";
import { wrap, wrapAdvice } from "../columns.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { exitWhenPrinted, print, printUsageError } from "../output.ts";
import type { CommandPlatform, RunDiagnosis } from "../platforms/platform.ts";
import { canPrompt, promptConfirm } from "../prompt.ts";
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

/** The command's own options. */
export type DoctorOptions = { readonly fix?: boolean; readonly yes?: boolean; readonly json?: boolean };

type DoctorPlatform = {
  readonly diagnose: CommandPlatform<never>["diagnose"];
  readonly entries: { readonly rules: Pick<EntryRules, "command"> };
};

/**
 * Diagnoses setup and connection problems, with the exit codes of `call`. With --fix it also repairs what is safe, asks
 * before each change, and runs the checks again.
 */
export async function doctor(
  { diagnose, entries }: DoctorPlatform,
  options: DoctorOptions,
  flags: GivenFlags,
): Promise<void> {
  const { fix, json = false } = options;
  try {
    if (fix) requireApproval(options, entries.rules.command);
  } catch (error) {
    if (!json || !(error instanceof SettingsError)) throw error;
    printUsageError(error);
    process.exitCode = EXIT_CODES.usage;
    return;
  }
  const reports = await runAndPrint(await diagnose(flags, currentRuntime()), json);
  if (!fix) return finish(reports, json);
  const fixes = await applyFixes(reports, options);
  if (!fixes.some(({ outcome }) => outcome === "fixed")) return finish(reports, json, fixes);
  const run = await diagnose(flags, currentRuntime());
  if (!json) print(`\n${createStdoutColors().bold("After the changes:")}`);
  const before = new Map(reports.map((report) => [report.id, report]));
  const isAffected = ({ id, status }: CheckReport): boolean =>
    status !== before.get(id)?.status || before.get(id)?.fixes !== undefined;
  finish(await runAndPrint(run, json, isAffected), json, fixes);
}

/** Runs checks, prints each as it ends, or all as one line of JSON, and exits. */
export async function printChecks(run: RunDiagnosis, json = false): Promise<void> {
  finish(await runAndPrint(run, json), json);
}

/** @throws SettingsError if a prompt is needed but not possible */
function requireApproval({ yes, json }: DoctorOptions, command: string): void {
  if (yes || (canPrompt() && process.stdout.isTTY === true && !json)) return;
  const reason = json ? "--json cannot prompt" : "Not running in an interactive terminal";
  const words = `${command} doctor --fix --yes${json ? " --json" : ""}`.trim();
  throw invalidSetting(
    "--yes",
    `${reason}. To make the changes without a question, run: ${programCommand(words)}`,
  );
}

function runAndPrint(
  run: RunDiagnosis,
  json: boolean,
  isShown: (report: CheckReport) => boolean = () => true,
): Promise<readonly CheckReport[]> {
  const { columns } = process.stdout;
  const colors = createStdoutColors();
  const show = (report: CheckReport): void => {
    if (isShown(report)) print(formatReport(report, colors, columns));
  };
  return withSpinner("Checking", () => run(json ? undefined : show));
}

type FixRow = { readonly title: string } & FixResult;

/** Offers each fix once. */
async function applyFixes(
  reports: readonly CheckReport[],
  { yes, json = false }: DoctorOptions,
): Promise<readonly FixRow[]> {
  const { columns } = process.stdout;
  const colors = createStdoutColors();
  const fixes = new Map(reports.flatMap((report) => (report.fixes ?? []).map((fix) => [fix.id, fix])));
  if (fixes.size === 0 && !json) print("\nNothing that --fix can repair.");
  const rows: FixRow[] = [];
  for (const { title, run } of fixes.values()) {
    if (!json) print(`\n${colors.bold(wrap(title, columns))}`);
    const result = await run(async ({ file, diff }) => {
      if (!json) print(colorDiff(diff, colors));
      return yes === true || promptConfirm(`Change ${file}?`);
    });
    rows.push({ title, ...result });
    if (!json) printFix(result);
  }
  return rows;
}

const FIX_OUTCOMES = { fixed: "Changed", skipped: "Not changed:", failed: "Could not change" } as const;

function printFix({ file, outcome, backup, message }: FixResult): void {
  const { columns } = process.stdout;
  print(wrap(`${FIX_OUTCOMES[outcome]} ${file}`, columns));
  if (backup) print(wrap(`Backup: ${backup}`, columns, "  "));
  if (message) print(wrapAdvice(message, columns, "  "));
}

/** Prints the counts, or everything as one line of JSON, and exits. */
function finish(reports: readonly CheckReport[], json: boolean, fixes?: readonly FixRow[]): void {
  // The first kind of failure counts, because the others can be its consequences.
  const failure = FAILURES.find((kind) => reports.some((report) => report.failure === kind));
  const exitCode = failure ? FAILURE_EXIT_CODES[failure] : EXIT_CODES.done;
  const checks = reports.map(({ fixes: offered, ...row }) => ({
    ...row,
    ...(row.hint !== undefined && commandIn(row.hint) !== undefined && { command: commandIn(row.hint) }),
    ...(offered && { fixes: offered.map(({ title }) => title) }),
  }));
  const counts = countByStatus(reports);
  print(
    json
      ? JSON.stringify({ version, exitCode, counts, checks, ...(fixes && { fixes }) })
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
    ...details.map((detail) => colors.dim(wrapAdvice(detail, columns, INDENT))),
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
