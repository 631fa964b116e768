import { isUtf8 } from "node:buffer";
import { setMaxListeners } from "node:events";
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createDispatch } from "../../mcp/dispatch.ts";
import {
  classify,
  errorResponse,
  type Incoming,
  RPC,
  runBatch,
  serializeMessage,
} from "../../mcp/json-rpc.ts";
import { FIRST_BEAT_MS, readProgressToken, trackProgress } from "../../mcp/progress.ts";
import type { RequestContext, ServerDefinition } from "../../mcp/server.ts";
import type { Caller } from "../../mcp/tool.ts";
import type { JsonRpcResponse, ProgressNotification, ProgressToken } from "../../mcp/types.ts";
import { BATCH_VERSION, rejectBatch } from "../../mcp/versions.ts";
import type { Clock } from "../../shared/clock.ts";
import { isObject } from "../../shared/json.ts";
import { readTrace, type Trace } from "../../shared/trace.ts";
import {
  isJson,
  isModernMessage,
  isUncompressed,
  negotiateFormat,
  type ResponseFormat,
  rejectBatchMember,
  rejectModern,
  rejectVersion,
} from "./negotiation.ts";
import { type HttpResponse, JSON_HEADERS, json, type ResponseLog } from "./response.ts";
import type { Challenger } from "./security.ts";
import type { Telemetry } from "./telemetry.ts";

/** Handles one authenticated POST. */
export type McpEndpoint<Identity> = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller<Identity>,
  requestId: string,
  trace?: Trace,
) => Promise<HttpResponse>;

/** The stateless MCP endpoint: one POST, one response, no session. */
export function createMcpEndpoint<Identity>(
  server: ServerDefinition<unknown, Identity>,
  challenger: Pick<Challenger, "missingScope">,
  clock?: Clock,
  telemetry?: Telemetry,
): McpEndpoint<Identity> {
  const plain = createDispatch(server);
  const dispatch: typeof plain =
    telemetry?.instrument(plain, server) ??
    ((request, context) => {
      const trace = readTrace(request.params._meta);
      return plain(request, trace ? { ...context, trace } : context);
    });
  const nextTurn = createTurns();
  const { stepUpGrant } = server.catalog;

  /** The response to one message; undefined if it doesn't need one. */
  const handle = (
    incoming: Incoming,
    context: RequestContext<Identity>,
  ): Promise<JsonRpcResponse> | JsonRpcResponse | undefined => {
    if (incoming.kind === "request") return dispatch(incoming, context);
    if (incoming.kind !== "invalid") return undefined;
    return errorResponse(incoming.id, RPC.invalidRequest, `Invalid request: ${incoming.reason}`);
  };

  /** Runs `work` with a beat for as long as it takes. */
  const track = <T>(
    beat: Beat,
    token: ProgressToken | undefined,
    context: RequestContext<Identity>,
    work: (context: RequestContext<Identity>) => Promise<T>,
  ): Promise<T> => {
    const { signal } = context;
    // A step that is reported earlier must not make an event stream of a fast call.
    const { report, stop } = trackProgress({ token, signal, clock, send: beat, quietMs: FIRST_BEAT_MS });
    const done = work(token === undefined ? context : { ...context, progress: report });
    // The first reaction, so that the beats have ended when the response is sent.
    done.then(stop, stop);
    return done;
  };

  const handleBatch = async (
    messages: readonly unknown[],
    context: RequestContext<Identity>,
    format: ResponseFormat,
  ): Promise<HttpResponse> => {
    await nextTurn();
    const run = (beat?: Beat) =>
      runBatch(messages, (incoming) => {
        const rejection = rejectBatchMember(incoming);
        if (rejection || !beat || !isToolCall(incoming)) return rejection ?? handle(incoming, context);
        const token = readProgressToken(incoming.params);
        if (token === undefined) return dispatch(incoming, context);
        return track(beat, token, context, (tracked) => dispatch(incoming, tracked));
      });
    const toResponse: ToResponse<Awaited<ReturnType<typeof run>>> = (responses, as = format) =>
      responses ? formatResponse(as, 200, responses) : ACCEPTED;
    if (format === "json") return toResponse(await run());
    // A batch may take long although none of its calls does.
    return streamIfSlow((beat) => track(beat, undefined, context, () => run(beat)), toResponse);
  };

  return async (request, response, caller, requestId, trace) => {
    const { headers } = request;
    const format = negotiateFormat(headers.accept);
    if (!format) return NOT_ACCEPTABLE;
    if (!isJson(headers["content-type"])) return NOT_JSON;
    if (!isUncompressed(headers["content-encoding"])) return COMPRESSED;
    const body = await readBody(request);
    if (body === TOO_LONG) return BODY_TOO_LONG;
    if (body === NOT_UTF8) return BODY_NOT_UTF8;
    let message: unknown;
    try {
      message = JSON.parse(body);
    } catch {
      return BODY_NOT_JSON;
    }
    const denied = stepUpGrant && rejectCall(message, (tool) => stepUpGrant(tool, caller), challenger);
    if (denied) return denied;
    const context: RequestContext<Identity> = {
      caller,
      // Present from the start: dispatch copies the context, and V8 copies faster without adding a field.
      client: undefined,
      userAgent: headers["user-agent"],
      progress: undefined,
      requestId,
      trace,
      protocolVersion: readProtocolVersion(headers),
      signal: abortOnDisconnect(request, response),
    };
    if (Array.isArray(message)) {
      // Without the header, a client of that revision is assumed (MCP 2025-06-18, "Protocol Version Header").
      const problem = rejectBatch(message.length, headers["mcp-protocol-version"] ?? BATCH_VERSION);
      return problem ? json(400, problem) : handleBatch(message, context, format);
    }
    const incoming = classify(message);
    const versionError = rejectVersion(headers, "id" in incoming ? incoming.id : null);
    if (versionError) return json(400, versionError);
    const isModern = isModernMessage(headers, message);
    const modernError = isModern ? rejectModern(headers, message, incoming) : undefined;
    if (modernError) return json(400, modernError);
    const toResponse: ToResponse<JsonRpcResponse | undefined> = (result, as = format) =>
      result ? formatResponse(as, statusFor(result, isModern), result, logOf(incoming, result)) : ACCEPTED;
    if (format === "json" || !isToolCall(incoming)) return toResponse(await handle(incoming, context));
    const token = readProgressToken(incoming.params);
    return streamIfSlow(
      (beat) => track(beat, token, context, (tracked) => dispatch(incoming, tracked)),
      toResponse,
      CALL_LOG,
    );
  };
}

/** The response to a message, or a batch of them, that calls a tool whose grant the caller must ask for first. */
function rejectCall(
  message: unknown,
  missingGrant: (tool: string) => string | undefined,
  challenger: Pick<Challenger, "missingScope">,
): HttpResponse | undefined {
  for (const one of [message].flat()) {
    if (!isObject(one) || one.method !== CALL_LOG.rpc || !isObject(one.params)) continue;
    const { name } = one.params;
    const grant = typeof name === "string" ? missingGrant(name) : undefined;
    if (grant !== undefined) return challenger.missingScope(String(name), grant);
  }
  return undefined;
}

function readProtocolVersion({ "mcp-protocol-version": version }: IncomingHttpHeaders): string | undefined {
  return typeof version === "string" ? version : undefined;
}

/** Returns a function whose callers wait, each for a different turn of the event loop, with other work in between. */
function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
}

/** Tells the client that its call still runs, with or without a notification. */
type Beat = (notification: ProgressNotification | undefined) => void;

type ToResponse<T> = (value: T, format?: ResponseFormat) => HttpResponse;

/** A comment, which clients ignore (HTML, "Server-sent events"). It keeps proxies from closing a silent connection. */
const KEEP_ALIVE = ": keep-alive\n\n";

/** Resolves to the response of `work` when it is complete, or to an event stream that ends with it, at the first beat. */
function streamIfSlow<T>(
  work: (beat: Beat) => Promise<T>,
  toResponse: ToResponse<T>,
  log?: ResponseLog,
): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let isStream = false;
    let held = "";
    let write = (part: string): void => {
      held += part;
    };
    const stream: HttpResponse["stream"] = async (writePart) => {
      write = writePart;
      write(held);
      return toResponse(await done, "sse").body ?? "";
    };
    const done = work((notification) => {
      write(notification ? formatEvent(notification) : KEEP_ALIVE);
      isStream = true;
      resolve({ status: 200, headers: EVENT_STREAM_HEADERS, stream, log });
    });
    done.then((value) => {
      if (!isStream) resolve(toResponse(value));
    }, reject);
  });
}

function isToolCall(incoming: Incoming): incoming is Extract<Incoming, { kind: "request" }> {
  return incoming.kind === "request" && incoming.method === "tools/call";
}

/** Limit of a request's body, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** The body exceeds the limit; the rest of it was not read. */
export const TOO_LONG = Symbol("too long");
/** The body is not UTF-8, which JSON between systems must be (RFC 8259, section 8.1). */
export const NOT_UTF8 = Symbol("not UTF-8");

const ACCEPTED: HttpResponse = { status: 202 };
const NOT_ACCEPTABLE = protocolError(406, "Accept must allow application/json or text/event-stream");
const NOT_JSON = protocolError(415, "Content-Type must be application/json");
const COMPRESSED = protocolError(415, "Content-Encoding must be identity: send the body uncompressed", {
  "accept-encoding": "identity",
});
const BODY_TOO_LONG = protocolError(413, `The body is over ${MAX_BODY_BYTES} bytes`, { connection: "close" });
const BODY_NOT_UTF8 = protocolError(400, "Parse error: the body is not UTF-8", {}, RPC.parseError);
const BODY_NOT_JSON = protocolError(400, "Parse error: the body is not JSON", {}, RPC.parseError);

function protocolError(
  status: number,
  message: string,
  headers: OutgoingHttpHeaders = {},
  code: number = RPC.invalidRequest,
): HttpResponse {
  return json(status, errorResponse(null, code, message), headers, { reason: message });
}

/** Reads a request's body as text. @throws Error if the client disconnects before its end */
export function readBody(request: IncomingMessage): Promise<string | typeof TOO_LONG | typeof NOT_UTF8> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) return resolve(TOO_LONG);
    const chunks: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      else {
        request.pause();
        resolve(TOO_LONG);
      }
    });
    request.on("end", () => {
      // Most bodies arrive in one chunk, which needs no copy.
      const [first = Buffer.alloc(0)] = chunks;
      const body = chunks.length > 1 ? Buffer.concat(chunks) : first;
      resolve(isUtf8(body) ? body.toString("utf8") : NOT_UTF8);
    });
    request.on("error", reject);
    request.on("close", () => {
      if (!request.complete) reject(new Error("the client disconnected"));
    });
  });
}

/** The requests of one connection: several if they are pipelined. */
type Connection = { readonly signal: AbortSignal; unfinished: number; readonly onFinish: () => void };

/** Requests share their connection's signal, because creating one costs 12 µs. */
const connections = new WeakMap<Socket, Connection>();

/** A signal that aborts if the client disconnects before it has its responses, which cancels its calls. */
function abortOnDisconnect({ socket }: IncomingMessage, response: ServerResponse): AbortSignal {
  const connection = connections.get(socket) ?? trackConnection(socket);
  connection.unfinished += 1;
  response.on("finish", connection.onFinish);
  return connection.signal;
}

function trackConnection(socket: Socket): Connection {
  const controller = new AbortController();
  const { signal } = controller;
  setMaxListeners(0, signal);
  const connection: Connection = {
    signal,
    unfinished: 0,
    onFinish: () => {
      connection.unfinished -= 1;
    },
  };
  connections.set(socket, connection);
  socket.once("close", () => {
    if (connection.unfinished > 0) controller.abort(new Error("the client disconnected"));
  });
  return connection;
}

/** HTTP statuses of the modern era's protocol errors (MCP 2026-07-28, streamable HTTP); others get 200. */
const MODERN_STATUS: ReadonlyMap<number, number> = new Map([
  [RPC.methodNotFound, 404],
  [RPC.invalidParams, 400],
  [RPC.unsupportedProtocolVersion, 400],
]);

function statusFor(response: JsonRpcResponse, isModern: boolean): number {
  if (!("error" in response)) return 200;
  if (response.error.code === RPC.invalidRequest) return 400;
  return isModern ? (MODERN_STATUS.get(response.error.code) ?? 200) : 200;
}

const EVENT_STREAM_HEADERS: OutgoingHttpHeaders = Object.freeze({
  "content-type": "text/event-stream",
  "cache-control": "no-cache",
  "x-accel-buffering": "no",
});

/** A complete response in the negotiated format. An event stream has one event. */
function formatResponse(
  format: ResponseFormat,
  status: number,
  value: unknown,
  log?: ResponseLog,
): HttpResponse {
  return format === "sse"
    ? { status, headers: EVENT_STREAM_HEADERS, body: formatEvent(value), log }
    : { status, headers: JSON_HEADERS, body: serializeMessage(value), log };
}

function formatEvent(message: unknown): string {
  return `event: message\ndata: ${serializeMessage(message)}\n\n`;
}

/** A call has a log line of its own. */
const CALL_LOG: ResponseLog = { level: "debug", rpc: "tools/call" };

/** What the log says about a response. The method of an error may be any text, so it is omitted. */
function logOf(incoming: Incoming, response: JsonRpcResponse): ResponseLog | undefined {
  if (incoming.kind !== "request" || !("result" in response)) return undefined;
  return incoming.method === CALL_LOG.rpc ? CALL_LOG : { rpc: incoming.method };
}
