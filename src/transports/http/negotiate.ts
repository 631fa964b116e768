import type { IncomingHttpHeaders } from "node:http";
import { BATCH_VERSION, LEGACY_VERSIONS, MODERN_VERSIONS } from "../../core/eras.ts";
import { errorResponse, isObject, RPC } from "../../core/jsonrpc.ts";
import type { JsonRpcResponse, RequestId } from "../../core/protocol.ts";

/** How a client wants its answer. */
export type AnswerFormat = "json" | "sse";

/** JSON wherever it is accepted; an event stream only for a client that takes nothing else; undefined for neither. */
export const formatOf = (accept: string | undefined): AnswerFormat | undefined => {
  const types = (accept ?? "*/*").split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  if (["application/json", "application/*", "*/*"].some((type) => types.includes(type))) return "json";
  return types.includes("text/event-stream") || types.includes("text/*") ? "sse" : undefined;
};

export const isJson = (contentType: string | undefined): boolean =>
  contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";

const KNOWN_VERSIONS: ReadonlySet<string> = new Set([...LEGACY_VERSIONS, ...MODERN_VERSIONS]);
const MODERN: ReadonlySet<string> = new Set(MODERN_VERSIONS);

/** The version header names a revision nobody here speaks; undefined where it is absent or fine. */
export const refuseVersion = (
  { "mcp-protocol-version": version }: IncomingHttpHeaders,
  id: RequestId | null,
): JsonRpcResponse | undefined =>
  version === undefined || KNOWN_VERSIONS.has(String(version))
    ? undefined
    : errorResponse(id, RPC.unsupportedProtocolVersion, "Unsupported protocol version", {
        supported: MODERN_VERSIONS,
        requested: String(version).slice(0, 100),
      });

/** Batches exist in one revision, which had no version header yet. */
export const allowsBatch = ({ "mcp-protocol-version": version }: IncomingHttpHeaders): boolean =>
  version === undefined || version === BATCH_VERSION;

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

const metaVersionOf = (message: unknown): unknown =>
  isObject(message) && isObject(message.params) && isObject(message.params._meta)
    ? message.params._meta[VERSION_KEY]
    : undefined;

/** A header value that may be wrapped for the sake of its characters (MCP 2026-07-28, "Value Encoding"). */
const unwrap = (value: string): string => {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, "base64").toString("utf8");
};

/**
 * Holds the headers of a modern request against its body, so that nobody on the way was told something else
 * (MCP 2026-07-28, streamable HTTP, "Server Validation").
 * @returns what differs, or undefined; also undefined for a request of the legacy era
 */
export const headerMismatch = (headers: IncomingHttpHeaders, message: unknown): string | undefined => {
  const inBody = metaVersionOf(message);
  const inHeader = headers["mcp-protocol-version"];
  const isModern = inBody !== undefined || MODERN.has(String(inHeader));
  if (!isModern || !isObject(message)) return undefined;
  if (inHeader === undefined) return "the header MCP-Protocol-Version is missing";
  // A body without a version is malformed rather than different; the dispatch says so.
  if (inBody !== undefined && inHeader !== inBody) return "MCP-Protocol-Version is not the body's";
  if (headers["mcp-method"] === undefined) return "the header Mcp-Method is missing";
  if (headers["mcp-method"] !== message.method) return "Mcp-Method is not the body's method";
  if (message.method !== "tools/call" || !isObject(message.params)) return undefined;
  const name = headers["mcp-name"];
  if (name === undefined) return "the header Mcp-Name is missing";
  return unwrap(String(name)) === message.params.name ? undefined : "Mcp-Name is not the body's name";
};

/** Whether a request speaks the modern era, in which the HTTP status tells of the protocol's errors. */
export const isModernRequest = (headers: IncomingHttpHeaders, message: unknown): boolean =>
  metaVersionOf(message) !== undefined || MODERN.has(String(headers["mcp-protocol-version"]));
