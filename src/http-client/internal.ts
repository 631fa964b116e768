import { Agent, type Dispatcher } from "undici";
import { DeadlineExceeded } from "../shared/deadline.ts";
import { CodedError, codeOf } from "../shared/errors.ts";
import { sanitizeText } from "../shared/json.ts";
import type { Logger } from "../shared/logger.ts";
import type { Trace } from "../shared/trace.ts";
import { missedReason } from "./errors.ts";
import { reachabilityFor } from "./reachability.ts";
import { agentOptions } from "./route.ts";
import { type HttpRequest, type HttpResponse, type RequestProgress, withoutCredential } from "./types.ts";

export type InternalRequest = {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The trace that the request continues. */
  readonly trace?: Trace | undefined;
  /** Whether it only reads. If the server closes the connection, it is sent once more. */
  readonly safe?: boolean | undefined;
  /** Given for a write, which gets a connection of its own. Says after a failure whether it was sent. */
  readonly write?: RequestProgress | undefined;
};

/**
 * Sends a POST request, and reads the whole response whatever its status. The request's credential is redacted.
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

const MAX_RESPONSE_BYTES = 1024 * 1024;

/** Short, because requests queue up behind a connection that can't be opened. */
const CONNECT_TIMEOUT_MS = 5000;

/** A connection for each request: a server may close a kept-alive one while a request that can't be repeated is sent. */
export const NEW_CONNECTIONS = { pipelining: 0 } as const;

/** What a request on a kept-alive connection fails with if the server has closed it. */
const CLOSED = new Set<string | undefined>(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"]);

/**
 * Creates a client for our own services: kept-alive connections, no proxy, no redirects, and no retries except of a read
 * whose connection was closed. It uses undici's dispatch, which costs a third of `HttpClient.send`, because every incoming
 * call causes a request.
 * @param connections limit for each origin; further requests wait within their time
 */
export function createInternalHttpClient(log: Logger, connections = 64): InternalHttpClient {
  const options = agentOptions(connections, MAX_RESPONSE_BYTES, CONNECT_TIMEOUT_MS);
  const agent = new Agent(options);
  const writes = new Agent({ ...options, ...NEW_CONNECTIONS });
  const reachability = reachabilityFor(log);

  const post: InternalPost = ({ safe, write, ...parts }, timeoutMs, signal) => {
    const request = { method: "POST", ...parts } as const;
    const started = performance.now();
    const send = async (dispatcher: Dispatcher, progress: RequestProgress, leftMs: number) => {
      try {
        const response = await exchange(dispatcher, request, progress, signal, leftMs);
        reachability.reached(request.url);
        return response;
      } catch (error) {
        const isClosed = CLOSED.has(codeOf(error));
        if (dispatcher === agent && safe && isClosed && progress.status === undefined) {
          const left = Math.max(1, timeoutMs - (performance.now() - started));
          return send(writes, { sent: false, resends: 1 }, left);
        }
        const reason = missedReason(error, progress, signal);
        if (reason) reachability.missed(request.url, reason);
        throw error;
      }
    };
    return write ? send(writes, write, timeoutMs) : send(agent, { sent: false }, timeoutMs);
  };
  return {
    post,
    close: async () => void (await Promise.all([agent.destroy(), writes.destroy()])),
  };
}

/** The response has a coding, although none was accepted. */
export class EncodedResponseError extends CodedError {
  static override readonly code = "CONTENT_ENCODING";
  override readonly name = "EncodedResponseError";
}

/**
 * Sends a request once, and reads the whole response whatever its status. The request's credential is redacted. The body of
 * an error response with a coding is replaced by a sentence that names the coding.
 * @param progress updated as the request proceeds
 * @throws EncodedResponseError for a success with a coding, DeadlineExceeded, the reason of `signal`, or the
 * connection's error
 */
export function exchange(
  dispatcher: Dispatcher,
  request: Pick<HttpRequest, "url" | "method" | "headers" | "body" | "trace">,
  progress: RequestProgress,
  signal?: AbortSignal,
  timeoutMs?: number,
): Promise<HttpResponse> {
  const { trace, headers } = request;
  if (!trace) return sendOnce(dispatcher, request, progress, signal, timeoutMs);
  const send = (context: Trace["headers"]) =>
    sendOnce(dispatcher, { ...request, headers: { ...headers, ...context } }, progress, signal, timeoutMs);
  return trace.record ? trace.record(request, progress.resends ?? 0, send) : send(trace.headers);
}

function sendOnce(
  dispatcher: Dispatcher,
  request: Pick<HttpRequest, "url" | "method" | "headers" | "body">,
  progress: RequestProgress,
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
): Promise<HttpResponse> {
  const { url, method, headers, body } = request;
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
    const expire = (ms: number) => abort(new DeadlineExceeded(ms));
    const timer = timeoutMs === undefined ? undefined : setTimeout(expire, timeoutMs, timeoutMs);
    signal?.addEventListener("abort", onAbort);

    const { origin, pathname, search } = url;
    dispatcher.dispatch(
      { origin, path: `${pathname}${search}`, method, headers, body: body ?? null },
      {
        // Called when the connection is open, right before the first byte is written.
        onRequestStart: (controller) => {
          abortRequest = () => controller.abort(new Error("the request was aborted"));
          // Aborted while it waited for a connection: it must not be sent.
          if (isAborted) abortRequest();
          else progress.sent = true;
        },
        onResponseStart: (_, statusCode, receivedHeaders) => {
          status = statusCode;
          progress.status = statusCode;
          responseHeaders = receivedHeaders;
        },
        onResponseData: (_, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          release();
          const text = Buffer.concat(chunks).toString("utf8");
          const response = withoutCredential(request, {
            status,
            // Without a byte order mark, as undici's `body.text()` does.
            body: text.replace(/^\uFEFF/, ""),
            header: (name) => [responseHeaders[name]].flat()[0],
          });
          const coding = response.header("content-encoding") || "identity";
          if (coding.toLowerCase() === "identity") return resolve(response);
          const problem = `the response has Content-Encoding ${sanitizeText(coding)}, which was not accepted`;
          if (status < 300) return reject(new EncodedResponseError(problem));
          resolve({ ...response, body: problem });
        },
        onResponseError: (_, error) => {
          release();
          reject(error);
        },
      },
    );
  });
}
