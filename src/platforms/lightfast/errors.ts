import { isRetryable, retryAdvice } from "../../http-client/errors.ts";
import { classifyResponse, retryAfterMs } from "../../http-client/retry.ts";
import type { HttpMethod, HttpResponse } from "../../http-client/types.ts";
import { type ErrorCode, ToolError } from "../../mcp/errors.ts";
import { isObject, parseJson, sanitizeText } from "../../shared/json.ts";

/** The well-formed parts of an error body, `{ error, message, diagnostics? }` (Lightfast API v1, error responses). */
export type ApiError = {
  readonly error: string;
  readonly message: string | undefined;
  readonly diagnostics: readonly Readonly<Record<string, unknown>>[];
};

/** Returns undefined for a body without `error`, which isn't the API's own. */
export function parseApiError(response: HttpResponse): ApiError | undefined {
  const body = parseJson(response.body);
  if (!isObject(body) || typeof body.error !== "string") return undefined;
  return {
    error: body.error,
    message: typeof body.message === "string" ? body.message : undefined,
    diagnostics: Array.isArray(body.diagnostics) ? body.diagnostics.filter(isObject) : [],
  };
}

/** What an error response becomes for the caller. */
export type ErrorMapping = {
  readonly code: ErrorCode;
  /** What happened, without a final period. */
  readonly message: string;
  readonly hint: string;
  readonly retryable?: boolean;
  /** Upstream text to quote. Default: the body's own message; none if empty. */
  readonly quote?: string;
};

type ErrorRow = readonly [key: string, mapping: ErrorMapping | ((body: ApiError) => ErrorMapping)];

/** Mappings by `<status> <error>`, or by status alone. */
export type ErrorTable = ReadonlyMap<ErrorRow[0], ErrorRow[1]>;

/** Later rows replace earlier ones. */
export function createErrorTable(rows: readonly ErrorRow[]): ErrorTable {
  return new Map(rows);
}

export function findMapping(table: ErrorTable, status: number, body: ApiError): ErrorMapping | undefined {
  const mapping = table.get(`${status} ${body.error}`) ?? table.get(`${status}`);
  return typeof mapping === "function" ? mapping(body) : mapping;
}

/** Mappings that the REST API and the app's internal endpoints share. */
export const COMMON_ERRORS: readonly ErrorRow[] = [
  [
    "400",
    (body) => ({
      code: "invalid_input",
      message: "Lightfast rejected the arguments",
      hint: "Correct the arguments and call again.",
      quote: [body.message, formatDiagnostics(body)].filter(Boolean).join(" "),
    }),
  ],
  [
    "500 signal_enqueue_failed",
    {
      code: "upstream_error",
      message: "Lightfast stored the signal but could not queue it, so it stays failed",
      hint: "Calling again would create a second signal.",
    },
  ],
];

/** Each field with its problem, as in `input: too long`. */
function formatDiagnostics({ diagnostics }: ApiError): string {
  return diagnostics
    .map(({ path, message }) => {
      const names = Array.isArray(path) ? path.filter((key) => /string|number/.test(typeof key)) : [];
      const field = names.length > 0 ? `${names.join(".")}: ` : "";
      return `${field}${typeof message === "string" ? message : ""}`;
    })
    .filter(Boolean)
    .join("; ");
}

/** A failure that isn't the caller's or this server's. @param method `GET` for a read, even if it was sent as a POST */
export function upstreamFailure(method: HttpMethod, response: HttpResponse): ErrorMapping {
  const outcome = classifyResponse(response);
  return {
    code: "upstream_error",
    message: "Lightfast could not complete the request",
    hint: retryAdvice(method, outcome),
    retryable: isRetryable(method, outcome),
  };
}

/** Builds a mapping's error, with upstream text quoted. @param source such as the status; added in parentheses */
export function toToolError(
  { code, message, hint, retryable, quote: mappedQuote }: ErrorMapping,
  source: string,
  response: HttpResponse,
  body?: ApiError,
): ToolError {
  const text = sanitizeText(mappedQuote ?? body?.message ?? "");
  const quote = text ? `. Lightfast says: "${text}"` : "";
  const waitMs = retryable ? retryAfterMs(response) : undefined;
  const wait = waitMs ? ` Wait ${Math.ceil(waitMs / 1000)} s first.` : "";
  return new ToolError(code, `${message} (${source})${quote}`, {
    hint: `${hint}${wait}`,
    status: response.status,
    retryable,
    retryAfterMs: waitMs,
    requestId: response.header("x-request-id"),
  });
}

/** Returns the signal. @throws ToolError if it is another: a gateway or a shared cache may confuse two requests */
export function requireSignal(signal: unknown, id: string): unknown {
  if (!isObject(signal) || typeof signal.id !== "string" || signal.id === id) return signal;
  throw new ToolError("upstream_error", "Lightfast sent another signal than the requested one", {
    hint: "It is safe to try again. If the problem persists, check any proxy or cache in between.",
    status: 200,
    retryable: true,
  });
}
