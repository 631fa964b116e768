import { randomUUID } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Caller } from "../../mcp/tool.ts";
import { createMcpEndpoint } from "./mcp-endpoint.ts";
import { type HttpResponse, json, writeResponse } from "./response.ts";
import { bearerOf, createChallenger, pathOf, refuseForeign, refuseRepeated } from "./security.ts";
import type { HttpAppOptions } from "./types.ts";

type Handler = (
  request: IncomingMessage,
  response: ServerResponse,
  requestId: string,
) => HttpResponse | Promise<HttpResponse>;

/** One path: what each method does, and who may ask. */
export type Route = {
  readonly methods: ReadonlyMap<string, Handler>;
  /** The methods that are served, for those who try another (RFC 9110, section 10.2.1). */
  readonly allow: string;
  /** Who may read the answer in a browser: the allowed origins, every page, or none. */
  readonly cors: "allowed" | "any" | "none";
  /** Whether the request's host must be one of ours. Probes ask by address, so theirs need not be. */
  readonly guarded: boolean;
};

const PREFLIGHT = {
  "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
  "access-control-allow-headers":
    "authorization, content-type, accept, mcp-protocol-version, mcp-method, mcp-name, mcp-session-id, last-event-id, x-request-id, traceparent, tracestate",
  "access-control-max-age": "86400",
};

const NO_STORE = { "cache-control": "no-store" };

/** The path is there, the method is not. */
function notAllowed(allow: string): HttpResponse {
  return json(405, { error: "method_not_allowed" }, { allow });
}

/** GET and DELETE are there only to challenge. */
const MCP_ALLOW = "POST, OPTIONS";

/** Where the metadata of a resource are (RFC 9728, section 3.1): before its path, which stays. */
function metadataUrlOf(resourceUrl: URL): URL {
  return new URL(
    `/.well-known/oauth-protected-resource${resourceUrl.pathname.replace(/\/$/, "")}`,
    resourceUrl,
  );
}

/** Everything that is served, by path. */
export function routesOf<Api>(options: HttpAppOptions<Api>): ReadonlyMap<string, Route> {
  const { access, metadata, challengeScope, resourceUrl, metrics, isReady } = options;
  const endpoint = createMcpEndpoint(options.server);
  const challenger = createChallenger(metadata && metadataUrlOf(resourceUrl), challengeScope);

  /** The caller, or the answer for one who is not let in. */
  const admit = async ({
    headers,
  }: IncomingMessage): Promise<{ caller: Caller } | { refusal: HttpResponse }> => {
    if (access.kind === "open") return { caller: access.caller };
    const token = bearerOf(headers.authorization);
    const started = performance.now();
    const verified = (outcome: string) => metrics.verification(outcome, (performance.now() - started) / 1000);
    if (!token) return { refusal: challenger.missing() };
    try {
      const caller = await access.verify(token);
      verified("accepted");
      return { caller };
    } catch (error) {
      verified(error instanceof Error ? error.name : "error");
      // The reason names nothing of the token; the client is not told it.
      options.log.debug("caller refused", { reason: error instanceof Error ? error.message : String(error) });
      return { refusal: challenger.refused(error) };
    }
  };

  const post: Handler = async (request, response, requestId) => {
    const admitted = await admit(request);
    return "refusal" in admitted ? admitted.refusal : endpoint(request, response, admitted.caller, requestId);
  };
  // Clients look for the challenge with GET, so whoever is not let in learns that first.
  const closed: Handler = async (request) => {
    const admitted = await admit(request);
    return "refusal" in admitted ? admitted.refusal : notAllowed(MCP_ALLOW);
  };
  const preflight: Handler = () => ({ status: 204, headers: PREFLIGHT });

  const open = (handler: Handler, cors: Route["cors"] = "none", guarded = false): Route => ({
    methods: new Map([
      ["GET", handler],
      ["HEAD", handler],
      ...(cors === "any" ? ([["OPTIONS", preflight]] as const) : []),
    ]),
    allow: cors === "any" ? "GET, HEAD, OPTIONS" : "GET, HEAD",
    cors,
    guarded,
  });
  const mcp: Route = {
    methods: new Map([
      ["POST", post],
      ["GET", closed],
      ["DELETE", closed],
      ["OPTIONS", preflight],
    ]),
    allow: MCP_ALLOW,
    cors: "allowed",
    guarded: true,
  };
  const page: Handler = () => ({
    status: 200,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    },
    body: options.page,
  });
  const health = open(() => json(200, { service: "mcp", status: "ok" }, NO_STORE));
  const routes: [string, Route][] = [
    ["/mcp", mcp],
    ["/mcp/", mcp],
    ["/", open(page, "none", true)],
    ["/api/health", health],
    ["/livez", health],
    [
      "/readyz",
      open(() =>
        isReady() ? json(200, { status: "ready" }, NO_STORE) : json(503, { status: "stopping" }, NO_STORE),
      ),
    ],
  ];
  if (options.servesMetrics) {
    routes.push([
      "/metrics",
      open(async () => {
        const { type, body } = await metrics.text();
        return { status: 200, headers: { "content-type": type }, body };
      }),
    ]);
  }
  if (metadata) {
    const document = open(() => json(200, metadata, NO_STORE), "any", true);
    const paths = new Set([
      "/.well-known/oauth-protected-resource",
      "/.well-known/oauth-protected-resource/mcp",
      metadataUrlOf(resourceUrl).pathname,
      // Where some clients look that append instead of inserting.
      "/mcp/.well-known/oauth-protected-resource",
    ]);
    for (const path of paths) routes.push([path, document]);
  }
  return new Map(routes);
}

const EXPOSED = "WWW-Authenticate, X-Request-Id, Retry-After";
/** What every answer carries; the second is against browsers that guess. */
function commonOf(requestId: string): OutgoingHttpHeaders {
  return {
    "x-request-id": requestId,
    "x-content-type-options": "nosniff",
  };
}

/** A client's own id for its request where it is harmless, else one of ours. */
function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
}

/** What browsers must be told; undefined where no page asks, or none that may call. */
function corsOf(
  { cors }: Route,
  { headers: { origin } }: IncomingMessage,
  allowedOrigins: ReadonlySet<string>,
): OutgoingHttpHeaders | undefined {
  if (cors === "any") return { "access-control-allow-origin": "*" };
  if (cors === "none" || origin === undefined || !allowedOrigins.has(origin.toLowerCase())) return undefined;
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
    vary: "origin",
  };
}

/** A connection that breaks while it is written to is its client's loss. */
function ignore(): void {}

/** The whole HTTP app as a listener for `node:http`. It never throws: whatever goes wrong is an answer and a log line. */
export function createHttpApp<Api>(options: HttpAppOptions<Api>) {
  const { allowedHosts, allowedOrigins, log, metrics } = options;
  const routes = routesOf(options);
  const notFound = json(404, { error: "not_found" });

  const answer = (
    request: IncomingMessage,
    response: ServerResponse,
    route: Route | undefined,
    requestId: string,
  ): HttpResponse | Promise<HttpResponse> => {
    if (!route) return notFound;
    const refusal =
      refuseRepeated(request) ??
      (route.guarded
        ? refuseForeign(request, allowedHosts, route.cors === "any" ? "any" : allowedOrigins)
        : undefined);
    if (refusal) return refusal;
    const handler = route.methods.get(request.method ?? "");
    return handler ? handler(request, response, requestId) : notAllowed(route.allow);
  };

  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const started = performance.now();
    const requestId = requestIdOf(request);
    const path = pathOf(request);
    const route = routes.get(path);
    response.on("error", ignore);
    let result: HttpResponse;
    try {
      result = await answer(request, response, route, requestId);
    } catch (error) {
      // A request is destroyed as soon as it was read, so only its connection tells whether anybody waits.
      if (response.destroyed || request.socket.destroyed) return;
      log.error("request failed", { requestId, path: route ? path : "other", cause: String(error) });
      result = json(500, { error: "server_error", error_description: "Internal Server Error" });
    }
    const cors = route && result.status !== 403 ? corsOf(route, request, allowedOrigins) : undefined;
    writeResponse(response, result, Object.assign(commonOf(requestId), cors));
    const seconds = (performance.now() - started) / 1000;
    const label = route ? path : "other";
    metrics.request(label, request.method ?? "", result.status, seconds);
    log.info("request", {
      requestId,
      method: request.method,
      path: label,
      status: result.status,
      ms: Math.round(seconds * 1000),
    });
  };
}
