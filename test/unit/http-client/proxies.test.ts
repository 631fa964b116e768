import { beforeEach, describe, expect, test } from "vitest";
import { get, httpClient, post, toolErrorOf } from "../../support/http.ts";
import { beyond, nameThisMachine } from "../../support/names.ts";
import { startProxy } from "../../support/scripted-proxy.ts";
import { json, playScript } from "../../support/scripted-server.ts";

const ok = json(200, { status: "ok" });

beforeEach(nameThisMachine);

describe("a proxy for http", () => {
  test("is asked for the host, and carries the call", async () => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    const client = httpClient({ http: proxy.address });
    expect((await get(beyond(server, "/x"), { client })).body).toBe('{"status":"ok"}');
    expect(proxy.asked.map(({ target }) => target)).toEqual([`lightfast.test:${server.port}`]);
    expect(server.requests.map(({ target }) => target)).toEqual(["/x"]);
  });

  test("carries a body whole", async () => {
    const [proxy, server] = [await startProxy(), await playScript([json(202, {})])];
    await post(beyond(server), { client: httpClient({ http: proxy.address }), body: '{"input":"é"}' });
    expect(proxy.asked).toHaveLength(1);
    expect(server.requests).toMatchObject([{ method: "POST", body: '{"input":"é"}' }]);
  });

  test("is not shown the API key", async () => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    await get(beyond(server), { client: httpClient({ http: proxy.address }) });
    expect(proxy.asked).toHaveLength(1);
    expect(JSON.stringify(proxy.asked)).not.toContain("lf_test");
    expect(server.requests[0]?.headers.authorization).toBe("Bearer lf_test");
  });

  test("is given the user and password of its address, and nobody else is", async () => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    const address = `http://ada:p%40ss@127.0.0.1:${proxy.port}`;
    await get(beyond(server), { client: httpClient({ http: address }) });
    const expected = `Basic ${Buffer.from("ada:p@ss").toString("base64")}`;
    expect(proxy.asked[0]?.headers["proxy-authorization"]).toBe(expected);
    expect(server.requests[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  test("is asked for https too, where that has none of its own", async () => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    const client = httpClient({ http: proxy.address });
    await toolErrorOf(get(beyond(server, "/", "https"), { client, totalMs: 190 }));
    expect(proxy.asked.map(({ target }) => target)).toEqual([`lightfast.test:${server.port}`]);
  });
});

describe("a proxy for https", () => {
  test("leaves http alone", async () => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    expect((await get(beyond(server), { client: httpClient({ https: proxy.address }) })).status).toBe(200);
    expect(proxy.asked).toHaveLength(0);
  });

  test("is asked for the host and its port", async () => {
    const proxy = await startProxy(403);
    const client = httpClient({ https: proxy.address });
    await toolErrorOf(get(new URL("https://lightfast.test/x"), { client, totalMs: 190 }));
    expect(proxy.asked[0]?.target).toBe("lightfast.test:443");
  });

  test("beats the one for http", async () => {
    const [http, https] = [await startProxy(403), await startProxy(403)];
    const client = httpClient({ http: http.address, https: https.address });
    await toolErrorOf(get(new URL("https://lightfast.test/x"), { client, totalMs: 190 }));
    expect([http.asked.length, https.asked.length]).toEqual([0, 1]);
  });
});

describe("NO_PROXY", () => {
  test.each(["lightfast.test", "example.test, lightfast.test", ".test", "*"])(
    "%j goes past the proxy",
    async (none) => {
      const [proxy, server] = [await startProxy(), await playScript([ok])];
      const client = httpClient({ http: proxy.address, none });
      expect((await get(beyond(server), { client })).status).toBe(200);
      expect(proxy.asked).toHaveLength(0);
    },
  );

  test("for another host does not", async () => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    await get(beyond(server), { client: httpClient({ http: proxy.address, none: "example.test" }) });
    expect(proxy.asked).toHaveLength(1);
  });
});

const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"] as const;

test.each(VARIABLES)("%s of the process is not consulted", async (name) => {
  const [proxy, server] = [await startProxy(), await playScript([ok])];
  const before = process.env[name];
  process.env[name] = proxy.address;
  try {
    expect((await get(beyond(server), { client: httpClient() })).status).toBe(200);
    await toolErrorOf(get(beyond(server, "/", "https"), { client: httpClient(), totalMs: 190 }));
  } finally {
    if (before === undefined) delete process.env[name];
    else process.env[name] = before;
  }
  expect(proxy.asked).toHaveLength(0);
});
