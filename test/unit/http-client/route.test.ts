import net from "node:net";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { effectivePort, findProxy, maskProxy } from "../../../src/http-client/route.ts";
import type { ProxySettings } from "../../../src/http-client/types.ts";
import { get, httpClient, post, toolErrorOf } from "../../support/http.ts";
import { internalPost } from "../../support/lightfast/hosted.ts";
import { startProxy } from "../../support/scripted-proxy.ts";
import { json, playScript } from "../../support/scripted-server.ts";

const PROXY_ADDRESS = "http://127.0.0.1:1";
const HOST = "https://api.lightfast.test:8443/x";

/** `NO_PROXY`, the scheme with a proxy, and the requested URL. */
const ROWS: readonly (readonly [none: string, scheme: "http" | "https", url: string])[] = [
  ["", "https", HOST],
  ["", "http", HOST],
  ["*", "https", HOST],
  [" ", "https", HOST],
  ["api.lightfast.test", "https", HOST],
  ["API.Lightfast.Test", "https", HOST],
  ["lightfast.test", "https", HOST],
  [".lightfast.test", "https", HOST],
  ["*.lightfast.test", "https", HOST],
  ["fast.test", "https", HOST],
  ["api.lightfast.test:8443", "https", HOST],
  ["api.lightfast.test:443", "https", HOST],
  ["lightfast.test:443", "https", "https://lightfast.test/x"],
  ["other.test, lightfast.test", "https", HOST],
  ["other.test lightfast.test", "https", HOST],
  ["other.test,*", "https", HOST],
  ["", "http", "http://api.lightfast.test:1/x"],
  ["", "https", "http://127.0.0.1:1/x"],
  ["", "http", "http://127.0.0.1:1/x"],
];

test.each(ROWS)(
  "NO_PROXY=%j with a proxy for %s: findProxy and the HTTP client agree on %s",
  async (none, scheme, url) => {
    const proxy = await startProxy(403);
    const proxies: ProxySettings = { [scheme]: proxy.address, none };
    await toolErrorOf(get(new URL(url), { client: httpClient(proxies), totalMs: 190 }));
    expect(findProxy(new URL(url), proxies)).toBe(proxy.asked.length > 0 ? proxy.address : undefined);
  },
);

describe("NO_PROXY", () => {
  const PROXY = "http://proxy.test:3128";
  const isBypassed = (none: string, url: string): boolean =>
    findProxy(new URL(url), { http: PROXY, https: PROXY, none }) === undefined;

  test.each<[none: string, url: string]>([
    ["10.0.0.0/8,::1", "https://10.1.2.3/x"],
    ["10.0.0.0/8", "https://10.255.255.255:8443/"],
    ["10.1.2.3", "https://10.1.2.3/"],
    ["10.1.2.3:8443", "https://10.1.2.3:8443/"],
    ["192.168.1.128/25", "https://192.168.1.200/"],
    ["0.0.0.0/0", "https://203.0.113.9/"],
    ["10.0.0.0/8:8443", "https://10.1.2.3:8443/"],
    ["fd00::/8", "https://[fd12:3456::1]/"],
    ["2001:db8::1", "https://[2001:db8:0:0::1]/"],
    ["[2001:db8::1]", "https://[2001:db8::1]/"],
    ["[2001:db8::1]:8443", "https://[2001:db8::1]:8443/"],
    ["2001:DB8::/32", "https://[2001:db8::5]/"],
    ["other.test,*", "https://api.lightfast.test/"],
    ["a.test, 10.0.0.0/8 b.test", "https://10.0.0.1/"],
  ])("%s bypasses the proxy for %s", (none, url) => {
    expect(isBypassed(none, url)).toBe(true);
  });

  test.each<[none: string, url: string]>([
    ["10.0.0.0/8", "https://11.0.0.1/"],
    ["10.0.0.0/8", "https://10.test/"],
    ["10.0.0.0/33", "https://10.0.0.1/"],
    ["10.0.0.0/x", "https://10.0.0.1/"],
    ["10.0.0.0/", "https://10.0.0.1/"],
    ["10.1.2.3:443", "https://10.1.2.3:8443/"],
    ["[2001:db8::1]:443", "https://[2001:db8::1]:8443/"],
    ["2001:db8::/129", "https://[2001:db8::1]/"],
    ["2001:db8::1", "https://[2001:db8::2]/"],
    ["::1", "https://[2001:db8::1]/"],
    [".", "https://api.lightfast.test/"],
    [":443", "https://api.lightfast.test/"],
    ["%zz/8", "https://10.0.0.1/"],
  ])("%s does not bypass it for %s", (none, url) => {
    expect(isBypassed(none, url)).toBe(false);
  });
});

describe("a proxy that is not an HTTP proxy", () => {
  const proxies = { https: "socks5://ada:hush@127.0.0.1:1080" };

  test("fails each call that needs it, with the reason", async () => {
    for (const send of [get, post]) {
      const error = await toolErrorOf(send(new URL(HOST), { client: httpClient(proxies) }));
      expect(error.message).toMatch(
        /^(?:GET|POST) api\.lightfast\.test:8443\/x failed: socks5:\/\/\*\*\*@127\.0\.0\.1:1080 is not an http or https proxy \(PROXY_UNSUPPORTED\)$/,
      );
      expect(error).toMatchObject({
        hint: "Trying again will not help by itself. Set HTTPS_PROXY or HTTP_PROXY to an http or https proxy, or exclude the host with NO_PROXY.",
        reason: "PROXY_UNSUPPORTED",
        retryable: false,
      });
    }
  });

  test("is not needed for a loopback host, plain http, or an excluded host", async () => {
    const server = await playScript([json(200, {})]);
    expect((await get(server.url(), { client: httpClient(proxies) })).status).toBe(200);
    expect(findProxy(new URL("http://api.lightfast.test/"), proxies)).toBeUndefined();
    expect(findProxy(new URL(HOST), { ...proxies, none: "lightfast.test" })).toBeUndefined();
  });
});

describe("every outgoing socket", () => {
  test.each<[string, (url: URL) => Promise<unknown>]>([
    ["directly", (url) => get(url, { totalMs: 190 })],
    ["for a write", (url) => post(url, { totalMs: 190 })],
    [
      "through a proxy",
      () => get(new URL(HOST), { client: httpClient({ http: PROXY_ADDRESS }), totalMs: 190 }),
    ],
    [
      "to an internal service",
      (url) => internalPost()({ url, body: "{}", headers: {}, write: { sent: false } }, 190),
    ],
  ])("gives each address of a host 2 to 10 seconds: %s", async (_, send) => {
    const connect = vi.spyOn(net, "connect");
    onTestFinished(() => connect.mockRestore());
    await send(new URL("http://lightfast.invalid:1/")).catch(() => {});
    expect(connect).toHaveBeenCalled();
    for (const [options] of connect.mock.calls) {
      const { autoSelectFamilyAttemptTimeout: ms } = options as { autoSelectFamilyAttemptTimeout?: number };
      expect(ms).toBeGreaterThanOrEqual(2000);
      expect(ms).toBeLessThanOrEqual(10_000);
    }
  });
});

test("https prefers its own proxy", () => {
  const proxies = { http: "http://a.test", https: "http://b.test" };
  expect(findProxy(new URL("https://x.test"), proxies)).toBe("http://b.test");
  expect(findProxy(new URL("http://x.test"), proxies)).toBeUndefined();
  expect(findProxy(new URL("https://x.test"), {})).toBeUndefined();
});

test.each([
  ["http://proxy.test:8080", "http://proxy.test:8080"],
  ["http://ada:hush@proxy.test:8080/", "http://***@proxy.test:8080"],
  ["https://token@proxy.test", "https://***@proxy.test"],
])("maskProxy shows %s as %s", (address, shown) => {
  expect(maskProxy(address)).toBe(shown);
});

test("effectivePort returns the default port of the scheme", () => {
  expect(
    ["https://x.test", "http://x.test", "https://x.test:8443"].map((url) => effectivePort(new URL(url))),
  ).toEqual([443, 80, 8443]);
});
