import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { isLocalBind } from "../../../config/http.ts";
import { parseJson } from "../../../shared/json.ts";
import { isLoopback } from "../../../shared/url.ts";
import { READY_KEY } from "./fixtures.ts";
import { ApiFailure, type SandboxResponse } from "./responses.ts";
import { handleRequest } from "./routes.ts";
import { createStore } from "./store.ts";

export type SandboxOptions = {
  /** Default 0: any free port. */
  readonly port?: number | undefined;
  /** Origins of browser pages that may use the sandbox, in lower case. Default: none. */
  readonly corsOrigins?: readonly string[] | undefined;
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
  const { corsOrigins = [] } = options;
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
    const result =
      rejectForeign(headers, corsOrigins) ??
      (await handleRequest({ method, target, authorization: headers.authorization, readJson }, state));
    send(response, result, corsHeaders(headers, corsOrigins));
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

/**
 * The response to a request for a foreign host, which DNS rebinding sends here, or from a page of a foreign origin;
 * undefined for any other.
 */
function rejectForeign(
  { host = "", origin }: IncomingHttpHeaders,
  corsOrigins: readonly string[],
): SandboxResponse | undefined {
  const address = `http://${host}`;
  const failure =
    !URL.canParse(address) || !isLoopback(new URL(address).hostname)
      ? new ApiFailure(403, "forbidden", "Unknown host name. Use the URL that the sandbox printed.")
      : origin !== undefined && !corsOrigins.includes(origin.toLowerCase())
        ? new ApiFailure(403, "forbidden", "Browser pages of this origin may not use the sandbox.")
        : undefined;
  return failure?.toResponse();
}

/** The headers that let an allowed page read a response, errors included. */
function corsHeaders({ origin }: IncomingHttpHeaders, corsOrigins: readonly string[]): OutgoingHttpHeaders {
  if (origin === undefined || !corsOrigins.includes(origin.toLowerCase())) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE,OPTIONS",
    "access-control-allow-headers": "authorization,content-type",
    "access-control-max-age": "86400",
    vary: "origin",
  };
}

const SECURITY_HEADERS = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Sends a response, after its delay. A waiting response does not keep the process alive. */
function send(
  response: ServerResponse,
  { status, body, headers, delayMs }: SandboxResponse,
  cors: OutgoingHttpHeaders,
): void {
  if (response.destroyed) return;
  const write = (): void => {
    const json = body === undefined ? undefined : JSON.stringify(body);
    const content = json !== undefined && {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(json),
    };
    response.writeHead(status, { ...SECURITY_HEADERS, ...cors, ...headers, ...content }).end(json);
  };
  if (!delayMs) {
    write();
    return;
  }
  const timer = setTimeout(write, delayMs).unref();
  response.once("close", () => clearTimeout(timer));
}
