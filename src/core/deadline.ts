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
}

/**
 * Runs `work` under a deadline. The timer and the listener are gone when the work is done.
 * @param totalMs how long the work may take
 * @param cancel the client's own cancel signal
 */
export const withDeadline = async <T>(
  totalMs: number,
  cancel: AbortSignal,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> => {
  const controller = new AbortController();
  const end = performance.now() + totalMs;
  const onCancel = () => controller.abort(cancel.reason);
  const timer = setTimeout(() => controller.abort(new DeadlineExceeded()), totalMs);
  if (cancel.aborted) onCancel();
  cancel.addEventListener("abort", onCancel, { once: true });
  try {
    return await work({
      signal: controller.signal,
      totalMs,
      remainingMs: () => Math.max(0, end - performance.now()),
    });
  } finally {
    clearTimeout(timer);
    cancel.removeEventListener("abort", onCancel);
  }
};
