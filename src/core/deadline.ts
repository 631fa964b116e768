/**
 * The end of a call: one signal that fires when the time is up or the client cancels, and the time that is left.
 * Everything a call waits for (connections, answers, retries) waits on the same one.
 */
export type Deadline = {
  readonly signal: AbortSignal;
  /** The whole time that was granted, in milliseconds. */
  readonly totalMs: number;
  /** Milliseconds left; never negative. */
  remainingMs(): number;
};

/** Why a signal fired when the time was up; a client's cancellation carries another reason. */
export class DeadlineExceeded extends Error {
  override readonly name = "DeadlineExceeded";
  readonly totalMs: number;

  constructor(totalMs: number) {
    super(`no result within ${totalMs} ms`);
    this.totalMs = totalMs;
  }
}

/**
 * Runs `work` under a deadline, and leaves it behind where it does not heed the signal. The timer and the listener are
 * gone when it is over.
 * @param totalMs how long the work may take
 * @param cancel the client's own cancel signal
 * @throws DeadlineExceeded, or the reason of `cancel`
 */
export const withDeadline = async <T>(
  totalMs: number,
  cancel: AbortSignal,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> => {
  cancel.throwIfAborted();
  const controller = new AbortController();
  const { signal } = controller;
  const end = performance.now() + totalMs;
  const onCancel = () => controller.abort(cancel.reason);
  const timer = setTimeout(() => controller.abort(new DeadlineExceeded(totalMs)), totalMs);
  cancel.addEventListener("abort", onCancel, { once: true });
  try {
    const aborted = new Promise<never>((_, reject) => {
      // A moment later, because work that heeds the signal says better what it was waiting for.
      signal.addEventListener("abort", () => setImmediate(() => reject(signal.reason)), { once: true });
    });
    const remainingMs = () => Math.max(0, end - performance.now());
    return await Promise.race([work({ signal, totalMs, remainingMs }), aborted]);
  } finally {
    clearTimeout(timer);
    cancel.removeEventListener("abort", onCancel);
  }
};
