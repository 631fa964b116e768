import { Agent } from "undici";
import { DeadlineExceeded } from "../shared/deadline.ts";
import { type HttpResponse, withoutCredential } from "./types.ts";

export type InternalRequest = {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/**
 * Sends a POST request once, and reads the whole response whatever its status. The request's credential is redacted.
 * @param timeoutMs limit for all of it
 * @param signal cancels the request
 * @throws DeadlineExceeded, the reason of `signal`, or the connection's error
 */
export type InternalPost = (
  request: InternalRequest,
  timeoutMs: number,
  signal?: AbortSignal,
) => Promise<HttpResponse>;

export type InternalHttpClient = {
  readonly post: InternalPost;
  /** Aborts all requests and closes all connections. */
  close(): Promise<void>;
};

const CONNECTIONS = 64;
const MAX_RESPONSE_BYTES = 1024 * 1024;

/** Short, because requests queue up behind a connection that can't be opened. */
const CONNECT_TIMEOUT_MS = 5000;

const ABORTED = new Error("the request was aborted");

/**
 * Creates a client for our own services: kept-alive connections, no proxy, no redirects and no retries, which only the
 * caller can decide about. It uses undici's dispatch, which costs a third of `HttpClient.send`, because every incoming
 * call causes a request.
 * @param connections limit for each origin; further requests wait within their time
 */
export function createInternalHttpClient(connections = CONNECTIONS): InternalHttpClient {
  const agent = new Agent({
    connections,
    maxResponseSize: MAX_RESPONSE_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    // `timeoutMs` limits every wait.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    post: (request, timeoutMs, signal) => dispatch(agent, request, timeoutMs, signal),
    close: () => agent.destroy(),
  };
}

function dispatch(
  agent: Agent,
  request: InternalRequest,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<HttpResponse> {
  const { url, body, headers } = request;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const chunks: Buffer[] = [];
    let status = 0;
    let responseHeaders: Readonly<Record<string, string | string[] | undefined>> = {};
    let isAborted = false;
    let abortRequest = (): void => {};

    const release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    };
    const abort = (reason: unknown) => {
      isAborted = true;
      release();
      reject(reason);
      abortRequest();
    };
    const onAbort = () => abort(signal?.reason);
    const timer = setTimeout(() => abort(new DeadlineExceeded(timeoutMs)), timeoutMs);
    signal?.addEventListener("abort", onAbort);

    const { origin, pathname, search } = url;
    agent.dispatch(
      { origin, path: `${pathname}${search}`, method: "POST", headers, body },
      {
        onRequestStart: (controller) => {
          abortRequest = () => controller.abort(ABORTED);
          // Aborted while it waited for a connection: it must not be sent.
          if (isAborted) abortRequest();
        },
        onResponseStart: (_, statusCode, receivedHeaders) => {
          status = statusCode;
          responseHeaders = receivedHeaders;
        },
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          release();
          resolve(
            withoutCredential(request, {
              status,
              body: decode(chunks),
              header: (name) => [responseHeaders[name]].flat()[0],
            }),
          );
        },
        onResponseError: (_, error) => {
          release();
          reject(error);
        },
      },
    );
  });
}

/** Decodes UTF-8 without a byte order mark, as undici's `body.text()` does. */
function decode(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const bytes = first && chunks.length === 1 ? first : Buffer.concat(chunks);
  return bytes.toString("utf8").replace(/^\uFEFF/, "");
}
