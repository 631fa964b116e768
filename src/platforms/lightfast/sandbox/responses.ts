/** What a request comes to: a response without its transport. */
export type SandboxResponse = {
  readonly status: number;
  /** Sent as JSON; absent for an answer without a body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer is held back, in milliseconds. */
  readonly heldMs?: number;
};

/** A request that is not granted. It is thrown, so that the steps of an operation read in the order they are taken. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly error: string;
  readonly diagnostics: readonly object[] | undefined;

  /** @param error the code that programs read, such as `invalid_request` */
  constructor(status: number, error: string, message: string, diagnostics?: readonly object[]) {
    super(message);
    this.status = status;
    this.error = error;
    this.diagnostics = diagnostics;
  }

  /** The refusal as the API words it; `diagnostics` is left out of the JSON where there are none. */
  toAnswer(): SandboxResponse {
    const { status, error, message, diagnostics } = this;
    return { status, body: { error, message, diagnostics } };
  }
}

/** The refusal for what went wrong inside. */
export function internalError(message: string): Refusal {
  return new Refusal(500, "internal_error", message);
}
