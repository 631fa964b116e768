import { randomUUID } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { ServerDefinition } from "../../mcp/server.ts";
import type { Caller } from "../../mcp/tool.ts";
import type { Clock } from "../../shared/clock.ts";
import type { Logger } from "../../shared/logger.ts";
import { readTrace, type Trace, traceFields } from "../../shared/trace.ts";
import { createLandingPage } from "./landing-page.ts";
import type { RequestHandler } from "./listen.ts";
import { createMcpEndpoint } from "./mcp-endpoint.ts";
import type { ServerMetrics } from "./metrics.ts";
import { isNavigation } from "./negotiation.ts";
import { type HttpResponse, json, type ResponseLog, writeResponse, writeStream } from "./response.ts";
import {
  type CorsPolicy,
  corsHeaders,
  createChallenger,
  type HostPolicy,
  limitAttempts,
  PREFLIGHT,
  readBearerToken,
  readPath,
  rejectForeignRequest,
  rejectRepeatedHeaders,
} from "./security.ts";
import type { Telemetry } from "./telemetry.ts";
import type { HttpService } from "./types.ts";

export type HttpAppOptions<Identity> = {
  readonly service: HttpService<Identity>;
  /** Canonical URL of the MCP endpoint, as clients know it. */
  readonly resourceUrl: URL;
  /** Lower-case `host[:port]` values of requests to accept. */
  readonly allowedHosts: ReadonlySet<string>;
  /** The hosts for which the MCP endpoint, its metadata and the landing page are served. */
  readonly hosts: HostPolicy;
  /** Origins of browser pages that may call. */
  readonly allowedOrigins: ReadonlySet<string>;
  readonly log: Logger;
  readonly metrics: ServerMetrics;
  /** Absent if no OpenTelemetry SDK is registered. */
  readonly telemetry?: Telemetry | undefined;
  /** Whether /metrics is a route of this app. */
  readonly servesMetrics: boolean;
  /** False once the server is about to stop. */
  isReady(): boolean;
  /** Default: the system's. */
  readonly clock?: Clock;
};

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
  trace: Trace | undefined,
) => HttpResponse | Promise<HttpResponse>;

/** One path: its handlers by method, and who may call it. */
type Route = {
  readonly methods: ReadonlyMap<string, Handler>;
  /** Allowed methods, for 405 responses (RFC 9110, section 10.2.1). */
  readonly allow: string;
  readonly cors: CorsPolicy;
  /** Undefined for health probes, whose host and origin do not matter. */
  readonly hosts: HostPolicy | undefined;
};

/** Probes and scrapes, which would outnumber the calls in every trace store. */
const UNTRACED: ReadonlySet<string> = new Set(["/livez", "/readyz", "/api/health", "/metrics"]);

const MCP_ALLOW = "POST, OPTIONS";
const NO_STORE = { "cache-control": "no-store" };
/** Probes come every few seconds. */
const QUIET: ResponseLog = { level: "debug" };
const HEALTHY = json(200, { service: "mcp", status: "ok" }, NO_STORE, QUIET);
const READY = json(200, { status: "ready" }, NO_STORE, QUIET);
const STOPPING = json(503, { status: "stopping" }, NO_STORE, { level: "info", reason: "stopping" });
export const NOT_FOUND = json(404, { error: "not_found" });

/** The HTTP app. It never rejects: a failure becomes a 500 response and a log entry. */
export function createHttpApp<Identity>(options: HttpAppOptions<Identity>): RequestHandler {
  const { allowedHosts, allowedOrigins, log, metrics, telemetry } = options;
  const routes = createRoutes(options);

  const respond = (
    request: IncomingMessage,
    response: ServerResponse,
    route: Route | undefined,
    requestId: string,
    trace: Trace | undefined,
  ): HttpResponse | Promise<HttpResponse> => {
    if (!route) return NOT_FOUND;
    const rejection =
      rejectRepeatedHeaders(request) ??
      (route.hosts &&
        rejectForeignRequest(
          request,
          allowedHosts,
          route.cors === "any" ? "any" : allowedOrigins,
          route.hosts,
        ));
    if (rejection) return rejection;
    const handler = route.methods.get(request.method ?? "");
    return handler ? handler(request, response, requestId, trace) : methodNotAllowed(route.allow);
  };

  return async (request, response) => {
    const started = performance.now();
    const requestId = readRequestId(request);
    const path = readPath(request);
    const route = routes.get(path);
    const label = route ? path : "other";
    const span =
      telemetry && !UNTRACED.has(path) ? telemetry.startRequest(request, route && path) : undefined;
    const trace = span ? span.trace : readTrace(request.headers);
    response.on("error", ignoreError);
    let result: HttpResponse;
    try {
      result = await (span
        ? span.run(() => respond(request, response, route, requestId, trace))
        : respond(request, response, route, requestId, trace));
    } catch (error) {
      // A request is destroyed once it was read, so only its socket tells whether the client is still there.
      if (response.destroyed || request.socket.destroyed) return span?.end(undefined);
      const reason = String(error);
      const body = { error: "server_error", error_description: "Internal Server Error" };
      result = json(500, body, undefined, { reason });
    }
    // A page that was refused for its host or origin may not read why; a challenge is for the client.
    const isRefused = result.status === 403 && !result.headers?.["www-authenticate"];
    const cors = route && !isRefused ? corsHeaders(route.cors, request, allowedOrigins) : undefined;
    const headers = Object.assign(commonHeaders(requestId), cors);
    if (!result.stream) writeResponse(response, result, headers);
    else if (!(await writeStream(response, result, result.stream, headers))) return span?.end(undefined);
    span?.end(result.status);
    const seconds = (performance.now() - started) / 1000;
    metrics.request(label, request.method ?? "", result.status, seconds);
    const { level = levelOf(result.status), reason, rpc } = result.log ?? {};
    log[level]("request", () => ({
      requestId,
      method: request.method,
      path: label,
      status: result.status,
      ms: Math.round(seconds * 1000),
      rpc,
      reason: reason?.slice(0, MAX_REASON_LENGTH),
      ...traceFields(trace),
    }));
  };
}

/** Limit of a reason in the log, in characters. */
const MAX_REASON_LENGTH = 500;

/** Every sign-in starts with a 401, and every token expires, so that is no warning. */
function levelOf(status: number): "info" | "warn" | "error" {
  if (status >= 500) return "error";
  return status < 400 || status === 401 ? "info" : "warn";
}

/** Every route, by path. */
function createRoutes<Identity>(options: HttpAppOptions<Identity>): ReadonlyMap<string, Route> {
  const { service, resourceUrl, hosts, metrics, servesMetrics, isReady } = options;
  const page = createLandingPage(resourceUrl, service);
  const mcp = createMcpRoute(options, page);
  const health = createGetRoute(() => HEALTHY);
  const routes = new Map<string, Route>([
    ["/mcp", mcp],
    ["/mcp/", mcp],
    ["/", createGetRoute(page, "none", hosts)],
    ["/api/health", health],
    ["/livez", health],
    ["/readyz", createGetRoute(() => (isReady() ? READY : STOPPING))],
  ]);
  if (servesMetrics)
    routes.set(
      "/metrics",
      createGetRoute(() => serveMetrics(metrics), "none", "ip"),
    );
  const document = createMetadataDocument(service);
  if (document) {
    const route = createGetRoute(() => document, "any", hosts);
    for (const path of [
      "/.well-known/oauth-protected-resource",
      "/.well-known/oauth-protected-resource/mcp",
      metadataUrl(resourceUrl).pathname,
      // Some clients append the well-known path instead of inserting it.
      "/mcp/.well-known/oauth-protected-resource",
    ])
      routes.set(path, route);
  }
  return routes;
}

function createMcpRoute<Identity>(
  options: HttpAppOptions<Identity>,
  page: (request: IncomingMessage) => HttpResponse,
): Route {
  const { service, resourceUrl, hosts, metrics, clock, telemetry } = options;
  const { access, server, metadata, challengeScope } = service;
  const challenger = createChallenger(metadata && metadataUrl(resourceUrl), challengeScope);
  const endpoint = createMcpEndpoint(withMetrics(server, metrics), challenger, clock, telemetry);
  const verify = limitAttempts(
    access.kind === "open" ? async () => access.caller : (token, trace) => access.verify(token, trace),
  );

  /** The caller, or the response to one that isn't authenticated. */
  const authenticate = async (
    { headers, socket }: IncomingMessage,
    trace: Trace | undefined,
  ): Promise<{ caller: Caller<Identity> } | { rejection: HttpResponse }> => {
    if (access.kind === "open") return { caller: access.caller };
    const token = readBearerToken(headers.authorization);
    if (!token) return { rejection: challenger.missingToken() };
    const started = performance.now();
    const record = (outcome: string) => metrics.verification(outcome, (performance.now() - started) / 1000);
    try {
      const caller = await verify(token, socket.remoteAddress ?? "", trace);
      record("accepted");
      return { caller };
    } catch (error) {
      record(error instanceof Error ? error.name : "error");
      return { rejection: challenger.verificationFailed(error) };
    }
  };

  const post: Handler = async (request, response, requestId, trace) => {
    const result = await authenticate(request, trace);
    if ("rejection" in result) return result.rejection;
    return endpoint(request, response, result.caller, requestId, trace);
  };
  // Clients request the challenge with GET, so a caller that isn't authenticated gets that instead of 405.
  const challenge: Handler = async (request, _response, _requestId, trace) => {
    const result = await authenticate(request, trace);
    return "rejection" in result ? result.rejection : methodNotAllowed(MCP_ALLOW);
  };
  const read: Handler = (request, ...context) =>
    isNavigation(request.headers) ? page(request) : challenge(request, ...context);
  return {
    methods: new Map([
      ["POST", post],
      ["GET", read],
      ["HEAD", read],
      ["DELETE", challenge],
      ["OPTIONS", () => PREFLIGHT],
    ]),
    allow: MCP_ALLOW,
    cors: "allowed",
    hosts,
  };
}

export async function serveMetrics(metrics: ServerMetrics): Promise<HttpResponse> {
  const { type, body } = await metrics.text();
  return { status: 200, headers: { "content-type": type }, body, log: QUIET };
}

function createGetRoute(handler: Handler, cors: "any" | "none" = "none", hosts?: HostPolicy): Route {
  const methods = new Map<string, Handler>([
    ["GET", handler],
    ["HEAD", handler],
  ]);
  if (cors === "any") methods.set("OPTIONS", () => PREFLIGHT);
  return { methods, allow: [...methods.keys()].join(", "), cors, hosts };
}

/** The same server, which also records every tool call in the metrics. */
function withMetrics<Identity>(
  server: ServerDefinition<unknown, Identity>,
  metrics: ServerMetrics,
): ServerDefinition<unknown, Identity> {
  return {
    ...server,
    observe: (call) => {
      metrics.toolCall(call.tool, call.outcome, call.ms / 1000);
      return server.observe?.(call);
    },
  };
}

/** The protected resource metadata (RFC 9728, section 2). */
function createMetadataDocument<Identity>({
  metadata,
  landingPage,
}: HttpService<Identity>): HttpResponse | undefined {
  if (!metadata) return undefined;
  return json(
    200,
    {
      resource: metadata.resource,
      authorization_servers: metadata.authorizationServers,
      scopes_supported: metadata.scopes,
      bearer_methods_supported: ["header"],
      resource_name: landingPage.heading,
      resource_documentation: landingPage.documentation,
    },
    NO_STORE,
  );
}

/** The well-known path goes before the resource's own path (RFC 9728, section 3.1). */
function metadataUrl(resourceUrl: URL): URL {
  return new URL(
    `/.well-known/oauth-protected-resource${resourceUrl.pathname.replace(/\/$/, "")}`,
    resourceUrl,
  );
}

function methodNotAllowed(allow: string): HttpResponse {
  return json(405, { error: "method_not_allowed" }, { allow });
}

/** The client's own id for its request if it is safe to log, otherwise a new one. */
function readRequestId({ headers }: IncomingMessage): string {
  const id = headers["x-request-id"];
  return typeof id === "string" && /^[\w.:-]{1,128}$/.test(id) ? id : randomUUID();
}

function commonHeaders(requestId: string): OutgoingHttpHeaders {
  return { "x-request-id": requestId, "x-content-type-options": "nosniff" };
}

/** A connection that breaks during the response needs no handling. */
function ignoreError(): void {}
