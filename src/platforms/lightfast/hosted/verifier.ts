import type { ReadDocument } from "../../../auth/documents.ts";
import { createKeySet } from "../../../auth/jwks.ts";
import { createJwtVerifier, type Trust, trustKeySet, trustSecret } from "../../../auth/jwt.ts";
import type { Logger } from "../../../shared/logger.ts";
import { type AccessToken, createClaimsReader, MAX_LIFETIME_SECONDS } from "./access-token.ts";

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
  readonly document?: ReadDocument | undefined;
  readonly log?: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** @throws TokenInvalid, or AuthUnavailable where no key can be had */
export type Verifier = (token: string) => Promise<AccessToken>;

const trustOf = ({ secret, jwksUrl, document, log, now }: VerifierOptions): Trust => {
  if (jwksUrl && document)
    return trustKeySet(createKeySet({ url: jwksUrl, document, log, ...(now && { now }) }));
  if (!secret) throw new TypeError("a verifier needs a secret, or the address of a key set and a way to it");
  return trustSecret(secret);
};

/** Verifies access tokens of Lightfast's authorization server for one resource. */
export const createVerifier = (options: VerifierOptions): Verifier => {
  const { issuer, resource, knownScopes, now } = options;
  return createJwtVerifier({
    trust: trustOf(options),
    issuer,
    maxLifetimeSeconds: MAX_LIFETIME_SECONDS,
    read: createClaimsReader(resource, knownScopes),
    now,
  });
};
