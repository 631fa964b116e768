/** What a failure is a matter of; the one that tells most of several comes first. */
export const FAILURES = ["usage", "credentials", "unreachable", "other"] as const;
export type Failure = (typeof FAILURES)[number];

export type Status = "ok" | "warning" | "failed" | "skipped";

/** What more there is to say of a finding. */
export type Remarks = {
  /** Facts, one line each. */
  readonly details?: readonly string[];
  /** What to do, where the check's own hint is not the best one. */
  readonly hint?: string;
  /** What it is a matter of, where that is not what the check stands for. */
  readonly failure?: Failure;
};

/** What a check found. */
export type CheckResult = Remarks & {
  readonly status: Status;
  /** One line. */
  readonly summary: string;
};

export function ok(summary: string, ...details: readonly string[]): CheckResult {
  return {
    status: "ok",
    summary,
    details,
  };
}

export function warning(summary: string, remarks: Remarks = {}): CheckResult {
  return {
    status: "warning",
    summary,
    ...remarks,
  };
}

export function failed(summary: string, remarks: Remarks = {}): CheckResult {
  return {
    status: "failed",
    summary,
    ...remarks,
  };
}

export function skipped(summary: string): CheckResult {
  return { status: "skipped", summary };
}
