import { type ErrorCode, NOT_CONFIRMED, type ToolError } from "../mcp/errors.ts";
import type { ToolResult } from "../mcp/types.ts";

/** Exit codes of the commands that call a platform, for scripts. `failed` is the outcome of what `--wait` followed. */
export const EXIT_CODES = {
  done: 0,
  usage: 1,
  credentials: 3,
  unreachable: 4,
  toolError: 5,
  failed: 6,
  /** As shells set it for Ctrl-C. */
  canceled: 130,
} as const;

/** Exit codes by error code. The first three are usage errors: the command line or the settings must change. */
const BY_ERROR_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  missing_token: EXIT_CODES.usage,
  invalid_input: EXIT_CODES.usage,
  unsupported_tool: EXIT_CODES.usage,
  invalid_token: EXIT_CODES.credentials,
  insufficient_scope: EXIT_CODES.credentials,
  org_access_denied: EXIT_CODES.credentials,
};

const CANCELED: readonly (string | undefined)[] = Object.values(NOT_CONFIRMED);

/** Returns the exit code for a finished call. @param error why a known tool failed; undefined for an unknown tool */
export function exitCodeFor({ isError }: ToolResult, error: ToolError | undefined): number {
  if (!isError) return EXIT_CODES.done;
  if (error?.unreachable) return EXIT_CODES.unreachable;
  if (CANCELED.includes(error?.reason)) return EXIT_CODES.canceled;
  return BY_ERROR_CODE[error?.code ?? "unsupported_tool"] ?? EXIT_CODES.toolError;
}
