import { hash } from "node:crypto";
import { createLruCache, createSharedCache } from "../shared/cache.ts";
import type { Trace } from "../shared/trace.ts";
import type { TokenEndpoint } from "./oauth-client.ts";

/** Access tokens for one API and one identity. */
export type TokenSource = {
  /**
   * Returns a token that stays valid for a while.
   * @param trace of the call; a request that several calls wait for belongs to the first one's
   * @throws ToolError
   */
  token(trace?: Trace): Promise<string>;
  /** Discards a token that the API rejected, so that the next one is new. */
  invalidate(token: string): void;
};

export type TokenSourcesOptions = {
  readonly endpoint: TokenEndpoint;
  readonly now?: typeof Date.now;
  /** Callers whose tokens are cached; the least recently used go first. */
  readonly maxEntries?: number;
};

export type TokenSources = {
  /** On behalf of a caller (RFC 8693). @param subjectType the token's type, as the authorization server names it */
  exchange(subjectToken: string, subjectType: string, audience: string): TokenSource;
  /** Tokens for an API on behalf of this server (RFC 6749, section 4.4). */
  clientCredentials(audience: string): TokenSource;
};

/** A token is replaced this long before it expires, or at half its lifetime if that is later. */
const EXPIRY_MARGIN_MS = 300_000;

/** After an invalidation the new token can't be invalidated for this long. */
const INVALIDATION_PAUSE_MS = 10_000;

const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

/** Requests and caches tokens. Concurrent calls share one request. Hashes keep memory dumps free of callers' tokens. */
export function createTokenSources(options: TokenSourcesOptions): TokenSources {
  const { endpoint, now = Date.now, maxEntries } = options;
  // Separate, so that no number of callers can evict this server's own tokens.
  const caches = {
    exchange: createSharedCache<string>(now, maxEntries),
    clientCredentials: createSharedCache<string>(now, maxEntries),
  };
  const invalidated = createLruCache<true>(now, maxEntries);

  const createSource = (
    cache: keyof typeof caches,
    key: string,
    parameters: Parameters<TokenEndpoint>[0],
  ): TokenSource => ({
    token: (trace) =>
      caches[cache](key, async () => {
        const requestedAt = now();
        const { accessToken, expiresInSeconds } = await endpoint(parameters, trace);
        const lifetimeMs = expiresInSeconds * 1000;
        const usableMs = lifetimeMs - Math.min(EXPIRY_MARGIN_MS, lifetimeMs / 2);
        return { value: accessToken, until: requestedAt + usableMs };
      }),
    invalidate: (token) => {
      // An API that rejects every token must not cause a token request at each call.
      const id = `${cache} ${key}`;
      if (invalidated.get(id)) return;
      caches[cache].forget(key, token);
      invalidated.set(id, { value: true, until: now() + INVALIDATION_PAUSE_MS });
    },
  });

  return {
    exchange: (subjectToken, subjectType, audience) =>
      createSource("exchange", hash("sha256", `${audience}\n${subjectToken}`, "base64"), {
        grant_type: TOKEN_EXCHANGE,
        subject_token: subjectToken,
        subject_token_type: subjectType,
        audience,
      }),
    clientCredentials: (audience) =>
      createSource("clientCredentials", audience, { grant_type: "client_credentials", audience }),
  };
}
