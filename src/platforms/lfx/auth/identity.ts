import type { JWTPayload } from "jose";
import { TokenInvalid } from "../../../auth/errors.ts";
import { canonicalResource } from "../../../auth/jwt.ts";
import type { Caller } from "../../../mcp/tool.ts";
import { GRANTS } from "../policy.ts";

/** What a verified token says of its bearer. */
export type LfxToken = {
  /** `sub`; empty where there is none. */
  readonly subject: string;
  /** Those of its scopes that let somebody in here. */
  readonly scopes: readonly string[];
  readonly staff: boolean;
  /** Seconds since 1970, as in the `exp` claim. */
  readonly expiresAt: number;
};

/** The authorization server's mark of a machine that signed in by itself. */
const MACHINE_SUFFIX = "@clients";

const SCOPES: readonly string[] = [GRANTS.read, GRANTS.manage];

/** `scope` as a text counts before `scopes` as a list, even where it is empty. */
function scopesOf({ scope, scopes }: JWTPayload): readonly string[] {
  if (typeof scope === "string") return scope.split(/\s+/);
  return Array.isArray(scopes) ? scopes.filter((one) => typeof one === "string") : [];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/**
 * Reads the claims of tokens for one resource. Signature, issuer and the clock are the verifier's.
 * @param resource the token's audience; compared in canonical form (RFC 8707, section 2)
 * @returns a function that throws `TokenInvalid` for a token that is meant for something else
 */
export function createClaimsReader(resource: string): (claims: JWTPayload) => LfxToken {
  const audience = canonicalResource(resource);
  if (audience === undefined) throw new TypeError("a resource must be an http address without a fragment");

  return (claims) => {
    const audiences = [claims.aud].flat().filter((one) => typeof one === "string");
    if (!audiences.some((one) => canonicalResource(one) === audience)) {
      throw new TokenInvalid("it is meant for another resource");
    }
    if (claims.sub !== undefined && typeof claims.sub !== "string")
      throw new TokenInvalid("its sub is no text");
    const granted = new Set(scopesOf(claims));
    return {
      subject: textOf(claims.sub),
      scopes: SCOPES.filter((scope) => granted.has(scope)),
      // A text "true" is no claim that the authorization server makes.
      staff: claims[GRANTS.staff] === true,
      expiresAt: claims.exp ?? 0,
    };
  };
}

/** Verified identity of a caller; the local user of the program has none. */
export type LfxIdentity =
  | {
      readonly subject: string;
      /** The authorization server that issued a person's token; absent for machines and static API keys. */
      readonly issuer?: string;
    }
  | undefined;

/** The caller for a verified token. A person's own token becomes the credential, to exchange for one that LFX accepts. */
export function toCaller(access: LfxToken, issuer: string, token: string): Caller<LfxIdentity> {
  const { subject, scopes, staff } = access;
  const isMachine = subject.endsWith(MACHINE_SUFFIX);
  const claims = [...(staff ? [GRANTS.staff] : []), ...(isMachine ? [] : [GRANTS.user])];
  const grants = new Set<string>([...scopes, ...claims]);
  return isMachine
    ? { grants, identity: { subject } }
    : { grants, identity: { subject, issuer }, credential: token };
}

/** The caller that a static key stands for: everything but what only people may. */
export function toApiKeyCaller(owner: string): Caller<LfxIdentity> {
  return { grants: new Set<string>(SCOPES), identity: { subject: owner } };
}
