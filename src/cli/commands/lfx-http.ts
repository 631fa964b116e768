import process from "node:process";
import { createMetadataClient } from "../../auth/jwks.ts";
import { describeSettings } from "../../config/http.ts";
import type { GivenFlags } from "../../config/reader.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import { createLfxAuthenticator } from "../../platforms/lfx/auth/authenticator.ts";
import type { LfxIdentity } from "../../platforms/lfx/auth/identity.ts";
import { LFX_ENTRIES } from "../../platforms/lfx/config/entries.ts";
import { type LfxHttpSettings, resolveLfxHttpSettings } from "../../platforms/lfx/config/http.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../platforms/lfx/config/options.ts";
import { openSandbox } from "../../platforms/lfx/config/resolve.ts";
import { defineLfxServer } from "../../platforms/lfx/server.ts";
import type { Logger } from "../../shared/logger.ts";
import { createRedactor } from "../../shared/redact.ts";
import type { ServerMetrics } from "../../transports/http/metrics.ts";
import { bindHttpServer } from "../../transports/http/serve.ts";
import type { HttpService } from "../../transports/http/types.ts";
import { PROGRAM, REPOSITORY_URL, version } from "../../version.ts";
import { installOutputRedactor } from "../context.ts";
import { createJsonLogger } from "../http-log.ts";
import { listRemoteSetups } from "../remote-setups.ts";

/** Serves LFX to remote clients over Streamable HTTP. */
export async function lfxHttp(flags: GivenFlags): Promise<void> {
  const settings = await openSandbox(resolveLfxHttpSettings(flags, process.env));
  installOutputRedactor();
  const log = createJsonLogger(settings.logLevel);
  for (const { message } of settings.warnings) log.warn(message);

  const server = await bindHttpServer(settings, log);
  const deps = { ...server, log };
  const service =
    settings.auth === "oauth" ? createOAuthService(settings, deps) : createLocalService(settings, deps);
  server.serve(service, {
    version,
    platform: "lfx",
    auth: settings.auth,
    settings: describeSettings([LFX_OPTIONS, LFX_HTTP_OPTIONS], flags, process.env, settings),
  });
}

type ServiceDeps = {
  /** Canonical URL of the MCP endpoint. */
  readonly resourceUrl: URL;
  readonly metrics: ServerMetrics;
  readonly log: Logger;
};

/** Callers with access tokens of the authorization servers, or with static API keys. */
function createOAuthService(settings: LfxHttpSettings, deps: ServiceDeps): HttpService<LfxIdentity> {
  const { issuers, apiKeys, scopes, proxies } = settings;
  const { log } = deps;
  const metadataClient = createMetadataClient(proxies, log);
  const { fetchJson } = metadataClient;
  const resource = resourceOf(settings, deps);
  const base = createBase(settings, deps);
  const verify = createLfxAuthenticator({ issuers, resource, apiKeys, scopes, fetchJson, log });
  return {
    ...base,
    access: { kind: "bearer", verify },
    // Issuers of this kind end in a slash.
    metadata: { resource, authorizationServers: issuers.map((issuer) => `${issuer}/`), scopes },
    close: async () => void (await Promise.all([base.close(), metadataClient.close()])),
  };
}

/** Anyone on this machine. Tools call LFX with this server's own credentials. */
function createLocalService(settings: LfxHttpSettings, deps: ServiceDeps): HttpService<LfxIdentity> {
  const access = { kind: "open", caller: LOCAL_CALLER } as const;
  return { ...createBase(settings, deps), access, metadata: undefined };
}

/** The resource as the operator wrote it, which the authorization server compares as text. */
function resourceOf({ resource }: LfxHttpSettings, { resourceUrl }: ServiceDeps): string {
  return resource ?? resourceUrl.href;
}

/** What both kinds of callers share. */
function createBase(
  settings: LfxHttpSettings,
  deps: ServiceDeps,
): Omit<HttpService<LfxIdentity>, "access" | "metadata"> {
  const { timeoutMs, proxies, scopes } = settings;
  const authentication = settings.upstream.client?.authentication;
  const resource = resourceOf(settings, deps);
  const server = defineLfxServer({
    settings,
    resource,
    hasUsers: settings.auth === "oauth",
    stepUp: settings.stepUp,
    offersAll: settings.incomplete.length > 0,
    timeoutMs,
    proxies,
    // Results hide only what could come back from upstream. If they hid API keys of callers too, a caller could guess a
    // key and see from a result that it was right.
    redact: createRedactor(authentication && "secret" in authentication ? [authentication.secret] : []),
    log: deps.log,
    observeUpstream: deps.metrics.upstream,
  });
  return {
    server,
    challengeScope: scopes.join(" "),
    landingPage: {
      heading: "LFX MCP server",
      purpose: "work with the Linux Foundation's projects, committees and meetings.",
      documentation: `${REPOSITORY_URL}/blob/main/docs/lfx.md`,
      program: `${PROGRAM.name} ${version}`,
      setups: listRemoteSetups({ name: "lfx", url: resource, rules: LFX_ENTRIES, auth: settings.auth }),
    },
    close: () => server.close(),
  };
}
