import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { json } from "node:stream/consumers";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { authenticate } from "../../../../../src/platforms/lightfast/sandbox/auth.ts";
import { SLOW_MS } from "../../../../../src/platforms/lightfast/sandbox/fixtures.ts";
import {
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../../../../src/platforms/lightfast/sandbox/server.ts";
import { createStore } from "../../../../../src/platforms/lightfast/sandbox/store.ts";

type Body = { readonly id: string; readonly items: readonly unknown[] };

const started: Sandbox[] = [];
async function start(options?: SandboxOptions): Promise<Sandbox> {
  const sandbox = await startSandbox(options);
  started.push(sandbox);
  return sandbox;
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(started.splice(0).map((sandbox) => sandbox.close()));
});

/** Not `fetch`, because its timers would be faked too. */
function call(sandbox: Sandbox, path: string, input?: string, signal?: AbortSignal) {
  return new Promise<{ status: number | undefined; body: Body }>((resolve, reject) => {
    const method = input === undefined ? "GET" : "POST";
    const headers = { authorization: `Bearer ${sandbox.readyKey}` };
    const url = new URL(`/api/v1${path}`, sandbox.url);
    request(url, { method, headers, agent: false, ...(signal && { signal }) }, async (response) => {
      resolve({ status: response.statusCode, body: (await json(response)) as Body });
    })
      .on("error", reject)
      .end(input === undefined ? undefined : JSON.stringify({ input }));
  });
}

async function stored(sandbox: Sandbox) {
  return (await call(sandbox, "/signals")).body.items.length;
}

/** Sockets that keep this process alive. */
function activeSockets() {
  return process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name));
}

/** Polls on the event loop, because timers may be faked. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

describe("who may use it", () => {
  const ORIGIN = "https://app.example";

  function send(sandbox: Sandbox, sent: Record<string, string>, method = "GET") {
    const { hostname, port } = sandbox.url;
    const headers = { authorization: `Bearer ${sandbox.readyKey}`, ...sent };
    return new Promise<IncomingMessage>((resolve, reject) => {
      request({ hostname, port, method, path: "/api/v1/signals", headers, agent: false }, (response) => {
        response.resume();
        resolve(response);
      })
        .on("error", reject)
        .end();
    });
  }

  it.each(["localhost", "127.0.0.1", "127.0.0.1:80", "[::1]:4010"])(
    "the host %s is accepted",
    async (host) => {
      expect((await send(await start(), { host })).statusCode).toBe(200);
    },
  );

  it.each([
    "evil.example",
    "evil.example:4010",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "10.0.0.1",
    "a b",
  ])("the foreign host %s is rejected", async (host) => {
    expect((await send(await start(), { host })).statusCode).toBe(403);
  });

  it.each([ORIGIN, "null", "http://localhost:3000"])(
    "pages of %s are rejected by default",
    async (origin) => {
      for (const method of ["GET", "OPTIONS"]) {
        const { statusCode, headers } = await send(await start(), { origin }, method);
        expect(statusCode).toBe(403);
        expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      }
    },
  );

  it("pages of an allowed origin may read and write", async () => {
    const sandbox = await start({ corsOrigins: [ORIGIN] });
    const preflight = await send(sandbox, { origin: ORIGIN }, "OPTIONS");
    expect([preflight.statusCode, preflight.headers]).toEqual([
      204,
      expect.objectContaining({
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-headers": "authorization,content-type",
      }),
    ]);
    const { statusCode, headers } = await send(sandbox, { origin: ORIGIN });
    expect([statusCode, headers["access-control-allow-origin"], headers.vary]).toEqual([
      200,
      ORIGIN,
      "origin",
    ]);
    expect((await send(sandbox, { origin: "https://other.example" })).statusCode).toBe(403);
    expect((await send(sandbox, {})).headers).not.toHaveProperty("access-control-allow-origin");
  });
});

describe("starting", () => {
  it("uses a free loopback port", async () => {
    const sandbox = await start();
    expect(sandbox.url.href).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    expect(sandbox.readyKey).toBe("lf_sandbox");
    expect((await call(sandbox, "/system/health")).status).toBe(200);
  });

  it("isolates several sandboxes", async () => {
    const [one, other] = [await start(), await start()];
    await call(one, "/signals", "x");
    expect([await stored(one), await stored(other)]).toEqual([1, 0]);
  });

  it("uses the system clock", async () => {
    const sandbox = await start({ delayMs: 5 });
    const { id } = (await call(sandbox, "/signals", "Ask @ada")).body;
    await vi.waitFor(async () => {
      const { body } = await call(sandbox, `/signals/${id}`);
      expect(body).toMatchObject({ status: "classified", entityLinks: [{ label: "@ada" }] });
    });
  });

  it("reports a port that is in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await expect(startSandbox({ port })).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is in use. Stop the program that uses it, or choose another port (0: any free port).`,
    );
    await new Promise((resolve) => other.close(resolve));
  });

  it.each([
    [{ port: 70_000 }, "Port 70000 on 127.0.0.1 does not exist."],
    [{ host: "0.0.0.0" }, "loopback addresses only. Omit the host, or use one instead of 0.0.0.0."],
    [{ host: "127.0.0.1.example.com" }, "loopback addresses only"],
    [{ host: "127.999.0.1" }, "cannot be opened"],
    [{ delayMs: -1 }, "0 or more (not -1)"],
    [{ delayMs: Number.NaN }, "0 or more (not NaN)"],
  ])("rejects %j", async (options, message) => {
    await expect(startSandbox(options)).rejects.toThrow(message);
  });
});

describe("closing", () => {
  it("aborts requests in flight, and is idempotent", async () => {
    const sandbox = await start();
    const pending = call(sandbox, "/signals", "[sandbox:slow]").catch(() => "aborted");
    await vi.waitFor(async () => expect(await stored(sandbox)).toBe(1));
    await Promise.all([sandbox.close(), sandbox.close()]);
    expect(await pending).toBe("aborted");
    await expect(call(sandbox, "/system/health")).rejects.toThrow("ECONNREFUSED");
  });
});

describe("[sandbox:slow]", () => {
  const freeze = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

  it("delays the response by three seconds, but no others", async () => {
    const sandbox = await start();
    freeze();
    let hasResponse = false;
    const pending = call(sandbox, "/signals", "[sandbox:slow]").finally(() => {
      hasResponse = true;
    });
    await until(() => vi.getTimerCount() === 1);
    expect(await stored(sandbox)).toBe(1);
    vi.advanceTimersByTime(SLOW_MS - 1);
    await call(sandbox, "/system/health");
    expect(hasResponse).toBe(false);
    vi.advanceTimersByTime(1);
    expect((await pending).status).toBe(202);
  });

  it("is abandoned when the client disconnects, but the signal stays", async () => {
    const sandbox = await start();
    freeze();
    const client = new AbortController();
    const pending = call(sandbox, "/signals", "[sandbox:slow]", client.signal).catch(() => "disconnected");
    await until(() => vi.getTimerCount() === 1);
    client.abort();
    expect(await pending).toBe("disconnected");
    await until(() => vi.getTimerCount() === 0);
    expect(await stored(sandbox)).toBe(1);
  });
});

describe("unref", () => {
  it("lets a process with an idle connection exit", async () => {
    const sandbox = await start();
    sandbox.unref();
    const socket = connect(Number(sandbox.url.port), sandbox.url.hostname).unref();
    await once(socket, "connect");
    await stored(sandbox);
    await vi.waitFor(() => expect(activeSockets()).toEqual([]));
    socket.destroy();
  });
});

describe("the store", () => {
  it("drops the oldest signals when full", () => {
    const caller = authenticate("Bearer lf_sandbox");
    const store = createStore({ now: Date.now, delayMs: 0, maxSignals: 2 });
    const [one, two, three] = ["one", "two", "three"].map((input) => store.add(input, caller));
    expect(store.find(one?.id ?? "", caller)).toBeUndefined();
    expect(store.find(two?.id ?? "", caller)?.input).toBe("two");
    const { items } = store.list({ limit: 50, after: undefined, statuses: [] }, caller);
    expect(items.map(({ id }) => id)).toEqual([three?.id, two?.id]);
  });

  it("shares signals with other stores, as far as others may see them", () => {
    const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-store-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const warn = vi.fn();
    let now = Date.now();
    const open = () =>
      createStore({ now: () => now, delayMs: 10, share: { file: join(folder, "signals.json"), warn } });
    const caller = authenticate("Bearer lf_sandbox");
    const list = { limit: 50, after: undefined, statuses: [] };
    const [one, two] = [open(), open()];
    const first = one.add("Follow up with ada@b.co", caller);
    const second = two.add("two", caller);
    now += 100;
    expect(one.list(list, caller).items.map(({ id }) => id)).toEqual([second.id, first.id]);
    expect(two.find(first.id, caller)).toEqual(one.find(first.id, caller));
    expect(open().find(first.id, caller)).toMatchObject({ status: "classified", visibilityScope: "team" });
    expect(open().find(second.id, authenticate("Bearer lf_sandbox_teammate"))).toBeUndefined();
    // What a process has seen stays with it, although the file is too old for others.
    now += 2 * 60 * 60 * 1000;
    expect(open().list(list, caller).items).toEqual([]);
    expect(two.list(list, caller).items).toHaveLength(2);
    expect(warn).not.toHaveBeenCalled();
  });

  it("shares the newest signals only", () => {
    const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-store-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "signals.json");
    const open = () => createStore({ now: Date.now, delayMs: 10, share: { file, warn: () => {} } });
    const caller = authenticate("Bearer lf_sandbox");
    const store = open();
    for (let count = 0; count < 256; count += 1) store.add("ü".repeat(4000), caller);
    const { items } = open().list({ limit: 1000, after: undefined, statuses: [] }, caller);
    expect(items.length).toBeGreaterThan(200);
    expect(items.length).toBeLessThan(256);
    const own = store.list({ limit: 1000, after: undefined, statuses: [] }, caller).items;
    expect(items).toEqual(own.slice(0, items.length));
    expect(statSync(file).size).toBeLessThan(4 * 1024 * 1024);
  });
});
