import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { codeOf } from "./errors.ts";
import { isLoopback } from "./url.ts";

/** A running HTTP server on a loopback address. */
export type LoopbackServer = {
  /** Such as `http://127.0.0.1:43210`. */
  readonly url: URL;
  /** Lets the process exit while the server listens. Call it before the first request. */
  unref(): void;
  /** Closes at once and aborts requests in flight. Idempotent. */
  close(): Promise<void>;
};

/** A request that ended. */
export type ServedRequest = {
  readonly method: string;
  /** Without the query, at most 200 characters. */
  readonly path: string;
  /** Undefined if the client went away before the response. */
  readonly status: number | undefined;
  readonly ms: number;
};

/** Called after each request. */
export type ObserveRequest = (request: ServedRequest) => void;

const MAX_PATH_LENGTH = 200;
const MAX_CONNECTIONS = 1024;
const TIMEOUTS = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 };

/**
 * Starts a server for this machine, such as an emulator.
 * @param port 0 picks a free port
 * @throws Error with the next step if the port is unavailable
 */
export async function startLoopbackServer(
  listener: RequestListener,
  port: number,
  host = "127.0.0.1",
  observe?: ObserveRequest,
): Promise<LoopbackServer> {
  const server = createServer(TIMEOUTS, observe ? withObserver(listener, observe) : listener);
  server.maxConnections = MAX_CONNECTIONS;
  const actualPort = await listen(server, port, host);
  let closed: Promise<void> | undefined;
  return {
    url: new URL(`http://${host.includes(":") ? `[${host}]` : host}:${actualPort}`),
    unref: () => {
      server.unref();
      server.on("connection", (socket) => socket.unref());
    },
    close: () => {
      closed ??= new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

/** Whether a `Host` header names another machine, as that of a request that DNS rebinding sends here. */
export function isForeignHost(host = ""): boolean {
  const address = `http://${host}`;
  return !URL.canParse(address) || !isLoopback(new URL(address).hostname);
}

function withObserver(listener: RequestListener, observe: ObserveRequest): RequestListener {
  return (request, response) => {
    const started = performance.now();
    const { method = "", url = "" } = request;
    const path = url.replace(/\?.*$/s, "").slice(0, MAX_PATH_LENGTH);
    response.once("close", () => {
      const status = response.writableFinished ? response.statusCode : undefined;
      observe({ method, path, status, ms: Math.round(performance.now() - started) });
    });
    return listener(request, response);
  };
}

/** Returns the actual port. */
function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: unknown): void => reject(listenError(error, port, host));
    try {
      server.once("error", onError).listen({ port, host }, () => {
        server.off("error", onError);
        resolve((server.address() as AddressInfo).port);
      });
    } catch (error) {
      onError(error);
    }
  });
}

const LISTEN_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use. Stop the program that uses it, or choose another port (0: any free port)",
  EACCES: "requires privileges. Choose a port above 1023 (0: any free port)",
  ERR_SOCKET_BAD_PORT: "does not exist. Choose a port from 1 to 65535 (0: any free port)",
};

function listenError(cause: unknown, port: number, host: string): Error {
  const code = codeOf(cause) ?? "unknown error";
  const problem = LISTEN_ERRORS[code] ?? `cannot be opened (${code}). Choose another host or port`;
  return new Error(`Port ${port} on ${host} ${problem}.`, { cause });
}
