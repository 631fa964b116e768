import { createSecretKey } from "node:crypto";
import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { AuthUnavailable, TokenInvalid } from "./errors.ts";

/** An authorization server's name without the slash at its end, which makes no difference. */
export function normalizeIssuer(issuer: string): string {
  return issuer.replace(/\/$/, "");
}

/** The algorithms that are accepted, and where the key comes from: never from the token itself. */
export type TrustedKeys = { readonly algorithms: readonly string[]; readonly key: JWTVerifyGetKey };

/** Tokens signed with a private key of the authorization server's, whose public ones are `key`'s to find. */
export function trustKeySet(key: JWTVerifyGetKey): TrustedKeys {
  return {
    algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
    key,
  };
}

/** Tokens signed with a secret that is shared with the authorization server. */
export function trustSecret(secret: string): TrustedKeys {
  const key = createSecretKey(secret, "utf8");
  return { algorithms: ["HS256"], key: async () => key };
}

export type JwtOptions<T> = {
  readonly trustedKeys: TrustedKeys;
  /** The authorization server, as the `iss` claim names it; a slash at its end makes no difference. */
  readonly issuer: string;
  /** Where it is given, `iat` is required, and `exp` at most so much later; seconds. */
  readonly maxLifetimeSeconds?: number;
  /** So long after its end a token is still taken, as clocks differ; seconds. Default 60. */
  readonly graceSeconds?: number;
  /** Reads the claims of a token whose signature, issuer and times are right. @throws TokenInvalid */
  readonly readClaims: (claims: JWTPayload) => T;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
};

/** Longer ones are refused unread: a token of this kind has less than 2 KiB. */
export const MAX_TOKEN_LENGTH = 8192;

const COMPACT_JWS = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const CLOCK_SKEW_SECONDS = 60;
const EXPIRED = "Token has expired.";

function refusalOf(error: unknown): Error {
  if (error instanceof AuthUnavailable || error instanceof TokenInvalid) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const expired = error instanceof errors.JWTExpired;
  return new TokenInvalid(reason, { cause: error, ...(expired && { description: EXPIRED }) });
}

/** @throws TokenInvalid for what cannot be a signed token */
export function assertJwtFormat(token: string): void {
  if (token.length > MAX_TOKEN_LENGTH)
    throw new TokenInvalid(`it is longer than ${MAX_TOKEN_LENGTH} characters`);
  if (!COMPACT_JWS.test(token)) throw new TokenInvalid("it is no signed token");
}

/**
 * Verifies the tokens of one authorization server (RFC 9068, RFC 8725).
 * @returns a function that throws TokenInvalid, or AuthUnavailable where no key can be had
 */
export function createJwtVerifier<T>(options: JwtOptions<T>): (token: string) => Promise<T> {
  const {
    trustedKeys: trust,
    maxLifetimeSeconds,
    graceSeconds = CLOCK_SKEW_SECONDS,
    readClaims: read,
    now = Date.now,
  } = options;
  const issuer = normalizeIssuer(options.issuer);
  const rules = {
    algorithms: [...trust.algorithms],
    issuer: [issuer, `${issuer}/`],
    requiredClaims: ["exp"],
    ...(maxLifetimeSeconds !== undefined && { maxTokenAge: maxLifetimeSeconds }),
    clockTolerance: CLOCK_SKEW_SECONDS,
  };

  return async (token) => {
    assertJwtFormat(token);
    try {
      const time = now();
      const { payload } = await jwtVerify(token, trust.key, { ...rules, currentDate: new Date(time) });
      if ((payload.iat ?? 0) > time / 1000 + CLOCK_SKEW_SECONDS)
        throw new TokenInvalid("it is from the future");
      if ((payload.exp ?? 0) <= time / 1000 - graceSeconds)
        throw new TokenInvalid("it has expired", { description: EXPIRED });
      return read(payload);
    } catch (error) {
      throw refusalOf(error);
    }
  };
}

/** Origin, path and query of an address without credentials and fragment. */
const ADDRESS = /^(https?:\/\/[^/?#@\\\s]+)([^?#\\\s]*)(\?[^#\\\s]*)?$/i;

/**
 * A resource's address in the one form in which it is compared: scheme and host in lower case, no default port, no
 * slash at the end of the path (RFC 3986, section 6.2; RFC 8707, section 2). The rest of the path stays as written.
 * @returns undefined for what is no address of a resource
 */
export function canonicalResource(text: string): string | undefined {
  const [, origin = "", path = "", query = ""] = ADDRESS.exec(text) ?? [];
  return URL.canParse(origin) ? `${new URL(origin).origin}${path.replace(/\/$/, "")}${query}` : undefined;
}
