import { expect, test } from "vitest";
import { connectV2As } from "../../fakes/oauth/client.ts";
import {
  bearerValues,
  call,
  connectWithBearer,
  connectWithSignIn,
  listToolNames,
  textOf,
} from "../../support/lfx/client.ts";
import { accessCheckAs, EMAIL, SENT_EMAIL } from "../../support/lfx/hop-order.ts";
import { hostedLfx } from "../../support/lfx/program.ts";

test("access is checked for every caller", async () => {
  const lfx = await hostedLfx();
  lfx.readers.add("bob");
  const [alice, bob] = await Promise.all(["alice", "bob"].map((login) => connectWithSignIn(lfx, { login })));
  if (!alice || !bob) throw new Error("both clients connect");
  expect(await call(alice, "send_email", EMAIL)).not.toHaveProperty("isError");
  lfx.journal.take();
  expect(await call(bob, "send_email", EMAIL)).toHaveProperty("isError", true);
  expect(lfx.journal.take()).toEqual([
    "client > mcp: tools/call send_email as bob",
    "mcp > auth: token exchange for lfx as bob, by private_key_jwt",
    "mcp > lfx: GET /query/resources as bob",
    "mcp > lfx: POST /access-check as bob",
  ]);
});

test("a machine sends no email if this server has no write access", async () => {
  const lfx = await hostedLfx();
  lfx.readers.add("lfx-mcp@clients");
  const client = await connectWithBearer(lfx, await bearerValues(lfx).machine());
  expect(textOf(await call(client, "send_email", EMAIL))).toMatch(/^insufficient_scope: Access denied/);
  expect(lfx.journal.take().filter((line) => line.includes("onboarding"))).toEqual([]);
});

const KEY_CONNECT = [
  "client > mcp: initialize as a key's owner",
  "client > mcp: tools/list as a key's owner",
];

test("a static API key calls as this server, and shares its tokens with machines", async () => {
  const lfx = await hostedLfx();
  const values = bearerValues(lfx);
  const client = await connectWithBearer(lfx, await values["API key"]());
  await listToolNames(client);
  await call(client, "search_projects");
  await call(client, "send_email", EMAIL);
  expect(lfx.journal.take()).toEqual([
    ...KEY_CONNECT,
    "client > mcp: tools/call search_projects as a key's owner",
    "mcp > auth: client credentials for lfx as itself, by private_key_jwt",
    "mcp > lfx: GET /query/resources as itself",
    "client > mcp: tools/call send_email as a key's owner",
    ...accessCheckAs("itself"),
    ...SENT_EMAIL,
  ]);
  const machine = await connectWithBearer(lfx, await values.machine());
  await call(machine, "search_projects");
  expect(lfx.journal.take().filter((line) => line.startsWith("mcp >"))).toEqual([
    "mcp > auth: keys",
    "mcp > lfx: GET /query/resources as itself",
  ]);
});

test("a person's profile is read from the authorization server with their own token", async () => {
  const lfx = await hostedLfx({ env: { LFXMCP_TOOLS: "user_info" } });
  const client = await connectWithBearer(lfx, await bearerValues(lfx)["user read"]());
  const { structuredContent } = await call(client, "user_info");
  expect(structuredContent).toEqual({ sub: "rita", name: "rita in person" });
  expect(lfx.journal.take().filter((line) => line.includes("exchange"))).toEqual([]);
});

test("a client secret authenticates the server's client", async () => {
  const lfx = await hostedLfx({ hasSecret: true });
  const client = await connectWithBearer(lfx, await bearerValues(lfx)["user read"]());
  await call(client, "search_projects");
  expect(lfx.journal.take()).toContain("mcp > auth: token exchange for lfx as rita, by client_secret_post");
});

test("a client of the newer MCP revision signs in and calls", async () => {
  const lfx = await hostedLfx();
  const client = await connectV2As(lfx.url, { login: "alice" });
  expect(client.getProtocolEra()).toBe("modern");
  expect((await client.listTools()).tools).toHaveLength(47);
  const found = await client.callTool({ name: "search_projects", arguments: {} });
  expect(JSON.stringify(found)).toContain("project of alice");
});
