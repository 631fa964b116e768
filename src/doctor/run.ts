import { type Deadline, DeadlineExceeded, withDeadline } from "../shared/deadline.ts";
import type { DoctorContext } from "./context.ts";
import { type CheckResult, type Failure, failed, type Status, skipped } from "./finding.ts";

/** One check as plain data. It only reads: nothing is changed, on this machine or in Lightfast. */
export type Check = {
  readonly id: string;
  readonly title: string;
  /** What to do when it is not well. */
  readonly hint: string;
  /** What it means when it is not well. */
  readonly failure: Failure;
  /** Checks that must not have failed, or there is nothing to be learnt from this one. */
  readonly needs?: readonly string[];
  /** How long it may take, in milliseconds; 4000 where it is left out. */
  readonly limitMs?: number;
  /** Why the check does not apply here; undefined where it does. */
  readonly skip?: (subject: DoctorContext) => string | undefined;
  readonly run: (subject: DoctorContext, deadline: Deadline) => CheckResult | Promise<CheckResult>;
};

/** A check with what it found, as it is shown. */
export type CheckReport = {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly summary: string;
  readonly details: readonly string[];
  /** What to do; there for a warning and a failure only. */
  readonly hint?: string;
  /** There for a failure only. */
  readonly failure?: Failure;
};

const TOTAL_MS = 20_000;
const LIMIT_MS = 4000;

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function carryOut(check: Check, subject: DoctorContext, limitMs: number): Promise<CheckResult> {
  const reason = check.skip?.(subject);
  if (reason !== undefined) return skipped(reason);
  if (limitMs < 1) return failed("There was no time left for it.");
  try {
    return await withDeadline(limitMs, undefined, async (deadline) => check.run(subject, deadline));
  } catch (error) {
    if (error instanceof DeadlineExceeded) return failed(`No result within ${Math.ceil(error.totalMs)} ms.`);
    return failed(messageOf(error), { failure: "other" });
  }
}

/** Names in files and answers may hold what steers a terminal. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
}

function reportOf({ id, title, ...check }: Check, finding: CheckResult): CheckReport {
  const { status, summary, details = [], hint = check.hint, failure = check.failure } = finding;
  return {
    id,
    title,
    status,
    summary: plain(summary),
    details: details.map(plain),
    ...(status === "warning" || status === "failed" ? { hint: plain(hint) } : {}),
    ...(status === "failed" ? { failure } : {}),
  };
}

/**
 * Carries out checks one after the other, so that none disturbs the times another takes.
 * @param onReport is told of each as it is done
 * @param totalMs how long they may take together
 */
export async function runChecks(
  checks: readonly Check[],
  subject: DoctorContext,
  onReport: (report: CheckReport) => void = () => {},
  totalMs = TOTAL_MS,
): Promise<readonly CheckReport[]> {
  const end = performance.now() + totalMs;
  /** The title of the check that failed, by the checks that tell nothing because of it; a failed one is among them. */
  const causes = new Map<string, string>();
  const reports: CheckReport[] = [];
  for (const check of checks) {
    const cause = check.needs?.map((id) => causes.get(id)).find((title) => title !== undefined);
    const limitMs = Math.min(check.limitMs ?? LIMIT_MS, end - performance.now());
    const finding =
      cause === undefined
        ? await carryOut(check, subject, limitMs)
        : skipped(`Not tried, because of what was found under ${cause}.`);
    const failedHere = finding.status === "failed" ? check.title : undefined;
    const title = cause ?? failedHere;
    if (title !== undefined) causes.set(check.id, title);
    const report = reportOf(check, finding);
    reports.push(report);
    onReport(report);
  }
  return reports;
}
