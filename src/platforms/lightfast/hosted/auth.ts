import * as z from "zod";
import { AuthUnavailable, TokenInvalid } from "../../../auth/errors.ts";
import { createKeySet, type FetchJson } from "../../../auth/jwks.ts";
import {
  canonicalResource,
  createJwtVerifier,
  type TrustedKeys,
  trustKeySet,
  trustSecret,
} from "../../../auth/jwt.ts";
import { createTokenCache } from "../../../auth/token-cache.ts";
import type { Caller } from "../../../mcp/tool.ts";
import { createSharedCache } from "../../../shared/cache.ts";
import { isObject, parseJson } from "../../../shared/json.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { Trace } from "../../../shared/trace.ts";
import type { AppConnection } from "./app-connection.ts";

/** The user, organization, client and grant that a verified access token names. */
export type LightfastIdentity = {
  readonly userId: string;
  readonly orgId: string;
  readonly clientId: string;
  readonly grantId: string;
};

/** A verified access token. */
export type AccessToken = LightfastIdentity & {
  /** The token's known scopes; at least one. */
  readonly scopes: readonly string[];
  /** Seconds since 1970, as in the `exp` claim. */
  readonly expiresAt: number;
};

export type AuthenticatorOptions = {
  readonly verify: TokenVerifier;
  readonly checkGrant: GrantCheck;
  readonly now?: typeof Date.now;
  readonly maxEntries?: number;
};

/** Caches the verification of tokens, and checks the grant for every request. @throws TokenInvalid or AuthUnavailable */
export function createAuthenticator(
  options: AuthenticatorOptions,
): (token: string, trace?: Trace) => Promise<Caller<LightfastIdentity>> {
  const { verify, checkGrant, ...cacheOptions } = options;
  const verified = createTokenCache({
    load: async (token, trace) => {
      const access = await verify(token, trace);
      const { scopes, userId, orgId, clientId, grantId } = access;
      const identity: LightfastIdentity = { userId, orgId, clientId, grantId };
      const logFields = { user: userId, organization: orgId, clientId };
      return { access, caller: { grants: new Set(scopes), identity, logFields, key: grantId } };
    },
    expiresAt: ({ access }) => access.expiresAt,
    ...cacheOptions,
  });

  return async (token, trace) => {
    const { access, caller } = await verified(token, trace);
    await checkGrant(access, trace);
    return caller;
  };
}

/** @throws TokenInvalid, or AuthUnavailable if the keys can't be read */
export type TokenVerifier = (token: string, trace?: Trace) => Promise<AccessToken>;

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
  readonly now?: typeof Date.now;
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

/** From `iat` to `exp`. A longer life would outlast a withdrawn consent. */
const MAX_LIFETIME_SECONDS = 900;

const id = z.string().min(1);
const seconds = z.int().positive();
const claimsSchema = z.object({
  aud: z.union([z.string(), z.array(z.string())]),
  sub: id,
  user_id: id,
  org_id: id,
  client_id: id,
  grant_id: id,
  scope: z.string(),
  token_use: z.literal("mcp_access"),
  iat: seconds,
  exp: seconds,
});

/**
 * Reads the claims of a token whose signature, issuer and times are valid.
 * @param resource the token's audience, compared in canonical form
 * @param knownScopes others are ignored, because the authorization server may introduce new ones first
 */
function createClaimsReader(resource: string, knownScopes: readonly string[]) {
  const audience = canonicalResource(resource);
  if (audience === undefined) throw new TypeError("resource must be an http(s) URL without a fragment");
  const known = new Set(knownScopes);

  return (raw: unknown): AccessToken => {
    const { data: claims, error } = claimsSchema.safeParse(raw);
    if (error) {
      const names = new Set(error.issues.map(({ path }) => String(path[0])));
      throw new TokenInvalid(`unusable claims: ${[...names].join(", ")}`);
    }
    const lifetime = claims.exp - claims.iat;
    if (claims.sub !== claims.user_id) throw new TokenInvalid("sub is not user_id");
    if (lifetime <= 0) throw new TokenInvalid("exp is not after iat");
    if (lifetime > MAX_LIFETIME_SECONDS)
      throw new TokenInvalid(`lifetime is longer than ${MAX_LIFETIME_SECONDS} s`);
    if (![claims.aud].flat().some((one) => canonicalResource(one) === audience)) {
      throw new TokenInvalid("audience is another resource");
    }
    const scopes = [...new Set(claims.scope.split(" "))].filter((scope) => known.has(scope));
    if (scopes.length === 0) throw new TokenInvalid("no known scope");
    const { user_id: userId, org_id: orgId, client_id: clientId, grant_id: grantId, exp: expiresAt } = claims;
    return { userId, orgId, clientId, grantId, scopes, expiresAt };
  };
}

/** @throws TokenInvalid if the grant has ended, AuthUnavailable if that is unknown */
export type GrantCheck = (token: AccessToken, trace?: Trace) => Promise<void>;

export type GrantCheckOptions = {
  readonly app: AppConnection;
  /** The audience of the tokens. */
  readonly resource: string;
  /** How long a positive response is used again. 0 ends a revoked grant at once. */
  readonly cacheSeconds: number;
  readonly now?: typeof Date.now;
  readonly timeoutMs?: number;
};

/** Client errors that concern this server or the app, so they say nothing about the grant. */
const SERVICE_ERRORS = new Set([401, 404, 408, 429]);

/** Asks the app whether the grant behind a verified token is still active. */
export function createGrantCheck(options: GrantCheckOptions): GrantCheck {
  const { app, resource, cacheSeconds, now = Date.now, timeoutMs = 2000 } = options;
  const active = createSharedCache<true>(now);

  const validate = async (body: string, trace: Trace | undefined): Promise<void> => {
    const response = await app
      .post("/auth/validate", body, { timeoutMs, trace, safe: true })
      .catch((cause: unknown) => {
        throw grantCheckFailed(String(cause), cause);
      });
    const { status } = response;
    const isSuccess = status >= 200 && status < 300;
    const grant = parseJson(response.body);
    if (isSuccess && isObject(grant) && grant.active === true) return;
    if (isSuccess || (status >= 400 && status < 500 && !SERVICE_ERRORS.has(status))) {
      throw new TokenInvalid(`the grant is not active (HTTP ${status})`);
    }
    throw grantCheckFailed(`HTTP ${status}`);
  };

  return async ({ clientId, grantId, orgId, userId }, trace) => {
    const body = JSON.stringify({ clientId, grantId, orgId, resource, userId });
    await active(body, async () => {
      const askedAt = now();
      await validate(body, trace);
      return { value: true, until: askedAt + cacheSeconds * 1000 };
    });
  };
}

function grantCheckFailed(reason: string, cause?: unknown): AuthUnavailable {
  const description = "MCP authorization grant validation is temporarily unavailable.";
  return new AuthUnavailable(`grant check failed: ${reason}`, { description, cause });
}
