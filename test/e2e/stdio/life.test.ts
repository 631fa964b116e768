import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  clientEnvironment,
  connect,
  endedBy,
  type Finished,
  launch,
  type Peer,
  programFile,
  run,
} from "../../support/program.ts";

const KEY = "lf_test_0123456789abcdef";
const CALL = { name: "lightfast_system_health", arguments: {} };
const HEALTHY = JSON.stringify({ status: "ok", timestamp: "2026-01-01T00:00:00.000Z", version: "0.1.0" });

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** An upstream of the given manners. */
async function upstream(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    env: {
      LIGHTFAST_API_KEY: KEY,
      LIGHTFAST_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    },
  };
}

function healthy(_: IncomingMessage, response: ServerResponse): void {
  response.setHeader("content-type", "application/json").end(HEALTHY);
}
function hanging(): void {}

/** A server in the middle of a call that its upstream never answers. */
async function busy(): Promise<{ peer: Peer; upstreamClosed: Promise<unknown> }> {
  const { server, env } = await upstream(hanging);
  const peer = connect([], env);
  const asked = once(server, "request");
  peer.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params: CALL });
  const [request] = (await asked) as [IncomingMessage];
  return { peer, upstreamClosed: once(request.socket, "close") };
}

async function exit(
  child: ChildProcess,
  event: "close" | "exit" = "close",
): Promise<Pick<Finished, "code" | "signal"> & { ms: number }> {
  const started = performance.now();
  const [code, signal] = await once(child, event);
  return { code, signal, ms: performance.now() - started };
}

/** A server whose client closed its input and never reads. It takes ten seconds to exit, while other tests run. */
let unread: ReturnType<typeof launch>;
let unreadExit: ReturnType<typeof exit>;
beforeAll(() => {
  unread = launch([], { LIGHTFAST_API_KEY: KEY });
  unread.stdin.on("error", () => {});
  for (let id = 0; id < 200; id += 1) {
    unread.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" })}\n`);
  }
  unread.stdin.end();
  unreadExit = exit(unread, "exit");
});
afterAll(() => void unread.kill("SIGKILL"));

/** What `kill` supports on this system. */
const SIGNALS = (["SIGTERM", "SIGINT", "SIGHUP"] as const).filter(
  (signal) => signal !== "SIGHUP" || process.platform !== "win32",
);

test.each(["\n", ""])("a piped script gets every response, with the final line break %j", async (end) => {
  const { env } = await upstream((request, response) => {
    setTimeout(() => healthy(request, response), 50);
  });
  const lines = Array.from({ length: 20 }, (_, id) =>
    JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params: CALL }),
  );
  const { code, stdout, stderr } = await run([], env, lines.join("\n") + end);
  const answers = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(answers.map((answer) => answer.id).sort((a, b) => a - b)).toEqual(
    Array.from({ length: 20 }, (_, id) => id),
  );
  for (const { result } of answers) expect(result.structuredContent.status).toBe("ok");
});

test("after the end of input it exits once the last response is sent", async () => {
  let release: () => void = () => {};
  const { server, env } = await upstream((request, response) => {
    release = () => healthy(request, response);
  });
  const peer = connect([], env);
  const asked = once(server, "request");
  peer.send({ jsonrpc: "2.0", id: 1, method: "tools/call", params: CALL });
  await asked;
  const closed = exit(peer.child);
  peer.child.stdin.end();
  release();
  await peer.until((message) => message.id === 1);
  expect((await closed).code).toBe(0);
});

test("an idle server exits when its input ends", async () => {
  const peer = connect([], { LIGHTFAST_API_KEY: KEY });
  await peer.request("ping");
  const closed = exit(peer.child);
  peer.child.stdin.end();
  expect((await closed).code).toBe(0);
});

test.each(SIGNALS)(
  "%s ends an idle server, and a busy one within 1.5 s, without a stack trace",
  async (signal) => {
    const idle = connect([], { LIGHTFAST_API_KEY: KEY });
    await idle.request("ping");
    const idleExit = exit(idle.child);
    idle.child.kill(signal);
    expect(await idleExit).toMatchObject(endedBy(signal));

    const { peer, upstreamClosed } = await busy();
    const busyExit = exit(peer.child);
    peer.child.kill(signal);
    const { ms, ...end } = await busyExit;
    expect(end).toEqual(endedBy(signal));
    expect(ms).toBeLessThan(1500);
    expect(peer.stderr()).toBe("");
    await upstreamClosed;
  },
);

test.each(SIGNALS)("%s ends a server during the handshake", async (signal) => {
  const peer = connect([], { LIGHTFAST_API_KEY: KEY });
  await peer.request("initialize", { protocolVersion: "2025-11-25", capabilities: {} });
  const closed = exit(peer.child);
  peer.child.kill(signal);
  expect((await closed).ms).toBeLessThan(1500);
  expect(peer.stderr()).toBe("");
});

test("a client that stops reading ends the server, without a stack trace", async () => {
  const peer = connect([], { LIGHTFAST_API_KEY: KEY });
  await peer.request("ping");
  const closed = exit(peer.child);
  peer.child.stdout.destroy();
  peer.send({ jsonrpc: "2.0", id: 2, method: "tools/list" });
  peer.send({ jsonrpc: "2.0", id: 3, method: "tools/list" });
  const { code, ms } = await closed;
  expect(code).toBe(0);
  expect(ms).toBeLessThan(1500);
  expect(peer.stderr()).toBe("");
});

// On Windows a process that exits waits for its output to a pipe.
test.skipIf(process.platform === "win32")(
  "a client that closed its input and never reads ends the server within 15 s",
  async () => {
    const { code, ms } = await unreadExit;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(15_000);
  },
);

test("SIGTERM ends a server whose client never reads", async () => {
  const peer = connect([], { LIGHTFAST_API_KEY: KEY });
  await peer.request("ping");
  peer.child.stdout.pause();
  for (let id = 0; id < 100; id += 1) peer.send({ jsonrpc: "2.0", id, method: "tools/list" });
  const closed = once(peer.child, "exit");
  const started = performance.now();
  peer.child.kill("SIGTERM");
  const [code, signal] = await closed;
  expect({ code, signal }).toEqual(endedBy("SIGTERM"));
  expect(performance.now() - started).toBeLessThan(1500);
});

// Windows ends what a Node.js client has started when that ends, unless it is detached. Other clients differ.
test.each([false, true])(
  "the server, detached: %j, exits if the client dies while the upstream hangs",
  async (detached) => {
    const { server, env } = await upstream(hanging);
    const client = spawn(
      process.execPath,
      [
        "-e",
        `const child = require("node:child_process").spawn(process.execPath, [${JSON.stringify(programFile())}], { detached: ${detached}, stdio: ["pipe", "ignore", "ignore"] });
       child.stdin.write(${JSON.stringify(`${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: CALL })}\n`)});
       setInterval(() => {}, 1000);`,
      ],
      { env: clientEnvironment(env) },
    );
    const [request] = (await once(server, "request")) as [IncomingMessage];
    const gone = once(request.socket, "close");
    const started = performance.now();
    client.kill("SIGKILL");
    await gone;
    expect(performance.now() - started).toBeLessThan(1500);
  },
);

test.each([0, "", "abc", 7])(
  "notifications/cancelled aborts the upstream request of id %j, which gets no response",
  async (id) => {
    const { server, env } = await upstream(hanging);
    const peer = connect([], env);
    const asked = once(server, "request");
    peer.send({ jsonrpc: "2.0", id, method: "tools/call", params: CALL });
    const [request] = (await asked) as [IncomingMessage];
    const closed = once(request.socket, "close");
    peer.send({
      jsonrpc: "2.0",
      method: "notifications/cancelled",
      params: { requestId: id, reason: "test" },
    });
    await closed;
    await peer.request("ping", {}, "after");
    expect(peer.received.map((message) => message.id)).toEqual(["after"]);
    expect((await peer.end()).code).toBe(0);
  },
);

test("a closed log reader loses no response", async () => {
  const { env } = await upstream(healthy);
  const peer = connect([], { ...env, LIGHTFAST_LOG_LEVEL: "debug" });
  peer.child.stderr.destroy();
  for (let calls = 0; calls < 3; calls += 1) {
    const { result } = await peer.request("tools/call", CALL);
    expect(result).toMatchObject({ structuredContent: { status: "ok" } });
  }
  expect((await peer.end()).code).toBe(0);
});

test("input is paused while a client does not read, and nothing is lost", async () => {
  const peer = connect([], { LIGHTFAST_API_KEY: KEY });
  await peer.request("ping");
  peer.child.stdout.pause();
  const request = (id: number) => `${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/list" })}\n`;
  const total = 20_000;
  for (let id = 0; id < total; id += 1) peer.child.stdin.write(request(id));
  if (process.platform === "linux") {
    const memory = () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${peer.child.pid}/status`, "utf8"))?.[1]);
    await expect.poll(() => peer.child.stdin.writableLength, { timeout: 5000 }).toBeGreaterThan(0);
    expect(memory()).toBeLessThan(150 * 1024);
  }
  peer.child.stdout.resume();
  await peer.until((message) => message.id === total - 1);
  expect(peer.received).toHaveLength(total + 1);
  expect((await peer.end()).code).toBe(0);
});

// A shell of Windows ends with what it started.
test.skipIf(process.platform === "win32")(
  "a call whose output goes to a file survives the end of its shell",
  async () => {
    const { env } = await upstream((request, response) => {
      setTimeout(() => healthy(request, response), 800);
    });
    const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-file-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const out = join(folder, "answers.jsonl");
    const line = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: CALL });
    const script = `{ sleep 0.3; echo '${line}'; } | '${process.execPath}' '${programFile()}' > '${out}' &`;
    await once(spawn("sh", ["-c", script], { env: clientEnvironment(env), stdio: "ignore" }), "exit");
    await expect.poll(() => readFileSync(out, "utf8"), { timeout: 5000 }).toContain('"status":"ok"');
  },
);
