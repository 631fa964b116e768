import { createSecretKey } from "node:crypto";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import type { Trace } from "../shared/trace.ts";
import { AuthUnavailable, TokenInvalid } from "./errors.ts";

/** The accepted algorithms and the source of the key. Neither is ever taken from the token. */
export type TrustedKeys = { readonly algorithms: readonly string[]; readonly key: KeyLookup };

/** Returns the key for a token's header. @param trace of the request, which a key set is requested for */
export type KeyLookup = (
  ...args: [...Parameters<JWTVerifyGetKey>, trace?: Trace]
) => ReturnType<JWTVerifyGetKey>;

export type JwtOptions<T> = {
  readonly trustedKeys: TrustedKeys;
  /** The authorization server, as the `iss` claim names it, with or without a trailing slash. */
  readonly issuer: string;
  /** If set, `iat` is required and `exp` is at most this much later; seconds. */
  readonly maxLifetimeSeconds?: number;
  /** Reads the claims of a token whose signature, issuer and times are valid. @throws TokenInvalid */
  readonly readClaims: (claims: JWTPayload) => T;
  readonly now?: typeof Date.now | undefined;
};

/** Longer tokens are rejected unread; usual ones have less than 2 KiB. */
export const MAX_TOKEN_LENGTH = 8192;

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** How far `iat` and `nbf` may be in the future, because clocks differ. An expired token is never accepted. */
const CLOCK_SKEW_SECONDS = 60;
const EXPIRED = "Token has expired.";

/** Scheme and authority, path and query of a URL without credentials and fragment. */
const RESOURCE_URL = /^(https?:\/\/[^/?#@\\\s]+)([^?#\\\s]*)(\?[^#\\\s]*)?$/i;

/** Tokens signed with a private key of the authorization server. */
export function trustKeySet(key: KeyLookup): TrustedKeys {
  return { algorithms: ["RS256", "PS256", "ES256", "EdDSA"], key };
}

/** Tokens signed with a secret that is shared with the authorization server. */
export function trustSecret(secret: string): TrustedKeys {
  const key = createSecretKey(secret, "utf8");
  return { algorithms: ["HS256"], key: async () => key };
}

/** Verifies tokens of one issuer (RFC 7519, RFC 8725, RFC 9068). @throws TokenInvalid, AuthUnavailable without a key */
export function createJwtVerifier<T>(options: JwtOptions<T>): (token: string, trace?: Trace) => Promise<T> {
  const { trustedKeys, maxLifetimeSeconds, readClaims, now = Date.now } = options;
  const issuer = normalizeIssuer(options.issuer);
  const rules = {
    algorithms: [...trustedKeys.algorithms],
    issuer: [issuer, `${issuer}/`],
    requiredClaims: ["exp"],
    ...(maxLifetimeSeconds !== undefined && { maxTokenAge: maxLifetimeSeconds }),
    clockTolerance: CLOCK_SKEW_SECONDS,
  };

  return async (token, trace) => {
    assertJwtFormat(token);
    try {
      const time = now();
      const key: JWTVerifyGetKey = (header, jws) => trustedKeys.key(header, jws, trace);
      const { payload } = await jwtVerify(token, key, { ...rules, currentDate: new Date(time) });
      const { iat = 0, exp = 0 } = payload;
      if (iat > time / 1000 + CLOCK_SKEW_SECONDS) throw new TokenInvalid("issued in the future");
      if (exp <= time / 1000) throw new TokenInvalid("expired", { description: EXPIRED });
      return readClaims(payload);
    } catch (error) {
      if (error instanceof AuthUnavailable || error instanceof TokenInvalid) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      const description = error instanceof errors.JWTExpired ? EXPIRED : undefined;
      // These two are found after the signature was verified.
      const isSigned = error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed;
      throw new TokenInvalid(reason, { cause: error, description, isGuess: !isSigned });
    }
  };
}

/** @throws TokenInvalid if the text can't be a signed JWT in compact form (RFC 7519, section 3) */
export function assertJwtFormat(token: string): void {
  if (token.length > MAX_TOKEN_LENGTH) {
    throw new TokenInvalid(`longer than ${MAX_TOKEN_LENGTH} characters`, { isGuess: true });
  }
  if (!isJwt(token)) throw new TokenInvalid("not a signed JWT", { isGuess: true });
}

/** Whether a token has the form of a signed JWT. Its signature makes it impossible to guess. */
export function isJwt(token: string): boolean {
  return COMPACT_JWS.test(token);
}

/** Removes an issuer's trailing slash, so that both forms compare as equal. */
export function normalizeIssuer(issuer: string): string {
  return issuer.replace(/\/$/, "");
}

/**
 * The form in which resource URLs are compared: scheme and host in lower case, no default port, no trailing slash; the
 * rest of the path as written (RFC 3986, section 6.2; RFC 8707, section 2).
 * @returns undefined if the text can't be the URL of a resource
 */
export function canonicalResource(text: string): string | undefined {
  const [, origin = "", path = "", query = ""] = RESOURCE_URL.exec(text) ?? [];
  return URL.canParse(origin) ? `${new URL(origin).origin}${path.replace(/\/$/, "")}${query}` : undefined;
}
