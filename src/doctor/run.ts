import { DeadlineExceeded, withDeadline } from "../shared/deadline.ts";
import { type Check, type CheckResult, type Failure, failed, type Status, skipped } from "./check.ts";
import { clientChecks } from "./checks/clients.ts";
import { handshake } from "./checks/handshake.ts";
import { accepted, health, organization } from "./checks/lightfast.ts";
import { baseUrl, clock, key, node, packageVersion, settings } from "./checks/local.ts";
import { dns, proxy, tcp, tls } from "./checks/network.ts";
import type { DoctorContext } from "./context.ts";

/** A result as it is shown, with the check that it belongs to. */
export type CheckReport = {
  readonly id: string;
  readonly title: string;
  readonly status: Status;
  readonly summary: string;
  readonly details: readonly string[];
  /** The next step; only for warnings and failures. */
  readonly hint?: string;
  readonly failure?: Failure;
};

const TOTAL_MS = 20_000;
const DEFAULT_LIMIT_MS = 4000;

/**
 * Runs checks one after the other, so that none affects the timings of another.
 * @param onReport is called after each check
 * @param totalMs limit of all checks together
 */
export async function runChecks(
  checks: readonly Check[],
  context: DoctorContext,
  onReport: (report: CheckReport) => void = () => {},
  totalMs = TOTAL_MS,
): Promise<readonly CheckReport[]> {
  const end = performance.now() + totalMs;
  /** By the id of a check that failed or was skipped for it: the title of the check that failed first. */
  const causes = new Map<string, string>();
  const reports: CheckReport[] = [];
  for (const check of checks) {
    const cause = check.needs?.map((id) => causes.get(id)).find((title) => title !== undefined);
    const limitMs = Math.min(check.limitMs ?? DEFAULT_LIMIT_MS, end - performance.now());
    const result =
      cause === undefined ? await runCheck(check, context, limitMs) : skipped(`Skipped (${cause} failed)`);
    const title = cause ?? (result.status === "failed" ? check.title : undefined);
    if (title !== undefined) causes.set(check.id, title);
    const report = toReport(check, result);
    reports.push(report);
    onReport(report);
  }
  return reports;
}

async function runCheck(check: Check, context: DoctorContext, limitMs: number): Promise<CheckResult> {
  const reason = check.skip?.(context);
  if (reason !== undefined) return skipped(reason);
  if (limitMs < 1) return failed("Not run: all checks together took too long.");
  try {
    return await withDeadline(limitMs, undefined, async (deadline) => check.run(context, deadline));
  } catch (error) {
    if (error instanceof DeadlineExceeded) return failed(`No result within ${Math.ceil(error.totalMs)} ms.`);
    return failed(error instanceof Error ? error.message : String(error), { failure: "other" });
  }
}

function toReport({ id, title, ...check }: Check, result: CheckResult): CheckReport {
  const { status, summary, details = [], hint = check.hint, failure = check.failure } = result;
  return {
    id,
    title,
    status,
    summary: stripControls(summary),
    details: details.map(stripControls),
    ...(status === "warning" || status === "failed" ? { hint: stripControls(hint) } : {}),
    ...(status === "failed" ? { failure } : {}),
  };
}

/** Names in files and text in responses may contain terminal control sequences. */
function stripControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").trim();
}

/** In the order in which they run: each can depend on the ones before it. */
const CHECKS: readonly Check[] = [
  node,
  packageVersion,
  settings,
  key,
  baseUrl,
  proxy,
  dns,
  tcp,
  tls,
  health,
  accepted,
  organization,
  clock,
  handshake,
];

/** Returns all checks, including one for each MCP client on this machine. */
export function createChecks(context: DoctorContext): readonly Check[] {
  return [...CHECKS, ...clientChecks(context)];
}
