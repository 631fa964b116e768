import { setImmediate } from "node:timers/promises";
import { onTestFinished } from "vitest";
import { createInternalHttpClient, type InternalPost } from "../../../src/http-client/internal.ts";
import type { Caller } from "../../../src/mcp/tool.ts";
import {
  type AppConnection,
  createAppConnection,
} from "../../../src/platforms/lightfast/hosted/app-connection.ts";
import type { AuditEvent } from "../../../src/platforms/lightfast/hosted/audit-event.ts";
import {
  type AuditQueueOptions,
  createAuditQueue,
} from "../../../src/platforms/lightfast/hosted/audit-queue.ts";
import type { LightfastIdentity } from "../../../src/platforms/lightfast/hosted/auth.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import type { FakeApp } from "../../fakes/lightfast-app/server.ts";

export const IDENTITY = {
  userId: "user_1",
  orgId: "org_1",
  clientId: "mcp_client_1",
  grantId: "mcp_grant_1",
};

/** A verified remote caller. */
export function hostedCaller(...scopes: string[]): Caller<LightfastIdentity> {
  return { grants: new Set(scopes), identity: IDENTITY };
}

/** A real HTTP client, closed at the end of the test. */
export function internalPost(connections?: number): InternalPost {
  const { post, close } = createInternalHttpClient(
    createLogger("silent", () => {}),
    connections,
  );
  onTestFinished(() => void close().catch(() => {}));
  return post;
}

type ConnectionOverrides = {
  readonly post?: InternalPost;
  readonly appUrl?: URL;
  readonly now?: () => number;
};

export function connectionTo(
  { url, secret }: Pick<FakeApp, "url" | "secret">,
  overrides: ConnectionOverrides = {},
): AppConnection {
  return createAppConnection({ post: internalPost(), appUrl: url, secret, ...overrides });
}

export function captureLog() {
  const logged: string[] = [];
  return { logged, log: createLogger("debug", (line) => logged.push(line)) };
}

type AuditOverrides = Partial<
  Pick<AuditQueueOptions, "clock" | "maxEvents" | "onChange" | "app" | "journal">
> &
  ConnectionOverrides;

/** A queue that delivers to `app`, with its log and counts. It is stopped at the end of the test. */
export function auditTo(app: Pick<FakeApp, "url" | "secret">, overrides: AuditOverrides = {}) {
  const { post, appUrl, now, onChange, ...options } = overrides;
  const { logged, log } = captureLog();
  const watchers = new Set<() => void>();
  let [undelivered, lost] = [0, 0];
  const queue = createAuditQueue({
    app: connectionTo(app, { ...(post && { post }), ...(appUrl && { appUrl }), ...(now && { now }) }),
    log,
    ...options,
    onChange: (size, newlyLost) => {
      undelivered = size;
      lost += newlyLost;
      onChange?.(size, newlyLost);
      for (const watch of watchers) watch();
    },
  });
  onTestFinished(() => void queue.drain(0));
  /** Resolves when `count` events are undelivered. */
  const left = (count: number): Promise<void> =>
    new Promise((resolve) => {
      const watch = (): void => {
        if (undelivered === count) resolve();
      };
      watchers.add(watch);
      watch();
    });
  return { queue, logged, left, undelivered: () => undelivered, lost: () => lost };
}

/** The event of a health call. Events differ by their request id alone. */
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

/** Counts the requests in flight. */
export function countInFlight(send: InternalPost) {
  const inFlight = new Set<Promise<unknown>>();
  let most = 0;
  const post: InternalPost = (...request) => {
    const work = send(...request).finally(() => inFlight.delete(work));
    inFlight.add(work);
    most = Math.max(most, inFlight.size);
    return work;
  };
  return {
    post,
    /** The most requests at a time so far. */
    most: () => most,
    /** Resolves when no request is in flight and the code that awaited the last one has continued. */
    idle: async () => {
      do {
        await Promise.allSettled(inFlight);
        await setImmediate();
      } while (inFlight.size > 0);
    },
  };
}
