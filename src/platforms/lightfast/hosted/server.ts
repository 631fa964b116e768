import type { Redact, ServerDefinition } from "../../../mcp/server.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { LightfastApi } from "../api.ts";
import { lightfastServerInfo } from "../catalog.ts";
import type { LightfastIdentity } from "./access-token.ts";
import { createAppApi } from "./app-api.ts";
import type { AppConnection } from "./app-connection.ts";
import { auditEventOf } from "./audit-event.ts";
import type { AuditQueue } from "./audit-queue.ts";

/** The list depends on the caller's scopes, so nobody else may be shown it. */
const CACHING = { ttlMs: 300_000, cacheScope: "private" } as const;

export type HostedOptions = AppConnection & {
  /** Where audit events go; whoever made it drains it. */
  readonly audit: Pick<AuditQueue, "push">;
  /** How long one tool call may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly redact: Redact;
  readonly log: Logger;
};

/**
 * The Lightfast server for remote callers, each verified with an identity of their own: its tools call the app's
 * internal endpoints in that caller's name, and every call is audited.
 */
export function defineHostedServer(
  options: HostedOptions,
): ServerDefinition<LightfastApi, LightfastIdentity> {
  const { audit, timeoutMs, redact, log } = options;
  return {
    ...lightfastServerInfo(),
    caching: CACHING,
    timeoutMs,
    redact,
    log,
    // The connections belong to whoever made `post`.
    close: async () => {},
    connect: (exchange, deadline) => createAppApi(options, exchange, deadline),
    observe: (call) => {
      try {
        audit.push(auditEventOf(call));
      } catch (error) {
        log.error("a call could not be audited", { tool: call.tool, cause: String(error) });
      }
    },
  };
}
