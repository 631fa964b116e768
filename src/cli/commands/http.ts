import process from "node:process";
import { TokenInvalid } from "../../auth/errors.ts";
import { createMetadataClient } from "../../auth/jwks.ts";
import { createHttpClient } from "../../http-client/client.ts";
import { createInternalHttpClient, type InternalPost } from "../../http-client/internal.ts";
import { withMetrics, withTiming } from "../../http-client/types.ts";
import { userAgentFor } from "../../http-client/user-agent.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { LightfastApi } from "../../platforms/lightfast/api.ts";
import { lightfastServerInfo } from "../../platforms/lightfast/catalog.ts";
import { type OAuthSettings, resolveLightfastHttpSettings } from "../../platforms/lightfast/config/http.ts";
import type { LightfastFlags, LightfastHttpFlags } from "../../platforms/lightfast/config/options.ts";
import { parseApiKey } from "../../platforms/lightfast/config/upstream.ts";
import { createAppConnection } from "../../platforms/lightfast/hosted/app-connection.ts";
import { createAuditQueue, MAX_CONCURRENCY } from "../../platforms/lightfast/hosted/audit-queue.ts";
import {
  createAuthenticator,
  createGrantCheck,
  createVerifier,
} from "../../platforms/lightfast/hosted/auth.ts";
import { defineHostedServer } from "../../platforms/lightfast/hosted/server.ts";
import { KNOWN_SCOPES, TOOL_SCOPES } from "../../platforms/lightfast/policy.ts";
import { createRestApi } from "../../platforms/lightfast/rest-api.ts";
import type { Logger } from "../../shared/logger.ts";
import { renderLandingPage } from "../../transports/http/landing-page.ts";
import type { ServerMetrics } from "../../transports/http/metrics.ts";
import { type HttpService, serveHttp } from "../../transports/http/serve.ts";
import { type Context, createContext, createServer } from "../context.ts";
import { createJsonLogger } from "../http-log.ts";

const NAME = "Lightfast MCP server";
const DOCUMENTATION = "https://lightfast.ai/docs/integrate/mcp";

/** What every client is told, however it proves who it is. */
function front(resourceUrl: URL, entry: string) {
  return {
    challengeScope: TOOL_SCOPES.join(" "),
    page: renderLandingPage(resourceUrl, {
      name: "lightfast",
      heading: NAME,
      purpose: "it lets an AI client record signals in Lightfast and follow how they are classified.",
      entry,
      documentation: DOCUMENTATION,
    }),
  };
}

/** Protected resource metadata (RFC 9728, section 2). */
function metadataOf(resourceUrl: URL, issuer: string) {
  return {
    resource: resourceUrl.href,
    authorization_servers: [issuer],
    scopes_supported: TOOL_SCOPES,
    bearer_methods_supported: ["header"],
    resource_name: NAME,
    resource_documentation: DOCUMENTATION,
  };
}

/** What may be in the audit queue at shutdown gets so long to be delivered. */
const DRAIN_MS = 10_000;

type LightfastWay = HttpService<LightfastApi>;

type Surroundings = {
  readonly context: Context;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  /** The public address of the endpoint. */
  readonly resourceUrl: URL;
};

/** The same way, with the time of each request told to the metrics. */
function measured(post: InternalPost, metrics: ServerMetrics): InternalPost {
  return (request, ...rest) =>
    withTiming(
      (outcome, seconds) => metrics.upstream(request.url.pathname, outcome, seconds),
      () => post(request, ...rest),
    );
}

/** Remote callers with tokens of the authorization server; tools call the app in their name. */
function oauthWay(oauth: OAuthSettings, surroundings: Surroundings): LightfastWay {
  const { context, log, metrics, resourceUrl } = surroundings;
  const calls = createInternalHttpClient();
  const documents = createMetadataClient(context.settings.proxies, log);
  // A way of its own, so that a slow audit never keeps a caller waiting.
  const audits = createInternalHttpClient(MAX_CONCURRENCY);
  const { appUrl, issuer, secret, jwksUrl, grantCacheSeconds: cacheSeconds } = oauth;
  const app = createAppConnection({ post: measured(calls.post, metrics), appUrl, secret });
  const audit = createAuditQueue({
    app: createAppConnection({ post: measured(audits.post, metrics), appUrl, secret }),
    log,
    onChange: (size, lost) => {
      metrics.auditQueue(size);
      if (lost > 0) metrics.auditLost(lost);
    },
  });
  const verify = createAuthenticator({
    verify: createVerifier({
      issuer,
      resource: resourceUrl.href,
      knownScopes: KNOWN_SCOPES,
      secret,
      jwksUrl,
      fetchJson: documents.fetchJson,
      log,
    }),
    checkGrant: createGrantCheck({ app, resource: resourceUrl.href, cacheSeconds }),
  });
  const { timeoutMs } = context.settings;
  return {
    ...front(resourceUrl, "You will be asked to sign in."),
    metadata: metadataOf(resourceUrl, issuer),
    access: { kind: "bearer", verify },
    server: defineHostedServer({ app, audit, timeoutMs, redact: context.redact, log }),
    close: async () => {
      const left = await audit.drain(DRAIN_MS);
      if (left > 0) log.error("audit events were not delivered", { left });
      await Promise.all([calls.close(), audits.close(), documents.close()]);
    },
  };
}

/** Remote callers with Lightfast API keys of their own; tools call REST v1 with them. */
function apiKeyWay({ context, log, metrics, resourceUrl }: Surroundings): LightfastWay {
  const { redact, settings, upstream } = context;
  const { timeoutMs, proxies } = settings;
  // The sandbox has an address of its own.
  const baseUrl = "baseUrl" in upstream ? upstream.baseUrl : settings.baseUrl;
  const http = withMetrics(createHttpClient(proxies, log), (outcome, seconds) =>
    metrics.upstream("/api/v1", outcome, seconds),
  );
  return {
    ...front(resourceUrl, "Give it your Lightfast API key as the bearer token."),
    metadata: undefined,
    access: {
      kind: "bearer",
      verify: async (token) => {
        const credential = parseApiKey({ value: token, source: "the Authorization header" });
        if (credential.state !== "ready") throw new TokenInvalid(credential.problem);
        return { grants: "all", identity: undefined, credential: credential.key };
      },
    },
    server: {
      ...lightfastServerInfo(),
      timeoutMs,
      redact,
      log,
      close: () => http.close(),
      connect: ({ caller, client }, deadline) =>
        createRestApi(
          { http, baseUrl, apiKey: caller.credential ?? "", userAgent: userAgentFor(client) },
          deadline,
        ),
    },
    close: () => http.close(),
  };
}

/** Anybody who reaches the port, on this machine alone; tools call with this server's own key. */
function openWay({ context, log, resourceUrl }: Surroundings): LightfastWay {
  const server = createServer({ ...context, log });
  return {
    ...front(resourceUrl, "It asks nobody who he is, and is for this machine alone."),
    metadata: undefined,
    access: { kind: "open", caller: LOCAL_CALLER },
    server,
    close: () => server.close(),
  };
}

/** Serves Lightfast to remote clients, over Streamable HTTP. */
export async function http(own: LightfastHttpFlags, flags: LightfastFlags): Promise<void> {
  const context = await createContext(flags);
  const settings = resolveLightfastHttpSettings(own, process.env, context.settings);
  const log = createJsonLogger(
    flags.logLevel || process.env.LIGHTFAST_LOG_LEVEL ? context.settings.logLevel : "info",
  );
  for (const notice of settings.notices) log.warn(notice);
  const { auth, oauth } = settings;
  await serveHttp(settings, log, (resourceUrl, metrics) => {
    const surroundings = { context, log, metrics, resourceUrl };
    if (oauth) return oauthWay(oauth, surroundings);
    return auth === "none" ? openWay(surroundings) : apiKeyWay(surroundings);
  });
}
