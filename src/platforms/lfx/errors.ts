import { isRetryable, retryAdvice } from "../../http-client/errors.ts";
import { classifyResponse, retryAfterMs } from "../../http-client/retry.ts";
import type { HttpMethod, HttpResponse } from "../../http-client/types.ts";
import { type ErrorCode, ToolError } from "../../mcp/errors.ts";
import { isObject, type JsonObject, parseJson, sanitizeText } from "../../shared/json.ts";
import { maskSecrets } from "./client/secrets.ts";

/** Hint for every response in which LFX hides a resource or denies access to it. */
export const ACCESS_ADVICE =
  "The resource may not exist, or you may not have access to it. If you should have access, ask at https://support.lfx.dev.";

/**
 * Whose token a request carries: the caller's own, one that LFX issued to this server (for a caller or for itself), this
 * server's for a service that knows no other caller, or the static token from the settings.
 */
export type TokenOwner = "caller" | "server" | "service" | "static";

type ErrorMapping = { readonly code: ErrorCode; readonly hint: string };
type ErrorMappings = Readonly<Partial<Record<number, ErrorMapping>>>;

const badRequest: ErrorMapping = {
  code: "invalid_input",
  hint: "Correct the arguments and call again.",
};
const conflict: ErrorMapping = {
  code: "invalid_input",
  hint: "The request conflicts with the current state. Read it again before you decide.",
};
const serverTokenRejected: ErrorMapping = {
  code: "upstream_error",
  hint: "LFX rejected the token of this server. The next call requests a new one. If the error persists, its operator must check the OAuth client and the audience.",
};

/** A service without permissions of its own hides nothing. */
const unknownToService: ErrorMapping = {
  code: "not_found",
  hint: "The service has no such resource. Check the names and ids.",
};

/** Error responses by status, the same for every LFX service. */
const ERRORS: ErrorMappings = {
  400: badRequest,
  401: {
    code: "invalid_token",
    hint: "LFX rejected this connection's token. The next call requests a new one. If the error persists, reconnect.",
  },
  403: { code: "insufficient_scope", hint: ACCESS_ADVICE },
  404: { code: "not_found", hint: ACCESS_ADVICE },
  409: conflict,
  412: conflict,
  422: badRequest,
};

/** What replaces them, depending on whose token the service rejected. */
const TOKEN_ERRORS: Readonly<Record<TokenOwner, ErrorMappings>> = {
  caller: {},
  server: { 401: serverTokenRejected },
  service: { 401: serverTokenRejected, 403: serverTokenRejected, 404: unknownToService },
  static: {
    401: {
      code: "invalid_token",
      hint: "Set a new token as LFXMCP_LFX_TOKEN, then restart the server or run the command again.",
    },
  },
};

/** Converts an error response of an LFX service into a `ToolError` that quotes the service's message. */
export function lfxError(
  method: HttpMethod,
  operation: string,
  response: HttpResponse,
  tokenOwner: TokenOwner = "caller",
): ToolError {
  const { status } = response;
  const outcome = classifyResponse(response);
  const { code, hint } = TOKEN_ERRORS[tokenOwner][status] ??
    ERRORS[status] ?? { code: "upstream_error" as const, hint: retryAdvice(method, outcome) };
  const message = readMessage(response, code === "invalid_input");
  return new ToolError(code, `Failed to ${operation}: HTTP ${status}${message && `, "${message}"`}`, {
    hint,
    status,
    retryable: isRetryable(method, outcome),
    retryAfterMs: retryAfterMs(response),
    requestId: response.header("x-request-id"),
  });
}

/** The error for a 2xx response that cannot be used. */
export function unusableResponse(operation: string, reason: string, method: HttpMethod = "GET"): ToolError {
  return new ToolError("upstream_error", `Failed to ${operation}: ${reason}`, {
    hint: retryAdvice(method, { notProcessed: false, transient: true }),
    status: 200,
    retryable: method === "GET",
  });
}

/** The fields that hold a record's own id; services differ in which of them they set. */
const ID_FIELDS: readonly string[] = ["uid", "id", "group_id", "member_id", "meeting_and_occurrence_id"];

/**
 * Requires that a response is about the requested record: a gateway or a shared cache may confuse two requests. A record
 * without any of the fields passes.
 * @throws ToolError `upstream_error`
 */
export function assertSameRecord(
  record: JsonObject,
  id: string,
  operation: string,
  fields: readonly string[] = ID_FIELDS,
): void {
  // An occurrence may have the id of its meeting. UUIDs are compared without case (RFC 9562, section 4).
  const accepted = [id, id.replace(/^(\d+)-\d+$/, "$1")].map((text) => text.toLowerCase());
  const given = fields.flatMap((name) => record[name] ?? []);
  if (given.length === 0 || given.some((value) => accepted.includes(String(value).toLowerCase()))) return;
  throw unusableResponse(operation, "the response is another record");
}

/** Fields that hold the error message, depending on the service (Goa, FastAPI, OAuth); the first that is set wins. */
const MESSAGE_FIELDS = ["message", "detail", "error_description", "error", "errors"];

/**
 * The service's error message, as the log shows it; empty if there is none.
 * @param quoteUnknown whether to quote a JSON body without a known field: rejected arguments need a reason
 */
function readMessage(response: HttpResponse, quoteUnknown: boolean): string {
  const received = maskSecrets(response.body);
  const body = parseJson(received);
  if (typeof body === "string") return sanitizeText(body);
  if (typeof body === "object" && body !== null) {
    const details = isObject(body) ? MESSAGE_FIELDS.map((name) => [body[name]].flat().map(formatDetail)) : [];
    const fields = details.map((texts) => texts.filter(Boolean).join("; "));
    const unknown = quoteUnknown && Object.keys(body).length > 0 ? JSON.stringify(body) : "";
    return sanitizeText(fields.find(Boolean) ?? unknown);
  }
  if (body !== undefined) return "";
  // An HTML page comes from a gateway and explains nothing.
  const isPage = /html/i.test(response.header("content-type") ?? "") || /^\s*</.test(received);
  return isPage ? "" : sanitizeText(received);
}

/** A message with its candidates, or a FastAPI validation error (`loc`, `msg`) as `field: message`. */
function formatDetail(item: unknown): string {
  if (typeof item === "string") return item;
  if (!isObject(item)) return "";
  if (typeof item.message === "string") {
    const candidates = Array.isArray(item.candidates) ? item.candidates.map(toText).join(", ") : "";
    return candidates ? `${item.message} (candidates: ${candidates})` : item.message;
  }
  if (typeof item.msg !== "string") return "";
  const field = Array.isArray(item.loc) ? item.loc.filter((part) => part !== "body").join(".") : "";
  const message = item.msg.replace(/^Value error, /, "");
  return field ? `${field}: ${message}` : message;
}

function toText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
