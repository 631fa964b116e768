import { CodedError } from "../shared/errors.ts";

/**
 * The codes a tool failure can carry: the error table of the Lightfast MCP reference page.
 * A model reads them at the head of the result's text, a program in `_meta["ai.lightfast/error"].code`.
 */
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
  /** What the reader should do next: one or two whole sentences. */
  hint: string;
  /** HTTP status of the upstream answer; absent when none arrived. */
  status?: number | undefined;
  /** Whether the same call may succeed later and does no harm when sent again. */
  retryable?: boolean | undefined;
  /** How long to wait before that, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** The upstream's id of the failed request, for a support question. */
  requestId?: string | undefined;
  /** Why no whole answer came, as a word for programs: `ECONNREFUSED`, `DEADLINE`. */
  reason?: string | undefined;
  /** Whether no response arrived at all. */
  unreachable?: boolean | undefined;
  cause?: unknown;
};

/** The one error that tools and platform clients throw. The boundary in `results.ts` turns it into a result. */
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

  /** @param message what failed, without a final full stop */
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
