import type { AuditEvent } from "./audit-event.ts";
import { Queue } from "./queue.ts";

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
