import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hosted, tokenOf, untilListening } from "../../support/http-program.ts";
import { launch } from "../../support/program.ts";

/** The URL of a server that has to survive every attack of this file that needs no token. */
let url: string;
let server: ReturnType<typeof launch>;
beforeAll(async () => {
  server = launch(["http", "--port", "0", "--auth", "none"], { LIGHTFAST_SANDBOX: "1" });
  url = (await untilListening(server)).url;
});
afterAll(() => {
  expect(server.exitCode).toBeNull();
  server.kill("SIGKILL");
});

/** Sends raw bytes and reads until the first response or the end of the connection. */
async function raw(url: string, lines: readonly string[], body = ""): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).setEncoding("latin1");
  socket.on("error", () => {});
  await once(socket, "connect");
  let received = "";
  const done = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      received += chunk;
      if (/\r\n\r\n/.test(received)) resolve();
    });
    socket.on("close", () => resolve());
  });
  socket.write(`${lines.join("\r\n")}\r\n\r\n${body}`);
  await done;
  socket.destroy();
  return received;
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

const PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
function head(url: string, ...more: string[]): string[] {
  return ["POST /mcp HTTP/1.1", `Host: ${new URL(url).host}`, "Content-Type: application/json", ...more];
}
function length(body: string): string {
  return `Content-Length: ${Buffer.byteLength(body)}`;
}

describe("ambiguous requests", () => {
  test.each([
    "Authorization: Bearer a",
    "Host: evil.test",
    "Mcp-Method: ping",
    "MCP-Protocol-Version: 2025-11-25",
  ])("with %s twice get 400", async (line) => {
    expect(statusOf(await raw(url, head(url, line, line, length(PING)), PING))).toBe(400);
  });

  test("with two lengths, or a length with chunked encoding, get 400", async () => {
    const smuggled = `${PING}POST /mcp HTTP/1.1\r\n`;
    expect(statusOf(await raw(url, head(url, length(PING), "Content-Length: 5"), smuggled))).toBe(400);
    const both = head(url, length(PING), "Transfer-Encoding: chunked");
    expect(statusOf(await raw(url, both, "0\r\n\r\nGET /metrics HTTP/1.1\r\n\r\n"))).toBe(400);
    expect(statusOf(await raw(url, head(url, "Transfer-Encoding: xchunked"), PING))).toBe(400);
    expect(statusOf(await raw(url, head(url, " folded: 1", length(PING)), PING))).toBe(400);
  });
});

describe("a token", () => {
  test("in the query is ignored", async () => {
    const { url, app } = await hosted();
    const response = await fetch(`${url}?access_token=${await tokenOf()}`, { method: "POST", body: PING });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: "missing_token" });
    expect(app.requests).toHaveLength(0);
  });

  test("of 12 KiB or 1 MB is rejected, and missing in what is not a bearer token", async () => {
    const { url, app } = await hosted();
    const send = (value: string) => raw(url, head(url, `Authorization: ${value}`, length(PING)), PING);
    expect(statusOf(await send(`Bearer ${"a".repeat(12 * 1024)}`))).toBe(401);
    expect(statusOf(await send(`Bearer ${"a".repeat(1_000_000)}`))).toBe(431);
    for (const value of ["Basic YTpi", "Bearer", "Bearer ", "bearer\t"]) {
      const answer = await send(value);
      expect([value, statusOf(answer)]).toEqual([value, 401]);
      expect(answer).toContain("missing_token");
    }
    expect(app.requests).toHaveLength(0);
  });
});

describe("client input", () => {
  test.each(["a b", "x".repeat(200), "<script>", "a%0d%0aSet-Cookie: x", ""])(
    "that is an invalid request id is not returned: %j",
    async (id) => {
      const answer = await raw(url, head(url, `X-Request-Id: ${id}`, length(PING)), PING);
      expect(statusOf(answer)).toBe(200);
      expect(/x-request-id: (.*)\r\n/.exec(answer)?.[1]).toMatch(/^[\da-f-]{36}$/);
    },
  );

  test("cannot break out of a header", async () => {
    const lines = head(url, "X-Request-Id: a\nSet-Cookie: stolen=1", length(PING));
    expect(await raw(url, lines, PING)).not.toMatch(/^set-cookie/im);
  });

  test("in arguments cannot change prototypes", async () => {
    const args = '{"__proto__":{"input":"polluted"},"constructor":{"prototype":{"input":"x"}}}';
    const body = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"lightfast_signals_create","arguments":${args}}}`;
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    const text = await response.text();
    expect(text).toContain("invalid_input");
    const clean = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: PING,
    });
    expect(await clean.json()).toEqual({ jsonrpc: "2.0", id: 1, result: {} });
  });

  test("of deeply nested JSON is answered, and the server keeps serving", async () => {
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    for (const body of [deep, `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":${deep}}}`]) {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
      });
      expect(response.status).toBeLessThan(500);
    }
    expect((await fetch(new URL("/livez", url))).status).toBe(200);
  });

  test.each(["/mcp/../metrics", "/MCP", "//mcp", "/mcp%2f", "/.well-known/../mcp"])(
    "that is an unusual path returns 404: %s",
    async (path) => {
      const answer = await raw(url, [`POST ${path} HTTP/1.1`, `Host: ${new URL(url).host}`, length("")]);
      expect(statusOf(answer)).toBe(404);
    },
  );
});

test.each(["evil.test", "127.0.0.1", "localhost.evil.test", ""])(
  "a foreign Host is rejected: %j",
  async (host) => {
    expect(statusOf(await raw(url, ["POST /mcp HTTP/1.1", `Host: ${host}`, length(PING)], PING))).toBe(403);
  },
);

test("any Host is served if callers have tokens, and a page that got here by DNS rebinding is not", async () => {
  const { url } = await hosted(["--host", "0.0.0.0"]);
  const local = url.replace("0.0.0.0", "127.0.0.1");
  const ask = (path: string, ...lines: readonly string[]) =>
    raw(local, [`POST ${path} HTTP/1.1`, "Host: evil.test", ...lines, length(PING)], PING);
  expect(statusOf(await ask("/mcp"))).toBe(401);
  expect(statusOf(await ask("/mcp", "Origin: http://evil.test"))).toBe(403);
  expect(statusOf(await ask("http://evil.test/mcp", "Origin: http://evil.test"))).toBe(403);
  expect(statusOf(await ask("/mcp", "Host: mcp.lightfast.test"))).toBe(400);
});

test.each(["null", "https://evil.test", "http://127.0.0.1.evil.test"])(
  "a foreign Origin is rejected: %s",
  async (origin) => {
    const answer = await raw(url, head(url, `Origin: ${origin}`, length(PING)), PING);
    expect(statusOf(answer)).toBe(403);
    expect(answer).not.toMatch(/access-control-allow-origin/i);
  },
);
