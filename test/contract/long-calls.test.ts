import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import {
  Client as ClientV2,
  StreamableHTTPClientTransport as HttpTransportV2,
} from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioTransportV2 } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clientEnvironment, programFile } from "../support/program.ts";
import { type ContractServer, startHttpServer } from "./servers.ts";

/** Longer than the 120 s that LFX Lens has by default. */
const CALL_SECONDS = 150;

const TIMEOUT_MS = 200_000;

const ARGS = ["lfx", "--timeout", String(TIMEOUT_MS)];
const IDENTITY = { name: "test", version: "1.0.0" };
const QUESTION = {
  name: "query_lfx_lens",
  arguments: { project_slugs: ["pytorch"], input: "Who maintains it?" },
};

let lens: Lens;
let server: ContractServer;
beforeAll(async () => {
  lens = await startLens();
  server = await startHttpServer(["lfx", "http", ...ARGS.slice(1)], lens.env);
});
afterAll(async () => {
  await server.stop();
  lens.stop();
});

/** A token endpoint, and an LFX Lens that answers after 150 s. */
type Lens = {
  readonly env: Readonly<Record<string, string>>;
  /** When the connection of each unfinished request closed, in milliseconds since 1970, by its question. */
  readonly closedAt: ReadonlyMap<string, number>;
  stop(): void;
};

async function startLens(): Promise<Lens> {
  const closedAt = new Map<string, number>();
  const reply = (response: ServerResponse, value: object): void => {
    response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  };
  const http: Server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    if (request.url === "/token")
      return reply(response, { access_token: "token", token_type: "Bearer", expires_in: 3600 });
    const question = /name="message"\r\n\r\n(.*)\r\n/.exec(body)?.[1] ?? "";
    response.once("close", () => {
      if (!response.writableEnded) closedAt.set(question, Date.now());
    });
    await sleep(CALL_SECONDS * 1000);
    return reply(response, { content: "42 maintainers", status: "COMPLETED" });
  }).listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const env = {
    LFXMCP_LENS_API_URL: url,
    LFXMCP_LENS_API_AUDIENCE: "urn:lfx:lens",
    LFXMCP_TOKEN_ENDPOINT: `${url}/token`,
    LFXMCP_CLIENT_ID: "lfx-mcp",
    LFXMCP_CLIENT_SECRET: "a secret of more than thirty-two characters",
  };
  const stop = (): void => {
    http.close();
    http.closeAllConnections();
  };
  return { env, closedAt, stop };
}

type Progress = { readonly progress: number; readonly message?: string | undefined };

type CallOptions = { resetTimeoutOnProgress: boolean; onprogress(progress: Progress): void };

/** What the clients of both major versions of the SDK share. */
type AnyClient = {
  callTool(options: CallOptions): Promise<unknown>;
  close(): Promise<void>;
};

function parameters() {
  return { command: process.execPath, args: [programFile(), ...ARGS], env: clientEnvironment(lens.env) };
}

async function connectV1(transport: Transport): Promise<AnyClient> {
  const client = new Client(IDENTITY);
  await client.connect(transport);
  return {
    callTool: (options) => client.callTool(QUESTION, undefined, options),
    close: () => client.close(),
  };
}

async function connectV2(
  transport: StdioTransportV2 | HttpTransportV2,
  mode: "legacy" | "auto" | { pin: string },
): Promise<AnyClient> {
  const client = new ClientV2(IDENTITY, { versionNegotiation: { mode } });
  await client.connect(transport);
  expect(client.getProtocolEra()).toBe(mode === "legacy" ? "legacy" : "modern");
  return { callTool: (options) => client.callTool(QUESTION, options), close: () => client.close() };
}

const PIN = { pin: "2026-07-28" };

const CLIENTS: Readonly<Record<string, () => Promise<AnyClient>>> = {
  "1.x over stdio": () => connectV1(new StdioClientTransport(parameters())),
  "2.x over stdio, legacy": () => connectV2(new StdioTransportV2(parameters()), "legacy"),
  "2.x over stdio, auto": () => connectV2(new StdioTransportV2(parameters()), "auto"),
  "2.x over stdio, pinned to 2026-07-28": () => connectV2(new StdioTransportV2(parameters()), PIN),
  "1.x over HTTP": () => connectV1(new StreamableHTTPClientTransport(new URL(server.url)) as Transport),
  "2.x over HTTP, legacy": () => connectV2(new HttpTransportV2(new URL(server.url)), "legacy"),
  "2.x over HTTP, auto": () => connectV2(new HttpTransportV2(new URL(server.url)), "auto"),
  "2.x over HTTP, pinned to 2026-07-28": () => connectV2(new HttpTransportV2(new URL(server.url)), PIN),
};

/** A part of a response, as a client received it. */
type Part = { readonly seconds: number; readonly text: string };

type Exchange = {
  /** What arrived so far. */
  readonly parts: readonly Part[];
  /** Resolves once `pattern` has arrived. */
  until(pattern: RegExp): Promise<void>;
  /** Disconnects without closing properly. @returns when, in milliseconds since 1970 */
  leave(): number;
};

/** Sends a call over a socket, and records what arrives and when. */
async function post(accept: string, _meta: object, input = "Who maintains it?"): Promise<Exchange> {
  const { host, hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname).setEncoding("utf8");
  socket.on("error", () => {});
  await once(socket, "connect");
  const parts: Part[] = [];
  const params = { ...QUESTION, arguments: { ...QUESTION.arguments, input }, _meta };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  const head = [
    "POST /mcp HTTP/1.1",
    `Host: ${host}`,
    "Content-Type: application/json",
    `Accept: ${accept}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "Connection: close",
  ];
  const started = performance.now();
  socket.on("data", (text: string) => parts.push({ seconds: (performance.now() - started) / 1000, text }));
  socket.write(`${head.join("\r\n")}\r\n\r\n${body}`);
  return {
    parts,
    until: async (pattern) => {
      while (!pattern.test(parts.map(({ text }) => text).join(""))) await once(socket, "data");
    },
    leave: () => {
      socket.destroy();
      return Date.now();
    },
  };
}

/** Prints what was on the wire: seconds since the request, bytes, and text. */
function print(title: string, parts: readonly Part[]): void {
  const rows = parts.map(({ seconds, text }) => {
    const shown = text.replaceAll("\r\n", "␍␊").replaceAll("\n", "␊");
    return `${seconds.toFixed(2).padStart(7)} s ${String(Buffer.byteLength(text)).padStart(5)} B  ${shown}`;
  });
  process.stdout.write(`\n${title}\n${rows.join("\n")}\n`);
}

const BOTH = "application/json, text/event-stream";

/** When beats are due, in seconds. A busy machine may be two seconds late. */
const BEATS = [10, 25, 40, 55, 70, 85, 100, 115, 130, 145];

function expectBeats(times: readonly number[]): void {
  expect(times).toHaveLength(BEATS.length);
  for (const [index, due] of BEATS.entries()) {
    expect(times[index]).toBeGreaterThanOrEqual(due - 1);
    expect(times[index]).toBeLessThan(due + 2);
  }
}

describe.concurrent("a call of 150 s", { timeout: TIMEOUT_MS }, () => {
  test.each(Object.keys(CLIENTS))(
    "completes for the SDK client %s, which gives up after 60 s of silence",
    async (name) => {
      const client = await CLIENTS[name]?.();
      const values: number[] = [];
      const started = performance.now();
      const result = await client?.callTool({
        resetTimeoutOnProgress: true,
        onprogress: ({ progress }) => values.push(progress),
      });
      expect((performance.now() - started) / 1000).toBeGreaterThan(CALL_SECONDS - 1);
      expect(result).toMatchObject({ content: [{ type: "text", text: "42 maintainers" }] });
      expect(values.every((value, index) => value > (values[index - 1] ?? -1))).toBe(true);
      // On stdio, the step that the tool reports comes first, after a second.
      expect(values.length).toBeGreaterThanOrEqual(BEATS.length);
      expect(values.length).toBeLessThanOrEqual(BEATS.length + 1);
      await client?.close();
    },
  );

  test("is given up by an SDK client that ignores the progress", async () => {
    const client = await connectV1(new StdioClientTransport(parameters()));
    const started = performance.now();
    await expect(client.callTool({ resetTimeoutOnProgress: false, onprogress: () => {} })).rejects.toThrow(
      /timed out/i,
    );
    expect((performance.now() - started) / 1000).toBeLessThan(90);
    await client.close();
  });

  test.each([
    ["both formats", BOTH],
    ["event streams only", "text/event-stream"],
  ])("is an event stream with progress, then its result, for a client that accepts %s", async (_, accept) => {
    const { parts, until } = await post(accept, { progressToken: "t" });
    await until(/42 maintainers[\s\S]*0\r\n\r\n$/);
    print(`Accept: ${accept}, with a progressToken`, parts);
    expect(parts[0]?.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*content-type: text\/event-stream\r\n/);
    expectBeats(
      parts.filter(({ text }) => text.includes("notifications/progress")).map(({ seconds }) => seconds),
    );
  });

  test("is an event stream with comments, then its result, for a client without a token", async () => {
    const { parts, until } = await post(BOTH, {});
    await until(/42 maintainers[\s\S]*0\r\n\r\n$/);
    print(`Accept: ${BOTH}, without a progressToken`, parts);
    expect(parts.some(({ text }) => text.includes("notifications/progress"))).toBe(false);
    expectBeats(parts.filter(({ text }) => text.includes(": keep-alive")).map(({ seconds }) => seconds));
  });

  test("is silent until its JSON response for a client that accepts nothing else", async () => {
    const { parts, until } = await post("application/json", { progressToken: "t" });
    await until(/42 maintainers/);
    print("Accept: application/json, with a progressToken", parts);
    expect(parts[0]?.seconds).toBeGreaterThan(CALL_SECONDS - 1);
    expect(parts[0]?.text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*content-type: application\/json\r\n/);
  });

  test("is canceled at Lens when its stream closes", async () => {
    const delays: number[] = [];
    for (const [index, wait] of [11_000, 0, 0].entries()) {
      const question = `Question ${index}?`;
      const call = await post(BOTH, { progressToken: index }, question);
      await call.until(/notifications\/progress/);
      await sleep(wait);
      const left = call.leave();
      await expect.poll(() => lens.closedAt.has(question), { timeout: 10_000, interval: 5 }).toBe(true);
      delays.push((lens.closedAt.get(question) ?? 0) - left);
    }
    process.stdout.write(`\nClosing the stream closed the request to Lens after ${delays.join(", ")} ms\n`);
    for (const delay of delays) expect(delay).toBeLessThan(1000);
  });
});
