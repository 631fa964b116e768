import { randomUUID } from "node:crypto";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import { notAllowed, type Route, routesOf } from "./app.ts";
import { refuseForeign, refuseRepeated } from "./guards.ts";
import { type Answer, json, writeAnswer } from "./response.ts";
import { pathOf } from "./target.ts";
import type { HttpAppOptions } from "./types.ts";

const EXPOSED = "WWW-Authenticate, X-Request-Id, Retry-After";
/** What every answer carries; the second is against browsers that guess. */
const commonOf = (requestId: string): OutgoingHttpHeaders => ({
  "x-request-id": requestId,
  "x-content-type-options": "nosniff",
});

/** A client's own id for its request where it is harmless, else one of ours. */
const requestIdOf = ({ headers }: IncomingMessage): string => {
  const given = headers["x-request-id"];
  return typeof given === "string" && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID();
};

/** What browsers must be told; undefined where no page asks, or none that may call. */
const corsOf = (
  { cors }: Route,
  { headers: { origin } }: IncomingMessage,
  allowedOrigins: ReadonlySet<string>,
): OutgoingHttpHeaders | undefined => {
  if (cors === "any") return { "access-control-allow-origin": "*" };
  if (cors === "none" || origin === undefined || !allowedOrigins.has(origin.toLowerCase())) return undefined;
  return {
    "access-control-allow-origin": origin,
    "access-control-expose-headers": EXPOSED,
    vary: "origin",
  };
};

/** A connection that breaks while it is written to is its client's loss. */
const ignore = (): void => {};

/** The whole HTTP app as a listener for `node:http`. It never throws: whatever goes wrong is an answer and a log line. */
export const createHttpApp = <Api>(options: HttpAppOptions<Api>) => {
  const { allowedHosts, allowedOrigins, log, metrics } = options;
  const routes = routesOf(options);
  const notFound = json(404, { error: "not_found" });

  const answer = (
    request: IncomingMessage,
    response: ServerResponse,
    route: Route | undefined,
    requestId: string,
  ): Answer | Promise<Answer> => {
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
    let result: Answer;
    try {
      result = await answer(request, response, route, requestId);
    } catch (error) {
      // A request is destroyed as soon as it was read, so only its connection tells whether anybody waits.
      if (response.destroyed || request.socket.destroyed) return;
      log.error("request failed", { requestId, path: route ? path : "other", cause: String(error) });
      result = json(500, { error: "server_error", error_description: "Internal Server Error" });
    }
    const cors = route && result.status !== 403 ? corsOf(route, request, allowedOrigins) : undefined;
    writeAnswer(response, result, Object.assign(commonOf(requestId), cors));
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
};
