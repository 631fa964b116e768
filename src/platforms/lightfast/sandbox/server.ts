import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from "node:http";
import { READY_KEY } from "./fixtures.ts";
import type { SandboxResponse } from "./responses.ts";
import { answerTo, type World } from "./routes.ts";
import { createStore } from "./store.ts";

/** A longer body counts as one that cannot be read. */
const MAX_BODY_BYTES = 1024 * 1024;

const SECURITY = {
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "strict-origin-when-cross-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/** Reads to the end, so that the client gets to read the answer, but keeps no more than is allowed. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) chunks.length = 0;
    else chunks.push(chunk);
  }
  return size > MAX_BODY_BYTES ? undefined : Buffer.concat(chunks);
}

/** JSON whatever the content type says. Broken, oversized and broken-off bodies are like none at all. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  try {
    const body = await readBody(request);
    return body && JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

function write(response: ServerResponse, { status, body, headers }: SandboxResponse): void {
  if (body === undefined) {
    response.writeHead(status, { ...SECURITY, ...headers }).end();
    return;
  }
  const json = JSON.stringify(body);
  const content = { "content-type": "application/json", "content-length": Buffer.byteLength(json) };
  response.writeHead(status, { ...SECURITY, ...headers, ...content }).end(json);
}

/** An answer that is held back keeps no process alive, and is forgotten when nobody waits for it any more. */
function send(response: ServerResponse, answer: SandboxResponse): void {
  if (response.destroyed) return;
  if (!answer.heldMs) {
    write(response, answer);
    return;
  }
  const timer = setTimeout(() => write(response, answer), answer.heldMs);
  timer.unref();
  response.once("close", () => clearTimeout(timer));
}

/** What a `node:http` server needs to be the API. */
function createListener(world: World): RequestListener {
  return async (request, response) => {
    const answer = await answerTo(
      {
        method: request.method ?? "",
        target: request.url ?? "",
        authorization: request.headers.authorization,
        readJson: () => readJson(request),
      },
      world,
    );
    send(response, answer);
  };
}

export type SandboxOptions = {
  /** 0, the default, takes any free port. */
  readonly port?: number | undefined;
  /** A loopback address or `localhost`; default 127.0.0.1. */
  readonly host?: string | undefined;
  /**
   * Milliseconds from one state of a signal to the next: queued, processing, classified, and then its entity links.
   * Default 150.
   */
  readonly delayMs?: number | undefined;
  /** The clock, in milliseconds since the epoch; for tests. Default `Date.now`. */
  readonly now?: (() => number) | undefined;
};

/** A running emulator of Lightfast REST API v1. */
export type Sandbox = {
  /** Where it listens, for example `http://127.0.0.1:43210`; serves as a base URL. */
  readonly url: URL;
  /** A key with which everything works. */
  readonly readyKey: string;
  /** Lets the process end although the sandbox still listens; call it before the first request. */
  unref(): void;
  /** Ends at once, requests in flight included. Calling it again does no harm. */
  close(): Promise<void>;
};

const DEFAULT_DELAY_MS = 150;
const MAX_CONNECTIONS = 1024;

const LIMITS = { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 };

const LOOPBACK = /^(?:localhost|::1|127(?:\.\d{1,3}){3})$/;

/** Why listening failed and what to do, by the code of the system's error. */
const FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "is in use. Stop what listens there, or choose another port (0 takes any free one)",
  EACCES: "is not open to this user. Choose a port above 1023 (0 takes any free one)",
  ERR_SOCKET_BAD_PORT: "does not exist. Choose one from 1 to 65535 (0 takes any free one)",
};

function listenError(cause: unknown, port: number, host: string): Error {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
  const why = FAULTS[code] ?? `cannot be opened (${code}). Choose another host or port`;
  return new Error(`Port ${port} on ${host} ${why}.`, { cause });
}

/** The port that was given, or found where none was. */
function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port, host }, () => {
      server.off("error", reject);
      const address = server.address();
      resolve(typeof address === "object" && address ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function assertOptions(host: string, delayMs: number): void {
  if (!LOOPBACK.test(host)) {
    throw new Error(`The sandbox listens on loopback addresses only, not on ${host}. Leave the host out.`);
  }
  if (!Number.isFinite(delayMs) || delayMs < 0) {
    throw new Error(`The delay must be a number of milliseconds, 0 or more, not ${delayMs}.`);
  }
}

/**
 * Starts a Lightfast API that lives in memory and on loopback, for trying things out and for tests: no account, no
 * network, no model. `SANDBOX_KEYS` (keys.ts) and `SANDBOX_INPUTS` (inputs.ts) list what provokes errors and odd outcomes.
 * @throws Error where the options make no sense or the port cannot be had; the message says what to do
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = "127.0.0.1", delayMs = DEFAULT_DELAY_MS, now = Date.now } = options;
  assertOptions(host, delayMs);
  const server = createServer(LIMITS, createListener({ store: createStore({ now, delayMs }), now }));
  server.maxConnections = MAX_CONNECTIONS;
  const actual = await listen(server, port, host).catch((cause) => {
    throw listenError(cause, port, host);
  });
  let closed: Promise<void> | undefined;
  return {
    url: new URL(`http://${host.includes(":") ? `[${host}]` : host}:${actual}`),
    readyKey: READY_KEY,
    unref: () => {
      server.unref();
      server.on("connection", (socket) => socket.unref());
    },
    close: () => {
      closed ??= closeServer(server);
      return closed;
    },
  };
}
