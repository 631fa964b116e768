import * as z from "zod";
import { TokenInvalid } from "../../../auth/errors.ts";
import { canonicalResource } from "../../../auth/jwt.ts";

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

/** From `iat` to `exp`. A longer life would outlast a withdrawn consent. */
export const MAX_LIFETIME_SECONDS = 900;

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

type Claims = z.infer<typeof claimsSchema>;

/** Rules between claims, each with the reason of the error. */
const RULES: readonly [holds: (claims: Claims) => boolean, reason: string][] = [
  [({ sub, user_id }) => sub === user_id, "sub is not user_id"],
  [({ iat, exp }) => exp > iat, "exp is not after iat"],
  [({ iat, exp }) => exp - iat <= MAX_LIFETIME_SECONDS, `lifetime is longer than ${MAX_LIFETIME_SECONDS} s`],
];

/**
 * Returns a function that reads the claims of tokens for one resource and throws `TokenInvalid`. The verifier checks
 * signature, issuer and clock.
 * @param resource the token's audience, compared in canonical form
 * @param knownScopes others are ignored, because the authorization server may introduce new ones first
 */
export function createClaimsReader(
  resource: string,
  knownScopes: readonly string[],
): (claims: unknown) => AccessToken {
  const audience = canonicalResource(resource);
  if (audience === undefined) throw new TypeError("resource must be an http(s) URL without a fragment");
  const known = new Set(knownScopes);

  return (raw) => {
    const claims = parseClaims(raw);
    const broken = RULES.find(([holds]) => !holds(claims));
    if (broken) throw new TokenInvalid(broken[1]);
    if (![claims.aud].flat().some((one) => canonicalResource(one) === audience)) {
      throw new TokenInvalid("audience is another resource");
    }
    const scopes = [...new Set(claims.scope.split(" "))].filter((scope) => known.has(scope));
    if (scopes.length === 0) throw new TokenInvalid("no known scope");
    const { user_id: userId, org_id: orgId, client_id: clientId, grant_id: grantId, exp: expiresAt } = claims;
    return { userId, orgId, clientId, grantId, scopes, expiresAt };
  };
}

function parseClaims(claims: unknown): Claims {
  const parsed = claimsSchema.safeParse(claims);
  if (parsed.success) return parsed.data;
  const names = new Set(parsed.error.issues.map(({ path }) => String(path[0])));
  throw new TokenInvalid(`unusable claims: ${[...names].join(", ")}`);
}
