import { createTokenCache } from "../../../auth/token-cache.ts";
import type { Caller } from "../../../mcp/caller.ts";
import type { AccessToken } from "./access-token.ts";
import type { GrantCheck } from "./auth.ts";
import type { Verifier } from "./verifier.ts";

export type AuthenticatorOptions = {
  readonly verify: Verifier;
  readonly checkGrant: GrantCheck;
  /** The caller that a token stands for; asked once for each verified token. */
  readonly callerOf: (token: AccessToken) => Caller;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly maxEntries?: number;
};

/**
 * Tells who brings a token. The verification is kept for a minute at most, and with it the `Caller`, which is the same
 * object as long, so that what is made for a caller can be kept by it. The grant is checked every time.
 * @returns a function that throws TokenInvalid or AuthUnavailable
 */
export const createAuthenticator = (options: AuthenticatorOptions): ((token: string) => Promise<Caller>) => {
  const { verify, checkGrant, callerOf, ...bounds } = options;
  const verified = createTokenCache({
    load: async (token) => {
      const access = await verify(token);
      return { access, caller: callerOf(access) };
    },
    expiresAt: ({ access }) => access.expiresAt,
    ...bounds,
  });

  return async (token) => {
    const { access, caller } = await verified(token);
    await checkGrant(access);
    return caller;
  };
};
