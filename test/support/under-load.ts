import { type FakeApp, fakeApp } from "../fakes/lightfast-app/server.ts";
import { type Hosted, ISSUER, RESOURCE, serveHttp, tokenOf } from "./http-program.ts";
import type { Call } from "./load.ts";
import type { Asked } from "./load-wire.ts";
import type { Environment } from "./program.ts";

export type Served = Hosted & { readonly app: FakeApp };

/** The installed program with a fake app. */
export async function served(args: readonly string[] = [], env: Environment = {}): Promise<Served> {
  const app = await fakeApp();
  const hosted = await serveHttp(
    ["--issuer", ISSUER, "--resource-url", RESOURCE, "--app-url", app.url.origin, ...args],
    { SERVICE_JWT_SECRET: app.secret, ...env },
  );
  return { ...hosted, app };
}

/** Adds a grant for user_1. */
export function addGrant({ grants }: FakeApp, grantId: string): void {
  return void grants.set(grantId, { grantId, clientId: "mcp_client_1", orgId: "org_1", userId: "user_1" });
}

/** Calls that record signals. Each connection has its own grant, so that they don't share grant checks. */
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

/** Health calls with the tokens of these lists in turn. The lists can change during the load. */
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
/** Whether authentication was unavailable. */
export function isUnavailable({ status }: Call): boolean {
  return status === 503;
}
export function isUpstreamError({ code }: Call): boolean {
  return code === "upstream_error";
}

/** The distinct kinds of responses, sorted. */
export function kindsOf(calls: readonly Call[]): string[] {
  return [...new Set(calls.map(({ status, code }) => `${status} ${code}`))].sort();
}

export function idsOf(calls: readonly Call[]): string[] {
  return calls.map(({ id }) => id).sort();
}

/** The call's `x-request-id` by the request id of its audit event, from the log. */
export function callIds(log: string): ReadonlyMap<string, string> {
  const lines = log.split("\n").filter((line) => line.includes('"auditId"'));
  return new Map(lines.map((line) => JSON.parse(line)).map(({ auditId, requestId }) => [auditId, requestId]));
}

/** The ids of the calls that are audited, sorted, each as often as it is. */
export function auditedIds({ app, log }: Pick<Served, "app" | "log">): string[] {
  const ids = callIds(log());
  return app.audited.map(({ metadata }) => ids.get(metadata.requestId) ?? "unknown").sort();
}
