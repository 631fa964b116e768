import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../src/mcp/caller.ts";
import type { Exchange, ServerDefinition } from "../../../src/mcp/server.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { createGate } from "../../support/gate.ts";
import { modernMeta, type TinyApi, tinyServer } from "../../support/tiny-server.ts";
import { createWire, notification, request } from "../../support/wire.ts";

const open = (overrides: Partial<ServerDefinition<TinyApi>> = {}) => {
  const server = tinyServer(overrides);
  const wire = createWire();
  return { ...wire, server, session: openSession(server, wire.transport, LOCAL_CALLER) };
};

const echo = (id: unknown, text = "hi", meta?: object) =>
  request(id, "tools/call", { name: "tiny_echo", arguments: { text }, ...(meta ? { _meta: meta } : {}) });

describe("a request", () => {
  test.each([0, 1, "", "a"])("with the id %j is answered once, with that id", async (id) => {
    const { deliver, sent, session } = open();
    deliver(request(id, "ping"));
    await session.drained();
    expect(sent).toEqual([{ jsonrpc: "2.0", id, result: {} }]);
  });

  test("needs no handshake before it", async () => {
    const { deliver, sent, session } = open();
    deliver(echo(1));
    await session.drained();
    expect(sent).toMatchObject([{ id: 1, result: { structuredContent: { text: "hi" } } }]);
  });

  test("does not wait for an earlier one", async () => {
    const gate = createGate();
    const slowOne: TinyApi = async (input) => {
      if (input.text === "slow") await gate.promise;
      return input;
    };
    const { deliver, sent, session, until } = open({ connect: () => slowOne });
    deliver(echo(1, "slow"));
    deliver(echo(2, "quick"));
    await until(1);
    expect(sent).toMatchObject([{ id: 2 }]);
    gate.open();
    await session.drained();
    expect(sent).toMatchObject([{ id: 2 }, { id: 1 }]);
  });
});

describe("what gets no answer", () => {
  test.each([
    notification("notifications/initialized"),
    notification("notifications/unheard-of", { a: 1 }),
    notification("notifications/cancelled"),
    notification("notifications/cancelled", { requestId: 99 }),
    notification("tools/call", { name: "tiny_echo", arguments: { text: "hi" } }),
    notification("ping"),
    { jsonrpc: "2.0", id: 1, result: {} },
    { jsonrpc: "2.0", id: 1, error: { code: 1, message: "no" } },
  ])("%j", async (message) => {
    const { deliver, sent, session } = open();
    deliver(message);
    await session.drained();
    expect(sent).toEqual([]);
  });
});

test.each([
  ["nothing", null],
  [{ jsonrpc: "2.0", id: 5 }, 5],
  [{ jsonrpc: "2.0", id: null, method: "ping" }, null],
  [{ jsonrpc: "2.0", id: 5, method: "ping", params: [] }, 5],
])("%j is answered with -32600", async (message, id) => {
  const { deliver, sent, session } = open();
  deliver(message);
  await session.drained();
  expect(sent).toMatchObject([{ id, error: { code: -32600, message: /^Invalid request: / } }]);
});

describe("the client's name", () => {
  const watching = () => {
    const seen: Exchange["client"][] = [];
    const opened = open({
      connect: ({ client }) => {
        seen.push(client);
        return (input) => input;
      },
    });
    return { ...opened, seen };
  };
  const initialize = (clientInfo: unknown) =>
    request(0, "initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });

  test("from initialize reaches the platform", async () => {
    const { deliver, session, seen } = watching();
    deliver(initialize({ name: "probe", version: "3" }));
    deliver(echo(1));
    await session.drained();
    expect(seen).toEqual([{ name: "probe", version: "3" }]);
  });

  test.each([undefined, null, "probe", {}, { name: 4 }])(
    "that is unusable (%j) is no fault",
    async (info) => {
      const { deliver, sent, session, seen } = watching();
      deliver(initialize(info));
      deliver(echo(1));
      await session.drained();
      expect(sent).toHaveLength(2);
      expect(seen).toEqual([undefined]);
    },
  );

  test("of one modern request is not that of the next", async () => {
    const { deliver, session, seen } = watching();
    const client = { name: "once", version: "1" };
    deliver(echo(1, "hi", modernMeta({ "io.modelcontextprotocol/clientInfo": client })));
    deliver(echo(2, "hi", modernMeta()));
    await session.drained();
    expect(seen).toEqual([client, undefined]);
  });
});

describe("draining", () => {
  test("is immediate when nothing is in flight", async () => {
    await expect(open().session.drained()).resolves.toBeUndefined();
  });

  test("waits until each answer is sent", async () => {
    const gate = createGate();
    const { deliver, sent, session } = open({
      connect: () => () => gate.promise.then(() => ({ text: "late" })),
    });
    deliver(echo(1));
    deliver(echo(2));
    const drained = session.drained().then(() => sent.length);
    gate.open();
    expect(await drained).toBe(2);
  });

  test("waits for what arrives while it waits", async () => {
    const gates = [createGate(), createGate()];
    let calls = 0;
    const { deliver, sent, session, until } = open({
      connect: () => async (input) => {
        await gates[calls++]?.promise;
        return input;
      },
    });
    deliver(echo(1));
    const drained = session.drained().then(() => sent.length);
    deliver(echo(2));
    gates[0]?.open();
    await until(1);
    gates[1]?.open();
    expect(await drained).toBe(2);
  });
});

test("an answer that cannot be sent is logged, and the session goes on", async () => {
  const { deliver, session, breakSending, server } = open();
  breakSending();
  deliver(request(1, "ping"));
  await session.drained();
  expect(server.logged).toEqual([
    'lightfast-mcp error: an answer could not be sent cause="Error: the wire is broken"',
  ]);
});
