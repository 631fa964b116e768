import { describe, expect, test } from "vitest";
import type { Flags } from "../../../../../src/platforms/lightfast/config/part-options.ts";
import { resolveSettings, type Settings } from "../../../../../src/platforms/lightfast/config/resolve.ts";

type Environment = Record<string, string>;

const keyOf = ({ credential }: Settings) =>
  credential.state === "ready" ? credential.key : credential.state;

test("without flags and variables everything has its default", () => {
  expect(resolveSettings({}, {})).toMatchObject({
    credential: { state: "missing", problem: "No Lightfast API key is set" },
    baseUrl: new URL("https://lightfast.ai"),
    timeoutMs: 25_000,
    logLevel: "warn",
    sandbox: false,
    proxies: { http: undefined, https: undefined, none: undefined },
    notices: [],
  });
});

describe("a flag beats the variables, and they beat the default", () => {
  const ORDER: readonly [
    name: string,
    value: (settings: Settings) => unknown,
    [Flags, Environment, unknown][],
  ][] = [
    [
      "the API key",
      keyOf,
      [
        [{ apiKey: "lf_flag" }, { LIGHTFAST_API_KEY: "lf_env" }, "lf_flag"],
        [{}, { LIGHTFAST_API_KEY: "lf_env" }, "lf_env"],
        [{ apiKey: " " }, { LIGHTFAST_API_KEY: " lf_env\n" }, "lf_env"],
        [{}, { LIGHTFAST_API_KEY: "" }, "missing"],
      ],
    ],
    [
      "the base URL",
      ({ baseUrl }) => baseUrl.host,
      [
        [{ baseUrl: "https://flag.test" }, { LIGHTFAST_BASE_URL: "https://env.test" }, "flag.test"],
        [{}, { LIGHTFAST_BASE_URL: "https://env.test", LIGHTFAST_API_URL: "https://old.test" }, "env.test"],
        [{}, { LIGHTFAST_API_URL: "https://old.test" }, "old.test"],
        [{}, { LIGHTFAST_BASE_URL: "" }, "lightfast.ai"],
      ],
    ],
    [
      "the timeout",
      ({ timeoutMs }) => timeoutMs,
      [
        [{ timeout: "1" }, { LIGHTFAST_TIMEOUT: "2" }, 1],
        [{}, { LIGHTFAST_TIMEOUT: "2" }, 2],
        [{}, { LIGHTFAST_TIMEOUT: " " }, 25_000],
      ],
    ],
    [
      "the log level",
      ({ logLevel }) => logLevel,
      [
        [{ logLevel: "debug" }, { LIGHTFAST_LOG_LEVEL: "error" }, "debug"],
        [{}, { LIGHTFAST_LOG_LEVEL: "ERROR" }, "error"],
        [{}, {}, "warn"],
      ],
    ],
    [
      "the sandbox",
      ({ sandbox }) => sandbox,
      [
        [{ sandbox: true }, { LIGHTFAST_SANDBOX: "0" }, true],
        [{ sandbox: false }, { LIGHTFAST_SANDBOX: "1" }, true],
        [{}, { LIGHTFAST_SANDBOX: "yes" }, true],
        [{}, { LIGHTFAST_SANDBOX: "off" }, false],
      ],
    ],
  ];
  const ROWS = ORDER.flatMap(([name, value, rows]) => rows.map((row) => [name, ...row, value] as const));

  test.each(ROWS)("%s: %j and %j give %j", (_, flags, env, expected, value) => {
    expect(value(resolveSettings(flags, env))).toBe(expected);
  });
});

test("a placeholder counts as unset, and is named", () => {
  const settings = resolveSettings(
    { apiKey: `\${input:key}`, timeout: "%TIMEOUT%" },
    { LIGHTFAST_API_KEY: "$LIGHTFAST_API_KEY", LIGHTFAST_BASE_URL: "{env:URL}", HTTPS_PROXY: "$PROXY" },
  );
  expect(settings).toMatchObject({ credential: { state: "missing" }, timeoutMs: 25_000 });
  expect(settings.baseUrl.host).toBe("lightfast.ai");
  const named = ["LIGHTFAST_BASE_URL", "--timeout", "HTTPS_PROXY"];
  expect(settings.notices.map((line) => line.split(" ")[0]).sort()).toEqual(named.sort());
});

describe("a placeholder in place of a key", () => {
  const flags = { apiKey: `\${input:key}` };
  const env = { LIGHTFAST_API_KEY: "$LIGHTFAST_API_KEY" };

  test("belongs to what is said of the missing key, and is no notice", () => {
    const { credential, notices } = resolveSettings(flags, env);
    const problem = "problem" in credential ? credential.problem : "";
    expect(problem).toMatch(
      /^No Lightfast API key is set: --api-key holds .*: LIGHTFAST_API_KEY holds .*[^.]$/,
    );
    expect(problem).toContain(`\${input:key}`);
    expect(notices).toEqual([]);
  });

  test("is a notice where there is a key all the same", () => {
    const { credential, notices } = resolveSettings(flags, { LIGHTFAST_API_KEY: "lf_env" });
    expect(credential).toMatchObject({ state: "ready", key: "lf_env" });
    expect(notices).toEqual([expect.stringMatching(/^--api-key holds the unexpanded placeholder /)]);
  });
});

describe("a notice", () => {
  test("says that a key on the command line can be seen", () => {
    expect(resolveSettings({ apiKey: "lf_flag" }, {}).notices).toEqual([
      "--api-key can be seen by other users in the process list; prefer LIGHTFAST_API_KEY or a login.",
    ]);
    expect(resolveSettings({}, { LIGHTFAST_API_KEY: "lf_env" }).notices).toEqual([]);
    expect(resolveSettings({ apiKey: "sk_old" }, {}).notices).toEqual([]);
  });

  test.each<[Flags, Environment, string]>([
    [{ baseUrl: "https://x.test", sandbox: true }, {}, "--base-url"],
    [{ sandbox: true }, { LIGHTFAST_BASE_URL: "https://x.test" }, "LIGHTFAST_BASE_URL"],
    [{}, { LIGHTFAST_API_URL: "https://x.test", LIGHTFAST_SANDBOX: "1" }, "LIGHTFAST_API_URL"],
  ])("says that an address is not used beside the sandbox (%j, %j)", (flags, env, source) => {
    expect(resolveSettings(flags, env).notices).toEqual([
      `${source} is not used: the sandbox has its own address.`,
    ]);
  });

  test("is not needed where the sandbox stands alone, or an address does", () => {
    expect(resolveSettings({ sandbox: true }, {}).notices).toEqual([]);
    expect(resolveSettings({ baseUrl: "https://x.test" }, {}).notices).toEqual([]);
  });
});

describe("with the sandbox no proxy is read", () => {
  test.each(["http://proxy.test:1", "socks5://x", "$PROXY"])("be it %s", (HTTPS_PROXY) => {
    const { proxies, notices } = resolveSettings({ sandbox: true }, { HTTPS_PROXY, NO_PROXY: "*" });
    expect(proxies).toEqual({});
    expect(notices).toEqual([]);
  });

  test("but without it the same ones are", () => {
    expect(resolveSettings({}, { HTTPS_PROXY: "proxy.test:1" }).proxies.https).toBe("http://proxy.test:1");
  });
});

test.each<[Flags, Environment, string]>([
  [{}, {}, "default"],
  [{ baseUrl: "https://x.test" }, {}, "--base-url"],
  [{}, { LIGHTFAST_API_URL: "https://x.test" }, "LIGHTFAST_API_URL"],
])("where the address came from is told (%j, %j)", (flags, env, source) => {
  expect(resolveSettings(flags, env).baseUrlSource).toBe(source);
});

test("a key that cannot be one does not keep the tools from being listed", () => {
  const { credential } = resolveSettings({}, { LIGHTFAST_API_KEY: "sk_old" });
  expect(credential).toMatchObject({ state: "malformed" });
});
