import { describe, expect, test } from "vitest";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import type { JsonRpcResponse } from "../../../src/mcp/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { exchange, type TinyServer, tinyServer } from "../../support/tiny-server.ts";

const ask = (method: string, params: JsonObject, server: TinyServer): Promise<JsonRpcResponse> =>
  createDispatch(server)({ id: 7, method, params }, exchange());

describe("a fault of our own", () => {
  const broken = () => {
    const server = tinyServer({ redact: (text) => text.replaceAll("lf_secret", "[redacted]") });
    const list = (): never => {
      throw new Error("index 3 of lf_secret");
    };
    return { ...server, catalog: { ...server.catalog, list } };
  };

  test("is answered without its details", async () => {
    expect(await ask("tools/list", {}, broken())).toEqual({
      jsonrpc: "2.0",
      id: 7,
      error: { code: -32603, message: "Internal error" },
    });
  });

  test("is logged without secrets", async () => {
    const server = broken();
    await ask("tools/list", {}, server);
    expect(server.logged).toEqual([
      'lightfast-mcp error: tools/list failed cause="Error: index 3 of [redacted]"',
    ]);
  });
});

describe("an error of the protocol", () => {
  const redacting = () => tinyServer({ redact: (text) => text.replaceAll("lf_secret", "[redacted]") });

  test("carries no secret in its message", async () => {
    expect(await ask("call/lf_secret", {}, redacting())).toMatchObject({
      error: { code: -32601, message: "Method not found: call/[redacted]" },
    });
  });

  test("carries no secret in its data", async () => {
    const version = { "io.modelcontextprotocol/protocolVersion": "lf_secret" };
    expect(await ask("tools/list", { _meta: version }, redacting())).toMatchObject({
      error: { code: -32022, data: { supported: ["2026-07-28"], requested: "[redacted]" } },
    });
  });

  test("has no data where there is none", async () => {
    expect(await ask("no/such", {}, redacting())).not.toHaveProperty("error.data");
  });
});
