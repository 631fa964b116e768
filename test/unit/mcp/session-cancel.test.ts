import { describe, expect, test } from "vitest";
import { LOCAL_CALLER } from "../../../src/mcp/caller.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { createGate } from "../../support/gate.ts";
import { type TinyApi, tinyServer } from "../../support/tiny-server.ts";
import { createWire, notification, request } from "../../support/wire.ts";

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

describe("a cancelled request", () => {
  test.each([0, 1, -1, "", "a", "0"])("with the id %j ends and gets no answer", async (id) => {
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

  test("takes every other one of the same id with it", async () => {
    const { deliver, sent, session, aborted, running } = open();
    deliver(call(3, "one"));
    deliver(call(3, "two"));
    await running(2);
    deliver(cancel(3));
    await session.drained();
    expect(aborted).toEqual(["one", "two"]);
    expect(sent).toEqual([]);
  });

  test("gets no answer even where its work was finished regardless", async () => {
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

  test("does not keep the session from draining where its work never ends", async () => {
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

  test("gets no answer even where its arguments were wrong", async () => {
    const { deliver, sent, session } = open();
    deliver(request(1, "tools/call", { name: "tiny_echo", arguments: {} }));
    deliver(cancel(1));
    await session.drained();
    expect(sent).toEqual([]);
  });
});

test("a request may come again with the id of a cancelled one", async () => {
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

test("a cancellation that comes too late changes nothing", async () => {
  const { deliver, sent, session } = open((input) => input);
  deliver(call(1, "one"));
  await session.drained();
  deliver(cancel(1));
  await session.drained();
  expect(sent).toHaveLength(1);
});

describe("the end of the connection", () => {
  test("cancels all that is in flight", async () => {
    const { deliver, sent, session, aborted, running, transport } = open();
    deliver(call(1, "one"));
    deliver(call(2, "two"));
    await running(2);
    await transport.close();
    await session.drained();
    expect(aborted).toEqual(["one", "two"]);
    expect(sent).toEqual([]);
  });

  test("may be declared by the owner of the session", async () => {
    const { deliver, sent, session, aborted, running } = open();
    deliver(call(1, "one"));
    await running(1);
    session.abort("SIGTERM");
    await session.drained();
    expect(aborted).toEqual(["one"]);
    expect(sent).toEqual([]);
  });
});
