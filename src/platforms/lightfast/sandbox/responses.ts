import { CodedError } from "../../../shared/errors.ts";

/** A response without its transport. */
export type SandboxResponse = {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait before the response is sent. */
  readonly delayMs?: number;
};

/** Thrown for an error response, so that an operation reads as a sequence of steps. */
export class ApiFailure extends CodedError {
  override readonly name = "ApiFailure";
  readonly status: number;
  readonly diagnostics: readonly object[] | undefined;

  /** @param code the body's `error`, such as `invalid_request` */
  constructor(status: number, code: string, message: string, diagnostics?: readonly object[]) {
    super(message, { code });
    this.status = status;
    this.diagnostics = diagnostics;
  }

  toResponse(): SandboxResponse {
    const { status, code: error, message, diagnostics } = this;
    return { status, body: { error, message, diagnostics } };
  }
}

export function internalError(message: string): ApiFailure {
  return new ApiFailure(500, "internal_error", message);
}
