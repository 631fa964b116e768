import { once } from "node:events";
import { afterEach, expect, test, vi } from "vitest";
import { ok, playBytes } from "../support/byte-server.ts";
import { answers, codeOf, poster, send } from "../support/senders.ts";
import { playSilence } from "../support/tls-server.ts";

afterEach(() => void vi.useRealTimers());

test.each([
  ["4 s where the server does not say", ok(), 4000],
  ["a second less than the server says", ok("{}", "keep-alive: timeout=30"), 29_000],
])("an idle connection is kept %s", async (_, text, idleMs) => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const server = await playBytes(answers(text));
  const { post } = poster();
  for (const pause of [idleMs - 1, idleMs + 1, 0]) {
    await send(post, server.url);
    // The connection is free when the event loop has turned.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    vi.advanceTimersByTime(pause);
  }
  await send(post, server.url);
  expect(server.requests.map(({ socket }) => socket)).toEqual([0, 0, 1, 1]);
});

test("an idle connection is closed without anybody who wants to use it", async () => {
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  const server = await playBytes(answers(ok()));
  await send(poster().post, server.url);
  const [socket] = server.sockets;
  if (!socket) throw new Error("nobody has connected");
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  const ended = once(socket, "end");
  await vi.advanceTimersByTimeAsync(6000);
  await ended;
});

test("a server that does not finish to connect is given up after 5 s", async () => {
  const url = new URL(await playSilence());
  vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
  const work = codeOf(send(poster().post, url, "{}", 60_000));
  await vi.advanceTimersByTimeAsync(5001);
  expect(await work).toBe("CONNECT_TIMEOUT");
});
