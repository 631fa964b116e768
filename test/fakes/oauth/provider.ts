import type { JWK } from "jose";
import { type Client, errors, Provider, type ResourceServerInfo, type Token } from "oidc-provider";
import { addMachineGrants, type ResourceLookup, TOKEN_EXCHANGE, type TokenCheck } from "./grants.ts";
import type { SigningAlgorithm, SigningKeys } from "./keys.ts";

/** An API with access tokens. */
export type Resource = {
  readonly scopes: readonly string[];
  /** Lifetime of its access tokens. Default: 900. */
  readonly lifetimeSeconds?: number;
};

/** A registered client that uses client credentials and token exchange. */
export type MachineClient = { readonly id: string } & (
  | { readonly secret: string }
  /** For private_key_jwt (RFC 7523). */
  | { readonly publicKey: JWK }
);

/** The subject and audience of an access token. */
export type TokenSubject = {
  /** Undefined for a machine's token. */
  readonly account: string | undefined;
  readonly clientId: string;
  /** The consent behind it, if any. */
  readonly grantId: string | undefined;
  readonly audience: string;
};

export type ProviderOptions = {
  readonly alg: SigningAlgorithm;
  readonly keys: SigningKeys;
  readonly resources: ReadonlyMap<string, Resource>;
  readonly clients: readonly MachineClient[];
  readonly claims: (token: TokenSubject) => Readonly<Record<string, unknown>>;
  readonly check: TokenCheck;
  /** Shared by all providers of a server. */
  readonly adapter: (model: string) => object;
};

const DAY = 24 * 60 * 60;

/** The paths that Lightfast uses. */
const ROUTES = {
  authorization: "/oauth/authorize",
  token: "/oauth/token",
  registration: "/oauth/register",
  revocation: "/oauth/revoke",
  jwks: "/oauth/jwks",
};

function createResourceLookup(
  resources: ReadonlyMap<string, Resource>,
  alg: SigningAlgorithm,
): ResourceLookup {
  return (audience = "") => {
    const resource = resources.get(audience);
    if (!resource) throw new errors.InvalidTarget(`unknown resource ${audience}`);
    return {
      audience,
      scope: resource.scopes.join(" "),
      accessTokenTTL: resource.lifetimeSeconds ?? 900,
      accessTokenFormat: "jwt",
      jwt: { sign: { alg } },
    } satisfies ResourceServerInfo;
  };
}

function metadataOf(client: MachineClient): object {
  return {
    client_id: client.id,
    grant_types: ["client_credentials", TOKEN_EXCHANGE],
    redirect_uris: [],
    response_types: [],
    ...("secret" in client
      ? { client_secret: client.secret, token_endpoint_auth_method: "client_secret_post" }
      : { jwks: { keys: [client.publicKey] }, token_endpoint_auth_method: "private_key_jwt" }),
  };
}

function lifetimeOf(_: unknown, { resourceServer }: { resourceServer?: ResourceServerInfo }): number {
  return resourceServer?.accessTokenTTL ?? 900;
}

/** A real authorization server with dynamic registration, PKCE and resource indicators, for any account. */
export function createProvider(issuer: string, options: ProviderOptions): Provider {
  const { alg, keys, clients, claims, check, adapter } = options;
  const resourceOf = createResourceLookup(options.resources, alg);
  const provider = new Provider(issuer, {
    adapter,
    routes: ROUTES,
    jwks: { keys: keys.all() },
    clients: clients.map(metadataOf),
    clientAuthMethods: ["none", "client_secret_post", "private_key_jwt"],
    clientDefaults: { token_endpoint_auth_method: "none", id_token_signed_response_alg: alg },
    // A registration keeps no scope, so that a client may ask for others later.
    extraClientMetadata: {
      properties: ["scope"],
      validator: (_ctx: unknown, _key: string, _value: unknown, metadata: { scope?: string }) => {
        delete metadata.scope;
      },
    },
    cookies: { keys: ["a key for cookies"] },
    pkce: { required: () => true },
    responseTypes: ["code"],
    discovery: { userinfo_endpoint: new URL("/userinfo", issuer).href },
    scopes: ["openid", "offline_access", "profile", "email"],
    findAccount: (_: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    extraTokenClaims: (_: unknown, { accountId, clientId, grantId, aud = "" }: Token) =>
      claims({ account: accountId, clientId, grantId, audience: aud }),
    expiresWithSession: () => false,
    issueRefreshToken: (_: unknown, client: Client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: false,
    interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: false },
      userinfo: { enabled: false },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_: unknown, resource: string) => resourceOf(resource),
        useGrantedResource: () => true,
      },
    },
    ttl: {
      AccessToken: lifetimeOf,
      ClientCredentials: lifetimeOf,
      AuthorizationCode: 600,
      RefreshToken: 30 * DAY,
      IdToken: 900,
      Grant: 30 * DAY,
      Session: DAY,
      Interaction: 600,
    },
  });
  addMachineGrants(provider, resourceOf, check);
  return provider;
}
