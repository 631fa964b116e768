import { DeadlineExceeded, withDeadline } from "../shared/deadline.ts";
import {
  type Check,
  type CheckResult,
  type Failure,
  type Fix,
  failed,
  type Status,
  skipped,
} from "./check.ts";
import { clientChecks } from "./checks/clients.ts";
import { installedCopy, newestVersion } from "./checks/copy.ts";
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
  readonly fixes?: readonly Fix[];
};

const TOTAL_MS = 20_000;
const DEFAULT_LIMIT_MS = 4000;

type RunOptions = {
  /** Called for each check, in their order. */
  readonly onReport?: ((report: CheckReport) => void) | undefined;
  /** Limit of all checks together, in milliseconds. */
  readonly totalMs?: number;
  /** Whether a check waits only for those that it names. Otherwise none affects the timings of another. */
  readonly isConcurrent?: boolean;
};

/** A finished check. */
type Done = {
  readonly report: CheckReport;
  /** The title of the check that failed first, if this one failed or was skipped for it. */
  readonly cause: string | undefined;
};

/** Runs checks, one after the other unless they are concurrent. */
export async function runChecks<Context>(
  checks: readonly Check<Context>[],
  context: Context,
  { onReport = () => {}, totalMs = TOTAL_MS, isConcurrent = false }: RunOptions = {},
): Promise<readonly CheckReport[]> {
  const end = performance.now() + totalMs;
  const done = new Map<string, Promise<Done>>();
  const reports: CheckReport[] = [];
  let reported: Promise<unknown> = Promise.resolve();

  const finish = async (check: Check<Context>, earlier: Promise<unknown>): Promise<Done> => {
    const { needs = [], after = [] } = check;
    if (!isConcurrent) await earlier;
    const needed = await Promise.all(needs.map((id) => done.get(id)));
    await Promise.all(after.map((id) => done.get(id)));
    const cause = needed.find((one) => one?.cause !== undefined)?.cause;
    const limitMs = Math.min(check.limitMs ?? DEFAULT_LIMIT_MS, end - performance.now());
    const result =
      cause === undefined ? await runCheck(check, context, limitMs) : skipped(`Skipped (${cause} failed)`);
    const report = toReport(check, result);
    return { report, cause: cause ?? (result.status === "failed" ? check.title : undefined) };
  };
  for (const check of checks) {
    const current = finish(check, reported);
    done.set(check.id, current);
    reported = Promise.all([current, reported]).then(([{ report }]) => {
      reports.push(report);
      onReport(report);
    });
  }
  await reported;
  return reports;
}

async function runCheck<Context>(
  check: Check<Context>,
  context: Context,
  limitMs: number,
): Promise<CheckResult> {
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

function toReport<Context>({ id, title, ...check }: Check<Context>, result: CheckResult): CheckReport {
  const { status, summary, details = [], hint = check.hint, failure = check.failure, fixes = [] } = result;
  return {
    id,
    title,
    status,
    summary: stripControls(summary),
    details: details.map(stripControls),
    ...(status === "warning" || status === "failed" ? { hint: stripControls(hint) } : {}),
    ...(status === "failed" ? { failure } : {}),
    ...(fixes.length > 0 ? { fixes } : {}),
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
  installedCopy,
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
  newestVersion,
];

/** Returns all checks, including one for each MCP client on this machine. */
export function createChecks(context: DoctorContext): readonly Check[] {
  return [...CHECKS, ...clientChecks(context)];
}
