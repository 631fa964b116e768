import { hash } from "node:crypto";
import { createSharedCache } from "../shared/cache.ts";
import type { Trace } from "../shared/trace.ts";
import { MAX_TOKEN_LENGTH } from "./jwt.ts";

export type TokenCacheOptions<T> = {
  /** Returns the value of a token. A failure is not cached. */
  readonly load: (token: string, trace?: Trace) => Promise<T>;
  /** When the token expires, in seconds since 1970. */
  readonly expiresAt: (value: T) => number;
  readonly now?: typeof Date.now;
  readonly maxEntries?: number;
};

const MAX_AGE_MS = 60_000;

/** Caches tokens' values for at most a minute. Concurrent calls share a load. Hashes keep memory dumps free of tokens. */
export function createTokenCache<T>(
  options: TokenCacheOptions<T>,
): (token: string, trace?: Trace) => Promise<T> {
  const { load, expiresAt, now = Date.now, maxEntries } = options;
  const cache = createSharedCache<T>(now, maxEntries);

  return (token, trace) => {
    // Not worth a hash: `load` rejects it.
    if (token.length > MAX_TOKEN_LENGTH) return load(token, trace);
    return cache(hash("sha256", token, "base64"), async () => {
      const value = await load(token, trace);
      return { value, until: Math.min(expiresAt(value) * 1000, now() + MAX_AGE_MS) };
    });
  };
}
