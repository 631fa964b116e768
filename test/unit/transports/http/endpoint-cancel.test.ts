import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { ObservedCall } from "../../../../src/mcp/server.ts";
import type { Deadline } from "../../../../src/shared/deadline.ts";
import { type ClientSocket, headOf, openSocket } from "../../../support/client-socket.ts";
import { createGate } from "../../../support/gate.ts";
import { type RunningApp, startApp, verifyTiny } from "../../../support/http-app.ts";
import { request } from "../../../support/wire.ts";

const call = (id: number) => request(id, "tools/call", { name: "tiny_echo", arguments: { text: `${id}` } });

const send = (client: ClientSocket, app: RunningApp, message: unknown, ...more: string[]): void => {
  const body = JSON.stringify(message);
  const lines = ["Content-Type: application/json", "Authorization: Bearer both", ...more];
  client.send(headOf("POST /mcp HTTP/1.1", `Host: ${app.host}`, ...lines, `Content-Length: ${body.length}`));
  client.send(body);
};

/** An app whose tool waits until the gate opens or it is cancelled, and all that is told of its calls. */
const waiting = async (timeoutMs = 4000) => {
  const gate = createGate();
  const deadlines: Deadline[] = [];
  const observed: ObservedCall[] = [];
  const watchers = new Set<() => void>();
  const look = () => {
    for (const watcher of watchers) watcher();
  };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const watcher = () => {
        if (holds()) resolve();
      };
      watchers.add(watcher);
      watcher();
    });
  const app = await startApp({
    server: {
      timeoutMs,
      observe: (ended) => {
        observed.push(ended);
        look();
      },
      connect: () => async (input, deadline) => {
        deadlines.push(deadline);
        look();
        await Promise.race([gate.promise, once(deadline.signal, "abort")]);
        deadline.signal.throwIfAborted();
        return input;
      },
    },
  });
  return {
    app,
    deadlines,
    observed,
    release: () => gate.open(),
    begun: (count: number) => until(() => deadlines.length >= count),
    ended: (count: number) => until(() => observed.length >= count),
  };
};

describe("a client that goes away", () => {
  test.each(["Accept: application/json", "Accept: text/event-stream"])(
    "cancels its call, which is told once (%s)",
    async (accept) => {
      const { app, deadlines, observed, begun, ended } = await waiting();
      const client = await openSocket(app.port);
      send(client, app, call(1), accept);
      await begun(1);
      client.leave();
      await ended(1);
      expect(deadlines[0]?.signal.aborted).toBe(true);
      expect((await app.ask({ path: "/livez" })).status).toBe(200);
      expect(observed.map(({ tool, error }) => [tool, error?.reason])).toEqual([["tiny_echo", "CANCELLED"]]);
    },
  );

  test("cancels every call of its batch", async () => {
    const { app, observed, begun, ended } = await waiting();
    const client = await openSocket(app.port);
    send(client, app, [call(1), call(2), call(3)]);
    await begun(3);
    client.leave();
    await ended(3);
    expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED", "CANCELLED", "CANCELLED"]);
  });

  test("cancels every call that it sent at once over one connection", async () => {
    const { app, observed, begun, ended } = await waiting();
    const ids = Array.from({ length: 12 }, (_, id) => id);
    const client = await openSocket(app.port);
    for (const id of ids) send(client, app, call(id));
    await begun(ids.length);
    client.leave();
    await ended(ids.length);
    expect(observed.map(({ error }) => error?.reason)).toEqual(ids.map(() => "CANCELLED"));
  });

  test("cancels what it sent behind an answer that it has", async () => {
    const { app, deadlines, observed, begun, ended, release } = await waiting();
    const client = await openSocket(app.port);
    send(client, app, request(1, "tools/list"));
    send(client, app, call(2));
    await client.until(/"id":1/);
    await begun(1);
    client.leave();
    await ended(1);
    release();
    expect(deadlines[0]?.signal.aborted).toBe(true);
    expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED"]);
  });

  test("cancels no call of another, even by the same id", async () => {
    const { app, observed, begun, ended, release } = await waiting();
    const leaving = await openSocket(app.port);
    send(leaving, app, call(1));
    const staying = app.post(call(1));
    await begun(2);
    leaving.leave();
    await ended(1);
    release();
    expect((await staying).json()).toMatchObject({ id: 1, result: { structuredContent: { text: "1" } } });
    expect(observed.map(({ error }) => error?.reason)).toEqual(["CANCELLED", undefined]);
  });

  test("after its answer cancels nothing", async () => {
    const { app, deadlines, observed, release } = await waiting();
    release();
    const client = await openSocket(app.port);
    send(client, app, call(1));
    await client.until(/structuredContent/);
    client.leave();
    expect((await app.ask({ path: "/livez" })).status).toBe(200);
    expect(deadlines[0]?.signal.aborted).toBe(false);
    expect(observed.map(({ error, exchange }) => [error, exchange.signal.aborted])).toEqual([
      [undefined, false],
    ]);
  });

  test("is no failure of the server's", async () => {
    const { app, begun, ended } = await waiting();
    const client = await openSocket(app.port);
    send(client, app, call(1));
    await begun(1);
    client.leave();
    await ended(1);
    await app.ask({ path: "/livez" });
    expect(app.logged.filter((line) => line.includes(" error: "))).toEqual([]);
  });

  test("while its token is verified runs nothing", async () => {
    const [began, gate] = [createGate(), createGate()];
    let connected = 0;
    const app = await startApp({
      access: {
        kind: "bearer",
        verify: async (token) => {
          if (token === "both") {
            began.open();
            await gate.promise;
          }
          return verifyTiny(token);
        },
      },
      server: {
        connect: () => {
          connected += 1;
          return (given) => given;
        },
      },
    });
    const client = await openSocket(app.port);
    send(client, app, call(1));
    await began.promise;
    client.leave();
    await client.closed();
    expect((await app.ask({ path: "/livez" })).status).toBe(200);
    gate.open();
    // Another call of later has come to its end, so that the first would have come to its tool.
    await app.post(call(2), { authorization: "Bearer reader" });
    expect(connected).toBe(1);
  });
});

describe("a call", () => {
  test("ends at its deadline with a result, over a connection that stays", async () => {
    const { app, observed } = await waiting(30);
    const client = await openSocket(app.port);
    send(client, app, call(1));
    expect(await client.until(/DEADLINE/)).toMatch(/^HTTP\/1\.1 200 [\s\S]*"isError":true/);
    client.send(headOf("GET /livez HTTP/1.1", "Host: a"));
    expect(await client.until(/"status":"ok"/)).toContain('"status":"ok"');
    expect(observed.map(({ error }) => error?.reason)).toEqual(["DEADLINE"]);
  });

  test("is not ended by a notification of another request", async () => {
    const { app, begun, release } = await waiting();
    const answer = app.post(call(1));
    await begun(1);
    const cancel = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } };
    expect((await app.post(cancel)).status).toBe(202);
    release();
    expect((await answer).json()).toMatchObject({ result: { structuredContent: { text: "1" } } });
  });

  test("that ends late keeps no other waiting", async () => {
    const { app, begun, release } = await waiting();
    const slow = app.post(call(1));
    await begun(1);
    expect((await app.post(request(2, "ping"))).json()).toEqual({ jsonrpc: "2.0", id: 2, result: {} });
    release();
    expect((await slow).status).toBe(200);
  });
});
