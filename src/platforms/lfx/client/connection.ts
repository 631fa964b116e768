import { createMetadataClient, discoverIssuer, type FetchJson } from "../../../auth/jwks.ts";
import { createTokenEndpoint } from "../../../auth/oauth-client.ts";
import { createTokenSources, type TokenSource, type TokenSources } from "../../../auth/token-source.ts";
import { createHttpClient } from "../../../http-client/client.ts";
import {
  credentialRedactor,
  type HttpClient,
  type ProxySettings,
  withMetrics,
} from "../../../http-client/types.ts";
import { userAgentFor } from "../../../http-client/user-agent.ts";
import { ToolError } from "../../../mcp/errors.ts";
import type { RequestContext } from "../../../mcp/server.ts";
import { createSharedCache } from "../../../shared/cache.ts";
import type { Deadline } from "../../../shared/deadline.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { Trace } from "../../../shared/trace.ts";
import type { LfxApi, RestClient } from "../api.ts";
import type { LfxIdentity } from "../auth/identity.ts";
import type { LfxUpstream } from "../config/resolve.ts";
import { ACCESS_ADVICE, type TokenOwner, unusableResponse } from "../errors.ts";
import { checkAccess } from "./access-check.ts";
import { search } from "./query.ts";
import { createRestClient } from "./rest.ts";
import { maskSecrets } from "./secrets.ts";
import { createStaticTokenSource } from "./static-token.ts";

export type LfxConnectionOptions = {
  readonly upstream: LfxUpstream;
  /** Public URL of the MCP endpoint; the authorization server uses it as the type of callers' tokens. */
  readonly resource: string;
  readonly proxies: ProxySettings;
  readonly log: Logger;
  /** Whether to log requests and responses at debug level. */
  readonly debugTraffic: boolean;
  /** Called after each request with the service's name, the outcome and the duration. */
  readonly observe?: ((service: string, outcome: string, seconds: number) => void) | undefined;
  readonly now?: typeof Date.now;
};

/** The connections, tokens and caches that all calls of a process share. */
export type LfxConnection = {
  /** The LFX services on behalf of one caller, for the duration of one call. */
  connect(context: RequestContext<LfxIdentity>, deadline: Deadline): LfxApi;
  close(): Promise<void>;
};

const LIMITS = {
  // Enough for a page of a hundred documents with their texts.
  maxResponseBytes: 16 * 1024 * 1024,
  // A Lens query holds its connection for half a minute.
  connections: 256,
};

export function createLfxConnection(options: LfxConnectionOptions): LfxConnection {
  const { upstream, resource, proxies, log, debugTraffic, observe = () => {}, now } = options;
  const required = createRequire(resource !== "");
  const calls = createHttpClient(proxies, log, LIMITS);
  // Separate connections, so that slow calls delay no access check and no token of another caller.
  const checks = createHttpClient(proxies, log);
  const tokens = createHttpClient(proxies, log);
  const observed = (service: string, http: HttpClient): HttpClient =>
    withMetrics(http, (outcome, seconds) => observe(service, outcome, seconds));
  const logged = (http: HttpClient): HttpClient => (debugTraffic ? logTraffic(http, log) : http);
  const clients = {
    lfx: observed("lfx", logged(calls)),
    access: observed("lfx", logged(checks)),
    lens: observed("lens", logged(calls)),
    onboarding: observed("onboarding", logged(calls)),
    userInfo: observed("userInfo", logged(calls)),
  };
  // Token requests contain secrets and are never logged.
  const sources = createSources(options, observed("tokens", tokens));
  const staticToken =
    upstream.staticToken === undefined ? undefined : createStaticTokenSource(upstream.staticToken, now);
  const metadata = createMetadataClient(proxies, log);
  const userInfoUrl = createUserInfoUrls(metadata.fetchJson, now);

  const connect = ({ caller, client, trace }: RequestContext<LfxIdentity>, deadline: Deadline): LfxApi => {
    const { identity, credential } = caller;
    const headers = { "user-agent": userAgentFor(client) };
    const restClient = (http: HttpClient, baseUrl: URL, tokens: TokenSource, tokenOwner: TokenOwner) =>
      createRestClient({ http, baseUrl, tokens, tokenOwner, deadline, headers, trace });

    const serviceClient = (name: "lens" | "onboarding"): RestClient => {
      const { url, audience } = required(upstream[name], name);
      return restClient(
        clients[name],
        url,
        required(sources, "client").clientCredentials(audience),
        "service",
      );
    };
    /** Acts for the caller if it is a person, otherwise for this server. */
    const lfxClient = (http: HttpClient): RestClient => {
      const { url, audience } = required(upstream.lfx, "lfx");
      if (staticToken) return restClient(http, url, staticToken, "static");
      const serverSources = required(sources, "lfxToken");
      return credential === undefined
        ? restClient(http, url, serverSources.clientCredentials(audience), "server")
        : restClient(http, url, serverSources.exchange(credential, resource, audience), "server");
    };

    return {
      lfx: { send: (request) => lfxClient(clients.lfx).send(request) },
      lens: { send: (request) => serviceClient("lens").send(request) },
      checkAccess: (relations) => checkAccess(lfxClient(clients.access), relations),
      subject: identity?.subject ?? "",
      viewer: {
        fullView: identity ? identity.fullView === true : caller.grants === "all",
        username: identity?.username,
        email: identity?.email,
      },
      onboarding: async (slug) => {
        const lfx = lfxClient(clients.access);
        // Not cached: a slug can move, and the service acts on the project that has it now.
        await assertWriter(await findProject(slug, lfx), lfx);
        return serviceClient("onboarding");
      },
      userInfo: async () => {
        const own = credential && { token: async () => credential, invalidate: () => {} };
        const tokens: TokenSource = required(own || staticToken, "user");
        const issuer = required(own ? identity?.issuer : upstream.staticIssuer, "user");
        const url = await userInfoUrl(issuer, trace);
        const request = { method: "GET", path: "", operation: "get user info" } as const;
        return restClient(clients.userInfo, url, tokens, own ? "caller" : "static").send(request);
      },
    };
  };

  const close = async (): Promise<void> => {
    await Promise.all([calls, checks, tokens, metadata].map((client) => client.close()));
  };
  return { connect, close };
}

/** Requires that the caller, who is calling `lfx`, may write to a project. @throws ToolError `insufficient_scope` */
async function assertWriter(projectUid: string, lfx: RestClient): Promise<void> {
  if ((await checkAccess(lfx, [`project:${projectUid}#writer`])).size > 0) return;
  throw new ToolError("insufficient_scope", `Access denied: no writer relation to project ${projectUid}`, {
    hint: ACCESS_ADVICE,
  });
}

/** Resolves a project's slug to its UUID. @throws ToolError `not_found` if the caller sees no such project */
async function findProject(slug: string, lfx: RestClient): Promise<string> {
  const operation = `resolve project slug "${slug}"`;
  const page = await search({ lfx }, { type: "project", filters: [`slug:${slug}`], pageSize: 1, operation });
  const [project] = page.resources;
  if (!project)
    throw new ToolError("not_found", `Failed to ${operation}: no such project`, { hint: ACCESS_ADVICE });
  // Access is checked for this project only, so it must be the requested one.
  if (project.data?.slug !== slug) throw unusableResponse(operation, "the response is another project");
  if (!project.id) throw unusableResponse(operation, "the project has no id");
  return project.id.replace(/^project:/, "");
}

/** Logs requests and responses at debug level, without the bearer token and other secrets. */
function logTraffic(http: HttpClient, log: Logger): HttpClient {
  return {
    ...http,
    send: async (request, deadline) => {
      const { method, body } = request;
      const url = maskSecrets(request.url.href);
      log.debug("request", { method, url, body: maskSecrets(credentialRedactor(request)(body ?? "")) });
      const response = await http.send(request, deadline);
      log.debug("response", { method, url, status: response.status, body: maskSecrets(response.body) });
      return response;
    },
  };
}

/** Token exchange and client credentials of this server's OAuth client; undefined if none is configured. */
function createSources(options: LfxConnectionOptions, http: HttpClient): TokenSources | undefined {
  const { upstream, log, now } = options;
  if (!upstream.client) return undefined;
  const { clientId, tokenEndpoint: url, authentication: clientAuthentication } = upstream.client;
  const clock = now && { now };
  const endpoint = createTokenEndpoint({ url, clientId, clientAuthentication, http, log, ...clock });
  return createTokenSources({ endpoint, ...clock });
}

const DISCOVERY_TIMEOUT_MS = 10_000;
const DISCOVERY_CACHE_MS = 10 * 60 * 1000;

/** Finds and caches each issuer's userinfo endpoint. */
function createUserInfoUrls(
  fetchJson: FetchJson,
  now = Date.now,
): (issuer: string, trace?: Trace) => Promise<URL> {
  const cache = createSharedCache<URL>(now);
  const discover = (issuer: string, trace?: Trace) =>
    discoverIssuer(issuer, DISCOVERY_TIMEOUT_MS, fetchJson, trace).catch((cause: unknown) => {
      const hint = "It is safe to try again in a moment.";
      const message = `Failed to get user info: ${cause instanceof Error ? cause.message : cause}`;
      throw new ToolError("upstream_error", message, { hint, retryable: true, cause });
    });
  return (issuer, trace) =>
    cache(issuer, async () => {
      const { userInfo } = await discover(issuer, trace);
      return { value: userInfo, until: now() + DISCOVERY_CACHE_MS };
    });
}

const OWN_CLIENT =
  "LFXMCP_CLIENT_ID, LFXMCP_TOKEN_ENDPOINT, and LFXMCP_CLIENT_SECRET or LFXMCP_CLIENT_ASSERTION_SIGNING_KEY";

/** What may not be configured, the settings that it needs on stdio, and those over HTTP if they differ. */
const NEEDS = {
  lfx: [
    "LFX is not configured",
    "LFXMCP_LFX_API_URL and LFXMCP_LFX_TOKEN",
    `LFXMCP_LFX_API_URL, ${OWN_CLIENT},`,
  ],
  lfxToken: ["There is no token for LFX", `LFXMCP_LFX_TOKEN, or as a machine ${OWN_CLIENT},`, OWN_CLIENT],
  onboarding: [
    "Member Onboarding is not configured",
    `LFXMCP_ONBOARDING_API_URL, LFXMCP_ONBOARDING_API_AUDIENCE, ${OWN_CLIENT}`,
  ],
  lens: ["LFX Lens is not configured", `LFXMCP_LENS_API_URL, LFXMCP_LENS_API_AUDIENCE, ${OWN_CLIENT}`],
  client: ["This server has no OAuth client", OWN_CLIENT],
  user: ["There is no token of a user", "LFXMCP_LFX_TOKEN", "LFXMCP_AUTH=oauth (instead of --auth none)"],
} as const satisfies Readonly<Record<string, readonly [problem: string, local: string, shared?: string]>>;

/** @throws ToolError `missing_token` that says what to set if `value` is undefined */
type Require = <T>(value: T | undefined, need: keyof typeof NEEDS) => T;

/** @param isShared whether the server has callers other than the local user */
function createRequire(isShared: boolean): Require {
  return (value, need) => {
    if (value !== undefined) return value;
    const [problem, local, shared = local] = NEEDS[need];
    const [what, restart] = isShared
      ? [shared, "in this server's environment, then restart it"]
      : [local, "in the environment, then restart the server or run the command again"];
    throw new ToolError("missing_token", problem, { hint: `Nothing was sent. Set ${what} ${restart}.` });
  };
}
