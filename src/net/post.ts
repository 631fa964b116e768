import type { Cancellation } from "../core/cancel.ts";
import { DeadlineExceeded } from "../core/deadline.ts";
import type { HttpAnswer } from "./exchange.ts";
import type { Connection } from "./wire-connection.ts";
import { WireError } from "./wire-error.ts";
import { type PooledExchange, WirePool } from "./wire-pool.ts";
import { targetOf, wireRequest } from "./wire-request.ts";

export type PostRequest = {
  readonly url: URL;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Whoever stands in for a service need not tell headers. */
export type PostAnswer = Pick<HttpAnswer, "status" | "body"> & Partial<Pick<HttpAnswer, "header">>;

/**
 * Sends a request once, and reads the whole answer whatever its status.
 * @param timeoutMs for all of that
 * @param cancel the client's own cancel signal, where it has one
 * @throws DeadlineExceeded when the time is up, the reason of `cancel`, or the connection's own error
 */
export type Post = (request: PostRequest, timeoutMs: number, cancel?: Cancellation) => Promise<PostAnswer>;

export type Poster = {
  readonly post: Post;
  /** Breaks off what is in flight. */
  close(): Promise<void>;
};

const CONNECTIONS = 64;

/** What one read from a connection may bring. */
const READ_BYTES = 64 * 1024;

/** What nobody waits for any more; it is told to no one. */
const ABANDONED = new Error("nobody waits for the answer");

/** One request on its way, unless the time or the client's patience ends before its answer comes. */
class Exchange implements PooledExchange {
  readonly request: string | Buffer;
  connection: Connection | undefined;
  isOver = false;
  readonly #resolve: (answer: PostAnswer) => void;
  readonly #reject: (reason: unknown) => void;
  readonly #timer: NodeJS.Timeout;
  #unlisten: (() => void) | undefined;

  constructor(
    request: string | Buffer,
    timeoutMs: number,
    resolve: (answer: PostAnswer) => void,
    reject: (reason: unknown) => void,
  ) {
    this.request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#timer = setTimeout(Exchange.#onTime, timeoutMs, this, timeoutMs);
  }

  /** Ends with the client's patience; most requests have no client that could lose it. */
  heed(cancel: Cancellation): void {
    const onCancel = (): void => this.#giveUp(cancel.reason);
    cancel.addEventListener("abort", onCancel);
    this.#unlisten = () => cancel.removeEventListener("abort", onCancel);
  }

  answered(answer: HttpAnswer): void {
    if (this.#end()) this.#resolve(answer);
  }

  failed(error: unknown): void {
    if (this.#end()) this.#reject(error);
  }

  static readonly #onTime = (exchange: Exchange, timeoutMs: number): void =>
    exchange.#giveUp(new DeadlineExceeded(timeoutMs));

  #giveUp(reason: unknown): void {
    if (!this.#end()) return;
    this.#reject(reason);
    this.connection?.fail(ABANDONED);
  }

  /** @returns false where it had ended before */
  #end(): boolean {
    if (this.isOver) return false;
    this.isOver = true;
    clearTimeout(this.#timer);
    this.#unlisten?.();
    return true;
  }
}

/**
 * The way to services of our own: kept-alive connections, no proxy, no redirects, and no repetitions, for which only
 * the sender knows whether they do harm. It speaks HTTP/1.1 by itself, as one request goes out for each call that comes
 * in, and a client for every case costs several times the little that this one takes.
 * @param connections how many there are to each origin at most; that many requests are under way at a time
 */
export const createPoster = (connections = CONNECTIONS): Poster => {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const pools = new Map<string, WirePool>();
  let isClosed = false;

  const poolOf = (origin: string): WirePool => {
    const known = pools.get(origin);
    if (known) return known;
    const pool = new WirePool(origin, connections, buffer);
    pools.set(origin, pool);
    return pool;
  };

  const post: Post = ({ url, body, headers }, timeoutMs, cancel) =>
    new Promise((resolve, reject) => {
      cancel?.throwIfAborted();
      if (isClosed) throw new WireError("POSTER_CLOSED", "the way to the server is closed on this side");
      const target = targetOf(url);
      const request = wireRequest(target, headers, body);
      const exchange = new Exchange(request, timeoutMs, resolve, reject);
      if (cancel) exchange.heed(cancel);
      poolOf(target.origin).send(exchange);
    });

  const close = async (): Promise<void> => {
    isClosed = true;
    for (const pool of pools.values()) pool.close();
  };

  return { post, close };
};
