import type { IncomingHttpHeaders } from "node:http";
import { errorResponse, type Incoming, RPC } from "../../mcp/json-rpc.ts";
import type { JsonRpcResponse, RequestId } from "../../mcp/types.ts";
import { MODERN_VERSIONS, readMetaVersion, SUPPORTED_VERSIONS, VERSION_KEY } from "../../mcp/versions.ts";
import { isObject } from "../../shared/json.ts";

/** The format in which a client accepts a response: JSON, an event stream, or JSON unless the response takes long. */
export type ResponseFormat = "json" | "sse" | "either";

/** Clients send a handful of different Accept headers; the limit protects against those that vary it. */
const MAX_CACHED_FORMATS = 100;
const formats = new Map<string, ResponseFormat | undefined>();

/** JSON if it is accepted, otherwise an event stream if that is, `either` if the client names both; undefined for neither. */
export function negotiateFormat(accept = "*/*"): ResponseFormat | undefined {
  const known = formats.get(accept);
  if (known) return known;
  const ranges = parseAccept(accept);
  // A wildcard is not enough for both: programs that send one, such as curl, read JSON alone.
  const namesStream = ranges.get("text/event-stream") ?? ranges.get("text/*") ?? false;
  const format = accepts(ranges, "application/json", "application/*")
    ? namesStream
      ? "either"
      : "json"
    : accepts(ranges, "text/event-stream", "text/*")
      ? "sse"
      : undefined;
  if (formats.size < MAX_CACHED_FORMATS) formats.set(accept, format);
  return format;
}

/** Whether a person opens the URL in a browser. Other clients name no `text/html`, or have a token. */
export function isNavigation({
  accept = "",
  authorization,
  "sec-fetch-mode": mode = "navigate",
}: IncomingHttpHeaders): boolean {
  if (authorization !== undefined || mode !== "navigate") return false;
  const ranges = parseAccept(accept);
  return ranges.get("text/html") === true && ranges.get("text/event-stream") !== true;
}

/** Media ranges, and whether each is acceptable: a weight of 0 means it isn't (RFC 9110, section 12.4.2). */
function parseAccept(accept: string): ReadonlyMap<string, boolean> {
  const ranges = new Map<string, boolean>();
  for (const part of accept.split(",")) {
    const [range = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const isAcceptable = !parameters.some((text) => /^q=0(?:\.0*)?$/.test(text));
    ranges.set(range, isAcceptable || ranges.get(range) === true);
  }
  return ranges;
}

/** The most specific matching range decides (RFC 9110, section 12.5.1). */
function accepts(ranges: ReadonlyMap<string, boolean>, type: string, family: string): boolean {
  return ranges.get(type) ?? ranges.get(family) ?? ranges.get("*/*") ?? false;
}

export function isJson(contentType: string | undefined): boolean {
  if (contentType === "application/json") return true;
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

/** Whether a body is uncompressed. This server decodes no content coding (RFC 9110, section 8.4). */
export function isUncompressed(contentEncoding: string | undefined): boolean {
  return !contentEncoding || contentEncoding.toLowerCase() === "identity";
}

const KNOWN_VERSIONS: ReadonlySet<unknown> = new Set(SUPPORTED_VERSIONS);
const MODERN: ReadonlySet<unknown> = new Set(MODERN_VERSIONS);

/** Characters of an unknown version that are sent back. */
const MAX_ECHO = 100;

/** The error for an unknown version in the MCP-Protocol-Version header; undefined if it is absent or known. */
export function rejectVersion(
  { "mcp-protocol-version": version }: IncomingHttpHeaders,
  id: RequestId | null,
): JsonRpcResponse | undefined {
  return version === undefined || KNOWN_VERSIONS.has(version)
    ? undefined
    : errorResponse(id, RPC.unsupportedProtocolVersion, "Unsupported protocol version", {
        supported: SUPPORTED_VERSIONS,
        requested: String(version).slice(0, MAX_ECHO),
      });
}

/** Whether a message belongs to the modern era, which maps protocol errors to HTTP statuses. */
export function isModernMessage(headers: IncomingHttpHeaders, message: unknown): boolean {
  return MODERN.has(headers["mcp-protocol-version"]) || readMetaVersion(message) !== undefined;
}

/** The error for a modern request in a batch, which its revision doesn't have; undefined for anything else. */
export function rejectBatchMember(incoming: Incoming): JsonRpcResponse | undefined {
  return incoming.kind === "request" && readMetaVersion(incoming) !== undefined
    ? errorResponse(incoming.id, RPC.invalidRequest, "Invalid request: its revision has no batches")
    : undefined;
}

/**
 * The error for a modern message whose headers contradict its body, or are all that makes it modern (MCP 2026-07-28,
 * streamable HTTP, "Server Validation"; basic, "_meta"). Dispatch looks at the body alone and would take the latter for
 * a legacy request.
 */
export function rejectModern(
  headers: IncomingHttpHeaders,
  message: unknown,
  incoming: Incoming,
): JsonRpcResponse | undefined {
  const mismatch = findHeaderMismatch(headers, message);
  if (mismatch) {
    const id = "id" in incoming ? incoming.id : null;
    return errorResponse(id, RPC.headerMismatch, `Header mismatch: ${mismatch}`);
  }
  return incoming.kind === "request" && readMetaVersion(message) === undefined
    ? errorResponse(
        incoming.id,
        RPC.invalidParams,
        `Invalid params: _meta["${VERSION_KEY}"] must be a string`,
      )
    : undefined;
}

/** Intermediaries act on headers, so they must agree with the body. */
function findHeaderMismatch(headers: IncomingHttpHeaders, message: unknown): string | undefined {
  if (!isObject(message)) return undefined;
  const { "mcp-protocol-version": version, "mcp-method": method, "mcp-name": name } = headers;
  const bodyVersion = readMetaVersion(message);
  if (version === undefined) return "the header MCP-Protocol-Version is missing";
  // A body without a version is malformed instead.
  if (bodyVersion !== undefined && version !== bodyVersion)
    return "MCP-Protocol-Version differs from the version in the body";
  if (method === undefined) return "the header Mcp-Method is missing";
  if (method !== message.method) return "Mcp-Method differs from the method in the body";
  const field = NAMED.get(message.method);
  if (field === undefined || !isObject(message.params)) return undefined;
  if (name === undefined) return "the header Mcp-Name is missing";
  return decodeHeader(String(name)) === message.params[field]
    ? undefined
    : `Mcp-Name differs from the ${field} in the body`;
}

/** The parameter that the header Mcp-Name repeats, by method (MCP 2026-07-28, streamable HTTP, "Standard Headers"). */
const NAMED: ReadonlyMap<unknown, string> = new Map([
  ["tools/call", "name"],
  ["resources/read", "uri"],
  ["prompts/get", "name"],
]);

/** A header value, which may be base64-encoded (MCP 2026-07-28, "Value Encoding"). */
function decodeHeader(value: string): string {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, "base64").toString("utf8");
}
