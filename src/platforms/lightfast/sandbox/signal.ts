import type { SIGNAL_STATUSES } from "../schemas.ts";
import {
  type Classification,
  classify,
  type EntityLink,
  extractEntities,
  type VisibilityScope,
} from "./classifier.ts";
import { findLifecycle, type Lifecycle } from "./fixtures.ts";

export type Status = (typeof SIGNAL_STATUSES)[number];

/** Everything about a signal that follows from its input. */
export type Analysis = {
  readonly lifecycle: Lifecycle;
  readonly entityLinks: readonly EntityLink[];
  readonly classification: Classification;
};

/** Runs once, when a signal is created, to keep lists fast. */
export function analyze(input: string): Analysis {
  const entityLinks = extractEntities(input);
  return {
    lifecycle: findLifecycle(input),
    entityLinks,
    classification: classify(input, entityLinks.length > 0),
  };
}

/** A signal as stored. */
export type SignalRow = {
  /** Sequence number, part of the list cursor. */
  readonly number: number;
  readonly id: string;
  readonly orgId: string;
  readonly userId: string;
  readonly input: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly analysis: Analysis;
};

/** A signal as the API returns it. */
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

/** A status and the number of delays after which it starts. */
type Step = { readonly after: number; readonly status: Status };

const QUEUED: Step = { after: 0, status: "queued" };
const PROCESSING: Step = { after: 1, status: "processing" };

const LIFECYCLES: Readonly<Record<Lifecycle, readonly [Step, ...Step[]]>> = {
  classified: [QUEUED, PROCESSING, { after: 2, status: "classified" }],
  failed: [QUEUED, PROCESSING, { after: 2, status: "failed" }],
  stuck: [QUEUED, PROCESSING],
  unqueued: [{ after: 0, status: "failed" }],
};

/** Number of delays after which entity links appear. No status marks it. */
const LINKED_AFTER = 3;

/**
 * The state of a signal at a given time. It is computed from the row and the clock: no timer changes a signal.
 * @param now milliseconds since 1970
 * @param delayMs milliseconds from one status to the next
 */
export function signalAt(row: SignalRow, now: number, delayMs: number): Signal {
  const { id, input, createdAt, analysis } = row;
  const steps = LIFECYCLES[analysis.lifecycle];
  const { status, after } = steps.findLast((step) => now >= createdAt + step.after * delayMs) ?? steps[0];
  const classification = status === "classified" ? analysis.classification : null;
  const visibilityScope = classification?.routing.visibility.scope ?? "user";
  const isIndexed = visibilityScope === "team" && now >= createdAt + LINKED_AFTER * delayMs;
  return {
    id,
    input,
    status,
    classification,
    entityLinks: isIndexed ? analysis.entityLinks : [],
    visibilityScope,
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(createdAt + after * delayMs).toISOString(),
  };
}
