import { hash } from "node:crypto";
import process from "node:process";
import { TokenInvalid } from "../../auth/errors.ts";
import { createMetadataClient } from "../../auth/jwks.ts";
import { describeSettings } from "../../config/http.ts";
import { createHttpClient } from "../../http-client/client.ts";
import {
  createInternalHttpClient,
  type InternalHttpClient,
  type InternalPost,
} from "../../http-client/internal.ts";
import { withMetrics, withTiming } from "../../http-client/types.ts";
import { userAgentFor } from "../../http-client/user-agent.ts";
import { ToolError } from "../../mcp/errors.ts";
import type { Redact } from "../../mcp/server.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import { lightfastServerInfo } from "../../platforms/lightfast/catalog.ts";
import { LIGHTFAST_ENTRIES } from "../../platforms/lightfast/config/entries.ts";
import {
  type LightfastHttpSettings,
  type OAuthSettings,
  resolveLightfastHttpSettings,
} from "../../platforms/lightfast/config/http.ts";
import {
  LIGHTFAST_HTTP_OPTIONS,
  type LightfastHttpFlags,
} from "../../platforms/lightfast/config/http-options.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags } from "../../platforms/lightfast/config/options.ts";
import type { LightfastSettings } from "../../platforms/lightfast/config/resolve.ts";
import { parseApiKey } from "../../platforms/lightfast/config/upstream.ts";
import { createAppConnection } from "../../platforms/lightfast/hosted/app-connection.ts";
import { openAuditJournal } from "../../platforms/lightfast/hosted/audit-journal.ts";
import { createAuditQueue, MAX_CONCURRENCY } from "../../platforms/lightfast/hosted/audit-queue.ts";
import {
  createAuthenticator,
  createGrantCheck,
  createVerifier,
  type LightfastIdentity,
} from "../../platforms/lightfast/hosted/auth.ts";

import { defineHostedServer } from "../../platforms/lightfast/hosted/server.ts";
import { KNOWN_SCOPES, scopesOf, TOOL_SCOPES } from "../../platforms/lightfast/policy.ts";
import { createRestApi } from "../../platforms/lightfast/rest-api.ts";
import { defineLightfastServer } from "../../platforms/lightfast/server.ts";
import type { Logger } from "../../shared/logger.ts";
import type { ServerMetrics } from "../../transports/http/metrics.ts";
import { bindHttpServer } from "../../transports/http/serve.ts";
import type { HttpService } from "../../transports/http/types.ts";
import { PROGRAM, REPOSITORY_URL, version } from "../../version.ts";
import { installOutputRedactor, keysIn, openUpstream } from "../context.ts";
import { createJsonLogger } from "../http-log.ts";
import { listRemoteSetups, type RemoteSetup } from "../remote-setups.ts";

/** Serves Lightfast to remote clients over Streamable HTTP. */
export async function http(flags: LightfastHttpFlags & LightfastFlags): Promise<void> {
  const settings = resolveLightfastHttpSettings(flags, process.env);
  const { auth, oauth, lightfast } = settings;
  const redact = installOutputRedactor(...(lightfast ? keysIn(lightfast) : []));
  const log = createJsonLogger(settings.logLevel);
  for (const { message } of settings.warnings) log.warn(message);

  const server = await bindHttpServer(settings, log);
  const deps = { ...server, redact, log };
  const start = { version, platform: "lightfast", auth, settings: describe(settings, flags) };
  if (oauth) server.serve(await createOAuthService(oauth, settings, deps), start);
  else if (lightfast)
    server.serve(
      auth === "none"
        ? await createLocalService(lightfast, deps)
        : await createApiKeyService(lightfast, deps),
      start,
    );
}

/** The settings in effect. Callers' tokens make those of an own key meaningless. */
function describe(settings: LightfastHttpSettings, flags: LightfastHttpFlags & LightfastFlags) {
  const { oauth, lightfast } = settings;
  const { apiKey: _key, baseUrl: _url, profile: _profile, sandbox: _sandbox, ...common } = LIGHTFAST_OPTIONS;
  const tables = [oauth ? common : LIGHTFAST_OPTIONS, LIGHTFAST_HTTP_OPTIONS];
  const baseUrl = lightfast?.sandbox ? undefined : lightfast?.baseUrl.href;
  const effective = { "app-url": oauth?.appUrl.href, "base-url": baseUrl };
  return describeSettings(tables, flags, process.env, settings, effective);
}

type ServiceDeps = {
  /** Canonical URL of the MCP endpoint. */
  readonly resourceUrl: URL;
  readonly metrics: ServerMetrics;
  readonly redact: Redact;
  readonly log: Logger;
};

/** What every authentication mode shows to clients. */
function present(url: string, auth: RemoteSetup["auth"]) {
  return {
    challengeScope: TOOL_SCOPES.join(" "),
    landingPage: {
      heading: "Lightfast MCP server",
      purpose: "record signals in Lightfast and follow how they are classified.",
      documentation: REPOSITORY_URL,
      program: `${PROGRAM.name} ${version}`,
      setups: listRemoteSetups({ name: "lightfast", url, rules: LIGHTFAST_ENTRIES, auth }),
    },
  };
}

/** Time at shutdown to finish writes of disconnected callers and to deliver queued audit events. */
const DRAIN_MS = 10_000;
/** The part of it that may go to the writes. */
const FINISH_WRITES_MS = 5000;

/** Connections for tool calls: enough for eight callers who use all that one caller may. */
const CALL_CONNECTIONS = 256;

/** Callers with access tokens of the authorization server. Tools call the app on their behalf. */
async function createOAuthService(
  { appUrl, issuer, secret, jwksUrl, grantCacheSeconds: cacheSeconds, auditJournal }: OAuthSettings,
  { tools, timeoutMs, proxies }: LightfastHttpSettings,
  { resourceUrl, metrics, redact, log }: ServiceDeps,
): Promise<HttpService<LightfastIdentity>> {
  // Separate connections, so that neither slow calls nor slow audits delay the grant check of another caller.
  const calls = createInternalHttpClient(log, CALL_CONNECTIONS);
  const grants = createInternalHttpClient(log);
  const audits = createInternalHttpClient(log, MAX_CONCURRENCY);
  const metadataClient = createMetadataClient(proxies, log);
  const connect = ({ post }: InternalHttpClient) =>
    createAppConnection({ post: measure(post, metrics), appUrl, secret });
  const journal = auditJournal === undefined ? undefined : await openAuditJournal(auditJournal, log);
  const audit = createAuditQueue({
    app: connect(audits),
    log,
    journal,
    onChange: (size, lost) => {
      metrics.auditQueue(size);
      if (lost > 0) metrics.auditLost(lost);
    },
  });
  const resource = resourceUrl.href;
  const scopes = scopesOf(tools);
  const { fetchJson } = metadataClient;
  const verify = createAuthenticator({
    verify: createVerifier({ issuer, resource, knownScopes: KNOWN_SCOPES, secret, jwksUrl, fetchJson, log }),
    checkGrant: createGrantCheck({ app: connect(grants), resource, cacheSeconds }),
  });
  const server = defineHostedServer({ app: connect(calls), audit, tools, timeoutMs, redact, log });
  return {
    ...present(resource, "oauth"),
    challengeScope: scopes.join(" "),
    access: { kind: "bearer", verify },
    server,
    metadata: { resource, authorizationServers: [issuer], scopes },
    close: async () => {
      const deadline = performance.now() + DRAIN_MS;
      await server.idle(FINISH_WRITES_MS);
      // Ends the writes that are left, whose outcome is then audited as unknown.
      await calls.close();
      await server.idle(0);
      const left = await audit.drain(deadline - performance.now());
      if (left > 0) log.error("audit events were not delivered", { left });
      journal?.close();
      await Promise.all([grants, audits, metadataClient].map((client) => client.close()));
    },
  };
}

/** Callers with Lightfast API keys of their own. Tools call REST v1 with the caller's key. */
async function createApiKeyService(
  settings: LightfastSettings,
  { resourceUrl, metrics, redact, log }: ServiceDeps,
): Promise<HttpService<undefined>> {
  const { tools, timeoutMs, proxies } = settings;
  const upstream = await openUpstream(settings);
  const baseUrl = "baseUrl" in upstream ? upstream.baseUrl : settings.baseUrl;
  const client = withMetrics(createHttpClient(proxies, log), (outcome, seconds) =>
    metrics.upstream("/api/v1", outcome, seconds),
  );
  return {
    ...present(resourceUrl.href, "api-key"),
    access: {
      kind: "bearer",
      verify: async (token) => {
        const parsed = parseApiKey({ value: token, source: "the Authorization header" });
        if (parsed.state !== "ready") throw new TokenInvalid(parsed.problem);
        const { key } = parsed;
        return {
          grants: "all",
          identity: undefined,
          // A part of the digest tells keys apart and reveals nothing of a random key.
          get logFields() {
            return { key: `sha256:${hash("sha256", key, "hex").slice(0, 12)}` };
          },
          key,
          credential: key,
        };
      },
    },
    server: {
      ...lightfastServerInfo(tools),
      timeoutMs,
      redact,
      log,
      connect: (context, deadline) => {
        const { credential: apiKey } = context.caller;
        if (apiKey === undefined)
          throw new ToolError("missing_token", "No API key", {
            hint: "Send your lf_ key as a bearer token.",
          });
        const userAgent = userAgentFor(context.client);
        return createRestApi(
          { http: client, baseUrl, apiKey, userAgent, trace: context.trace, isCallersKey: true },
          deadline,
        );
      },
    },
    metadata: undefined,
    close: () => client.close(),
  };
}

/** Anyone on this machine. Tools call Lightfast with this server's own key. */
async function createLocalService(
  settings: LightfastSettings,
  { resourceUrl, redact, log }: ServiceDeps,
): Promise<HttpService<undefined>> {
  const { tools, timeoutMs, proxies } = settings;
  const upstream = await openUpstream(settings);
  const server = defineLightfastServer({ upstream, tools, timeoutMs, proxies, redact, log });
  return {
    ...present(resourceUrl.href, "none"),
    access: { kind: "open", caller: LOCAL_CALLER },
    server,
    metadata: undefined,
    close: () => server.close(),
  };
}

/** The same function, which also records the duration of each request. */
function measure(post: InternalPost, metrics: ServerMetrics): InternalPost {
  return (request, timeoutMs, signal) =>
    withTiming(
      (outcome, seconds) => metrics.upstream(request.url.pathname, outcome, seconds),
      () => post(request, timeoutMs, signal),
      () => signal,
    );
}
