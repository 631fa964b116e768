/** A response without its transport. */
export type SandboxResponse = {
  readonly status: number;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Milliseconds to wait before the response is sent. */
  readonly delayMs?: number;
};

/** Thrown for an error response, so that an operation reads as a sequence of steps. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly status: number;
  readonly error: string;
  readonly diagnostics: readonly object[] | undefined;

  /** @param error a code for programs, such as `invalid_request` */
  constructor(status: number, error: string, message: string, diagnostics?: readonly object[]) {
    super(message);
    this.status = status;
    this.error = error;
    this.diagnostics = diagnostics;
  }

  toResponse(): SandboxResponse {
    const { status, error, message, diagnostics } = this;
    return { status, body: { error, message, diagnostics } };
  }
}

export function internalError(message: string): ApiFailure {
  return new ApiFailure(500, "internal_error", message);
}
