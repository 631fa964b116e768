import { Agent, type Dispatcher, Pool, ProxyAgent } from "undici";
import { ToolError } from "../mcp/errors.ts";
import { sleep } from "../shared/clock.ts";
import type { Deadline } from "../shared/deadline.ts";
import { CodedError, codeOf } from "../shared/errors.ts";
import type { LogFields, Logger } from "../shared/logger.ts";
import { traceFields } from "../shared/trace.ts";
import { isSupportedProxy } from "../shared/url.ts";
import { canRetry, effectiveMethod, missedReason, retryAdvice, toRequestError } from "./errors.ts";
import { exchange, NEW_CONNECTIONS } from "./internal.ts";
import { reachabilityFor } from "./reachability.ts";
import { backoffMs, MAX_ATTEMPTS, retryDelayMs } from "./retry.ts";
import { agentOptions, findProxy, UnsupportedProxyError } from "./route.ts";
import type { HttpClient, HttpRequest, HttpResponse, ProxySettings, RequestProgress } from "./types.ts";

export type HttpLimits = {
  /** A larger response body is an error. Default: 1 MiB. */
  readonly maxResponseBytes?: number;
  /** Connections to each origin; further requests wait within their deadlines. Default: 64. */
  readonly connections?: number;
};

const MAX_REDIRECTS = 3;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Creates the client for upstream services: kept-alive connections, through the proxies except to loopback hosts. Reads
 * are retried, and redirected within an origin. Writes are sent at most once, over a connection of their own.
 */
export function createHttpClient(proxies: ProxySettings, log: Logger, limits: HttpLimits = {}): HttpClient {
  const routes = createRoutes(proxies, limits);
  const reachability = reachabilityFor(log);

  /** A request that is sent only once gets a connection that the server can't have closed. */
  const dispatcherFor = (request: HttpRequest): Dispatcher => {
    const proxy = findProxy(request.url, proxies);
    const route = routes.get(proxy);
    if (!route) throw new UnsupportedProxyError(proxy ?? "");
    return effectiveMethod(request) === "GET" && request.maxAttempts !== 1 ? route.kept : route.fresh;
  };

  const attempt = async (request: HttpRequest, signal: AbortSignal, progress: RequestProgress) => {
    const { method, url, headers, body, trace } = request;
    const started = performance.now();
    const logAttempt = (result: LogFields) => {
      const ms = Math.round(performance.now() - started);
      log.debug(method, () => ({ host: url.host, path: url.pathname, ms, ...result, ...traceFields(trace) }));
    };
    try {
      // RFC 9110, section 12.5.3: without it, any coding is acceptable.
      const sent = { method, url, body, trace, headers: { "accept-encoding": "identity", ...headers } };
      const response = await exchange(dispatcherFor(request), sent, progress, signal);
      logAttempt({ status: response.status });
      return response;
    } catch (error) {
      logAttempt({ error: String(error) });
      throw signal.aborted ? signal.reason : error;
    }
  };

  const sendWithRetries = async (request: HttpRequest, deadline: Deadline): Promise<HttpResponse> => {
    const { maxAttempts = MAX_ATTEMPTS } = request;
    for (let count = 1; ; count += 1) {
      const progress: RequestProgress = { sent: false, resends: count - 1 };
      const isLast = (delayMs: number) => count >= maxAttempts || delayMs >= deadline.remainingMs();
      let delayMs: number | undefined;
      try {
        const response = await attempt(request, deadline.signal, progress);
        reachability.reached(request.url);
        delayMs = retryDelayMs(effectiveMethod(request), response, count);
        if (delayMs === undefined || isLast(delayMs)) return response;
      } catch (error) {
        delayMs = backoffMs(count);
        if (deadline.signal.aborted || isLast(delayMs) || !canRetry(request, error, progress)) {
          const reason = missedReason(error, progress, deadline.signal);
          if (reason) reachability.missed(request.url, reason);
          throw toRequestError(request, error, progress);
        }
      }
      await sleep(delayMs, deadline.signal);
    }
  };

  const send = async (request: HttpRequest, deadline: Deadline): Promise<HttpResponse> => {
    let current = request;
    for (let redirects = 0; ; redirects += 1) {
      const response = await sendWithRetries(current, deadline);
      if (request.followRedirects === false) return response;
      const next = followRedirect(current, response, redirects === MAX_REDIRECTS);
      if (!next) return response;
      current = next;
    }
  };

  return {
    send,
    close: async () => {
      const all = [...routes.values()].flatMap(({ kept, fresh }) => [kept, fresh]);
      await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/**
 * The request that a redirect leads to; undefined if the response isn't a redirect. Only reads are redirected, only
 * within the origin that the credentials are meant for, and only with the same method.
 * @throws ToolError `upstream_error` if the redirect must not be followed
 */
function followRedirect(request: HttpRequest, response: HttpResponse, isLast: boolean) {
  const { method, url } = request;
  const { status } = response;
  const location = response.header("location");
  if (!REDIRECT_STATUSES.has(status) || !location || !URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  const effective = effectiveMethod(request);
  const keepsMethod = status === 307 || status === 308; // RFC 9110, sections 15.4.8 and 15.4.9
  const isElsewhere = target.origin !== url.origin;
  const problem = isElsewhere
    ? "credentials are not sent to another origin"
    : effective !== "GET"
      ? `a ${method} is not sent again`
      : method !== "GET" && !keepsMethod
        ? `a ${method} is not repeated as a GET`
        : isLast
          ? "too many redirects"
          : undefined;
  if (problem === undefined) return { ...request, url: target };
  const advice = retryAdvice(effective, { notProcessed: false, transient: false });
  const message = `${url.host} redirects to ${target.origin} (HTTP ${status}): ${problem}`;
  const hint = isElsewhere ? `${advice} If ${target.origin} is right, set it as the base URL.` : advice;
  throw new ToolError("upstream_error", message, { hint, status });
}

/** Connections that are reused, and connections for one request each. */
type Route = { readonly kept: Dispatcher; readonly fresh: Dispatcher };

/** The routes by proxy; without one, by undefined. */
function createRoutes(
  { http, https }: ProxySettings,
  { maxResponseBytes = 1024 * 1024, connections = 64 }: HttpLimits,
): ReadonlyMap<string | undefined, Route> {
  const kept = agentOptions(connections, maxResponseBytes, CONNECT_TIMEOUT_MS);
  const create = (uri: string | undefined, options: typeof kept): Dispatcher =>
    uri === undefined
      ? new Agent(options)
      : new ProxyAgent({ ...options, uri, proxyTls: kept.connect, clientFactory: createProxyPool });
  const proxies = [http, https].filter((proxy) => proxy && isSupportedProxy(proxy));
  return new Map(
    [undefined, ...proxies].map((proxy) => [
      proxy,
      { kept: create(proxy, kept), fresh: create(proxy, { ...kept, ...NEW_CONNECTIONS }) },
    ]),
  );
}

/** The proxy closed the connection instead of opening a tunnel. */
class ProxyClosedError extends CodedError {
  static override readonly code = "PROXY_CLOSED";
  override readonly name = "ProxyClosedError";
}

/** If a proxy closes the socket, undici asks for the tunnel again and again; an error with another code stops it. */
function createProxyPool(origin: URL, options: object): Pool {
  const pool = new Pool(origin, options);
  const connect: Pool["connect"] = pool.connect.bind(pool);
  return Object.assign(pool, {
    connect: (target: Parameters<Pool["connect"]>[0]) =>
      connect(target).catch((cause: unknown) => {
        const isClosed = codeOf(cause) === "UND_ERR_SOCKET";
        throw isClosed ? new ProxyClosedError("the proxy closed the connection", { cause }) : cause;
      }),
  });
}
