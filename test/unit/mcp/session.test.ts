import { isJSONRPCErrorResponse, isJSONRPCResultResponse } from "@modelcontextprotocol/sdk/types.js";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { RequestContext, ServerDefinition } from "../../../src/mcp/server.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import { isObject } from "../../../src/shared/json.ts";
import { createGate } from "../../support/gate.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { modernMeta, type TinyApi, tinyServer } from "../../support/tiny-server.ts";
import { createWire, notification, request } from "../../support/wire.ts";

describe("batches", () => {
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
    test("a batch gets one array", async () => {
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

    test("a batch without requests gets no response", async () => {
      const { deliver, session, answers } = await shaken("2025-03-26");
      deliver([
        notification("notifications/initialized"),
        notification("notifications/cancelled", { requestId: 1 }),
      ]);
      await session.drained();
      expect(answers()).toEqual([]);
    });

    test("an invalid message in a batch gets an error in the array", async () => {
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

    test("an empty batch gets one error", async () => {
      const { deliver, session, answers } = await shaken("2025-03-26");
      deliver([]);
      await session.drained();
      expect(answers()).toMatchObject([{ id: null, error: { code: -32600 } }]);
    });

    test("a batch of 100 gets every response", async () => {
      const { deliver, session, answers } = await shaken("2025-03-26");
      deliver(Array.from({ length: 100 }, (_, id) => ping(id)));
      await session.drained();
      expect(answers()).toMatchObject([Array.from({ length: 100 }, (_, id) => ({ id, result: {} }))]);
    });

    test("a larger batch gets one error and is not executed", async () => {
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

    test("a batch omits canceled requests", async () => {
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
    "after a handshake for %j a batch gets one error and is not executed",
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
});

describe("cancellation", () => {
  /** A session whose calls wait until they are cancelled or let go. */
  const open = (api?: TinyApi) => {
    const release = createGate();
    const aborted: string[] = [];
    let started = 0;
    let onStart = () => {};
    const waits: TinyApi = (input, { signal }) => {
      started += 1;
      onStart();
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted.push(String(input.text));
          reject(signal.reason);
        });
        void release.promise.then(() => resolve(input));
      });
    };
    const wire = createWire();
    const session = openSession(tinyServer({ connect: () => api ?? waits }), wire.transport, LOCAL_CALLER);
    const running = (count: number) =>
      new Promise<void>((resolve) => {
        onStart = () => {
          if (started >= count) resolve();
        };
        onStart();
      });
    return { ...wire, session, aborted, release: release.open, running };
  };

  const call = (id: unknown, text: string) =>
    request(id, "tools/call", { name: "tiny_echo", arguments: { text } });
  const cancel = (requestId: unknown) =>
    notification("notifications/cancelled", { requestId, reason: "bored" });

  describe("a canceled request", () => {
    test.each([0, 1, -1, "", "a", "0"])("with the id %j ends without a response", async (id) => {
      const { deliver, sent, session, aborted, running } = open();
      deliver(call(id, "one"));
      await running(1);
      deliver(cancel(id));
      await session.drained();
      expect(aborted).toEqual(["one"]);
      expect(sent).toEqual([]);
    });

    test("leaves the others alone", async () => {
      const { deliver, sent, session, aborted, running, release } = open();
      deliver(call(1, "one"));
      deliver(call("1", "two"));
      await running(2);
      deliver(cancel("1"));
      release();
      await session.drained();
      expect(aborted).toEqual(["two"]);
      expect(sent).toMatchObject([{ id: 1 }]);
    });

    test("ends every other one with the same id", async () => {
      const { deliver, sent, session, aborted, running } = open();
      deliver(call(3, "one"));
      deliver(call(3, "two"));
      await running(2);
      deliver(cancel(3));
      await session.drained();
      expect(aborted).toEqual(["one", "two"]);
      expect(sent).toEqual([]);
    });

    test("gets no response even if its work finished", async () => {
      const gate = createGate();
      const begun = createGate();
      const { deliver, sent, session } = open(async (input) => {
        begun.open();
        await gate.promise;
        return input;
      });
      deliver(call(1, "stubborn"));
      await begun.promise;
      deliver(cancel(1));
      gate.open();
      await session.drained();
      expect(sent).toEqual([]);
    });

    test("does not block draining if its work never ends", async () => {
      const begun = createGate();
      const { deliver, sent, session } = open(() => {
        begun.open();
        return new Promise(() => {});
      });
      deliver(call(1, "endless"));
      await begun.promise;
      deliver(cancel(1));
      await session.drained();
      expect(sent).toEqual([]);
    });

    test("gets no response even if its arguments were invalid", async () => {
      const { deliver, sent, session } = open();
      deliver(request(1, "tools/call", { name: "tiny_echo", arguments: {} }));
      deliver(cancel(1));
      await session.drained();
      expect(sent).toEqual([]);
    });
  });

  test("the id of a canceled request may be reused", async () => {
    const { deliver, sent, session, running, release } = open();
    deliver(call(1, "one"));
    await running(1);
    deliver(cancel(1));
    deliver(call(1, "again"));
    await running(2);
    release();
    await session.drained();
    expect(sent).toMatchObject([{ id: 1, result: { structuredContent: { text: "again" } } }]);
  });

  test.each([undefined, null, {}, [1], true])("a cancellation of %j cancels nothing", async (id) => {
    const { deliver, sent, session, running, release } = open();
    deliver(call(1, "one"));
    await running(1);
    deliver(cancel(id));
    release();
    await session.drained();
    expect(sent).toHaveLength(1);
  });

  test("a late cancellation changes nothing", async () => {
    const { deliver, sent, session } = open((input) => input);
    deliver(call(1, "one"));
    await session.drained();
    deliver(cancel(1));
    await session.drained();
    expect(sent).toHaveLength(1);
  });

  describe("the end of the connection", () => {
    test("aborts every request in flight", async () => {
      const { deliver, sent, session, aborted, running, transport } = open();
      deliver(call(1, "one"));
      deliver(call(2, "two"));
      await running(2);
      await transport.close();
      await session.drained();
      expect(aborted).toEqual(["one", "two"]);
      expect(sent).toEqual([]);
    });

    test("can be triggered by the session's owner", async () => {
      const { deliver, sent, session, aborted, running } = open();
      deliver(call(1, "one"));
      await running(1);
      session.abort("SIGTERM");
      await session.drained();
      expect(aborted).toEqual(["one"]);
      expect(sent).toEqual([]);
    });
  });
});

describe("properties", () => {
  const METHODS = [
    "initialize",
    "ping",
    "tools/list",
    "tools/call",
    "server/discover",
    "notifications/cancelled",
  ];

  /** The SDK knows whole numbers as ids and no others. */
  const isNoNumber = (value: unknown): boolean => typeof value !== "number";

  /** Anything that looks a little like a message, and anything else. */
  const message = fc.oneof(
    fc.jsonValue(),
    fc.record(
      {
        jsonrpc: fc.constantFrom("2.0", "1.0"),
        id: fc.oneof(fc.integer(), fc.string(), fc.jsonValue().filter(isNoNumber)),
        method: fc.oneof(fc.constantFrom(...METHODS, "__proto__"), fc.string()),
        params: fc.oneof(
          fc.jsonValue(),
          fc.record({
            name: fc.constantFrom("tiny_echo", "__proto__"),
            arguments: fc.jsonValue(),
            _meta: fc.jsonValue(),
          }),
        ),
        result: fc.jsonValue(),
      },
      { requiredKeys: [] },
    ),
  );

  const deliver = async (value: unknown): Promise<readonly unknown[]> => {
    const wire = createWire();
    const session = openSession(tinyServer(), wire.transport, LOCAL_CALLER);
    wire.deliver(value);
    await session.drained();
    return wire.sent;
  };

  test("any input gets at most one JSON-RPC response", async () => {
    await fc.assert(
      fc.asyncProperty(message, async (value) => {
        const sent = await deliver(value);
        expect(sent.length).toBeLessThanOrEqual(1);
        for (const answer of sent) {
          const withoutId = isObject(answer) && answer.id === null && isObject(answer.error);
          expect(withoutId || isJSONRPCResultResponse(answer) || isJSONRPCErrorResponse(answer)).toBe(true);
        }
      }),
    );
  });

  test("every request gets a response with its id", async () => {
    const id = fc.oneof(fc.string(), fc.integer());
    await fc.assert(
      fc.asyncProperty(
        id,
        fc.string(),
        fc.dictionary(fc.string(), fc.jsonValue()),
        async (known, method, params) => {
          const sent = await deliver({ jsonrpc: "2.0", id: known, method, params });
          expect(sent).toMatchObject([{ jsonrpc: "2.0", id: known }]);
        },
      ),
    );
  });
});

describe("session", () => {
  const open = (overrides: Partial<ServerDefinition<TinyApi>> = {}) => {
    const server = tinyServer(overrides);
    const wire = createWire();
    return { ...wire, server, session: openSession(server, wire.transport, LOCAL_CALLER) };
  };

  const echo = (id: unknown, text = "hi", meta?: object) =>
    request(id, "tools/call", { name: "tiny_echo", arguments: { text }, ...(meta ? { _meta: meta } : {}) });

  describe("a request", () => {
    test.each([0, 1, "", "a"])("with the id %j gets one response with that id", async (id) => {
      const { deliver, sent, session } = open();
      deliver(request(id, "ping"));
      await session.drained();
      expect(sent).toEqual([{ jsonrpc: "2.0", id, result: {} }]);
    });

    test("needs no handshake", async () => {
      const { deliver, sent, session } = open();
      deliver(echo(1));
      await session.drained();
      expect(sent).toMatchObject([{ id: 1, result: { structuredContent: { text: "hi" } } }]);
    });

    test("does not wait for earlier ones", async () => {
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

  describe("no response", () => {
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
  ])("%j gets -32600", async (message, id) => {
    const { deliver, sent, session } = open();
    deliver(message);
    await session.drained();
    expect(sent).toMatchObject([{ id, error: { code: -32600, message: /^Invalid request: / } }]);
  });

  describe("the client's info", () => {
    const watching = () => {
      const seen: RequestContext["client"][] = [];
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

    test("from initialize reaches the platform client", async () => {
      const { deliver, session, seen } = watching();
      deliver(initialize({ name: "probe", version: "3" }));
      deliver(echo(1));
      await session.drained();
      expect(seen).toEqual([{ name: "probe", version: "3" }]);
    });

    test.each([undefined, null, "probe", {}, { name: 4 }])("may be unusable (%j)", async (info) => {
      const { deliver, sent, session, seen } = watching();
      deliver(initialize(info));
      deliver(echo(1));
      await session.drained();
      expect(sent).toHaveLength(2);
      expect(seen).toEqual([undefined]);
    });

    test("of a modern request applies to that request only", async () => {
      const { deliver, session, seen } = watching();
      const client = { name: "once", version: "1" };
      deliver(echo(1, "hi", modernMeta({ "io.modelcontextprotocol/clientInfo": client })));
      deliver(echo(2, "hi", modernMeta()));
      await session.drained();
      expect(seen).toEqual([client, undefined]);
    });
  });

  test("the trace of a request's _meta reaches the platform client", async () => {
    const traces: RequestContext["trace"][] = [];
    const { deliver, session } = open({
      connect: ({ trace }) => {
        traces.push(trace);
        return (input) => input;
      },
    });
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    deliver(echo(1, "hi", { traceparent, tracestate: "a=1" }));
    deliver(echo(2, "hi", { traceparent: "none" }));
    await session.drained();
    expect(traces.map((trace) => trace?.headers)).toEqual([{ traceparent, tracestate: "a=1" }, undefined]);
  });

  describe("draining", () => {
    test("is immediate if nothing is in flight", async () => {
      await expect(open().session.drained()).resolves.toBeUndefined();
    });

    test("waits until every response is sent", async () => {
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

    test("also waits for requests that arrive meanwhile", async () => {
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

  test("a response that cannot be sent is logged, and the session continues", async () => {
    const { deliver, session, breakSending, server } = open();
    breakSending();
    deliver(request(1, "ping"));
    await session.drained();
    expect(server.logged).toEqual(['error: could not send a response cause="Error: the wire is broken"']);
  });
});

describe("progress", () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  /** A session on a manual clock, whose tools run until the gate opens. */
  const start = (api?: TinyApi) => {
    const clock = manualClock();
    const gate = createGate();
    const wire = createWire();
    const run: TinyApi = async (input, ...rest) => {
      await api?.(input, ...rest);
      await gate.promise;
      return input;
    };
    const session = openSession(tinyServer({ connect: () => run }), wire.transport, LOCAL_CALLER, clock);
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 1000) {
        await turn();
        clock.advance(Math.min(left, 1000));
      }
      await turn();
    };
    return { ...wire, session, gate, clock, pass };
  };
  const call = (id: unknown, meta: object) =>
    request(id, "tools/call", { name: "tiny_echo", arguments: { text: "hi" }, _meta: meta });
  const beats = (sent: readonly unknown[]) =>
    sent.flatMap((message) => (isObject(message) && "method" in message ? [message.params] : []));

  test.each([
    ["legacy", {}],
    ["modern", modernMeta()],
  ])("of a %s call is sent before the response, and never after it", async (_, meta) => {
    const { deliver, sent, session, gate, pass } = start();
    deliver(call(1, { ...meta, progressToken: 7 }));
    await pass(26_000);
    gate.open();
    await session.drained();
    await pass(60_000);
    expect(sent).toMatchObject([
      { method: "notifications/progress", params: { progressToken: 7, progress: 10 } },
      { method: "notifications/progress", params: { progressToken: 7, progress: 25 } },
      { id: 1, result: { structuredContent: { text: "hi" } } },
    ]);
  });

  test("names the step that the tool reports", async () => {
    const { deliver, sent, pass } = start((_, __, progress) =>
      progress({ message: "Asking", done: 1, total: 3 }),
    );
    deliver(call(1, { progressToken: "a" }));
    await pass(1000);
    expect(beats(sent)).toEqual([
      { progressToken: "a", progress: expect.closeTo(1, 1), total: 3, message: "Asking (1 s)" },
    ]);
  });

  test.each([{}, { progressToken: 1.5 }, { progressToken: null }, { progressToken: {} }])(
    "is not sent, and starts no timer, for a call with %j",
    async (meta) => {
      const { deliver, sent, clock, pass } = start((_, __, progress) => progress({ message: "Asking" }));
      deliver(call(1, meta));
      await pass(60_000);
      expect(sent).toEqual([]);
      expect(await Promise.race([clock.nextWait(), turn().then(() => "none")])).toBe("none");
    },
  );

  test("is not sent for other requests", async () => {
    const { deliver, sent, session, pass } = start();
    deliver(request(1, "tools/list", { _meta: { progressToken: 1 } }));
    await session.drained();
    await pass(60_000);
    expect(beats(sent)).toEqual([]);
  });

  test("ends with a cancellation, also if the tool runs on", async () => {
    const { deliver, sent, session, pass } = start((_, deadline) => {
      deadline.isCommitted = () => true;
    });
    deliver(call(1, { progressToken: 1 }));
    await pass(10_000);
    deliver(notification("notifications/cancelled", { requestId: 1 }));
    await pass(60_000);
    expect(beats(sent)).toHaveLength(1);
    session.abort("the end of the test");
  });

  test("of each request of a batch is sent on its own", async () => {
    const { deliver, sent, session, gate, pass } = start();
    deliver(request(0, "initialize", { protocolVersion: "2025-03-26" }));
    await session.drained();
    deliver([call(1, { progressToken: "a" }), call(2, {}), call(3, { progressToken: "c" })]);
    await pass(10_000);
    gate.open();
    await session.drained();
    expect(beats(sent)).toMatchObject([{ progressToken: "a" }, { progressToken: "c" }]);
    expect(sent.at(-1)).toMatchObject([{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  test("names the request it belongs to, and waits while the client does not read", async () => {
    const { deliver, transport, pass } = start();
    const options: unknown[] = [];
    transport.send = (_, given) => {
      options.push(given);
      return new Promise(() => {});
    };
    deliver(call("x", { progressToken: 1 }));
    await pass(60_000);
    expect(options).toEqual([{ relatedRequestId: "x" }]);
  });

  test("that cannot be sent does not disturb the call", async () => {
    const { deliver, transport, session, gate, pass } = start();
    const sent: unknown[] = [];
    transport.send = async (message) => {
      if (isObject(message) && "method" in message) throw new Error("no notifications");
      sent.push(message);
    };
    deliver(call(1, { progressToken: 1 }));
    await pass(30_000);
    gate.open();
    await session.drained();
    expect(sent).toMatchObject([{ id: 1, result: {} }]);
  });
});
