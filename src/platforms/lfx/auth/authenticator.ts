import { createHash, timingSafeEqual } from "node:crypto";
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
import type { ApiKey } from "../config/http.ts";
import { createClaimsReader, type LfxIdentity, type LfxToken, toApiKeyCaller, toCaller } from "./identity.ts";

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/**
 * Tells whose static key a bearer value is. It takes as long for any value, so that time gives nothing of a key away.
 * @returns a function from a bearer value to its owner, or undefined
 */
export function createApiKeyLookup(
  keys: readonly { readonly owner: string; readonly secret: string }[],
): (value: string) => string | undefined {
  const known = keys.map(({ owner, secret }) => ({ owner, hash: digest(secret) }));
  return (value) => {
    const hash = digest(value);
    const [match] = known.filter((key) => timingSafeEqual(key.hash, hash));
    return match?.owner;
  };
}

export type LfxAuthenticatorOptions = {
  /** The authorization servers whose tokens are accepted. */
  readonly issuers: readonly string[];
  /** The public address of the endpoint, for which tokens must be meant. */
  readonly resource: string;
  readonly apiKeys: readonly ApiKey[];
  /** How the issuers' documents are read. */
  readonly fetchJson: FetchJson;
  readonly log: Logger;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

type Verify = (token: string) => Promise<LfxToken>;

/** Verifies a token with the keys of the issuer it names, if that is one of ours. */
function createVerifier({ issuers, resource, fetchJson, log, now }: LfxAuthenticatorOptions): Verify {
  const read = createClaimsReader(resource);
  const verifiers = new Map(
    issuers.map((issuer): [string, Verify] => {
      const trust = trustKeySet(createKeySet({ source: { issuer }, fetchJson, log, ...(now && { now }) }));
      // What has expired cannot be exchanged any more, so there is no grace.
      return [
        normalizeIssuer(issuer),
        createJwtVerifier({ trustedKeys: trust, issuer, graceSeconds: 0, readClaims: read, now }),
      ];
    }),
  );
  return async (token) => {
    assertJwtFormat(token);
    const verify = verifiers.get(issuerOf(token));
    if (!verify) throw new TokenInvalid("its issuer is none of those that are accepted");
    return verify(token);
  };
}

/** The issuer that a token names; nothing of it is believed yet. */
function issuerOf(token: string): string {
  try {
    return normalizeIssuer(decodeJwt(token).iss ?? "");
  } catch (cause) {
    throw new TokenInvalid("its claims cannot be read", { cause });
  }
}

/**
 * Tells who brings a bearer value: a static key's owner, or the bearer of a token.
 * @returns a function that throws TokenInvalid or AuthUnavailable
 */
export function createLfxAuthenticator(
  options: LfxAuthenticatorOptions,
): (value: string) => Promise<Caller<LfxIdentity>> {
  const { apiKeys, now } = options;
  const ownerOf = createApiKeyLookup(apiKeys);
  const callers = new Map(apiKeys.map(({ owner }) => [owner, toApiKeyCaller(owner)]));
  const verify = createVerifier(options);
  const verified = createTokenCache({
    load: async (token) => ({ ...(await verify(token)), issuer: issuerOf(token) }),
    expiresAt: ({ expiresAt }) => expiresAt,
    ...(now && { now }),
  });

  return async (value) => {
    const owner = value.length > MAX_TOKEN_LENGTH ? undefined : ownerOf(value);
    const known = owner === undefined ? undefined : callers.get(owner);
    if (known) return known;
    // Made anew each time: what is kept must not hold the token.
    const access = await verified(value);
    return toCaller(access, access.issuer, value);
  };
}
