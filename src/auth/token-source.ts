import { hash } from "node:crypto";
import { createLruCache, createSharedCache } from "../shared/cache.ts";
import type { TokenEndpoint } from "./oauth-client.ts";

/** Where the tokens for one API and one identity come from. */
export type TokenSource = {
  /** A token that is good for a while. @throws ToolError */
  token(): Promise<string>;
  /** Forgets a token that the API refused, so that the next one is new. */
  invalidate(token: string): void;
};

export type TokenSourcesOptions = {
  readonly endpoint: TokenEndpoint;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** How many callers' tokens are kept; those that were not used the longest go first. */
  readonly maxEntries?: number;
};

export type TokenSources = {
  /**
   * Tokens in a caller's name, for the token that he brought (RFC 8693).
   * @param subjectType what kind of token that is, as the authorization server calls it
   */
  exchange(subjectToken: string, subjectType: string, audience: string): TokenSource;
  /** Tokens in this server's own name (RFC 6749, section 4.4). */
  clientCredentials(audience: string): TokenSource;
};

/** So long before its end a token is replaced, or at half its life where that is shorter. */
const MARGIN_MS = 300_000;
const MAX_ENTRIES = 10_000;

/** So long after a token was dropped its successor is kept, whatever is said of it. */
const DROP_PAUSE_MS = 10_000;

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

/**
 * The tokens of this server's OAuth client, each asked for once by all who need it at the same time and kept until
 * shortly before it expires. They are kept under a hash: a dump of the memory gives no caller's token away.
 */
export function createTokenSources(options: TokenSourcesOptions): TokenSources {
  const { endpoint, now = Date.now, maxEntries = MAX_ENTRIES } = options;
  // Apart, so that no number of callers can push this server's own tokens out.
  const caches = {
    exchanged: createSharedCache<string>(now, maxEntries),
    own: createSharedCache<string>(now, maxEntries),
  };

  const dropped = createLruCache<true>(now, maxEntries);

  const sourceOf = (
    cache: keyof typeof caches,
    key: string,
    parameters: Readonly<Record<string, string>>,
  ): TokenSource => ({
    token: () =>
      caches[cache](key, async () => {
        const asked = now();
        const { accessToken, expiresInSeconds } = await endpoint(parameters);
        const life = expiresInSeconds * 1000;
        return { value: accessToken, until: asked + life - Math.min(MARGIN_MS, life / 2) };
      }),
    invalidate: (token) => {
      // An API that refuses every token must not make this server ask for one at each call.
      if (dropped.get(`${cache} ${key}`)) return;
      caches[cache].forget(key, token);
      dropped.set(`${cache} ${key}`, { value: true, until: now() + DROP_PAUSE_MS });
    },
  });

  return {
    exchange: (subjectToken, subjectType, audience) =>
      sourceOf("exchanged", hash("sha256", `${audience}\n${subjectToken}`, "base64"), {
        grant_type: EXCHANGE,
        subject_token: subjectToken,
        subject_token_type: subjectType,
        audience,
      }),
    clientCredentials: (audience) =>
      sourceOf("own", audience, { grant_type: "client_credentials", audience }),
  };
}
