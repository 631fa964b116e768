import { expect, test } from "vitest";
import { effectivePort, findProxy, maskProxy } from "../../../src/http-client/route.ts";
import type { ProxySettings } from "../../../src/http-client/types.ts";
import { get, httpClient, toolErrorOf } from "../../support/http.ts";
import { startProxy } from "../../support/scripted-proxy.ts";

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

test("https prefers its own proxy", () => {
  const proxies = { http: "http://a.test", https: "http://b.test" };
  expect(findProxy(new URL("https://x.test"), proxies)).toBe("http://b.test");
  expect(findProxy(new URL("http://x.test"), proxies)).toBe("http://a.test");
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
