import { createLocalJWKSet, importJWK, type JWTPayload, jwtVerify, SignJWT } from "jose";
import {
  type Client,
  type Context,
  errors,
  type Provider,
  type ResourceServerInfo,
  type Token,
} from "oidc-provider";
import type { SigningKeys } from "./keys.ts";

export const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

/** Finds a resource by its audience. @throws InvalidTarget if it is unknown */
export type ResourceLookup = (audience: string | undefined) => ResourceServerInfo;

/** Verifies access tokens of this server. */
export type TokenCheck = (token: string, audience?: string) => Promise<JWTPayload>;

export function createTokenCheck(issuer: string, keys: SigningKeys): TokenCheck {
  return async (token, audience) => {
    const expected = { issuer, typ: "at+jwt", ...(audience !== undefined && { audience }) };
    return (await jwtVerify(token, createLocalJWKSet(keys.published()), expected)).payload;
  };
}

/** Signs an access token with the given claims, which take precedence over the issuer's. */
export type TokenSigner = (claims: Readonly<Record<string, unknown>>) => Promise<string>;

export function createTokenSigner(issuer: string, keys: SigningKeys): TokenSigner {
  return async (claims) => {
    const [key] = keys.all();
    if (!key?.alg || !key.kid) throw new Error("no signing key");
    const iat = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: issuer, iat, exp: iat + 900, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: "at+jwt" })
      .sign(await importJWK(key));
  };
}

const INVALID_SUBJECT = "the subject token is invalid";

/**
 * Adds the grants of confidential clients for the API in `audience`: client credentials (RFC 6749, section 4.4) and
 * token exchange (RFC 8693). For an exchange `subject_token_type` is the resource of the subject token, and the subject
 * must be a person.
 */
export function addMachineGrants(provider: Provider, resourceOf: ResourceLookup, check: TokenCheck): void {
  const respond = async (ctx: Context, token: Token, resource: ResourceServerInfo): Promise<void> => {
    token.resourceServer = new provider.ResourceServer(resource.audience, resource);
    ctx.oidc.entity(token.accountId === undefined ? "ClientCredentials" : "AccessToken", token);
    const access_token = await token.save();
    ctx.body = { access_token, expires_in: token.expiration, token_type: "Bearer", scope: token.scope };
  };

  const resolveScope = (requested: string | undefined, { scope }: ResourceServerInfo): string => {
    if (requested === undefined) return scope;
    if (requested.split(" ").every((one) => scope.split(" ").includes(one))) return requested;
    throw new errors.InvalidScope("the resource has no such scope");
  };

  const clientOf = ({ oidc }: Context): Client => {
    if (!oidc.client) throw new errors.InvalidRequest("no client");
    return oidc.client;
  };

  provider.registerGrantType(
    "client_credentials",
    async (ctx) => {
      const { audience, resource: indicator, scope } = ctx.oidc.params ?? {};
      const resource = resourceOf(audience ?? indicator);
      const fields = { client: clientOf(ctx), scope: resolveScope(scope, resource) };
      await respond(ctx, new provider.ClientCredentials(fields), resource);
    },
    ["audience", "resource", "scope"],
  );

  provider.registerGrantType(
    TOKEN_EXCHANGE,
    async (ctx) => {
      const { audience, subject_token = "", subject_token_type } = ctx.oidc.params ?? {};
      const source = resourceOf(subject_token_type);
      const { sub = "" } = await check(subject_token, source.audience).catch(() => {
        throw new errors.InvalidRequest(INVALID_SUBJECT);
      });
      if (sub.endsWith("@clients")) throw new errors.InvalidRequest(INVALID_SUBJECT);
      const resource = resourceOf(audience);
      const fields = { client: clientOf(ctx), scope: resource.scope, accountId: sub };
      await respond(ctx, new provider.AccessToken(fields), resource);
    },
    ["audience", "subject_token", "subject_token_type"],
  );
}
