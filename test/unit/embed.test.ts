import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { createLightfastServer, type LightfastServerOptions } from "../../src/embed.ts";
import { createGate } from "../support/gate.ts";
import { hang, json, playScript } from "../support/scripted-server.ts";
import { createWire, request } from "../support/wire.ts";

const KEY = "lf_test_0123456789";

function create(options: Partial<LightfastServerOptions> = {}) {
  const server = createLightfastServer({ apiKey: KEY, baseUrl: "http://127.0.0.1:9", ...options });
  onTestFinished(() => server.close());
  return server;
}

/** A health call. */
function health(id: number) {
  return request(id, "tools/call", { name: "lightfast_system_health", arguments: {} });
}

describe("resources", () => {
  const clientOf = async (server: ReturnType<typeof create>) => {
    const [near, far] = InMemoryTransport.createLinkedPair();
    await server.connect(near);
    const client = new Client({ name: "host", version: "1" });
    await client.connect(far);
    return client;
  };

  test("are the skills and the signals", async () => {
    const id = "signal_123e4567-e89b-12d3-a456-426614174000";
    const signal = { id, input: "hi", status: "queued" };
    const { origin, requests } = await playScript([json(200, signal)]);
    const client = await clientOf(create({ baseUrl: origin }));
    const { resources } = await client.listResources();
    expect(resources.map(({ name }) => name)).toEqual([
      "lightfast-record-signals",
      "lightfast-act-on-signals",
    ]);
    expect(await client.readResource({ uri: `lightfast://signals/${id}` })).toMatchObject({
      contents: [{ mimeType: "application/json", text: JSON.stringify(signal) }],
    });
    expect(requests).toMatchObject([{ target: `/api/v1/signals/${id}` }]);
  });

  test("are only those of the tools that the host offers", async () => {
    const client = await clientOf(create({ readOnly: true }));
    const { resources } = await client.listResources();
    expect(resources.map(({ name }) => name)).toEqual(["lightfast-act-on-signals"]);
  });
});

describe("connect", () => {
  test("keeps and calls the handlers that the host set", async () => {
    const { transport, deliver, until } = createWire();
    const seen: unknown[] = [];
    transport.onmessage = (message, extra) => seen.push(["message", message, extra]);
    transport.onerror = (error) => seen.push(["error", error.message]);
    transport.onclose = () => seen.push(["close"]);
    await create().connect(transport);

    deliver(request(1, "ping"));
    await until(1);
    transport.onerror?.(new Error("broken pipe"));
    await transport.close();
    expect(seen).toEqual([["message", request(1, "ping"), undefined], ["error", "broken pipe"], ["close"]]);
  });

  test("serves several transports, and forgets each when it closes", async () => {
    const server = create();
    const [first, second] = [createWire(), createWire()];
    await server.connect(first.transport);
    await server.connect(second.transport);
    let closes = 0;
    const { close } = first.transport;
    first.transport.close = async () => {
      closes += 1;
      await close();
    };
    await first.transport.close();
    second.deliver(request(1, "ping"));
    await second.until(1);
    await server.close();
    expect(closes).toBe(1);
  });

  test("twice with one transport rejects, and each message is still answered once", async () => {
    const { transport, deliver, sent, until } = createWire();
    const server = create();
    await server.connect(transport);
    await expect(server.connect(transport)).rejects.toThrow("already connected");
    deliver(request(1, "ping"));
    deliver(request(2, "ping"));
    await until(2);
    expect(sent).toMatchObject([{ id: 1 }, { id: 2 }]);
  });

  test("again after a failed start handles each message once", async () => {
    const { transport, deliver, sent, until } = createWire();
    const server = create();
    const { start } = transport;
    transport.start = () => Promise.reject(new Error("no pipe"));
    await expect(server.connect(transport)).rejects.toThrow("no pipe");
    expect(transport.onmessage).toBeUndefined();
    transport.start = start;
    await server.connect(transport);
    deliver(request(1, "ping"));
    deliver(request(2, "ping"));
    await until(2);
    expect(sent).toMatchObject([{ id: 1 }, { id: 2 }]);
  });

  test("after close rejects and says what to do", async () => {
    const server = create();
    await server.close();
    await expect(server.connect(createWire().transport)).rejects.toThrow(
      "The server is closed. Create a new one with createLightfastServer().",
    );
  });
});

test("a long call sends its progress through the HTTP transport of the SDK", async () => {
  const gate = createGate();
  const platform = await playScript([
    (...args) => void gate.promise.then(() => json(200, { status: "ok" })(...args)),
  ]);
  const server = create({ baseUrl: platform.origin });
  const host = createServer(async (incoming, response) => {
    const transport = new StreamableHTTPServerTransport();
    response.on("close", () => void transport.close());
    await server.connect(transport as Transport);
    await transport.handleRequest(incoming, response);
  }).listen(0, "127.0.0.1");
  await once(host, "listening");
  onTestFinished(() => {
    host.close();
    host.closeAllConnections();
  });
  const client = new Client({ name: "test", version: "1" });
  const url = new URL(`http://127.0.0.1:${(host.address() as AddressInfo).port}`);
  await client.connect(new StreamableHTTPClientTransport(url) as Transport);
  const heard = createGate<unknown>();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const called = client.callTool({ name: "lightfast_system_health" }, undefined, { onprogress: heard.open });
  await platform.arrived(1);
  vi.advanceTimersByTime(10_000);
  expect(await heard.promise).toEqual({ progress: 10, message: "Still running (10 s)" });
  gate.open();
  expect(await called).toMatchObject({ structuredContent: { status: "ok" } });
  await client.close();
});

describe("close", () => {
  test("ends calls in flight: their clients see the connection close", async () => {
    const api = await playScript([hang]);
    const server = create({ baseUrl: api.origin });
    const [near, far] = InMemoryTransport.createLinkedPair();
    await server.connect(near);
    const client = new Client({ name: "host", version: "1" });
    await client.connect(far);
    const call = client.callTool({ name: "lightfast_system_health" });
    const rejected = expect(call).rejects.toThrow("Connection closed");
    await api.arrived(1);
    await server.close();
    await rejected;
  });

  test("aborts calls of a transport that never reports its end", async () => {
    const api = await playScript([hang]);
    const server = create({ baseUrl: api.origin });
    const { transport, deliver, sent } = createWire();
    transport.close = async () => {};
    await server.connect(transport);
    deliver(health(1));
    await api.arrived(1);
    await server.close();
    expect(sent).toEqual([]);
  });

  test("closes every transport although one fails, and may be repeated", async () => {
    const lines: string[] = [];
    const server = create({ logLevel: "warn", onLog: (line) => lines.push(line) });
    const [broken, sound] = [createWire(), createWire()];
    broken.transport.close = () => Promise.reject(new Error("already gone"));
    const closed = createGate();
    sound.transport.onclose = closed.open;
    await server.connect(broken.transport);
    await server.connect(sound.transport);
    await server.close();
    await closed.promise;
    await server.close();
    expect(lines).toEqual([expect.stringContaining("already gone")]);
  });
});

describe("a log function", () => {
  test.each([
    [
      "throws",
      () => {
        throw new Error("the disk is full");
      },
    ],
    ["rejects", () => Promise.reject(new Error("the disk is full"))],
  ])("that %s costs no response", async (_, onLog) => {
    const { transport, deliver, sent, until } = createWire();
    let lines = 0;
    const server = create({
      logLevel: "debug",
      onLog: () => {
        lines += 1;
        return onLog();
      },
    });
    await server.connect(transport);
    deliver(health(1));
    deliver(request(2, "ping"));
    await until(2);
    expect(sent).toHaveLength(2);
    expect(lines).toBeGreaterThan(0);
  });

  test("gets no secret", async () => {
    const { transport, deliver, until } = createWire();
    const lines: string[] = [];
    await create({ logLevel: "debug", onLog: (line) => lines.push(line) }).connect(transport);
    deliver(request(1, "tools/call", { name: KEY }));
    await until(1);
    expect(lines.join()).toContain("lightfast-mcp info: call");
    expect(lines.join()).not.toContain(KEY);
  });
});

test("a base URL with plain http inside a cluster is logged as a warning, and is an error elsewhere", () => {
  const lines: string[] = [];
  const log = { logLevel: "warn", onLog: (line: string) => void lines.push(line) } as const;
  createLightfastServer({ apiKey: KEY, baseUrl: "http://lightfast.ns.svc", ...log });
  expect(lines).toEqual([expect.stringContaining("baseUrl uses plain http: ")]);
  expect(() => createLightfastServer({ apiKey: KEY, baseUrl: "http://lightfast.test" })).toThrow(
    "baseUrl: the base URL must use https. Use a URL such as",
  );
});

describe("the tools", () => {
  test.each([
    [{}, ["lightfast_signals_create", "lightfast_signals_get", "lightfast_system_health"]],
    [{ readOnly: true }, ["lightfast_signals_get", "lightfast_system_health"]],
    [
      { tools: ["lightfast_signals_get", "lightfast_signals_create"] },
      ["lightfast_signals_create", "lightfast_signals_get"],
    ],
    [{ excludeTools: ["lightfast_signals_get"], readOnly: true }, ["lightfast_system_health"]],
    [
      { excludeTools: [], readOnly: false },
      ["lightfast_signals_create", "lightfast_signals_get", "lightfast_system_health"],
    ],
  ])("that %j offers are %j", async (options, names) => {
    const { transport, deliver, sent, until } = createWire();
    await create(options).connect(transport);
    deliver(request(1, "tools/list"));
    await until(1);
    expect(sent).toMatchObject([{ result: { tools: names.map((name) => ({ name })) } }]);
  });
});

describe("an invalid option is a TypeError that names it", () => {
  test.each([
    [{ apiKey: 5 }, "apiKey must be a string, not number."],
    [{ apiKey: null }, "apiKey must be a string, not null."],
    [{ apiKey: undefined }, "No Lightfast API key is set"],
    [{ apiKey: "sk_hidden" }, "The API key in apiKey is an old-format key"],
    [{ baseUrl: 5 }, "baseUrl must be a string or a URL, not number."],
    [{ baseUrl: "https://user:hidden@lightfast.test" }, "baseUrl: the base URL"],
    [{ timeoutMs: "1000" }, "timeoutMs must be a number, not string."],
    [{ timeoutMs: 0.5 }, "timeoutMs must be a whole number of milliseconds"],
    [{ timeoutMs: Number.NaN }, "timeoutMs must be a whole number of milliseconds"],
    [{ logLevel: "loud" }, "logLevel must be one of silent, error, warn, info, debug."],
    [{ logLevel: 3 }, "logLevel must be a string, not number."],
    [{ readOnly: "1" }, "readOnly must be a boolean, not string."],
    [{ tools: "lightfast_signals_get" }, "tools must be an array of names."],
    [{ tools: [] }, "tools leaves no tool to offer. Change the choice."],
    [
      { tools: ["lightfast_signals_create"], readOnly: true },
      "tools and readOnly leave no tool to offer. Change the choice.",
    ],
    [
      { excludeTools: ["lightfast_signals_gett"] },
      'excludeTools: there is no tool named "lightfast_signals_gett". Did you mean "lightfast_signals_get"?',
    ],
    [{ onLog: "console" }, "onLog must be a function, not string."],
    [
      { proxies: "http://user:hidden@proxy" },
      "proxies must be an object with the keys http, https and none.",
    ],
    [{ proxies: { https: 8080 } }, "proxies.https must be a string, not number."],
    [
      { proxies: { http: "ftp://user:hidden@proxy" } },
      "proxies.http must be the URL of an http or https proxy",
    ],
  ])("%j", (options, message) => {
    const create = () => createLightfastServer({ apiKey: KEY, ...(options as object) });
    expect(create).toThrow(TypeError);
    expect(create).toThrow(message);
    expect(create).not.toThrow("hidden");
  });

  test.each([undefined, null, "lf_hidden", 5])("options %j", (options) => {
    const create = () => createLightfastServer(options as never);
    expect(create).toThrow(new TypeError("createLightfastServer needs an object of options."));
  });

  test("undefined stands for the default", () => {
    const unset = {
      baseUrl: undefined,
      timeoutMs: undefined,
      proxies: undefined,
      logLevel: undefined,
      onLog: undefined,
    };
    expect(() => create({ ...unset, baseUrl: "http://127.0.0.1:9" })).not.toThrow();
    expect(() =>
      create({ proxies: { http: "http://127.0.0.1:8080", https: undefined, none: "*" } }),
    ).not.toThrow();
  });
});
