import { randomUUID } from "node:crypto";
import { backoffMs, retryAfterMs } from "../../../http-client/retry.ts";
import type { Logger } from "../../../shared/logger.ts";
import { type AppConnection, answerOf, appHeaders } from "./app-connection.ts";
import type { AuditEvent } from "./audit-event.ts";

/** So many places at the head may be empty before the rest is moved up. */
const MAX_EMPTY = 1024;

/** First in, first out, at the same cost however many wait. */
export class Queue<Item extends object> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  add(item: Item): void {
    this.#items.push(item);
  }

  take(): Item | undefined {
    const item = this.#items[this.#head];
    if (!item) return undefined;
    // What is taken must not stay in memory.
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length || this.#head > MAX_EMPTY) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}

/** An event that is not delivered yet, and what its delivery has come to. */
export type Entry = {
  readonly event: AuditEvent;
  /** The same at every attempt, so that whoever receives it twice can tell. */
  readonly key: string;
  attempts: number;
  /** When it was first tried; undefined before that. */
  since: number | undefined;
  /** When it may be tried next. */
  due: number;
};

/** What waits: first what failed and is due again, then what was never tried, each in its order. */
export class Backlog {
  readonly #fresh = new Queue<Entry>();
  /** Few, because a failure stops the attempts. */
  readonly #failed: Entry[] = [];

  get length(): number {
    return this.#fresh.length + this.#failed.length;
  }

  add(entry: Entry): void {
    if (entry.attempts > 0) this.#failed.push(entry);
    else this.#fresh.add(entry);
  }

  take(now: number): Entry | undefined {
    const index = this.#failed.findIndex(({ due }) => due <= now);
    return index < 0 ? this.#fresh.take() : this.#failed.splice(index, 1)[0];
  }

  /** When the next one can be taken; `Infinity` where there is none. */
  nextDue(): number {
    return this.#fresh.length > 0 ? 0 : Math.min(...this.#failed.map(({ due }) => due));
  }

  /** Makes all of it due. */
  hurry(): void {
    for (const entry of this.#failed) entry.due = 0;
  }

  /** Takes out everything. */
  clear(): readonly Entry[] {
    const all = this.#failed.splice(0);
    for (let entry = this.#fresh.take(); entry; entry = this.#fresh.take()) all.push(entry);
    return all;
  }
}

/** How one attempt to deliver an event ended. */
export type Attempt =
  | { readonly kind: "delivered" }
  /** It will never be taken. */
  | { readonly kind: "refused"; readonly why: string }
  /** It may be taken later, where the app said when: after so many milliseconds. */
  | { readonly kind: "failed"; readonly why: string; readonly waitMs?: number | undefined };

/**
 * The app stores an event as often as it is sent, so an attempt is not given up while the app may still be working on
 * it; it is as long as the longest call.
 */
const ATTEMPT_TIMEOUT_MS = 30_000;

/** Refusals that are not about the event: the request took too long, or there were too many. */
const PASSING = new Set([408, 429]);

/** Sends one event once. Never rejects. */
async function attemptDelivery(
  { post, url, sign }: Pick<AppConnection, "post" | "sign"> & { readonly url: URL },
  event: AuditEvent,
  key: string,
): Promise<Attempt> {
  try {
    const headers = Object.assign(appHeaders(sign()), { "idempotency-key": key });
    const answer = await post({ url, body: JSON.stringify(event), headers }, ATTEMPT_TIMEOUT_MS);
    const { status } = answer;
    if (status >= 200 && status <= 299) return { kind: "delivered" };
    const why = `HTTP ${status}`;
    if (status >= 400 && status <= 499 && !PASSING.has(status)) return { kind: "refused", why };
    return { kind: "failed", why, waitMs: retryAfterMs(answerOf(answer)) };
  } catch (error) {
    return { kind: "failed", why: String(error) };
  }
}

/** Attempts at a time: few, to leave the app to the calls, and more when events come faster than they go. */
const MIN_CONCURRENCY = 8;
/**
 * An attempt takes as long as the app is away; so many at a time keep up with a thousand calls a second at 0.1 s. The
 * way to the app should have as many connections.
 */
export const MAX_CONCURRENCY = 128;
/** So many may wait before there are more attempts, and then one more for each few. */
const QUIET_BACKLOG = 100;
const BACKLOG_PER_ATTEMPT = 5;

/** So many failures in a row are those of single events; one more, and the app is taken to be down. */
const TOLERATED_FAILURES = 2;

/** The longest wait that we choose, and the longest that the app may ask for. */
const MAX_BACKOFF_MS = 10_000;
const MAX_ASKED_MS = 60_000;
/** The longest of either while somebody waits for the queue to be empty. */
const MAX_HURRIED_MS = 500;

/** When and how many events are tried: many together while they arrive, and one after each pause while they do not. */
class Pace {
  #failures = 0;
  #pauses = 0;
  #resumeAt = 0;
  #hurried = false;

  /** Until then nothing is tried. */
  get resumeAt(): number {
    return this.#resumeAt;
  }

  /** How many attempts may be under way. */
  concurrency(backlog: number): number {
    if (this.#pauses > 0) return 1;
    const pressing = Math.max(0, backlog - QUIET_BACKLOG);
    return Math.min(MAX_CONCURRENCY, MIN_CONCURRENCY + Math.floor(pressing / BACKLOG_PER_ATTEMPT));
  }

  /**
   * How long to wait, in milliseconds.
   * @param failures how often it has failed
   * @param asked how long the app asked to wait
   */
  waitMs(failures: number, asked = 0): number {
    const wait = Math.max(Math.min(backoffMs(failures), MAX_BACKOFF_MS), Math.min(asked, MAX_ASKED_MS));
    return this.#hurried ? Math.min(wait, MAX_HURRIED_MS) : wait;
  }

  /** @returns whether the app is down since this failure */
  failed(now: number, asked: number | undefined): boolean {
    this.#failures += 1;
    if (asked === undefined && this.#failures <= TOLERATED_FAILURES) return false;
    // Attempts that were under way together fail together, which is one reason to pause.
    const isNew = now >= this.#resumeAt;
    if (isNew) this.#pauses += 1;
    if (isNew || asked !== undefined) {
      this.#resumeAt = Math.max(this.#resumeAt, now + this.waitMs(this.#pauses, asked));
    }
    return isNew && this.#pauses === 1;
  }

  /** @returns whether the app was down before */
  succeeded(): boolean {
    const wasDown = this.#pauses > 0;
    this.#failures = 0;
    this.#pauses = 0;
    return wasDown;
  }

  /** Ends the pause, and keeps the coming ones short. */
  hurry(): void {
    this.#hurried = true;
    this.#resumeAt = 0;
  }
}

/** Time as the audit queue needs it. */
export type Clock = {
  /** Milliseconds since some fixed moment. */
  now(): number;
  /** Calls `run` once, `ms` milliseconds from now, unless the function it returns is called before. */
  after(ms: number, run: () => void): () => void;
};

/** The process's own. Whoever waits for something keeps the process alive. */
const SYSTEM_CLOCK: Clock = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

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
export function createAuditQueue(options: AuditOptions): AuditQueue {
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
}
