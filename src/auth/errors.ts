/** What a client is told of a token that is not accepted, whatever the reason: a reason would help to guess. */
const DESCRIPTION = "Bearer token is invalid.";

/** The token does not let its bearer in: 401 `invalid_token` (RFC 6750, section 3.1). */
export class TokenInvalid extends Error {
  override readonly name = "TokenInvalid";
  /** For the client: a whole sentence without anything of the token. */
  readonly description: string;

  /** @param reason for the operator, who sees it as the error's message; without anything of the token */
  constructor(reason: string, options: { description?: string; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.description = options.description ?? DESCRIPTION;
  }
}

const RETRY_AFTER_SECONDS = 2;

/** Whether the token is good cannot be known at present, through no fault of its bearer's: 503. */
export class AuthUnavailable extends Error {
  override readonly name = "AuthUnavailable";
  /** When it is worth trying again, in seconds. */
  readonly retryAfterSeconds: number;

  /** @param reason for the operator, who sees it as the error's message */
  constructor(reason: string, options: { retryAfterSeconds?: number; cause?: unknown } = {}) {
    super(reason, { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds ?? RETRY_AFTER_SECONDS;
  }
}
