import type { AuditEvent } from "./audit-event.ts";

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

/** So many places at the head of the queue may be empty before it is moved up. */
const MAX_EMPTY = 1024;

/** What waits: first what failed and is due again, then what was never tried, each in its order. */
export class Backlog {
  /** Those before `#head` are taken: to move a long array up for each costs more than to deliver one. */
  #fresh: (Entry | undefined)[] = [];
  #head = 0;
  /** Few, because a failure stops the attempts. */
  readonly #failed: Entry[] = [];

  get length(): number {
    return this.#fresh.length - this.#head + this.#failed.length;
  }

  add(entry: Entry): void {
    (entry.attempts > 0 ? this.#failed : this.#fresh).push(entry);
  }

  take(now: number): Entry | undefined {
    const index = this.#failed.findIndex(({ due }) => due <= now);
    return index < 0 ? this.#takeFresh() : this.#failed.splice(index, 1)[0];
  }

  #takeFresh(): Entry | undefined {
    const entry = this.#fresh[this.#head];
    if (!entry) return undefined;
    // Nothing that is delivered stays in memory.
    this.#fresh[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#fresh.length || this.#head > MAX_EMPTY) {
      this.#fresh = this.#fresh.slice(this.#head);
      this.#head = 0;
    }
    return entry;
  }

  /** When the next one can be taken; `Infinity` where there is none. */
  nextDue(): number {
    return this.#head < this.#fresh.length ? 0 : Math.min(...this.#failed.map(({ due }) => due));
  }

  /** Makes all of it due. */
  hurry(): void {
    for (const entry of this.#failed) entry.due = 0;
  }

  /** Takes out everything. */
  clear(): readonly Entry[] {
    const fresh = this.#fresh.filter((entry) => entry !== undefined);
    this.#fresh = [];
    this.#head = 0;
    return [...this.#failed.splice(0), ...fresh];
  }
}
