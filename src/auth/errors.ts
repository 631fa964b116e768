import { CodedError } from "../shared/errors.ts";

/** The token is not accepted: 401 `invalid_token` (RFC 6750, section 3.1). */
export class TokenInvalid extends CodedError {
  static override readonly code = "TOKEN_INVALID";
  override readonly name = "TokenInvalid";
  /** For the client: a sentence without any part of the token. */
  readonly description: string;
  /** Whether the token was never valid here, unlike an expired or withdrawn one. */
  readonly isGuess: boolean;

  /** @param reason for the operator, without any part of the token */
  constructor(
    reason: string,
    options: { description?: string | undefined; isGuess?: boolean; cause?: unknown } = {},
  ) {
    super(reason, { cause: options.cause });
    // A reason would help an attacker to guess.
    this.description = options.description ?? "Bearer token is invalid.";
    this.isGuess = options.isGuess ?? false;
  }
}

/** The address has too many failed attempts: 429. */
export class TooManyAttempts extends CodedError {
  static override readonly code = "TOO_MANY_ATTEMPTS";
  override readonly name = "TooManyAttempts";
}

/** The token cannot be verified now: 503. */
export class AuthUnavailable extends CodedError {
  static override readonly code = "AUTH_UNAVAILABLE";
  override readonly name = "AuthUnavailable";
  /** For the client: one or two sentences. */
  readonly description: string;
  /** When to try again, in seconds. */
  readonly retryAfterSeconds: number;

  /** @param reason for the operator */
  constructor(
    reason: string,
    options: { description?: string; retryAfterSeconds?: number; cause?: unknown } = {},
  ) {
    super(reason, { cause: options.cause });
    this.description =
      options.description ?? "MCP authorization is temporarily unavailable. Try again in a moment.";
    this.retryAfterSeconds = options.retryAfterSeconds ?? 2;
  }
}
