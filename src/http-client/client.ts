import { Readable } from "node:stream";
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { ToolError } from "../mcp/errors.ts";
import { abortable, type Deadline } from "../shared/deadline.ts";
import { CodedError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { isLoopback } from "../shared/url.ts";
import { canRetry, effectiveMethod, type RequestProgress, retryAdvice, toRequestError } from "./errors.ts";
import { backoffMs, MAX_ATTEMPTS, retryDelayMs, sleep } from "./retry.ts";
import {
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
  type ProxySettings,
  withoutCredential,
} from "./types.ts";

export type HttpLimits = {
  /** A larger response body is an error. Default: 1 MiB. */
  readonly maxResponseBytes?: number;
  /** Connections to each origin; further requests wait within their deadlines. Default: 64. */
  readonly connections?: number;
};

const MAX_REDIRECTS = 3;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const CONNECT_TIMEOUT_MS = 10_000;

/** Written during an attempt, and read if the attempt fails. */
type MutableProgress = { -readonly [Key in keyof RequestProgress]: RequestProgress[Key] };

/**
 * Creates the client for upstream services: kept-alive connections, through the proxies except to loopback hosts, with
 * retries, and with redirects within an origin.
 */
export function createHttpClient(proxies: ProxySettings, log: Logger, limits: HttpLimits = {}): HttpClient {
  const agents = createAgents(proxies, limits);

  const attempt = async (
    request: HttpRequest,
    signal: AbortSignal,
    progress: MutableProgress,
  ): Promise<HttpResponse> => {
    const { method, url } = request;
    const started = performance.now();
    const logAttempt = (result: object) => {
      const ms = Math.round(performance.now() - started);
      log.debug(method, { host: url.host, path: url.pathname, ms, ...result });
    };
    const agent = isLoopback(url.hostname) ? agents.loopback : agents.remote;
    try {
      signal.throwIfAborted();
      // undici heeds the signal only once the request has a connection.
      const response = await abortable(sendOnce(agent, request, signal, progress), signal);
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
      const progress: MutableProgress = { sent: false };
      const isLast = (delayMs: number) => count >= maxAttempts || delayMs >= deadline.remainingMs();
      let delayMs: number | undefined;
      try {
        const response = await attempt(request, deadline.signal, progress);
        delayMs = retryDelayMs(effectiveMethod(request), response, count);
        if (delayMs === undefined || isLast(delayMs)) return response;
      } catch (error) {
        delayMs = backoffMs(count);
        if (deadline.signal.aborted || isLast(delayMs) || !canRetry(request, error, progress)) {
          throw toRequestError(request, error, progress);
        }
      }
      await sleep(delayMs, deadline);
    }
  };

  const send = async (request: HttpRequest, deadline: Deadline): Promise<HttpResponse> => {
    let current = request;
    for (let redirects = 0; ; redirects += 1) {
      const response = await sendWithRetries(current, deadline);
      const next =
        request.followRedirects === false
          ? undefined
          : followRedirect(current, response, redirects === MAX_REDIRECTS);
      if (!next) return response;
      current = next;
    }
  };

  return {
    send,
    close: async () => void (await Promise.all([agents.remote.destroy(), agents.loopback.destroy()])),
  };
}

async function sendOnce(
  agent: Dispatcher,
  request: HttpRequest,
  signal: AbortSignal,
  progress: MutableProgress,
): Promise<HttpResponse> {
  const { method, url, headers, body } = request;
  const { origin, pathname, search } = url;
  const response = await agent.request({
    origin,
    path: `${pathname}${search}`,
    method,
    headers: body === undefined ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) },
    body: body === undefined ? null : createBodyStream(body, progress),
    signal,
  });
  progress.status = response.statusCode;
  return withoutCredential(request, {
    status: response.statusCode,
    body: await response.body.text(),
    header: (name) => [response.headers[name]].flat()[0],
  });
}

/** undici reads a stream only once the connection is open, which shows whether anything was sent. */
function createBodyStream(text: string, progress: MutableProgress): Readable {
  return new Readable({
    read() {
      progress.sent = true;
      this.push(text);
      this.push(null);
    },
  });
}

/**
 * The request that a redirect leads to; undefined if the response isn't a redirect. Only the origin that the
 * credentials are meant for is requested, and only with the same method.
 * @throws ToolError `upstream_error` if the redirect must not be followed
 */
function followRedirect(
  request: HttpRequest,
  { status, header }: HttpResponse,
  isLast: boolean,
): HttpRequest | undefined {
  const { method, url } = request;
  const location = header("location");
  if (!REDIRECT_STATUSES.has(status) || !location || !URL.canParse(location, url.href)) return undefined;
  const target = new URL(location, url);
  // With 307 and 308 method and body stay, and the first server processed nothing (RFC 9110, sections 15.4.8 and 9).
  const keepsMethod = status === 307 || status === 308;
  const isElsewhere = target.origin !== url.origin;
  const problem = isElsewhere
    ? "credentials are not sent to another origin"
    : method !== "GET" && !keepsMethod
      ? `a ${method} is not repeated as a GET`
      : isLast
        ? "too many redirects"
        : undefined;
  if (problem === undefined) return { ...request, url: target };
  const advice = retryAdvice(method, { notProcessed: keepsMethod, transient: false });
  throw new ToolError(
    "upstream_error",
    `${url.host} redirects to ${target.origin} (HTTP ${status}): ${problem}`,
    {
      hint: isElsewhere ? `${advice} If ${target.origin} is right, set it as the base URL.` : advice,
      status,
    },
  );
}

function createAgents({ http = "", https = "", none = "" }: ProxySettings, limits: HttpLimits) {
  const { maxResponseBytes = 1024 * 1024, connections = 64 } = limits;
  const options = {
    connections,
    maxResponseSize: maxResponseBytes,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    // The deadline limits every wait.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
  return {
    remote: new EnvHttpProxyAgent({
      ...options,
      // All three are set, because undici reads the environment for those that aren't.
      httpProxy: http,
      httpsProxy: https || http,
      noProxy: none,
      clientFactory: createProxyPool,
    }),
    loopback: new Agent(options),
  };
}

/** The proxy closed the connection instead of opening a tunnel. */
class ProxyClosedError extends CodedError {
  static override readonly code = "PROXY_CLOSED";
  override readonly name = "ProxyClosedError";
}

/**
 * Connections to a proxy. If the proxy closes the socket, undici asks for the tunnel again, at once and without end; an
 * error with another code stops it.
 */
function createProxyPool(origin: URL, options: object): Pool {
  const pool = new Pool(origin, options);
  const connect: Pool["connect"] = pool.connect.bind(pool);
  return Object.assign(pool, {
    connect: (target: Parameters<Pool["connect"]>[0]) =>
      connect(target).catch((cause: unknown) => {
        const isClosed = cause instanceof Error && "code" in cause && cause.code === "UND_ERR_SOCKET";
        throw isClosed ? new ProxyClosedError("the proxy closed the connection", { cause }) : cause;
      }),
  });
}
