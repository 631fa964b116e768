import { hash, timingSafeEqual } from "node:crypto";
import { decodeJwt } from "jose";
import { TokenInvalid } from "../../../auth/errors.ts";
import { createKeySet, type FetchJson } from "../../../auth/jwks.ts";
import {
  assertJwtFormat,
  createJwtVerifier,
  MAX_TOKEN_LENGTH,
  normalizeIssuer,
  trustKeySet,
} from "../../../auth/jwt.ts";
import { createTokenCache } from "../../../auth/token-cache.ts";
import type { Caller } from "../../../mcp/tool.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { Trace } from "../../../shared/trace.ts";
import type { ApiKey } from "../config/http.ts";
import { createClaimsReader, type LfxIdentity, type LfxToken, toApiKeyCaller, toCaller } from "./identity.ts";

export type LfxAuthenticatorOptions = {
  /** The authorization servers whose tokens are accepted. */
  readonly issuers: readonly string[];
  /** Public URL of the MCP endpoint: the required audience. */
  readonly resource: string;
  readonly apiKeys: readonly ApiKey[];
  /** The scopes that clients should request. Default: none. */
  readonly scopes?: readonly string[];
  /** Fetches the issuers' metadata and keys. */
  readonly fetchJson: FetchJson;
  readonly log: Logger;
  readonly now?: typeof Date.now;
};

/** Authenticates API keys and access tokens. @returns a function that throws `TokenInvalid` or `AuthUnavailable` */
export function createLfxAuthenticator(
  options: LfxAuthenticatorOptions,
): (value: string, trace?: Trace) => Promise<Caller<LfxIdentity>> {
  const { apiKeys, now } = options;
  const findOwner = createApiKeyLookup(apiKeys);
  const keyCallers = new Map(apiKeys.map(({ owner }) => [owner, toApiKeyCaller(owner)]));
  const verify = createVerifier(options);
  const verifyCached = createTokenCache({
    load: async (token, trace) => ({ ...(await verify(token, trace)), issuer: readIssuer(token) }),
    expiresAt: ({ expiresAt }) => expiresAt,
    ...(now && { now }),
  });

  return async (value, trace) => {
    const owner = value.length > MAX_TOKEN_LENGTH ? undefined : findOwner(value);
    const keyCaller = owner === undefined ? undefined : keyCallers.get(owner);
    if (keyCaller) return keyCaller;
    const token = await verifyCached(value, trace);
    // Not cached: the caller holds the token itself.
    return toCaller(token, token.issuer, value);
  };
}

/** Returns a function that finds an API key's owner, comparing SHA-256 digests in constant time. */
export function createApiKeyLookup(keys: readonly ApiKey[]): (value: string) => string | undefined {
  const known = keys.map(({ owner, secret }) => ({ owner, digest: hash("sha256", secret, "buffer") }));
  return (value) => {
    const digest = hash("sha256", value, "buffer");
    // Compares every key, so that the time does not depend on which one matches.
    const [match] = known.filter((key) => timingSafeEqual(key.digest, digest));
    return match?.owner;
  };
}

type Verify = (token: string, trace?: Trace) => Promise<LfxToken>;

/** Verifies a token with the keys of the issuer it names, if that issuer is accepted. */
function createVerifier(options: LfxAuthenticatorOptions): Verify {
  const { issuers, resource, scopes, fetchJson, log, now } = options;
  const readClaims = createClaimsReader(resource, scopes);
  const verifiers = new Map(
    issuers.map((issuer): [string, Verify] => {
      const keys = createKeySet({ source: { issuer }, fetchJson, log, ...(now && { now }) });
      const verify = createJwtVerifier({ trustedKeys: trustKeySet(keys), issuer, readClaims, now });
      return [normalizeIssuer(issuer), verify];
    }),
  );
  return async (token, trace) => {
    assertJwtFormat(token);
    const verify = verifiers.get(readIssuer(token));
    if (!verify) throw new TokenInvalid("the issuer is not accepted", { isGuess: true });
    const verified = await verify(token, trace);
    const { isScopeBlind, clientId } = verified;
    if (isScopeBlind) log.debug("the client requests no scope of this server: it may read", { clientId });
    return verified;
  };
}

/** The issuer that an unverified token names. */
function readIssuer(token: string): string {
  try {
    return normalizeIssuer(decodeJwt(token).iss ?? "");
  } catch (cause) {
    throw new TokenInvalid("the claims are unreadable", { cause, isGuess: true });
  }
}
