import type { Deadline } from "../shared/deadline.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "DELETE";

export type HttpRequest = {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** It only asks, whatever its method, and so may be repeated like a GET (RFC 9110, section 9.2.1). */
  readonly safe?: boolean | undefined;
  /** How often it is sent at the most, where it could be repeated. Default 3. */
  readonly maxAttempts?: number | undefined;
  /** Where false, a redirect is an answer like any other. */
  readonly followRedirects?: boolean | undefined;
};

export type HttpResponse = {
  readonly status: number;
  readonly body: string;
  header(name: string): string | undefined;
};

export type HttpClient = {
  /**
   * Sends a request and reads the whole answer, whatever its status, within the deadline. A GET is repeated after
   * passing faults, any other only if it certainly was not processed.
   * @throws ToolError `upstream_error` where no whole answer came
   */
  send(request: HttpRequest, deadline: Deadline): Promise<HttpResponse>;
  close(): Promise<void>;
};

/** Proxies by the scheme of the request, as in `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export type ProxySettings = {
  readonly http?: string | undefined;
  readonly https?: string | undefined;
  readonly none?: string | undefined;
};

/** Told of each exchange: the status, or `none` where no whole answer came, and how long it took with its repetitions. */
export type ObserveRequest = (outcome: string, seconds: number) => void;

/** The outcome of an exchange, when it was told to `observe`. */
export async function withTiming<Answer extends { readonly status: number }>(
  observe: ObserveRequest,
  work: () => Promise<Answer>,
): Promise<Answer> {
  const started = performance.now();
  const done = (outcome: string) => observe(outcome, (performance.now() - started) / 1000);
  try {
    const answer = await work();
    done(String(answer.status));
    return answer;
  } catch (error) {
    done("none");
    throw error;
  }
}

/** The same client, with each exchange told to `observe`. */
export function withMetrics(http: HttpClient, observe: ObserveRequest): HttpClient {
  return {
    ...http,
    send: (request, deadline) => withTiming(observe, () => http.send(request, deadline)),
  };
}
