export type CodedErrorOptions = {
  /** Replaces the class's own code, for classes that cover several kinds of failure. */
  readonly code?: string;
  readonly cause?: unknown;
};

/**
 * Base class of every error that this package defines. Programs compare `code`, which stays the same when the message
 * changes. Subclasses set a static `code`; instances carry it too.
 */
export class CodedError extends Error {
  static readonly code: string = "ERROR";
  readonly code: string;

  constructor(message: string, { code, cause }: CodedErrorOptions = {}) {
    super(message, { cause });
    this.code = code ?? new.target.code;
  }
}
