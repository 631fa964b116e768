import { randomUUID } from "node:crypto";
import type { ErrorCode, ToolError } from "../../../mcp/errors.ts";
import type { ObservedCall } from "../../../mcp/server.ts";
import { requiredScope, TOOL_ROWS } from "../policy.ts";
import type { LightfastIdentity } from "./auth.ts";

export type AuditOutcome = "denied" | "error" | "success";

/** One tool call as the app records it: caller, tool and outcome, without inputs, outputs and tokens. */
export type AuditEvent = {
  readonly clientPublicId: string;
  readonly clerkOrgId: string;
  readonly clerkUserId: string;
  readonly eventName: string;
  readonly grantPublicId: string;
  readonly outcome: AuditOutcome;
  readonly metadata: {
    readonly clientVerificationStatus: "verified";
    readonly contractPath: string;
    readonly error: { readonly code: ErrorCode; readonly message: string } | null;
    /** Whole milliseconds. */
    readonly latencyMs: number;
    readonly requestId: string;
    readonly requiredScope: string;
    readonly scopes: readonly string[];
    readonly toolName: string;
  };
};

/** Texts of an `upstream_error`. The contract has no outcome for an unknown one, so that is an error whose text says so. */
const CANCELED = "canceled by the caller; nothing was changed";
const UNKNOWN = "the outcome is unknown; it may have been done";

/** What the hint of a write says that may have been done: callers must not repeat it either. */
const MAY_BE_DONE = /is unknown whether|do not repeat it|create a second signal/;

/** Outcome and text of each error code. The texts are fixed, because an error's message may quote the input. */
const ERRORS: Readonly<Record<ErrorCode, readonly [AuditOutcome, string]>> = {
  missing_token: ["denied", "no token"],
  invalid_token: ["denied", "invalid token"],
  insufficient_scope: ["denied", "the token lacks a scope that the tool needs"],
  invalid_input: ["denied", "invalid arguments"],
  org_access_denied: ["denied", "no access to the organization"],
  unsupported_tool: ["denied", "unknown tool"],
  not_found: ["error", "missing, or not visible to the caller"],
  upstream_error: ["error", "the call failed"],
};

const ROWS_BY_TOOL = new Map(TOOL_ROWS.map((row) => [row.tool, row]));

/**
 * The audit event of a finished call, with fields in the order that the app's own server uses. Its request id is new: the
 * app has no field for the id that the client sent.
 * @throws Error if the tool has no policy row
 */
export function toAuditEvent({ tool, context, error, ms }: ObservedCall<LightfastIdentity>): AuditEvent {
  const { caller } = context;
  const row = ROWS_BY_TOOL.get(tool);
  if (!row) throw new Error(`${tool} has no row in the policy`);
  const { clientId, orgId, userId, grantId } = caller.identity;
  return {
    clientPublicId: clientId,
    clerkOrgId: orgId,
    clerkUserId: userId,
    eventName: row.auditEvent,
    grantPublicId: grantId,
    outcome: error ? ERRORS[error.code][0] : "success",
    metadata: {
      clientVerificationStatus: "verified",
      contractPath: row.procedure,
      error: error ? toAuditError(error) : null,
      latencyMs: ms,
      requestId: randomUUID(),
      requiredScope: requiredScope(row),
      scopes: caller.grants === "all" ? [] : [...caller.grants],
      toolName: tool,
    },
  };
}

/** The message repeats the code, because the app redacts every field named `code` when it stores the event. */
function toAuditError({ code, status, reason, hint }: ToolError): AuditEvent["metadata"]["error"] {
  const facts = [status && `HTTP ${status}`, reason].filter(Boolean).join(", ");
  const text = reason === "CANCELLED" ? CANCELED : MAY_BE_DONE.test(hint) ? UNKNOWN : ERRORS[code][1];
  return { code, message: `${code}: ${text}${facts && ` (${facts})`}` };
}
