import { errors, type JWTVerifyGetKey } from "jose";
import type { Logger } from "../shared/logger.ts";
import { type LocalKeySet, type ReadDocument, readKeySet } from "./documents.ts";
import { AuthUnavailable } from "./errors.ts";

export type KeySetOptions = {
  /** Where the set is, or how that is found out; asked at each reading. */
  readonly url: URL | ((timeoutMs: number) => Promise<URL>);
  readonly document: ReadDocument;
  readonly log?: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How long one reading may take. */
  readonly timeoutMs?: number;
};

const TIMEOUT_MS = 5000;

/** So much of a reading a token waits for while there is a set that can be used. */
const PATIENCE_MS = 500;

/** A set is read again when it is that old. */
const FRESH_MS = 10 * 60 * 1000;

/** A set is used so long while no newer one can be had. */
const MAX_AGE_MS = 24 * 60 * 60 * 1000;

/** Unknown keys, which anybody can name, cause one reading in that time. */
const COOLDOWN_MS = 30_000;

/** Where the last reading failed and a token waits for its key. */
const RETRY_MS = 2000;

/** A reading, and as much of it as is waited for by those who could do without. */
type Reading = { readonly whole: Promise<void>; readonly brief: Promise<void> };

const beginningOf = (work: Promise<void>): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * The keys of an authorization server by the address of its key set. jose's own remote set has no way to outlast an
 * endpoint that is down, and asks it for every token meanwhile.
 * @returns finds the key for a token's header; throws AuthUnavailable where that cannot be known now, and jose's
 * errors where the token has no key in the set
 */
export const createKeySet = (options: KeySetOptions): JWTVerifyGetKey => {
  const { url, document, log, now = Date.now, timeoutMs = TIMEOUT_MS } = options;
  let good: { readonly find: LocalKeySet; readonly readAt: number } | undefined;
  let failure: unknown;
  let triedAt = Number.NEGATIVE_INFINITY;
  let reading: Reading | undefined;

  const age = (): number => (good ? now() - good.readAt : Number.POSITIVE_INFINITY);
  const unavailable = (): AuthUnavailable =>
    new AuthUnavailable(`the key set cannot be read: ${String(failure)}`, { cause: failure });

  const read = async (): Promise<void> => {
    triedAt = now();
    let place: URL | undefined;
    try {
      place = url instanceof URL ? url : await url(timeoutMs);
      good = { find: await readKeySet(document, place, timeoutMs), readAt: triedAt };
      failure = undefined;
    } catch (error) {
      failure = error;
      log?.warn("the key set cannot be read", { host: place?.host, cause: String(error) });
    }
  };
  /** Reads the set unless the last reading began less than `pauseMs` ago; all who wait share one reading. */
  const readAfter = (pauseMs: number): Reading | undefined => {
    if (!reading && now() - triedAt >= pauseMs) {
      const whole = read().finally(() => {
        reading = undefined;
      });
      reading = { whole, brief: beginningOf(whole) };
    }
    return reading;
  };
  const current = (): LocalKeySet => {
    if (!good || age() >= MAX_AGE_MS) throw unavailable();
    return good.find;
  };

  return async (header, token) => {
    if (age() >= MAX_AGE_MS) await readAfter(RETRY_MS)?.whole;
    else if (age() >= FRESH_MS) await readAfter(COOLDOWN_MS)?.brief;
    try {
      return await current()(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
    }
    await readAfter(failure ? RETRY_MS : COOLDOWN_MS)?.whole;
    // The key may be newer than the set, so nobody can say that the token is bad.
    if (failure) throw unavailable();
    return current()(header, token);
  };
};
