import { isObject, type JsonObject } from "../shared/json.ts";
import type { QuestionKind } from "./interaction.ts";
import { errorResponse, ProtocolError, RPC } from "./json-rpc.ts";
import type { ClientInfo, Implementation, JsonRpcResponse } from "./types.ts";

/**
 * The two eras of MCP. Up to 2025-11-25, `initialize` opens a session. From 2026-07-28 on, every request carries its
 * version and client in `_meta` (spec 2026-07-28, basic/versioning).
 */
export type Era = "legacy" | "modern";

/** Handshake revisions, newest first; the first is offered to a client that asks for an unknown one. */
export const LEGACY_VERSIONS = [
  "2025-11-25",
  "2025-06-18",
  "2025-03-26",
  "2024-11-05",
  "2024-10-07",
] as const;

/** Revisions that carry their metadata on each request. */
export const MODERN_VERSIONS = ["2026-07-28"] as const;

/** Every revision served, for the error that one is not. */
export const SUPPORTED_VERSIONS: readonly string[] = [...MODERN_VERSIONS, ...LEGACY_VERSIONS];

/** The only revision with JSON-RPC batches. */
export const BATCH_VERSION = "2025-03-26";

/** A batch gets one response with every result, so its size bounds that response. */
const MAX_BATCH = 100;

/** Limit of an echoed client value, in characters. */
const MAX_ECHO = 100;

/** The `_meta` field that makes a message modern. */
export const VERSION_KEY = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY = "io.modelcontextprotocol/clientCapabilities";
const CLIENT_KEY = "io.modelcontextprotocol/clientInfo";
const SERVER_KEY = "io.modelcontextprotocol/serverInfo";

/** The revision in a message's `_meta`, unchecked; undefined for a message of the legacy era. */
export function readMetaVersion(message: unknown): unknown {
  return isObject(message) && isObject(message.params) && isObject(message.params._meta)
    ? message.params._meta[VERSION_KEY]
    : undefined;
}

const HANDSHAKE: ReadonlySet<unknown> = new Set([
  "initialize",
  "notifications/initialized",
  "server/discover",
]);

/** Whether clients send such a message before their first question, which follows at once. */
export function isHandshake(message: unknown): boolean {
  return isObject(message) && HANDSHAKE.has(message.method);
}

/** What a message of the modern era says about its client. */
export type ClientMeta = { readonly client: ClientInfo | undefined; readonly capabilities: JsonObject };

/**
 * Reads `_meta`. @returns without `meta` for the legacy era
 * @throws ProtocolError -32022 for an unsupported revision, -32602 if a required field is missing
 */
export function readEra(method: string, params: JsonObject): { era: Era; meta?: ClientMeta } {
  const meta = isObject(params._meta) ? params._meta : {};
  const version = meta[VERSION_KEY];
  if (version === undefined && method !== "server/discover") return { era: "legacy" };
  if (typeof version !== "string") throw invalidMeta(VERSION_KEY, "a string");
  if (!MODERN_VERSIONS.some((supported) => supported === version)) {
    throw new ProtocolError(RPC.unsupportedProtocolVersion, "Unsupported protocol version", {
      supported: SUPPORTED_VERSIONS,
      requested: version.slice(0, MAX_ECHO),
    });
  }
  const capabilities = meta[CAPABILITIES_KEY];
  if (!isObject(capabilities)) throw invalidMeta(CAPABILITIES_KEY, "an object");
  return { era: "modern", meta: { client: readClientInfo(meta[CLIENT_KEY]), capabilities } };
}

/** The kinds of question that a client's capabilities allow. Before URLs existed, forms were implied. */
export function readQuestionKinds(capabilities: unknown): ReadonlySet<QuestionKind> {
  const elicitation = isObject(capabilities) ? capabilities.elicitation : undefined;
  if (!isObject(elicitation)) return new Set();
  const kinds = QUESTION_KINDS.filter((kind) => isObject(elicitation[kind]));
  return new Set(kinds.length > 0 ? kinds : ["form"]);
}

const QUESTION_KINDS: readonly QuestionKind[] = ["url", "form"];

function invalidMeta(key: string, type: string): ProtocolError {
  return new ProtocolError(RPC.invalidParams, `Invalid params: _meta["${key}"] must be ${type}`);
}

/** A client's name and version; undefined if unusable. For display only, so never a reason to reject. */
export function readClientInfo(value: unknown): ClientInfo | undefined {
  if (!isObject(value) || typeof value.name !== "string") return undefined;
  return { name: value.name, version: typeof value.version === "string" ? value.version : "" };
}

/** The revision to reply with to `initialize`: the requested one if supported, else the newest. */
export function negotiateVersion(requested: unknown): string {
  return LEGACY_VERSIONS.find((version) => version === requested) ?? LEGACY_VERSIONS[0];
}

/** The error for a batch that can't be served as a whole; undefined if it can. */
export function rejectBatch(size: number, version: unknown): JsonRpcResponse | undefined {
  const reject = (problem: string) => errorResponse(null, RPC.invalidRequest, `Invalid request: ${problem}`);
  if (size === 0) return reject("an empty batch");
  if (version !== BATCH_VERSION) return reject(`batches exist only in revision ${BATCH_VERSION}`);
  return size > MAX_BATCH ? reject(`a batch may hold at most ${MAX_BATCH} messages`) : undefined;
}

/** How long clients may cache a list, and whether callers may share it (spec 2026-07-28, server/utilities/caching). */
export type Caching = { readonly ttlMs: number; readonly cacheScope: "public" | "private" };

/** Adds the fields that every modern result has: its type and the server's info. */
export function toModernResult(result: JsonObject, server: Implementation): JsonObject {
  return {
    resultType: "complete",
    ...result,
    _meta: { ...(isObject(result._meta) ? result._meta : {}), [SERVER_KEY]: server },
  };
}
