import process from "node:process";
import { createMetadataClient, type FetchJson } from "../../auth/jwks.ts";
import { LOCAL_CALLER } from "../../mcp/tool.ts";
import type { LfxApi } from "../../platforms/lfx/api.ts";
import { createLfxAuthenticator } from "../../platforms/lfx/auth/authenticator.ts";
import { type LfxHttpSettings, resolveLfxHttpSettings } from "../../platforms/lfx/config/http.ts";
import { defineLfxServer } from "../../platforms/lfx/server.ts";
import type { Logger } from "../../shared/logger.ts";
import { createRedactor } from "../../shared/redact.ts";
import { renderLandingPage } from "../../transports/http/landing-page.ts";
import { type HttpService, serveHttp } from "../../transports/http/serve.ts";
import type { CallerAccess } from "../../transports/http/types.ts";
import { installOutputRedactor } from "../context.ts";
import { createJsonLogger } from "../http-log.ts";
import { type LfxCommandFlags, resolveBoth } from "./lfx.ts";

const NAME = "LFX MCP server";
const DOCUMENTATION = "https://github.com/lightfastai/mcp/blob/main/docs/lfx.md";

/** Protected resource metadata (RFC 9728, section 2). Issuers of this kind end in a slash. */
function metadataOf(resource: string, { issuers, scopes }: LfxHttpSettings) {
  return {
    resource,
    authorization_servers: issuers.map((issuer) => `${issuer}/`),
    scopes_supported: scopes,
    bearer_methods_supported: ["header"],
    resource_name: NAME,
    resource_documentation: DOCUMENTATION,
  };
}

function accessOf(
  settings: LfxHttpSettings,
  resource: string,
  document: FetchJson,
  log: Logger,
): CallerAccess {
  if (settings.auth === "none") return { kind: "open", caller: LOCAL_CALLER };
  const { issuers, apiKeys } = settings;
  return {
    kind: "bearer",
    verify: createLfxAuthenticator({ issuers, resource, apiKeys, fetchJson: document, log }),
  };
}

/** Serves LFX to remote clients, over Streamable HTTP. */
export async function lfxHttp(flags: LfxCommandFlags): Promise<void> {
  const [base, settings] = resolveBoth(flags, () => resolveLfxHttpSettings(flags, process.env));
  const { timeoutMs, proxies, logLevel } = base;
  const level = flags.logLevel || process.env.LIGHTFAST_LOG_LEVEL ? logLevel : "info";
  const log = createJsonLogger(settings.debug ? "debug" : level);
  for (const notice of settings.notices) log.warn(notice);
  installOutputRedactor();
  // Results hold back what is sent upstream and could come back. Whoever guesses a key must not learn by a result that
  // he was right, so the callers' own keys are held back from the log alone.
  const proof = settings.upstream.client?.proof;
  const redact = createRedactor(proof && "secret" in proof ? [proof.secret] : []);
  const documents = createMetadataClient(proxies, log);

  await serveHttp(settings, log, (resourceUrl, metrics): HttpService<LfxApi> => {
    const resource = settings.resource ?? resourceUrl.href;
    const server = defineLfxServer({
      settings,
      resource,
      hasUsers: settings.auth === "oauth",
      timeoutMs,
      proxies,
      redact,
      log,
      observeUpstream: metrics.upstream,
    });
    return {
      access: accessOf(settings, resource, documents.fetchJson, log),
      server,
      metadata: settings.auth === "oauth" ? metadataOf(resource, settings) : undefined,
      challengeScope: settings.scopes.join(" "),
      page: renderLandingPage(resourceUrl, {
        name: "lfx",
        heading: NAME,
        entry:
          settings.auth === "oauth"
            ? "You will be asked to sign in."
            : "It asks nobody who he is, and is for this machine alone.",
        purpose: "it lets an AI client work with the Linux Foundation's projects, committees and meetings.",
        documentation: DOCUMENTATION,
      }),
      close: async () => void (await Promise.all([server.close(), documents.close()])),
    };
  });
}
