import { beforeEach, describe, expect, test } from "vitest";
import { isLoopback } from "../../../src/shared/loopback.ts";
import { get, httpClient, toolErrorOf } from "../../support/http.ts";
import { nameThisMachine } from "../../support/names.ts";
import { startProxy } from "../../support/scripted-proxy.ts";
import { closedPort, json, playScript } from "../../support/scripted-server.ts";

const ok = json(200, { status: "ok" });

describe("what is this machine by its name alone", () => {
  const hostOf = (url: string): string => new URL(url).hostname;

  test.each([
    "http://localhost:1",
    "http://LOCALHOST",
    "http://127.0.0.1",
    "http://127.1",
    "http://[::1]:3000",
  ])("%s is", (url) => {
    expect(isLoopback(hostOf(url))).toBe(true);
  });

  test.each([
    "http://lightfast.localhost",
    "http://localhost.test",
    "http://127.0.0.1.test",
    "http://0.0.0.0",
    "http://[::2]",
    "http://[::ffff:127.0.0.1]",
    "http://128.0.0.1",
  ])("%s is not", (url) => {
    expect(isLoopback(hostOf(url))).toBe(false);
  });
});

beforeEach(nameThisMachine);

describe("this machine", () => {
  test.each(["127.0.0.1", "localhost"])("is never reached through a proxy: %s", async (host) => {
    const [proxy, server] = [await startProxy(), await playScript([ok])];
    const client = httpClient({ http: proxy.address, https: proxy.address });
    expect((await get(new URL(`http://${host}:${server.port}/`), { client })).status).toBe(200);
    expect(proxy.asked).toHaveLength(0);
  });

  test.each(["http://[::1]", "https://127.0.0.1", "https://localhost"])(
    "is never reached through a proxy, even where nobody listens: %s",
    async (origin) => {
      const [proxy, port] = [await startProxy(), await closedPort()];
      const client = httpClient({ http: proxy.address, https: proxy.address });
      await toolErrorOf(get(new URL(`${origin}:${port}/`), { client, totalMs: 190 }));
      expect(proxy.asked).toHaveLength(0);
    },
  );

  test("is reached past a proxy that is down", async () => {
    const [port, server] = [await closedPort(), await playScript([ok])];
    const client = httpClient({ http: `http://127.0.0.1:${port}` });
    expect((await get(server.url(), { client })).status).toBe(200);
  });

  test("is not what a name below localhost means", async () => {
    const proxy = await startProxy(403);
    const client = httpClient({ http: proxy.address });
    await toolErrorOf(get(new URL("http://lightfast.localhost:1/"), { client, totalMs: 190 }));
    expect(proxy.asked.map(({ target }) => target)).toEqual(["lightfast.localhost:1"]);
  });
});
