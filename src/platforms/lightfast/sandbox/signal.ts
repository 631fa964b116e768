import type { SIGNAL_STATUSES } from "../schemas.ts";
import {
  type Classification,
  classify,
  type EntityLink,
  extractEntities,
  type VisibilityScope,
} from "./classifier.ts";
import { type Ending, endingOf } from "./fixtures.ts";

export type Status = (typeof SIGNAL_STATUSES)[number];

/** What will become of a signal, which its input alone decides. */
export type Outcome = {
  readonly ending: Ending;
  readonly mentioned: readonly EntityLink[];
  readonly classification: Classification;
};

/** Reads the input once, at creation, so that long lists stay quick. */
export function outcomeOf(input: string): Outcome {
  const mentioned = extractEntities(input);
  return { ending: endingOf(input), mentioned, classification: classify(input, mentioned.length > 0) };
}

/** A signal as far as it never changes: what was stored when it was created. */
export type SignalRow = {
  /** Number of the row, in the order of creation; part of the list cursor. */
  readonly number: number;
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly input: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly outcome: Outcome;
};

/** A signal as the API shows it, whole. */
export type Signal = {
  readonly id: string;
  readonly input: string;
  readonly status: Status;
  readonly classification: Classification | null;
  readonly entityLinks: readonly EntityLink[];
  readonly visibilityScope: VisibilityScope;
  readonly createdAt: string;
  readonly updatedAt: string;
};

/** A status and how many delays after its creation a signal reaches it. */
type Step = { readonly after: number; readonly status: Status };

const QUEUED: Step = { after: 0, status: "queued" };
const PROCESSING: Step = { after: 1, status: "processing" };

const COURSES: Readonly<Record<Ending, readonly [Step, ...Step[]]>> = {
  classified: [QUEUED, PROCESSING, { after: 2, status: "classified" }],
  failed: [QUEUED, PROCESSING, { after: 2, status: "failed" }],
  stuck: [QUEUED, PROCESSING],
  unqueued: [{ after: 0, status: "failed" }],
};

/** When entity links are there; nothing marks that the indexing is done. */
const LINKED_AFTER = 3;

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

function stepAt({ outcome, createdAt }: SignalRow, now: number, delayMs: number): Step {
  const course = COURSES[outcome.ending];
  return course.findLast(({ after }) => now >= createdAt + after * delayMs) ?? course[0];
}

/**
 * A signal as it stands at a moment. It follows from what was stored and the clock alone: no timer ever changes a
 * signal, so the same question always gets the same answer.
 * @param now milliseconds since the epoch
 * @param delayMs milliseconds from one state to the next
 */
export function signalAt(row: SignalRow, now: number, delayMs: number): Signal {
  const { id, input, createdAt, outcome } = row;
  const { status, after } = stepAt(row, now, delayMs);
  const classification = status === "classified" ? outcome.classification : null;
  const visibilityScope = classification?.routing.visibility.scope ?? "user";
  const indexed = visibilityScope === "team" && now >= createdAt + LINKED_AFTER * delayMs;
  return {
    id,
    input,
    status,
    classification,
    entityLinks: indexed ? outcome.mentioned : [],
    visibilityScope,
    createdAt: iso(createdAt),
    updatedAt: iso(createdAt + after * delayMs),
  };
}
