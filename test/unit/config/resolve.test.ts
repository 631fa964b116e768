import { expect, test } from "vitest";
import type { SettingProblem } from "../../../src/config/reader.ts";
import { readProxies, SettingsError } from "../../../src/config/resolve.ts";
import { messagesOf } from "../../support/settings.ts";

function read(env: Record<string, string>) {
  const warnings: SettingProblem[] = [];
  const errors: SettingProblem[] = [];
  const proxies = readProxies(env, { warnings, errors });
  return { proxies, warnings: messagesOf(warnings), errors: messagesOf(errors) };
}

test("each scheme has a variable", () => {
  const { proxies, errors } = read({
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

test("the lower-case name wins", () => {
  const { proxies } = read({
    http_proxy: "http://low.test",
    HTTP_PROXY: "http://up.test",
    no_proxy: "low",
    NO_PROXY: "up",
  });
  expect(proxies).toMatchObject({ http: "http://low.test", none: "low" });
});

test("there is no proxy without variables", () => {
  expect(read({})).toEqual({
    proxies: { http: undefined, https: undefined, none: undefined },
    warnings: [],
    errors: [],
  });
});

test("a blank variable counts as unset", () => {
  expect(read({ https_proxy: "", HTTPS_PROXY: " " }).proxies.https).toBeUndefined();
});

test.each([
  ["proxy", "http://proxy"],
  ["proxy.test:3128", "http://proxy.test:3128"],
  ["127.0.0.1:8080", "http://127.0.0.1:8080"],
  ["ada:secret@proxy.test:1", "http://ada:secret@proxy.test:1"],
])("%s without a scheme is an http proxy", (value, address) => {
  expect(read({ HTTPS_PROXY: value, http_proxy: value })).toEqual({
    proxies: { http: address, https: address, none: undefined },
    warnings: [],
    errors: [],
  });
});

test.each(["socks5://127.0.0.1:1080", "socks5h://ada:hush@proxy.test", "SOCKS4://x", "ftp://proxy.test"])(
  "%s does not stop the start, with a warning",
  (value) => {
    const { proxies, warnings, errors } = read({ HTTPS_PROXY: value });
    expect(proxies.https).toBe(value);
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      "HTTPS_PROXY must be the URL of an http or https proxy, such as http://proxy:8080. Requests that need it will fail.",
    ]);
  },
);

test.each(["http://", "socks5://", "://", "proxy test", "proxy:99999"])("%s is an error", (value) => {
  const { proxies, errors } = read({ HTTPS_PROXY: value });
  expect(proxies.https).toBeUndefined();
  expect(errors).toEqual([
    "HTTPS_PROXY must be the URL of an http or https proxy, such as http://proxy:8080.",
  ]);
});

test.each(["http://ada:100%@proxy.test:1", "http://ada%:x@proxy.test:1"])(
  "the error about credentials that cannot be decoded does not quote them (%s)",
  (value) => {
    const { errors } = read({ HTTPS_PROXY: value });
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain("HTTPS_PROXY");
    expect(errors[0]).not.toMatch(/ada|100%/);
  },
);

test("a placeholder counts as unset, with a warning", () => {
  const { proxies, warnings, errors } = read({ HTTP_PROXY: `\${HTTP_PROXY}` });
  expect(proxies.http).toBeUndefined();
  expect(warnings).toEqual([
    `HTTP_PROXY holds the unexpanded placeholder \${HTTP_PROXY}, so it counts as unset.`,
  ]);
  expect(errors).toEqual([]);
});

test("an error reports ten problems of 8 kB together, and how many more there are", () => {
  const problems = Array.from({ length: 5000 }, (_, index) => ({
    setting: `KEY_${index}`,
    message: `KEY_${index} is wrong: ${"é".repeat(5000)}`,
  }));
  const { message, problems: shown } = new SettingsError(problems);
  expect(shown).toHaveLength(11);
  expect(message.split("\n").map((line) => line.slice(0, 14))).toEqual([
    ...Array.from({ length: 10 }, (_, index) => `KEY_${index} is wrong`),
    "4990 more prob",
  ]);
  expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8000);
  const [one] = new SettingsError(problems.slice(0, 1)).problems;
  expect(one?.message).toMatch(/^KEY_0 is wrong: é{3000,}…$/);
});
