import { ERROR_META_KEY } from "../mcp/server.ts";
import type { ToolResult } from "../mcp/types.ts";
import { isObject } from "../shared/json.ts";

/** Exit codes of the commands that make a call, for scripts. */
export const EXIT_CODES = { done: 0, usage: 1, credentials: 3, unreachable: 4, toolError: 5 } as const;

/** By the code of a failed result. `missing_token` is a matter of configuration: nothing was refused yet. */
const BY_CODE: Readonly<Record<string, number>> = {
  missing_token: EXIT_CODES.usage,
  invalid_token: EXIT_CODES.credentials,
  insufficient_scope: EXIT_CODES.credentials,
  org_access_denied: EXIT_CODES.credentials,
};

/** The exit code that a tool's result deserves. */
export function exitCodeFor(result: ToolResult): number {
  if (!result.isError) return EXIT_CODES.done;
  const facts = result._meta?.[ERROR_META_KEY];
  const { code, unreachable } = isObject(facts) ? facts : {};
  if (unreachable === true) return EXIT_CODES.unreachable;
  return BY_CODE[String(code)] ?? EXIT_CODES.toolError;
}
