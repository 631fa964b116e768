/**
 * Attacks the HTTP servers. Each case starts the packed program with a 192 MB heap, attacks it, and measures the latency
 * of another caller meanwhile. Bounded in count and time; loopback only. `npm run test:hostile`.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { fakeLfx } from "../fakes/lfx/start.ts";
import { fakeApp } from "../fakes/lightfast-app/server.ts";
import { ISSUER, RESOURCE, tokenOf } from "../support/http-program.ts";
import { upstreamEnvironment } from "../support/lfx/program.ts";
import { start } from "../support/program.ts";
import { addGrant } from "../support/under-load.ts";

const HEAP_MB = 192;
const SECOND_MS = 1000;

type Target = {
  readonly url: URL;
  readonly child: ChildProcess;
  /** Tokens of the attacker and of another caller. */
  readonly attacker: string;
  readonly other: string;
  /** From now on, the upstream receives the requests of tool calls and never responds. */
  hang(): void;
  /** A tool that calls the upstream, with valid arguments. */
  readonly call: { readonly name: string; readonly arguments: object };
};

async function serve(
  args: readonly string[],
  env: Record<string, string>,
): Promise<Pick<Target, "url" | "child">> {
  const child = start(args, { ...env, NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` });
  let log = "";
  child.stderr.resume();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    if (log.length < 64 * 1024) log += chunk;
  });
  while (!log.includes('"listening"')) await once(child.stdout, "data");
  const line = log.split("\n").find((text) => text.includes('"listening"')) ?? "{}";
  return { url: new URL(JSON.parse(line).url), child };
}

async function lightfast(more: readonly string[] = []): Promise<Target> {
  const app = await fakeApp();
  addGrant(app, "mcp_grant_attacker");
  addGrant(app, "mcp_grant_other");
  const server = await serve(
    [
      "http",
      "--port",
      "0",
      "--issuer",
      ISSUER,
      "--resource-url",
      RESOURCE,
      "--app-url",
      app.url.origin,
      ...more,
    ],
    { SERVICE_JWT_SECRET: app.secret },
  );
  const token = (name: string) =>
    tokenOf({ grant_id: `mcp_grant_${name}`, user_id: `user_1`, sub: "user_1" }, app.secret);
  return {
    ...server,
    attacker: await token("attacker"),
    other: await token("other"),
    hang: () => app.plays("/signals/get", ...Array.from({ length: 400 }, () => () => {})),
    call: { name: "lightfast_signals_get", arguments: { id: "signal_00000000-0000-0000-0000-000000000000" } },
  };
}

const ATTACKER_KEY = "a static key of the attacker, long enough";
const OTHER_KEY = "a static key of somebody else, long enough";

async function lfx(more: readonly string[] = []): Promise<Target> {
  const platform = await fakeLfx();
  // LFX receives every request and never responds; listing tools does not need it.
  const silent = createServer(() => {}).listen(0, "127.0.0.1");
  await once(silent, "listening");
  onTestFinished(() => {
    silent.closeAllConnections();
    silent.close();
  });
  const server = await serve(["lfx", "http", "--port", "0", ...more], {
    ...upstreamEnvironment(platform),
    LFXMCP_LFX_API_URL: `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`,
    LFXMCP_MCP_API_AUTH_SERVERS: platform.auth.issuer,
    LFXMCP_API_CREDENTIALS_ATTACKER: ATTACKER_KEY,
    LFXMCP_API_CREDENTIALS_OTHER: OTHER_KEY,
  });
  platform.register(server.url.href);
  return {
    ...server,
    attacker: ATTACKER_KEY,
    other: OTHER_KEY,
    hang: () => {},
    call: { name: "search_projects", arguments: {} },
  };
}

const SERVERS = [
  ["http", lightfast],
  ["lfx http", lfx],
] as const;

/** The most memory that a process has held, in MiB. */
function peakMiB({ pid }: ChildProcess): number {
  const status = process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function open({ url }: Target): Promise<Socket> {
  const socket = connect(Number(url.port), url.hostname);
  socket.on("error", () => {});
  onTestFinished(() => void socket.destroy());
  return Promise.race([once(socket, "connect"), once(socket, "close")]).then(() => socket);
}

function post({ url }: Target, token: string, message: unknown, headers: readonly string[] = []): string {
  const body = JSON.stringify(message);
  const lines = [
    `POST ${url.pathname} HTTP/1.1`,
    `Host: ${url.host}`,
    `Authorization: Bearer ${token}`,
    "Content-Type: application/json",
    "Accept: application/json, text/event-stream",
    ...headers,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list" };

/** Minimum of the other caller's calls in a case. */
const MIN_CALLS = 20;
const PAUSE_MS = 25;

/** Lists tools as the other caller, on a new connection each time, until stopped. */
function callAsOther(target: Target) {
  const latencies: number[] = [];
  const failures: string[] = [];
  let isStopped = false;
  const call = async (): Promise<void> => {
    const started = performance.now();
    const response = await fetch(target.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${target.other}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        connection: "close",
      },
      body: JSON.stringify(LIST),
      signal: AbortSignal.timeout(10 * SECOND_MS),
    });
    const text = await response.text();
    latencies.push(performance.now() - started);
    if (response.status !== 200 || !text.includes('"tools"'))
      failures.push(`${response.status} ${text.slice(0, 200)}`);
  };
  const loop = (async () => {
    while (!isStopped || latencies.length + failures.length < MIN_CALLS) {
      await call().catch((error: unknown) => void failures.push(String(error)));
      await sleep(PAUSE_MS);
    }
  })();
  return {
    stop: async () => {
      isStopped = true;
      await loop;
      const sorted = latencies.toSorted((a, b) => a - b);
      return {
        calls: sorted.length,
        failures,
        medianMs: Math.round(sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY),
        worstMs: Math.round(sorted.at(-1) ?? Number.POSITIVE_INFINITY),
      };
    },
  };
}

/** Attacks a server while another caller calls; the server must live and answer every call within a second. */
async function survives(what: string, target: Target, attack: () => Promise<unknown>): Promise<void> {
  // The first calls load code and open connections.
  await callAsOther(target).stop();
  const other = callAsOther(target);
  await attack();
  const { calls, failures, medianMs, worstMs } = await other.stop();
  const isAlive = target.child.exitCode === null && target.child.signalCode === null;
  const peak = isAlive ? peakMiB(target.child) : 0;
  process.stdout.write(
    `${what}: ${isAlive ? "alive" : `dead (${target.child.signalCode ?? target.child.exitCode})`}, peak ${peak} MiB, ` +
      `other caller: ${calls} calls, ${failures.length} failed, median ${medianMs} ms, worst ${worstMs} ms\n`,
  );
  expect(isAlive).toBe(true);
  expect(failures).toEqual([]);
  expect(worstMs).toBeLessThan(SECOND_MS);
}

/** Sends on many connections and never reads, until the server has closed all of them or the time is over. */
async function sendUnread(
  target: Target,
  connections: number,
  bytes: string,
  ms = 2 * SECOND_MS,
): Promise<Socket[]> {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(target)));
  for (const socket of sockets) socket.pause().write(bytes);
  await Promise.race([Promise.all(sockets.map(isClosed)), sleep(ms)]);
  return sockets;
}

/** Resolves when the server has closed a connection: a paused socket notices only if it writes. */
async function isClosed(socket: Socket): Promise<void> {
  while (!socket.closed) {
    socket.write("\r\n");
    await sleep(100);
  }
}

describe.each(SERVERS)("%s", (name, startServer) => {
  test.each(["/metrics", "/livez", "/.well-known/oauth-protected-resource/mcp", "/", "/nothing"])(
    "lives when 10 connections pipeline 1,400 requests for %s and read nothing",
    async (path) => {
      const target = await startServer();
      const request = `GET ${path} HTTP/1.1\r\nHost: ${target.url.host}\r\n\r\n`;
      await survives(`${name}, pipelined GET ${path}`, target, () =>
        sendUnread(target, 10, request.repeat(1400)),
      );
    },
  );

  test("lives when 10 connections request /metrics as fast as they can", async () => {
    const target = await startServer();
    const request = `GET /metrics HTTP/1.1\r\nHost: ${target.url.host}\r\n\r\n`;
    await survives(`${name}, GET /metrics without pause`, target, async () => {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => open(target)));
      for (const socket of sockets) {
        socket.on("data", (chunk: Buffer) => chunk.includes("HTTP/1.1 200") && socket.write(request));
        socket.write(request.repeat(16));
      }
      await sleep(2 * SECOND_MS);
    });
  });

  test("verifies few of the keys that 10 connections guess as fast as they can", async () => {
    const target = await startServer();
    const statuses = { verified: 0, refused: 0 };
    await survives(`${name}, guessed keys`, target, async () => {
      const sockets = await Promise.all(Array.from({ length: 10 }, () => open(target)));
      let guesses = 0;
      const guess = (socket: Socket): void => {
        guesses += 1;
        socket.write(post(target, `a guessed key, number ${guesses}`, LIST));
      };
      for (const socket of sockets) {
        socket.on("data", (chunk: Buffer) => {
          statuses[chunk.includes("HTTP/1.1 429") ? "refused" : "verified"] += 1;
          guess(socket);
        });
        guess(socket);
      }
      await sleep(2 * SECOND_MS);
      for (const socket of sockets) socket.destroy();
    });
    process.stdout.write(
      `${name}, guessed keys: ${statuses.verified} verified, ${statuses.refused} refused in 2 s\n`,
    );
    expect(statuses.verified).toBeLessThan(40);
  });

  test("lives when 10 connections pipeline calls without a token and read nothing", async () => {
    const target = await startServer();
    await survives(`${name}, pipelined POST without a token`, target, () =>
      sendUnread(target, 10, post(target, "", LIST).repeat(1400)),
    );
  });

  test("lives when 10 connections pipeline tools/list and read nothing", async () => {
    const target = await startServer();
    await survives(`${name}, pipelined tools/list`, target, () =>
      sendUnread(target, 10, post(target, target.attacker, LIST).repeat(500)),
    );
  });

  test("lives when 40 batches of 100 tools/list arrive at once", async () => {
    const target = await startServer();
    await survives(`${name}, 40 batches of 100 tools/list`, target, () =>
      sendUnread(target, 40, batchOf100(target)),
    );
  });

  test("serves others while one caller has 100 calls that hang", async () => {
    const target = await startServer();
    target.hang();
    const request = post(target, target.attacker, {
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: target.call,
    });
    await survives(`${name}, 100 hanging calls of one caller`, target, () =>
      sendUnread(target, 100, request, 4 * SECOND_MS),
    );
  });

  test("answers 90,000 unknown arguments with a short error", async () => {
    const target = await startServer();
    const args = Object.fromEntries(Array.from({ length: 90_000 }, (_, index) => [`a${index}`, 1]));
    const response = await fetch(target.url, {
      method: "POST",
      headers: {
        authorization: `Bearer ${target.attacker}`,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { ...target.call, arguments: args },
      }),
    });
    const text = await response.text();
    process.stdout.write(`${name}, 90,000 unknown arguments: ${text.length} characters\n`);
    expect(text.length).toBeLessThan(10_000);
    expect(text).toContain("invalid_input");
  });
});

function batchOf100(target: Target): string {
  const batch = Array.from({ length: 100 }, (_, id) => ({ ...LIST, id }));
  return post(target, target.attacker, batch, ["MCP-Protocol-Version: 2025-03-26"]);
}

/** Time within which the server disconnects a client that reads nothing of its response. */
const WRITE_TIMEOUT_MS = 30 * SECOND_MS;

test("both servers close connections that do not read their responses", async () => {
  await Promise.all(
    SERVERS.map(async ([name, startServer]) => {
      const target = await startServer();
      await survives(`${name}, unread responses`, target, async () => {
        // Few enough to be served; together more than the buffers of a connection.
        const sockets = await sendUnread(
          target,
          20,
          batchOf100(target).repeat(30),
          WRITE_TIMEOUT_MS + 5 * SECOND_MS,
        );
        expect(sockets.filter((socket) => !socket.closed)).toEqual([]);
      });
    }),
  );
});
