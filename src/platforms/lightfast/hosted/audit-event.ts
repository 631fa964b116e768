import { randomUUID } from "node:crypto";
import type { ErrorCode, ToolError } from "../../../mcp/errors.ts";
import type { ObservedCall } from "../../../mcp/server.ts";
import type { Caller } from "../../../mcp/tool.ts";
import { requiredScope, TOOL_ROWS } from "../policy.ts";
import type { LightfastIdentity } from "./access-token.ts";

export type AuditOutcome = "denied" | "error" | "success";

/** What Lightfast is told of one tool call: who, what, and how it ended; never what was said. */
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

/**
 * Each way to fail: whether the call was turned down or went wrong, and in words. They are fixed, because an error's
 * own message may name what the caller sent.
 */
const FAILURES: Readonly<Record<ErrorCode, readonly [AuditOutcome, string]>> = {
  missing_token: ["denied", "no token came with the call"],
  invalid_token: ["denied", "the token was refused"],
  insufficient_scope: ["denied", "the token lacks a scope that the tool needs"],
  invalid_input: ["denied", "the arguments do not fit"],
  org_access_denied: ["denied", "the organization cannot be used"],
  unsupported_tool: ["denied", "there is no such tool"],
  not_found: ["error", "what was asked for is not visible or does not exist"],
  upstream_error: ["error", "the call could not be carried out"],
};

/** The code stands in the message too: the app stores the field `code` redacted, like everything of that name. */
function failureOf({ code, status, reason }: ToolError): AuditEvent["metadata"]["error"] {
  const facts = [status && `HTTP ${status}`, reason].filter(Boolean).join(", ");
  return { code, message: `${code}: ${FAILURES[code][1]}${facts && ` (${facts})`}` };
}

/** What all events of one caller have in common; it is kept as long as its caller. */
type Who = Pick<AuditEvent, "clientPublicId" | "clerkOrgId" | "clerkUserId" | "grantPublicId"> &
  Pick<AuditEvent["metadata"], "scopes">;
const known = new WeakMap<Caller<LightfastIdentity>, Who>();

function whoIs(caller: Caller<LightfastIdentity>): Who {
  const found = known.get(caller);
  if (found) return found;
  const { clientId, orgId, userId, grantId } = caller.identity;
  const scopes = caller.grants === "all" ? [] : [...caller.grants];
  const who = {
    clientPublicId: clientId,
    clerkOrgId: orgId,
    clerkUserId: userId,
    grantPublicId: grantId,
    scopes,
  };
  known.set(caller, who);
  return who;
}

const ROWS_BY_TOOL = new Map(TOOL_ROWS.map((row) => [row.tool, row]));

/**
 * The audit event of a finished call, in the order of fields that the app's own server used.
 * @throws Error where the tool has no row in the policy
 */
export function auditEventOf({ tool, exchange, error, ms }: ObservedCall<LightfastIdentity>): AuditEvent {
  const { caller, requestId } = exchange;
  const row = ROWS_BY_TOOL.get(tool);
  if (!row) throw new Error(`${tool} has no row in the policy`);
  const { clientPublicId, clerkOrgId, clerkUserId, grantPublicId, scopes } = whoIs(caller);
  return {
    clientPublicId,
    clerkOrgId,
    clerkUserId,
    eventName: row.auditEvent,
    grantPublicId,
    outcome: error ? FAILURES[error.code][0] : "success",
    metadata: {
      clientVerificationStatus: "verified",
      contractPath: row.procedure,
      error: error ? failureOf(error) : null,
      latencyMs: ms,
      requestId: requestId ?? randomUUID(),
      requiredScope: requiredScope(row),
      scopes,
      toolName: tool,
    },
  };
}
