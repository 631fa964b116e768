import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { callTool, type ServerDefinition } from "../../../src/mcp/server.ts";
import { LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import { defineLfxServer } from "../../../src/platforms/lfx/server.ts";
import { TOOLS as LFX_TOOLS } from "../../../src/platforms/lfx/tools.ts";
import { defineHostedServer } from "../../../src/platforms/lightfast/hosted/server.ts";
import { defineLightfastServer } from "../../../src/platforms/lightfast/server.ts";
import { TOOLS as LIGHTFAST_TOOLS } from "../../../src/platforms/lightfast/tools.ts";
import { createLogger } from "../../../src/shared/logger.ts";
import { ARGUMENTS } from "../../support/lfx/arguments.ts";
import { lfxSettingsAt } from "../../support/lfx/tool-calls.ts";
import { connectionTo, hostedCaller } from "../../support/lightfast/hosted.ts";
import { type Act, answer, json, redirect, truncated } from "../../support/scripted-server.ts";

const log = createLogger("silent", () => {});
const redact = (line: string) => line;

/** A gateway's page, with or without the header that some gateways add to every failure. */
const page = (status: number) => (headers: object) => answer(status, "<html>Gateway</html>", { ...headers });
const closeAfterBody: Act = (_, { socket }) => socket.resetAndDestroy();

type Failure = {
  readonly act: (headers: object) => Act;
  /** Whether it happens before the body is read. */
  readonly isEarly?: boolean;
};

const FAILURES: Readonly<Record<string, Failure>> = {
  "503": { act: page(503) },
  "429": { act: page(429) },
  "500": { act: page(500) },
  "502": { act: page(502) },
  "504": { act: page(504) },
  "302": { act: (headers) => answer(302, "", { location: "/elsewhere", ...headers }) },
  "307": { act: () => redirect(307, "/elsewhere") },
  "reset after headers": { act: () => closeAfterBody, isEarly: true },
  "reset after body": { act: () => closeAfterBody },
  "half an answer": { act: () => truncated },
};

const UNKNOWN = /It is unknown whether the request was processed|No signal with this text appeared/;

/** POST requests that only read. */
const READS = new Set(["/oauth/token", "/lfx/access-check"]);

/** The responses to reads that come before a write. */
function replyToRead({ url = "" }: IncomingMessage): Act {
  const [path = ""] = url.split("?");
  const segments = path.split("/").filter((segment) => segment !== "settings");
  const replies: Readonly<Record<string, object>> = {
    "/oauth/token": { access_token: "token", token_type: "Bearer", expires_in: 3600 },
    "/lfx/access-check": { results: ["project:p-1#writer@user:ada\ttrue"] },
    "/lfx/query/resources": {
      resources: [{ type: "project", id: "project:p-1", data: { uid: "p-1", slug: "pytorch" } }],
    },
    "/api/v1/signals": { items: [], nextCursor: null },
  };
  return json(200, replies[path] ?? { uid: segments.at(-1) }, { etag: '"1"' });
}

/** Starts an upstream that answers every write with `failure`, and counts the writes. */
async function startFailing({ act, isEarly }: Failure, headers: object) {
  let writes = 0;
  const server = createServer(async (request, response) => {
    response.on("error", () => {});
    const isWrite = request.method !== "GET" && !READS.has((request.url ?? "").split("?")[0] ?? "");
    if (isWrite) writes += 1;
    if (!(isWrite && isEarly)) await readText(request).catch(() => {});
    (isWrite ? act(headers) : replyToRead(request))(response, request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return { base, writes: () => writes };
}

/** Each platform, with its tools and the server that calls an upstream. */
const PLATFORMS = {
  lightfast: {
    tools: LIGHTFAST_TOOLS,
    open: (baseUrl: URL) => {
      const upstream = { baseUrl, apiKey: "lf_test" };
      const server = defineLightfastServer({ upstream, timeoutMs: 2000, proxies: {}, redact, log });
      onTestFinished(() => server.close());
      return server;
    },
  },
  "lightfast (hosted)": {
    tools: LIGHTFAST_TOOLS,
    open: (url: URL) => {
      const app = connectionTo({ url, secret: "s".repeat(32) });
      return defineHostedServer({ app, audit: { push: () => {} }, timeoutMs: 2000, redact, log });
    },
  },
  lfx: {
    tools: LFX_TOOLS,
    open: (base: URL) => {
      const settings = lfxSettingsAt(base);
      const options = { resource: "", hasUsers: true, timeoutMs: 5000, proxies: {}, redact, log };
      const server = defineLfxServer({ settings, ...options });
      onTestFinished(() => server.close());
      return server;
    },
  },
} as const;

const WRITES = Object.entries(PLATFORMS).flatMap(([platform, { tools, open }]) =>
  tools
    .filter(({ kind }) => kind !== "read")
    .map(({ name }) => ({ platform, name, open: open as unknown as (base: URL) => ServerDefinition<never> })),
);

const SEND = { mode: "send", to_email: "dora@company.test", to_name: "Dora" };

function argumentsOf(name: string): object {
  if (name === "send_email") return { ...ARGUMENTS[name], ...SEND };
  return ARGUMENTS[name] ?? { input: "Acme wants SSO" };
}

/** How many writes arrived, and what the caller reads. */
async function resultOf(
  { platform, name, open }: (typeof WRITES)[number],
  failure: Failure,
  headers: object,
): Promise<string> {
  const { base, writes } = await startFailing(failure, headers);
  const caller = platform === "lightfast (hosted)" ? hostedCaller("mcp:signals:write") : LOCAL_CALLER;
  const context = { caller, signal: new AbortController().signal };
  const { content } = await callTool(open(base), name, argumentsOf(name), context);
  const text = (content[0]?.text ?? "")
    .replaceAll(base.host, "<host>")
    .replaceAll(/failed: .*(?:ECONNRESET|EPIPE|UND_ERR_\w+)\)?/g, "failed: <connection closed>")
    .replaceAll(/within [\d.]+ s/g, "within <n> s");
  return `${writes()} arrived | ${text}`;
}

describe("a write reaches the upstream once, and the text does not claim that it was not processed", () => {
  const table: string[] = [];

  test.each(WRITES)("$platform: $name", async (write) => {
    const rows = Object.entries(FAILURES).map(async ([name, failure]) => {
      const results = await Promise.all([
        resultOf(write, failure, {}),
        resultOf(write, failure, { "retry-after": "0" }),
      ]);
      for (const result of results) {
        expect(result).toMatch(/^1 arrived \| /);
        expect(result).toMatch(UNKNOWN);
        expect(result).not.toMatch(/not processed|nothing was|safe to try/i);
      }
      expect(results[1]).toBe(results[0]);
      return `${write.platform} | ${write.name} | ${name} | ${results[0]}`;
    });
    table.push(...(await Promise.all(rows)));
  });

  test("the table of all of them, each the same with and without Retry-After", async () => {
    expect(WRITES.length).toBeGreaterThanOrEqual(14);
    await expect(`${table.join("\n")}\n`).toMatchFileSnapshot("__snapshots__/writes.txt");
  });
});
