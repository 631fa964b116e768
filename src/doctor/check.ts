import type { Deadline } from "../shared/deadline.ts";
import type { Subject } from "./context.ts";
import type { Failure, Finding } from "./finding.ts";

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
  readonly skip?: (subject: Subject) => string | undefined;
  readonly run: (subject: Subject, deadline: Deadline) => Finding | Promise<Finding>;
};
