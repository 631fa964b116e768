import { AuthUnavailable, TokenInvalid } from "../../../auth/errors.ts";
import { createKeySet, type FetchJson } from "../../../auth/jwks.ts";
import { createJwtVerifier, type TrustedKeys, trustKeySet, trustSecret } from "../../../auth/jwt.ts";
import { createTokenCache } from "../../../auth/token-cache.ts";
import type { Caller } from "../../../mcp/tool.ts";
import { createSharedCache } from "../../../shared/cache.ts";
import { isObject, parseJson } from "../../../shared/json.ts";
import type { Logger } from "../../../shared/logger.ts";
import {
  type AccessToken,
  createClaimsReader,
  type LightfastIdentity,
  MAX_LIFETIME_SECONDS,
} from "./access-token.ts";
import type { AppConnection } from "./app-connection.ts";

export type AuthenticatorOptions = {
  readonly verify: TokenVerifier;
  readonly checkGrant: GrantCheck;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly maxEntries?: number;
};

/**
 * Returns a function that turns a bearer token into its caller. A verification is cached for a minute at most, and the
 * caller with it, so callers can be cache keys. The grant is checked for every request.
 * @returns a function that throws TokenInvalid or AuthUnavailable
 */
export function createAuthenticator(
  options: AuthenticatorOptions,
): (token: string) => Promise<Caller<LightfastIdentity>> {
  const { verify, checkGrant, ...cacheOptions } = options;
  const verified = createTokenCache({
    load: async (token) => {
      const access = await verify(token);
      return { access, caller: toCaller(access) };
    },
    expiresAt: ({ access }) => access.expiresAt,
    ...cacheOptions,
  });

  return async (token) => {
    const { access, caller } = await verified(token);
    await checkGrant(access);
    return caller;
  };
}

function toCaller({ scopes, userId, orgId, clientId, grantId }: AccessToken): Caller<LightfastIdentity> {
  return { grants: new Set(scopes), identity: { userId, orgId, clientId, grantId } };
}

/** @throws TokenInvalid, or AuthUnavailable if the keys can't be read */
export type TokenVerifier = (token: string) => Promise<AccessToken>;

export type VerifierOptions = {
  /** The authorization server, as in the `iss` claim; a trailing slash is ignored. */
  readonly issuer: string;
  /** The resource that tokens must name as their audience. */
  readonly resource: string;
  readonly knownScopes: readonly string[];
  /** Shared with the authorization server, for HS256 tokens. Ignored with a key set. */
  readonly secret?: string | undefined;
  /** The authorization server's public keys, for RS256, PS256, ES256 and EdDSA tokens. */
  readonly jwksUrl?: URL | undefined;
  /** Reads the key set; required with `jwksUrl`. */
  readonly fetchJson?: FetchJson | undefined;
  readonly log?: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** Verifies access tokens of Lightfast's authorization server for one resource. */
export function createVerifier(options: VerifierOptions): TokenVerifier {
  const { issuer, resource, knownScopes, now } = options;
  return createJwtVerifier({
    trustedKeys: trustKeys(options),
    issuer,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    readClaims: createClaimsReader(resource, knownScopes),
    now,
  });
}

function trustKeys({ secret, jwksUrl, fetchJson, log, now }: VerifierOptions): TrustedKeys {
  if (jwksUrl && fetchJson) {
    return trustKeySet(createKeySet({ source: jwksUrl, fetchJson, log, ...(now && { now }) }));
  }
  if (!secret) throw new TypeError("a verifier needs a secret or a key set");
  return trustSecret(secret);
}

/** @throws TokenInvalid if the grant has ended, AuthUnavailable if that is unknown */
export type GrantCheck = (token: AccessToken) => Promise<void>;

export type GrantCheckOptions = {
  readonly app: AppConnection;
  /** The audience of the tokens. */
  readonly resource: string;
  /** How long a positive response is used again. 0 ends a revoked grant at once. */
  readonly cacheSeconds: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly timeoutMs?: number;
};

const GRANT_TIMEOUT_MS = 2000;

/** Client errors that concern this server or the app, so they say nothing about the grant. */
const SERVICE_ERRORS = new Set([401, 404, 408, 429]);

/** Asks the app whether the grant behind a verified token is still active. */
export function createGrantCheck(options: GrantCheckOptions): GrantCheck {
  const { app, resource, cacheSeconds, now = Date.now, timeoutMs = GRANT_TIMEOUT_MS } = options;
  const active = createSharedCache<true>(now);

  const validate = async (body: string): Promise<void> => {
    const response = await app.post("/auth/validate", body, { timeoutMs }).catch((cause: unknown) => {
      throw new AuthUnavailable(`grant check failed: ${String(cause)}`, { cause });
    });
    const { status } = response;
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess && isActive(response.body)) return;
    if (isSuccess || (status >= 400 && status < 500 && !SERVICE_ERRORS.has(status))) {
      throw new TokenInvalid(`the grant is not active (HTTP ${status})`);
    }
    throw new AuthUnavailable(`grant check failed: HTTP ${status}`);
  };

  return async ({ clientId, grantId, orgId, userId }) => {
    const body = JSON.stringify({ clientId, grantId, orgId, resource, userId });
    await active(body, async () => {
      const askedAt = now();
      await validate(body);
      return { value: true, until: askedAt + cacheSeconds * 1000 };
    });
  };
}

function isActive(body: string): boolean {
  const grant = parseJson(body);
  return isObject(grant) && grant.active === true;
}
