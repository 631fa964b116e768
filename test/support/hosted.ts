import { setImmediate } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { createInternalHttpClient, type InternalPost } from "../../src/http-client/internal.ts";
import type { Caller } from "../../src/mcp/tool.ts";
import type { LightfastIdentity } from "../../src/platforms/lightfast/hosted/access-token.ts";
import {
  type AppConnection,
  appEndpoint,
  createServiceSigner,
} from "../../src/platforms/lightfast/hosted/app-connection.ts";
import type { AuditEvent } from "../../src/platforms/lightfast/hosted/audit-event.ts";
import { type AuditOptions, createAuditQueue } from "../../src/platforms/lightfast/hosted/audit-queue.ts";
import { createLogger, type LogLevel } from "../../src/shared/logger.ts";
import type { FakeApp } from "../fakes/lightfast-app/server.ts";

export const IDENTITY = {
  userId: "user_1",
  orgId: "org_1",
  clientId: "mcp_client_1",
  grantId: "mcp_grant_1",
};

/** A verified remote caller with those scopes. */
export function hostedCaller(...scopes: string[]): Caller<LightfastIdentity> {
  return {
    grants: new Set(scopes),
    identity: IDENTITY,
  };
}

/** The real way to the app, closed at the end of the test. */
export function poster(connections?: number): InternalPost {
  const { post, close } = createInternalHttpClient(connections);
  onTestFinished(() => void close().catch(() => {}));
  return post;
}

export function connectionTo(app: Pick<FakeApp, "url" | "secret">): AppConnection {
  return {
    post: poster(),
    appUrl: app.url,
    sign: createServiceSigner(app.secret),
  };
}

/** A log, and all its lines. */
export function lines(level: LogLevel = "debug") {
  const logged: string[] = [];
  return { logged, log: createLogger(level, (line) => logged.push(line)) };
}

/** A queue that delivers to `app`, with all that it logs. It is stopped at the end of the test. */
export function auditTo(app: Pick<FakeApp, "url" | "secret">, overrides: Partial<AuditOptions> = {}) {
  const { logged, log } = lines();
  const { post, sign, appUrl } = connectionTo(app);
  const watchers = new Set<() => void>();
  const queue = createAuditQueue({
    post,
    sign,
    url: appEndpoint(appUrl, "/audit"),
    log,
    ...overrides,
    onChange: (...change) => {
      overrides.onChange?.(...change);
      for (const watch of watchers) watch();
    },
  });
  onTestFinished(() => void queue.drain(0));
  /** Resolves when so many events are left. */
  const left = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const watch = (): void => {
        if (queue.size() === count) resolve();
      };
      watchers.add(watch);
      watch();
    });
  return { queue, logged, left };
}

/** An event of a call that differs from others by its request id alone. */
export function auditEvent(requestId: string): AuditEvent {
  return {
    clientPublicId: IDENTITY.clientId,
    clerkOrgId: IDENTITY.orgId,
    clerkUserId: IDENTITY.userId,
    eventName: "mcp.system.health",
    grantPublicId: IDENTITY.grantId,
    outcome: "success",
    metadata: {
      clientVerificationStatus: "verified",
      contractPath: "system.health",
      error: null,
      latencyMs: 1,
      requestId,
      requiredScope: "mcp:system:read",
      scopes: ["mcp:system:read"],
      toolName: "lightfast_system_health",
    },
  };
}

/** Watches how many requests are under way. */
export function watched(way: InternalPost) {
  const underway = new Set<Promise<unknown>>();
  let most = 0;
  const post: InternalPost = (...request) => {
    const work = way(...request).finally(() => underway.delete(work));
    underway.add(work);
    most = Math.max(most, underway.size);
    return work;
  };
  return {
    post,
    /** The most at a time, so far. */
    most: () => most,
    /** Resolves when none is under way and whoever waited for the last one has gone on. */
    idle: async () => {
      do {
        await Promise.allSettled(underway);
        await setImmediate();
      } while (underway.size > 0);
    },
  };
}
