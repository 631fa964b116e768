import { createSecretKey } from "node:crypto";
import { errors, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Logger } from "../core/logger.ts";
import {
  type AccessToken,
  createClaimsReader,
  MAX_LIFETIME_SECONDS,
  MAX_TOKEN_LENGTH,
} from "./access-token.ts";
import { AuthUnavailable, TokenInvalid } from "./errors.ts";
import { createKeySet } from "./jwks.ts";

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
  readonly log?: Logger | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** @throws TokenInvalid, or AuthUnavailable where no key can be had */
export type Verifier = (token: string) => Promise<AccessToken>;

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const CLOCK_SKEW_SECONDS = 60;

/** The algorithms that are accepted, and where the key comes from: never from the token itself. */
type Trust = { readonly algorithms: string[]; readonly key: JWTVerifyGetKey };

const trustOf = ({ secret, jwksUrl, log, now }: VerifierOptions): Trust => {
  if (jwksUrl) {
    const key = createKeySet({ url: jwksUrl, log, ...(now && { now }) });
    return { algorithms: ["RS256", "PS256", "ES256", "EdDSA"], key };
  }
  if (!secret) throw new TypeError("a verifier needs a secret or the address of a key set");
  const key = createSecretKey(secret, "utf8");
  return { algorithms: ["HS256"], key: async () => key };
};

const refusalOf = (error: unknown): Error => {
  if (error instanceof AuthUnavailable || error instanceof TokenInvalid) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const expired = error instanceof errors.JWTExpired;
  return new TokenInvalid(reason, { cause: error, ...(expired && { description: "Token has expired." }) });
};

/** Verifies access tokens of one authorization server for one resource (RFC 9068, RFC 8725). */
export const createVerifier = (options: VerifierOptions): Verifier => {
  const { resource, knownScopes, now = Date.now } = options;
  const { algorithms, key } = trustOf(options);
  const issuer = options.issuer.replace(/\/$/, "");
  const read = createClaimsReader(resource, knownScopes);
  const rules = {
    algorithms,
    issuer: [issuer, `${issuer}/`],
    // With it `iat` is required, and must not be in the future.
    maxTokenAge: MAX_LIFETIME_SECONDS,
    clockTolerance: CLOCK_SKEW_SECONDS,
  };

  return async (token) => {
    if (token.length > MAX_TOKEN_LENGTH)
      throw new TokenInvalid(`it is longer than ${MAX_TOKEN_LENGTH} characters`);
    if (!COMPACT_JWS.test(token)) throw new TokenInvalid("it is no signed token");
    try {
      const { payload } = await jwtVerify(token, key, { ...rules, currentDate: new Date(now()) });
      return read(payload);
    } catch (error) {
      throw refusalOf(error);
    }
  };
};
