import { backoffMs } from "../../../http-client/retry.ts";

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
export class Pace {
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
