import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioClientTransportV2 } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, test } from "vitest";
import { clientEnvironment, programFile } from "../../support/program.ts";
import { json, playScript } from "../../support/scripted-server.ts";

const IDENTITY = { name: "test", version: "1.0.0" };
function serverParameters() {
  return { command: process.execPath, args: [programFile(), "--sandbox"], env: clientEnvironment() };
}

/** The methods that both major versions of the SDK share. */
type AnyClient = Pick<Client, "listTools" | "close"> & {
  callTool(params: { name: string; arguments?: Record<string, unknown> }): Promise<unknown>;
};

async function exerciseTools(client: AnyClient): Promise<void> {
  const { tools } = await client.listTools();
  expect(tools.map((tool) => tool.name)).toEqual([
    "lightfast_signals_create",
    "lightfast_signals_get",
    "lightfast_system_health",
  ]);
  const health = await client.callTool({ name: "lightfast_system_health" });
  expect(health).toMatchObject({ structuredContent: { status: "ok" } });
  const created = await client.callTool({ name: "lightfast_signals_create", arguments: { input: "Hello" } });
  const { id } = (created as { structuredContent: { id: string } }).structuredContent;
  expect(await client.callTool({ name: "lightfast_signals_get", arguments: { id } })).toMatchObject({
    structuredContent: { id, input: "Hello" },
  });
  expect(await client.callTool({ name: "lightfast_signals_create", arguments: {} })).toMatchObject({
    isError: true,
  });
  await client.close();
}

test("the SDK 1.x client uses every tool", async () => {
  const client = new Client(IDENTITY);
  await client.connect(new StdioClientTransport(serverParameters()));
  expect(client.getServerVersion()).toMatchObject({ name: "lightfast", title: "Lightfast" });
  expect(client.getInstructions()).toMatch(/signals/);
  await exerciseTools(client);
});

test.each([
  ["legacy", undefined],
  ["auto", { mode: "auto" as const }],
  ["pin", { mode: { pin: "2026-07-28" } }],
])("the SDK 2.x client uses every tool in mode %s", async (mode, versionNegotiation) => {
  const client = new ClientV2(IDENTITY, versionNegotiation ? { versionNegotiation } : {});
  await client.connect(new StdioClientTransportV2(serverParameters()));
  expect(client.getProtocolEra()).toBe(mode === "legacy" ? "legacy" : "modern");
  expect(client.getServerVersion()).toMatchObject({ name: "lightfast" });
  await exerciseTools(client as unknown as AnyClient);
});

test("a client that validates results accepts fields of a later API", async () => {
  const server = await playScript([json(200, { status: "ok", future: { field: [1, null] } })]);
  const env = clientEnvironment({
    LIGHTFAST_API_KEY: "lf_test_0123456789",
    LIGHTFAST_BASE_URL: server.origin,
  });
  const client = new Client(IDENTITY);
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [programFile()], env }));
  await client.listTools();
  expect(await client.callTool({ name: "lightfast_system_health" })).toMatchObject({
    structuredContent: { status: "ok", future: { field: [1, null] } },
  });
  await client.close();
});
