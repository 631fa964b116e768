import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { createLocalUrl, isLocalBind, type ListenOptions } from "../../config/http.ts";
import type { Logger } from "../../shared/logger.ts";
import { SIGNALS } from "../shutdown.ts";
import { createHttpApp, NOT_FOUND, serveMetrics } from "./app.ts";
import { listen, type RequestHandler } from "./listen.ts";
import { createMetrics, type ServerMetrics } from "./metrics.ts";
import { writeResponse } from "./response.ts";
import { type HostPolicy, readPath, rejectForeignRequest } from "./security.ts";
import { findTelemetry, missingSdkWarning } from "./telemetry.ts";
import type { HttpService } from "./types.ts";

/** What is served, and how, for the start line and the metrics. */
export type ServeDetails = {
  readonly version: string;
  readonly platform: string;
  /** How callers authenticate. */
  readonly auth: string;
  /** The settings in effect, without secrets. */
  readonly settings: Readonly<Record<string, string>>;
};

/** An HTTP server that is bound to its port. Requests wait until `serve` is called. */
export type HttpServer = {
  /** Canonical URL of the MCP endpoint. */
  readonly resourceUrl: URL;
  readonly metrics: ServerMetrics;
  /**
   * Starts handling requests with `service`. On SIGTERM, SIGINT or SIGHUP the server drains, closes the service and ends
   * the process.
   */
  serve<Identity>(service: HttpService<Identity>, details: ServeDetails): void;
};

/** Binds an HTTP server and, if it has a port of its own, the metrics server. @throws Error if a port is unusable */
export async function bindHttpServer(options: ListenOptions, log: Logger): Promise<HttpServer> {
  const { host, port, metricsPort, allowedOrigins } = options;
  const metrics = createMetrics();
  const listener = await listen(host, port);
  const localUrl = createLocalUrl(host, listener.port);
  const resourceUrl = options.resourceUrl ?? localUrl;
  const metricsListener = metricsPort === undefined ? undefined : await listen(host, metricsPort);
  metricsListener?.handle(
    createMetricsHandler(metrics, collectHosts(options, resourceUrl, metricsListener.port), log),
  );

  return {
    resourceUrl,
    metrics,
    serve: (service, details) => {
      let isReady = true;
      const isMetricsPublic = isLocalBind(host) || options.publicMetrics;
      const { program, info } = service.server;
      const telemetry = findTelemetry({ name: program.name, version: info.version, resourceUrl });
      const app = createHttpApp({
        service,
        resourceUrl,
        allowedHosts: collectHosts(options, resourceUrl, listener.port),
        hosts: choosePolicy(options, service.access.kind),
        allowedOrigins: new Set([resourceUrl.origin, ...allowedOrigins]),
        log,
        metrics,
        telemetry,
        servesMetrics: !metricsListener && isMetricsPublic,
        isReady: () => isReady,
      });
      const shutDown = async (signal: string): Promise<void> => {
        if (!isReady) return;
        isReady = false;
        log.info("stopping", { signal });
        await sleep(options.drainDelaySeconds * 1000);
        await listener.stop();
        await service.close();
        await metricsListener?.stop();
        await telemetry?.flush();
        log.info("stopped");
        process.exit(0);
      };
      metrics.info(details);
      listener.handle(app);
      for (const signal of SIGNALS) process.on(signal, () => void shutDown(signal));
      const warning = telemetry ? undefined : missingSdkWarning(process.env);
      if (warning) log.warn(warning);
      const metricsPort = metricsListener?.port ?? (isMetricsPublic ? listener.port : undefined);
      log.info("listening", {
        url: localUrl.href,
        publicUrl: resourceUrl.href,
        metricsUrl: metricsPort && createLocalUrl(host, metricsPort, "/metrics").href,
        openTelemetry: telemetry !== undefined,
        ...details,
      });
    },
  };
}

/**
 * DNS rebinding gives a browser page no token, and tokens are bound to this server by their audience, whatever name a
 * caller uses for it. A server on loopback has no other names, so it stays strict.
 */
function choosePolicy({ host, allowedHosts }: ListenOptions, access: "open" | "bearer"): HostPolicy {
  return access === "bearer" && !isLocalBind(host) && allowedHosts.length === 0 ? "any" : "allowed";
}

function createMetricsHandler(
  metrics: ServerMetrics,
  allowedHosts: ReadonlySet<string>,
  log: Logger,
): RequestHandler {
  return async (request, response) => {
    const rejection = rejectForeignRequest(request, allowedHosts, new Set(), "ip");
    if (rejection) log.warn("metrics refused", { status: rejection.status, reason: rejection.log?.reason });
    const isKnown = readPath(request) === "/metrics";
    writeResponse(response, rejection ?? (isKnown ? await serveMetrics(metrics) : NOT_FOUND), {});
  };
}

function collectHosts(
  { host, allowedHosts }: ListenOptions,
  resourceUrl: URL,
  port: number,
): ReadonlySet<string> {
  return new Set([
    resourceUrl.host,
    ...(resourceUrl.port ? [] : [withDefaultPort(resourceUrl)]),
    ...(isLocalBind(host) ? loopbackHosts(port) : []),
    ...allowedHosts,
  ]);
}

/** The host with the default port of its scheme, which some clients send. */
function withDefaultPort({ hostname, protocol }: URL): string {
  return `${hostname}:${protocol === "https:" ? 443 : 80}`;
}

function loopbackHosts(port: number): string[] {
  return ["127.0.0.1", "localhost", "[::1]"].flatMap((name) =>
    port === 80 ? [name, `${name}:80`] : [`${name}:${port}`],
  );
}
