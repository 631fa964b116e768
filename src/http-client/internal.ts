import { Agent, type Dispatcher } from "undici";
import { DeadlineExceeded } from "../shared/deadline.ts";

import type { HttpResponse } from "./types.ts";

export type InternalRequest = {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Whoever stands in for a service need not tell headers. */
export type InternalResponse = Pick<HttpResponse, "status" | "body"> & Partial<Pick<HttpResponse, "header">>;

/**
 * Sends a request once, and reads the whole answer whatever its status.
 * @param timeoutMs for all of that
 * @param signal cancels the request
 * @throws DeadlineExceeded when the time is up, the reason of `signal`, or the connection's own error
 */
export type InternalPost = (
  request: InternalRequest,
  timeoutMs: number,
  signal?: AbortSignal,
) => Promise<InternalResponse>;

export type InternalHttpClient = {
  readonly post: InternalPost;
  /** Breaks off what is in flight. */
  close(): Promise<void>;
};

const CONNECTIONS = 64;
const MAX_ANSWER_BYTES = 1024 * 1024;

/** A connection that is stuck keeps the requests behind it waiting, so it is given up soon. */
const CONNECT_TIMEOUT_MS = 5000;

/** What undici is told of a request that nobody waits for any more. */
const ABANDONED = new Error("nobody waits for the answer");

function textOf(chunks: readonly Buffer[]): string {
  const [first] = chunks;
  const whole = first && chunks.length === 1 ? first : Buffer.concat(chunks);
  return whole.toString("utf8").replace(/^\uFEFF/, "");
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

type Settle = {
  readonly resolve: (answer: InternalResponse) => void;
  readonly reject: (reason: unknown) => void;
};

/** What becomes of one request, as undici tells it, unless the time or the client's patience ends before. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #settle: Settle;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #chunks: Buffer[] = [];
  #controller: Dispatcher.DispatchController | undefined;
  #isGivenUp = false;
  #status = 0;
  #headers: Headers = {};

  constructor(timeoutMs: number, signal: AbortSignal | undefined, settle: Settle) {
    this.#settle = settle;
    this.#signal = signal;
    this.#timer = setTimeout(() => this.#giveUp(new DeadlineExceeded(timeoutMs)), timeoutMs);
    signal?.addEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#giveUp(this.#signal?.reason);

  #giveUp(reason: unknown): void {
    this.#isGivenUp = true;
    this.#end();
    this.#settle.reject(reason);
    this.#controller?.abort(ABANDONED);
  }

  #end(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It has waited for a connection in vain, and is not sent.
    if (this.#isGivenUp) controller.abort(ABANDONED);
  }

  onResponseStart(_: unknown, status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_: unknown, chunk: Buffer): void {
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.#end();
    const headers = this.#headers;
    this.#settle.resolve({
      status: this.#status,
      body: textOf(this.#chunks),
      header: (name) => [headers[name]].flat()[0],
    });
  }

  onResponseError(_: unknown, error: Error): void {
    this.#end();
    this.#settle.reject(error);
  }
}

/**
 * The way to services of our own: kept-alive connections, no proxy, no redirects, and no repetitions, for which only
 * the sender knows whether they do harm. It speaks with undici at its lowest level, as one request goes out for each
 * call that comes in.
 * @param connections how many there are to each origin at most; that many requests are under way at a time
 */
export function createInternalHttpClient(connections = CONNECTIONS): InternalHttpClient {
  const agent = new Agent({
    connections,
    maxResponseSize: MAX_ANSWER_BYTES,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    // The time that is given ends every other wait; undici's own limits would only contradict it.
    headersTimeout: 0,
    bodyTimeout: 0,
  });

  const post: InternalPost = ({ url, body, headers }, timeoutMs, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const exchange = new Exchange(timeoutMs, signal, { resolve, reject });
      const { origin, pathname, search } = url;
      agent.dispatch({ origin, path: `${pathname}${search}`, method: "POST", headers, body }, exchange);
    });

  return { post, close: () => agent.destroy() };
}
