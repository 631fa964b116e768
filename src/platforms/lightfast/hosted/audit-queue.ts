import { randomUUID } from "node:crypto";
import { backoffMs, retryAfterMs } from "../../../http-client/retry.ts";
import { type Clock, SYSTEM_CLOCK } from "../../../shared/clock.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { Trace } from "../../../shared/trace.ts";
import type { AppConnection } from "./app-connection.ts";
import type { AuditEvent } from "./audit-event.ts";
import type { AuditJournal } from "./audit-journal.ts";

export type AuditQueueOptions = {
  /** Needs `MAX_CONCURRENCY` connections of its own, so that slow audits don't delay calls. */
  readonly app: AppConnection;
  readonly log: Logger;
  /** Keeps events across restarts. Default: none, and the end of the process loses what is undelivered. */
  readonly journal?: AuditJournal | undefined;
  /** Most undelivered events the queue holds. Default 10 000. */
  readonly maxEvents?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
  /** Called after every change: how many events are undelivered, and how many were just lost. */
  onChange?(undelivered: number, newlyLost: number): void;
};

/** Delivers audit events to the app in the background. */
export type AuditQueue = {
  /** Queues an event and returns at once. Never throws. @param trace of the call, which the delivery continues */
  push(event: AuditEvent, trace?: Trace): void;
  /**
   * Waits until every event is delivered, with short pauses between attempts. After `timeoutMs` the queue stops.
   * @returns the number of events that were lost by stopping
   */
  drain(timeoutMs: number): Promise<number>;
};

/** Attempts at a time while few events wait, which leaves the app's capacity to the calls. */
const MIN_CONCURRENCY = 8;
/** Enough for 1,000 calls a second with a round trip of 0.1 s. */
export const MAX_CONCURRENCY = 128;
/** Above this backlog, concurrency grows by one for every `BACKLOG_PER_ATTEMPT` events. */
const QUIET_BACKLOG = 100;
const BACKLOG_PER_ATTEMPT = 5;

const MAX_EVENTS = 10_000;

/** How long an event is retried, counted from its first attempt. With a journal, it is retried until it is delivered. */
const RETRY_FOR_MS = 10 * 60_000;

/** An event that is not delivered yet. */
type Entry = {
  readonly event: AuditEvent;
  /** The idempotency key of every attempt, so that the app can recognize duplicates. */
  readonly key: string;
  readonly isJournaled: boolean;
  /** Not journaled: after a restart, an event is delivered outside of a trace. */
  readonly trace: Trace | undefined;
  attempts: number;
  firstAttemptAt: number;
  /** Time of the next attempt. */
  dueAt: number;
};

/**
 * Creates a queue that retries each event until the app accepts it or rejects the event itself. Delivery is at least once
 * and roughly in order. A full queue drops the newest event, so that a flood of calls cannot evict earlier records.
 */
export function createAuditQueue(options: AuditQueueOptions): AuditQueue {
  const { app, log, journal, maxEvents = MAX_EVENTS, clock = SYSTEM_CLOCK, onChange } = options;
  /** Not tried yet, oldest first. */
  const fresh: Entry[] = (journal?.undelivered ?? []).map(({ key, event }) => createEntry(key, event, true));
  /** Failed at least once. Few, because failures pause the delivery. */
  const failed: Entry[] = [];
  const inFlight = new Set<Entry>();
  const pacing = new Pacing();
  const emptyListeners = new Set<() => void>();
  let isStopped = false;
  let isScheduled = false;
  let cancelTimer = (): void => {};

  const undelivered = (): number => fresh.length + failed.length + inFlight.size;

  const lose = ({ eventName, outcome, metadata }: AuditEvent, reason: string): void => {
    log.error("audit event lost", { event: eventName, outcome, requestId: metadata.requestId, reason });
    onChange?.(undelivered(), 1);
  };

  const takeDue = (now: number): Entry | undefined => {
    const index = failed.findIndex(({ dueAt }) => dueAt <= now);
    return index < 0 ? fresh.shift() : failed.splice(index, 1)[0];
  };

  /** Starts as many attempts as allowed now, and a timer if only time allows more. */
  const startAttempts = (): void => {
    cancelTimer();
    cancelTimer = () => {};
    if (isStopped) return;
    const now = clock.now();
    while (now >= pacing.resumeAt && inFlight.size < pacing.concurrency(fresh.length + failed.length)) {
      const entry = takeDue(now);
      if (!entry) break;
      void attempt(entry);
    }
    const nextDueAt = fresh.length > 0 ? 0 : Math.min(...failed.map(({ dueAt }) => dueAt));
    const waitMs = Math.max(pacing.resumeAt, nextDueAt) - now;
    if (waitMs > 0 && waitMs < Number.POSITIVE_INFINITY) cancelTimer = clock.after(waitMs, startAttempts);
  };

  const attempt = async (entry: Entry): Promise<void> => {
    inFlight.add(entry);
    if (entry.attempts === 0) entry.firstAttemptAt = clock.now();
    entry.attempts += 1;
    const result = await deliver(app, entry);
    if (isStopped) return;
    inFlight.delete(entry);
    if (result.kind === "failed") {
      retryLater(entry, result);
    } else {
      if (pacing.recordSuccess()) log.info("audit delivery recovered", { waiting: undelivered() });
      if (entry.isJournaled) journal?.remove(entry.key);
      if (result.kind === "rejected") lose(entry.event, result.reason);
      else onChange?.(undelivered(), 0);
    }
    startAttempts();
    if (undelivered() === 0) for (const notify of emptyListeners) notify();
  };

  const retryLater = (
    entry: Entry,
    { reason, retryAfterMs: askedMs }: Delivery & { kind: "failed" },
  ): void => {
    const now = clock.now();
    if (pacing.recordFailure(now, askedMs)) log.warn("audit delivery failed, will retry", { reason });
    if (!entry.isJournaled && now - entry.firstAttemptAt >= RETRY_FOR_MS) {
      lose(entry.event, reason);
      return;
    }
    entry.dueAt = now + pacing.waitMs(entry.attempts, askedMs);
    failed.push(entry);
  };

  /** @returns the number of events lost */
  const stop = (): number => {
    isStopped = true;
    cancelTimer();
    const left = [...inFlight, ...failed.splice(0), ...fresh.splice(0)];
    inFlight.clear();
    const lost = left.filter(({ isJournaled }) => !isJournaled);
    for (const { event } of lost) lose(event, "the server stopped");
    const kept = left.length - lost.length;
    if (kept > 0) {
      log.warn("audit events stay in the journal for the next start", { events: kept });
      onChange?.(0, 0);
    }
    return lost.length;
  };

  /** Lets the work in progress go first, above all the result of the audited call. */
  const schedule = (): void => {
    onChange?.(undelivered(), 0);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(() => {
      isScheduled = false;
      startAttempts();
    });
  };

  if (fresh.length > 0) {
    log.info("audit journal replayed", { events: fresh.length });
    schedule();
  }

  return {
    push: (event, trace) => {
      const isFull = undelivered() >= maxEvents;
      const key = randomUUID();
      const isJournaled = !isFull && journal?.append({ key, event }) === true;
      if (isStopped || isFull) {
        if (!isJournaled)
          lose(event, isFull ? `the queue is full (${maxEvents} events)` : "the server stopped");
        return;
      }
      fresh.push(createEntry(key, event, isJournaled, trace));
      schedule();
    },

    drain: (timeoutMs) =>
      new Promise((resolve) => {
        if (undelivered() === 0) {
          resolve(0);
          return;
        }
        const finish = (lost: number): void => {
          cancelLimit();
          emptyListeners.delete(onEmpty);
          resolve(lost);
        };
        const onEmpty = (): void => finish(0);
        const cancelLimit = clock.after(timeoutMs, () => finish(stop()));
        emptyListeners.add(onEmpty);
        pacing.hurry();
        for (const entry of failed) entry.dueAt = 0;
        startAttempts();
      }),
  };
}

function createEntry(key: string, event: AuditEvent, isJournaled: boolean, trace?: Trace): Entry {
  return { event, key, isJournaled, trace, attempts: 0, firstAttemptAt: 0, dueAt: 0 };
}

/** Result of one attempt. */
type Delivery =
  | { readonly kind: "delivered" }
  /** The app will never accept the event. */
  | { readonly kind: "rejected"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string; readonly retryAfterMs?: number | undefined };

/**
 * As long as the longest call: the app stores an event once per attempt, so no attempt starts while the app may still
 * be working on the one before.
 */
const ATTEMPT_TIMEOUT_MS = 30_000;

/**
 * Refusals of the event itself. Others can pass: 401 and 403 while a secret changes, 404 while the app is deployed, 409
 * for another attempt in progress.
 */
const FINAL_STATUSES = new Set([400, 422]);

async function deliver(app: AppConnection, { event, key, trace }: Entry): Promise<Delivery> {
  try {
    const response = await app.post("/audit", JSON.stringify(event), {
      timeoutMs: ATTEMPT_TIMEOUT_MS,
      trace,
      headers: { "idempotency-key": key },
    });
    const { status } = response;
    if (status >= 200 && status <= 299) return { kind: "delivered" };
    const reason = `HTTP ${status}`;
    if (FINAL_STATUSES.has(status)) return { kind: "rejected", reason };
    return { kind: "failed", reason, retryAfterMs: retryAfterMs(response) };
  } catch (error) {
    return { kind: "failed", reason: String(error) };
  }
}

/** Failures in a row that may concern single events. One more means that the app is down. */
const TOLERATED_FAILURES = 2;

/** Longest wait between attempts: own backoff, the app's Retry-After, and while draining. */
const MAX_BACKOFF_MS = 10_000;
const MAX_RETRY_AFTER_MS = 60_000;
const MAX_DRAIN_WAIT_MS = 500;

/** Decides how many attempts run: many while they succeed, one after each pause while the app is down. */
class Pacing {
  #failures = 0;
  #pauses = 0;
  #resumeAt = 0;
  #isHurried = false;

  /** No attempt starts before this time. */
  get resumeAt(): number {
    return this.#resumeAt;
  }

  concurrency(backlog: number): number {
    if (this.#pauses > 0) return 1;
    const excess = Math.max(0, backlog - QUIET_BACKLOG);
    return Math.min(MAX_CONCURRENCY, MIN_CONCURRENCY + Math.floor(excess / BACKLOG_PER_ATTEMPT));
  }

  /** Milliseconds to wait after this many failures. */
  waitMs(failures: number, askedMs = 0): number {
    const wait = Math.max(
      Math.min(backoffMs(failures), MAX_BACKOFF_MS),
      Math.min(askedMs, MAX_RETRY_AFTER_MS),
    );
    return this.#isHurried ? Math.min(wait, MAX_DRAIN_WAIT_MS) : wait;
  }

  /** @returns whether this failure starts an outage */
  recordFailure(now: number, askedMs: number | undefined): boolean {
    this.#failures += 1;
    if (askedMs === undefined && this.#failures <= TOLERATED_FAILURES) return false;
    // Attempts that were in flight together fail together and count as one.
    const isNew = now >= this.#resumeAt;
    if (isNew) this.#pauses += 1;
    if (isNew || askedMs !== undefined) {
      this.#resumeAt = Math.max(this.#resumeAt, now + this.waitMs(this.#pauses, askedMs));
    }
    return isNew && this.#pauses === 1;
  }

  /** @returns whether this success ends an outage */
  recordSuccess(): boolean {
    const wasDown = this.#pauses > 0;
    this.#failures = 0;
    this.#pauses = 0;
    return wasDown;
  }

  /** Ends the current pause and shortens later ones. */
  hurry(): void {
    this.#isHurried = true;
    this.#resumeAt = 0;
  }
}
