import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { isLocalBind, type ListenOptions } from "../../config/http.ts";
import type { ServerDefinition } from "../../mcp/server.ts";
import type { JsonObject } from "../../shared/json.ts";
import type { Logger } from "../../shared/logger.ts";
import { SIGNALS } from "../shutdown.ts";
import { createHttpApp } from "./app.ts";
import { type HttpListener as Listener, listen } from "./listen.ts";
import { createMetrics, type ServerMetrics } from "./metrics.ts";
import { pathOf } from "./security.ts";
import type { CallerAccess } from "./types.ts";

/** One way of proving who calls, and the server that goes with it. */
export type HttpService<Api> = {
  readonly access: CallerAccess;
  readonly server: ServerDefinition<Api>;
  /** The protected resource metadata (RFC 9728, section 2); absent where no authorization server is involved. */
  readonly metadata: JsonObject | undefined;
  /** The scopes of a usual connection, for challenges. */
  readonly challengeScope: string;
  /** The page for people who open the address in a browser. */
  readonly page: string;
  /** Delivers what is still to be delivered, and closes the connections. */
  close(): Promise<void>;
};

/** Makes the way in, once the address is known under which it is found. */
export type HttpServiceFactory<Api> = (resourceUrl: URL, metrics: ServerMetrics) => HttpService<Api>;

/** Names under which this machine reaches its own port. */
function loopbackHosts(port: number): string[] {
  return ["127.0.0.1", "localhost", "[::1]"].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );
}

/** A host with the port that goes without saying, which some clients say all the same. */
function withDefaultPort({ hostname, protocol }: URL): string {
  return `${hostname}:${protocol === "https:" ? 443 : 80}`;
}

function hostsOf({ host, allowedHosts }: ListenOptions, resourceUrl: URL, port: number): ReadonlySet<string> {
  return new Set([
    resourceUrl.host,
    ...(resourceUrl.port ? [] : [withDefaultPort(resourceUrl)]),
    ...(isLocalBind(host) ? loopbackHosts(port) : []),
    ...allowedHosts,
  ]);
}

function urlOf({ host }: ListenOptions, port: number): URL {
  return new URL(`http://${host.includes(":") && !host.startsWith("[") ? `[${host}]` : host}:${port}/mcp`);
}

function serveMetrics(port: number, host: string, metrics: ServerMetrics): Promise<Listener> {
  return listen(host, port, () => async (request, response) => {
    const known = pathOf(request) === "/metrics";
    const { type, body } = known ? await metrics.text() : { type: "text/plain", body: "" };
    response.writeHead(known ? 200 : 404, { "content-type": type }).end(body);
  });
}

/** The same server, with each call of a tool told to the metrics. */
function counted<Api>(server: ServerDefinition<Api>, metrics: ServerMetrics): ServerDefinition<Api> {
  return {
    ...server,
    observe: (call) => {
      metrics.toolCall(call.tool, call.error?.code ?? "ok", call.ms / 1000);
      server.observe?.(call);
    },
  };
}

/** Serves a platform over Streamable HTTP until a signal comes, and then ends in order. */
export async function serveHttp<Api>(
  listening: ListenOptions,
  log: Logger,
  open: HttpServiceFactory<Api>,
): Promise<void> {
  const metrics = createMetrics();
  const { host, port, metricsPort, allowedOrigins, drainDelaySeconds } = listening;
  let isStopping = false;
  let way: HttpService<Api> | undefined;

  const main = await listen(host, port, (bound) => {
    const resourceUrl = listening.resourceUrl ?? urlOf(listening, bound);
    way = open(resourceUrl, metrics);
    const { access, server, metadata, challengeScope, page } = way;
    return createHttpApp({
      server: counted(server, metrics),
      access,
      resourceUrl,
      metadata,
      challengeScope,
      allowedHosts: hostsOf(listening, resourceUrl, bound),
      allowedOrigins: new Set([resourceUrl.origin, ...allowedOrigins]),
      log,
      metrics,
      page,
      servesMetrics: metricsPort === undefined,
      isReady: () => !isStopping,
    });
  });
  const other = metricsPort === undefined ? undefined : await serveMetrics(metricsPort, host, metrics);
  log.info("listening", { url: urlOf(listening, main.port).href, ...(other && { metricsPort: other.port }) });

  const end = async (signal: string): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    log.info("stopping", { signal });
    await sleep(drainDelaySeconds * 1000);
    await main.stop();
    await way?.close();
    await other?.stop();
    log.info("stopped");
    process.exit(0);
  };
  for (const signal of SIGNALS) process.on(signal, () => void end(signal));
}
