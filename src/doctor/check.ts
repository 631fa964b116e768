import type { Deadline } from "../shared/deadline.ts";
import type { DoctorContext } from "./context.ts";

/** Kinds of failures. If several checks fail, the first kind determines the exit code. */
export const FAILURES = ["usage", "credentials", "unreachable", "other"] as const;
export type Failure = (typeof FAILURES)[number];

export type Status = "ok" | "warning" | "failed" | "skipped";

/** A repair that is safe to offer. */
export type Fix = {
  /** Several checks can offer the same fix. */
  readonly id: string;
  /** What it does, in the imperative, without a period. */
  readonly title: string;
  /** Makes the change if it is approved, and returns the result. */
  readonly run: (approve: (change: FixPreview) => Promise<boolean>) => Promise<FixResult>;
};

/** A change to approve: the diff of a file, or a command line that does the same. */
export type FixPreview = { readonly file: string; readonly diff: string };

export type FixResult = {
  readonly file: string;
  readonly outcome: "fixed" | "skipped" | "failed";
  readonly backup?: string;
  /** The next step, or the reason for a failure. */
  readonly message?: string;
};

export type ResultOptions = {
  /** Facts, one line each. */
  readonly details?: readonly string[];
  /** The next step, if it differs from the check's. */
  readonly hint?: string;
  /** The kind of failure, if it differs from the check's. */
  readonly failure?: Failure;
  readonly fixes?: readonly Fix[];
};

export type CheckResult = ResultOptions & {
  readonly status: Status;
  readonly summary: string;
};

/** A check. It only reads, on this machine and in the services. */
export type Check<Context = DoctorContext> = {
  readonly id: string;
  readonly title: string;
  /** The next step after a warning or a failure. */
  readonly hint: string;
  readonly failure: Failure;
  /** Ids of earlier checks. If one of them fails, this one is skipped. */
  readonly needs?: readonly string[];
  /** Ids of earlier checks whose end it waits for, whatever their result. */
  readonly after?: readonly string[];
  /** In milliseconds. Default: 4000. */
  readonly limitMs?: number;
  /** Returns why the check does not apply; undefined if it does. */
  readonly skip?: (context: Context) => string | undefined;
  readonly run: (context: Context, deadline: Deadline) => CheckResult | Promise<CheckResult>;
};

/** Ends a text with a period, unless a quoted sentence ends it. */
export function toSentence(text: string): string {
  return /[.!?]["”]?$/.test(text) ? text : `${text}.`;
}

export function ok(summary: string, ...details: readonly string[]): CheckResult {
  return { status: "ok", summary, details };
}

export function warning(summary: string, options: ResultOptions = {}): CheckResult {
  return { status: "warning", summary, ...options };
}

export function failed(summary: string, options: ResultOptions = {}): CheckResult {
  return { status: "failed", summary, ...options };
}

export function skipped(summary: string): CheckResult {
  return { status: "skipped", summary };
}
