import { Queue } from "../core/queue.ts";
import { Connection, type Keeper, type WireExchange } from "./wire-connection.ts";
import { WireError } from "./wire-error.ts";

/** A request that may be over before it has a connection. */
export type PooledExchange = WireExchange & { readonly isOver: boolean };

/** How often idle connections are looked through. One that is too old is not used in any case. */
const SWEEP_MS = 1000;

const closed = (): WireError =>
  new WireError("POSTER_CLOSED", "the way to the server is closed on this side");

/** The connections to one origin, and the requests that wait for one. */
export class WirePool implements Keeper {
  readonly buffer: Buffer;
  readonly #origin: string;
  readonly #max: number;
  readonly #all = new Set<Connection>();
  /** The last one that was used is the next: the others may grow old. */
  readonly #idle: Connection[] = [];
  /** Freed in this turn of the event loop, and in the one before. */
  #freed: Connection[] = [];
  #resting: Connection[] = [];
  readonly #waiting = new Queue<PooledExchange>();
  #sweeper: NodeJS.Timeout | undefined;
  #isTurning = false;
  #isClosed = false;

  /** @param max how many connections there are at most */
  constructor(origin: string, max: number, buffer: Buffer) {
    this.#origin = origin;
    this.#max = max;
    this.buffer = buffer;
  }

  /** Sends a request as soon as a connection is free for it. */
  send(exchange: PooledExchange): void {
    if (this.#isClosed) {
      exchange.failed(closed());
      return;
    }
    const connection = this.#takeIdle();
    if (connection) connection.send(exchange);
    else {
      this.#waiting.add(exchange);
      this.#openMore();
    }
  }

  /** Breaks off everything; nothing is sent any more. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#sweeper);
    for (let one = this.#waiting.take(); one; one = this.#waiting.take()) one.failed(closed());
    for (const connection of this.#all) connection.fail(closed());
  }

  freed(connection: Connection): void {
    this.#freed.push(connection);
    this.#turn();
  }

  gone(connection: Connection): void {
    this.#all.delete(connection);
    for (const list of [this.#idle, this.#freed, this.#resting]) {
      const at = list.indexOf(connection);
      if (at >= 0) list.splice(at, 1);
    }
    this.#openMore();
  }

  /**
   * A connection is used again only when the event loop has once looked at all connections since its answer: some
   * servers end one without having said so, and a request must not run into that.
   */
  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    setImmediate(() => {
      this.#isTurning = false;
      const rested = this.#resting;
      this.#resting = this.#freed;
      this.#freed = [];
      if (this.#resting.length > 0) this.#turn();
      for (const connection of rested) this.#useAgain(connection);
    });
  }

  #useAgain(connection: Connection): void {
    const exchange = this.#takeWaiting();
    if (exchange) connection.send(exchange);
    else {
      this.#idle.push(connection);
      this.#sweeper ??= setTimeout(() => this.#sweep(), SWEEP_MS).unref();
    }
  }

  #takeWaiting(): PooledExchange | undefined {
    let exchange = this.#waiting.take();
    while (exchange?.isOver) exchange = this.#waiting.take();
    return exchange;
  }

  #takeIdle(): Connection | undefined {
    const connection = this.#idle.pop();
    if (!connection || connection.usableUntil > performance.now()) return connection;
    this.#sweep();
    return this.#idle.pop();
  }

  /** Connects for those who wait and whom no connection will soon be free for. */
  #openMore(): void {
    const soon = this.#freed.length + this.#resting.length;
    while (this.#waiting.length > soon && this.#all.size < this.#max && !this.#isClosed) {
      const exchange = this.#takeWaiting();
      if (!exchange) return;
      this.#all.add(new Connection(this.#origin, this, exchange));
    }
  }

  #sweep(): void {
    clearTimeout(this.#sweeper);
    this.#sweeper = undefined;
    const now = performance.now();
    const old = this.#idle.filter(({ usableUntil }) => usableUntil <= now);
    for (const connection of old) connection.fail(closed());
    if (this.#idle.length > 0) this.#sweeper = setTimeout(() => this.#sweep(), SWEEP_MS).unref();
  }
}
