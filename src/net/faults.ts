import { type Deadline, DeadlineExceeded } from "../core/deadline.ts";
import { ToolError } from "../core/errors.ts";
import type { HttpRequest } from "./exchange.ts";

/** What is known of a failed exchange: whether the request can have reached the service, and what may help. */
type Fault = {
  /** The connection never stood, so the request was certainly not processed. */
  readonly unsent: boolean;
  /** Whether the same may work a moment later. */
  readonly passing: boolean;
  readonly advice?: string;
};

const CHECK_ADDRESS = "Check the base URL, the network connection and the proxy settings.";
const CHECK_PROXY = "Check the proxy that HTTPS_PROXY or HTTP_PROXY names, and its credentials.";
const CHECK_CA =
  "If a company proxy re-signs TLS, set NODE_EXTRA_CA_CERTS to its certificate file in the server's environment.";

const refused: Fault = { unsent: true, passing: true, advice: CHECK_ADDRESS };
const untrusted: Fault = { unsent: true, passing: false, advice: CHECK_CA };

/** Faults by the code that Node.js, OpenSSL or undici gives them. Any other may have struck after the request was sent. */
const FAULTS: Readonly<Record<string, Fault>> = {
  ECONNREFUSED: refused,
  ENOTFOUND: refused,
  EAI_AGAIN: refused,
  EHOSTUNREACH: refused,
  ENETUNREACH: refused,
  UND_ERR_CONNECT_TIMEOUT: refused,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: untrusted,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: untrusted,
  SELF_SIGNED_CERT_IN_CHAIN: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: untrusted,
  CERT_HAS_EXPIRED: untrusted,
  ERR_TLS_CERT_ALTNAME_INVALID: { unsent: true, passing: false, advice: CHECK_ADDRESS },
  PROXY_CLOSED: { unsent: true, passing: true, advice: CHECK_PROXY },
  // A tunnel that the proxy would not open; our own aborts never come this far.
  UND_ERR_ABORTED: { unsent: true, passing: false, advice: CHECK_PROXY },
  UND_ERR_PRX_TLS: { unsent: true, passing: false, advice: CHECK_PROXY },
  ERR_SSL_WRONG_VERSION_NUMBER: { unsent: true, passing: false, advice: CHECK_ADDRESS },
  UND_ERR_RES_EXCEEDED_MAX_SIZE: { unsent: false, passing: false },
};

const UNKNOWN_FAULT: Fault = { unsent: false, passing: true };

/** The first error code in an error, its causes and its parts (an `AggregateError` of several addresses). */
const codeOf = (error: unknown, depth = 0): string | undefined => {
  if (!(error instanceof Error) || depth > 4) return undefined;
  if ("code" in error && typeof error.code === "string") return error.code;
  const parts = error instanceof AggregateError ? error.errors : [];
  return codeOf(error.cause, depth + 1) ?? parts.map((part) => codeOf(part, depth + 1)).find(Boolean);
};

const messageOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  const parts = error instanceof AggregateError ? error.errors : [];
  return error.message || parts.map(messageOf).join("; ") || error.name;
};

/** Whether to send the request again: a read after any passing fault, a write only if it certainly was not sent. */
export const mayRetry = (method: HttpRequest["method"], error: unknown): boolean => {
  const { unsent, passing } = FAULTS[codeOf(error) ?? ""] ?? UNKNOWN_FAULT;
  return passing && (method === "GET" || unsent);
};

/** What the reader may do after a request that got no usable answer. */
export const afterNoAnswer = (method: HttpRequest["method"], { unsent, passing }: Fault): string => {
  if (method === "GET") return passing ? "It is safe to try again." : "Trying again will not help by itself.";
  return unsent
    ? "Nothing was sent, so it is safe to try again."
    : "It is unknown whether the request was processed; check before you repeat it, or it may be done twice.";
};

const where = ({ method, url }: HttpRequest): string => `${method} ${url.host}${url.pathname}`;

/** A request that got no whole answer, as an `upstream_error` that names host and cause. */
export const noAnswer = (request: HttpRequest, error: unknown, deadline: Deadline): ToolError => {
  const { method } = request;
  if (error instanceof DeadlineExceeded) {
    return new ToolError("upstream_error", `${where(request)} gave no answer within ${deadline.totalMs} ms`, {
      hint: afterNoAnswer(method, UNKNOWN_FAULT),
      retryable: method === "GET",
      cause: error,
    });
  }
  const code = codeOf(error);
  const fault = FAULTS[code ?? ""] ?? UNKNOWN_FAULT;
  const detail = messageOf(error).replaceAll(/\s+/g, " ").trim();
  const cause = code && !detail.includes(code) ? `${detail} (${code})` : detail;
  return new ToolError("upstream_error", `${where(request)} failed: ${cause}`, {
    hint: [afterNoAnswer(method, fault), fault.advice].filter(Boolean).join(" "),
    retryable: mayRetry(method, error),
    cause: error,
  });
};
