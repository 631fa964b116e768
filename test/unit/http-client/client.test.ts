import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { describe, expect, onTestFinished, test } from "vitest";
import { get, post, toolErrorOf } from "../../support/http.ts";
import {
  type Act,
  answer,
  closedPort,
  json,
  playScript,
  resetAfterHeaders,
  resetBeforeHeaders,
  truncated,
} from "../../support/scripted-server.ts";

const NOW = { "retry-after": "0" };
const ok = json(200, { status: "ok" });

/** Calls `then` whenever a connection could not be made. */
const onConnectError = (then: () => void): void => {
  subscribe("undici:client:connectError", then);
  onTestFinished(() => void unsubscribe("undici:client:connectError", then));
};

describe("a GET", () => {
  test.each([429, 502, 503, 504])("is sent again after %i", async (status) => {
    const server = await playScript([answer(status, "", NOW), ok]);
    expect((await get(server.url())).status).toBe(200);
    expect(server.requests).toHaveLength(2);
  });

  test("is sent again after an answer without Retry-After", async () => {
    const server = await playScript([answer(502), ok]);
    expect((await get(server.url())).status).toBe(200);
    expect(server.requests).toHaveLength(2);
  });

  test.each([400, 401, 403, 404, 500, 501])("is not sent again after %i", async (status) => {
    const server = await playScript([answer(status, "", NOW), ok]);
    expect((await get(server.url())).status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  test("gets the last answer after three attempts", async () => {
    const server = await playScript([answer(503, "first", NOW), answer(503, "later", NOW)]);
    const { status, body } = await get(server.url());
    expect({ status, body }).toEqual({ status: 503, body: "later" });
    expect(server.requests).toHaveLength(3);
  });

  const FAULTS: readonly [string, Act][] = [
    ["a reset before the headers", resetBeforeHeaders],
    ["a reset within the body", resetAfterHeaders],
    ["a body that ends too early", truncated],
  ];

  test.each(FAULTS)("is sent again after %s", async (_, fault) => {
    const server = await playScript([fault, ok]);
    expect((await get(server.url())).body).toBe('{"status":"ok"}');
    expect(server.requests).toHaveLength(2);
  });

  test("fails after three resets", async () => {
    const server = await playScript([resetBeforeHeaders]);
    const error = await toolErrorOf(get(server.url()));
    expect(error).toMatchObject({ code: "upstream_error", status: undefined, retryable: true });
    expect(server.requests).toHaveLength(3);
  });
});

describe("Retry-After", () => {
  test("in seconds is waited for", async () => {
    const server = await playScript([answer(503, "", { "retry-after": "1" }), ok]);
    const start = performance.now();
    expect((await get(server.url())).status).toBe(200);
    expect(performance.now() - start).toBeGreaterThanOrEqual(990);
  });

  test("as a date in the past means at once", async () => {
    const server = await playScript([
      answer(503, "", { "retry-after": "Wed, 21 Oct 2015 07:28:00 GMT" }),
      ok,
    ]);
    expect((await get(server.url())).status).toBe(200);
    expect(server.requests).toHaveLength(2);
  });

  test.each(["GET", "POST"])("beyond the deadline ends a %s with the answer itself", async (method) => {
    const server = await playScript([answer(503, "busy", { "retry-after": "60" })]);
    const start = performance.now();
    const { status } = await (method === "GET" ? get : post)(server.url(), { totalMs: 3000 });
    expect(status).toBe(503);
    expect(server.requests).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe("a POST", () => {
  test.each([429, 503])("is sent again, whole, after %i with Retry-After", async (status) => {
    const server = await playScript([answer(status, "", NOW), json(202, {})]);
    expect((await post(server.url())).status).toBe(202);
    expect(server.requests.map(({ method, body }) => `${method} ${body}`)).toEqual([
      'POST {"input":"x"}',
      'POST {"input":"x"}',
    ]);
  });

  test.each([429, 503])("is not sent again after %i without Retry-After", async (status) => {
    const server = await playScript([answer(status), json(202, {})]);
    expect((await post(server.url())).status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  test.each([500, 502, 504])("is not sent again after %i, with Retry-After or without", async (status) => {
    const server = await playScript([answer(status, "", NOW), json(202, {})]);
    expect((await post(server.url())).status).toBe(status);
    expect(server.requests).toHaveLength(1);
  });

  test.each<[string, Act]>([
    ["a reset before the headers", resetBeforeHeaders],
    ["a reset within the body", resetAfterHeaders],
    ["a body that ends too early", truncated],
  ])("reaches the server exactly once when it ends in %s", async (_, fault) => {
    const server = await playScript([fault, json(202, {})]);
    const error = await toolErrorOf(post(server.url()));
    expect(error).toMatchObject({ code: "upstream_error", retryable: false });
    expect(error.hint).toContain("unknown whether the request was processed");
    expect(server.requests).toHaveLength(1);
  });

  test("is sent again when nobody listened", async () => {
    const port = await closedPort();
    const refused = new Promise<void>((resolve) => onConnectError(resolve));
    const sending = post(new URL(`http://127.0.0.1:${port}/`));
    await refused;
    const server = await playScript([json(202, {})], port);
    expect((await sending).status).toBe(202);
    expect(server.requests).toHaveLength(1);
  });

  test("is tried three times where nobody listens, and then said to be unsent", async () => {
    let attempts = 0;
    onConnectError(() => {
      attempts += 1;
    });
    const port = await closedPort();
    const error = await toolErrorOf(post(new URL(`http://127.0.0.1:${port}/`)));
    expect(attempts).toBe(3);
    expect(error.hint).toContain("It was not processed, so it is safe to try again.");
    expect(error.retryable).toBe(true);
  });
});
