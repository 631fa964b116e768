import type { CallToolResult } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import { remoteChecks } from "../../../src/doctor/checks/remote.ts";
import { createServiceProbe } from "../../../src/doctor/checks/services.ts";
import { runChecks } from "../../../src/doctor/run.ts";
import { connectAs, connectV2As, createOAuthSession } from "../../fakes/oauth/client.ts";
import { lateClock } from "../../support/late-clock.ts";
import { connectThroughMcpRemote } from "../../support/mcp-remote.ts";
import { type LightfastWithLogin, lightfastWithLogin, ORGANIZATION } from "../../support/oauth-lightfast.ts";

const ALICE = { login: "user_alice" };

/** What the clients under test have in common. */
type AnyClient = {
  listTools(): Promise<{ tools: { name: string }[] }>;
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
};

async function toolsOf(client: AnyClient): Promise<string[]> {
  return (await client.listTools()).tools.map(({ name }) => name);
}

function callOf(client: AnyClient, name: string, input = {}): Promise<CallToolResult> {
  return client.callTool({ name, arguments: input }) as Promise<CallToolResult>;
}

/** Records a signal as Alice and reads it back. */
async function recordsAsAlice({ app, log }: LightfastWithLogin, client: AnyClient): Promise<void> {
  const created = await callOf(client, "lightfast_signals_create", { input: "hello" });
  const { id } = created.structuredContent as { id: string };
  expect(await callOf(client, "lightfast_signals_get", { id })).toMatchObject({
    structuredContent: { id, input: "hello" },
  });
  const [grant] = [...app.grants.values()];
  expect(app.signals.get(id)?.by).toMatchObject({ ...grant, userId: ALICE.login, orgId: ORGANIZATION });
  await app.stored(2);
  expect(app.audited[0]).toMatchObject({ clerkUserId: ALICE.login, grantPublicId: grant?.grantId });
  expect(app.faults).toEqual([]);
  expect(log()).not.toMatch(/eyJ/);
}

function health(url: string, token?: string): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name: "lightfast_system_health", arguments: {} },
    }),
  });
}

describe("discovery, login, consent and tool calls work for", () => {
  test.each(["RS256", "ES256"] as const)("the SDK's 1.x client, with %s tokens", async (alg) => {
    const lightfast = await lightfastWithLogin({ alg });
    await recordsAsAlice(lightfast, await connectAs(lightfast.url, ALICE));
    expect(lightfast.server.tokenRequests).toMatchObject([
      { grantType: "authorization_code", audience: lightfast.url, subject: ALICE.login, outcome: "issued" },
    ]);
  });

  test("the SDK's 2.x client, in the modern era", async () => {
    const lightfast = await lightfastWithLogin();
    const client = await connectV2As(lightfast.url, ALICE);
    expect(client.getProtocolEra()).toBe("modern");
    await recordsAsAlice(lightfast, client);
  });

  test("mcp-remote, for a stdio-only client", async () => {
    const lightfast = await lightfastWithLogin();
    await recordsAsAlice(lightfast, await connectThroughMcpRemote(lightfast.url, ALICE));
  });
});

describe("a signed-in client", () => {
  test("refreshes a rejected token and continues", async () => {
    const { url, server } = await lightfastWithLogin();
    const session = createOAuthSession();
    const client = await connectAs(url, ALICE, session);
    session.current.tokens = { ...session.current.tokens, access_token: "stale", token_type: "Bearer" };
    expect(await callOf(client, "lightfast_system_health")).not.toHaveProperty("isError", true);
    expect(server.tokenRequests.map(({ grantType }) => grantType)).toEqual([
      "authorization_code",
      "refresh_token",
    ]);
  });

  test("can list and call only the tools it has consent for", async () => {
    const { url, app } = await lightfastWithLogin();
    const client = await connectAs(url, { ...ALICE, grants: (scope) => scope !== "mcp:signals:write" });
    expect(await toolsOf(client)).toEqual(["lightfast_signals_get", "lightfast_system_health"]);
    expect(await callOf(client, "lightfast_signals_create", { input: "hello" })).toMatchObject({
      isError: true,
      _meta: { "ai.lightfast/error": { code: "insufficient_scope" } },
    });
    expect(app.signals.size).toBe(0);
  });

  test("is rejected once the grant is revoked, and accepted after a new consent", async () => {
    const { url, app, tokensOf } = await lightfastWithLogin();
    const client = await connectAs(url, ALICE);
    const { access_token } = await tokensOf(ALICE.login);
    expect((await health(url, access_token)).status).toBe(200);
    app.grants.clear();
    const refused = await health(url, access_token);
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toMatch(/^Bearer error="invalid_token"/);
    // Its new token rests on the same grant.
    await expect(toolsOf(client)).rejects.toThrow("401");
    expect(await toolsOf(await connectAs(url, ALICE))).toHaveLength(3);
  });
});

test("a caller without a token gets the URL of the authorization server", async () => {
  const { url, server } = await lightfastWithLogin();
  for (const response of [await fetch(url), await health(url)]) {
    expect(response.status).toBe(401);
    const challenge = response.headers.get("www-authenticate") ?? "";
    const [, metadataUrl = ""] = /^Bearer resource_metadata="([^"]+)"/.exec(challenge) ?? [];
    const metadata = (await (await fetch(metadataUrl)).json()) as { authorization_servers: string[] };
    expect(metadata).toMatchObject({ resource: url, authorization_servers: [server.issuer] });
  }
});

test("a token of the same user for another resource is rejected before the app is called", async () => {
  const { url, app, server, tokensOf } = await lightfastWithLogin();
  const other = `${url}2`;
  server.resources.set(other, { scopes: ["mcp:system:read"] });
  const foreign = await tokensOf(ALICE.login, other);
  expect((await health(url, foreign.access_token)).status).toBe(401);
  expect(app.requests).toEqual([]);
  const own = await tokensOf(ALICE.login);
  expect((await health(url, own.access_token)).status).toBe(200);
});

describe("when the keys of the authorization server rotate", () => {
  test("tokens of an announced key and of the previous key are accepted", async () => {
    const { url, server, tokensOf } = await lightfastWithLogin();
    await server.announceKey();
    const [first, second] = [await tokensOf(ALICE.login), await tokensOf(ALICE.login)];
    expect((await health(url, first.access_token)).status).toBe(200);
    await server.rotateKeys();
    const third = await tokensOf(ALICE.login);
    for (const { access_token } of [second, third])
      expect((await health(url, access_token)).status).toBe(200);
    expect(server.keySetReads()).toBe(1);
  });

  test("an unknown key is unavailable for 30 s, then fetched, and a withdrawn one is no longer accepted", async () => {
    const clock = lateClock();
    const { url, server, tokensOf } = await lightfastWithLogin({ env: clock.env });
    const [used, withdrawn] = [await tokensOf(ALICE.login), await tokensOf(ALICE.login)];
    expect((await health(url, used.access_token)).status).toBe(200);
    await server.rotateKeys();
    const fresh = await tokensOf(ALICE.login);
    expect((await health(url, fresh.access_token)).status).toBe(503);
    expect(server.keySetReads()).toBe(1);
    clock.pass31Seconds();
    expect((await health(url, fresh.access_token)).status).toBe(200);
    // Within 30 s of a request, an unknown key may be newer than the key set.
    expect((await health(url, withdrawn.access_token)).status).toBe(503);
    expect(server.keySetReads()).toBe(2);
  });
});

test("the checks of doctor for an entry with the server's URL pass", async () => {
  const { url } = await lightfastWithLogin();
  const reports = await runChecks(remoteChecks(url, "", createServiceProbe({})), undefined);
  expect(reports).toMatchObject([
    { id: "remote", status: "ok", summary: expect.stringContaining("asks to sign in") },
    { id: "remote-resource", status: "ok" },
    { id: "remote-issuer", status: "ok" },
  ]);
});
