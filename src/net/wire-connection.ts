import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { HttpAnswer } from "./exchange.ts";
import { AnswerReader } from "./wire-answer.ts";
import { WireError } from "./wire-error.ts";

/** A request on its way, and who waits for its answer. */
export type WireExchange = {
  readonly request: string | Buffer;
  /** The connection that it is on. */
  connection: Connection | undefined;
  answered(answer: HttpAnswer): void;
  failed(error: unknown): void;
};

/** Who keeps a connection. */
export type Keeper = {
  /** Where all connections put what they read: none keeps it longer than it takes to look at it. */
  readonly buffer: Buffer;
  /** It can take another request soon. */
  freed(connection: Connection): void;
  /** It is of no more use. */
  gone(connection: Connection): void;
};

/** A connection that is stuck keeps the requests behind it waiting, so it is given up soon. */
const CONNECT_TIMEOUT_MS = 5000;

/** How long a server keeps an idle connection that does not say so, and how long one is kept at most. */
const KEEP_ALIVE_MS = 4000;
const MAX_KEEP_ALIVE_MS = 600_000;

/** So much sooner than the server's it ends on our side: a request must not meet its end on the way. */
const HEAD_START_MS = 1000;

type OnRead = { readonly buffer: Buffer; callback(size: number, bytes: Uint8Array): boolean };

/** Opens a socket, which is good to write to from the named event on. */
const open = (origin: string, onread: OnRead): { socket: Socket; ready: "connect" | "secureConnect" } => {
  const { protocol, hostname, port } = new URL(origin);
  const host = hostname.replace(/^\[(.*)\]$/, "$1");
  if (protocol === "http:") {
    const socket = connectPlain({ host, port: Number(port || 80), noDelay: true, onread });
    return { socket, ready: "connect" };
  }
  const isName = isIP(host) === 0;
  const options = { host, port: Number(port || 443), ALPNProtocols: ["http/1.1"], onread };
  // Whatever the environment says of certificates: this is where service tokens go.
  const verified = { ...options, rejectUnauthorized: true, ...(isName && { servername: host }) };
  return { socket: connectTls(verified).setNoDelay(), ready: "secureConnect" };
};

/** One kept-alive connection, which carries one request at a time. */
export class Connection {
  /** Until then, by `performance.now()`, it may be used again. */
  usableUntil = 0;
  readonly #keeper: Keeper;
  readonly #socket: Socket;
  readonly #reader = new AnswerReader();
  readonly #connectTimer: NodeJS.Timeout;
  #exchange: WireExchange | undefined;
  #isGone = false;

  /** Connects, and sends `first` as soon as it can. */
  constructor(origin: string, keeper: Keeper, first: WireExchange) {
    this.#keeper = keeper;
    this.#exchange = first;
    first.connection = this;
    const callback = (size: number): boolean => {
      this.#read(size);
      return true;
    };
    const { socket, ready } = open(origin, { buffer: keeper.buffer, callback });
    this.#socket = socket;
    this.#connectTimer = setTimeout(() => {
      this.fail(new WireError("CONNECT_TIMEOUT", `no connection within ${CONNECT_TIMEOUT_MS} ms`));
    }, CONNECT_TIMEOUT_MS).unref();
    socket.once(ready, () => {
      clearTimeout(this.#connectTimer);
      if (this.#exchange) this.#write(this.#exchange.request);
    });
    socket.on("error", (error) => this.fail(error));
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#ended());
    // The request's own time keeps the process alive; nothing waits for a connection without one.
    socket.unref();
  }

  /** Sends a request over a connection that is free. */
  send(exchange: WireExchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    this.#write(exchange.request);
  }

  /** Ends the connection, and the request that it carries. */
  fail(error: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#drop();
    exchange?.failed(error);
  }

  #write(request: string | Buffer): void {
    this.#socket.write(request, "latin1");
  }

  #drop(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    clearTimeout(this.#connectTimer);
    this.#socket.destroy();
    this.#keeper.gone(this);
  }

  #read(size: number): void {
    if (this.#isGone) return;
    try {
      // Where nobody has asked, it is a server's good-bye or nothing that it may say.
      if (!this.#exchange) this.#drop();
      else if (this.#reader.read(this.#keeper.buffer, size)) this.#settle();
    } catch (error) {
      this.fail(error);
    }
  }

  #ended(): void {
    if (this.#isGone) return;
    try {
      if (this.#exchange) this.#reader.end();
      this.#settle();
      this.#drop();
    } catch (error) {
      this.fail(error);
    }
  }

  #settle(): void {
    const exchange = this.#exchange;
    const { answer, isReusable, keepAliveMs } = this.#reader;
    if (!exchange || !answer) return;
    this.#exchange = undefined;
    this.#reader.reset();
    const idleMs = keepAliveMs === undefined ? KEEP_ALIVE_MS : keepAliveMs - HEAD_START_MS;
    // An answer that came before all of the request was sent leaves its rest to the next.
    if (isReusable && idleMs > 0 && this.#socket.writableLength === 0) {
      this.usableUntil = performance.now() + Math.min(idleMs, MAX_KEEP_ALIVE_MS);
      this.#keeper.freed(this);
    } else this.#drop();
    exchange.answered(answer);
  }
}
