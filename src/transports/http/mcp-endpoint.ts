import { isUtf8 } from "node:buffer";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { createDispatch, type Dispatch } from "../../mcp/dispatch.ts";
import { classify, errorResponse, RPC } from "../../mcp/json-rpc.ts";
import type { RequestContext, ServerDefinition } from "../../mcp/server.ts";
import { MAX_BATCH } from "../../mcp/session.ts";
import type { Caller } from "../../mcp/tool.ts";
import type { JsonRpcResponse } from "../../mcp/types.ts";
import { Cancel, type Cancellation } from "../../shared/deadline.ts";
import {
  allowsBatch,
  isJson,
  isModernRequest,
  isUncoded,
  negotiateFormat,
  type ResponseFormat,
  refuseMember,
  refuseModern,
  refuseVersion,
} from "./negotiation.ts";
import { type HttpResponse, json } from "./response.ts";

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** The body is longer than allowed; the rest of it was not read. */
export const TOO_LONG = Symbol("too long");
/** The body is not UTF-8, as JSON between systems must be (RFC 8259, section 8.1). */
export const NOT_UTF8 = Symbol("not UTF-8");

/** Reads a request's body: its text, or why there is none. @throws Error where the client goes away before its end */
export function readBody(request: IncomingMessage): Promise<string | typeof TOO_LONG | typeof NOT_UTF8> {
  return new Promise((resolve, reject) => {
    if (Number(request.headers["content-length"]) > MAX_BODY_BYTES) return resolve(TOO_LONG);
    const parts: Buffer[] = [];
    let size = 0;
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY_BYTES) parts.push(chunk);
      else {
        request.pause();
        resolve(TOO_LONG);
      }
    });
    request.on("end", () => {
      // Most bodies come in one piece, which need not be copied.
      const [first = Buffer.alloc(0)] = parts;
      const whole = parts.length > 1 ? Buffer.concat(parts) : first;
      resolve(isUtf8(whole) ? whole.toString("utf8") : NOT_UTF8);
    });
    request.on("error", reject);
    request.on("close", () => {
      if (!request.complete) reject(new Error("the client went away"));
    });
  });
}

/** By connection, what is to be done at its end for the requests whose answers wait behind another's. */
const waiting = new WeakMap<Socket, Set<() => void>>();

/** One listener serves a connection, however many requests its client sends at once. */
function waitingOn(socket: Socket): Set<() => void> {
  const known = waiting.get(socket);
  if (known) return known;
  const all = new Set<() => void>();
  waiting.set(socket, all);
  socket.once("close", () => {
    for (const leave of all) leave();
  });
  return all;
}

/** Fires when the client goes away before it has its answer: over HTTP that is how a call is cancelled. */
function cancelOf({ socket }: IncomingMessage, response: ServerResponse): Cancellation {
  const cancel = new Cancel();
  const leave = (): void => {
    if (!response.writableFinished) cancel.abort(new Error("the client went away"));
  };
  response.on("close", leave);
  // Node closes only the response whose turn it is; one that was pipelined behind it has no socket yet.
  if (!response.socket) {
    const all = waitingOn(socket);
    all.add(leave);
    response.on("close", () => all.delete(leave));
  }
  return cancel;
}

/** Version, trace, parent and flags; version ff and ids of zeros alone are none (W3C Trace Context, section 3.2.2). */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** W3C trace context, passed on as it came where it is valid (W3C Trace Context, section 3). */
function traceOf({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  const { traceparent, tracestate } = headers;
  if (typeof traceparent !== "string" || !TRACEPARENT.test(traceparent)) return {};
  return typeof tracestate === "string" ? { traceparent, tracestate } : { traceparent };
}

/** HTTP statuses of the modern era's protocol errors (MCP 2026-07-28, streamable HTTP). All others are 200. */
const MODERN_STATUS: ReadonlyMap<number, number> = new Map([
  [RPC.methodNotFound, 404],
  [RPC.invalidParams, 400],
  [RPC.unsupportedProtocolVersion, 400],
]);

const ACCEPTED: HttpResponse = { status: 202 };

function protocolError(
  status: number,
  code: number,
  message: string,
  headers?: OutgoingHttpHeaders,
): HttpResponse {
  return json(status, errorResponse(null, code, message), headers);
}

/** An answer in the form the client takes. The event stream has one event and ends. */
function inFormat(format: ResponseFormat, status: number, value: unknown): HttpResponse {
  return format === "json"
    ? json(status, value)
    : {
        status,
        headers: {
          "content-type": "text/event-stream",
          "cache-control": "no-cache",
          "x-accel-buffering": "no",
        },
        body: `event: message\ndata: ${JSON.stringify(value)}\n\n`,
      };
}

export type McpEndpoint = (
  request: IncomingMessage,
  response: ServerResponse,
  caller: Caller,
  requestId: string,
) => Promise<HttpResponse>;

/** The MCP endpoint: one POST, one answer, nothing kept between them. */
export function createMcpEndpoint<Api>(server: ServerDefinition<Api>): McpEndpoint {
  const dispatch = createDispatch(server);

  return async (request, response, caller, requestId) => {
    const { headers } = request;
    const format = negotiateFormat(headers.accept);
    if (!format)
      return protocolError(
        406,
        RPC.invalidRequest,
        "Accept must allow application/json or text/event-stream",
      );
    if (!isJson(headers["content-type"]))
      return protocolError(415, RPC.invalidRequest, "Content-Type must be application/json");
    if (!isUncoded(headers["content-encoding"]))
      return protocolError(
        415,
        RPC.invalidRequest,
        "Content-Encoding must be identity: send the body uncompressed",
        { "accept-encoding": "identity" },
      );
    const body = await readBody(request);
    if (body === TOO_LONG)
      return protocolError(413, RPC.invalidRequest, `The body is over ${MAX_BODY_BYTES} bytes`, {
        connection: "close",
      });
    if (body === NOT_UTF8) return protocolError(400, RPC.parseError, "Parse error: the body is not UTF-8");
    let message: unknown;
    try {
      message = JSON.parse(body);
    } catch {
      return protocolError(400, RPC.parseError, "Parse error: the body is not JSON");
    }
    // The client is named from the start, so that the dispatch can copy the exchange without a change of its shape.
    const exchange: RequestContext = {
      caller,
      client: undefined,
      requestId,
      trace: traceOf(request),
      signal: cancelOf(request, response),
    };
    if (Array.isArray(message)) {
      return allowsBatch(headers)
        ? batch(dispatch, message, exchange, format)
        : protocolError(400, RPC.invalidRequest, "Invalid request: this revision has no batches");
    }
    const version = refuseVersion(headers, idOf(message));
    if (version) return json(400, version);
    const isModern = isModernRequest(headers, message);
    const refusal = isModern ? refuseModern(headers, message) : undefined;
    if (refusal) return json(400, refusal);
    const answer = await single(dispatch, message, exchange);
    if (!answer) return ACCEPTED;
    return inFormat(format, statusOf(answer, isModern), answer);
  };
}

function idOf(message: unknown): string | number | null {
  const incoming = classify(message);
  return incoming.kind === "request" || incoming.kind === "invalid" ? incoming.id : null;
}

function statusOf(answer: JsonRpcResponse, isModern: boolean): number {
  if (!("error" in answer)) return 200;
  if (answer.error.code === RPC.invalidRequest) return 400;
  return isModern ? (MODERN_STATUS.get(answer.error.code) ?? 200) : 200;
}

/** The answer to one message; undefined where it wants none. */
async function single(
  dispatch: Dispatch<unknown>,
  message: unknown,
  exchange: RequestContext,
): Promise<JsonRpcResponse | undefined> {
  const incoming = classify(message);
  if (incoming.kind === "request") return dispatch(incoming, exchange);
  if (incoming.kind !== "invalid") return undefined;
  return errorResponse(incoming.id, RPC.invalidRequest, `Invalid request: ${incoming.reason}`);
}

async function batch(
  dispatch: Dispatch<unknown>,
  messages: readonly unknown[],
  exchange: RequestContext,
  format: ResponseFormat,
): Promise<HttpResponse> {
  if (messages.length === 0 || messages.length > MAX_BATCH) {
    return protocolError(
      400,
      RPC.invalidRequest,
      `Invalid request: a batch holds 1 to ${MAX_BATCH} messages`,
    );
  }
  const answers = await Promise.all(
    messages.map((message) => refuseMember(message) ?? single(dispatch, message, exchange)),
  );
  const present = answers.filter((answer) => answer !== undefined);
  return present.length === 0 ? ACCEPTED : inFormat(format, 200, present);
}
