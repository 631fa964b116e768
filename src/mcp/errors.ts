import { CodedError } from "../shared/errors.ts";
import type { JsonObject } from "../shared/json.ts";

/** The codes of failed tool results. A model reads the code at the start of the text, a program in the result's `_meta`. */
export const ERROR_CODES = [
  "missing_token",
  "invalid_token",
  "insufficient_scope",
  "invalid_input",
  "not_found",
  "org_access_denied",
  "upstream_error",
  "unsupported_tool",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export type ToolErrorDetails = {
  /** What to do next: one or two whole sentences. */
  hint: string;
  /** HTTP status of the upstream response, if one arrived; 429 if the caller has too many calls in flight. */
  status?: number | undefined;
  /** Whether repeating the same call is safe and may succeed. Default: false. */
  retryable?: boolean | undefined;
  /** Milliseconds to wait before repeating it. */
  retryAfterMs?: number | undefined;
  /** The upstream's id of the failed request, for support. */
  requestId?: string | undefined;
  /** Why no complete response arrived, as an identifier: `ECONNREFUSED`, `DEADLINE`. */
  reason?: string | undefined;
  /** Whether no response arrived at all. Default: false. */
  unreachable?: boolean | undefined;
  cause?: unknown;
};

/** The error that tools and platform clients throw. `callTool` turns it into a result. */
export class ToolError extends CodedError {
  static override readonly code = "TOOL_ERROR";
  override readonly name = "ToolError";
  declare readonly code: ErrorCode;
  readonly hint: string;
  readonly status: number | undefined;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly requestId: string | undefined;
  readonly reason: string | undefined;
  readonly unreachable: boolean;

  /** @param message what failed, without a final period */
  constructor(code: ErrorCode, message: string, details: ToolErrorDetails) {
    super(message, { code, cause: details.cause });
    this.hint = details.hint;
    this.status = details.status;
    this.retryable = details.retryable ?? false;
    this.retryAfterMs = details.retryAfterMs;
    this.requestId = details.requestId;
    this.reason = details.reason;
    this.unreachable = details.unreachable ?? false;
  }
}

/** The reasons of a call that the user was asked about first, and did not confirm. */
export const NOT_CONFIRMED = { declined: "DECLINED", noAnswer: "NO_ANSWER" } as const;

/** Ends a call of the modern era that needs an answer: the client repeats it with one (MCP 2026-07-28, "MRTR"). */
export class InputRequired extends CodedError {
  static override readonly code = "INPUT_REQUIRED";
  override readonly name = "InputRequired";
  /** The result of the call. */
  readonly result: JsonObject;

  constructor(inputRequests: JsonObject, requestState: string) {
    super("the client has to repeat the call with an answer");
    this.result = { resultType: "input_required", inputRequests, requestState };
  }
}
