import { createAppConnection } from "../../../src/platforms/lightfast/hosted/app-connection.ts";
import {
  type AccessToken,
  createGrantCheck,
  type GrantCheckOptions,
} from "../../../src/platforms/lightfast/hosted/auth.ts";

import { createClock, RESOURCE, SECRET } from "../auth/tokens.ts";
import { type Act, json, playScript } from "../scripted-server.ts";
import { internalPost } from "./hosted.ts";

export const clock = createClock();
export const TOKEN: AccessToken = {
  userId: "user_1",
  orgId: "org_1",
  clientId: "mcp_client_1",
  grantId: "mcp_grant_1",
  scopes: ["mcp:signals:read"],
  expiresAt: clock.seconds() + 900,
};
export const ACTIVE = json(200, { active: true });

export function grantCheckAt(appUrl: URL, changes: Partial<GrantCheckOptions> = {}) {
  return createGrantCheck({
    app: createAppConnection({ post: internalPost(), appUrl, secret: SECRET, now: clock.now }),
    resource: RESOURCE,
    cacheSeconds: 0,
    now: clock.now,
    timeoutMs: 4000,
    ...changes,
  });
}

/** A grant check with an app that plays the script. */
export async function scriptedGrantCheck(script: readonly Act[], changes: Partial<GrantCheckOptions> = {}) {
  const app = await playScript(script);
  return { app, check: grantCheckAt(app.url(), changes) };
}
