import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import { passingClock } from "../../support/passing-clock.ts";
import { connect, type Message } from "../../support/program.ts";
import { playScript } from "../../support/scripted-server.ts";
import { modernMeta } from "../../support/tiny-server.ts";

const HEALTHY = JSON.stringify({ status: "ok", timestamp: "2026-01-01T00:00:00.000Z", version: "0.1.0" });

type Notification = Message & {
  readonly params?: { readonly progress: number; readonly progressToken: unknown };
};

/** The program on stdio, with a platform that answers when the test does. */
async function start() {
  const clock = passingClock(true);
  const held: ServerResponse[] = [];
  const platform = await playScript([(response) => void held.push(response)]);
  const peer = connect(["--timeout", "200000"], {
    LIGHTFAST_API_KEY: "lf_test_0123456789abcdef",
    LIGHTFAST_BASE_URL: platform.origin,
    ...clock.env,
  });
  const call = (id: number, _meta: object) =>
    peer.send({
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "lightfast_system_health", _meta },
    });
  const progressOf = (token: unknown) =>
    (peer.received as Notification[]).flatMap(({ params }) =>
      params && params.progressToken === token ? params.progress : [],
    );
  return { clock, held, platform, peer, call, progressOf };
}

test("calls of 150 s, of both eras, send their progress every 15 s, and then their results", async () => {
  const { clock, held, platform, peer, call, progressOf } = await start();
  call(1, { progressToken: "legacy" });
  call(2, { ...modernMeta(), progressToken: "modern" });
  await platform.arrived(2);
  for (const [index, seconds] of [10, 15, 15, 15, 15, 15, 15, 15, 15, 15].entries()) {
    clock.pass(seconds);
    await peer.until(() => progressOf("legacy").length > index && progressOf("modern").length > index);
  }
  for (const response of held) response.setHeader("content-type", "application/json").end(HEALTHY);
  await peer.until(({ id }) => id === 1);
  await peer.until(({ id }) => id === 2);
  const { code } = await peer.end();

  expect(code).toBe(0);
  for (const values of [progressOf("legacy"), progressOf("modern")]) {
    expect(values).toHaveLength(10);
    for (const [index, value] of values.entries()) expect(value).toBeGreaterThanOrEqual(10 + 15 * index);
    expect(values.every((value, index) => value > (values[index - 1] ?? 0))).toBe(true);
  }
  expect(peer.received.slice(0, -2).every(({ id }) => id === undefined)).toBe(true);
  expect(peer.received.slice(-2)).toMatchObject([{ result: {} }, { result: {} }]);
});

test("neither a canceled call nor one without a token sends progress", async () => {
  const { clock, held, platform, peer, call, progressOf } = await start();
  call(1, { progressToken: 1 });
  await platform.arrived(1);
  call(2, {});
  await platform.arrived(2);
  const closed = once(held[0] as ServerResponse, "close");
  clock.pass(10);
  await peer.until(() => progressOf(1).length === 1);
  peer.send({ jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } });
  await closed;
  clock.pass(60);
  await peer.request("ping");
  held[1]?.setHeader("content-type", "application/json").end(HEALTHY);
  await peer.until(({ id }) => id === 2);
  await peer.end();
  expect(peer.received.filter(({ id }) => id === undefined)).toHaveLength(1);
});
