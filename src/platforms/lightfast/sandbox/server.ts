import { Buffer } from "node:buffer";
import type {
  IncomingHttpHeaders,
  IncomingMessage,
  OutgoingHttpHeaders,
  RequestListener,
  ServerResponse,
} from "node:http";
import { isLocalBind } from "../../../config/http.ts";
import { parseJson } from "../../../shared/json.ts";
import {
  isForeignHost,
  type LoopbackServer,
  type ObserveRequest,
  startLoopbackServer,
} from "../../../shared/loopback-server.ts";
import type { SharedStateOptions } from "../../../shared/state-file.ts";
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
  /** Shares the signals with other processes. Default: they stay in this sandbox. */
  readonly share?: SharedStateOptions | undefined;
  readonly observe?: ObserveRequest | undefined;
};

/** A running emulator of Lightfast REST API v1. */
export type Sandbox = LoopbackServer & {
  /** The key for which everything works. */
  readonly readyKey: string;
};

const DEFAULT_DELAY_MS = 150;

/**
 * Starts a Lightfast API in memory, on loopback, without account, network or model. `SANDBOX_KEYS` and
 * `SANDBOX_INPUTS` list the keys and inputs that cause errors.
 * @throws Error with the next step if an option is invalid or the port is unavailable
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port: requestedPort = 0, host = "127.0.0.1", delayMs = DEFAULT_DELAY_MS, now = Date.now } = options;
  const { corsOrigins = [], share, observe } = options;
  if (!isLocalBind(host)) {
    throw new Error(
      `The sandbox listens on loopback addresses only. Omit the host, or use one instead of ${host}.`,
    );
  }
  if (!Number.isFinite(delayMs) || delayMs < 0) {
    throw new Error(`The delay must be a number of milliseconds, 0 or more (not ${delayMs}).`);
  }
  const state = { store: createStore({ now, delayMs, share }), now };
  const answer: RequestListener = async (request, response) => {
    const { method = "", url: target = "", headers } = request;
    const readJson = () => readJsonBody(request);
    const result =
      rejectForeign(headers, corsOrigins) ??
      (await handleRequest({ method, target, authorization: headers.authorization, readJson }, state));
    send(response, result, corsHeaders(headers, corsOrigins));
  };
  const server = await startLoopbackServer(answer, requestedPort, host, observe);
  return { ...server, readyKey: READY_KEY };
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
  { host, origin }: IncomingHttpHeaders,
  corsOrigins: readonly string[],
): SandboxResponse | undefined {
  const failure = isForeignHost(host)
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
