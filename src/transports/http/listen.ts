import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";

/** Time limits for clients, in milliseconds. */
export type HttpTimeouts = {
  /** For a request's headers. */
  readonly headersMs: number;
  /** For the whole request with its body; at least `headersMs`. */
  readonly requestMs: number;
  /** Interval at which both are checked. */
  readonly checkMs: number;
  /** For a client that reads nothing of its response. Node checks progress at this interval, so it has up to twice as long. */
  readonly writeMs: number;
};

export const DEFAULT_TIMEOUTS: HttpTimeouts = {
  headersMs: 10_000,
  requestMs: 30_000,
  checkMs: 1000,
  writeMs: 15_000,
};

/**
 * Limit of a connection's requests without a response. One of them is handled at a time. A client that pipelines more
 * is disconnected: the parser emits every request of a 64 KiB chunk at once, which can be 2,400.
 */
export const MAX_PENDING_REQUESTS = 32;

/** Limit of the bytes of all responses that clients have not read. Beyond it, the slowest connection is closed. */
export const MAX_UNSENT_BYTES = 64 * 1024 * 1024;

const KEEP_ALIVE_MS = 65_000;

/** Time for requests in flight to finish at shutdown. */
const FINISH_MS = 10_000;

/**
 * Time an idle connection stays open at shutdown. A client that has just received a response may already have sent its
 * next request, which closing the connection would lose.
 */
const LINGER_MS = 500;

/** Handles one request. Resolves once the response is complete, whether or not the client has read it. */
export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export type HttpListener = {
  readonly port: number;
  /** Sets the handler of all requests. Requests that arrive before wait for it. */
  handle(handler: RequestHandler): void;
  /**
   * Stops listening, marks the next response on each connection as the last, lets requests in flight finish, and closes
   * what is left after 10 seconds.
   */
  stop(): Promise<void>;
};

/**
 * Binds an HTTP server. It handles one request of a connection at a time, and closes connections with slow headers or
 * bodies, with too many requests, or with a response that the client does not read.
 * @param port 0 for any free port
 * @throws Error if the address is unusable; the message says what to change
 */
export async function listen(
  host: string,
  port: number,
  { headersMs, requestMs, checkMs, writeMs }: HttpTimeouts = DEFAULT_TIMEOUTS,
): Promise<HttpListener> {
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const connections = trackConnections(server, writeMs);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(describeListenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    handle: connections.handle,
    stop: () => {
      stopped ??= stop(server, connections);
      return stopped;
    },
  };
}

function describeListenError({ code, message }: NodeJS.ErrnoException, host: string, port: number): Error {
  if (code === "EADDRINUSE")
    return new Error(`Port ${port} on ${host} is in use. Choose another port, or 0 for any free port.`);
  if (code === "EADDRNOTAVAIL")
    return new Error(`${host} is not an address of this machine. Choose another host.`);
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return new Error(`Host ${host} was not found. Choose an IP address of this machine.`);
  if (code === "EACCES") return new Error(`Not allowed to listen on port ${port}. Choose a port above 1023.`);
  return new Error(`Cannot listen on ${host}:${port}: ${message}`);
}

/** The open connections of a server. */
type Connections = {
  handle(handler: RequestHandler): void;
  /** From now on, marks the last response due on each connection as its last (RFC 9112, section 9.6). */
  announceClose(): void;
  /** Whether every request has been answered to the last byte. */
  areIdle(): boolean;
  /** Whether all are closed and their requests have been notified. */
  areClosed(): boolean;
};

type Connection = {
  /** The turn of the event loop in which a request was last handled. */
  turn: number;
  /** The response to the newest request. */
  newest: ServerResponse | undefined;
  /** Requests without a complete response; the first of them is being handled. */
  readonly pending: [IncomingMessage, ServerResponse][];
  /** Handles the next request. Called when a response has been sent to its last byte. */
  readonly next: () => void;
};

function trackConnections(server: Server, writeMs: number): Connections {
  const open = new Map<Socket, Connection>();
  const unsent = trackUnsent(writeMs);
  let handler: RequestHandler | undefined;
  let isClosing = false;
  let turn = 0;
  let isTurnEnding = false;

  const endTurn = (): void => {
    turn += 1;
    isTurnEnding = false;
  };
  const setConnectionHeader = (value: "close" | "keep-alive", response: ServerResponse | undefined): void => {
    if (response?.headersSent === false) response.setHeader("connection", value);
  };
  const handleFirst = async (connection: Connection): Promise<void> => {
    const [first] = connection.pending;
    if (!first || !handler || !first[0].socket.writable) return;
    connection.turn = turn;
    if (!isTurnEnding) setImmediate(endTurn);
    isTurnEnding = true;
    await handler(...first);
    // Node hands a response to the system later in this turn; nearly all are sent whole by then.
    setImmediate(unsent.add, first[1]);
  };
  /** Other connections have their turn between two requests of a connection, even if all arrive in one chunk. */
  const schedule = (connection: Connection): void => {
    if (connection.turn === turn) setImmediate(handleFirst, connection);
    else void handleFirst(connection);
  };
  server.on("connection", (socket) => {
    const connection: Connection = {
      turn: -1,
      newest: undefined,
      pending: [],
      next: () => {
        connection.pending.shift();
        if (connection.pending.length === 0) return;
        socket.setTimeout(0);
        schedule(connection);
      },
    };
    open.set(socket, connection);
    socket.once("close", () => open.delete(socket));
  });
  server.on("request", (request, response) => {
    const { socket } = request;
    const connection = open.get(socket);
    if (!connection || socket.destroyed) return;
    if (connection.pending.length >= MAX_PENDING_REQUESTS) {
      disconnect(socket);
      return;
    }
    if (isClosing) {
      // With pipelining, the first response that says "close" ends the connection, so only the newest may.
      setConnectionHeader("keep-alive", connection.newest);
      setConnectionHeader("close", response);
    }
    connection.newest = response;
    response.on("finish", connection.next);
    if (connection.pending.push([request, response]) === 1) schedule(connection);
  });
  return {
    handle: (added) => {
      handler = added;
      for (const connection of open.values()) void handleFirst(connection);
    },
    announceClose: () => {
      isClosing = true;
      for (const { newest } of open.values()) setConnectionHeader("close", newest);
    },
    areIdle: () => [...open.values()].every(({ newest }) => newest?.writableFinished ?? true),
    areClosed: () => open.size === 0,
  };
}

/** Closes a connection with many requests. Node creates an error for each of them, which is slow with stack traces. */
function disconnect(socket: Socket): void {
  const { stackTraceLimit } = Error;
  socket.prependOnceListener("close", () => {
    Error.stackTraceLimit = 0;
  });
  socket.once("close", () => {
    Error.stackTraceLimit = stackTraceLimit;
  });
  socket.destroy();
}

/**
 * Tracks responses that are complete but not sent, because their clients don't read them.
 * @param stallMs a connection that sends nothing of its response for this long is closed
 */
function trackUnsent(stallMs: number): { add(response: ServerResponse): void } {
  /** The bytes of each response, slowest first. */
  const unsent = new Map<ServerResponse, number>();
  let total = 0;
  const remove = (response: ServerResponse): void => {
    total -= unsent.get(response) ?? 0;
    unsent.delete(response);
  };
  return {
    add: (response) => {
      const { socket } = response;
      if (!socket || socket.writableLength === 0) return;
      // The timeout restarts whenever a part of the response is sent, and would restart with each received byte too.
      socket.setTimeout(stallMs);
      socket.pause();
      unsent.set(response, socket.writableLength);
      total += socket.writableLength;
      response.once("close", () => {
        remove(response);
        socket.resume();
      });
      for (const slowest of unsent.keys()) {
        if (total <= MAX_UNSENT_BYTES) break;
        remove(slowest);
        slowest.destroy();
      }
    },
  };
}

function stop(server: Server, connections: Connections): Promise<void> {
  return new Promise((resolve) => {
    const forceClose = setTimeout(() => server.closeAllConnections(), FINISH_MS);
    const sweep = setInterval(() => {
      // Connections that Node calls idle may still have bytes of a response to send.
      if (connections.areIdle()) server.closeIdleConnections();
    }, LINGER_MS);
    /** Node reports the server as closed before the requests of a closed connection are notified. */
    const waitForRequests = (): void =>
      void setImmediate(() => {
        if (connections.areClosed()) resolve();
        else waitForRequests();
      });
    connections.announceClose();
    // The close method of the HTTP server would close idle connections immediately.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(forceClose);
      clearInterval(sweep);
      waitForRequests();
    });
  });
}
