import { Readable } from "node:stream";
import { Agent, type Dispatcher, EnvHttpProxyAgent, Pool } from "undici";
import { ToolError } from "../mcp/errors.ts";
import { type Deadline, unlessAborted } from "../shared/deadline.ts";
import type { Logger } from "../shared/logger.ts";
import { isLoopback } from "../shared/url.ts";
import { canRetry, effectiveMethod, type RequestProgress, retryAdvice, toRequestError } from "./errors.ts";
import { backoffMs, MAX_ATTEMPTS, retryDelayMs, sleep } from "./retry.ts";
import type { HttpClient, HttpRequest, HttpResponse, ProxySettings } from "./types.ts";

/** A proxy closed the connection instead of opening a tunnel. */
class ProxyClosed extends Error {
  override readonly name = "ProxyClosed";
  readonly code = "PROXY_CLOSED";
}

function named(cause: unknown): never {
  const closed = cause instanceof Error && "code" in cause && cause.code === "UND_ERR_SOCKET";
  throw closed ? new ProxyClosed("the proxy closed the connection", { cause }) : cause;
}

/**
 * Connections to a proxy. undici takes a socket that the proxy closes for a passing fault and asks for the tunnel
 * again, at once and without end; an error under a name of our own stops that.
 */
function createProxyPool(origin: URL, options: object): Pool {
  const pool = new Pool(origin, options);
  const open: Pool["connect"] = pool.connect.bind(pool);
  return Object.assign(pool, {
    connect: (target: Parameters<Pool["connect"]>[0]) => open(target).catch(named),
  });
}

/** So many redirects are followed. */
const MAX_REDIRECTS = 3;

const STATUSES = new Set([301, 302, 303, 307, 308]);

function targetOf({ url }: HttpRequest, { status, header }: HttpResponse): URL | undefined {
  const location = header("location");
  return STATUSES.has(status) && location && URL.canParse(location, url.href)
    ? new URL(location, url)
    : undefined;
}

/** With these the method and the body stay what they were, and the first server did nothing (RFC 9110, 15.4.8-9). */
function keepsMethod(status: number): boolean {
  return status === 307 || status === 308;
}

function refuse({ method, url }: HttpRequest, status: number, target: URL, why: string): ToolError {
  return new ToolError(
    "upstream_error",
    `${url.host} redirects to ${target.origin} (HTTP ${status}), ${why}`,
    {
      hint:
        retryAdvice(method, { notProcessed: keepsMethod(status), transient: false }) +
        (target.origin === url.origin ? "" : ` If ${target.origin} is right, set it as the base URL.`),
      status,
    },
  );
}

/**
 * The request that a redirect leads to; undefined where the answer is none. It is followed only within the origin that
 * the credentials are meant for, and only where the method stays what it was.
 * @param last whether no further redirect may be followed
 * @throws ToolError `upstream_error` where it may not be followed
 */
function followRedirect(request: HttpRequest, answer: HttpResponse, last: boolean): HttpRequest | undefined {
  const target = targetOf(request, answer);
  if (!target) return undefined;
  const { status } = answer;
  if (target.origin !== request.url.origin) {
    throw refuse(request, status, target, "where the credentials are not sent");
  }
  if (request.method !== "GET" && !keepsMethod(status)) {
    throw refuse(request, status, target, "which would turn the request into another");
  }
  if (last) throw refuse(request, status, target, "once too often");
  return { ...request, url: target };
}

export type HttpLimits = {
  /** A longer answer is a failure. Default 1 MiB. */
  readonly maxResponseBytes?: number;
  /** So many requests to one origin are under way at once; others wait within their deadlines. Default 64. */
  readonly connections?: number;
};

const CONNECT_TIMEOUT_MS = 10_000;

function poolOptions({ maxResponseBytes = 1024 * 1024, connections = 64 }: HttpLimits) {
  return {
    connections,
    maxResponseSize: maxResponseBytes,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    // The deadline ends every wait; undici's own limits would only contradict it.
    headersTimeout: 0,
    bodyTimeout: 0,
  };
}

/** Pools of kept-alive connections: through the proxies to the world, and never through one to this machine. */
function createAgents({ http = "", https = "", none = "" }: ProxySettings, limits: HttpLimits) {
  return {
    // Each is always given, so that the environment is read in one place only: the settings.
    world: new EnvHttpProxyAgent({
      ...poolOptions(limits),
      httpProxy: http,
      httpsProxy: https || http,
      noProxy: none,
      clientFactory: createProxyPool,
    }),
    loopback: new Agent(poolOptions(limits)),
  };
}

/** How far an exchange has come; written as it goes, read when it fails. */
type Ongoing = { -readonly [Key in keyof RequestProgress]: RequestProgress[Key] };

/** The body as a stream: undici reads it only once the connection stands, which tells what was sent from what was not. */
function streamOf(text: string, progress: Ongoing): Readable {
  return new Readable({
    read() {
      progress.sent = true;
      this.push(text);
      this.push(null);
    },
  });
}

async function exchange(
  agent: Dispatcher,
  { method, url, headers, body }: HttpRequest,
  { signal }: Deadline,
  progress: Ongoing,
): Promise<HttpResponse> {
  const { origin, pathname, search } = url;
  const answer = await agent.request({
    origin,
    path: `${pathname}${search}`,
    method,
    headers: body === undefined ? headers : { ...headers, "content-length": String(Buffer.byteLength(body)) },
    body: body === undefined ? null : streamOf(body, progress),
    signal,
  });
  progress.status = answer.statusCode;
  return {
    status: answer.statusCode,
    body: await answer.body.text(),
    header: (name) => {
      const value = answer.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

/** The client for all calls of the process. */
export function createHttpClient(proxies: ProxySettings, log: Logger, limits: HttpLimits = {}): HttpClient {
  const agents = createAgents(proxies, limits);

  const once = async (request: HttpRequest, deadline: Deadline, progress: Ongoing): Promise<HttpResponse> => {
    const { method, url } = request;
    const started = performance.now();
    const fields = () => ({
      host: url.host,
      path: url.pathname,
      ms: Math.round(performance.now() - started),
    });
    const agent = isLoopback(url.hostname) ? agents.loopback : agents.world;
    try {
      deadline.signal.throwIfAborted();
      const answer = await unlessAborted(exchange(agent, request, deadline, progress), deadline);
      log.debug(method, { ...fields(), status: answer.status });
      return answer;
    } catch (error) {
      log.debug(method, { ...fields(), error: String(error) });
      throw deadline.signal.aborted ? deadline.signal.reason : error;
    }
  };

  const withRetries = async (request: HttpRequest, deadline: Deadline): Promise<HttpResponse> => {
    const { maxAttempts: attempts = MAX_ATTEMPTS } = request;
    for (let attempt = 1; ; attempt += 1) {
      const progress: Ongoing = { sent: false };
      let wait: number | undefined;
      try {
        const answer = await once(request, deadline, progress);
        wait = retryDelayMs(effectiveMethod(request), answer, attempt);
        if (attempt >= attempts || wait === undefined || wait >= deadline.remainingMs()) return answer;
      } catch (error) {
        wait = backoffMs(attempt);
        const over = attempt >= attempts || deadline.signal.aborted || wait >= deadline.remainingMs();
        if (over || !canRetry(request, error, progress)) throw toRequestError(request, error, progress);
      }
      await sleep(wait, deadline);
    }
  };

  const send = async (request: HttpRequest, deadline: Deadline): Promise<HttpResponse> => {
    let current = request;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await withRetries(current, deadline);
      if (request.followRedirects === false) return answer;
      const next = followRedirect(current, answer, redirects === MAX_REDIRECTS);
      if (!next) return answer;
      current = next;
    }
  };

  return {
    send,
    close: async () => void (await Promise.all([agents.world.destroy(), agents.loopback.destroy()])),
  };
}
