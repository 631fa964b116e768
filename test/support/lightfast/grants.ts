import { onTestFinished } from "vitest";
import { createInternalHttpClient, type InternalPost } from "../../../src/http-client/internal.ts";
import type { AccessToken } from "../../../src/platforms/lightfast/hosted/access-token.ts";
import { createServiceSigner } from "../../../src/platforms/lightfast/hosted/app-connection.ts";
import { createGrantCheck, type GrantCheckOptions } from "../../../src/platforms/lightfast/hosted/auth.ts";
import { createClock, RESOURCE, SECRET } from "../auth/tokens.ts";
import { type Act, json, playScript } from "../scripted-server.ts";

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

function createPost(): InternalPost {
  const { post, close } = createInternalHttpClient();
  onTestFinished(close);
  return post;
}

export function checkAt(appUrl: URL, changes: Partial<GrantCheckOptions> = {}) {
  return createGrantCheck({
    appUrl,
    resource: RESOURCE,
    sign: createServiceSigner(SECRET, clock.now),
    cacheSeconds: 0,
    post: createPost(),
    now: clock.now,
    timeoutMs: 4000,
    ...changes,
  });
}

/** A check against an app that plays the script. */
export async function checkOf(script: readonly Act[], changes: Partial<GrantCheckOptions> = {}) {
  const app = await playScript(script);
  return { app, check: checkAt(app.url(), changes) };
}
