import { randomUUID } from "node:crypto";
import type { Logger } from "../../../shared/logger.ts";
import type { AppConnection } from "./app.ts";
import { Backlog, type Entry } from "./audit-backlog.ts";
import { type Attempt, attemptDelivery } from "./audit-delivery.ts";
import type { AuditEvent } from "./audit-event.ts";
import { Pace } from "./audit-pace.ts";
import { type Clock, SYSTEM_CLOCK } from "./clock.ts";

export type AuditOptions = Pick<AppConnection, "post" | "sign"> & {
  /** The app's audit endpoint. */
  readonly url: URL;
  readonly log: Logger;
  /** How many events may be on their way. Default 10 000. */
  readonly max?: number;
  /** Default the system's. */
  readonly clock?: Clock;
  /** Told of every change: how many events are on their way, and how many were lost just now. */
  onChange?(size: number, newlyLost: number): void;
};

/** Audit events on their way to the app. */
export type AuditQueue = {
  /** Takes an event and returns at once. Never throws. */
  push(event: AuditEvent): void;
  /**
   * Hurries to deliver what is left.
   * @returns how many events were left when the time was up; they are lost, and nothing is sent any more
   */
  drain(timeoutMs: number): Promise<number>;
  /** Events that are not delivered yet. */
  size(): number;
  /** Events that were given up, since the start. */
  lost(): number;
};

const MAX_EVENTS = 10_000;

/** How long an event is tried again, from its first attempt on. */
const RETRY_FOR_MS = 10 * 60_000;

/**
 * Delivers events in the background, about in their order, until the app has taken each. When the queue is full the
 * newest event is dropped: what was accepted is never given up for what comes later, so nobody can wash away the record
 * of a call by calling on.
 */
export const createAuditQueue = (options: AuditOptions): AuditQueue => {
  const { log, max = MAX_EVENTS, clock = SYSTEM_CLOCK, onChange } = options;
  const backlog = new Backlog();
  const pace = new Pace();
  const underway = new Set<Entry>();
  let lost = 0;
  let isStopped = false;
  let cancelWake = (): void => {};
  let isPumping = false;
  const onEmpty = new Set<() => void>();

  const size = (): number => backlog.length + underway.size;

  const lose = ({ eventName, outcome, metadata }: AuditEvent, why: string): void => {
    lost += 1;
    log.error("an audit event is lost", { event: eventName, outcome, requestId: metadata.requestId, why });
    onChange?.(size(), 1);
  };

  const retry = (entry: Entry, { why, waitMs }: Attempt & { kind: "failed" }): void => {
    const now = clock.now();
    if (pace.failed(now, waitMs)) log.warn("audit events do not arrive and are kept", { why });
    if (now - (entry.since ?? now) >= RETRY_FOR_MS) {
      lose(entry.event, why);
      return;
    }
    entry.due = now + pace.waitMs(entry.attempts, waitMs);
    backlog.add(entry);
  };

  const attempt = async (entry: Entry): Promise<void> => {
    underway.add(entry);
    entry.attempts += 1;
    entry.since ??= clock.now();
    const outcome = await attemptDelivery(options, entry.event, entry.key);
    if (isStopped) return;
    underway.delete(entry);
    if (outcome.kind === "failed") retry(entry, outcome);
    else if (pace.succeeded()) log.info("audit events arrive again", { waiting: size() });
    if (outcome.kind === "refused") lose(entry.event, outcome.why);
    if (outcome.kind === "delivered") onChange?.(size(), 0);
    pump();
    if (size() === 0) for (const resolve of onEmpty) resolve();
  };

  /** Starts as many attempts as there may be, and sees to it that it is called again. */
  const pump = (): void => {
    cancelWake();
    cancelWake = () => {};
    if (isStopped) return;
    const now = clock.now();
    while (now >= pace.resumeAt && underway.size < pace.concurrency(backlog.length)) {
      const entry = backlog.take(now);
      if (!entry) break;
      void attempt(entry);
    }
    const wait = Math.max(pace.resumeAt, backlog.nextDue()) - now;
    // Otherwise it is an attempt's end that goes on.
    if (wait > 0 && wait < Number.POSITIVE_INFINITY) cancelWake = clock.after(wait, pump);
  };

  /** A moment later, when the result that the event is about is on its way. */
  const pumpSoon = (): void => {
    if (isPumping) return;
    isPumping = true;
    setImmediate(() => {
      isPumping = false;
      pump();
    });
  };

  const stop = (): number => {
    isStopped = true;
    cancelWake();
    const left = [...underway, ...backlog.clear()];
    underway.clear();
    for (const { event } of left) lose(event, "the server ends");
    return left.length;
  };

  return {
    size,
    lost: () => lost,
    push: (event) => {
      if (isStopped) lose(event, "the server ends");
      else if (size() >= max) lose(event, `${max} events wait already`);
      else {
        backlog.add({ event, key: randomUUID(), attempts: 0, since: undefined, due: 0 });
        onChange?.(size(), 0);
        pumpSoon();
      }
    },
    drain: (timeoutMs) =>
      new Promise((resolve) => {
        if (size() === 0) {
          resolve(0);
          return;
        }
        const finish = (left: number): void => {
          cancelLimit();
          onEmpty.delete(emptied);
          resolve(left);
        };
        const emptied = (): void => finish(0);
        const cancelLimit = clock.after(timeoutMs, () => finish(stop()));
        onEmpty.add(emptied);
        pace.hurry();
        backlog.hurry();
        pump();
      }),
  };
};
