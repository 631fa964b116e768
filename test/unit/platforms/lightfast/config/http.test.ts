import { beforeEach, describe, expect, test } from "vitest";
import type { OptionRow } from "../../../../../src/config/reader.ts";
import { resolveLightfastHttpSettings } from "../../../../../src/platforms/lightfast/config/http.ts";
import {
  LIGHTFAST_HTTP_OPTIONS,
  type LightfastHttpFlags,
} from "../../../../../src/platforms/lightfast/config/http-options.ts";
import { LIGHTFAST_OPTIONS } from "../../../../../src/platforms/lightfast/config/options.ts";
import { temporaryHome } from "../../../../support/home.ts";
import { errorsOf, withMessages } from "../../../../support/settings.ts";

describe("http", () => {
  type Environment = Record<string, string>;

  // The machine may have a login.
  beforeEach(() => void temporaryHome());

  const SECRET = "0123456789abcdef0123456789abcdef";
  const REQUIRED = { MCP_AUTH_ISSUER: "https://login.tiny.test", SERVICE_JWT_SECRET: SECRET };
  const KEY = { LIGHTFAST_API_KEY: "lf_0123456789abcdef0123456789abcdef" };

  const problemsOf = (flags: LightfastHttpFlags, env: Environment = REQUIRED) =>
    errorsOf(() => resolveLightfastHttpSettings(flags, env));

  describe("there are no insecure defaults:", () => {
    test("issuer and secret are required", () => {
      expect(problemsOf({}, {})).toEqual([
        expect.stringMatching(/^--issuer \(MCP_AUTH_ISSUER\) is required/),
        expect.stringMatching(/^SERVICE_JWT_SECRET is required/),
      ]);
      expect(problemsOf({ issuer: "https://a.test" }, {})).toHaveLength(1);
      expect(problemsOf({}, { SERVICE_JWT_SECRET: SECRET })).toHaveLength(1);
    });

    test("the secret is required even with public keys, because it signs requests to the app", () => {
      const flags = { issuer: "https://a.test", jwksUrl: "https://a.test/jwks" };
      expect(problemsOf(flags, {})).toEqual([expect.stringContaining("SERVICE_JWT_SECRET")]);
    });

    test.each(["", "   "])("the secret %j counts as missing", (secret) => {
      const problems = problemsOf({}, { ...REQUIRED, SERVICE_JWT_SECRET: secret });
      expect(problems).toEqual([expect.stringMatching(/^SERVICE_JWT_SECRET is required/)]);
    });

    test.each(["x", "x".repeat(31)])("the secret %j is too short", (secret) => {
      const problems = problemsOf({}, { ...REQUIRED, SERVICE_JWT_SECRET: secret });
      expect(problems).toEqual(["SERVICE_JWT_SECRET must have at least 32 characters."]);
    });

    test.each([`\${SECRET}`, "$SECRET", "%SECRET%"])(
      "the placeholder %j as the secret is reported once",
      (secret) => {
        expect(problemsOf({}, { ...REQUIRED, SERVICE_JWT_SECRET: secret })).toEqual([
          expect.stringMatching(/^SERVICE_JWT_SECRET is required/),
          "SERVICE_JWT_SECRET holds an unexpanded placeholder, so it counts as unset.",
        ]);
      },
    );

    test("a placeholder as the issuer is reported once", () => {
      expect(problemsOf({}, { ...REQUIRED, MCP_AUTH_ISSUER: `\${ISSUER}` })).toEqual([
        expect.stringMatching(/^--issuer \(MCP_AUTH_ISSUER\) is required/),
        `MCP_AUTH_ISSUER holds the unexpanded placeholder \${ISSUER}, so it counts as unset.`,
      ]);
    });

    test("a placeholder as the public URL is reported once", () => {
      expect(problemsOf({ host: "0.0.0.0" }, { ...REQUIRED, MCP_RESOURCE_URL: "$URL" })).toEqual([
        expect.stringMatching(/^--resource-url \(MCP_RESOURCE_URL\) is required/),
        "MCP_RESOURCE_URL holds the unexpanded placeholder $URL, so it counts as unset.",
      ]);
    });

    test.each([
      "0.0.0.0",
      "::",
      "10.0.0.7",
      "mcp.tiny.test",
      "127.0.0.1.evil.test",
      "localhost.evil.test",
      "1",
    ])("--auth none is rejected at %s", (host) => {
      const flags = { auth: "none", host, resourceUrl: "https://mcp.tiny.test/mcp" };
      expect(problemsOf(flags, KEY)).toEqual([expect.stringMatching(/--auth none .*loopback/)]);
    });

    test("--auth none requires the server's own key", () => {
      expect(problemsOf({ auth: "none" }, {})).toEqual([
        expect.stringMatching(/--auth none .*own key\. No .*key is set\. .*set LIGHTFAST_API_KEY .* login$/),
      ]);
    });

    test.each(["oauth", "api-key"])(
      "a public URL is required on other than loopback addresses, with %s",
      (auth) => {
        for (const host of ["0.0.0.0", "::", "10.0.0.7"]) {
          expect(problemsOf({ auth, host })).toEqual([
            expect.stringMatching(/--resource-url \(MCP_RESOURCE_URL\) is required/),
          ]);
          expect(problemsOf({ auth, host, resourceUrl: "https://mcp.tiny.test/mcp" })).toEqual([]);
        }
      },
    );

    test.each(["apikey", "oauth,none", "constructor", "true"])("--auth %j is rejected", (auth) => {
      expect(problemsOf({ auth })).toEqual(["--auth must be one of oauth, api-key, none."]);
      expect(problemsOf({ auth }, {})).toEqual(["--auth must be one of oauth, api-key, none."]);
      expect(problemsOf({}, { ...REQUIRED, LIGHTFAST_MCP_AUTH: auth })).toEqual([
        "LIGHTFAST_MCP_AUTH must be one of oauth, api-key, none.",
      ]);
    });
  });

  describe("an invalid number is reported with its source:", () => {
    const WRONG = ["-1", "+1", "1.5", "1e3", "0x50", "80a", "eighty", "١", "1 2", "99999999999999999999"];

    test.each([...WRONG, "65536"])("the port %s", (port) => {
      const problem = (source: string) => [`${source} must be a whole number from 0 to 65535.`];
      expect(problemsOf({ port })).toEqual(problem("--port"));
      expect(problemsOf({}, { ...REQUIRED, LIGHTFAST_MCP_PORT: port })).toEqual(
        problem("LIGHTFAST_MCP_PORT"),
      );
      expect(problemsOf({}, { ...REQUIRED, PORT: port })).toEqual(problem("PORT"));
      expect(problemsOf({ metricsPort: port })).toEqual(problem("--metrics-port"));
    });

    test.each([...WRONG, "3601"])("the seconds %s", (seconds) => {
      const problem = (source: string) => [`${source} must be a whole number from 0 to 3600.`];
      expect(problemsOf({ drainDelay: seconds })).toEqual(problem("--drain-delay"));
      expect(problemsOf({ grantCache: seconds })).toEqual(problem("--grant-cache"));
    });
  });

  describe("an address", () => {
    const WRONG = [
      "login.tiny.test",
      "/mcp",
      "http://login.tiny.test",
      "http://10.0.0.7",
      "http://127.0.0.1.evil.test",
      "http://localhost.evil.test",
      "ftp://login.tiny.test",
      "file:///etc/passwd",
      "javascript:alert(1)",
      "https://user@login.tiny.test",
      "https://user:hush@login.tiny.test",
      "https://:hush@login.tiny.test",
      "https://login.tiny.test/mcp#hush",
      "https://",
      "https://login tiny.test",
    ];

    test.each(WRONG)("is rejected if it is unsafe or invalid: %s", (url) => {
      for (const [name, flag] of [
        ["resourceUrl", "--resource-url"],
        ["issuer", "--issuer"],
        ["jwksUrl", "--jwks-url"],
        ["appUrl", "--app-url"],
      ] as const) {
        const problems = problemsOf({ [name]: url });
        expect(problems[0]).toMatch(new RegExp(`^${flag} must be an https URL`));
        expect(problems.join()).not.toContain("hush");
      }
    });

    test.each(["http://localhost:3000", "http://127.0.0.1:3000", "http://[::1]:3000", "https://10.0.0.7"])(
      "is accepted if it is safe: %s",
      (url) => {
        expect(problemsOf({ resourceUrl: url, issuer: url, jwksUrl: url, appUrl: url })).toEqual([]);
      },
    );
  });

  describe("a list with an invalid entry is rejected:", () => {
    test.each([
      "a.test",
      "a.test:8443",
      "*",
      "https://a.test/path",
      "https://a.test//",
      "https://a.test?",
      "https://a.test#",
      "https://user@a.test",
      "https://",
    ])("the origin %s", (word) => {
      const problem = (source: string) => [
        `${source}: ${JSON.stringify(word)} is not valid; use scheme and host, such as https://app.example.com.`,
      ];
      expect(problemsOf({ allowedOrigins: word })).toEqual(problem("--allowed-origins"));
      const env = { ...REQUIRED, MCP_ALLOWED_ORIGINS: `https://b.test,${word}, https://c.test` };
      expect(problemsOf({}, env)).toEqual(problem("MCP_ALLOWED_ORIGINS"));
    });

    test.each([
      "https://a.test",
      "a.test/",
      "a.test/path",
      "*",
      "*.a.test",
      "a.test:",
      "a.test:http",
      "user@a.test",
      "a b",
      "::1",
    ])("the host %s", (word) => {
      const problem = (source: string) => [
        `${source}: ${JSON.stringify(word)} is not valid; use a host, such as mcp.example.com or mcp.example.com:8443.`,
      ];
      expect(problemsOf({ allowedHosts: word })).toEqual(problem("--allowed-hosts"));
      const env = { ...REQUIRED, MCP_ALLOWED_HOSTS: `b.test,${word}, c.test:1` };
      expect(problemsOf({}, env)).toEqual(problem("MCP_ALLOWED_HOSTS"));
    });
  });

  describe("the same port twice", () => {
    test.each([
      [{ port: "9000", metricsPort: "9000" }, {}, 9000],
      [{ metricsPort: "8080" }, {}, 8080],
      [{}, { PORT: "9000", LIGHTFAST_MCP_METRICS_PORT: "9000" }, 9000],
    ])("is rejected: %j %j", (flags, env, port) => {
      expect(problemsOf(flags, { ...REQUIRED, ...env })).toEqual([
        `--port and --metrics-port are both ${port}; omit --metrics-port to serve both on one port.`,
      ]);
    });

    test("is allowed if both are 0", () => {
      expect(problemsOf({ port: "0", metricsPort: "0" })).toEqual([]);
    });
  });

  describe("an invalid setting", () => {
    test.each([
      [{ issuer: "x" }, /^--issuer must be/],
      [{ host: "0.0.0.0", resourceUrl: "x" }, /^--resource-url must be/],
    ])("is not reported as missing too: %j", (flags, problem) => {
      expect(problemsOf(flags, { SERVICE_JWT_SECRET: SECRET, MCP_AUTH_ISSUER: "https://a.test" })).toEqual([
        expect.stringMatching(problem),
      ]);
    });

    test("is reported together with all others", () => {
      const flags = {
        host: "0.0.0.0",
        port: "x",
        metricsPort: "x",
        resourceUrl: "x",
        issuer: "x",
        jwksUrl: "x",
        appUrl: "x",
        grantCache: "x",
        drainDelay: "x",
      };
      const problems = problemsOf(flags, {});
      for (const flag of [
        "--port",
        "--metrics-port",
        "--resource-url",
        "--issuer",
        "--jwks-url",
        "--app-url",
        "--grant-cache",
        "--drain-delay",
        "SERVICE_JWT_SECRET",
      ]) {
        expect(problems.filter((line) => line.startsWith(flag))).not.toEqual([]);
      }
      for (const line of problems) expect(line).toMatch(/^\S[^\n]*\.$/);
    });

    test("is reported with every --auth", () => {
      const wrong = { issuer: "x", jwksUrl: "x", grantCache: "x" };
      for (const auth of ["api-key", "none"]) expect(problemsOf({ ...wrong, auth }, KEY)).toHaveLength(3);
    });

    test("is not quoted", () => {
      const hush = "hush-hush";
      const names = [
        "port",
        "auth",
        "resourceUrl",
        "issuer",
        "jwksUrl",
        "appUrl",
        "grantCache",
        "drainDelay",
      ];
      const flags = Object.fromEntries(names.map((name) => [name, hush]));
      const problems = problemsOf(flags, { SERVICE_JWT_SECRET: hush });
      expect(problems.length).toBeGreaterThanOrEqual(names.length);
      expect(problems.join("\n")).not.toContain(hush);
    });
  });
});

describe("http settings", () => {
  type Environment = Record<string, string>;

  const SECRET = "0123456789abcdef0123456789abcdef";
  const ISSUER = "https://login.tiny.test";
  const REQUIRED = { MCP_AUTH_ISSUER: ISSUER, SERVICE_JWT_SECRET: SECRET };

  /** The settings, with all that tokens of an authorization server need. */
  const resolve = (flags: LightfastHttpFlags = {}, env: Environment = {}) =>
    withMessages(resolveLightfastHttpSettings(flags, { ...REQUIRED, ...env }));
  type Resolved = ReturnType<typeof resolve>;

  const ROWS: readonly [string, OptionRow][] = Object.entries(LIGHTFAST_HTTP_OPTIONS);

  describe("the options", () => {
    test.each(ROWS)("%s has a flag of that name, variables and a description", (name, row) => {
      expect(row.flag).toBe(`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
      expect(row.variables.length).toBeGreaterThan(0);
      expect(row.description.length).toBeGreaterThan(10);
    });

    test("share no flag or variable with each other or with those of stdio", () => {
      const rows = [...ROWS, ...Object.entries<OptionRow>(LIGHTFAST_OPTIONS)].map(([, row]) => row);
      const names = rows.flatMap(({ flag, variables }) => [flag, ...variables]);
      expect(new Set(names).size).toBe(names.length);
    });

    test("include no secret", () => {
      expect(JSON.stringify(LIGHTFAST_HTTP_OPTIONS)).not.toContain('"--service');
      expect(ROWS.flatMap(([, { variables }]) => variables)).not.toContain("SERVICE_JWT_SECRET");
    });
  });

  test("the defaults are those in help", () => {
    expect(resolve()).toEqual({
      host: "127.0.0.1",
      port: 8080,
      metricsPort: undefined,
      publicMetrics: false,
      auth: "oauth",
      resourceUrl: undefined,
      allowedHosts: [],
      allowedOrigins: [],
      drainDelaySeconds: 0,
      oauth: {
        issuer: ISSUER,
        secret: SECRET,
        jwksUrl: undefined,
        appUrl: new URL(ISSUER),
        grantCacheSeconds: 0,
        auditJournal: undefined,
      },
      timeoutMs: 25_000,
      logLevel: "info",
      proxies: {},
      insecureHosts: [],
      lightfast: undefined,
      tools: ["lightfast_signals_create", "lightfast_signals_get", "lightfast_system_health"],
      warnings: [],
    });
    const told = Object.fromEntries(ROWS.map(([name, row]) => [name, row.default]));
    expect(told).toMatchObject({
      host: "127.0.0.1",
      port: "8080",
      auth: "oauth",
      grantCache: "0",
      drainDelay: "0",
    });
  });

  const url = (text: string) => new URL(text);

  /** Each option: two texts for it, where its value is found, and what the texts become. */
  const OPTION_CASES: readonly [
    name: keyof LightfastHttpFlags,
    variable: string,
    texts: readonly [string, string],
    find: (settings: Resolved) => unknown,
    values: readonly [unknown, unknown],
  ][] = [
    ["host", "LIGHTFAST_MCP_HOST", ["127.0.0.2", "localhost"], (all) => all.host, ["127.0.0.2", "localhost"]],
    ["port", "LIGHTFAST_MCP_PORT", ["9001", "0"], (all) => all.port, [9001, 0]],
    ["port", "PORT", ["9001", "65535"], (all) => all.port, [9001, 65535]],
    [
      "resourceUrl",
      "MCP_RESOURCE_URL",
      ["https://a.test/mcp", "http://localhost:3000/mcp"],
      (all) => all.resourceUrl,
      [url("https://a.test/mcp"), url("http://localhost:3000/mcp")],
    ],
    [
      "issuer",
      "MCP_AUTH_ISSUER",
      ["https://a.test", "https://b.test/tenant/"],
      (all) => all.oauth?.issuer,
      ["https://a.test", "https://b.test/tenant/"],
    ],
    [
      "jwksUrl",
      "MCP_JWKS_URL",
      ["https://a.test/jwks", "http://127.0.0.1:9/jwks"],
      (all) => all.oauth?.jwksUrl,
      [url("https://a.test/jwks"), url("http://127.0.0.1:9/jwks")],
    ],
    [
      "appUrl",
      "APP_INTERNAL_URL",
      ["https://app.test", "http://[::1]:3000"],
      (all) => all.oauth?.appUrl,
      [url("https://app.test"), url("http://[::1]:3000")],
    ],
    [
      "allowedHosts",
      "MCP_ALLOWED_HOSTS",
      ["A.test", "a.test:8080, ,B.test, [::1]:80,10.0.0.7,"],
      (all) => all.allowedHosts,
      [["a.test"], ["a.test:8080", "b.test", "[::1]:80", "10.0.0.7"]],
    ],
    [
      "allowedOrigins",
      "MCP_ALLOWED_ORIGINS",
      ["https://A.test", "https://a.test/ , http://localhost:3000,https://b.test:443"],
      (all) => all.allowedOrigins,
      [["https://a.test"], ["https://a.test", "http://localhost:3000", "https://b.test"]],
    ],
    ["grantCache", "LIGHTFAST_MCP_GRANT_CACHE", ["1", "60"], (all) => all.oauth?.grantCacheSeconds, [1, 60]],
    [
      "auditJournal",
      "LIGHTFAST_MCP_AUDIT_JOURNAL",
      ["/a/audit.jsonl", "b.jsonl"],
      (all) => all.oauth?.auditJournal,
      ["/a/audit.jsonl", "b.jsonl"],
    ],
    ["metricsPort", "LIGHTFAST_MCP_METRICS_PORT", ["9100", "0"], (all) => all.metricsPort, [9100, 0]],
    [
      "publicMetrics",
      "LIGHTFAST_MCP_PUBLIC_METRICS",
      ["1", "true"],
      (all) => all.publicMetrics,
      [true, true],
    ],
    ["drainDelay", "LIGHTFAST_MCP_DRAIN_DELAY", ["5", "3600"], (all) => all.drainDelaySeconds, [5, 3600]],
  ];

  describe.each(OPTION_CASES)("%s, or %s,", (name, variable, [one, other], find, [value, otherValue]) => {
    test("is set by its flag and by its variable", () => {
      expect(find(resolve({ [name]: one }))).toEqual(value);
      expect(find(resolve({}, { [variable]: other }))).toEqual(otherValue);
    });

    test("prefers the flag", () => {
      expect(find(resolve({ [name]: one }, { [variable]: other }))).toEqual(value);
    });

    test.each(["", "  ", "\t"])("is unset if it is blank: %j", (blank) => {
      expect(find(resolve({ [name]: blank }, { [variable]: other }))).toEqual(otherValue);
      expect(find(resolve({ [name]: one }, { [variable]: blank }))).toEqual(value);
    });

    test.each([`\${${variable}}`, `$${variable}`, `%${variable}%`, `{env:${variable}}`])(
      "is unset, with a warning, if a client left the placeholder %s",
      (placeholder) => {
        const settings = resolve({ [name]: placeholder }, { [variable]: other });
        expect(find(settings)).toEqual(otherValue);
        expect(settings.warnings).toEqual([expect.stringContaining(LIGHTFAST_HTTP_OPTIONS[name].flag)]);
      },
    );

    test("may have spaces around it", () => {
      expect(find(resolve({}, { [variable]: ` ${one}\n` }))).toEqual(value);
    });
  });

  describe("the log level", () => {
    test.each(["", " ", "$LEVEL", `\${LEVEL}`])("is info if its variable holds %j", (level) => {
      expect(resolve({}, { LIGHTFAST_LOG_LEVEL: level }).logLevel).toBe("info");
      expect(resolve({ auth: "api-key" }, { LIGHTFAST_LOG_LEVEL: level }).logLevel).toBe("info");
    });

    test("comes from the flag or the variable", () => {
      expect(resolve({}, { LIGHTFAST_LOG_LEVEL: "error" }).logLevel).toBe("error");
      const flags = { logLevel: "debug" };
      expect(
        resolveLightfastHttpSettings(flags, { ...REQUIRED, LIGHTFAST_LOG_LEVEL: "error" }).logLevel,
      ).toBe("debug");
    });
  });

  describe("the server's own key and URL", () => {
    const env = { LIGHTFAST_BASE_URL: "ftp://x.test", LIGHTFAST_SANDBOX: "maybe", LIGHTFAST_PROFILE: "a b" };

    test("are not read with oauth", () => {
      expect(resolve({}, env).lightfast).toBeUndefined();
    });

    test.each(["api-key", "none"])("are read with %s, with all errors at once", (auth) => {
      const errors = errorsOf(() => resolve({ auth, port: "x" }, env));
      for (const name of ["LIGHTFAST_BASE_URL", "LIGHTFAST_SANDBOX", "LIGHTFAST_PROFILE", "--port"]) {
        expect(errors.filter((message) => message.startsWith(name))).toHaveLength(1);
      }
    });
  });

  describe("the port", () => {
    test("LIGHTFAST_MCP_PORT takes precedence over PORT", () => {
      expect(resolve({}, { LIGHTFAST_MCP_PORT: "1", PORT: "2" }).port).toBe(1);
      expect(resolve({ port: "3" }, { LIGHTFAST_MCP_PORT: "1", PORT: "2" }).port).toBe(3);
      expect(resolve({}, { LIGHTFAST_MCP_PORT: " ", PORT: "2" }).port).toBe(2);
    });
  });

  describe("authentication", () => {
    const KEY = { LIGHTFAST_API_KEY: "lf_0123456789abcdef0123456789abcdef" };

    test.each([
      [{ auth: "oauth" }, {}, "oauth"],
      [{}, { LIGHTFAST_MCP_AUTH: "api-key" }, "api-key"],
      [{ auth: "api-key" }, { LIGHTFAST_MCP_AUTH: "none" }, "api-key"],
      [{}, { LIGHTFAST_MCP_AUTH: "" }, "oauth"],
      [{}, { LIGHTFAST_MCP_AUTH: `\${AUTH}` }, "oauth"],
      [{ auth: "none" }, KEY, "none"],
      [{ auth: "none" }, { LIGHTFAST_SANDBOX: "1" }, "none"],
    ])("of %j and %j is %s", (flags, env, auth) => {
      const settings = resolve(flags, env as Environment);
      expect(settings.auth).toBe(auth);
      expect(settings.oauth !== undefined).toBe(auth === "oauth");
    });

    test("api-key needs no issuer, secret or own key", () => {
      expect(resolveLightfastHttpSettings({ auth: "api-key" }, {}).oauth).toBeUndefined();
    });

    test.each([
      ["127.0.0.1", "127.0.0.1"],
      ["127.8.9.1", "127.8.9.1"],
      ["localhost", "localhost"],
      ["::1", "::1"],
      ["[::1]", "::1"],
    ])("none may listen at %s", (host, address) => {
      expect(resolve({ auth: "none", host }, KEY).host).toBe(address);
    });
  });

  test.each([` ${SECRET}`, `${SECRET} `, `\t${SECRET}\n`])("the secret keeps every byte: %j", (secret) => {
    expect(resolve({}, { SERVICE_JWT_SECRET: secret }).oauth?.secret).toBe(secret);
  });

  describe("the app", () => {
    test("has the issuer's URL by default", () => {
      const issuer = "https://a.test/tenant";
      expect(resolve({ issuer }).oauth?.appUrl.href).toBe(issuer);
      expect(resolve({ issuer, appUrl: "https://b.test" }).oauth?.appUrl.href).toBe("https://b.test/");
    });
  });

  test("the issuer keeps its spelling, because tokens are compared with it as text", () => {
    for (const issuer of ["https://A.test", "https://a.test/", "https://a.test:443/x"]) {
      expect(resolve({ issuer }).oauth?.issuer).toBe(issuer);
    }
  });
});

test("plain http inside a cluster is a warning for each URL, elsewhere only for listed hosts", () => {
  const env = {
    SERVICE_JWT_SECRET: "0123456789abcdef0123456789abcdef",
    MCP_AUTH_ISSUER: "http://idp.auth.svc",
    MCP_JWKS_URL: "http://idp.auth.svc/keys",
    APP_INTERNAL_URL: "http://app.internal:3000",
    MCP_RESOURCE_URL: "http://mcp.ns.svc.cluster.local:8080/mcp",
  };
  expect(errorsOf(() => resolveLightfastHttpSettings({}, env))).toContain(
    "APP_INTERNAL_URL must be an https URL unless --allow-insecure-http names its host.",
  );
  const listed = { ...env, LIGHTFAST_ALLOW_INSECURE_HTTP: "app.internal" };
  const { oauth, warnings } = withMessages(resolveLightfastHttpSettings({}, listed));
  expect(oauth).toMatchObject({ issuer: "http://idp.auth.svc", appUrl: new URL(env.APP_INTERNAL_URL) });
  const names = ["MCP_RESOURCE_URL", "MCP_AUTH_ISSUER", "MCP_JWKS_URL", "APP_INTERNAL_URL"];
  expect(warnings).toEqual(names.map((name) => expect.stringContaining(`${name} uses plain http: `)));
});

test("an audit journal without audit events is a warning", () => {
  const env = { LIGHTFAST_SANDBOX: "1", LIGHTFAST_MCP_AUDIT_JOURNAL: "/a/audit.jsonl" };
  const { warnings } = resolveLightfastHttpSettings({ auth: "none" }, env);
  expect(warnings).toEqual([
    {
      setting: "auditJournal",
      message: "LIGHTFAST_MCP_AUDIT_JOURNAL has no effect: only --auth oauth records audit events.",
    },
  ]);
});
