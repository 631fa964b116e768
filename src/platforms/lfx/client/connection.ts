import { createMetadataClient, discoverIssuer, type FetchJson } from "../../../auth/jwks.ts";
import { createTokenEndpoint } from "../../../auth/oauth-client.ts";
import { createTokenSources, type TokenSource, type TokenSources } from "../../../auth/token-source.ts";
import { createHttpClient } from "../../../http-client/client.ts";
import { type HttpClient, type ProxySettings, withMetrics } from "../../../http-client/types.ts";
import { userAgentFor } from "../../../http-client/user-agent.ts";
import { ToolError } from "../../../mcp/errors.ts";
import type { RequestContext } from "../../../mcp/server.ts";
import { createSharedCache } from "../../../shared/cache.ts";
import type { Deadline } from "../../../shared/deadline.ts";
import type { Logger } from "../../../shared/logger.ts";
import { createRedactor } from "../../../shared/redact.ts";
import type { LfxApi, RestClient } from "../api.ts";
import type { LfxIdentity } from "../auth/identity.ts";
import type { LfxUpstream } from "../config/resolve.ts";
import type { TokenOwner } from "../errors.ts";
import { assertWriter, createProjectIds } from "./access.ts";
import { createRestClient } from "./rest.ts";
import { createStaticTokenSource } from "./static-token.ts";

const BEARER = /^Bearer /;

/** The same client, with every request and its answer told at debug level; the token stands in neither. */
function logTraffic(http: HttpClient, log: Logger): HttpClient {
  return {
    ...http,
    send: async (request, deadline) => {
      const { method, url, body } = request;
      const redact = createRedactor([(request.headers.authorization ?? "").replace(BEARER, "")]);
      log.debug("request", { method, url: url.href, body: redact(body ?? "") });
      const answer = await http.send(request, deadline);
      log.debug("answer", { method, url: url.href, status: answer.status, body: redact(answer.body) });
      return answer;
    },
  };
}

const TIMEOUT_MS = 10_000;
const KEPT_MS = 10 * 60 * 1000;

/**
 * Where each issuer tells of its users.
 * @param now milliseconds since 1970
 */
function createUserInfoUrls(
  document: FetchJson,
  now: () => number = Date.now,
): (issuer: string) => Promise<URL> {
  const cache = createSharedCache<URL>(now);
  return (issuer) =>
    cache(issuer, async () => {
      const { userInfo } = await discoverIssuer(issuer, TIMEOUT_MS, document).catch((cause: unknown) => {
        throw new ToolError("upstream_error", `Failed to get user info: ${String(cause)}`, {
          hint: "It is safe to try again in a moment.",
          retryable: true,
          cause,
        });
      });
      return { value: userInfo, until: now() + KEPT_MS };
    });
}

export type LfxConnectionOptions = {
  readonly upstream: LfxUpstream;
  /** The public address of the endpoint, which is also what the authorization server calls callers' tokens. */
  readonly resource: string;
  readonly proxies: ProxySettings;
  readonly log: Logger;
  /** Whether what is sent to LFX and answered is logged, at debug level. */
  readonly debugTraffic: boolean;
  /** Told of each exchange with one of the services, by the service's name. */
  readonly observe?: ((service: string, outcome: string, seconds: number) => void) | undefined;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
};

/** The way to LFX, for all calls of the process. */
export type LfxConnection = {
  /** LFX as one caller meets it, for the time of one call. */
  connect(exchange: RequestContext<LfxIdentity>, deadline: Deadline): LfxApi;
  close(): Promise<void>;
};

const LIMITS = {
  // A page of a hundred documents, with their texts.
  maxResponseBytes: 16 * 1024 * 1024,
  // A question to Lens takes half a minute, and keeps its connection meanwhile.
  connections: 256,
};

/** A tool whose back end is missing is not offered, so nobody comes here but by a fault of the wiring. */
function required<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new Error(`${what} is not configured`);
  return value;
}

/** The token sources of this process: callers' own, and this server's. */
function createSources(
  { upstream, log, now }: LfxConnectionOptions,
  http: HttpClient,
): TokenSources | undefined {
  const { client } = upstream;
  if (!client) return undefined;
  const { clientId, tokenEndpoint: url, proof } = client;
  const clock = now && { now };
  return createTokenSources({
    endpoint: createTokenEndpoint({ url, clientId, clientAuthentication: proof, http, log, ...clock }),
    ...clock,
  });
}

export function createLfxConnection(options: LfxConnectionOptions): LfxConnection {
  const { upstream, resource, proxies, log, debugTraffic, observe = () => {}, now } = options;
  const http = createHttpClient(proxies, log, LIMITS);
  const traffic = debugTraffic ? logTraffic(http, log) : http;
  const told = (name: string, client: HttpClient): HttpClient =>
    withMetrics(client, (outcome, seconds) => observe(name, outcome, seconds));
  const clients = {
    lfx: told("lfx", traffic),
    lens: told("lens", traffic),
    onboarding: told("onboarding", traffic),
    userInfo: told("userInfo", traffic),
  };
  // What is sent for tokens is never logged: it is made of secrets.
  const sources = createSources(options, told("tokens", http));
  const ready =
    upstream.staticToken === undefined ? undefined : createStaticTokenSource(upstream.staticToken, now);
  const projectIds = createProjectIds(now);
  const documents = createMetadataClient(proxies, log);
  const userInfoUrl = createUserInfoUrls(documents.fetchJson, now);

  /** In whose name LFX is called: the caller's where he is a person, else this server's. */
  const lfxTokens = (audience: string, token: string | undefined): TokenSource => {
    if (ready) return ready;
    const own = required(sources, "LFXMCP_CLIENT_ID");
    return token === undefined ? own.clientCredentials(audience) : own.exchange(token, resource, audience);
  };

  const connect = (exchange: RequestContext<LfxIdentity>, deadline: Deadline): LfxApi => {
    const { identity, credential: token } = exchange.caller;
    const headers = { ...exchange.trace, "user-agent": userAgentFor(exchange.client) };
    const rest = (
      name: keyof typeof clients,
      baseUrl: URL,
      tokens: TokenSource,
      whose: TokenOwner = "caller",
    ): RestClient =>
      createRestClient({ http: clients[name], baseUrl, tokens, tokenOwner: whose, deadline, headers });
    const service = (name: "lens" | "onboarding"): RestClient => {
      const { url, audience } = required(upstream[name], name);
      return rest(name, url, required(sources, "LFXMCP_CLIENT_ID").clientCredentials(audience), "service");
    };
    const self = (): RestClient => {
      const { url, audience } = required(upstream.lfx, "LFXMCP_LFX_API_URL");
      const whose = ready ? "ready" : token === undefined ? "server" : "caller";
      return rest("lfx", url, lfxTokens(audience, token), whose);
    };
    return {
      lfx: { send: (request) => self().send(request) },
      lens: { send: (request) => service("lens").send(request) },
      subject: identity?.subject ?? "",
      onboarding: async (slug) => {
        const lfx = self();
        await assertWriter(await projectIds(slug, lfx), lfx);
        return service("onboarding");
      },
      userInfo: async () => {
        const own = required(token, "a user's own token");
        const url = await userInfoUrl(required(identity?.issuer, "the issuer of a user's token"));
        const source: TokenSource = { token: async () => own, invalidate: () => {} };
        return rest("userInfo", url, source).send({ method: "GET", path: "", operation: "get user info" });
      },
    };
  };

  return { connect, close: async () => void (await Promise.all([http.close(), documents.close()])) };
}
