import { setMaxListeners } from "node:events";
import { CodedError } from "./errors.ts";

/** The time limit of one call. All that it waits for waits on the same signal. */
export type Deadline = {
  /** Aborts when the time is up or the caller cancels; its reason tells which. */
  readonly signal: AbortSignal;
  /** The time granted, in milliseconds. */
  readonly totalMs: number;
  /** Milliseconds left; never negative. */
  remainingMs(): number;
  /** Set by work whose outcome must become known. While it returns true, only the time limit ends the work. */
  isCommitted?: () => boolean;
};

/** The abort reason when the time is up. A cancellation has the canceler's own reason. */
export class DeadlineExceeded extends CodedError {
  static override readonly code = "DEADLINE";
  override readonly name = "DeadlineExceeded";
  readonly totalMs: number;

  constructor(totalMs: number) {
    super(`no result within ${totalMs} ms`);
    this.totalMs = totalMs;
  }
}

/** Whether a caller gave up, as opposed to a time limit that was reached. */
export function isCanceled(signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && !(signal.reason instanceof DeadlineExceeded);
}

/**
 * Runs `work` under a deadline, and abandons it if it ignores the signal. No timer or listener is left behind.
 * @param totalMs time limit in milliseconds
 * @param signal cancels the work early
 * @throws DeadlineExceeded, or the reason of `signal`
 */
export function withDeadline<T>(
  totalMs: number,
  signal: AbortSignal | undefined,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  // Written out, because Promise.race with AbortSignal.any and AbortSignal.timeout costs 39 µs a call, this 1 µs.
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const deadline = createDeadline(totalMs);
    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const expire = (reason: unknown) => {
      release();
      deadline.abort(reason);
      // One turn later, because work that reacts to the signal rejects with a better message.
      setImmediate(reject, reason);
    };
    const onAbort = () => {
      if (!deadline.isCommitted?.()) expire(signal?.reason);
    };
    const timer = setTimeout(() => expire(new DeadlineExceeded(totalMs)), totalMs);
    signal?.addEventListener("abort", onAbort);
    const fail = (error: unknown) => {
      release();
      reject(error);
    };
    try {
      work(deadline).then((value) => {
        release();
        resolve(value);
      }, fail);
    } catch (error) {
      fail(error);
    }
  });
}

/** Node.js creates a controller's signal when it is first read (12 µs); most calls end before that. */
function createDeadline(totalMs: number): Deadline & { abort(reason: unknown): void } {
  const controller = new AbortController();
  const end = performance.now() + totalMs;
  return {
    totalMs,
    remainingMs: () => Math.max(0, end - performance.now()),
    abort: (reason) => controller.abort(reason),
    get signal() {
      const { signal } = controller;
      // Any number of requests may wait on it at once.
      setMaxListeners(0, signal);
      return signal;
    },
  };
}

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as it aborts. For work that ignores the signal,
 * or reacts late, as undici does while a request has no connection.
 */
export async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
