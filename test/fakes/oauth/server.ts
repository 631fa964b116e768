import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Context } from "oidc-provider";
import { createMemoryAdapter } from "oidc-provider/lib/adapters/memory_adapter.js";
import { onTestFinished } from "vitest";
import { createTokenCheck, createTokenSigner, type TokenSigner } from "./grants.ts";
import { createSigningKeys, type SigningAlgorithm } from "./keys.ts";
import { type Consent, createPages } from "./pages.ts";
import { createProvider, type MachineClient, type Resource, type TokenSubject } from "./provider.ts";
import { keySetRoutes, type Route, sendJson, userinfoRoute } from "./routes.ts";

/** A token request and its outcome. */
export type TokenRequest = {
  readonly grantType: string | undefined;
  readonly clientId: string | undefined;
  /** How the client authenticated. */
  readonly authentication: string | undefined;
  readonly audience: string | undefined;
  readonly subject: string | undefined;
  /** `issued`, or the error. */
  readonly outcome: string;
};

export type AuthorizationServerOptions = {
  readonly alg?: SigningAlgorithm;
  /** Whether the issuer has a trailing slash, as on some platforms. */
  readonly hasSlash?: boolean;
  readonly resources?: Readonly<Record<string, Resource>>;
  readonly clients?: readonly MachineClient[];
  /** Additional claims of access tokens. */
  readonly claims?: (token: TokenSubject) => Readonly<Record<string, unknown>>;
  /** User info of an account, besides `sub`. */
  readonly profile?: (account: string) => Readonly<Record<string, unknown>>;
  readonly onConsent?: (consent: Consent) => void;
  /** Called for each token request. */
  readonly onTokenRequest?: (request: TokenRequest) => void;
  /** Called for every request. */
  readonly onRequest?: (request: IncomingMessage) => void;
  /** Called for each key set request. */
  readonly onKeySetRead?: () => void;
};

/** An authorization server on loopback, with metadata (RFC 8414). */
export type AuthorizationServer = {
  readonly issuer: string;
  readonly tokenEndpoint: string;
  readonly jwksUrl: string;
  /** By audience. Mutable, because a server's URL may be known only later. */
  readonly resources: Map<string, Resource>;
  readonly tokenRequests: readonly TokenRequest[];
  /** The number of key set requests. */
  readonly keySetReads: () => number;
  /** Signs a token without a request. */
  readonly sign: TokenSigner;
  /** Publishes another key, which does not sign yet. */
  announceKey(): Promise<void>;
  /** Signs with the announced key or a new one, and removes the previous key. */
  rotateKeys(): Promise<void>;
  /** Closes the port and all connections. */
  stop(): Promise<void>;
};

function toTokenRequest({ oidc }: Context, outcome: string): TokenRequest {
  return {
    grantType: oidc.params?.grant_type,
    clientId: oidc.client?.clientId,
    authentication: oidc.client?.clientAuthMethod,
    audience: oidc.params?.audience ?? oidc.params?.resource,
    subject: oidc.entities.AccessToken?.accountId ?? oidc.entities.ClientCredentials?.clientId,
    outcome,
  };
}

/** Serves on a free port of 127.0.0.1. */
async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const { alg = "ES256", clients = [], claims = () => ({}), profile = () => ({}) } = options;
  const { onConsent = () => {}, onTokenRequest = () => {}, onKeySetRead = () => {} } = options;
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const issuer = options.hasSlash ? `${origin}/` : origin;

  const keys = await createSigningKeys(alg);
  const check = createTokenCheck(issuer, keys);
  const resources = new Map(Object.entries(options.resources ?? {}));
  const tokenRequests: TokenRequest[] = [];
  const adapter = createMemoryAdapter();

  const note = (ctx: Context, outcome: string): void => {
    const request = toTokenRequest(ctx, outcome);
    tokenRequests.push(request);
    onTokenRequest(request);
  };

  /** The keys of a provider are fixed, so each set of keys gets a new one with the same store. */
  const open = (): { protocol: Route; pages: Route } => {
    const provider = createProvider(issuer, { alg, keys, resources, clients, claims, check, adapter });
    provider.on("grant.success", (ctx) => note(ctx, "issued"));
    provider.on("grant.error", (ctx, error) => note(ctx, error?.message ?? "error"));
    return { protocol: provider.callback(), pages: createPages(provider, onConsent) };
  };
  let current = open();

  const keySet = keySetRoutes(keys, onKeySetRead);
  const routes: Record<string, Route> = { ...keySet.routes, "/userinfo": userinfoRoute(check, profile) };
  server.on("request", async (request, response) => {
    options.onRequest?.(request);
    const path = request.url?.split("?")[0] ?? "/";
    const route = routes[path] ?? (path.startsWith("/interaction/") ? current.pages : current.protocol);
    try {
      await route(request, response);
    } catch (error) {
      sendJson(response, 500, { error: String(error) });
    }
  });

  return {
    issuer,
    tokenEndpoint: `${origin}/oauth/token`,
    jwksUrl: `${origin}/oauth/jwks`,
    resources,
    tokenRequests,
    keySetReads: keySet.reads,
    sign: createTokenSigner(issuer, keys),
    announceKey: async () => {
      await keys.announce();
      current = open();
    },
    rotateKeys: async () => {
      await keys.rotate();
      current = open();
    },
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** Starts an authorization server that stops at the end of the test. */
export async function authorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const server = await startAuthorizationServer(options);
  onTestFinished(() => server.stop());
  return server;
}
