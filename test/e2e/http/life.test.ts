import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, request as forward } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { hosted, serveHttp, tokenOf } from "../../support/http-program.ts";

function call(name: string, args: object, headers: Record<string, string>) {
  return {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name, arguments: args } }),
  };
}

test("at SIGTERM every accepted request is answered, and every audit event arrives exactly once", async () => {
  const { url, app, stop } = await hosted();
  const authorization = `Bearer ${await tokenOf()}`;
  const total = 30;
  let release = (): void => {};
  const after = new Promise<void>((resolve) => {
    release = resolve;
  });
  app.plays("/signals", ...Array.from({ length: total }, () => ({ after })));
  const answers = Array.from({ length: total }, (_, index) =>
    fetch(
      url,
      call(
        "lightfast_signals_create",
        { input: `signal ${index}` },
        { authorization, "x-request-id": `r-${index}` },
      ),
    ),
  );
  await app.arrived("/signals", total);
  const stopped = stop();
  await expect
    .poll(async () => (await fetch(new URL("/readyz", url)).catch(() => undefined))?.status ?? "gone")
    .not.toBe(200);
  release();
  for (const response of await Promise.all(answers)) {
    expect(response.status).toBe(200);
    expect(JSON.stringify(await response.json())).toContain('"status":"queued"');
  }
  expect(await stopped).toBe(0);
  const ids = app.audited.map((event) => (event as { metadata: { requestId: string } }).metadata.requestId);
  expect(ids).toHaveLength(total);
  expect(new Set(ids).size).toBe(total);
  expect(app.faults).toEqual([]);
});

test("readiness changes before the listener closes", async () => {
  const { url, stop } = await serveHttp(["--auth", "none", "--drain-delay", "1"], { LIGHTFAST_SANDBOX: "1" });
  expect((await fetch(new URL("/readyz", url))).status).toBe(200);
  const stopped = stop();
  await expect.poll(async () => (await fetch(new URL("/readyz", url))).status, { interval: 20 }).toBe(503);
  expect((await fetch(new URL("/livez", url))).status).toBe(200);
  expect(await stopped).toBe(0);
});

test("two instances behind a round-robin proxy serve one client", async () => {
  const balancer = createServer().listen(0, "127.0.0.1");
  await once(balancer, "listening");
  onTestFinished(() => void balancer.close());
  const host = `127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  const args = ["--auth", "none", "--allowed-hosts", host];
  const instances = await Promise.all([1, 2].map(() => serveHttp(args, { LIGHTFAST_SANDBOX: "1" })));
  const served = [0, 0];
  let turn = 0;
  balancer.on("request", (request, response) => {
    const index = turn++ % 2;
    served[index] = (served[index] ?? 0) + 1;
    const onward = forward(
      instances[index]?.url ?? "",
      { method: "POST", headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      },
    );
    request.pipe(onward);
  });
  const { Client } = await import("@modelcontextprotocol/sdk/client/index.js");
  const { StreamableHTTPClientTransport } = await import(
    "@modelcontextprotocol/sdk/client/streamableHttp.js"
  );
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`http://${host}/mcp`)) as never);
  for (let calls = 0; calls < 6; calls += 1) {
    expect(await client.callTool({ name: "lightfast_system_health" })).toMatchObject({
      structuredContent: { status: "ok" },
    });
  }
  await client.close();
  expect(Math.min(...served)).toBeGreaterThanOrEqual(3);
});

test("servers do not share an audit journal, and the next one takes over that of a killed one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-journal-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const journal = join(folder, "audit.jsonl");
  const first = await hosted(["--audit-journal", journal]);

  await expect(hosted(["--audit-journal", journal])).rejects.toThrow(`${journal} is in use by process`);

  await first.kill();
  const next = await hosted(["--audit-journal", journal]);
  expect(await next.stop()).toBe(0);
  expect(await (await hosted(["--audit-journal", journal])).stop()).toBe(0);
});
