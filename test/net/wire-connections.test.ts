import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { type ByteServer, ok, playBytes, type Say } from "../support/byte-server.ts";
import { closedPort } from "../support/scripted-server.ts";
import { answers, codeOf, poster, send } from "../support/senders.ts";

/** Sends requests one after the other, and tells which connection each went over. */
const oneByOne = async (say: Say, count: number): Promise<{ server: ByteServer; places: number[] }> => {
  const server = await playBytes(say);
  const { post } = poster();
  for (let nth = 0; nth < count; nth += 1) expect((await send(post, server.url)).status).toBe(200);
  return { server, places: server.requests.map(({ socket }) => socket) };
};

describe("requests that follow each other", () => {
  test("share one connection", async () => {
    expect((await oneByOne(answers(ok()), 30)).places).toEqual(Array(30).fill(0));
  });

  test.each<[string, Say]>([
    ["the server says it was the last", answers(ok("{}", "connection: close"))],
    ["the server speaks HTTP/1.0", answers(ok().replace("1.1", "1.0"))],
    ["the server waits no longer than a second", answers(ok("{}", "keep-alive: timeout=1"))],
    ["bytes come behind the answer", answers(ok() + ok())],
    ["the answer ends with the connection", (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n{}")],
    ["the server ends the connection without a word", (socket) => socket.end(ok())],
    [
      "the server breaks the connection without a word",
      (socket) => socket.write(ok(), () => socket.resetAndDestroy()),
    ],
  ])("have connections of their own where %s", async (_, say) => {
    expect((await oneByOne(say, 5)).places).toEqual([0, 1, 2, 3, 4]);
  });

  test("have another connection when the server has ended the idle one", async () => {
    const server = await playBytes(answers(ok()));
    const { post } = poster();
    await send(post, server.url);
    const [socket] = server.sockets;
    if (!socket) throw new Error("nobody has connected");
    const closed = once(socket, "close");
    socket.end();
    await closed;
    await send(post, server.url);
    expect(server.requests.map((one) => one.socket)).toEqual([0, 1]);
  });

  test("have another connection when the server has said something unasked", async () => {
    // Age must not be what ends it.
    vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] });
    onTestFinished(() => void vi.useRealTimers());
    const server = await playBytes(answers(ok()));
    const { post } = poster();
    await send(post, server.url);
    const [socket] = server.sockets;
    if (!socket) throw new Error("nobody has connected");
    const closed = once(socket, "close");
    socket.on("end", () => socket.end());
    socket.write("HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\n\r\n");
    await closed;
    expect((await send(post, server.url)).status).toBe(200);
    expect(server.requests.map((one) => one.socket)).toEqual([0, 1]);
  });
});

test("a connection whose request was answered before all of it was read is not used again", async () => {
  const connected: Socket[] = [];
  const server = createServer((socket) => {
    connected.push(socket.on("error", () => {}));
    socket.once("data", () => socket.pause().write(ok()));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const { post } = poster();
  for (const bytes of [32 * 1024 * 1024, 1]) {
    expect((await send(post, url, "x".repeat(bytes))).status).toBe(200);
  }
  expect(connected).toHaveLength(2);
  for (const socket of connected) socket.destroy();
});

test("1000 requests go over 4 connections in their order", async () => {
  const server = await playBytes((socket) => setImmediate(() => socket.write(ok())));
  const { post } = poster(4);
  const all = Array.from({ length: 1000 }, (_, nth) => send(post, server.url, `${nth}`, 15_000));
  expect((await Promise.all(all)).every(({ status }) => status === 200)).toBe(true);
  const order = server.requests.map(({ text }) => Number(text.split("\r\n\r\n")[1]));
  expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, nth) => nth));
  // At most three others were under way when one was sent.
  expect(order.every((nth, at) => Math.abs(nth - at) < 4)).toBe(true);
  expect(server.sockets).toHaveLength(4);
});

describe("an answer", () => {
  test("may come byte by byte", async () => {
    const text =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    const server = await playBytes((socket) => {
      const drip = (at: number): void => {
        socket.write(text.charAt(at));
        if (at + 1 < text.length) setImmediate(drip, at + 1);
      };
      drip(0);
    });
    const { post } = poster();
    for (const _ of [1, 2]) expect(await send(post, server.url)).toMatchObject({ status: 200, body: "abc" });
    expect(server.sockets).toHaveLength(1);
  });

  test.each<[string, Say, string]>([
    ["that is no HTTP", answers("hello\r\n"), "ANSWER_MALFORMED"],
    ["that never comes, as the server ends its side", (socket) => socket.end(), "CONNECTION_ENDED"],
    [
      "that the server leaves unfinished",
      (socket) => socket.end("HTTP/1.1 200 OK\r\nconte"),
      "CONNECTION_ENDED",
    ],
    ["that breaks off", (socket) => socket.resetAndDestroy(), "ECONNRESET"],
  ])("%s is a failure, and what waits behind it goes on", async (_, spoil, code) => {
    const server = await playBytes((socket, nth) =>
      nth === 0 ? spoil(socket, nth, "") : socket.write(ok()),
    );
    const { post } = poster(1);
    const [first, second] = [codeOf(send(post, server.url)), send(post, server.url)];
    expect([await first, (await second).status]).toEqual([code, 200]);
    expect(server.requests.map(({ socket }) => socket)).toEqual([0, 1]);
  });
});

test("an address of IPv6 is connected to as one", async () => {
  const url = new URL(`http://[::1]:${await closedPort()}`);
  expect(await codeOf(send(poster().post, url))).toMatch(/^(?:ECONNREFUSED|EADDRNOTAVAIL|EAFNOSUPPORT)$/);
});

test("closing breaks off what is under way and what waits, and leaves no connection", async () => {
  const server = await playBytes(() => {});
  const { post, close } = poster(2);
  const work = [1, 2, 3, 4].map(() => codeOf(send(post, server.url)));
  await vi.waitUntil(() => server.requests.length === 2, { interval: 5 });
  const closed = server.sockets.map((socket) => once(socket, "end"));
  await close();
  expect(await Promise.all(work)).toEqual(Array(4).fill("POSTER_CLOSED"));
  expect(await codeOf(send(post, server.url))).toBe("POSTER_CLOSED");
  await Promise.all(closed);
  expect(server.sockets).toHaveLength(2);
});
