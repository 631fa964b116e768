import { isRetryable, retryAdvice } from "../../http-client/errors.ts";
import { classifyResponse, retryAfterMs } from "../../http-client/retry.ts";
import type { HttpMethod, HttpResponse } from "../../http-client/types.ts";
import { type ErrorCode, ToolError } from "../../mcp/errors.ts";
import { isObject, parseJson, sanitizeText } from "../../shared/json.ts";

/** The parts of an error body of REST API v1, `{ error, message, diagnostics? }`, as far as they are what they should be. */
export type ApiError = {
  readonly error: string;
  readonly message: string | undefined;
  readonly diagnostics: readonly Readonly<Record<string, unknown>>[];
};

/** Reads an error body; undefined where it is none of the API's, which always has an `error`. */
export function apiErrorOf(answer: HttpResponse): ApiError | undefined {
  const body = parseJson(answer.body);
  if (!isObject(body) || typeof body.error !== "string") return undefined;
  return {
    error: body.error,
    message: typeof body.message === "string" ? body.message : undefined,
    diagnostics: Array.isArray(body.diagnostics) ? body.diagnostics.filter(isObject) : [],
  };
}

/** The diagnostics in one line: each field with what is wrong with it. */
function diagnosticsOf({ diagnostics }: ApiError): string {
  return diagnostics
    .map(({ path, message }) => {
      const names = Array.isArray(path) ? path.filter((key) => /string|number/.test(typeof key)) : [];
      const field = names.length > 0 ? `${names.join(".")}: ` : "";
      return `${field}${typeof message === "string" ? message : ""}`;
    })
    .filter(Boolean)
    .join("; ");
}

/** What a request without success means: its code, what we say of it, and what to do next. */
export type ErrorMapping = {
  readonly code: ErrorCode;
  readonly what: string;
  readonly hint: string;
  readonly retryable?: boolean;
  /** What is quoted of the answer; its own message where it is left out, nothing where it is empty. */
  readonly quote?: string;
};

/** The arguments were refused, for the reasons that the answer gives. */
export function refusedArguments(body: ApiError): ErrorMapping {
  return {
    code: "invalid_input",
    what: "Lightfast refused the arguments",
    hint: "Correct the arguments and call again.",
    quote: [body.message, diagnosticsOf(body)].filter(Boolean).join(" "),
  };
}

/**
 * Lightfast failed, and not because of what was asked.
 * @param method `GET` for what only reads, however it was sent
 */
export function upstreamFailure(method: HttpMethod, answer: HttpResponse, body?: ApiError): ErrorMapping {
  return {
    code: "upstream_error",
    ...(body?.error === "signal_enqueue_failed"
      ? {
          what: "Lightfast stored the signal but could not queue it, so it will stay failed",
          hint: "Tell the user; calling again makes a second signal.",
        }
      : {
          what: "Lightfast could not answer",
          hint: retryAdvice(method, classifyResponse(answer)),
          retryable: isRetryable(method, classifyResponse(answer)),
        }),
  };
}

/**
 * A meaning as the error it is. Lightfast's own words are quoted and marked as such.
 * @param source what is told of the answer, such as its status
 */
export function meaningError(
  meaning: ErrorMapping,
  source: string,
  answer: HttpResponse,
  body: ApiError | undefined,
): ToolError {
  const quote = sanitizeText(meaning.quote ?? body?.message ?? "");
  const said = quote ? `. Lightfast says: "${quote}"` : "";
  const wait = meaning.retryable ? retryAfterMs(answer) : undefined;
  const waiting = wait ? ` Wait ${Math.ceil(wait / 1000)} s first.` : "";
  return new ToolError(meaning.code, `${meaning.what} (${source})${said}`, {
    hint: `${meaning.hint}${waiting}`,
    status: answer.status,
    retryable: meaning.retryable,
    retryAfterMs: wait,
    requestId: answer.header("x-request-id"),
  });
}
