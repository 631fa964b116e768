import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";

/** How long a client may take, in milliseconds. */
export type HttpTimeouts = {
  /** For a request's headers. */
  readonly headersMs: number;
  /** For the whole request, its body included; at least as long as for its headers. */
  readonly requestMs: number;
  /** How often that is looked at. */
  readonly checkMs: number;
};

export const DEFAULT_TIMEOUTS: HttpTimeouts = { headersMs: 10_000, requestMs: 30_000, checkMs: 1000 };

/** What is in flight at shutdown may take so long. */
const FINISH_MS = 10_000;

/**
 * At shutdown a connection stays so long without a request. A client that has just had an answer may have sent its next
 * request, which would be lost with the connection.
 */
const LINGER_MS = 500;

export type HttpListener = {
  readonly port: number;
  /**
   * Stops listening, tells every connection that its next answer is the last one, lets what is in flight finish, and
   * cuts what is left after ten seconds.
   */
  stop(): Promise<void>;
};

/**
 * Listens, and hands every request to the listener that `app` makes of the port. Slow headers and slow bodies are cut.
 * @throws Error that says what to do where the address cannot be used
 */
export async function listen(
  host: string,
  port: number,
  app: (port: number) => RequestListener,
  { headersMs, requestMs, checkMs }: HttpTimeouts = DEFAULT_TIMEOUTS,
): Promise<HttpListener> {
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    connectionsCheckingInterval: checkMs,
    keepAliveTimeout: 65_000,
  });
  const connections = watch(server);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(describe(error, host, port)));
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  server.on("request", app(bound));
  let stopped: Promise<void> | undefined;
  return {
    port: bound,
    stop: () => {
      stopped ??= stop(server, connections);
      return stopped;
    },
  };
}

function describe({ code, message }: NodeJS.ErrnoException, host: string, port: number): Error {
  if (code === "EADDRINUSE")
    return new Error(`Port ${port} of ${host} is in use. Choose another with --port; 0 takes any free one.`);
  if (code === "EADDRNOTAVAIL")
    return new Error(`${host} is no address of this machine. Give one with --host.`);
  if (code === "EACCES")
    return new Error(`Port ${port} may not be used by this user. Choose one above 1023 with --port.`);
  return new Error(`${host}:${port} cannot be listened on: ${message}`);
}

/** The open connections of a server. */
type Connections = {
  /**
   * From now on the last answer that is due on each says that it is the last (RFC 9112, section 9.6), so that no client
   * asks where nobody will answer.
   */
  sayFarewell(): void;
  /** Whether everything that was asked is answered, to the last byte. */
  areQuiet(): boolean;
  /** Whether all are closed, and their requests know it. */
  areGone(): boolean;
};

function watch(server: Server): Connections {
  /** By connection, the answer to its newest request. */
  const newest = new Map<Socket, ServerResponse | undefined>();
  let isLeaving = false;

  const say = (value: "close" | "keep-alive", response: ServerResponse | undefined): void => {
    if (response?.headersSent === false) response.setHeader("connection", value);
  };
  server.on("connection", (socket) => {
    newest.set(socket, undefined);
    socket.once("close", () => newest.delete(socket));
  });
  server.on("request", ({ socket }, response) => {
    if (isLeaving) {
      // Where requests are pipelined, the connection ends with the first answer that says so.
      say("keep-alive", newest.get(socket));
      say("close", response);
    }
    newest.set(socket, response);
  });
  return {
    sayFarewell: () => {
      isLeaving = true;
      for (const response of newest.values()) say("close", response);
    },
    areQuiet: () => [...newest.values()].every((response) => response?.writableFinished ?? true),
    areGone: () => newest.size === 0,
  };
}

function stop(server: Server, connections: Connections): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), FINISH_MS);
    const sweep = setInterval(() => {
      // What Node calls idle may still have bytes of an answer to send.
      if (connections.areQuiet()) server.closeIdleConnections();
    }, LINGER_MS);
    /** Node says that the server is closed before the requests that were cut hear of it. */
    const wait = (): void =>
      void setImmediate(() => {
        if (connections.areGone()) resolve();
        else wait();
      });
    connections.sayFarewell();
    // The HTTP server's own method would break the idle connections at once.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(cut);
      clearInterval(sweep);
      wait();
    });
  });
}
