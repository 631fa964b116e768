import { AuthUnavailable, TokenInvalid } from "../../../auth/errors.ts";
import { createKeySet, type FetchJson } from "../../../auth/jwks.ts";
import { createJwtVerifier, type TrustedKeys, trustKeySet, trustSecret } from "../../../auth/jwt.ts";
import { createTokenCache } from "../../../auth/token-cache.ts";
import type { InternalPost } from "../../../http-client/internal.ts";
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
import { appEndpoint, appHeaders } from "./app-connection.ts";

export type GrantCheckOptions = {
  /** The app, which knows the grants. */
  readonly appUrl: URL;
  /** The resource that tokens are meant for. */
  readonly resource: string;
  /** Signs a service token. */
  readonly sign: () => string;
  /** How long a positive answer is used again, in seconds; with 0 a revoked grant ends at once. */
  readonly cacheSeconds: number;
  readonly post: InternalPost;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly timeoutMs?: number;
};

/** @throws TokenInvalid where the grant behind a token has ended, AuthUnavailable where that cannot be known now */
export type GrantCheck = (token: AccessToken) => Promise<void>;

const TIMEOUT_MS = 2000;

/** Answers below 500 that are about the app or about this server, not about the grant. */
const APP_FAULTS = new Set([401, 404, 408, 429]);

function isActive(body: string): boolean {
  const answer = parseJson(body);
  return isObject(answer) && answer.active === true;
}

/** Asks the app whether the grant behind a verified token is still alive. */
export function createGrantCheck(options: GrantCheckOptions): GrantCheck {
  const { resource, sign, cacheSeconds, post, now = Date.now, timeoutMs = TIMEOUT_MS } = options;
  const url = appEndpoint(options.appUrl, "/auth/validate");
  const alive = createSharedCache<true>(now);
  /** What is asked for each token that is kept, which is also the key of its answer. */
  const questions = new WeakMap<AccessToken, string>();

  const ask = async (body: string): Promise<void> => {
    const answer = await post({ url, body, headers: appHeaders(sign()) }, timeoutMs).catch(
      (cause: unknown) => {
        throw new AuthUnavailable(`the grant cannot be checked: ${String(cause)}`, { cause });
      },
    );
    const { status } = answer;
    const isSuccess = status >= 200 && status < 300;
    if (isSuccess && isActive(answer.body)) return;
    if (isSuccess || (status >= 400 && status < 500 && !APP_FAULTS.has(status))) {
      throw new TokenInvalid(`its grant is not alive (HTTP ${status})`);
    }
    throw new AuthUnavailable(`the grant cannot be checked: HTTP ${status}`);
  };

  const questionOf = (token: AccessToken): string => {
    const known = questions.get(token);
    if (known !== undefined) return known;
    const { clientId, grantId, orgId, userId } = token;
    const body = JSON.stringify({ clientId, grantId, orgId, resource, userId });
    questions.set(token, body);
    return body;
  };

  return async (token) => {
    const body = questionOf(token);
    await alive(body, async () => {
      const asked = now();
      await ask(body);
      return { value: true, until: asked + cacheSeconds * 1000 };
    });
  };
}

export type VerifierOptions = {
  /** The authorization server, as the `iss` claim names it; a slash at its end makes no difference. */
  readonly issuer: string;
  /** The address of the resource that tokens must be meant for. */
  readonly resource: string;
  readonly knownScopes: readonly string[];
  /** Shared with the authorization server: tokens are HS256. Unused where there is a key set. */
  readonly secret?: string | undefined;
  /** The authorization server's public keys: tokens are RS256, PS256, ES256 or EdDSA, and never HS256. */
  readonly jwksUrl?: URL | undefined;
  /** How the key set is read; needed where there is one. */
  readonly fetchJson?: FetchJson | undefined;
  readonly log?: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** @throws TokenInvalid, or AuthUnavailable where no key can be had */
export type Verifier = (token: string) => Promise<AccessToken>;

function trustOf({ secret, jwksUrl, fetchJson, log, now }: VerifierOptions): TrustedKeys {
  if (jwksUrl && fetchJson)
    return trustKeySet(createKeySet({ source: jwksUrl, fetchJson, log, ...(now && { now }) }));
  if (!secret) throw new TypeError("a verifier needs a secret, or the address of a key set and a way to it");
  return trustSecret(secret);
}

/** Verifies access tokens of Lightfast's authorization server for one resource. */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, resource, knownScopes, now } = options;
  return createJwtVerifier({
    trustedKeys: trustOf(options),
    issuer,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    readClaims: createClaimsReader(resource, knownScopes),
    now,
  });
}

function toCaller({ scopes, userId, orgId, clientId, grantId }: AccessToken): Caller<LightfastIdentity> {
  return { grants: new Set(scopes), identity: { userId, orgId, clientId, grantId } };
}

export type AuthenticatorOptions = {
  readonly verify: Verifier;
  readonly checkGrant: GrantCheck;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly maxEntries?: number;
};

/**
 * Tells who brings a token. The verification is kept for a minute at most, and with it the `Caller`, which is the same
 * object as long, so that what is made for a caller can be kept by it. The grant is checked every time.
 * @returns a function that throws TokenInvalid or AuthUnavailable
 */
export function createAuthenticator(
  options: AuthenticatorOptions,
): (token: string) => Promise<Caller<LightfastIdentity>> {
  const { verify, checkGrant, ...bounds } = options;
  const verified = createTokenCache({
    load: async (token) => {
      const access = await verify(token);
      return { access, caller: toCaller(access) };
    },
    expiresAt: ({ access }) => access.expiresAt,
    ...bounds,
  });

  return async (token) => {
    const { access, caller } = await verified(token);
    await checkGrant(access);
    return caller;
  };
}
