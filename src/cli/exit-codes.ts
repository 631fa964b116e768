import type { ToolResult } from "../mcp/types.ts";
import { isObject } from "../shared/json.ts";
import { PROGRAM } from "../version.ts";

/** Exit codes of the commands that call Lightfast, for scripts. */
export const EXIT_CODES = { done: 0, usage: 1, credentials: 3, unreachable: 4, toolError: 5 } as const;

/** Exit codes by error code. `missing_token` is a usage error: Lightfast rejected nothing. */
const BY_ERROR_CODE: Readonly<Record<string, number>> = {
  missing_token: EXIT_CODES.usage,
  invalid_token: EXIT_CODES.credentials,
  insufficient_scope: EXIT_CODES.credentials,
  org_access_denied: EXIT_CODES.credentials,
};

/** Returns the exit code for a tool's result. */
export function exitCodeFor(result: ToolResult): number {
  if (!result.isError) return EXIT_CODES.done;
  const details = result._meta?.[PROGRAM.errorMetaKey];
  const { code, unreachable } = isObject(details) ? details : {};
  if (unreachable === true) return EXIT_CODES.unreachable;
  return BY_ERROR_CODE[String(code)] ?? EXIT_CODES.toolError;
}
