import { ToolError } from "../mcp/errors.ts";
import { DeadlineExceeded } from "../shared/deadline.ts";
import type { HttpMethod, HttpRequest } from "./types.ts";

/** What is known about a request that did not succeed. */
export type RequestOutcome = {
  /** The server certainly did not process it: it was not sent, or was rejected. */
  readonly notProcessed: boolean;
  /** The same request may succeed a moment later. */
  readonly transient: boolean;
};

/** How far an attempt had come when it failed. */
export type RequestProgress = {
  /** Sending the body, if there is one, had begun. */
  readonly sent: boolean;
  /** The status of the incomplete response. */
  readonly status?: number | undefined;
};

type ErrorMeaning = RequestOutcome & { readonly advice?: string };

const CHECK_ADDRESS = "Check the base URL, the network connection and the proxy settings.";
const CHECK_PROXY = "Check the proxy that HTTPS_PROXY or HTTP_PROXY names, and its credentials.";
const CHECK_CA =
  "If a company proxy re-signs TLS, set NODE_EXTRA_CA_CERTS to its certificate file in the server's environment.";

const NOT_CONNECTED: ErrorMeaning = { notProcessed: true, transient: true, advice: CHECK_ADDRESS };
const WRONG_ADDRESS: ErrorMeaning = { notProcessed: true, transient: false, advice: CHECK_ADDRESS };
const UNTRUSTED: ErrorMeaning = { notProcessed: true, transient: false, advice: CHECK_CA };
const WRONG_PROXY: ErrorMeaning = { notProcessed: true, transient: false, advice: CHECK_PROXY };
const PROXY_CLOSED: ErrorMeaning = { ...WRONG_PROXY, transient: true };
const INVALID_HEADER: ErrorMeaning = { notProcessed: true, transient: false };
const PERMANENT: ErrorMeaning = { notProcessed: false, transient: false };
/** Any other error: the request may have been sent before it occurred. */
const UNKNOWN: ErrorMeaning = { notProcessed: false, transient: true };

const MEANINGS: ReadonlyMap<string | undefined, ErrorMeaning> = new Map([
  // Node.js: common system errors of connect() and getaddrinfo() (nodejs.org/api/errors.html).
  ["ECONNREFUSED", NOT_CONNECTED],
  ["ENOTFOUND", NOT_CONNECTED],
  ["EAI_AGAIN", NOT_CONNECTED],
  ["EHOSTUNREACH", NOT_CONNECTED],
  ["ENETUNREACH", NOT_CONNECTED],
  ["EPROTO", WRONG_ADDRESS],
  // Node.js: the certificate names another host (nodejs.org/api/errors.html).
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
  ["UND_ERR_CONNECT_TIMEOUT", NOT_CONNECTED],
  ["UND_ERR_PRX_TLS", WRONG_PROXY],
  // A proxy refused to open a tunnel. Our own aborts reject with their reason instead.
  ["UND_ERR_ABORTED", WRONG_PROXY],
  ["UND_ERR_INVALID_ARG", INVALID_HEADER],
  ["UND_ERR_RES_EXCEEDED_MAX_SIZE", PERMANENT],
  ["UND_ERR_DESTROYED", PERMANENT],
  ["UND_ERR_CLOSED", PERMANENT],
  // Ours (ProxyClosedError in client.ts).
  ["PROXY_CLOSED", PROXY_CLOSED],
]);

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
  if (isRetryable(method, outcome)) {
    return method === "GET"
      ? "It is safe to try again."
      : "It was not processed, so it is safe to try again.";
  }
  return method === "GET" || outcome.notProcessed
    ? "Trying again will not help by itself."
    : "It is unknown whether the request was processed. Check before you try again, or it may run twice.";
}

/** Whether to send a failed request again: a read after any transient error, a write only if it was not processed. */
export function canRetry(request: HttpRequest, error: unknown, progress: RequestProgress): boolean {
  return isRetryable(effectiveMethod(request), meaningOf(request, error, progress));
}

/** Turns the error of a request without a complete response into an `upstream_error` that names host and cause. */
export function toRequestError(request: HttpRequest, error: unknown, progress: RequestProgress): ToolError {
  const method = effectiveMethod(request);
  const meaning = meaningOf(request, error, progress);
  const code = findCode(error);
  const detail = findMessage(error).replaceAll(/\s+/g, " ").trim();
  const cause = code && !detail.includes(code) ? `${detail} (${code})` : detail;
  const { host, pathname } = request.url;
  const what =
    error instanceof DeadlineExceeded ? `did not respond within ${error.totalMs} ms` : `failed: ${cause}`;
  return new ToolError("upstream_error", `${request.method} ${host}${pathname} ${what}`, {
    hint: [retryAdvice(method, meaning), meaning.advice].filter(Boolean).join(" "),
    status: progress.status,
    retryable: isRetryable(method, meaning),
    reason: code ?? "UNKNOWN",
    unreachable: progress.status === undefined,
    cause: error,
  });
}

function meaningOf({ body }: HttpRequest, error: unknown, { sent }: RequestProgress): ErrorMeaning {
  const meaning = MEANINGS.get(findCode(error)) ?? UNKNOWN;
  return body !== undefined && !sent ? { ...meaning, notProcessed: true } : meaning;
}

/** The first code of an error, its causes, and the errors of an `AggregateError` (one for each address tried). */
function findCode(error: unknown, depth = 0): string | undefined {
  if (!(error instanceof Error) || depth > 4) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  const parts = error instanceof AggregateError ? error.errors : [];
  return findCode(error.cause, depth + 1) ?? parts.map((part) => findCode(part, depth + 1)).find(Boolean);
}

function findMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const parts = error instanceof AggregateError ? error.errors : [];
  return error.message || parts.map(findMessage).join("; ") || error.name;
}
