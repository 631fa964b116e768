import { ToolError } from "../mcp/errors.ts";
import { DeadlineExceeded } from "../shared/deadline.ts";
import type { HttpMethod, HttpRequest } from "./types.ts";

/** What became of a request that brought no success. */
export type RequestOutcome = {
  /** It certainly was not carried out: never sent, or refused. */
  readonly notProcessed: boolean;
  /** The same request may succeed a moment later. */
  readonly transient: boolean;
};

/** The method as far as repeating goes. */
export function effectiveMethod({ method, safe }: Pick<HttpRequest, "method" | "safe">): HttpMethod {
  return safe ? "GET" : method;
}

/** Whether repeating the request does no harm and may help. */
export function isRetryable(
  method: HttpMethod,
  { notProcessed: undone, transient: passing }: RequestOutcome,
): boolean {
  return passing && (method === "GET" || undone);
}

/** What that means for whoever thinks of repeating it; the same words wherever a request failed. */
export function retryAdvice(
  method: HttpMethod,
  { notProcessed: undone, transient: passing }: RequestOutcome,
): string {
  if (method !== "GET" && !undone) {
    return "It is unknown whether the request was processed; check before you repeat it, or it may be done twice.";
  }
  const safe = method === "GET" ? "" : "It was not processed, so ";
  return passing
    ? `${safe ? `${safe}it` : "It"} is safe to try again.`
    : "Trying again will not help by itself.";
}

/** What is known of a failed exchange, and what may help. */
type Fault = RequestOutcome & { readonly advice?: string };

const CHECK_ADDRESS = "Check the base URL, the network connection and the proxy settings.";
const CHECK_PROXY = "Check the proxy that HTTPS_PROXY or HTTP_PROXY names, and its credentials.";
const CHECK_CA =
  "If a company proxy re-signs TLS, set NODE_EXTRA_CA_CERTS to its certificate file in the server's environment.";

const refused: Fault = { notProcessed: true, transient: true, advice: CHECK_ADDRESS };
const wrongAddress: Fault = { notProcessed: true, transient: false, advice: CHECK_ADDRESS };
const untrusted: Fault = { notProcessed: true, transient: false, advice: CHECK_CA };
const wrongProxy: Fault = { notProcessed: true, transient: false, advice: CHECK_PROXY };

/** Faults by the code that Node.js, OpenSSL or undici gives them, and whether anything may have been done. */
const FAULTS: ReadonlyMap<string | undefined, Fault> = new Map([
  ["ECONNREFUSED", refused],
  ["ENOTFOUND", refused],
  ["EAI_AGAIN", refused],
  ["EHOSTUNREACH", refused],
  ["ENETUNREACH", refused],
  ["UND_ERR_CONNECT_TIMEOUT", refused],
  ["UNABLE_TO_GET_ISSUER_CERT", untrusted],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", untrusted],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", untrusted],
  ["SELF_SIGNED_CERT_IN_CHAIN", untrusted],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", untrusted],
  ["CERT_HAS_EXPIRED", untrusted],
  ["CERT_NOT_YET_VALID", untrusted],
  ["CERT_REVOKED", untrusted],
  ["ERR_TLS_CERT_ALTNAME_INVALID", wrongAddress],
  ["ERR_SSL_WRONG_VERSION_NUMBER", wrongAddress],
  ["EPROTO", wrongAddress],
  ["PROXY_CLOSED", { ...wrongProxy, transient: true }],
  // A tunnel that the proxy would not open; our own aborts never come this far.
  ["UND_ERR_ABORTED", wrongProxy],
  ["UND_ERR_PRX_TLS", wrongProxy],
  // A header that cannot be sent.
  ["UND_ERR_INVALID_ARG", { notProcessed: true, transient: false }],
  ["UND_ERR_RES_EXCEEDED_MAX_SIZE", { notProcessed: false, transient: false }],
  ["UND_ERR_DESTROYED", { notProcessed: false, transient: false }],
  ["UND_ERR_CLOSED", { notProcessed: false, transient: false }],
]);

/** Any other fault may have struck after the request was sent. */
const UNKNOWN_FAULT: Fault = { notProcessed: false, transient: true };

/** The first error code in an error, its causes and its parts (an `AggregateError` of several addresses). */
function codeOf(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  const parts = error instanceof AggregateError ? error.errors : [];
  return codeOf(error.cause, depth + 1) ?? parts.map((part) => codeOf(part, depth + 1)).find(Boolean);
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = error instanceof AggregateError ? error.errors : [];
  return error.message || parts.map(messageOf).join("; ") || error.name;
}

/** How far an exchange had come when it failed. */
export type RequestProgress = {
  /** The request's body, if it has one, was begun. */
  readonly sent: boolean;
  /** The status of the answer that broke off. */
  readonly status?: number | undefined;
};

function faultOf({ body }: HttpRequest, error: unknown, { sent }: RequestProgress): Fault {
  const fault = FAULTS.get(codeOf(error)) ?? UNKNOWN_FAULT;
  return body !== undefined && !sent ? { ...fault, notProcessed: true } : fault;
}

/** Whether to send the request again: a read after any passing fault, a write only if it certainly was not processed. */
export function canRetry(request: HttpRequest, error: unknown, progress: RequestProgress): boolean {
  return isRetryable(effectiveMethod(request), faultOf(request, error, progress));
}

function where({ method, url }: HttpRequest): string {
  return `${method} ${url.host}${url.pathname}`;
}

/** A request that got no whole answer, as an `upstream_error` that names host and cause. */
export function toRequestError(request: HttpRequest, error: unknown, progress: RequestProgress): ToolError {
  const method = effectiveMethod(request);
  const fault = faultOf(request, error, progress);
  const timedOut = error instanceof DeadlineExceeded;
  const code = timedOut ? "DEADLINE" : codeOf(error);
  const detail = messageOf(error).replaceAll(/\s+/g, " ").trim();
  const cause = code && !detail.includes(code) ? `${detail} (${code})` : detail;
  const what = timedOut ? `gave no answer within ${error.totalMs} ms` : `failed: ${cause}`;
  return new ToolError("upstream_error", `${where(request)} ${what}`, {
    hint: [retryAdvice(method, fault), fault.advice].filter(Boolean).join(" "),
    status: progress.status,
    retryable: isRetryable(method, fault),
    reason: code ?? "UNKNOWN",
    cause: error,
  });
}
