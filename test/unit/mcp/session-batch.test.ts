import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../src/mcp/caller.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { createGate } from "../../support/gate.ts";
import { type TinyApi, tinyServer } from "../../support/tiny-server.ts";
import { createWire, notification, request } from "../../support/wire.ts";

const ping = (id: unknown) => request(id, "ping");

/** A session after the handshake, with nothing sent but what the test causes. */
const shaken = async (protocolVersion: string | undefined, api: TinyApi = (input) => input) => {
  const wire = createWire();
  const session = openSession(tinyServer({ connect: () => api }), wire.transport, LOCAL_CALLER);
  if (protocolVersion) wire.deliver(request("shake", "initialize", { protocolVersion }));
  await session.drained();
  const earlier = wire.sent.length;
  return { ...wire, session, answers: () => wire.sent.slice(earlier) };
};

describe("in revision 2025-03-26", () => {
  test("a batch is answered with one array", async () => {
    const { deliver, session, answers } = await shaken("2025-03-26");
    deliver([
      ping(1),
      notification("notifications/initialized"),
      ping("b"),
      { jsonrpc: "2.0", id: 1, result: {} },
    ]);
    await session.drained();
    expect(answers()).toEqual([
      [
        { jsonrpc: "2.0", id: 1, result: {} },
        { jsonrpc: "2.0", id: "b", result: {} },
      ],
    ]);
  });

  test("a batch that asks nothing is not answered", async () => {
    const { deliver, session, answers } = await shaken("2025-03-26");
    deliver([
      notification("notifications/initialized"),
      notification("notifications/cancelled", { requestId: 1 }),
    ]);
    await session.drained();
    expect(answers()).toEqual([]);
  });

  test("what is no message within a batch is answered there", async () => {
    const { deliver, session, answers } = await shaken("2025-03-26");
    deliver([1, ping(2)]);
    await session.drained();
    expect(answers()).toMatchObject([
      [
        { id: null, error: { code: -32600 } },
        { id: 2, result: {} },
      ],
    ]);
  });

  test("an empty batch is refused with one error", async () => {
    const { deliver, session, answers } = await shaken("2025-03-26");
    deliver([]);
    await session.drained();
    expect(answers()).toMatchObject([{ id: null, error: { code: -32600 } }]);
  });

  test("a batch of 100 is answered whole", async () => {
    const { deliver, session, answers } = await shaken("2025-03-26");
    deliver(Array.from({ length: 100 }, (_, id) => ping(id)));
    await session.drained();
    expect(answers()).toMatchObject([Array.from({ length: 100 }, (_, id) => ({ id, result: {} }))]);
  });

  test("a batch of more is refused with one error, and not carried out", async () => {
    let calls = 0;
    const { deliver, session, answers } = await shaken("2025-03-26", (input) => {
      calls += 1;
      return input;
    });
    const call = (id: number) => request(id, "tools/call", { name: "tiny_echo", arguments: { text: "x" } });
    deliver(Array.from({ length: 101 }, (_, id) => call(id)));
    await session.drained();
    expect(answers()).toEqual([
      {
        jsonrpc: "2.0",
        id: null,
        error: { code: -32600, message: "Invalid request: a batch may hold at most 100 messages" },
      },
    ]);
    expect(calls).toBe(0);
  });

  test("a batch does not answer what was cancelled", async () => {
    const begun = createGate();
    const { deliver, session, answers } = await shaken("2025-03-26", (_, { signal }) => {
      begun.open();
      return new Promise((__, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    });
    deliver([request(1, "tools/call", { name: "tiny_echo", arguments: { text: "x" } }), ping(2)]);
    await begun.promise;
    deliver(notification("notifications/cancelled", { requestId: 1 }));
    await session.drained();
    expect(answers()).toEqual([[{ jsonrpc: "2.0", id: 2, result: {} }]]);
  });
});

test.each(["2025-11-25", "2025-06-18", "2024-11-05", undefined])(
  "a batch after the handshake for %j is refused with one error, and not carried out",
  async (version) => {
    let calls = 0;
    const { deliver, session, answers } = await shaken(version, () => {
      calls += 1;
      return { text: "" };
    });
    deliver([request(1, "tools/call", { name: "tiny_echo", arguments: { text: "x" } }), ping(2)]);
    await session.drained();
    expect(answers()).toMatchObject([{ id: null, error: { code: -32600, message: /2025-03-26/ } }]);
    expect(calls).toBe(0);
  },
);
