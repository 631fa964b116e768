import type { JWTPayload } from "jose";
import { TokenInvalid } from "../../../auth/errors.ts";
import { canonicalResource } from "../../../auth/jwt.ts";
import type { Caller } from "../../../mcp/tool.ts";
import { GRANTS, SCOPE_BLIND_CLIENTS } from "../policy.ts";

/** Verified identity of a caller; the local user of the program has none. */
export type LfxIdentity =
  | {
      readonly subject: string;
      /** The authorization server that issued a person's token; absent for machines and static API keys. */
      readonly issuer?: string;
      /**
       * Staff, machines and API keys see people's data as LFX returns it. The latter two have no relations of their own
       * by which LFX could decide. Absent: no.
       */
      readonly fullView?: boolean;
      /** A person's LFX user name and email address, which tell their own records from those of others. */
      readonly username?: string | undefined;
      readonly email?: string | undefined;
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
  /** Whether the scopes are not the token's own, because its client could not request them. */
  readonly isScopeBlind: boolean;
  readonly username?: string | undefined;
  readonly email?: string | undefined;
  readonly staff: boolean;
  /** Whether a program got the token for itself, not for a person. */
  readonly isMachine: boolean;
  /** Seconds since 1970, as in the `exp` claim. */
  readonly expiresAt: number;
};

const SCOPES: readonly string[] = [GRANTS.read, GRANTS.manage];

const CLAIMS = { username: "http://lfx.dev/claims/username", email: "http://lfx.dev/claims/email" } as const;

/** Auth0 appends this to the `sub` of client-credentials tokens. */
const MACHINE_SUFFIX = "@clients";

/** Their `gty` claim, as Auth0 and RFC 6749, section 4.4.2, spell it. */
const MACHINE_GRANTS: readonly unknown[] = ["client-credentials", "client_credentials"];

/**
 * Reads the claims of a verified token. @throws TokenInvalid if its audience isn't `resource` (RFC 8707, section 2)
 * @param advertised the scopes that clients should request
 */
export function createClaimsReader(
  resource: string,
  advertised: readonly string[] = [],
): (claims: JWTPayload) => LfxToken {
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
    const own = SCOPES.filter((known) => granted.includes(known));
    const machine = isMachine(subject, claims);
    const isScopeBlind = own.length === 0 && !machine && isBlind(claims.client_id);
    return {
      subject,
      clientId: readText(claims.client_id ?? claims.azp),
      // Only to read: to write, a person must have granted the scope.
      scopes: isScopeBlind && SCOPES.some((scope) => advertised.includes(scope)) ? [GRANTS.read] : own,
      isScopeBlind,
      username: readText(claims[CLAIMS.username]),
      email: readText(claims[CLAIMS.email]),
      // The authorization server sends a boolean; reject the string "true".
      staff: claims[GRANTS.staff] === true,
      isMachine: machine,
      expiresAt: claims.exp ?? 0,
    };
  };
}

function isBlind(client: unknown): boolean {
  return typeof client === "string" && SCOPE_BLIND_CLIENTS.some((start) => client.startsWith(start));
}

/** A claim that is a text with content; otherwise undefined. */
function readText(claim: unknown): string | undefined {
  return typeof claim === "string" ? claim.trim() || undefined : undefined;
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

/**
 * The caller for a verified token. A person's own token becomes the credential, to exchange for one that LFX accepts.
 * Machines count as staff: the authorization server registers them one by one.
 */
export function toCaller(
  { subject, clientId, scopes, staff, isMachine, username, email }: LfxToken,
  issuer: string,
  token: string,
): Caller<LfxIdentity> {
  const claims = [...(staff || isMachine ? [GRANTS.staff] : []), ...(isMachine ? [] : [GRANTS.user])];
  const grants = new Set<string>([...scopes, ...claims]);
  const key = `${issuer} ${subject || token}`;
  return isMachine
    ? { grants, identity: { subject, fullView: true }, logFields: { machine: subject }, key }
    : {
        grants,
        identity: { subject, issuer, fullView: staff, username, email },
        logFields: { user: subject, clientId },
        key,
        credential: token,
      };
}

/** The caller for a static API key: may read and manage, but is neither staff nor a person. */
export function toApiKeyCaller(owner: string): Caller<LfxIdentity> {
  const identity = { subject: owner, fullView: true };
  return { grants: new Set<string>(SCOPES), identity, logFields: { key: owner }, key: owner };
}
