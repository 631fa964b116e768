import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { connect } from "node:net";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import {
  DEFAULT_TIMEOUTS,
  type HttpListener,
  type HttpTimeouts,
  listen,
  MAX_PENDING_REQUESTS,
  MAX_UNSENT_BYTES,
  type RequestHandler,
} from "../../../../src/transports/http/listen.ts";
import { headOf, openSocket } from "../../../support/client-socket.ts";
import { createGate } from "../../../support/gate.ts";

const hello: RequestHandler = async (_, response) => void response.end("hello");

/** Listens with a handler. */
async function start(
  handler: RequestHandler,
  host = "127.0.0.1",
  port = 0,
  timeouts?: HttpTimeouts,
): Promise<HttpListener> {
  const listener = await listen(host, port, timeouts);
  listener.handle(handler);
  return listener;
}

const GET = headOf("GET / HTTP/1.1", "Host: a");

/** A server that answers when it is released. */
async function holding() {
  const gate = createGate();
  const arrived = createGate<IncomingMessage>();
  const { port, stop } = await start(async (request, response) => {
    arrived.open(request);
    await gate.promise;
    response.end("late");
  });
  onTestFinished(() => gate.open());
  return { port, stop, arrived: arrived.promise, release: () => gate.open() };
}

async function refused(port: number): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const [error] = await once(socket, "error");
  return error.code;
}

describe("listening", () => {
  test("on port 0 picks a free port", async () => {
    const { port, stop } = await start(hello);
    onTestFinished(stop);
    expect(port).toBeGreaterThan(0);
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("hello");
  });

  test("holds requests until there is a handler, and answers all of them", async () => {
    const { port, stop, handle } = await listen("127.0.0.1", 0);
    onTestFinished(stop);
    const clients = await Promise.all([openSocket(port), openSocket(port), openSocket(port)]);
    for (const client of clients) client.send(GET);
    const leaving = clients[2];
    // A later connection is accepted after the requests before it were read.
    await openSocket(port);
    leaving?.leave();
    await leaving?.closed();
    handle(hello);
    for (const client of clients.slice(0, 2)) expect(await client.until(/hello/)).toContain("200 OK");
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe("hello");
  });

  test("works on IPv6", async () => {
    const { port, stop } = await start(hello, "::1", 0);
    onTestFinished(stop);
    expect(await (await fetch(`http://[::1]:${port}`)).text()).toBe("hello");
  });

  test("on a port in use fails with a next step", async () => {
    const { port, stop } = await start(hello);
    onTestFinished(stop);
    await expect(listen("127.0.0.1", port)).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use. Choose another port, or 0 for any free port.`,
    );
  });

  test("on an address of another machine fails with a next step", async () => {
    await expect(listen("192.0.2.1", 0)).rejects.toThrow(
      "192.0.2.1 is not an address of this machine. Choose another host.",
    );
  });

  test("on something that is not an address fails and names it", async () => {
    await expect(listen("not an address", 0)).rejects.toThrow(
      "Host not an address was not found. Choose an IP address of this machine.",
    );
  });
});

describe("invalid HTTP is rejected before the handler:", () => {
  test.each([
    ["a request without a Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["another protocol", "SSH-2.0-client\r\n\r\n", 400],
    ["headers over 16 KiB", `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${"x".repeat(17_000)}\r\n\r\n`, 431],
    [
      "two Content-Length headers",
      headOf("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 2"),
      400,
    ],
    [
      "Content-Length with chunked encoding",
      headOf("POST / HTTP/1.1", "Host: a", "Content-Length: 1", "Transfer-Encoding: chunked"),
      400,
    ],
  ])("%s", async (_, bytes, status) => {
    let served = 0;
    const { port, stop } = await start(async (_request, response) => {
      served += 1;
      response.end();
    });
    onTestFinished(stop);
    const client = await openSocket(port);
    client.send(bytes);
    expect(await client.closed()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(served).toBe(0);
  });
});

describe("a slow client", () => {
  /** A connection that sends one byte every 5 ms to a server that reads bodies to their end. */
  const trickling = async (timeouts: HttpTimeouts, head: string) => {
    let served = 0;
    const { port, stop } = await start(
      async (request, response) => {
        served += 1;
        request.resume().on("end", () => response.end());
      },
      "127.0.0.1",
      0,
      timeouts,
    );
    onTestFinished(stop);
    const client = await openSocket(port);
    client.send(head);
    const timer = setInterval(() => client.send("x"), 5);
    onTestFinished(() => clearInterval(timer));
    return { received: await client.closed(), served };
  };

  test("has 10 seconds for its headers, 30 for the whole request and 15 to read any of its response", () => {
    expect(DEFAULT_TIMEOUTS).toEqual({
      headersMs: 10_000,
      requestMs: 30_000,
      checkMs: 1000,
      writeMs: 15_000,
    });
  });

  test("is disconnected if its headers take too long, although it never pauses", async () => {
    const timeouts = { ...DEFAULT_TIMEOUTS, headersMs: 60, requestMs: 60_000, checkMs: 10 };
    const { received, served } = await trickling(timeouts, "GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ");
    expect(received).toMatch(/^HTTP\/1\.1 408 /);
    expect(served).toBe(0);
  });

  test("is disconnected if its body takes too long, although it never pauses", async () => {
    const timeouts = { ...DEFAULT_TIMEOUTS, headersMs: 250, requestMs: 250, checkMs: 10 };
    const head = headOf("POST / HTTP/1.1", "Host: a", "Content-Length: 1000000");
    const { received, served } = await trickling(timeouts, head);
    expect(received).toMatch(/^HTTP\/1\.1 408 /);
    expect(served).toBe(1);
  });
});

describe("pipelined requests", () => {
  test("are handled one at a time, and other connections have their turn between two of them", async () => {
    const order: string[] = [];
    const busy = { now: 0, most: 0 };
    const { port, stop } = await start(async ({ url = "" }, response) => {
      busy.now += 1;
      busy.most = Math.max(busy.most, busy.now);
      order.push(url);
      await setImmediate();
      busy.now -= 1;
      response.end(url);
    });
    onTestFinished(stop);
    const [many, one] = [await openSocket(port), await openSocket(port)];
    const paths = Array.from({ length: MAX_PENDING_REQUESTS }, (_, index) => `/many/${index}`);
    many.send(paths.map((path) => headOf(`GET ${path} HTTP/1.1`, "Host: a")).join(""));
    await many.until(/many\/0$/m);
    one.send(headOf("GET /one HTTP/1.1", "Host: a"));
    await one.until(/\/one$/);
    await many.until(new RegExp(`${paths.at(-1)}$`));
    expect(order.filter((path) => path !== "/one")).toEqual(paths);
    expect(order.indexOf("/one")).toBeLessThan(paths.length);
    expect(busy.most).toBeLessThanOrEqual(2);
  });

  // Node empties the microtask queue after each body, so the responses to these could be sent between two requests.
  test("with bodies count as pending even if they are answered at once", async () => {
    let handled = 0;
    const { port, stop } = await start(async (_, response) => {
      handled += 1;
      response.end("done");
    });
    onTestFinished(stop);
    const client = await openSocket(port);
    client.send(`${headOf("POST / HTTP/1.1", "Host: a", "Content-Length: 2")}{}`.repeat(1000));
    await client.closed();
    expect(handled).toBe(1);
  });

  test("close their connection if there are too many, and all but the first stay unhandled", async () => {
    let handled = 0;
    const gate = createGate();
    onTestFinished(() => gate.open());
    const { port, stop } = await start(async (_, response) => {
      handled += 1;
      await gate.promise;
      response.end();
    });
    onTestFinished(stop);
    const client = await openSocket(port);
    client.send(GET.repeat(1400));
    expect(await client.closed()).toBe("");
    expect(handled).toBe(1);
    gate.open();
    await setImmediate();
    expect(handled).toBe(1);
  });
});

describe("a client that does not read", () => {
  /** More than the buffers of both sockets hold. */
  const BODY = Buffer.alloc(16 * 1024 * 1024);
  const sendBody: RequestHandler = async (_, response) => void response.end(BODY);
  const openPaused = async (port: number) => {
    const client = connect(port, "127.0.0.1").pause();
    onTestFinished(() => void client.destroy());
    client.on("error", () => {}).write(GET);
    await once(client, "connect");
    return client;
  };

  const streamBody: RequestHandler = async (_, response) => {
    response.write("begin");
    await sleep(100);
    response.end(BODY);
  };

  test.each([
    ["response", sendBody],
    ["stream", streamBody],
  ])("is disconnected once nothing of its %s was sent for a while", async (_, handler) => {
    const { port, stop } = await start(handler, "127.0.0.1", 0, { ...DEFAULT_TIMEOUTS, writeMs: 50 });
    onTestFinished(stop);
    const client = await openPaused(port);
    // Sending more requests does not count as reading.
    const timer = setInterval(() => client.write("\r\n"), 10);
    onTestFinished(() => clearInterval(timer));
    // The next write fails once the server has closed the connection.
    await new Promise((resolve) => client.once("close", resolve));
    expect(client.bytesRead).toBeLessThan(BODY.length);
  });

  test("may go on once it has read its response", async () => {
    const { port, stop } = await start(sendBody);
    onTestFinished(stop);
    const client = await openPaused(port);
    client.write(GET);
    await sleep(20);
    let received = 0;
    client.on("data", (chunk) => {
      received += chunk.length;
    });
    while (received < 2 * BODY.length) await once(client.resume(), "data");
  });

  test("is not disconnected while it waits for a response", async () => {
    const { port, stop } = await start(
      async (_, response) => {
        await sleep(200);
        response.end("late");
      },
      "127.0.0.1",
      0,
      { ...DEFAULT_TIMEOUTS, writeMs: 50 },
    );
    onTestFinished(stop);
    const client = await openSocket(port);
    client.send(GET + GET);
    expect(await client.until(/late.*late/s)).toBeTruthy();
  });

  test("is disconnected if it is the slowest and all responses exceed the limit", async () => {
    const closed: number[] = [];
    let count = 0;
    const { port, stop } = await start(async ({ socket }, response) => {
      const id = count;
      count += 1;
      socket.once("close", () => closed.push(id));
      response.end(BODY);
    });
    onTestFinished(stop);
    const most = Math.ceil(MAX_UNSENT_BYTES / BODY.length) + 2;
    for (let index = 0; index < most; index += 1) {
      await openPaused(port);
      while (count <= index) await setImmediate();
    }
    await sleep(50);
    expect(closed.length).toBeGreaterThan(0);
    expect(closed).toEqual(closed.map((_, index) => index));
    expect(closed.length).toBeLessThan(most - 2);
  });
});

describe("stopping", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("closes the port immediately and answers requests in flight", async () => {
    const { port, stop, arrived, release } = await holding();
    const client = await openSocket(port);
    client.send(GET);
    await arrived;
    const stopped = stop();
    expect(await refused(port)).toBe("ECONNREFUSED");
    release();
    expect(await client.closed()).toMatch(/late/);
    await stopped;
  });

  test("closes idle connections", async () => {
    const { port, stop } = await start(hello);
    const client = await openSocket(port);
    client.send(GET);
    await client.until(/hello/);
    await stop();
    expect(await client.closed()).toMatch(/hello/);
  });

  test("answers a request that was already on its way, and marks the response as the last", async () => {
    const { port, stop } = await start(hello);
    const client = await openSocket(port);
    client.send(GET);
    expect(await client.until(/hello/)).toMatch(/connection: keep-alive/i);
    const stopped = stop();
    client.send(GET);
    expect(await client.closed()).toMatch(/connection: keep-alive.*hello.*connection: close.*hello$/is);
    await stopped;
  });

  test("answers all pipelined requests, and marks only the last response", async () => {
    const gate = createGate();
    const arrived = createGate();
    const { port, stop } = await start(async (_, response) => {
      arrived.open();
      await gate.promise;
      response.end("late");
    });
    const client = await openSocket(port);
    client.send(GET + GET);
    await arrived.promise;
    const stopped = stop();
    client.send(GET);
    // A later connection would be refused, so only the time of a round trip tells that the request has arrived.
    await sleep(20);
    gate.open();
    const received = await client.closed();
    expect(received.match(/late/g)).toHaveLength(3);
    expect(received).toMatch(/^(?!.*connection: close.*late.*late).*connection: close.*late$/is);
    await stopped;
  });

  test("lets a slow client read its response to the end", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const size = 16 * 1024 * 1024;
    const ended = createGate();
    const { port, stop } = await start(async (_, response) => {
      response.end(Buffer.alloc(size));
      ended.open();
    });
    const client = connect(port, "127.0.0.1").pause();
    onTestFinished(() => void client.destroy());
    client.write(GET);
    await ended.promise;
    const stopped = stop();
    vi.advanceTimersByTime(2000);
    let received = 0;
    client.on("data", (chunk) => {
      received += chunk.length;
    });
    const closed = once(client.resume(), "close");
    let isOpen = true;
    void closed.then(() => {
      isOpen = false;
    });
    while (isOpen) {
      await setImmediate();
      vi.advanceTimersByTime(500);
    }
    expect(received).toBeGreaterThan(size);
    await stopped;
  });

  test("reads a body to its end that had begun to arrive", async () => {
    const { port, stop } = await start(async (request, response) => {
      request.pipe(response);
    });
    const client = await openSocket(port);
    client.send(headOf("POST / HTTP/1.1", "Host: a", "Content-Length: 6"));
    client.send("abc");
    await client.until(/abc/);
    const stopped = stop();
    client.send("def");
    expect(await client.closed()).toContain("def");
    await stopped;
  });

  test("closes connections that are still busy after 10 seconds", async () => {
    const { port, stop, arrived } = await holding();
    const client = await openSocket(port);
    client.send(GET);
    const { socket } = await arrived;
    let isKnown = false;
    socket.once("close", () => {
      isKnown = true;
    });
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stopped = stop();
    vi.advanceTimersByTime(9_999);
    expect(socket.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    expect(socket.destroyed).toBe(true);
    await stopped;
    expect(isKnown).toBe(true);
    expect(await client.closed()).toBe("");
  });

  test("leaves no timer behind", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    const { stop } = await start(hello);
    await stop();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("can be called twice", async () => {
    const { stop } = await start(hello);
    await Promise.all([stop(), stop()]);
  });
});
