import { CodedError } from "../shared/errors.ts";
import { isObject, type JsonObject, toWellFormedJson } from "../shared/json.ts";
import type { JsonRpcResponse, RequestId } from "./types.ts";

/** Error codes of JSON-RPC 2.0 (section 5.1) and of MCP 2026-07-28 (basic, "Error Codes"). */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  headerMismatch: -32020,
  unsupportedProtocolVersion: -32022,
} as const;

/** A protocol failure, sent as a JSON-RPC error. Tool failures are results instead. */
export class ProtocolError extends CodedError {
  static override readonly code = "PROTOCOL_ERROR";
  override readonly name = "ProtocolError";
  /** The JSON-RPC error code, one of `RPC`. */
  readonly rpcCode: number;
  readonly data: unknown;

  constructor(rpcCode: number, message: string, data?: unknown) {
    super(message);
    this.rpcCode = rpcCode;
    this.data = data;
  }
}

export type Request = { readonly id: RequestId; readonly method: string; readonly params: JsonObject };

/** The client's response to a request of the server. It has no result if the client failed. */
export type IncomingResponse = {
  readonly kind: "response";
  readonly id: RequestId | null;
  readonly result: unknown;
};

/** A classified JSON-RPC message. */
export type Incoming =
  | ({ readonly kind: "request" } & Request)
  | { readonly kind: "notification"; readonly method: string; readonly params: JsonObject }
  | IncomingResponse
  | { readonly kind: "invalid"; readonly id: RequestId | null; readonly reason: string };

/** Classifies a JSON value by JSON-RPC 2.0 and MCP's rule that an id is never null. Null params count as absent. */
export function classify(value: unknown): Incoming {
  if (!isObject(value)) return { kind: "invalid", id: null, reason: "a message must be a JSON object" };
  const { id: rawId, method } = value;
  const params = value.params ?? {};
  const id = isId(rawId) ? rawId : null;
  const invalid = (reason: string): Incoming => ({ kind: "invalid", id, reason });
  if (method === undefined && ("result" in value || "error" in value))
    return { kind: "response", id, result: value.result };
  if (value.jsonrpc !== "2.0") return invalid('"jsonrpc" must be "2.0"');
  if (typeof method !== "string") return invalid('"method" must be a string');
  // A notification gets no response, not even an error.
  if (!("id" in value)) return { kind: "notification", method, params: isObject(params) ? params : {} };
  if (id === null) return invalid('"id" must be a string or a number, an integer up to 2^53 - 1');
  if (!isObject(params)) return invalid('"params" must be an object');
  return { kind: "request", id, method, params };
}

/** Parsing rounds larger integers, so the response would have another id. */
function isId(value: unknown): value is RequestId {
  if (typeof value !== "number") return typeof value === "string";
  return Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
}

/** A parameter of a request. @throws ProtocolError -32602 if it is not a string */
export function requireString(params: JsonObject, key: string): string {
  const value = params[key];
  if (typeof value === "string") return value;
  throw new ProtocolError(RPC.invalidParams, `Invalid params: "${key}" must be a string`);
}

export function resultResponse(id: RequestId, result: JsonObject): JsonRpcResponse {
  return { jsonrpc: "2.0", id, result };
}

export function errorResponse(
  id: RequestId | null,
  code: number,
  message: string,
  data?: unknown,
): JsonRpcResponse {
  return { jsonrpc: "2.0", id, error: data === undefined ? { code, message } : { code, message, data } };
}

/** The JSON of results that many responses share, and of responses that were measured. */
const texts = new WeakMap<object, string>();

/** Serializes a value that {@link serializeMessage} is going to meet again, once. @returns the same value, frozen */
export function serializeOnce<T extends object>(value: T): T {
  texts.set(value, serializeMessage(value));
  return Object.freeze(value);
}

/** The JSON text of a response, or of the responses to a batch. */
export function serializeMessage(message: unknown): string {
  if (Array.isArray(message)) return `[${message.map(serializeMessage).join(",")}]`;
  if (!isObject(message)) return toWellFormedJson(message).text;
  const { id, result } = message;
  const resultText = isObject(result) ? texts.get(result) : undefined;
  if (resultText === undefined) return texts.get(message) ?? toWellFormedJson(message).text;
  return `{"jsonrpc":"2.0","id":${toWellFormedJson(id).text},"result":${resultText}}`;
}

/** Requests of a batch that run at the same time. */
const MAX_BATCH_CONCURRENCY = 8;

/** Limit of the responses to a batch; those of requests that run when it is reached may exceed it. */
const MAX_BATCH_BYTES = 2 * 1024 * 1024;

const BATCH_TOO_LONG = `Invalid request: not run, because the other responses to this batch exceed ${MAX_BATCH_BYTES} bytes. Send it in another batch`;

/**
 * Runs the messages of a batch in order, a few at a time. Once the responses are too long, the remaining requests get an
 * error and do not run, so the client can send them again.
 * @param handle returns the response to a message, or undefined if there is none
 * @returns the responses in order; undefined if there are none
 */
export async function runBatch(
  messages: readonly unknown[],
  handle: (incoming: Incoming) => Promise<JsonRpcResponse | undefined> | JsonRpcResponse | undefined,
): Promise<readonly JsonRpcResponse[] | undefined> {
  const responses: (JsonRpcResponse | undefined)[] = [];
  const queue = messages.entries();
  let bytes = 0;
  const work = async (): Promise<void> => {
    for (const [index, message] of queue) {
      const incoming = classify(message);
      const response =
        bytes > MAX_BATCH_BYTES && incoming.kind === "request"
          ? errorResponse(incoming.id, RPC.invalidRequest, BATCH_TOO_LONG)
          : await handle(incoming);
      responses[index] = response;
      if (response) bytes += Buffer.byteLength(serializeMessage(serializeOnce(response)));
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_BATCH_CONCURRENCY, messages.length) }, work));
  const present = responses.filter((response) => response !== undefined);
  return present.length > 0 ? present : undefined;
}
