/**
 * What of an `AbortSignal` it takes to hear that nobody waits any more. A real one costs more than all else that is
 * made for a small request, so it is made only where somebody asks for it.
 */
export type Cancellation = Pick<AbortSignal, "aborted" | "reason" | "throwIfAborted"> & {
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
};

const NONE: readonly (() => void)[] = [];

/** A cancellation of ours, and the way to bring it about. */
export class Cancel implements Cancellation {
  /** Nearly always one, or none. */
  #listeners: readonly (() => void)[] = NONE;
  #aborted = false;
  #reason: unknown;

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  addEventListener(_: "abort", listener: () => void): void {
    this.#listeners = [...this.#listeners, listener];
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.#listeners = this.#listeners.filter((one) => one !== listener);
  }

  /** Tells all who listen, once; the first reason stays. */
  abort(reason: unknown): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#reason = reason;
    const listeners = this.#listeners;
    this.#listeners = NONE;
    for (const listener of listeners) listener();
  }
}

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

/** One call's deadline. Its signal is made when somebody asks for it: most calls are over before that. */
class CallDeadline extends Cancel implements Deadline {
  readonly totalMs: number;
  readonly #end: number;
  #controller: AbortController | undefined;

  constructor(totalMs: number) {
    super();
    this.totalMs = totalMs;
    this.#end = performance.now() + totalMs;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      const follow = () => controller.abort(this.reason);
      if (this.aborted) follow();
      else this.addEventListener("abort", follow);
      this.#controller = controller;
    }
    return this.#controller.signal;
  }

  readonly remainingMs = (): number => Math.max(0, this.#end - performance.now());
}

/**
 * Runs `work` under a deadline, and leaves it behind where it does not heed the signal. The timer and the listener are
 * gone when it is over.
 * @param totalMs how long the work may take
 * @param cancel the client's own cancel signal
 * @throws DeadlineExceeded, or the reason of `cancel`
 */
export function withDeadline<T>(
  totalMs: number,
  cancel: Cancellation,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  // By hand, as `Promise.race` and what it needs cost a small call as much as its work.
  return new Promise((resolve, reject) => {
    cancel.throwIfAborted();
    const deadline = new CallDeadline(totalMs);
    const release = () => {
      clearTimeout(timer);
      cancel.removeEventListener("abort", onCancel);
    };
    const end = (reason: unknown) => {
      release();
      deadline.abort(reason);
      // A moment later, because work that heeds the signal says better what it was waiting for.
      setImmediate(reject, reason);
    };
    const onCancel = () => end(cancel.reason);
    const timer = setTimeout(() => end(new DeadlineExceeded(totalMs)), totalMs);
    cancel.addEventListener("abort", onCancel);
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

/**
 * The outcome of `work`, or the deadline's reason as soon as it comes: for work that does not heed the signal, or not at
 * once, as undici does only when a request has a connection.
 */
export async function unlessAborted<T>(work: Promise<T>, { signal }: Deadline): Promise<T> {
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
