import type { OAuthTokens } from "@modelcontextprotocol/sdk/shared/auth.js";
import { KNOWN_SCOPES } from "../../src/platforms/lightfast/policy.ts";
import { type FakeApp, fakeApp } from "../fakes/lightfast-app/server.ts";
import type { SigningAlgorithm } from "../fakes/oauth/keys.ts";
import { type AuthorizationServer, authorizationServer } from "../fakes/oauth/server.ts";
import { personalTokens } from "../fakes/oauth/tokens.ts";
import { type Hosted, serveHttp } from "./http-program.ts";
import type { Environment } from "./program.ts";

export const ORGANIZATION = "org_1";

/** The installed program with an authorization server and a fake app that share the grants. */
export type LightfastWithLogin = Hosted & {
  readonly app: FakeApp;
  readonly server: AuthorizationServer;
  /** Tokens of a person who signs in with the given name, for this program or another resource. */
  tokensOf(login: string, resource?: string): Promise<OAuthTokens>;
};

export async function lightfastWithLogin(
  options: { readonly alg?: SigningAlgorithm; readonly env?: Environment } = {},
): Promise<LightfastWithLogin> {
  const app = await fakeApp();
  const server = await authorizationServer({
    alg: options.alg ?? "ES256",
    claims: ({ account, grantId }) => ({
      user_id: account,
      org_id: ORGANIZATION,
      grant_id: grantId,
      token_use: "mcp_access",
    }),
    onConsent: ({ grantId, clientId, account }) =>
      void app.grants.set(grantId, { grantId, clientId, orgId: ORGANIZATION, userId: account }),
  });
  const hosted = await serveHttp(
    ["--issuer", server.issuer, "--jwks-url", server.jwksUrl, "--app-url", app.url.origin],
    { SERVICE_JWT_SECRET: app.secret, ...options.env },
  );
  app.resource = hosted.url;
  server.resources.set(hosted.url, { scopes: KNOWN_SCOPES });
  const scope = KNOWN_SCOPES.join(" ");
  return {
    ...hosted,
    app,
    server,
    tokensOf: (login, resource = hosted.url) => personalTokens(server.issuer, { resource, scope }, { login }),
  };
}
