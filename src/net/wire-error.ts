/**
 * How an exchange can fail beyond what the system reports: the server cannot be connected to in time, it ends the
 * connection before the answer is whole, its answer is no HTTP or too long, the request cannot be put in words of HTTP,
 * or the way to the server is closed on our side.
 */
export type WireErrorCode =
  | "CONNECT_TIMEOUT"
  | "CONNECTION_ENDED"
  | "ANSWER_MALFORMED"
  | "ANSWER_TOO_LARGE"
  | "REQUEST_MALFORMED"
  | "POSTER_CLOSED";

export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;

  constructor(code: WireErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** @throws WireError `ANSWER_MALFORMED`, always */
export const malformed = (what: string): never => {
  throw new WireError("ANSWER_MALFORMED", `the answer is no proper HTTP/1.1: ${what}`);
};
