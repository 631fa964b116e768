import { Readable } from "node:stream";
import { Agent, type Dispatcher, EnvHttpProxyAgent } from "undici";
import { unlessAborted } from "../shared/aborted.ts";
import type { Deadline } from "../shared/deadline.ts";
import type { Logger } from "../shared/logger.ts";
import { isLoopback } from "../shared/loopback.ts";
import { mayRetry, noAnswer, type Progress } from "./errors.ts";
import { repeatedAs } from "./outcome.ts";
import { createProxyPool } from "./proxy-pool.ts";
import { followRedirect, MAX_REDIRECTS } from "./redirects.ts";
import { backoffMs, MAX_ATTEMPTS, sleep, waitAfterAnswer } from "./retry.ts";
import type { HttpAnswer, HttpClient, HttpRequest, ProxySettings } from "./types.ts";

export type HttpLimits = {
  /** A longer answer is a failure. Default 1 MiB. */
  readonly maxAnswerBytes?: number;
  /** So many requests to one origin are under way at once; others wait within their deadlines. Default 64. */
  readonly connections?: number;
};

const CONNECT_TIMEOUT_MS = 10_000;

const poolOptions = ({ maxAnswerBytes = 1024 * 1024, connections = 64 }: HttpLimits) => ({
  connections,
  maxResponseSize: maxAnswerBytes,
  connect: { timeout: CONNECT_TIMEOUT_MS },
  // The deadline ends every wait; undici's own limits would only contradict it.
  headersTimeout: 0,
  bodyTimeout: 0,
});

/** Pools of kept-alive connections: through the proxies to the world, and never through one to this machine. */
const createAgents = ({ http = "", https = "", none = "" }: ProxySettings, limits: HttpLimits) => ({
  // Each is always given, so that the environment is read in one place only: the settings.
  world: new EnvHttpProxyAgent({
    ...poolOptions(limits),
    httpProxy: http,
    httpsProxy: https || http,
    noProxy: none,
    clientFactory: createProxyPool,
  }),
  loopback: new Agent(poolOptions(limits)),
});

/** How far an exchange has come; written as it goes, read when it fails. */
type Ongoing = { -readonly [Key in keyof Progress]: Progress[Key] };

/** The body as a stream: undici reads it only once the connection stands, which tells what was sent from what was not. */
const streamOf = (text: string, progress: Ongoing): Readable =>
  new Readable({
    read() {
      progress.sent = true;
      this.push(text);
      this.push(null);
    },
  });

const exchange = async (
  agent: Dispatcher,
  { method, url, headers, body }: HttpRequest,
  { signal }: Deadline,
  progress: Ongoing,
): Promise<HttpAnswer> => {
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
};

/** The client for all calls of the process. */
export const createHttpClient = (
  proxies: ProxySettings,
  log: Logger,
  limits: HttpLimits = {},
): HttpClient => {
  const agents = createAgents(proxies, limits);

  const once = async (request: HttpRequest, deadline: Deadline, progress: Ongoing): Promise<HttpAnswer> => {
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

  const withRetries = async (request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> => {
    const { attempts = MAX_ATTEMPTS } = request;
    for (let attempt = 1; ; attempt += 1) {
      const progress: Ongoing = { sent: false };
      let wait: number | undefined;
      try {
        const answer = await once(request, deadline, progress);
        wait = waitAfterAnswer(repeatedAs(request), answer, attempt);
        if (attempt >= attempts || wait === undefined || wait >= deadline.remainingMs()) return answer;
      } catch (error) {
        wait = backoffMs(attempt);
        const over = attempt >= attempts || deadline.signal.aborted || wait >= deadline.remainingMs();
        if (over || !mayRetry(request, error, progress)) throw noAnswer(request, error, progress);
      }
      await sleep(wait, deadline);
    }
  };

  const send = async (request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> => {
    let current = request;
    for (let redirects = 0; ; redirects += 1) {
      const answer = await withRetries(current, deadline);
      if (request.follow === false) return answer;
      const next = followRedirect(current, answer, redirects === MAX_REDIRECTS);
      if (!next) return answer;
      current = next;
    }
  };

  return {
    send,
    close: async () => void (await Promise.all([agents.world.destroy(), agents.loopback.destroy()])),
  };
};
