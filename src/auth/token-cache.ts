import { hash } from "node:crypto";
import { createSharedCache } from "../shared/cache.ts";
import { MAX_TOKEN_LENGTH } from "./jwt.ts";

export type TokenCacheOptions<T> = {
  /** What a token stands for; where it fails, nothing is kept. */
  readonly load: (token: string) => Promise<T>;
  /** When the token of a value expires, in seconds since 1970. */
  readonly expiresAt: (value: T) => number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly maxEntries?: number;
};

const MAX_KEPT_MS = 60_000;

/**
 * What tokens stand for, kept until a token expires and for a minute at most, and loaded once for all who bring the
 * same token at the same time. It holds hashes: a dump of the memory gives no token away.
 */
export function createTokenCache<T>(options: TokenCacheOptions<T>): (token: string) => Promise<T> {
  const { load, expiresAt, now = Date.now, maxEntries } = options;
  const cache = createSharedCache<T>(now, maxEntries);

  return (token) => {
    // What is too long for a token is not worth a hash; `load` refuses it.
    if (token.length > MAX_TOKEN_LENGTH) return load(token);
    return cache(hash("sha256", token, "base64"), async () => {
      const value = await load(token);
      return { value, until: Math.min(expiresAt(value) * 1000, now() + MAX_KEPT_MS) };
    });
  };
}
