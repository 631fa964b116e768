import { beforeEach, describe, expect, test } from "vitest";
import { get, httpClient, overBefore, post, toolErrorOf } from "../../support/http.ts";
import { beyond, nameThisMachine } from "../../support/names.ts";
import { startProxy } from "../../support/scripted-proxy.ts";
import { answer, closedPort, playScript } from "../../support/scripted-server.ts";

beforeEach(nameThisMachine);

test("a proxy that refuses the tunnel is named with its status, and nothing was processed", async () => {
  const [proxy, server] = [await startProxy(407), await playScript([answer(202)])];
  const error = await toolErrorOf(post(beyond(server), { client: httpClient({ http: proxy.address }) }));
  expect(error.message).toContain("407");
  expect(server.requests).toHaveLength(0);
  expect(error).toMatchObject({
    hint: "Trying again will not help by itself. Check the proxy that HTTPS_PROXY or HTTP_PROXY names, and its credentials.",
    retryable: false,
    reason: "UND_ERR_ABORTED",
    status: undefined,
  });
});

test("a POST through a proxy that nobody runs was not processed, and may be tried again", async () => {
  const [port, server] = [await closedPort(), await playScript([answer(202)])];
  const client = httpClient({ http: `http://127.0.0.1:${port}` });
  const error = await toolErrorOf(post(beyond(server), { client, totalMs: 190 }));
  expect(error).toMatchObject({ retryable: true, reason: "ECONNREFUSED" });
  expect(error.hint).toContain("It was not processed, so it is safe to try again.");
  expect(server.requests).toHaveLength(0);
});

test("the size of an answer is limited behind a proxy too", async () => {
  const [proxy, server] = [await startProxy(), await playScript([answer(200, "x".repeat(1024 * 1024 + 1))])];
  const error = await toolErrorOf(get(beyond(server), { client: httpClient({ http: proxy.address }) }));
  expect(proxy.asked).toHaveLength(1);
  expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
});

describe("a proxy that says nothing", () => {
  const url = new URL("http://lightfast.test/x");

  test("is waited for until the deadline", async () => {
    const client = httpClient({ http: (await startProxy("silence")).address });
    const start = performance.now();
    const error = await toolErrorOf(get(url, { client, totalMs: 200 }));
    expect(error.message).toBe("GET lightfast.test/x gave no answer within 200 ms");
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test("was given no request, so a POST was not processed", async () => {
    const client = httpClient({ http: (await startProxy("silence")).address });
    const error = await toolErrorOf(post(url, { client, totalMs: 200 }));
    expect(error).toMatchObject({ reason: "DEADLINE", retryable: true });
    expect(error.hint).toBe("It was not processed, so it is safe to try again.");
  });

  test("is not waited for once the client has cancelled", async () => {
    const proxy = await startProxy("silence");
    const client = httpClient({ http: proxy.address });
    const start = performance.now();
    const cancel = new AbortController();
    const call = toolErrorOf(get(url, { client, cancel: cancel.signal }));
    await expect.poll(() => proxy.asked.length).toBe(1);
    cancel.abort(new Error("cancelled by the client"));
    expect((await call).message).toContain("cancelled by the client");
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test("is not even asked where the client had cancelled before", async () => {
    const proxy = await startProxy("silence");
    const client = httpClient({ http: proxy.address });
    await toolErrorOf(client.send({ method: "GET", url, headers: {} }, overBefore(new Error("cancelled"))));
    expect(proxy.asked).toHaveLength(0);
  });
});
