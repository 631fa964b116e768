import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { headOf, openSocket } from "../../support/client-socket.ts";
import { serveHttp } from "../../support/http-program.ts";
import { passingClock } from "../../support/passing-clock.ts";
import { playScript } from "../../support/scripted-server.ts";

const HEALTHY = JSON.stringify({ status: "ok", timestamp: "2026-01-01T00:00:00.000Z", version: "0.1.0" });

/** The program over HTTP, with a platform that answers when the test does, and clients of it. */
async function start() {
  const clock = passingClock(true);
  const held: ServerResponse[] = [];
  const platform = await playScript([(response) => void held.push(response)]);
  const server = await serveHttp(["--auth", "none", "--timeout", "200000"], {
    LIGHTFAST_API_KEY: "lf_test_0123456789abcdef",
    LIGHTFAST_BASE_URL: platform.origin,
    ...clock.env,
  });
  const { host, port } = new URL(server.url);
  const open = async () => {
    const client = await openSocket(Number(port));
    const call = (_meta: object): void => {
      const params = { name: "lightfast_system_health", _meta };
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
      const head = ["POST /mcp HTTP/1.1", `Host: ${host}`, "Content-Type: application/json"];
      const accept = "Accept: application/json, text/event-stream";
      client.send(headOf(...head, accept, `Content-Length: ${body.length}`) + body);
    };
    return { client, call };
  };
  return { clock, held, platform, server, open };
}

test("calls of 150 s become event streams with progress or comments, and end with their results", async () => {
  const { clock, held, platform, server, open } = await start();
  const [told, kept] = [await open(), await open()];
  const BEATS = [/"progressToken":7/g, /^: keep-alive$/gm] as const;
  told.call({ progressToken: 7 });
  kept.call({});
  await platform.arrived(2);
  for (const [index, seconds] of [10, 15, 15, 15, 15, 15, 15, 15, 15, 15].entries()) {
    clock.pass(seconds);
    await told.client.until(new RegExp(`(?:${BEATS[0].source}[\\s\\S]*){${index + 1}}`));
    await kept.client.until(new RegExp(`(?:${BEATS[1].source}[\\s\\S]*){${index + 1}}`, "m"));
  }
  for (const response of held) response.setHeader("content-type", "application/json").end(HEALTHY);
  for (const [index, { client }] of [told, kept].entries()) {
    const received = await client.until(/\r\n0\r\n\r\n$/);
    expect(received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*content-type: text\/event-stream\r\n/);
    expect(BEATS.map((beat) => received.match(beat)?.length ?? 0)).toEqual(index === 0 ? [10, 0] : [0, 10]);
    expect(received).toContain('"structuredContent":{"status":"ok"');
    // The connection stays usable.
    client.send(headOf("GET /livez HTTP/1.1", "Host: a"));
    await client.until(/"service":"mcp"/);
  }
  expect(await server.stop()).toBe(0);
});

test("closing the stream cancels the request to the platform", async () => {
  const { clock, held, platform, server, open } = await start();
  const { client, call } = await open();
  call({ progressToken: 7 });
  await platform.arrived(1);
  clock.pass(10);
  await client.until(/progressToken/);
  const closed = once(held[0] as ServerResponse, "close");
  client.leave();
  await closed;
  expect(held[0]?.writableEnded).toBe(false);
  expect(await server.stop()).toBe(0);
});
