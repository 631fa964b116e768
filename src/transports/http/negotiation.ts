import type { IncomingHttpHeaders } from "node:http";
import { classify, errorResponse, RPC } from "../../mcp/json-rpc.ts";
import type { JsonRpcResponse, RequestId } from "../../mcp/types.ts";
import { BATCH_VERSION, LEGACY_VERSIONS, MODERN_VERSIONS } from "../../mcp/versions.ts";
import { isObject } from "../../shared/json.ts";

/** How a client wants its answer. */
export type ResponseFormat = "json" | "sse";

/** So many different values of a header are remembered; clients send a handful. */
const MAX_REMEMBERED = 100;

/** The same function, which looks at the same text once. */
function remembering<T>(look: (text: string) => T): (text: string) => T {
  const seen = new Map<string, T>();
  return (text) => {
    const known = seen.get(text);
    if (known !== undefined) return known;
    const found = look(text);
    // Whoever sends ever new ones only makes it look each time.
    if (seen.size < MAX_REMEMBERED) seen.set(text, found);
    return found;
  };
}

/** JSON wherever it is accepted; an event stream only for a client that takes nothing else; undefined for neither. */
export function negotiateFormat(accept: string | undefined): ResponseFormat | undefined {
  return bestOf(accept ?? "*/*");
}

/** The media ranges of an Accept header, and whether each is wanted: one of weight 0 is not (RFC 9110, section 12.4.2). */
function rangesOf(accept: string): ReadonlyMap<string, boolean> {
  const ranges = new Map<string, boolean>();
  for (const part of accept.split(",")) {
    const [range = "", ...parameters] = part.split(";").map((text) => text.trim().toLowerCase());
    const isWanted = !parameters.some((text) => /^q=0(?:\.0*)?$/.test(text));
    ranges.set(range, isWanted || ranges.get(range) === true);
  }
  return ranges;
}

/** Of the ranges that hold a type, the most specific one decides (RFC 9110, section 12.5.1). */
function accepts(ranges: ReadonlyMap<string, boolean>, type: string, family: string): boolean {
  return ranges.get(type) ?? ranges.get(family) ?? ranges.get("*/*") ?? false;
}

const bestOf = remembering((accept): ResponseFormat | undefined => {
  const ranges = rangesOf(accept);
  if (accepts(ranges, "application/json", "application/*")) return "json";
  return accepts(ranges, "text/event-stream", "text/*") ? "sse" : undefined;
});

export function isJson(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "application/json";
}

/** Whether a body comes as it is: no coding is undone here (RFC 9110, section 8.4). */
export function isUncoded(contentEncoding: string | undefined): boolean {
  return !contentEncoding || contentEncoding.toLowerCase() === "identity";
}

const KNOWN_VERSIONS: ReadonlySet<string> = new Set([...LEGACY_VERSIONS, ...MODERN_VERSIONS]);
const MODERN: ReadonlySet<string> = new Set(MODERN_VERSIONS);

/** The version header names a revision nobody here speaks; undefined where it is absent or fine. */
export function refuseVersion(
  { "mcp-protocol-version": version }: IncomingHttpHeaders,
  id: RequestId | null,
): JsonRpcResponse | undefined {
  return version === undefined || KNOWN_VERSIONS.has(String(version))
    ? undefined
    : errorResponse(id, RPC.unsupportedProtocolVersion, "Unsupported protocol version", {
        supported: MODERN_VERSIONS,
        requested: String(version).slice(0, 100),
      });
}

/** Batches exist in one revision, which had no version header yet. */
export function allowsBatch({ "mcp-protocol-version": version }: IncomingHttpHeaders): boolean {
  return version === undefined || version === BATCH_VERSION;
}

const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

function metaVersionOf(message: unknown): unknown {
  return isObject(message) && isObject(message.params) && isObject(message.params._meta)
    ? message.params._meta[VERSION_KEY]
    : undefined;
}

/** A header value that may be wrapped for the sake of its characters (MCP 2026-07-28, "Value Encoding"). */
function unwrap(value: string): string {
  const encoded = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/.exec(value)?.[1];
  return encoded === undefined ? value : Buffer.from(encoded, "base64").toString("utf8");
}

/**
 * Holds the headers of a modern request against its body, so that nobody on the way was told something else
 * (MCP 2026-07-28, streamable HTTP, "Server Validation").
 * @returns what differs, or undefined; also undefined for a request of the legacy era
 */
export function headerMismatch(headers: IncomingHttpHeaders, message: unknown): string | undefined {
  const inBody = metaVersionOf(message);
  const inHeader = headers["mcp-protocol-version"];
  const isModern = inBody !== undefined || MODERN.has(String(inHeader));
  if (!isModern || !isObject(message)) return undefined;
  if (inHeader === undefined) return "the header MCP-Protocol-Version is missing";
  // A body without a version is malformed rather than different.
  if (inBody !== undefined && inHeader !== inBody) return "MCP-Protocol-Version is not the body's";
  if (headers["mcp-method"] === undefined) return "the header Mcp-Method is missing";
  if (headers["mcp-method"] !== message.method) return "Mcp-Method is not the body's method";
  if (message.method !== "tools/call" || !isObject(message.params)) return undefined;
  const name = headers["mcp-name"];
  if (name === undefined) return "the header Mcp-Name is missing";
  return unwrap(String(name)) === message.params.name ? undefined : "Mcp-Name is not the body's name";
}

/**
 * Refuses a modern request whose headers and body do not go together; undefined where they do. One that is modern by
 * its headers alone is malformed (MCP 2026-07-28, basic, "_meta"): the dispatch, which goes by the body, would take it
 * for a request of the legacy era.
 */
export function refuseModern(headers: IncomingHttpHeaders, message: unknown): JsonRpcResponse | undefined {
  const incoming = classify(message);
  const id = "id" in incoming ? incoming.id : null;
  const mismatch = headerMismatch(headers, message);
  if (mismatch) return errorResponse(id, RPC.headerMismatch, `Header mismatch: ${mismatch}`);
  return incoming.kind === "request" && metaVersionOf(message) === undefined
    ? errorResponse(id, RPC.invalidParams, `Invalid params: _meta["${VERSION_KEY}"] must be a string`)
    : undefined;
}

/** The refusal of a modern request in a batch, which its revision does not have; undefined for what may stand in one. */
export function refuseMember(message: unknown): JsonRpcResponse | undefined {
  if (metaVersionOf(message) === undefined) return undefined;
  const incoming = classify(message);
  return incoming.kind === "request"
    ? errorResponse(incoming.id, RPC.invalidRequest, "Invalid request: its revision has no batches")
    : undefined;
}

/** Whether a request speaks the modern era, in which the HTTP status tells of the protocol's errors. */
export function isModernRequest(headers: IncomingHttpHeaders, message: unknown): boolean {
  return metaVersionOf(message) !== undefined || MODERN.has(String(headers["mcp-protocol-version"]));
}
