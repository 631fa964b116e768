import { describe, expect, test } from "vitest";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import type { Request } from "../../../src/mcp/json-rpc.ts";
import type { ObservedCall, RequestContext } from "../../../src/mcp/server.ts";
import type { JsonRpcResponse } from "../../../src/mcp/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createGate } from "../../support/gate.ts";
import {
  callerWith,
  exchange,
  modernMeta,
  TINY_INFO,
  type TinyServer,
  tinyServer,
} from "../../support/tiny-server.ts";

describe("errors", () => {
  const ask = (method: string, params: JsonObject, server: TinyServer): Promise<JsonRpcResponse> =>
    createDispatch(server)({ id: 7, method, params }, exchange());

  describe("an internal error", () => {
    const broken = () => {
      const server = tinyServer({ redact: (text) => text.replaceAll("lf_secret", "[redacted]") });
      const list = (): never => {
        throw new Error("index 3 of lf_secret");
      };
      return { ...server, catalog: { ...server.catalog, list } };
    };

    test("is reported without details", async () => {
      expect(await ask("tools/list", {}, broken())).toEqual({
        jsonrpc: "2.0",
        id: 7,
        error: { code: -32603, message: "Internal error" },
      });
    });

    test("is logged without secrets", async () => {
      const server = broken();
      await ask("tools/list", {}, server);
      expect(server.logged).toEqual(['error: tools/list failed cause="Error: index 3 of [redacted]"']);
    });
  });

  describe("a protocol error", () => {
    const redacting = () => tinyServer({ redact: (text) => text.replaceAll("lf_secret", "[redacted]") });

    test("has no secret in its message", async () => {
      expect(await ask("call/lf_secret", {}, redacting())).toMatchObject({
        error: { code: -32601, message: "Method not found: call/[redacted]" },
      });
    });

    test("has no secret in its data", async () => {
      const version = { "io.modelcontextprotocol/protocolVersion": "lf_secret" };
      expect(await ask("tools/list", { _meta: version }, redacting())).toMatchObject({
        error: {
          code: -32022,
          data: {
            supported: expect.arrayContaining(["2026-07-28", "2025-11-25", "2024-10-07"]),
            requested: "[redacted]",
          },
        },
      });
    });

    test("has no data member without data", async () => {
      expect(await ask("no/such", {}, redacting())).not.toHaveProperty("error.data");
    });
  });
});

test("icons are in what a client reads when it connects, and in no other result", async () => {
  const icons = [{ src: "https://tiny.example/icon.svg", mimeType: "image/svg+xml", sizes: ["any"] }];
  const dispatch = createDispatch({ ...tinyServer(), info: { ...TINY_INFO, icons } });
  const infoOf = async (method: string, params: JsonObject) => {
    const response = (await dispatch({ id: 1, method, params }, exchange())) as { result: JsonObject };
    const { serverInfo, _meta } = response.result;
    return serverInfo ?? (_meta as JsonObject)["io.modelcontextprotocol/serverInfo"];
  };
  const modern = { _meta: modernMeta() };
  expect(await infoOf("initialize", { protocolVersion: "2025-11-25" })).toEqual({ ...TINY_INFO, icons });
  expect(await infoOf("server/discover", modern)).toEqual({ ...TINY_INFO, icons });
  expect(await infoOf("tools/list", modern)).toEqual(TINY_INFO);
  expect(await infoOf("tools/call", { ...modern, name: "tiny_echo", arguments: { text: "a" } })).toEqual(
    TINY_INFO,
  );
});

describe("modern requests", () => {
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

  test("server/discover returns revisions, capabilities and server info", async () => {
    expect(await ask("server/discover")).toEqual({
      jsonrpc: "2.0",
      id: "probe",
      result: {
        ...STAMP,
        ...CACHING,
        supportedVersions: [
          "2026-07-28",
          "2025-11-25",
          "2025-06-18",
          "2025-03-26",
          "2024-11-05",
          "2024-10-07",
        ],
        capabilities: { tools: {}, prompts: {}, resources: {} },
        instructions: "Echo.",
      },
    });
  });

  test.each([
    ["resources/list", { resources: [] }],
    ["resources/templates/list", { resourceTemplates: [] }],
    ["prompts/list", { prompts: [] }],
  ])("%s is empty and cacheable", async (method, result) => {
    expect(await ask(method)).toMatchObject({ result: { ...STAMP, ...CACHING, ...result } });
  });

  test("tools/list is cacheable", async () => {
    const response = await ask("tools/list");
    expect(response).toMatchObject({ result: { ...STAMP, ...CACHING } });
  });

  describe("tools/call", () => {
    test("has the modern fields and is not cacheable", async () => {
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

    test("keeps the details of a failure in _meta", async () => {
      expect(await ask("tools/call", { name: "tiny_echo", arguments: {} })).toMatchObject({
        result: {
          isError: true,
          resultType: "complete",
          _meta: {
            "com.example.tiny/error": { code: "invalid_input", retryable: false },
            "io.modelcontextprotocol/serverInfo": TINY_INFO,
          },
        },
      });
    });

    test("passes the request's client to the platform client", async () => {
      const seen: RequestContext["client"][] = [];
      const server = tinyServer({
        connect: ({ client }) => {
          seen.push(client);
          return (input) => input;
        },
      });
      const dispatch = createDispatch(server);
      const call = (meta: JsonObject) =>
        dispatch(
          {
            id: 1,
            method: "tools/call",
            params: { name: "tiny_echo", arguments: { text: "x" }, _meta: meta },
          },
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
    "%s is not a method of this revision",
    async (method) => {
      expect(await ask(method)).toMatchObject({ id: "probe", error: { code: -32601 } });
    },
  );

  test("an unknown revision gets the supported ones", async () => {
    const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": "2030-01-01" });
    for (const method of ["server/discover", "tools/list", "no/such"]) {
      expect(await ask(method, {}, meta)).toEqual({
        jsonrpc: "2.0",
        id: "probe",
        error: {
          code: -32022,
          message: "Unsupported protocol version",
          data: {
            supported: expect.arrayContaining(["2026-07-28", "2025-11-25", "2024-10-07"]),
            requested: "2030-01-01",
          },
        },
      });
    }
  });

  test("the revisions in the error include those of server/discover", async () => {
    const discovered = await ask("server/discover");
    const meta = modernMeta({ "io.modelcontextprotocol/protocolVersion": "2030-01-01" });
    const refused = await ask("server/discover", {}, meta);
    const supported = "error" in refused ? (refused.error.data as { supported: string[] }).supported : [];
    expect(supported.length).toBeGreaterThan(0);
    const { supportedVersions } = ("result" in discovered ? discovered.result : {}) as {
      supportedVersions: string[];
    };
    expect(supported).toEqual(supportedVersions);
  });

  test.each(["server/discover", "tools/list", "tools/call"])(
    "%s without client capabilities is rejected",
    async (method) => {
      const meta = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
      expect(await ask(method, {}, meta)).toMatchObject({ error: { code: -32602 } });
    },
  );
});

describe("legacy requests", () => {
  const ask = (
    method: string,
    params: JsonObject = {},
    server: TinyServer = tinyServer(),
    circumstances = exchange(),
  ): Promise<JsonRpcResponse> => createDispatch(server)({ id: 7, method, params }, circumstances);

  const resultOf = async (...args: Parameters<typeof ask>): Promise<JsonObject> => {
    const response = await ask(...args);
    if ("error" in response) throw new Error(`unexpected error ${JSON.stringify(response.error)}`);
    return response.result;
  };

  describe("initialize", () => {
    test("returns the client's revision, capabilities and server info", async () => {
      expect(await ask("initialize", { protocolVersion: "2025-06-18" })).toEqual({
        jsonrpc: "2.0",
        id: 7,
        result: {
          protocolVersion: "2025-06-18",
          capabilities: { tools: {}, prompts: {}, resources: {} },
          serverInfo: TINY_INFO,
          instructions: "Echo.",
        },
      });
    });

    test.each([{}, { protocolVersion: "1999-01-01" }, { protocolVersion: 3 }])(
      "offers the newest revision for %j",
      async (params) => {
        expect((await resultOf("initialize", params)).protocolVersion).toBe("2025-11-25");
      },
    );
  });

  test("ping returns an empty result", async () => {
    expect(await ask("ping")).toEqual({ jsonrpc: "2.0", id: 7, result: {} });
  });

  test.each([
    ["resources/list", { resources: [] }],
    ["resources/templates/list", { resourceTemplates: [] }],
    ["prompts/list", { prompts: [] }],
  ])("%s is empty", async (method, result) => {
    expect(await resultOf(method)).toEqual(result);
  });

  describe.each([
    ["legacy", {}],
    ["modern", { _meta: modernMeta() }],
  ])("resources and prompts (%s)", (_, meta) => {
    test("resources/read rejects any URI and returns it in data", async () => {
      const uri = "file:///etc/passwd";
      expect(await ask("resources/read", { ...meta, uri })).toMatchObject({
        error: { code: -32602, message: `Resource not found: ${uri}`, data: { uri } },
      });
    });

    test("prompts/get rejects any name", async () => {
      expect(await ask("prompts/get", { ...meta, name: "greet" })).toMatchObject({
        error: { code: -32602, message: "Prompt not found: greet" },
      });
    });

    test.each(["resources/read", "prompts/get"])("%s requires its parameter", async (method) => {
      expect(await ask(method, meta)).toMatchObject({
        error: { code: -32602, message: expect.stringContaining("must be a string") },
      });
    });
  });

  describe("tools/list", () => {
    const names = (result: JsonObject) => (result.tools as { name: string }[]).map((tool) => tool.name);

    test("lists the tools by name, without modern fields", async () => {
      const result = await resultOf("tools/list");
      expect(Object.keys(result)).toEqual(["tools"]);
      expect(names(result)).toEqual(["tiny_drop", "tiny_echo", "tiny_write"]);
    });

    test("lists only the tools that the caller may use", async () => {
      const circumstances = exchange({ caller: callerWith("tiny:read") });
      expect(names(await resultOf("tools/list", {}, tinyServer(), circumstances))).toEqual(["tiny_echo"]);
    });

    test("loads no tool code", async () => {
      const server = tinyServer();
      const open = () => Promise.reject(new Error("not now"));
      expect(
        await resultOf("tools/list", {}, { ...server, catalog: { ...server.catalog, open } }),
      ).toBeDefined();
    });
  });

  describe("tools/call", () => {
    test("runs the tool", async () => {
      const result = await resultOf("tools/call", { name: "tiny_echo", arguments: { text: "hi" } });
      expect(result).toEqual({
        content: [{ type: "text", text: '{"text":"hi"}' }],
        structuredContent: { text: "hi" },
      });
    });

    test.each([{}, { name: 1 }, { name: null }, { name: ["tiny_echo"] }])("rejects %j", async (params) => {
      expect(await ask("tools/call", params)).toMatchObject({
        id: 7,
        error: { code: -32602, message: expect.stringContaining('"name"') },
      });
    });

    test.each(["nothing", "", "constructor", "__proto__", "toString"])(
      "rejects the unknown tool %j",
      async (name) => {
        const result = await resultOf("tools/call", { name });
        expect(result).toMatchObject({ isError: true });
        expect(JSON.stringify(result)).toContain("unsupported_tool");
      },
    );
  });

  describe("unknown methods", () => {
    test.each([
      "tools/unknown",
      "",
      "constructor",
      "__proto__",
      "hasOwnProperty",
      "toString",
      "logging/setLevel",
      "completion/complete",
      "subscriptions/listen",
      "Ping",
    ])("%j gets -32601", async (method) => {
      expect(await ask(method)).toEqual({
        jsonrpc: "2.0",
        id: 7,
        error: { code: -32601, message: `Method not found: ${method}` },
      });
    });

    test("a long name is truncated", async () => {
      const response = await ask("x".repeat(10_000));
      expect(JSON.stringify(response).length).toBeLessThan(300);
    });

    test("server/discover requires modern _meta", async () => {
      expect(await ask("server/discover")).toMatchObject({ error: { code: -32602 } });
    });
  });

  test("a canceled request rejects", async () => {
    const cancelled = new Error("cancelled");
    const server = tinyServer({ connect: () => () => Promise.reject(new Error("late")) });
    const params = { name: "tiny_echo", arguments: { text: "hi" } };
    const circumstances = exchange({ signal: AbortSignal.abort(cancelled) });
    await expect(ask("tools/call", params, server, circumstances)).rejects.toBe(cancelled);
  });
});

describe("calls in flight", () => {
  const ada = { grants: "all", identity: undefined, key: "ada" } as const;
  const bob = { ...ada, key: "bob" };
  const CALL = { method: "tools/call", params: { name: "tiny_echo", arguments: { text: "hi" } } };
  const TOO_MANY = {
    isError: true,
    content: [
      {
        type: "text",
        text:
          "upstream_error: This caller has 32 calls in flight already. Too many calls in flight: nothing was sent. " +
          "Wait until some of them end, then call again.",
      },
    ],
    _meta: {
      "com.example.tiny/error": {
        code: "upstream_error",
        retryable: true,
        status: 429,
        retryAfterMs: 1000,
        reason: "TOO_MANY_CALLS",
      },
    },
  };
  const ECHO = { structuredContent: { text: "hi" } };

  /** A server whose calls wait for a gate, and 32 calls of Ada's on it. */
  const withHangingCalls = () => {
    const gate = createGate();
    const observed: ObservedCall[] = [];
    const server = tinyServer({
      connect: () => async (given) => {
        await gate.promise;
        return given;
      },
      observe: (call) => void observed.push(call),
    });
    const dispatch = createDispatch(server);
    const ask = async (
      context: Partial<RequestContext<undefined>>,
      request: Pick<Request, "method" | "params"> = CALL,
    ) => {
      const response = await dispatch({ id: 1, ...request }, exchange(context));
      return "result" in response ? response.result : response;
    };
    const cancel = new AbortController();
    const hanging = Array.from({ length: 32 }, (_, at) =>
      ask({ caller: ada, ...(at === 0 && { signal: cancel.signal }) }),
    );
    return { gate, observed, ask, cancel, hanging };
  };

  test("of one caller are limited to 32; the next ones fail at once, are observed, and may be repeated", async () => {
    const { gate, observed, ask, hanging } = withHangingCalls();
    expect(await ask({ caller: ada })).toEqual(TOO_MANY);
    expect(observed).toMatchObject([{ tool: "tiny_echo", error: { reason: "TOO_MANY_CALLS" } }]);
    gate.open();
    expect(await Promise.all(hanging)).toMatchObject(hanging.map(() => ECHO));
    expect(await ask({ caller: ada })).toMatchObject(ECHO);
  });

  test("of one caller don't count for another, nor for other methods", async () => {
    const { gate, ask } = withHangingCalls();
    const other = ask({ caller: bob });
    expect(await ask({ caller: ada }, { method: "tools/list", params: {} })).toHaveProperty("tools");
    gate.open();
    expect(await other).toMatchObject(ECHO);
  });

  test("are not limited without a key: the local user is the only caller", async () => {
    const { gate, ask } = withHangingCalls();
    const local = Array.from({ length: 100 }, () => ask({}));
    gate.open();
    expect(await Promise.all(local)).toMatchObject(local.map(() => ECHO));
  });

  test("end with their cancellation", async () => {
    const { gate, ask, cancel, hanging } = withHangingCalls();
    cancel.abort(new Error("canceled"));
    await expect(hanging[0]).rejects.toThrow("canceled");
    const next = ask({ caller: ada });
    expect(await ask({ caller: ada })).toEqual(TOO_MANY);
    gate.open();
    expect(await next).toMatchObject(ECHO);
  });
});
