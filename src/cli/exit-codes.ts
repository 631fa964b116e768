import type { ErrorCode, ToolError } from "../mcp/errors.ts";
import type { ToolResult } from "../mcp/types.ts";

/** Exit codes of the commands that call Lightfast, for scripts. */
export const EXIT_CODES = { done: 0, usage: 1, credentials: 3, unreachable: 4, toolError: 5 } as const;

/** Exit codes by error code. `missing_token` is a usage error: Lightfast rejected nothing. */
const BY_ERROR_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  missing_token: EXIT_CODES.usage,
  invalid_token: EXIT_CODES.credentials,
  insufficient_scope: EXIT_CODES.credentials,
  org_access_denied: EXIT_CODES.credentials,
};

/** Returns the exit code for a finished call. @param error why a known tool failed */
export function exitCodeFor({ isError }: ToolResult, error: ToolError | undefined): number {
  if (!isError) return EXIT_CODES.done;
  if (error?.unreachable) return EXIT_CODES.unreachable;
  return (error && BY_ERROR_CODE[error.code]) ?? EXIT_CODES.toolError;
}
