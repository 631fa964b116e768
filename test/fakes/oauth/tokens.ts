import {
  discoverAuthorizationServerMetadata,
  exchangeAuthorization,
  registerClient,
  startAuthorization,
} from "@modelcontextprotocol/sdk/client/auth.js";
import type { OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { type Person, visit } from "./browser.ts";

const REDIRECT = "http://127.0.0.1:9/callback";

/**
 * Registers a client and requests a person's tokens for a resource, without an MCP server.
 * @throws Error with the authorization server's error if the person or the server denies them
 */
export async function personalTokens(
  issuer: string,
  request: { readonly resource: string; readonly scope: string },
  person: Person,
): Promise<OAuthTokens> {
  const metadata = await discoverAuthorizationServerMetadata(issuer);
  if (!metadata) throw new Error(`no metadata at ${issuer}`);
  const clientInformation = await registerClient(issuer, {
    metadata,
    clientMetadata: { redirect_uris: [REDIRECT], token_endpoint_auth_method: "none" },
  });
  const common = { metadata, clientInformation, resource: new URL(request.resource) };
  const { authorizationUrl, codeVerifier } = await startAuthorization(issuer, {
    ...common,
    redirectUrl: REDIRECT,
    scope: request.scope,
  });
  const { searchParams } = await visit(authorizationUrl, person);
  const authorizationCode = searchParams.get("code");
  if (authorizationCode === null) throw new Error(searchParams.get("error") ?? "no code");
  return exchangeAuthorization(issuer, { ...common, authorizationCode, codeVerifier, redirectUri: REDIRECT });
}
