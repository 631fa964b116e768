import type { Deadline } from "../shared/deadline.ts";
import type { RequestOutcome } from "./errors.ts";
import type { HttpMethod, HttpResponse } from "./types.ts";

/** One try and two more. */
export const MAX_ATTEMPTS = 3;

const BACKOFF_MS = 200;

/** A longer wait is told as this. */
const MAX_WAIT_MS = 24 * 60 * 60 * 1000;

/** Answers after which a read may be sent again: too many requests, and a gateway without its server. */
const TRANSIENT = new Set([429, 502, 503, 504]);

/** Whether an answer says that the request was turned away unprocessed, and when to come back. */
export function isUnprocessed(answer: HttpResponse): boolean {
  return (answer.status === 429 || answer.status === 503) && retryAfterMs(answer) !== undefined;
}

/** Whoever refuses a request as such (4xx) has not carried it out; a server that fails (5xx) may have. */
export function classifyResponse(answer: HttpResponse): RequestOutcome {
  const { status } = answer;
  const refused = status >= 400 && status < 500;
  return { notProcessed: refused || isUnprocessed(answer), transient: status >= 500 || status === 429 };
}

/**
 * `Retry-After` in milliseconds (RFC 9110, section 10.2.3: seconds or an HTTP date).
 * @returns undefined where the header is absent or unreadable
 */
export function retryAfterMs(answer: HttpResponse): number | undefined {
  const value = answer.header("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, MAX_WAIT_MS);
  // `Date.parse` takes nearly any number for a year.
  const date = /\d\d:\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - Date.now()), MAX_WAIT_MS);
}

/** Waits before try number `attempt` + 1: 200 ms, 400 ms, …, each up to half as long again. */
export function backoffMs(attempt: number): number {
  return BACKOFF_MS * 2 ** (attempt - 1) * (1 + Math.random() / 2);
}

/**
 * How long to wait before the same request is sent again after `answer`; undefined where it must not be.
 * Anything else is repeated only when the answer says that it was turned away unprocessed.
 */
export function retryDelayMs(method: HttpMethod, answer: HttpResponse, attempt: number): number | undefined {
  const asked = retryAfterMs(answer);
  if (method === "GET") return TRANSIENT.has(answer.status) ? (asked ?? backoffMs(attempt)) : undefined;
  return isUnprocessed(answer) ? asked : undefined;
}

/** Sleeps until the time is over or the deadline comes, whichever is first. */
export function sleep(ms: number, { signal }: Deadline): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
