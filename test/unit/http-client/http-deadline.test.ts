import { expect, test } from "vitest";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import { get, httpClient, overBefore, post, toolErrorOf } from "../../support/http.ts";
import { type Act, answer, drip, hang, json, playScript } from "../../support/scripted-server.ts";

const WAITS: readonly [string, Act, status: number | undefined][] = [
  ["an answer that never begins", hang, undefined],
  ["a body that never ends", drip, 200],
];

test.each(WAITS)("the deadline ends %s", async (_, act, status) => {
  const server = await playScript([act]);
  const start = performance.now();
  const error = await toolErrorOf(get(server.url("/slow"), { totalMs: 200 }));
  expect(performance.now() - start).toBeLessThan(1500);
  expect(error).toMatchObject({
    code: "upstream_error",
    message: `GET 127.0.0.1:${server.port}/slow gave no answer within 200 ms`,
    hint: "It is safe to try again.",
    retryable: true,
    reason: "DEADLINE",
    status,
  });
  expect(server.requests).toHaveLength(1);
});

test("the deadline of a POST leaves its outcome unknown", async () => {
  const server = await playScript([hang]);
  const error = await toolErrorOf(post(server.url(), { totalMs: 200 }));
  expect(error.hint).toContain("unknown whether the request was processed");
  expect(error.retryable).toBe(false);
});

test("the deadline covers all attempts together", async () => {
  const server = await playScript([answer(503, "", { "retry-after": "0" }), hang]);
  const error = await toolErrorOf(get(server.url(), { totalMs: 300 }));
  expect(error.message).toContain("gave no answer within 300 ms");
  expect(server.requests).toHaveLength(2);
});

test("the deadline cuts the wait before a retry short", async () => {
  const server = await playScript([answer(503, "busy", { "retry-after": "1" })]);
  const start = performance.now();
  expect((await get(server.url(), { totalMs: 500 })).status).toBe(503);
  expect(performance.now() - start).toBeLessThan(500);
});

test.each(WAITS)("the client's cancellation ends %s", async (_, act) => {
  const server = await playScript([act]);
  const cancel = new AbortController();
  const call = toolErrorOf(get(server.url(), { cancel: cancel.signal }));
  await server.arrived(1);
  cancel.abort(new Error("cancelled by the client"));
  expect((await call).message).toContain("cancelled by the client");
  expect(server.requests).toHaveLength(1);
});

test("the client's cancellation ends the wait before a retry", async () => {
  const server = await playScript([answer(503, "", { "retry-after": "3" })]);
  const cancel = new AbortController();
  const start = performance.now();
  const call = toolErrorOf(get(server.url(), { cancel: cancel.signal }));
  await server.arrived(1);
  cancel.abort(new Error("cancelled by the client"));
  expect((await call).message).toContain("cancelled by the client");
  expect(performance.now() - start).toBeLessThan(2000);
  expect(server.requests).toHaveLength(1);
});

test("nothing is sent when the client has cancelled already", async () => {
  const server = await playScript([json(200, {})]);
  const reason = new Error("cancelled");
  await expect(get(server.url(), { cancel: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const request = { method: "GET", url: server.url(), headers: {} } as const;
  const error = await toolErrorOf(httpClient().send(request, overBefore(reason)));
  expect(error.message).toContain("cancelled");
  expect(server.requests).toHaveLength(0);
});

test("a POST that was never begun is not called unknown", async () => {
  const server = await playScript([json(202, {})]);
  const request = { method: "POST", url: server.url(), headers: {}, body: "{}" } as const;
  const error = await toolErrorOf(httpClient().send(request, overBefore(new DeadlineExceeded(10))));
  expect(error).toMatchObject({ hint: "It was not processed, so it is safe to try again.", retryable: true });
  expect(server.requests).toHaveLength(0);
});
