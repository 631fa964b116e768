import type { RequestOutcome } from "./errors.ts";
import type { HttpMethod, HttpResponse } from "./types.ts";

/** The first attempt and two retries. */
export const MAX_ATTEMPTS = 3;

const BACKOFF_MS = 200;

/** A longer Retry-After is reported as this. */
const MAX_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** Statuses after which a read is retried: too many requests, and gateway errors. */
const TRANSIENT_STATUSES = new Set([429, 502, 503, 504]);

/** Statuses below 500 that a gateway also sends after it has passed the request on. */
const AMBIGUOUS_STATUSES = new Set([408, 425, 429]);

/** Only a rejection (4xx) means not processed. Gateways add `Retry-After` to every failure, so it proves nothing. */
export function classifyResponse({ status }: HttpResponse): RequestOutcome {
  const isRejected = status >= 400 && status < 500 && !AMBIGUOUS_STATUSES.has(status);
  return { notProcessed: isRejected, transient: status >= 500 || status === 429 };
}

/** `Retry-After` (RFC 9110, section 10.2.3) in milliseconds, at most a day; undefined if it is absent or invalid. */
export function retryAfterMs(response: HttpResponse): number | undefined {
  const value = response.header("retry-after")?.trim();
  if (!value) return undefined;
  if (/^\d+$/.test(value)) return Math.min(Number(value) * 1000, MAX_RETRY_AFTER_MS);
  // Date.parse reads nearly any number as a year.
  const date = /\d\d:\d\d:\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.min(Math.max(0, date - Date.now()), MAX_RETRY_AFTER_MS);
}

/** Milliseconds to wait after attempt number `attempt`: 200, 400, ..., each plus up to half of it at random. */
export function backoffMs(attempt: number): number {
  return BACKOFF_MS * 2 ** (attempt - 1) * (1 + Math.random() / 2);
}

/** Milliseconds to wait before the next attempt; undefined for none, as for a write, which has been sent. */
export function retryDelayMs(
  method: HttpMethod,
  response: HttpResponse,
  attempt: number,
): number | undefined {
  if (method !== "GET" || !TRANSIENT_STATUSES.has(response.status)) return undefined;
  return retryAfterMs(response) ?? backoffMs(attempt);
}
