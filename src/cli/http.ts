import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { TOOL_SCOPES } from "../lightfast/scopes.ts";
import { type HttpSettings, resolveHttpSettings } from "../settings/http.ts";
import type { HttpFlags } from "../settings/http-options.ts";
import type { Flags } from "../settings/options.ts";
import { createHttpApp } from "../transports/http/app.ts";
import { type Listening, listen } from "../transports/http/listen.ts";
import { createMetrics, type ServerMetrics } from "../transports/http/metrics.ts";
import { SIGNALS } from "../transports/signals.ts";
import { createContext } from "./context.ts";
import { apiKeyWay, oauthWay, openWay, type Way } from "./http-access.ts";
import { createJsonLogger } from "./http-log.ts";
import { pageOf } from "./http-page.ts";

const DOCUMENTATION = "https://lightfast.ai/docs/integrate/mcp";

/** Protected resource metadata (RFC 9728, section 2). */
const metadataOf = (resourceUrl: URL, issuer: string) => ({
  resource: resourceUrl.href,
  authorization_servers: [issuer],
  scopes_supported: TOOL_SCOPES,
  bearer_methods_supported: ["header"],
  resource_name: "Lightfast MCP server",
  resource_documentation: DOCUMENTATION,
});

/** Names under which this machine reaches its own port. */
const loopbackHosts = (port: number): string[] =>
  ["127.0.0.1", "localhost", "[::1]"].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );

const isLoopbackBind = (host: string): boolean => loopbackHosts(80).includes(host) || host === "::1";

const hostsOf = ({ host, allowedHosts }: HttpSettings, resourceUrl: URL, port: number): ReadonlySet<string> =>
  new Set([resourceUrl.host, ...(isLoopbackBind(host) ? loopbackHosts(port) : []), ...allowedHosts]);

const urlOf = ({ host }: HttpSettings, port: number): URL =>
  new URL(`http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}/mcp`);

const serveMetrics = (port: number, host: string, metrics: ServerMetrics): Promise<Listening> =>
  listen(host, port, () => async (request, response) => {
    const known = request.url?.split("?", 1)[0] === "/metrics";
    const { type, body } = known ? await metrics.text() : { type: "text/plain", body: "" };
    response.writeHead(known ? 200 : 404, { "content-type": type }).end(body);
  });

/** Serves MCP over Streamable HTTP until a signal comes, and then ends in order. */
export const http = async (own: HttpFlags, flags: Flags): Promise<void> => {
  const context = await createContext(flags);
  const settings = resolveHttpSettings(own, process.env, context.settings);
  const log = createJsonLogger(
    flags.logLevel || process.env.LIGHTFAST_LOG_LEVEL ? context.settings.logLevel : "info",
  );
  for (const notice of settings.notices) log.warn(notice);
  const metrics = createMetrics();
  let isStopping = false;
  let way: Way | undefined;

  const main = await listen(settings.host, settings.port, (port) => {
    const resourceUrl = settings.resourceUrl ?? urlOf(settings, port);
    const surroundings = { context, log, metrics };
    const { oauth, auth } = settings;
    if (oauth) way = oauthWay(oauth, resourceUrl, surroundings);
    else way = auth === "none" ? openWay(surroundings) : apiKeyWay(surroundings);
    const { observe } = way.server;
    return createHttpApp({
      server: {
        ...way.server,
        observe: (call) => {
          metrics.toolCall(call.tool, call.error?.code ?? "ok", call.ms / 1000);
          observe?.(call);
        },
      },
      access: way.access,
      resourceUrl,
      metadata: oauth && metadataOf(resourceUrl, oauth.issuer),
      challengeScope: TOOL_SCOPES.join(" "),
      allowedHosts: hostsOf(settings, resourceUrl, port),
      allowedOrigins: new Set([resourceUrl.origin, ...settings.allowedOrigins]),
      log,
      metrics,
      page: pageOf(resourceUrl),
      servesMetrics: settings.metricsPort === undefined,
      isReady: () => !isStopping,
    });
  });
  const other =
    settings.metricsPort === undefined
      ? undefined
      : await serveMetrics(settings.metricsPort, settings.host, metrics);
  log.info("listening", { url: urlOf(settings, main.port).href, ...(other && { metricsPort: other.port }) });

  const end = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info("stopping", { signal });
    await sleep(settings.drainDelaySeconds * 1000);
    await main.stop();
    await way?.close();
    await other?.stop();
    log.info("stopped");
    process.exit(0);
  };
  for (const signal of SIGNALS) process.on(signal, () => void end(signal));
};
