import { expect, test } from "vitest";
import { readProxies } from "../../../src/config/resolve.ts";
import type { SettingProblem } from "../../../src/config/values.ts";
import { messagesOf } from "../../support/settings.ts";

function resolve(env: Record<string, string>) {
  const warnings: SettingProblem[] = [];
  const errors: SettingProblem[] = [];
  const proxies = readProxies(env, { warnings, errors });
  return { proxies, warnings: messagesOf(warnings), errors: messagesOf(errors) };
}

test("each scheme has its variable", () => {
  const { proxies, errors } = resolve({
    HTTP_PROXY: "http://proxy.test:1",
    HTTPS_PROXY: "https://proxy.test:2",
    NO_PROXY: "localhost,.internal",
  });
  expect(proxies).toEqual({
    http: "http://proxy.test:1",
    https: "https://proxy.test:2",
    none: "localhost,.internal",
  });
  expect(errors).toEqual([]);
});

test("the name in lower case wins", () => {
  const { proxies } = resolve({
    http_proxy: "http://low.test",
    HTTP_PROXY: "http://up.test",
    no_proxy: "low",
    NO_PROXY: "up",
  });
  expect(proxies).toMatchObject({ http: "http://low.test", none: "low" });
});

test("without variables there is no proxy", () => {
  expect(resolve({})).toEqual({
    proxies: { http: undefined, https: undefined, none: undefined },
    warnings: [],
    errors: [],
  });
});

test("an empty variable is an unset one", () => {
  expect(resolve({ https_proxy: "", HTTPS_PROXY: " " }).proxies.https).toBeUndefined();
});

test.each([
  ["proxy", "http://proxy"],
  ["proxy.test:3128", "http://proxy.test:3128"],
  ["127.0.0.1:8080", "http://127.0.0.1:8080"],
  ["ada:secret@proxy.test:1", "http://ada:secret@proxy.test:1"],
])("%s has no scheme, so it is an http proxy", (value, address) => {
  expect(resolve({ HTTPS_PROXY: value, http_proxy: value })).toEqual({
    proxies: { http: address, https: address, none: undefined },
    warnings: [],
    errors: [],
  });
});

test.each(["socks5://proxy.test:1080", "ftp://proxy.test", "http://", "://", "proxy test", "proxy:99999"])(
  "%s is a problem",
  (value) => {
    const { proxies, errors } = resolve({ HTTPS_PROXY: value });
    expect(proxies.https).toBeUndefined();
    expect(errors).toEqual([
      "HTTPS_PROXY must be the URL of an http or https proxy, such as http://proxy:8080.",
    ]);
  },
);

test.each(["http://ada:100%@proxy.test:1", "http://ada%:x@proxy.test:1"])(
  "credentials that cannot be decoded are a problem, and are not quoted (%s)",
  (value) => {
    const { errors } = resolve({ HTTPS_PROXY: value });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("HTTPS_PROXY");
    expect(errors[0]).not.toMatch(/ada|100%/);
  },
);

test("a placeholder is no proxy, and is named", () => {
  const { proxies, warnings, errors } = resolve({ HTTP_PROXY: `\${HTTP_PROXY}` });
  expect(proxies.http).toBeUndefined();
  expect(warnings).toEqual([
    `HTTP_PROXY holds the unexpanded placeholder \${HTTP_PROXY}, so it counts as unset.`,
  ]);
  expect(errors).toEqual([]);
});
