import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { isLocalBind } from "../../../config/http.ts";
import { parseJson } from "../../../shared/json.ts";
import { READY_KEY } from "./fixtures.ts";
import type { SandboxResponse } from "./responses.ts";
import { handleRequest } from "./routes.ts";
import { createStore } from "./store.ts";

export type SandboxOptions = {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** A loopback address or `localhost`. Default 127.0.0.1. */
  readonly host?: string | undefined;
  /** Milliseconds from one status of a signal to the next, and then to its entity links. Default 150. */
  readonly delayMs?: number | undefined;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
};

/** A running emulator of Lightfast REST API v1. */
export type Sandbox = {
  /** The base URL, such as `http://127.0.0.1:43210`. */
  readonly url: URL;
  /** The key for which everything works. */
  readonly readyKey: string;
  /** Lets the process exit while the sandbox listens. Call it before the first request. */
  unref(): void;
  /** Closes at once and aborts requests in flight. Idempotent. */
  close(): Promise<void>;
};

const DEFAULT_DELAY_MS = 150;
const MAX_CONNECTIONS = 1024;
const TIMEOUTS = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 };

/**
 * Starts a Lightfast API in memory, on loopback, without account, network or model. `SANDBOX_KEYS` and
 * `SANDBOX_INPUTS` list the keys and inputs that cause errors.
 * @throws Error with the next step if an option is invalid or the port is unavailable
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port: requestedPort = 0, host = "127.0.0.1", delayMs = DEFAULT_DELAY_MS, now = Date.now } = options;
  if (!isLocalBind(host)) {
    throw new Error(
      `The sandbox listens on loopback addresses only. Omit the host, or use one instead of ${host}.`,
    );
  }
  if (!Number.isFinite(delayMs) || delayMs < 0) {
    throw new Error(`The delay must be a number of milliseconds, 0 or more (not ${delayMs}).`);
  }
  const state = { store: createStore({ now, delayMs }), now };
  const server = createServer(TIMEOUTS, async (request, response) => {
    const { method = "", url: target = "", headers } = request;
    const readJson = () => readJsonBody(request);
    send(
      response,
      await handleRequest({ method, target, authorization: headers.authorization, readJson }, state),
    );
  });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listen(server, requestedPort, host);
  let closed: Promise<void> | undefined;
  return {
    url: new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`),
    readyKey: READY_KEY,
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
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  const problem = LISTEN_ERRORS[code] ?? `cannot be opened (${code}). Choose another host or port`;
  return new Error(`Port ${port} on ${host} ${problem}.`, { cause });
}

/** A longer body counts as unreadable. */
const MAX_BODY_BYTES = 1024 * 1024;

/**
 * Parses a body as JSON, whatever its content type; undefined if it's unreadable. An oversized body is read to its end,
 * so that the client reads the response.
 */
async function readJsonBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return size > MAX_BODY_BYTES ? undefined : parseJson(new TextDecoder().decode(Buffer.concat(chunks)));
}

const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Sends a response, after its delay. A waiting response does not keep the process alive. */
function send(response: ServerResponse, { status, body, headers, delayMs }: SandboxResponse): void {
  if (response.destroyed) return;
  const write = (): void => {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const content = json !== undefined && {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(json),
    };
    response.writeHead(status, { ...SECURITY_HEADERS, ...headers, ...content }).end(json);
  };
  if (!delayMs) {
    write();
    return;
  }
  const timer = setTimeout(write, delayMs).unref();
  response.once("close", () => clearTimeout(timer));
}
