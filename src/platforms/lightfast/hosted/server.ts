import type { Redact, RequestContext, ServerDefinition } from "../../../mcp/server.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { LightfastApi } from "../api.ts";
import { lightfastServerInfo } from "../catalog.ts";
import { createAppApi } from "./app-api.ts";
import type { AppConnection } from "./app-connection.ts";
import { toAuditEvent } from "./audit-event.ts";
import type { AuditQueue } from "./audit-queue.ts";
import type { LightfastIdentity } from "./auth.ts";

/** The list depends on the caller's scopes, so callers can't share it. */
const CACHING = { ttlMs: 300_000, cacheScope: "private" } as const;

export type HostedServerOptions = {
  /** The caller owns its connections and closes them. */
  readonly app: AppConnection;
  /** The names of the tools to offer; default: all. */
  readonly tools?: readonly string[] | undefined;
  /** The caller owns the queue and drains it. */
  readonly audit: Pick<AuditQueue, "push">;
  /** Limit of one tool call, in milliseconds. */
  readonly timeoutMs: number;
  readonly redact: Redact;
  readonly log: Logger;
};

/** A hosted server, which knows its calls in progress: a sent write goes on after its caller disconnected. */
export type HostedServer = ServerDefinition<LightfastApi, LightfastIdentity> & {
  /** Resolves when no call is in progress, after `timeoutMs` at the latest. */
  idle(timeoutMs: number): Promise<void>;
};

/** The server for remote callers with a verified identity, over the app's internal endpoints. Every call is audited. */
export function defineHostedServer(options: HostedServerOptions): HostedServer {
  const { audit, tools, timeoutMs, redact, log } = options;
  const running = new Set<RequestContext<LightfastIdentity>>();
  let onIdle = (): void => {};
  return {
    ...lightfastServerInfo(tools),
    caching: CACHING,
    timeoutMs,
    redact,
    log,
    connect: (context, deadline) => {
      running.add(context);
      return createAppApi(options, context, deadline);
    },
    observe: (call) => {
      running.delete(call.context);
      try {
        const event = toAuditEvent(call);
        audit.push(event, call.context.trace);
        return { auditId: event.metadata.requestId };
      } catch (error) {
        log.error("call not audited", { tool: call.tool, cause: String(error) });
        return undefined;
      } finally {
        if (running.size === 0) onIdle();
      }
    },
    idle: (timeoutMs) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
        if (running.size === 0) onIdle();
      }),
  };
}
