import { ToolError } from "../mcp/errors.ts";
import { DeadlineExceeded, isCanceled } from "../shared/deadline.ts";
import { codeOf } from "../shared/errors.ts";
import type { HttpMethod, HttpRequest, RequestProgress } from "./types.ts";

/** What is known about a request that did not succeed. */
export type RequestOutcome = {
  /** The server did not process it: no byte of it was sent, or it was rejected as such. */
  readonly notProcessed: boolean;
  /** The same request may succeed a moment later. */
  readonly transient: boolean;
};

/** What an error means, apart from whether the request was sent. */
type ErrorMapping = { readonly transient: boolean; readonly advice?: string };

const CHECK_ADDRESS = "Check the base URL, the network connection and the proxy settings.";
const CHECK_PROXY = "Check the proxy that HTTPS_PROXY or HTTP_PROXY names, and its credentials.";

const NOT_CONNECTED: ErrorMapping = { transient: true, advice: CHECK_ADDRESS };
const TIMED_OUT: ErrorMapping = {
  transient: true,
  advice:
    "The network gave no answer in time. Check the network connection, and any firewall, VPN or proxy in between.",
};
const WRONG_ADDRESS: ErrorMapping = { transient: false, advice: CHECK_ADDRESS };
const UNTRUSTED: ErrorMapping = {
  transient: false,
  advice:
    "If a company proxy re-signs TLS, set NODE_EXTRA_CA_CERTS to its certificate file in the server's environment.",
};
const WRONG_PROXY: ErrorMapping = { transient: false, advice: CHECK_PROXY };
const PROXY_CLOSED: ErrorMapping = { transient: true, advice: CHECK_PROXY };
const UNSUPPORTED_PROXY: ErrorMapping = {
  transient: false,
  advice: "Set HTTPS_PROXY or HTTP_PROXY to an http or https proxy, or exclude the host with NO_PROXY.",
};
const ENCODED: ErrorMapping = {
  transient: false,
  advice: "A proxy or gateway compresses unasked. Its operator must make it respect Accept-Encoding.",
};
const TOO_LARGE: ErrorMapping = {
  transient: false,
  advice: "The response is too large: ask for less, such as a smaller page.",
};
const PERMANENT: ErrorMapping = { transient: false };

const MAPPINGS: ReadonlyMap<string | undefined, ErrorMapping> = new Map([
  // Node.js (nodejs.org/api/errors.html).
  ["ECONNREFUSED", NOT_CONNECTED],
  ["ENOTFOUND", NOT_CONNECTED],
  ["EAI_AGAIN", NOT_CONNECTED],
  ["EHOSTUNREACH", NOT_CONNECTED],
  ["ENETUNREACH", NOT_CONNECTED],
  ["ETIMEDOUT", TIMED_OUT],
  ["EPROTO", WRONG_ADDRESS],
  ["ERR_TLS_CERT_ALTNAME_INVALID", WRONG_ADDRESS],
  // OpenSSL: X.509 verification (nodejs.org/api/tls.html, "X509 certificate error codes").
  ["UNABLE_TO_GET_ISSUER_CERT", UNTRUSTED],
  ["UNABLE_TO_GET_ISSUER_CERT_LOCALLY", UNTRUSTED],
  ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", UNTRUSTED],
  ["SELF_SIGNED_CERT_IN_CHAIN", UNTRUSTED],
  ["DEPTH_ZERO_SELF_SIGNED_CERT", UNTRUSTED],
  ["CERT_HAS_EXPIRED", UNTRUSTED],
  ["CERT_NOT_YET_VALID", UNTRUSTED],
  ["CERT_REVOKED", UNTRUSTED],
  // OpenSSL: the server does not speak TLS (SSL_R_WRONG_VERSION_NUMBER).
  ["ERR_SSL_WRONG_VERSION_NUMBER", WRONG_ADDRESS],
  // undici (undici.nodejs.org, "Errors").
  ["UND_ERR_CONNECT_TIMEOUT", TIMED_OUT],
  ["UND_ERR_PRX_TLS", WRONG_PROXY],
  // A proxy refused to open a tunnel. Our own aborts reject with their reason instead.
  ["UND_ERR_ABORTED", WRONG_PROXY],
  ["UND_ERR_INVALID_ARG", PERMANENT],
  ["UND_ERR_RES_EXCEEDED_MAX_SIZE", TOO_LARGE],
  ["UND_ERR_DESTROYED", PERMANENT],
  ["UND_ERR_CLOSED", PERMANENT],
  // Ours: client.ts, route.ts and internal.ts.
  ["PROXY_CLOSED", PROXY_CLOSED],
  ["PROXY_UNSUPPORTED", UNSUPPORTED_PROXY],
  ["CONTENT_ENCODING", ENCODED],
]);

/** The hint for a write that was sent and has no usable response. */
export const UNKNOWN_OUTCOME =
  "It is unknown whether the request was processed. Check before you try again, or it may run twice.";

/** The method that decides about retries: GET for a request that is safe. */
export function effectiveMethod({ method, safe }: Pick<HttpRequest, "method" | "safe">): HttpMethod {
  return safe ? "GET" : method;
}

/** Whether a retry may succeed and cannot process the request twice. */
export function isRetryable(method: HttpMethod, { notProcessed, transient }: RequestOutcome): boolean {
  return transient && (method === "GET" || notProcessed);
}

/** The same as a hint: one sentence. */
export function retryAdvice(method: HttpMethod, outcome: RequestOutcome): string {
  const isRead = method === "GET";
  if (!isRetryable(method, outcome))
    return isRead || outcome.notProcessed ? "Trying again will not help by itself." : UNKNOWN_OUTCOME;
  return isRead ? "It is safe to try again." : "It was not processed, so it is safe to try again.";
}

/** Whether to send a failed request again: a read after any transient error, a write only if it was not sent. */
export function canRetry(request: HttpRequest, error: unknown, progress: RequestProgress): boolean {
  return isRetryable(effectiveMethod(request), findMapping(error, progress));
}

/** Turns the error of a request without a complete response into an `upstream_error` that names host and cause. */
export function toRequestError(request: HttpRequest, error: unknown, progress: RequestProgress): ToolError {
  const method = effectiveMethod(request);
  const mapping = findMapping(error, progress);
  const code = findCode(error);
  const detail = findMessage(error).replaceAll(/\s+/g, " ").trim();
  const cause = code && !detail.includes(code) ? `${detail} (${code})` : detail;
  const { host, pathname } = request.url;
  const what =
    error instanceof DeadlineExceeded ? `did not respond within ${error.totalMs} ms` : `failed: ${cause}`;
  return new ToolError("upstream_error", `${request.method} ${host}${pathname} ${what}`, {
    hint: [retryAdvice(method, mapping), mapping.advice].filter(Boolean).join(" "),
    status: progress.status,
    retryable: isRetryable(method, mapping),
    reason: code ?? "UNKNOWN",
    unreachable: progress.status === undefined,
    cause: error,
  });
}

/** Why the server did not respond, as an identifier; undefined if it did, or if the request was canceled or never sent. */
export function missedReason(
  error: unknown,
  { status }: RequestProgress,
  signal: AbortSignal | undefined,
): string | undefined {
  const code = findCode(error) ?? "UNKNOWN";
  return status !== undefined || isCanceled(signal) || MAPPINGS.get(code) === PERMANENT ? undefined : code;
}

/** No error tells what the server did with a request that was sent: even EHOSTUNREACH can follow a sent body. */
function findMapping(error: unknown, { sent }: RequestProgress): ErrorMapping & RequestOutcome {
  return { ...(MAPPINGS.get(findCode(error)) ?? { transient: true }), notProcessed: !sent };
}

/** The first code of an error, its causes, and the errors of an `AggregateError` (one for each address tried). */
function findCode(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  const code = codeOf(error);
  if (code !== undefined) return code;
  const parts = error instanceof AggregateError ? error.errors : [];
  return findCode(error.cause, depth + 1) ?? parts.map((part) => findCode(part, depth + 1)).find(Boolean);
}

function findMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = error instanceof AggregateError ? error.errors : [];
  return error.message || parts.map(findMessage).join("; ") || error.name;
}
