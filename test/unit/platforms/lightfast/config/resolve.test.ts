import { beforeEach, describe, expect, test, vi } from "vitest";
import { SettingsError } from "../../../../../src/config/resolve.ts";
import type { LightfastFlags } from "../../../../../src/platforms/lightfast/config/options.ts";
import { writeProfile } from "../../../../../src/platforms/lightfast/config/profile-writes.ts";
import {
  activeProfileFile,
  type Profile,
  ProfileError,
} from "../../../../../src/platforms/lightfast/config/profiles.ts";
import {
  readLightfastSettings,
  resolveLightfastSettings,
  resolveProfileName,
} from "../../../../../src/platforms/lightfast/config/resolve.ts";
import {
  DEFAULT_BASE_URL,
  maskKey,
  parseApiKey,
  parseBaseUrl,
} from "../../../../../src/platforms/lightfast/config/upstream.ts";
import { placeFile, temporaryHome } from "../../../../support/home.ts";
import { errorsOf, messagesOf, withMessages } from "../../../../support/settings.ts";

beforeEach(() => void temporaryHome());

/** Resolves the settings with this stored login, or without one. */
function resolve(flags: LightfastFlags, env: Readonly<Record<string, string>>, login?: Profile) {
  return withMessages(resolveLightfastSettings(flags, env, { readLogin: () => login }));
}
type Resolved = ReturnType<typeof resolve>;

describe("api key", () => {
  const TAIL = "0123456789abcdefghijABCDEFGHIJ0123456789";
  const judge = (value: string) => parseApiKey({ value, source: "LIGHTFAST_API_KEY" });

  test.each([`lf_${TAIL}`, "lf_a", "lf_sandbox_ready", "lf_with-dash_and.dot~"])(
    "%s is a well-formed key",
    (key) => {
      expect(judge(key)).toEqual({ state: "ready", key, source: "LIGHTFAST_API_KEY" });
    },
  );

  test("a missing key has a message", () => {
    expect(parseApiKey(undefined)).toMatchObject({
      state: "missing",
      problem: "No Lightfast API key is set",
    });
  });

  test("the message about a missing key includes the warnings", () => {
    const remark = "LIGHTFAST_API_KEY holds the unexpanded placeholder $KEY, so it counts as unset.";
    expect(parseApiKey(undefined, [remark])).toMatchObject({
      state: "missing",
      problem: `No Lightfast API key is set: ${remark.slice(0, -1)}`,
    });
  });

  describe("a malformed key", () => {
    const FAULTS: readonly [key: string, fault: RegExp][] = [
      [`sk_${TAIL}`, /old-format/],
      [`sk-lf-${TAIL}`, /old-format/],
      [`ak_${TAIL}`, /old-format/],
      [TAIL, /does not start with "lf_"/],
      [`LF_${TAIL}`, /does not start with "lf_"/],
      [`"lf_${TAIL}"`, /is in quotation marks; remove them$/],
      [`'lf_${TAIL}'`, /is in quotation marks; remove them$/],
      [`“lf_${TAIL}”`, /is in quotation marks; remove them$/],
      [`lf_${TAIL}"`, /is in quotation marks; remove them$/],
      [`Bearer lf_${TAIL}`, /begins with "Bearer"; remove that word$/],
      [`bearer lf_${TAIL}`, /begins with "Bearer"; remove that word$/],
      [` lf_${TAIL}`, /does not start with "lf_"/],
      ["lf_", /nothing after "lf_"/],
      [`lf_${TAIL}\n${TAIL}`, /line breaks/],
      [`lf_${TAIL}\r\nx-evil: 1`, /line breaks/],
      [`lf_${TAIL} ${TAIL}`, /spaces/],
      [`lf_${TAIL}\u0000`, /other invalid characters/],
      [`lf_${TAIL}ä`, /other invalid characters/],
      [`lf_${TAIL}\u200b`, /other invalid characters/],
      ["lf_…", /example from the documentation/],
      ["lf_...", /example from the documentation/],
      ["<your key>", /example from the documentation/],
      ["YOUR_API_KEY", /example from the documentation/],
      ["lf_your_key", /example from the documentation/],
      ["lf_xxxxxxxx", /example from the documentation/],
    ];

    test.each(FAULTS)("%j: %s", (key, fault) => {
      const credential = judge(key);
      expect(credential.state).toBe("malformed");
      const problem = "problem" in credential ? credential.problem : "";
      expect(problem).toMatch(fault);
      expect(problem).toMatch(/^The API key in LIGHTFAST_API_KEY /);
      expect(problem).not.toContain(TAIL.slice(0, 6));
      expect(credential).not.toHaveProperty("key");
    });

    test("is reported with its source", () => {
      expect(parseApiKey({ value: "x", source: "--api-key" })).toMatchObject({
        problem: 'The API key in --api-key does not start with "lf_"',
      });
    });
  });

  test.each([
    [
      undefined,
      "Create one in Lightfast under Settings > API Keys. Then set LIGHTFAST_API_KEY for this server, or run: lightfast-mcp login",
    ],
    [
      { value: "sk_old", source: "--api-key" },
      "Correct --api-key, or remove it and run: lightfast-mcp login",
    ],
    [
      { value: "sk_old", source: "profile work" },
      "To store another key, run: lightfast-mcp login --profile work",
    ],
  ])("the hint about %j says what to change", (found, hint) => {
    expect(parseApiKey(found)).toMatchObject({ hint });
  });

  test.each([`lf_${TAIL}`, "lf_123456789"])("%s is displayed as its last four characters", (key) => {
    expect(maskKey(key)).toBe(`lf_…${key.slice(-4)}`);
  });

  test.each(["lf_12345678", "lf_1", "lf_", "sk_old", ""])(
    "nothing is displayed of %j, which is too short",
    (key) => {
      expect(maskKey(key)).toBe("lf_…");
    },
  );
});

describe("base url", () => {
  const parse = (value: string) => parseBaseUrl({ value, source: "LIGHTFAST_BASE_URL" });
  const hrefOf = (value: string): string => {
    const parsed = parse(value);
    return "value" in parsed ? parsed.value.href : parsed.problem;
  };
  const problemOf = (value: string): string => {
    const parsed = parse(value);
    return "problem" in parsed ? parsed.problem : `no problem: ${parsed.value.href}`;
  };

  describe("a URL loses trailing slashes and one /api/v1", () => {
    test.each([
      ["https://x.test", "https://x.test/"],
      ["https://x.test/", "https://x.test/"],
      ["https://x.test///", "https://x.test/"],
      ["https://x.test/api/v1", "https://x.test/"],
      ["https://x.test/api/v1/", "https://x.test/"],
      ["https://x.test/api/v1//", "https://x.test/"],
      ["https://x.test/sub/", "https://x.test/sub"],
      ["https://x.test/sub/api/v1", "https://x.test/sub"],
      ["https://x.test/api", "https://x.test/api"],
      ["https://x.test/API/v1", "https://x.test/API/v1"],
      ["https://x.test/api/v1/api/v1", "https://x.test/api/v1"],
      ["https://x.test:8443/", "https://x.test:8443/"],
      ["HTTPS://X.Test", "https://x.test/"],
      [DEFAULT_BASE_URL, "https://lightfast.ai/"],
    ])("%s is %s", (value, href) => {
      expect(hrefOf(value)).toBe(href);
    });
  });

  describe("plain http", () => {
    test.each([
      "http://localhost:4010",
      "http://LOCALHOST",
      "http://127.0.0.1:3000",
      "http://127.1",
      "http://127.8.9.10",
      "http://[::1]:3000",
    ])("is allowed on this machine: %s", (value) => {
      expect(parse(value)).toHaveProperty("value");
    });

    test.each([
      "http://lightfast.ai",
      "http://lightfast.localhost",
      "http://localhost.",
      "http://10.0.0.1",
      "http://0.0.0.0:3000",
      "http://[::2]",
      "http://localhost.example.test",
      "http://notlocalhost",
      "http://127.0.0.1.example.test",
      "http://1270.0.0.test",
    ])("is not allowed elsewhere: %s", (value) => {
      expect(problemOf(value)).toMatch(/^LIGHTFAST_BASE_URL: the base URL must use https\b/);
    });
  });

  test("plain http inside a cluster or to a listed host is a warning", () => {
    const read = (flags: LightfastFlags) =>
      withMessages(
        resolveLightfastSettings({ apiKey: "lf_x", ...flags }, {}, { readLogin: () => undefined }),
      );
    const warning = (host: string) =>
      `--base-url uses plain http: the network can read and change what is sent to ${host}.`;
    const inCluster = read({ baseUrl: "http://lightfast.ns.svc:3000/api/v1/" });
    expect(inCluster.baseUrl.href).toBe("http://lightfast.ns.svc:3000/");
    expect(inCluster.warnings).toContain(warning("lightfast.ns.svc"));
    const listed = { baseUrl: "http://lightfast.internal", allowInsecureHttp: "lightfast.internal" };
    expect(read(listed).warnings).toContain(warning("lightfast.internal"));
    expect(() => read({ ...listed, allowInsecureHttp: "lightfast.internal:8080" })).toThrow(
      "--base-url: the base URL must use https unless --allow-insecure-http names its host.",
    );
  });

  test("https is allowed everywhere, including names below localhost", () => {
    expect(hrefOf("https://lightfast.localhost/")).toBe("https://lightfast.localhost/");
  });

  describe("an invalid base URL", () => {
    const TABLE: readonly [value: string, fault: string][] = [
      ["x.test", "is not an absolute URL"],
      ["/api/v1", "is not an absolute URL"],
      ["https://", "is not an absolute URL"],
      ["https://x.test:99999", "is not an absolute URL"],
      ["ftp://x.test", "must start with https://"],
      ["file:///tmp", "must start with https://"],
      ["x.test:443", "must start with https://"],
      ["mailto:a@x.test", "must start with https://"],
      ["https://ada@x.test", "must not contain credentials"],
      ["https://ada:secret@x.test", "must not contain credentials"],
      ["https://:secret@x.test", "must not contain credentials"],
      ["https://x.test?a=1", "must not have a query or a fragment"],
      ["https://x.test/?", "must not have a query or a fragment"],
      ["https://x.test/#top", "must not have a query or a fragment"],
      ["https://x.test/#", "must not have a query or a fragment"],
      ["https://x.test/?#", "must not have a query or a fragment"],
    ];

    test.each(TABLE)("%s %s", (value, fault) => {
      expect(problemOf(value)).toBe(
        `LIGHTFAST_BASE_URL: the base URL ${fault}. Use a URL such as https://lightfast.ai.`,
      );
    });

    test("is not quoted, because it may contain a password", () => {
      for (const value of ["https://ada:hush@x.test", "ftp://ada:hush@x.test", "ada:hush@x.test"]) {
        expect(problemOf(value)).not.toContain("hush");
      }
    });
  });
});

describe("resolve login", () => {
  type Environment = Record<string, string>;

  const LOGIN: Profile = { apiKey: "lf_stored", baseUrl: "https://x.test/sub" };

  describe("the profile", () => {
    test.each<[LightfastFlags, Environment, string]>([
      [{}, {}, "default"],
      [{ profile: "work" }, { LIGHTFAST_PROFILE: "home" }, "work"],
      [{}, { LIGHTFAST_PROFILE: "home" }, "home"],
      [{}, { LIGHTFAST_PROFILE: " " }, "default"],
      [{ profile: "$PROFILE" }, {}, "default"],
    ])("with %j and %j is %s", (flags, env, name) => {
      expect(resolveProfileName(flags, env)).toBe(name);
      expect(resolve(flags, env).profile).toBe(name);
    });

    test.each<[LightfastFlags, Environment, boolean]>([
      [{}, {}, true],
      [{}, { LIGHTFAST_API_KEY: " " }, true],
      [{ apiKey: "$KEY" }, {}, true],
      [{ apiKey: "lf_flag" }, {}, false],
      [{}, { LIGHTFAST_API_KEY: "lf_env" }, false],
      [{}, { LIGHTFAST_API_KEY: "sk_old" }, false],
    ])("with %j and %j is read: %j", (flags, env, isRead) => {
      const readLogin = vi.fn();
      resolveLightfastSettings(flags, env, { readLogin });
      expect(readLogin).toHaveBeenCalledTimes(isRead ? 1 : 0);
    });

    test.each(["../default", "a/b", "a b", "-a", "_a", ".hidden", "a.json", "x".repeat(65), "ä"])(
      "cannot be named %j",
      (profile) => {
        const name = () => resolveProfileName({ profile }, {});
        expect(name).toThrow(SettingsError);
        expect(name).toThrow(/^--profile must be 1 to 64 letters, digits, - or _, /);
      },
    );

    test("with an invalid name is reported with its source", () => {
      expect(() => resolveProfileName({}, { LIGHTFAST_PROFILE: "a/b" })).toThrow(
        /^LIGHTFAST_PROFILE must be /,
      );
    });
  });

  describe("a stored login", () => {
    test("sets the key and the base URL, and is their source", () => {
      const settings = resolve({}, {}, LOGIN);
      expect(settings.credential).toEqual({ state: "ready", key: "lf_stored", source: "profile default" });
      expect(settings.baseUrl.href).toBe("https://x.test/sub");
      expect(settings.baseUrlSource).toBe("profile default");
      expect(settings.warnings).toEqual([]);
    });

    test("of another profile has that name", () => {
      const { credential } = resolve({ profile: "work" }, {}, LOGIN);
      expect(credential).toMatchObject({ source: "profile work" });
    });

    test("applies to other paths of its origin", () => {
      const settings = resolve({ baseUrl: "https://x.test/other" }, {}, LOGIN);
      expect(settings.credential).toMatchObject({ state: "ready", key: "lf_stored" });
      expect(settings.baseUrl.href).toBe("https://x.test/other");
    });

    test.each([
      ["https://y.test", "y-test"],
      ["https://x.test:8443", "x-test-8443"],
      ["https://x.test.evil.test", "x-test-evil-test"],
      ["http://127.0.0.1:1", "127-0-0-1-1"],
    ])("does not apply to %s", (address, profile) => {
      for (const [flags, env] of [
        [{ baseUrl: address }, {}],
        [{}, { LIGHTFAST_BASE_URL: address }],
      ] as const) {
        const { credential, baseUrl } = resolve(flags, env, LOGIN);
        expect(baseUrl.origin).toBe(address);
        expect(credential).toEqual({
          state: "missing",
          problem: `The login of profile default is for https://x.test/sub, so it is not used for ${address}`,
          hint: `Use --profile ${profile}. To store a login there, run: lightfast-mcp login --profile ${profile} --base-url ${address}`,
        });
      }
    });

    test.each(["nowhere", ""])("with the URL %j applies to no URL", (baseUrl) => {
      const flags = { baseUrl: "https://x.test" };
      expect(resolve(flags, {}, { ...LOGIN, baseUrl }).credential).toMatchObject({
        state: "missing",
      });
    });

    test("with an invalid URL is reported with its profile", () => {
      const login = { ...LOGIN, baseUrl: "ftp://x.test" };
      expect(() => resolve({ profile: "work" }, {}, login)).toThrow(/^profile work: the base URL must start/);
    });

    test("with a malformed key is reported with its profile, without the key", () => {
      const { credential } = resolve({}, {}, { ...LOGIN, apiKey: "sk_hush" });
      expect(credential).toMatchObject({ state: "malformed" });
      expect(JSON.stringify(credential)).toContain("profile default");
      expect(JSON.stringify(credential)).not.toContain("hush");
    });

    test("causes no warning about its URL with the sandbox", () => {
      expect(resolve({ sandbox: true }, {}, LOGIN).warnings).toEqual([]);
    });
  });
});

describe("resolve problems", () => {
  type Environment = Record<string, string>;

  const problemsOf = (flags: LightfastFlags, env: Environment = {}) => errorsOf(() => resolve(flags, env));

  describe("an invalid setting", () => {
    test.each(["0", "-1", "1.5", "1e3", "25s", "NaN", "2147483648", "0x10"])("timeout %s", (timeout) => {
      expect(problemsOf({ timeout })).toEqual([
        "--timeout must be a whole number of milliseconds from 1 to 2147483647.",
      ]);
    });

    test("the longest timeout is valid", () => {
      expect(resolve({ timeout: "2147483647" }, {}).timeoutMs).toBe(2147483647);
    });

    test("unknown log level", () => {
      expect(problemsOf({}, { LIGHTFAST_LOG_LEVEL: "verbose" })).toEqual([
        "LIGHTFAST_LOG_LEVEL must be one of silent, error, warn, info, debug.",
      ]);
    });

    test("switch that is neither on nor off", () => {
      expect(problemsOf({}, { LIGHTFAST_SANDBOX: "maybe" })).toEqual(["LIGHTFAST_SANDBOX must be 1 or 0."]);
    });

    test("all of them are reported at once", () => {
      const env = { LIGHTFAST_SANDBOX: "maybe", HTTPS_PROXY: "http://", LIGHTFAST_API_KEY: "sk_old" };
      const flags = { baseUrl: "ftp://x.test", timeout: "soon", logLevel: "loud" };
      const problems = problemsOf(flags, env);
      expect(problems.map((line) => line.split(/[ :]/)[0])).toEqual([
        "LIGHTFAST_SANDBOX",
        "--timeout",
        "--log-level",
        "HTTPS_PROXY",
        "--base-url",
      ]);
    });

    test("the error has one line for each problem", () => {
      const error = new SettingsError([
        { setting: "a", message: "one" },
        { setting: "b", message: "two" },
      ]);
      expect(error.message).toBe("one\ntwo");
      expect(error.name).toBe("SettingsError");
    });

    test("is not quoted", () => {
      const secret = "hush-hush";
      const flags = { baseUrl: `https://${secret}@x`, timeout: secret, logLevel: secret, apiKey: secret };
      const env = { LIGHTFAST_SANDBOX: secret, HTTP_PROXY: `ftp://${secret}` };
      expect(problemsOf(flags, env).join("\n")).not.toContain(secret);
    });
  });
});

describe("resolve", () => {
  type Environment = Record<string, string>;

  const keyOf = ({ credential }: Resolved) =>
    credential.state === "ready" ? credential.key : credential.state;

  test("everything has a default", () => {
    expect(resolve({}, {})).toMatchObject({
      credential: { state: "missing", problem: "No Lightfast API key is set" },
      baseUrl: new URL("https://lightfast.ai"),
      timeoutMs: 25_000,
      logLevel: "warn",
      sandbox: false,
      proxies: { http: undefined, https: undefined, none: undefined },
      warnings: [],
    });
  });

  describe("precedence: flag, variables, default", () => {
    const ORDER: readonly [
      name: string,
      value: (settings: Resolved) => unknown,
      [LightfastFlags, Environment, unknown][],
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
      expect(value(resolve(flags, env))).toBe(expected);
    });
  });

  test("a placeholder counts as unset, with a warning", () => {
    const settings = resolve(
      { apiKey: `\${input:key}`, timeout: "%TIMEOUT%" },
      { LIGHTFAST_API_KEY: "$LIGHTFAST_API_KEY", LIGHTFAST_BASE_URL: "{env:URL}", HTTPS_PROXY: "$PROXY" },
    );
    expect(settings).toMatchObject({ credential: { state: "missing" }, timeoutMs: 25_000 });
    expect(settings.baseUrl.host).toBe("lightfast.ai");
    const named = ["LIGHTFAST_BASE_URL", "--timeout", "HTTPS_PROXY"];
    expect(settings.warnings.map((line) => line.split(" ")[0]).sort()).toEqual(named.sort());
  });

  describe("a placeholder in place of a key", () => {
    const flags = { apiKey: `\${input:key}` };
    const env = { LIGHTFAST_API_KEY: "$LIGHTFAST_API_KEY" };

    test("is part of the message about the missing key, and no warning", () => {
      const { credential, warnings } = resolve(flags, env);
      const problem = "problem" in credential ? credential.problem : "";
      expect(problem).toMatch(
        /^No Lightfast API key is set: --api-key holds .*: LIGHTFAST_API_KEY holds .*[^.]$/,
      );
      expect(problem).toContain(`\${input:key}`);
      expect(warnings).toEqual([]);
    });

    test("is a warning if there is another key", () => {
      const { credential, warnings } = resolve(flags, { LIGHTFAST_API_KEY: "lf_env" });
      expect(credential).toMatchObject({ state: "ready", key: "lf_env" });
      expect(warnings).toEqual([expect.stringMatching(/^--api-key holds the unexpanded placeholder /)]);
    });
  });

  describe("a warning", () => {
    test("says that a key on the command line is visible", () => {
      expect(resolve({ apiKey: "lf_flag" }, {}).warnings).toEqual([
        "--api-key is visible to other users in the process list. Set LIGHTFAST_API_KEY, or run: lightfast-mcp login",
      ]);
      expect(resolve({}, { LIGHTFAST_API_KEY: "lf_env" }).warnings).toEqual([]);
      expect(resolve({ apiKey: "sk_old" }, {}).warnings).toEqual([]);
    });

    test.each<[LightfastFlags, Environment, string]>([
      [{ baseUrl: "https://x.test", sandbox: true }, {}, "--base-url"],
      [{ sandbox: true }, { LIGHTFAST_BASE_URL: "https://x.test" }, "LIGHTFAST_BASE_URL"],
      [{}, { LIGHTFAST_API_URL: "https://x.test", LIGHTFAST_SANDBOX: "1" }, "LIGHTFAST_API_URL"],
    ])("says that the base URL is ignored with the sandbox (%j, %j)", (flags, env, source) => {
      expect(resolve(flags, env).warnings).toEqual([`${source} is ignored: the sandbox has its own URL.`]);
    });

    test("is absent for the sandbox alone, and for a base URL alone", () => {
      expect(resolve({ sandbox: true }, {}).warnings).toEqual([]);
      expect(resolve({ baseUrl: "https://x.test" }, {}).warnings).toEqual([]);
    });
  });

  describe("proxies are ignored with the sandbox", () => {
    test.each(["http://proxy.test:1", "socks5://x", "$PROXY"])("%s", (HTTPS_PROXY) => {
      const { proxies, warnings } = resolve({ sandbox: true }, { HTTPS_PROXY, NO_PROXY: "*" });
      expect(proxies).toEqual({});
      expect(warnings).toEqual([]);
    });

    test("and read without it", () => {
      expect(resolve({}, { HTTPS_PROXY: "proxy.test:1" }).proxies.https).toBe("http://proxy.test:1");
    });
  });

  test.each<[LightfastFlags, Environment, string]>([
    [{}, {}, "default"],
    [{ baseUrl: "https://x.test" }, {}, "--base-url"],
    [{}, { LIGHTFAST_API_URL: "https://x.test" }, "LIGHTFAST_API_URL"],
  ])("baseUrlSource is the source of the base URL (%j, %j)", (flags, env, source) => {
    expect(resolve(flags, env).baseUrlSource).toBe(source);
  });

  test("a malformed key is no error", () => {
    const { credential } = resolve({}, { LIGHTFAST_API_KEY: "sk_old" });
    expect(credential).toMatchObject({ state: "malformed" });
  });
});

describe("readLightfastSettings", () => {
  const KEY = "lf_test_0123456789abcdef";
  const read = (flags: LightfastFlags, env: Readonly<Record<string, string>>, login?: Profile) => {
    const { settings, errors } = readLightfastSettings(flags, env, { readLogin: () => login });
    return { settings, errors: messagesOf(errors) };
  };

  test("returns what every other command resolves if all settings are valid", () => {
    const { settings, errors } = read({ timeout: "500" }, { LIGHTFAST_API_KEY: KEY });
    expect(settings).toMatchObject({ timeoutMs: 500, credential: { state: "ready", key: KEY } });
    expect(errors).toEqual([]);
  });

  test("returns all errors, with the defaults of the invalid settings", () => {
    const flags = { baseUrl: "ftp://x.test", timeout: "soon", logLevel: "debug" };
    const { settings, errors } = readLightfastSettings(flags, {
      LIGHTFAST_API_KEY: KEY,
      LIGHTFAST_SANDBOX: "maybe",
      https_proxy: "http://",
      LIGHTFAST_PROFILE: "a b",
    });
    expect(errors.map(({ setting }) => setting)).toEqual([
      "profile",
      "sandbox",
      "timeout",
      "https_proxy",
      "baseUrl",
    ]);
    expect(messagesOf(errors).map((message) => message.split(/[ :]/)[0])).toEqual([
      "LIGHTFAST_PROFILE",
      "LIGHTFAST_SANDBOX",
      "--timeout",
      "https_proxy",
      "--base-url",
    ]);
    expect(settings).toMatchObject({
      credential: { state: "ready", key: KEY },
      logLevel: "debug",
      timeoutMs: 25_000,
      sandbox: false,
      profile: "default",
      proxies: { https: undefined },
    });
  });

  test("reports an invalid variable behind an invalid flag too", () => {
    const { errors } = read({ timeout: "soon" }, { LIGHTFAST_TIMEOUT: "later" });
    expect(errors.map((message) => message.split(" ")[0])).toEqual(["--timeout", "LIGHTFAST_TIMEOUT"]);
  });

  test("uses a stored login if no key is given", () => {
    const login = { apiKey: KEY, baseUrl: "https://work.test/" };
    const { settings } = read({ profile: "work" }, {}, login);
    expect(settings.credential).toMatchObject({ state: "ready", source: "profile work" });
    expect(settings.baseUrl.host).toBe("work.test");
  });

  test("returns the reason why a stored login is unusable", () => {
    const readLogin = () => {
      throw new ProfileError("work.json can be read by other users", "Run: chmod 600 work.json");
    };
    expect(readLightfastSettings({}, {}, { readLogin }).settings.credential).toEqual({
      state: "missing",
      problem: "work.json can be read by other users",
      hint: "Run: chmod 600 work.json",
    });
  });

  test("sends a key nowhere if the URL of its login is invalid", () => {
    const { settings, errors } = read({}, {}, { apiKey: KEY, baseUrl: "http://work.test/" });
    expect(errors).toEqual([expect.stringMatching(/^profile default: the base URL must use https/)]);
    expect(settings.credential.state).toBe("missing");
  });
});

describe("the active profile", () => {
  const LOGIN = { apiKey: "lf_0123456789abcdef", baseUrl: "https://work.test/" };

  test("applies if neither a flag nor a variable names one", () => {
    writeProfile("work", LOGIN);
    placeFile(activeProfileFile(), "work\n");
    const { settings } = readLightfastSettings({}, {});
    expect(settings).toMatchObject({
      profile: "work",
      credential: { state: "ready", source: "profile work" },
    });
    expect(readLightfastSettings({ profile: "other" }, {}).settings.profile).toBe("other");
    expect(readLightfastSettings({}, { LIGHTFAST_PROFILE: "other" }).settings.profile).toBe("other");
    expect(resolveProfileName({}, {})).toBe("work");
  });

  test("is not read if a key is given", () => {
    placeFile(activeProfileFile(), "../evil");
    expect(readLightfastSettings({}, { LIGHTFAST_API_KEY: "lf_a" }).errors).toEqual([]);
  });

  test("that is no name is an error that names the file", () => {
    placeFile(activeProfileFile(), "../evil");
    expect(readLightfastSettings({}, {}).errors).toEqual([
      {
        setting: "profile",
        message: expect.stringContaining(`${activeProfileFile()} must be 1 to 64 letters`),
      },
    ]);
  });

  test.each([
    [["work"], 'A login is stored as "work". To use it, run: lightfast-mcp profiles use work'],
    [["eu", "work"], "Logins are stored: eu, work. To use eu, run: lightfast-mcp profiles use eu"],
  ])("none, while logins have other names (%j), leads to these", (stored, hint) => {
    for (const one of stored) writeProfile(one, LOGIN);
    const { credential } = readLightfastSettings({}, {}).settings;
    expect(credential).toEqual({ state: "missing", problem: "No Lightfast API key is set", hint });
  });

  test.each<[string, readonly string[], string]>([
    ["wrok", ["other", "work"], 'No login "wrok" (did you mean "work"?); stored: other, work'],
    ["nothing-alike", ["work"], 'No login "nothing-alike"; stored: work'],
    ["work", [], 'No login "work"; none is stored'],
  ])("%s, without a login, is named with those that exist: %j", (name, stored, problem) => {
    for (const one of stored) writeProfile(one, LOGIN);
    const { credential } = readLightfastSettings({ profile: name }, {}).settings;
    expect(credential).toMatchObject({
      state: "missing",
      problem,
      hint: expect.stringContaining(`login --profile ${name}`),
    });
  });
});
