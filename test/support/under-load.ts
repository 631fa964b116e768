import { type FakeApp, fakeApp } from "../fakes/lightfast-app/server.ts";
import { type Hosted, ISSUER, RESOURCE, serveHttp, tokenOf } from "./http-program.ts";
import type { Call } from "./load.ts";
import type { Asked } from "./load-wire.ts";
import type { Environment } from "./program.ts";

export type Served = Hosted & { readonly app: FakeApp };

/** The installed program for an app that is played. */
export async function served(args: readonly string[] = [], env: Environment = {}): Promise<Served> {
  const app = await fakeApp();
  const hosted = await serveHttp(
    ["--issuer", ISSUER, "--resource-url", RESOURCE, "--app-url", app.url.origin, ...args],
    { SERVICE_JWT_SECRET: app.secret, ...env },
  );
  return { ...hosted, app };
}

/** Lets user_1 in by one more grant. */
export function addGrant({ grants }: FakeApp, grantId: string): void {
  return void grants.set(grantId, { grantId, clientId: "mcp_client_1", orgId: "org_1", userId: "user_1" });
}

/** Signals to be recorded: each connection has a grant of its own, so that none shares another's check. */
export async function signalsOf(app: FakeApp, connections: number): Promise<(connection: number) => Asked> {
  const tokens: string[] = [];
  for (let connection = 0; connection < connections; connection += 1) {
    const grantId = `mcp_grant_${connection}`;
    addGrant(app, grantId);
    tokens.push(await tokenOf({ grant_id: grantId }, app.secret));
  }
  return (connection) => ({
    token: tokens[connection] ?? "",
    tool: "lightfast_signals_create",
    args: { input: "hello" },
  });
}

/** Calls with these tokens in turn; what stands in the list may change. */
export function healthWith(lists: (readonly string[])[]): () => Asked {
  let count = 0;
  return () => {
    count += 1;
    const list = lists[count % lists.length] ?? [];
    const token = list[Math.floor(count / lists.length) % list.length] ?? "";
    return { token, tool: "lightfast_system_health" };
  };
}

export function isOk({ code }: Call): boolean {
  return code === "ok";
}
/** Whether anybody may call cannot be known now. */
export function isUnavailable({ status }: Call): boolean {
  return status === 503;
}
export function isUpstreamError({ code }: Call): boolean {
  return code === "upstream_error";
}

/** The kinds of answers that came, in order. */
export function kindsOf(calls: readonly Call[]): string[] {
  return [...new Set(calls.map(({ status, code }) => `${status} ${code}`))].sort();
}

export function idsOf(calls: readonly Call[]): string[] {
  return calls.map(({ id }) => id).sort();
}

/** The request ids of all events that the app has stored. */
export function auditedIds({ audited }: FakeApp): string[] {
  return audited.map(({ metadata }) => metadata.requestId).sort();
}
