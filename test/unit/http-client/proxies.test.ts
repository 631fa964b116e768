import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { abortedDeadline, get, httpClient, post, toolErrorOf } from "../../support/http.ts";
import { beyond, nameThisMachine } from "../../support/names.ts";
import { startProxy } from "../../support/scripted-proxy.ts";
import { answer, closedPort, json, playScript } from "../../support/scripted-server.ts";
import { playTls } from "../../support/tls-server.ts";

const ok = json(200, { status: "ok" });

beforeEach(nameThisMachine);

describe("a loopback host", () => {
  test.each(["127.0.0.1", "localhost"])("is requested without a proxy: %s", async (host) => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    const client = httpClient({ http: proxy.address, https: proxy.address });
    expect((await get(new URL(`http://${host}:${server.port}/`), { client })).status).toBe(200);
    expect(proxy.asked).toHaveLength(0);
  });

  test.each(["http://[::1]", "https://127.0.0.1", "https://localhost"])(
    "is requested without a proxy even if it refuses the connection: %s",
    async (origin) => {
      const [proxy, port] = [await startProxy(), await closedPort()];
      const client = httpClient({ http: proxy.address, https: proxy.address });
      await toolErrorOf(get(new URL(`${origin}:${port}/`), { client, totalMs: 190 }));
      expect(proxy.asked).toHaveLength(0);
    },
  );

  test("is requested even if the proxy is down", async () => {
    const [port, server] = [await closedPort(), await playScript([ok])];
    const client = httpClient({ http: `http://127.0.0.1:${port}` });
    expect((await get(server.url(), { client })).status).toBe(200);
  });

  test("does not include names below localhost", async () => {
    const proxy = await startProxy(403);
    const client = httpClient({ http: proxy.address });
    await toolErrorOf(get(new URL("https://lightfast.localhost:1/"), { client, totalMs: 190 }));
    expect(proxy.asked.map(({ target }) => target)).toEqual(["lightfast.localhost:1"]);
  });
});

/** Names under .test are this machine, and the certificate of `playTls` is trusted. */
function trustTestServers(): void {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  onTestFinished(() => {
    vi.unstubAllEnvs();
    warn.mockRestore();
  });
}

test("plain http goes through no proxy, which could read the credentials", async () => {
  const [proxy, server] = [await startProxy(), await playScript([ok, answer(202)])];
  const client = httpClient({ http: proxy.address, https: proxy.address });
  expect((await get(beyond(server), { client })).status).toBe(200);
  expect((await post(beyond(server), { client })).status).toBe(202);
  expect(proxy.asked).toHaveLength(0);
});

describe("proxies", () => {
  beforeEach(trustTestServers);

  describe("the http proxy", () => {
    test("opens a tunnel to the host", async () => {
      const [proxy, server] = [await startProxy(), await playTls([ok])];
      const client = httpClient({ http: proxy.address });
      expect((await get(beyond(server, "/x", "https"), { client })).body).toBe('{"status":"ok"}');
      expect(proxy.asked.map(({ target }) => target)).toEqual([`lightfast.test:${server.port}`]);
      expect(server.requests.map(({ target }) => target)).toEqual(["/x"]);
    });

    test("forwards a body", async () => {
      const [proxy, server] = [await startProxy(), await playTls([json(202, {})])];
      await post(beyond(server, "/", "https"), {
        client: httpClient({ http: proxy.address }),
        body: '{"input":"é"}',
      });
      expect(proxy.asked).toHaveLength(1);
      expect(server.requests).toMatchObject([{ method: "POST", body: '{"input":"é"}' }]);
    });

    test("does not receive the API key", async () => {
      const [proxy, server] = [await startProxy(), await playTls([ok])];
      await get(beyond(server, "/", "https"), { client: httpClient({ http: proxy.address }) });
      expect(proxy.asked).toHaveLength(1);
      expect(JSON.stringify(proxy.asked)).not.toContain("lf_test");
      expect(server.requests[0]?.headers.authorization).toBe("Bearer lf_test");
    });

    test("alone receives the credentials of its URL", async () => {
      const [proxy, server] = [await startProxy(), await playTls([ok])];
      const address = `http://ada:p%40ss@127.0.0.1:${proxy.port}`;
      await get(beyond(server, "/", "https"), { client: httpClient({ http: address }) });
      const expected = `Basic ${Buffer.from("ada:p@ss").toString("base64")}`;
      expect(proxy.asked[0]?.headers["proxy-authorization"]).toBe(expected);
      expect(server.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
    });
  });

  describe("the https proxy", () => {
    test("receives host and port", async () => {
      const proxy = await startProxy(403);
      const client = httpClient({ https: proxy.address });
      await toolErrorOf(get(new URL("https://lightfast.test/x"), { client, totalMs: 190 }));
      expect(proxy.asked[0]?.target).toBe("lightfast.test:443");
    });

    test("takes precedence over the http proxy", async () => {
      const [http, https] = [await startProxy(403), await startProxy(403)];
      const client = httpClient({ http: http.address, https: https.address });
      await toolErrorOf(get(new URL("https://lightfast.test/x"), { client, totalMs: 190 }));
      expect([http.asked.length, https.asked.length]).toEqual([0, 1]);
    });
  });

  describe("NO_PROXY", () => {
    test.each(["lightfast.test", "example.test, lightfast.test", ".test", "*"])(
      "%j bypasses the proxy",
      async (none) => {
        const [proxy, server] = [await startProxy(), await playTls([ok])];
        const client = httpClient({ http: proxy.address, none });
        expect((await get(beyond(server, "/", "https"), { client })).status).toBe(200);
        expect(proxy.asked).toHaveLength(0);
      },
    );

    test("of another host does not bypass it", async () => {
      const [proxy, server] = [await startProxy(), await playTls([ok])];
      await get(beyond(server, "/", "https"), {
        client: httpClient({ http: proxy.address, none: "example.test" }),
      });
      expect(proxy.asked).toHaveLength(1);
    });
  });

  const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] as const;

  test.each(VARIABLES)("%s of the process is ignored", async (name) => {
    const [proxy, server] = [await startProxy(), await playTls([ok])];
    const before = process.env[name];
    process.env[name] = proxy.address;
    try {
      expect((await get(beyond(server, "/", "https"), { client: httpClient() })).status).toBe(200);
    } finally {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    }
    expect(proxy.asked).toHaveLength(0);
  });
});

describe("proxy failures", () => {
  beforeEach(trustTestServers);

  test("a refused tunnel is reported with its status, and nothing was processed", async () => {
    const [proxy, server] = [await startProxy(407), await playTls([answer(202)])];
    const error = await toolErrorOf(
      post(beyond(server, "/", "https"), { client: httpClient({ http: proxy.address }) }),
    );
    expect(error.message).toContain("407");
    expect(server.requests).toHaveLength(0);
    expect(error).toMatchObject({
      hint: "Trying again will not help by itself. Check the proxy that HTTPS_PROXY or HTTP_PROXY names, and its credentials.",
      retryable: false,
      reason: "UND_ERR_ABORTED",
      status: undefined,
    });
  });

  test("a POST through an unreachable proxy was not processed, and may be tried again", async () => {
    const [port, server] = [await closedPort(), await playTls([answer(202)])];
    const client = httpClient({ http: `http://127.0.0.1:${port}` });
    const error = await toolErrorOf(post(beyond(server, "/", "https"), { client, totalMs: 190 }));
    expect(error).toMatchObject({ retryable: true, reason: "ECONNREFUSED" });
    expect(error.hint).toContain("It was not processed, so it is safe to try again.");
    expect(server.requests).toHaveLength(0);
  });

  test("the response size is limited behind a proxy too", async () => {
    const [proxy, server] = [await startProxy(), await playTls([answer(200, "x".repeat(1024 * 1024 + 1))])];
    const error = await toolErrorOf(
      get(beyond(server, "/", "https"), { client: httpClient({ http: proxy.address }) }),
    );
    expect(proxy.asked).toHaveLength(1);
    expect(error.message).toContain("UND_ERR_RES_EXCEEDED_MAX_SIZE");
  });

  describe("a proxy that does not respond", () => {
    const url = new URL("https://lightfast.test/x");

    test("is awaited until the deadline", async () => {
      const client = httpClient({ http: (await startProxy("silence")).address });
      const start = performance.now();
      const error = await toolErrorOf(get(url, { client, totalMs: 200 }));
      expect(error.message).toBe("GET lightfast.test/x did not respond within 200 ms");
      expect(performance.now() - start).toBeLessThan(2000);
    });

    test("has not received the request, so a POST was not processed", async () => {
      const client = httpClient({ http: (await startProxy("silence")).address });
      const error = await toolErrorOf(post(url, { client, totalMs: 200 }));
      expect(error).toMatchObject({ reason: "DEADLINE", retryable: true });
      expect(error.hint).toBe("It was not processed, so it is safe to try again.");
    });

    test("is not awaited after a cancellation", async () => {
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

    test("is not requested after a cancellation", async () => {
      const proxy = await startProxy("silence");
      const client = httpClient({ http: proxy.address });
      await toolErrorOf(
        client.send({ method: "GET", url, headers: {} }, abortedDeadline(new Error("cancelled"))),
      );
      expect(proxy.asked).toHaveLength(0);
    });
  });
});
