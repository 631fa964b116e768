import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";

/** Time limits for clients, in milliseconds. */
export type HttpTimeouts = {
  /** For a request's headers. */
  readonly headersMs: number;
  /** For the whole request with its body; at least `headersMs`. */
  readonly requestMs: number;
  /** Interval at which both are checked. */
  readonly checkMs: number;
};

export const DEFAULT_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000, checkMs: 1000 };

const KEEP_ALIVE_MS = 65_000;

/** Time for requests in flight to finish at shutdown. */
const FINISH_MS = 10_000;

/**
 * Time an idle connection stays open at shutdown. A client that has just received a response may already have sent its
 * next request, which closing the connection would lose.
 */
const LINGER_MS = 500;

export type HttpListener = {
  readonly port: number;
  /** Sets the handler of all requests. Requests that arrive before wait for it. */
  handle(listener: RequestListener): void;
  /**
   * Stops listening, marks the next response on each connection as the last, lets requests in flight finish, and closes
   * what is left after 10 seconds.
   */
  stop(): Promise<void>;
};

/**
 * Binds an HTTP server. Connections with slow headers or bodies are closed.
 * @param port 0 for any free port
 * @throws Error if the address is unusable; the message says what to change
 */
export async function listen(
  host: string,
  port: number,
  { headersMs, requestMs, checkMs }: HttpTimeouts = DEFAULT_TIMEOUTS,
): Promise<HttpListener> {
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
  });
  const connections = trackConnections(server);
  const waiting: Parameters<RequestListener>[] = [];
  let handler: RequestListener = (...request) => void waiting.push(request);
  server.on("request", (request, response) => handler(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(describeListenError(error, host, port)));
    server.listen(port, host, resolve);
  });
  let stopped: Promise<void> | undefined;
  return {
    port: (server.address() as AddressInfo).port,
    handle: (listener) => {
      handler = listener;
      for (const [request, response] of waiting.splice(0)) {
        if (!response.destroyed) listener(request, response);
      }
    },
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
  if (code === "EACCES") return new Error(`Not allowed to listen on port ${port}. Choose a port above 1023.`);
  return new Error(`Cannot listen on ${host}:${port}: ${message}`);
}

/** The open connections of a server. */
type Connections = {
  /** From now on, marks the last response due on each connection as its last (RFC 9112, section 9.6). */
  announceClose(): void;
  /** Whether every request has been answered to the last byte. */
  areIdle(): boolean;
  /** Whether all are closed and their requests have been notified. */
  areClosed(): boolean;
};

function trackConnections(server: Server): Connections {
  /** The response to the newest request of each connection. */
  const newest = new Map<Socket, ServerResponse | undefined>();
  let isClosing = false;

  const setConnectionHeader = (value: "close" | "keep-alive", response: ServerResponse | undefined): void => {
    if (response?.headersSent === false) response.setHeader("connection", value);
  };
  server.on("connection", (socket) => {
    newest.set(socket, undefined);
    socket.once("close", () => newest.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    if (isClosing) {
      // With pipelining, the first response that says "close" ends the connection, so only the newest may.
      setConnectionHeader("keep-alive", newest.get(socket));
      setConnectionHeader("close", response);
    }
    newest.set(socket, response);
  });
  return {
    announceClose: () => {
      isClosing = true;
      for (const response of newest.values()) setConnectionHeader("close", response);
    },
    areIdle: () => [...newest.values()].every((response) => response?.writableFinished ?? true),
    areClosed: () => newest.size === 0,
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
