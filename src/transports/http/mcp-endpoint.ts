import { isUtf8 } from "node:buffer";
import { setMaxListeners } from "node:events";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
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
import type { RequestContext, ServerDefinition } from "../../mcp/server.ts";
import type { Caller } from "../../mcp/tool.ts";
import type { JsonRpcResponse } from "../../mcp/types.ts";
import { BATCH_VERSION, rejectBatch } from "../../mcp/versions.ts";
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
import { type HttpResponse, JSON_HEADERS, json } from "./response.ts";

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
): McpEndpoint<Identity> {
  const dispatch = createDispatch(server);
  const nextTurn = createTurns();

  /** The response to one message; undefined if it doesn't need one. */
  const handle = (
    incoming: Incoming,
    context: RequestContext<Identity>,
  ): Promise<JsonRpcResponse> | JsonRpcResponse | undefined => {
    if (incoming.kind === "request") {
      const trace = readTrace(incoming.params._meta);
      return dispatch(incoming, trace ? { ...context, trace } : context);
    }
    if (incoming.kind !== "invalid") return undefined;
    return errorResponse(incoming.id, RPC.invalidRequest, `Invalid request: ${incoming.reason}`);
  };

  const handleBatch = async (
    messages: readonly unknown[],
    context: RequestContext<Identity>,
    format: ResponseFormat,
  ): Promise<HttpResponse> => {
    await nextTurn();
    const responses = await runBatch(
      messages,
      (incoming) => rejectBatchMember(incoming) ?? handle(incoming, context),
    );
    return responses ? formatResponse(format, 200, responses) : ACCEPTED;
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
    const context: RequestContext<Identity> = {
      caller,
      // Present from the start: dispatch copies the context, and V8 copies faster without adding a field.
      client: undefined,
      userAgent: headers["user-agent"],
      requestId,
      trace,
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
    const result = await handle(incoming, context);
    return result ? formatResponse(format, statusFor(result, isModern), result) : ACCEPTED;
  };
}

/** Returns a function whose callers wait, each for a different turn of the event loop, with other work in between. */
function createTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)));
    return last;
  };
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
const BODY_NOT_UTF8 = json(400, errorResponse(null, RPC.parseError, "Parse error: the body is not UTF-8"));
const BODY_NOT_JSON = json(400, errorResponse(null, RPC.parseError, "Parse error: the body is not JSON"));

function protocolError(status: number, message: string, headers?: OutgoingHttpHeaders): HttpResponse {
  return json(status, errorResponse(null, RPC.invalidRequest, message), headers);
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

/** A response in the negotiated format. An event stream has one event and ends. */
function formatResponse(format: ResponseFormat, status: number, value: unknown): HttpResponse {
  const text = serializeMessage(value);
  return format === "json"
    ? { status, headers: JSON_HEADERS, body: text }
    : { status, headers: EVENT_STREAM_HEADERS, body: `event: message\ndata: ${text}\n\n` };
}
