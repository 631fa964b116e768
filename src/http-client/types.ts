import { type Deadline, isCanceled } from "../shared/deadline.ts";
import { createRedactor } from "../shared/redact.ts";
import type { Trace } from "../shared/trace.ts";

export type HttpMethod = "GET" | "POST" | "PUT" | "DELETE";

export type HttpRequest = {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The trace that the request continues. */
  readonly trace?: Trace | undefined;
  /** Whether it only reads, whatever its method, so that it is retried like a GET (RFC 9110, section 9.2.1). */
  readonly safe?: boolean | undefined;
  /** Default: 3. */
  readonly maxAttempts?: number | undefined;
  /** Default: true. If false, a redirect is returned like any other response. */
  readonly followRedirects?: boolean | undefined;
};

/** How far a request has come. Written while it runs, and read if it fails. */
export type RequestProgress = {
  /** Whether a connection was open and sending had begun. */
  sent: boolean;
  /** The status of the response. */
  status?: number | undefined;
  /** How often the same request was sent before. Default: 0. */
  readonly resends?: number;
};

export type HttpResponse = {
  readonly status: number;
  readonly body: string;
  header(name: string): string | undefined;
};

export type HttpClient = {
  /**
   * Sends a request and reads the whole response, whatever its status, within the deadline. A read is retried after
   * transient errors, a write only if no byte of it was sent. The request's credential is redacted.
   * @throws ToolError `upstream_error` if there is no complete response
   */
  send(request: HttpRequest, deadline: Deadline): Promise<HttpResponse>;
  close(): Promise<void>;
};

/** Proxy URLs by the scheme of the request, as in `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. */
export type ProxySettings = {
  /** URL of the proxy for http requests, such as `http://proxy:8080`. */
  readonly http?: string | undefined;
  /** URL of the proxy for https requests. */
  readonly https?: string | undefined;
  /** Hosts to reach directly, comma-separated. */
  readonly none?: string | undefined;
};

/** The last one: most requests have the credential of the request before, and creating a redactor costs up to 20 µs. */
let lastRedactor = { authorization: "", redact: createRedactor([]) };

/** Returns a function that removes a request's own credential from a text. */
export function credentialRedactor({ headers }: Pick<HttpRequest, "headers">): (text: string) => string {
  const { authorization = "" } = headers;
  if (authorization !== lastRedactor.authorization) {
    const credential = authorization.replace(/^\S+\s+/, "");
    lastRedactor = { authorization, redact: createRedactor([credential]) };
  }
  return lastRedactor.redact;
}

/** The response without the credential of its request: some servers echo it, and callers quote and truncate texts. */
export function withoutCredential(
  request: Pick<HttpRequest, "headers">,
  response: HttpResponse,
): HttpResponse {
  const redact = credentialRedactor(request);
  const header = (name: string): string | undefined => {
    const value = response.header(name);
    return value && redact(value);
  };
  return { status: response.status, body: redact(response.body), header };
}

/**
 * Receives the status of a request, and its duration with all retries. Without a complete response, the status is
 * `canceled` if the caller gave up, otherwise `none`.
 */
export type ObserveRequest = (outcome: string, seconds: number) => void;

/** Runs `work` and reports its outcome to `observe`. @param signal returns what cancels it */
export async function withTiming<T extends { readonly status: number }>(
  observe: ObserveRequest,
  work: () => Promise<T>,
  signal: () => AbortSignal | undefined,
): Promise<T> {
  const started = performance.now();
  const report = (outcome: string) => observe(outcome, (performance.now() - started) / 1000);
  try {
    const response = await work();
    report(String(response.status));
    return response;
  } catch (error) {
    report(isCanceled(signal()) ? "canceled" : "none");
    throw error;
  }
}

/** Returns the same client with every request reported to `observe`. */
export function withMetrics(http: HttpClient, observe: ObserveRequest): HttpClient {
  return {
    ...http,
    send: (request, deadline) =>
      withTiming(
        observe,
        () => http.send(request, deadline),
        () => deadline.signal,
      ),
  };
}
