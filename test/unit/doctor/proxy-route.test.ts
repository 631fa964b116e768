import { expect, test } from "vitest";
import { maskProxy, portOf, proxyFor } from "../../../src/doctor/proxy-route.ts";
import type { ProxySettings } from "../../../src/http-client/types.ts";
import { get, httpClient, toolErrorOf } from "../../support/http.ts";
import { startProxy } from "../../support/scripted-proxy.ts";

const HOST = "https://api.lightfast.test:8443/x";

/** `NO_PROXY`, whether it is `http` or `https` whose proxy is set, and the URL that is asked for. */
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
  ["", "https", "http://127.0.0.1:1/x"],
  ["", "http", "http://127.0.0.1:1/x"],
];

test.each(ROWS)(
  "NO_PROXY=%j with a proxy for %s sends %s where the HTTP client does",
  async (none, scheme, url) => {
    const proxy = await startProxy(403);
    const proxies: ProxySettings = { [scheme]: proxy.address, none };
    await toolErrorOf(get(new URL(url), { client: httpClient(proxies), totalMs: 190 }));
    expect(proxyFor(new URL(url), proxies)).toBe(proxy.asked.length > 0 ? proxy.address : undefined);
  },
);

test("the proxy for https is preferred for https", () => {
  const proxies = { http: "http://a.test", https: "http://b.test" };
  expect(proxyFor(new URL("https://x.test"), proxies)).toBe("http://b.test");
  expect(proxyFor(new URL("http://x.test"), proxies)).toBe("http://a.test");
  expect(proxyFor(new URL("https://x.test"), {})).toBeUndefined();
});

test.each([
  ["http://proxy.test:8080", "http://proxy.test:8080"],
  ["http://ada:hush@proxy.test:8080/", "http://***@proxy.test:8080"],
  ["https://token@proxy.test", "https://***@proxy.test"],
])("the address %s is shown as %s", (address, shown) => {
  expect(maskProxy(address)).toBe(shown);
});

test("a port that is not written is that of the scheme", () => {
  expect(
    ["https://x.test", "http://x.test", "https://x.test:8443"].map((url) => portOf(new URL(url))),
  ).toEqual([443, 80, 8443]);
});
