/**
 * Base class of every error that this package defines. Programs compare `code`, which stays the same when the message
 * changes. Subclasses set a static `code`; instances carry it too.
 */
export class CodedError extends Error {
  static readonly code: string = "ERROR";
  readonly code: string;

  /** @param options `code` replaces the class's own, for classes that cover several kinds of failure */
  constructor(message: string, options: { readonly code?: string; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = options.code ?? new.target.code;
  }
}

/** The code of an error, such as ENOENT; undefined if it has none. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
