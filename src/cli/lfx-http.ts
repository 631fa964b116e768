import process from "node:process";
import { LOCAL_CALLER } from "../core/caller.ts";
import type { Logger } from "../core/logger.ts";
import type { LfxApi } from "../lfx/api.ts";
import { createLfxAuthenticator } from "../lfx/inbound/authenticator.ts";
import { defineLfxServer } from "../lfx/server.ts";
import { type LfxHttpSettings, resolveLfxHttpSettings } from "../lfx/settings/http.ts";
import type { CallerAccess } from "../transports/http/options.ts";
import { redactAll } from "./context.ts";
import { createJsonLogger } from "./http-log.ts";
import { pageOf } from "./http-page.ts";
import { type LfxCommandFlags, resolveBoth } from "./lfx-context.ts";
import { serveHttp, type Way } from "./serve-http.ts";

const NAME = "LFX MCP server";
const DOCUMENTATION = "https://github.com/lightfastai/mcp/blob/main/docs/lfx.md";

/** Protected resource metadata (RFC 9728, section 2). Issuers of this kind end in a slash. */
const metadataOf = (resource: string, { issuers, scopes }: LfxHttpSettings) => ({
  resource,
  authorization_servers: issuers.map((issuer) => `${issuer}/`),
  scopes_supported: scopes,
  bearer_methods_supported: ["header"],
  resource_name: NAME,
  resource_documentation: DOCUMENTATION,
});

const accessOf = (settings: LfxHttpSettings, resource: string, log: Logger): CallerAccess => {
  if (settings.auth === "none") return { kind: "open", caller: LOCAL_CALLER };
  const { issuers, apiKeys } = settings;
  return {
    kind: "bearer",
    verify: createLfxAuthenticator({ issuers, resource, apiKeys, log }),
  };
};

/** Serves LFX to remote clients, over Streamable HTTP. */
export const lfxHttp = async (flags: LfxCommandFlags): Promise<void> => {
  const [base, settings] = resolveBoth(flags, () => resolveLfxHttpSettings(flags, process.env));
  const { timeoutMs, proxies, logLevel } = base;
  const level = flags.logLevel || process.env.LIGHTFAST_LOG_LEVEL ? logLevel : "info";
  const log = createJsonLogger(settings.debug ? "debug" : level);
  for (const notice of settings.notices) log.warn(notice);
  const redact = redactAll();

  await serveHttp(settings, log, (resourceUrl, metrics): Way<LfxApi> => {
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
      access: accessOf(settings, resource, log),
      server,
      metadata: settings.auth === "oauth" ? metadataOf(resource, settings) : undefined,
      challengeScope: settings.scopes.join(" "),
      page: pageOf(resourceUrl, {
        name: "lfx",
        heading: NAME,
        purpose: "it lets an AI client work with the Linux Foundation's projects, committees and meetings.",
        documentation: DOCUMENTATION,
      }),
      close: () => server.close(),
    };
  });
};
