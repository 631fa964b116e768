import { isObject, type JsonObject } from "../shared/json.ts";

import { errorResponse, ProtocolError, RPC } from "./json-rpc.ts";
import type { ClientInfo, Implementation, JsonRpcResponse } from "./types.ts";

/**
 * The two eras of MCP. Up to 2025-11-25 a session is opened by `initialize`; from 2026-07-28 on every request
 * carries its version and client in `_meta` (spec 2026-07-28, basic/versioning). One dispatch serves both.
 */
export type Era = "legacy" | "modern";

/** Handshake revisions, newest first: the first is offered to a client that asks for one we do not know. */
export const LEGACY_VERSIONS = ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"] as const;

/** Revisions that carry their metadata on each request. */
export const MODERN_VERSIONS = ["2026-07-28"] as const;

/** So much of what a client made up is sent back to it, in characters. */
const MAX_ECHO = 100;

/** The only revision in which JSON-RPC batches exist. */
export const BATCH_VERSION = "2025-03-26";

/** A batch gets one response with every result, so its size bounds that response. */
const MAX_BATCH = 100;

/** The error for a batch that can't be served as a whole; undefined if it can. */
export function rejectBatch(size: number, version: unknown): JsonRpcResponse | undefined {
  const problem =
    size === 0
      ? "an empty batch"
      : version !== BATCH_VERSION
        ? `batches exist only in revision ${BATCH_VERSION}`
        : size > MAX_BATCH
          ? `a batch may hold at most ${MAX_BATCH} messages`
          : undefined;
  return problem === undefined
    ? undefined
    : errorResponse(null, RPC.invalidRequest, `Invalid request: ${problem}`);
}

/** The `_meta` field that makes a message modern. */
export const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";

/** The revision in a message's `_meta`, unchecked; undefined for a message of the legacy era. */
export function readMetaVersion(message: unknown): unknown {
  return isObject(message) && isObject(message.params) && isObject(message.params._meta)
    ? message.params._meta[VERSION_KEY]
    : undefined;
}

const META = {
  version: VERSION_KEY,
  capabilities: "io.modelcontextprotocol/clientCapabilities",
  client: "io.modelcontextprotocol/clientInfo",
  server: "io.modelcontextprotocol/serverInfo",
} as const;

/** The handshake revision to answer with: the client's own where we speak it, else our newest. */
export function negotiateVersion(requested: unknown): string {
  return LEGACY_VERSIONS.find((version) => version === requested) ?? LEGACY_VERSIONS[0];
}

/** A client's name for itself, or nothing where it is unusable: it is display data, never a reason to refuse. */
export function readClientInfo(value: unknown): ClientInfo | undefined {
  if (!isObject(value) || typeof value.name !== "string") return undefined;
  return { name: value.name, version: typeof value.version === "string" ? value.version : "" };
}

/**
 * Reads a request's era from its `_meta`.
 * @throws ProtocolError -32022 for a revision we do not speak, -32602 where a required field is missing
 */
export function readEra(method: string, params: JsonObject): { era: Era; client?: ClientInfo | undefined } {
  const meta = isObject(params._meta) ? params._meta : {};
  const version = meta[META.version];
  if (version === undefined && method !== "server/discover") return { era: "legacy" };
  if (typeof version !== "string") throw missing(META.version, "a string");
  if (!MODERN_VERSIONS.some((known) => known === version)) {
    throw new ProtocolError(RPC.unsupportedProtocolVersion, "Unsupported protocol version", {
      supported: MODERN_VERSIONS,
      requested: version.slice(0, MAX_ECHO),
    });
  }
  if (!isObject(meta[META.capabilities])) throw missing(META.capabilities, "an object");
  return { era: "modern", client: readClientInfo(meta[META.client]) };
}

function missing(key: string, type: string): ProtocolError {
  return new ProtocolError(RPC.invalidParams, `Invalid params: _meta["${key}"] must be ${type}`);
}

/** How long a client may keep a list, and whether others may share it (spec 2026-07-28, server/utilities/caching). */
export type Caching = { readonly ttlMs: number; readonly cacheScope: "public" | "private" };

/** Adds what every modern result carries: its type and who made it. */
export function stamp(result: JsonObject, server: Implementation): JsonObject {
  return {
    resultType: "complete",
    ...result,
    _meta: { ...(isObject(result._meta) ? result._meta : {}), [META.server]: server },
  };
}
