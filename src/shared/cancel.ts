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
