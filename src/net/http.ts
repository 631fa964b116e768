import { EnvHttpProxyAgent } from "undici";
import type { Deadline } from "../core/deadline.ts";
import { ToolError } from "../core/errors.ts";
import type { HttpAnswer, HttpClient, HttpRequest, ProxySettings } from "./exchange.ts";
import { afterNoAnswer, mayRetry, noAnswer } from "./faults.ts";
import { createProxyPool } from "./proxy-pool.ts";
import { backoffMs, MAX_ATTEMPTS, sleep, waitAfterAnswer } from "./retry.ts";

const MAX_CONNECTIONS = 64;
const MAX_ANSWER_BYTES = 1024 * 1024;
const CONNECT_TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;

/** Connections of one scheme, kept alive, through the proxy for that scheme if there is one. */
const createAgent = (proxy: string | undefined, none: string | undefined): EnvHttpProxyAgent =>
  new EnvHttpProxyAgent({
    // Always given, so that the environment is read in one place only: the settings.
    httpProxy: proxy ?? "",
    httpsProxy: proxy ?? "",
    noProxy: none ?? "",
    connections: MAX_CONNECTIONS,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    clientFactory: createProxyPool,
    // The deadline ends every wait; undici's own limits would only contradict it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

/** One pool of connections for all calls of the process. */
export const createHttpClient = ({ http, https, none }: ProxySettings): HttpClient => {
  // One a scheme: a single agent would send https through the proxy for http where it has no other.
  const agents = { "http:": createAgent(http, none), "https:": createAgent(https, none) };

  const once = async (request: HttpRequest, { signal }: Deadline): Promise<HttpAnswer> => {
    const { method, url, headers, body = null } = request;
    const { origin, pathname, search, protocol } = url;
    const agent = agents[protocol === "http:" ? "http:" : "https:"];
    const answer = await agent.request({
      origin,
      path: `${pathname}${search}`,
      method,
      headers,
      body,
      signal,
    });
    return {
      status: answer.statusCode,
      body: await answer.body.text(),
      header: (name) => {
        const value = answer.headers[name];
        return Array.isArray(value) ? value[0] : value;
      },
    };
  };

  const withRetries = async (request: HttpRequest, deadline: Deadline): Promise<HttpAnswer> => {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === MAX_ATTEMPTS;
      let wait: number | undefined;
      try {
        deadline.signal.throwIfAborted();
        const answer = await unlessAborted(once(request, deadline), deadline);
        wait = waitAfterAnswer(request.method, answer, attempt);
        if (last || wait === undefined || wait >= deadline.remainingMs()) return answer;
      } catch (error) {
        if (deadline.signal.aborted) throw noAnswer(request, deadline.signal.reason, deadline);
        wait = backoffMs(attempt);
        if (last || !mayRetry(request.method, error) || wait >= deadline.remainingMs()) {
          throw noAnswer(request, error, deadline);
        }
      }
      await sleep(wait, deadline);
    }
  };

  const send = async (request: HttpRequest, deadline: Deadline, redirects = 0): Promise<HttpAnswer> => {
    const answer = await withRetries(request, deadline);
    const target = redirectTarget(request, answer);
    if (!target) return answer;
    if (redirects === MAX_REDIRECTS || !mayFollow(request, answer, target))
      throw redirected(request, answer, target);
    return send({ ...request, url: target }, deadline, redirects + 1);
  };

  return {
    send: (request, deadline) => send(request, deadline),
    close: async () => void (await Promise.all(Object.values(agents).map((agent) => agent.close()))),
  };
};

/**
 * The outcome of `work`, or the deadline's reason as soon as it comes: undici heeds the signal only once a request has
 * a connection.
 */
const unlessAborted = async <T>(work: Promise<T>, { signal }: Deadline): Promise<T> => {
  let stop = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
};

const redirectTarget = ({ url }: HttpRequest, { status, header }: HttpAnswer): URL | undefined => {
  const location = header("location");
  const redirects = [301, 302, 303, 307, 308].includes(status);
  return redirects && location && URL.canParse(location, url.href) ? new URL(location, url) : undefined;
};

/** Only within the origin that the credentials are meant for, and only where the method stays what it was. */
const mayFollow = ({ method, url }: HttpRequest, { status }: HttpAnswer, target: URL): boolean =>
  target.origin === url.origin && (method === "GET" || status === 307 || status === 308);

const redirected = ({ method, url }: HttpRequest, { status }: HttpAnswer, target: URL): ToolError =>
  new ToolError("upstream_error", `${url.host} redirects to ${target.origin}${target.pathname} (${status})`, {
    hint:
      "The credentials were not sent there. If that address is the right one, set it as the base URL. " +
      afterNoAnswer(method, { unsent: status >= 307, passing: false }),
    status,
  });
