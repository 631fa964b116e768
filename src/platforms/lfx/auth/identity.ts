import type { JWTPayload } from "jose";
import { TokenInvalid } from "../../../auth/errors.ts";
import { canonicalResource } from "../../../auth/jwt.ts";
import type { Caller } from "../../../mcp/tool.ts";
import { GRANTS } from "../policy.ts";

/** Verified identity of a caller; the local user of the program has none. */
export type LfxIdentity =
  | {
      readonly subject: string;
      /** The authorization server that issued a person's token; absent for machines and static API keys. */
      readonly issuer?: string;
    }
  | undefined;

/** The claims of a verified access token. */
export type LfxToken = {
  /** `sub`; empty if absent. */
  readonly subject: string;
  /** The OAuth client that the token was issued to, for the log. */
  readonly clientId?: string | undefined;
  /** The scopes that grant access here; any others are ignored. */
  readonly scopes: readonly string[];
  readonly staff: boolean;
  /** Whether a program got the token for itself, not for a person. */
  readonly isMachine: boolean;
  /** Seconds since 1970, as in the `exp` claim. */
  readonly expiresAt: number;
};

const SCOPES: readonly string[] = [GRANTS.read, GRANTS.manage];

/** Auth0 appends this to the `sub` of client-credentials tokens. */
const MACHINE_SUFFIX = "@clients";

/** Their `gty` claim, as Auth0 and RFC 6749, section 4.4.2, spell it. */
const MACHINE_GRANTS: readonly unknown[] = ["client-credentials", "client_credentials"];

/** Reads the claims of a verified token. @throws TokenInvalid if its audience isn't `resource` (RFC 8707, section 2) */
export function createClaimsReader(resource: string): (claims: JWTPayload) => LfxToken {
  const audience = canonicalResource(resource);
  if (audience === undefined) throw new TypeError("a resource must be an http(s) URL without a fragment");

  return (claims) => {
    const audiences = [claims.aud].flat().filter((value) => typeof value === "string");
    if (!audiences.some((value) => canonicalResource(value) === audience))
      throw new TokenInvalid("the token is for another resource");
    const { sub: subject = "" } = claims;
    if (typeof subject !== "string") throw new TokenInvalid("sub is not a string");
    // `scope` (a string) takes precedence over `scopes` (a list), even if it is empty.
    const { scope, scopes } = claims;
    const granted = typeof scope === "string" ? scope.split(/\s+/) : Array.isArray(scopes) ? scopes : [];
    const clientId = claims.client_id ?? claims.azp;
    return {
      subject,
      clientId: typeof clientId === "string" ? clientId : undefined,
      scopes: SCOPES.filter((known) => granted.includes(known)),
      // The authorization server sends a boolean; reject the string "true".
      staff: claims[GRANTS.staff] === true,
      isMachine: isMachine(subject, claims),
      expiresAt: claims.exp ?? 0,
    };
  };
}

/**
 * A machine acts with this server's own rights, so a subject that a person may have chosen is not enough: every claim
 * about the grant type and the client must agree with it. An issuer may omit them.
 */
function isMachine(subject: string, { gty, azp, client_id: client }: JWTPayload): boolean {
  if (!subject.endsWith(MACHINE_SUFFIX)) return false;
  const names: readonly unknown[] = [undefined, subject, subject.slice(0, -MACHINE_SUFFIX.length)];
  const isOwn = names.includes(azp) && names.includes(client);
  return isOwn && (gty === undefined || [gty].flat().some((grant) => MACHINE_GRANTS.includes(grant)));
}

/** The caller for a verified token. A person's own token becomes the credential, to exchange for one that LFX accepts. */
export function toCaller(
  { subject, clientId, scopes, staff, isMachine }: LfxToken,
  issuer: string,
  token: string,
): Caller<LfxIdentity> {
  const claims = [...(staff ? [GRANTS.staff] : []), ...(isMachine ? [] : [GRANTS.user])];
  const grants = new Set<string>([...scopes, ...claims]);
  const key = `${issuer} ${subject || token}`;
  return isMachine
    ? { grants, identity: { subject }, logFields: { machine: subject }, key }
    : {
        grants,
        identity: { subject, issuer },
        logFields: { user: subject, clientId },
        key,
        credential: token,
      };
}

/** The caller for a static API key: may read and manage, but is neither staff nor a person. */
export function toApiKeyCaller(owner: string): Caller<LfxIdentity> {
  const identity = { subject: owner };
  return { grants: new Set<string>(SCOPES), identity, logFields: { key: owner }, key: owner };
}
