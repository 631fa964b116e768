import { describe, expect, test } from "vitest";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import type { Exchange } from "../../../src/mcp/server.ts";
import type { JsonRpcResponse } from "../../../src/mcp/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { exchange, modernMeta, TINY_INFO, tinyServer } from "../../support/tiny-server.ts";

const STAMP = {
  resultType: "complete",
  _meta: { "io.modelcontextprotocol/serverInfo": TINY_INFO },
};
const CACHING = { ttlMs: 60_000, cacheScope: "public" };

const ask = (
  method: string,
  params: JsonObject = {},
  meta: JsonObject = modernMeta(),
  server = tinyServer(),
): Promise<JsonRpcResponse> =>
  createDispatch(server)({ id: "probe", method, params: { ...params, _meta: meta } }, exchange());

test("server/discover names the revisions, what we offer and who we are", async () => {
  expect(await ask("server/discover")).toEqual({
    jsonrpc: "2.0",
    id: "probe",
    result: {
      ...STAMP,
      ...CACHING,
      supportedVersions: ["2026-07-28"],
      capabilities: { tools: {} },
      instructions: "Echo.",
    },
  });
});

test.each([
  ["resources/list", { resources: [] }],
  ["resources/templates/list", { resourceTemplates: [] }],
  ["prompts/list", { prompts: [] }],
])("%s is empty, and says how long that holds", async (method, result) => {
  expect(await ask(method)).toMatchObject({ result: { ...STAMP, ...CACHING, ...result } });
});

test("tools/list says how long it holds", async () => {
  const response = await ask("tools/list");
  expect(response).toMatchObject({ result: { ...STAMP, ...CACHING } });
});

describe("tools/call", () => {
  test("is stamped, and not to be cached", async () => {
    expect(await ask("tools/call", { name: "tiny_echo", arguments: { text: "hi" } })).toEqual({
      jsonrpc: "2.0",
      id: "probe",
      result: {
        ...STAMP,
        content: [{ type: "text", text: '{"text":"hi"}' }],
        structuredContent: { text: "hi" },
      },
    });
  });

  test("keeps the facts of a failure beside the stamp", async () => {
    expect(await ask("tools/call", { name: "tiny_echo", arguments: {} })).toMatchObject({
      result: {
        isError: true,
        resultType: "complete",
        _meta: {
          "ai.lightfast/error": { code: "invalid_input", retryable: false },
          "io.modelcontextprotocol/serverInfo": TINY_INFO,
        },
      },
    });
  });

  test("tells the platform who this request's client is", async () => {
    const seen: Exchange["client"][] = [];
    const server = tinyServer({
      connect: ({ client }) => {
        seen.push(client);
        return (input) => input;
      },
    });
    const dispatch = createDispatch(server);
    const call = (meta: JsonObject) =>
      dispatch(
        { id: 1, method: "tools/call", params: { name: "tiny_echo", arguments: { text: "x" }, _meta: meta } },
        exchange({ client: { name: "session", version: "1" } }),
      );
    await call(modernMeta({ "io.modelcontextprotocol/clientInfo": { name: "request", version: "2" } }));
    await call(modernMeta());
    expect(seen).toEqual([
      { name: "request", version: "2" },
      { name: "session", version: "1" },
    ]);
  });
});

test.each(["ping", "initialize", "logging/setLevel", "tools/unknown", "constructor", "__proto__"])(
  "%s is no method of this revision",
  async (method) => {
    expect(await ask(method)).toMatchObject({ id: "probe", error: { code: -32601 } });
  },
);

test("an unknown revision is answered with those we speak", async () => {
  const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": "2030-01-01" });
  for (const method of ["server/discover", "tools/list", "no/such"]) {
    expect(await ask(method, {}, meta)).toEqual({
      jsonrpc: "2.0",
      id: "probe",
      error: {
        code: -32022,
        message: "Unsupported protocol version",
        data: { supported: ["2026-07-28"], requested: "2030-01-01" },
      },
    });
  }
});

test("the revisions of an error are among those of server/discover", async () => {
  const discovered = await ask("server/discover");
  const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": "2030-01-01" });
  const refused = await ask("server/discover", {}, meta);
  const supported = "error" in refused ? (refused.error.data as { supported: string[] }).supported : [];
  expect(supported.length).toBeGreaterThan(0);
  const { supportedVersions } = ("result" in discovered ? discovered.result : {}) as {
    supportedVersions: string[];
  };
  expect(supportedVersions).toEqual(expect.arrayContaining(supported));
});

test.each(["server/discover", "tools/list", "tools/call"])(
  "%s without the client's capabilities is refused",
  async (method) => {
    const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
    expect(await ask(method, {}, meta)).toMatchObject({ error: { code: -32602 } });
  },
);
