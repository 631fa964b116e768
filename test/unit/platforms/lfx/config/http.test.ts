import { describe, expect, test } from "vitest";
import { resolveLfxHttpSettings } from "../../../../../src/platforms/lfx/config/http.ts";
import {
  type Environment,
  flagsOf,
  LENS,
  LFX,
  ONBOARDING,
  shown,
  tokenUntil,
} from "../../../../support/lfx/environments.ts";
import { errorsOf, messagesOf, withMessages } from "../../../../support/settings.ts";

describe("http errors", () => {
  const ISSUER = "https://issuer.example";
  const REQUIRED = { ...LFX, LFXMCP_MCP_API_AUTH_SERVERS: ISSUER };

  /** What is wrong with these settings alone, a line each. */
  const problems = (words: readonly string[], env: Environment = REQUIRED) =>
    errorsOf(() => resolveLfxHttpSettings(flagsOf("lfx http", words), env));

  describe("there are no insecure defaults:", () => {
    test.each([undefined, "", "  ", "$ISSUERS"])("auth servers %j are those of LFX", (servers) => {
      const env = { ...LFX, LFXMCP_MCP_API_AUTH_SERVERS: servers };
      for (const more of [{}, { LFXMCP_API_CREDENTIALS_CI: "key-of-the-ci-robot-0123456789abcdef" }])
        expect(resolveLfxHttpSettings({}, { ...env, ...more })).toMatchObject({
          auth: "oauth",
          issuers: ["https://sso.linuxfoundation.org"],
        });
    });

    test.each(["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"])(
      "--auth none is allowed at %s",
      (host) => {
        expect(problems(["--auth", "none", "--host", host], LFX)).toEqual([]);
        expect(resolveLfxHttpSettings({ auth: "none", host }, LFX)).toMatchObject({
          auth: "none",
          issuers: [],
        });
        expect(problems([], { ...LFX, LFXMCP_AUTH: "none", LFXMCP_HTTP_HOST: host })).toEqual([]);
      },
    );

    test.each([
      "0.0.0.0",
      "::",
      "10.0.0.7",
      "mcp.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example",
    ])("--auth none is rejected at %s, with any public URL", (host) => {
      const env = { ...LFX, LFXMCP_MCP_API_PUBLIC_URL: "https://mcp.example/mcp" };
      expect(problems(["--auth", "none", "--host", host], env)).toEqual([
        expect.stringMatching(/^--auth none is only allowed on loopback addresses/),
      ]);
    });

    test.each([
      ["auth servers", { LFXMCP_MCP_API_AUTH_SERVERS: ISSUER }],
      ["a static key", { LFXMCP_API_CREDENTIALS_CI: "key-of-the-ci-robot-0123456789abcdef" }],
    ])("--auth none is rejected with %s", (_, env) => {
      expect(problems(["--auth", "none"], { ...LFX, ...env })).toEqual([
        expect.stringMatching(/^--auth none cannot be combined with/),
      ]);
    });

    test.each(["open", "OAUTH", "oauth,none", "true", "constructor"])("--auth %j is rejected", (auth) => {
      expect(problems(["--auth", auth])).toEqual(["--auth must be one of oauth, none."]);
    });

    test.each(["0.0.0.0", "::", "10.0.0.7"])("a public URL is required at %s", (host) => {
      expect(problems(["--host", host])).toEqual([
        expect.stringMatching(/^--mcp-api-public-url \(LFXMCP_MCP_API_PUBLIC_URL\) is required/),
      ]);
    });
  });

  describe("one user's own token", () => {
    test.each(["opaque", tokenUntil(1)])("is rejected over HTTP (%#)", (token) => {
      const found = problems([], { ...REQUIRED, LFXMCP_LFX_TOKEN: token });
      expect(found).toEqual([
        expect.stringMatching(/^LFXMCP_LFX_TOKEN is one user's own token and only allowed on stdio/),
      ]);
      expect(found.join()).not.toContain(token);
    });
  });

  test("all errors are reported at once", () => {
    const found = problems(["--port", "65536", "--metrics-port", "x", "--drain-delay", "-1"], {
      LFXMCP_HTTP_HOST: "0.0.0.0",
      LFXMCP_MCP_API_PUBLIC_URL: "http://mcp.example/mcp",
      LFXMCP_MCP_API_SCOPES: "a,,b",
      LFXMCP_CLIENT_ID: "our-client",
      LFXMCP_TOOLS: ",",
    });
    for (const name of [
      "--port must be a whole number from 0 to 65535",
      "--metrics-port must be",
      "--drain-delay must be",
      "LFXMCP_MCP_API_PUBLIC_URL must be an https URL",
      "LFXMCP_MCP_API_SCOPES has a blank entry",
      "LFXMCP_CLIENT_ID also requires",
      "LFXMCP_TOOLS has a blank entry",
    ]) {
      expect(found.filter((line) => line.includes(name))).toHaveLength(1);
    }
  });
});

describe("http", () => {
  const ISSUER = "https://issuer.example";
  const REQUIRED = { ...LFX, LFXMCP_MCP_API_AUTH_SERVERS: ISSUER };

  /** The settings, with all that is required. */
  const resolve = (words: readonly string[] = [], env: Environment = {}) =>
    withMessages(resolveLfxHttpSettings(flagsOf("lfx http", words), { ...REQUIRED, ...env }));

  /** What is wrong with these settings alone, a line each. */
  const problems = (words: readonly string[], env: Environment = REQUIRED) =>
    errorsOf(() => resolveLfxHttpSettings(flagsOf("lfx http", words), env));

  test("the defaults are those in help", () => {
    expect(resolve()).toMatchObject({
      host: "127.0.0.1",
      port: 8080,
      metricsPort: undefined,
      publicMetrics: false,
      resourceUrl: undefined,
      allowedHosts: [],
      allowedOrigins: [],
      drainDelaySeconds: 0,
      auth: "oauth",
      issuers: [ISSUER],
      scopes: ["openid", "profile", "email", "read:all", "manage:all"],
      apiKeys: [],
      warnings: [],
    });
  });

  test("the variables of an existing deployment work unchanged", () => {
    const deployed = resolve([], {
      LFXMCP_MODE: "http",
      LFXMCP_HTTP_HOST: "0.0.0.0",
      LFXMCP_HTTP_PORT: "8080",
      LFXMCP_MCP_API_PUBLIC_URL: "https://mcp.lfx.example/mcp",
      LFXMCP_MCP_API_AUTH_SERVERS: "https://sso.example/",
      LFXMCP_MCP_API_SCOPES: "",
      LFXMCP_DEBUG: "false",
      LFXMCP_DEBUG_TRAFFIC: "false",
      LFXMCP_API_CREDENTIALS_CI_BOT: "key-of-the-ci-robot-0123456789abcdef",
      ...ONBOARDING,
      ...LENS,
    });
    expect(shown(deployed)).toMatchObject({
      host: "0.0.0.0",
      port: 8080,
      resourceUrl: "https://mcp.lfx.example/mcp",
      issuers: ["https://sso.example"],
      apiKeys: [{ owner: "ci_bot", secret: "key-of-the-ci-robot-0123456789abcdef" }],
      upstream: { onboarding: { audience: "the onboarding" }, lens: { audience: "the lens" } },
      warnings: [],
    });
    expect(deployed.tools).toEqual(resolve().tools);
  });

  test("a public URL without a host, as the chart of existing deployments makes it, is a warning", () => {
    const settings = resolve([], {
      LFXMCP_HTTP_HOST: "0.0.0.0",
      LFXMCP_MCP_API_PUBLIC_URL: "https:///mcp",
      LFXMCP_MCP_API_AUTH_SERVERS: "",
    });
    expect(settings).toMatchObject({ resource: undefined, resourceUrl: undefined });
    expect(settings.warnings).toEqual([
      "LFXMCP_MCP_API_PUBLIC_URL has no host, so no client can sign in: only static API keys work.",
    ]);
  });

  describe("an incomplete configuration starts, with one warning for each thing that is missing:", () => {
    const { LFXMCP_LFX_API_URL: _, ...client } = LFX;
    const NO_API = expect.stringMatching(
      /^No LFX API configured\. Set LFXMCP_LFX_API_URL \(--lfx-api-url\), and LFXMCP_CLIENT_ID/,
    );
    const HALF = expect.stringMatching(/^LFXMCP_CLIENT_ID also requires LFXMCP_TOKEN_ENDPOINT and .*SECRET/);

    test.each<[what: string, env: Environment, expected: readonly unknown[]]>([
      ["nothing set", {}, [NO_API]],
      ["no API", client, [expect.stringMatching(/^LFXMCP_CLIENT_ID is set, but no API.*LFXMCP_LFX_API_URL/)]],
      ["half a client", { LFXMCP_CLIENT_ID: "ours" }, [HALF, NO_API]],
      ["half a client of an API", { ...LFX, LFXMCP_TOKEN_ENDPOINT: "", LFXMCP_CLIENT_SECRET: "" }, [HALF]],
      [
        "Onboarding alone",
        { ...client, ...ONBOARDING },
        [expect.stringMatching(/^Member Onboarding requires/)],
      ],
      [
        "no service of a listed tool",
        { ...LFX, LFXMCP_TOOLS: "query_lfx_lens" },
        [
          expect.stringMatching(
            /^No offered tool can work .*: query_lfx_lens\. Each call says what to set\.$/,
          ),
        ],
      ],
    ])("%s", (_, env, expected) => {
      for (const auth of ["oauth", "none"]) {
        const settings = withMessages(resolveLfxHttpSettings({ auth }, env));
        expect(settings.warnings).toEqual(expected);
        expect(messagesOf(settings.incomplete)).toEqual(expected);
      }
    });

    test("callers authenticate as always", () => {
      expect(resolveLfxHttpSettings({}, {})).toMatchObject({
        auth: "oauth",
        issuers: ["https://sso.linuxfoundation.org"],
      });
      expect(problems(["--auth", "none", "--host", "0.0.0.0"], {})).toContainEqual(
        expect.stringMatching(/^--auth none is only allowed on loopback addresses/),
      );
    });
  });

  /** By flag, variable and value: the setting that it makes. */
  const EFFECTS: readonly [flag: string, variable: string, value: string, made: object][] = [
    ["--host", "LFXMCP_HTTP_HOST", "127.0.0.2", { host: "127.0.0.2" }],
    ["--port", "LFXMCP_HTTP_PORT", "0", { port: 0 }],
    ["--auth", "LFXMCP_AUTH", "oauth", { auth: "oauth" }],
    [
      "--mcp-api-public-url",
      "LFXMCP_MCP_API_PUBLIC_URL",
      "https://mcp.example/x/mcp",
      { resourceUrl: "https://mcp.example/x/mcp" },
    ],
    [
      "--mcp-api-auth-servers",
      "LFXMCP_MCP_API_AUTH_SERVERS",
      "https://a.example/, https://b.example/tenant",
      { issuers: ["https://a.example", "https://b.example/tenant"] },
    ],
    [
      "--mcp-api-scopes",
      "LFXMCP_MCP_API_SCOPES",
      "read:all, manage:all",
      { scopes: ["read:all", "manage:all"] },
    ],
    [
      "--allowed-hosts",
      "LFXMCP_ALLOWED_HOSTS",
      "A.example,b.example:8443",
      { allowedHosts: ["a.example", "b.example:8443"] },
    ],
    [
      "--allowed-origins",
      "LFXMCP_ALLOWED_ORIGINS",
      "https://A.example",
      { allowedOrigins: ["https://a.example"] },
    ],
    ["--metrics-port", "LFXMCP_METRICS_PORT", "9090", { metricsPort: 9090 }],
    ["--drain-delay", "LFXMCP_DRAIN_DELAY", "5", { drainDelaySeconds: 5 }],
  ];

  describe.each(EFFECTS)("%s and %s", (flag, variable, value, made) => {
    test("set the value, trimmed", () => {
      expect(shown(resolve([flag, value]))).toMatchObject(made);
      expect(shown(resolve([], { [variable]: `\t${value}\n` }))).toMatchObject(made);
    });

    test("take precedence in that order", () => {
      expect(shown(resolve([flag, value], { [variable]: ",not,looked,at," }))).toMatchObject(made);
    });

    test("are unset if blank", () => {
      expect(shown(resolve([flag, ""], { [variable]: value }))).toMatchObject(made);
    });
  });

  describe("an option of lfx on stdio", () => {
    test("is accepted here too", () => {
      const flags = { ...flagsOf("lfx", ["--tools", "get_project", "--committees-as-groups"]), port: "0" };
      expect(resolveLfxHttpSettings(flags, REQUIRED)).toMatchObject({
        tools: ["get_project"],
        committeesAsGroups: true,
        port: 0,
      });
    });

    test("is checked here too", () => {
      const env = { ...REQUIRED, LFXMCP_DEBUG: "maybe", LFXMCP_CLIENT_SECRET: undefined };
      expect(problems([], env)).toEqual([
        "LFXMCP_DEBUG must be 1 or 0.",
        expect.stringContaining("also require LFXMCP_CLIENT_ASSERTION_SIGNING_KEY"),
      ]);
    });
  });

  describe("the issuers", () => {
    test.each([
      ["https://a.example,https://b.example/", ["https://a.example", "https://b.example"]],
      ["https://a.example/,https://a.example", ["https://a.example"]],
      ["https://A.example/Tenant", ["https://A.example/Tenant"]],
      ["http://127.0.0.1:4000", ["http://127.0.0.1:4000"]],
    ])("%s are %j", (servers, issuers) => {
      expect(resolve([], { LFXMCP_MCP_API_AUTH_SERVERS: servers }).issuers).toEqual(issuers);
    });

    test("on plain http inside a cluster are one warning", () => {
      const servers = "http://idp.auth.svc/,https://b.example,http://idp.internal";
      const env = { LFXMCP_MCP_API_AUTH_SERVERS: servers, LFXMCP_ALLOW_INSECURE_HTTP: "idp.internal" };
      expect(resolve([], env).warnings).toEqual([
        expect.stringMatching(/^Entry 1 of .* is sent to idp\.auth\.svc\. Entry 3 of .* to idp\.internal\.$/),
      ]);
    });

    test.each([
      "issuer.example",
      "http://issuer.example",
      "https://issuer.example#x",
      "https://user:pass@issuer.example",
      "https://issuer.example,,https://b.example",
      "https://issuer.example,",
      "https://a.example/ https://b.example/",
    ])("are not %s", (servers) => {
      const found = problems([], { ...LFX, LFXMCP_MCP_API_AUTH_SERVERS: servers });
      expect(found).toEqual([expect.stringContaining("LFXMCP_MCP_API_AUTH_SERVERS")]);
      expect(found.join()).not.toContain("pass");
    });
  });

  describe("the scopes for clients", () => {
    test.each([",", "read:all,,manage:all", "read:all,", "read:all manage:all"])("are not %j", (scopes) => {
      expect(problems([], { ...REQUIRED, LFXMCP_MCP_API_SCOPES: scopes })).toEqual([
        expect.stringContaining("LFXMCP_MCP_API_SCOPES"),
      ]);
    });

    test("may include unused ones, with a warning", () => {
      const { scopes, warnings } = resolve([], {
        LFXMCP_MCP_API_SCOPES: "openid,read:everything,offline_access",
      });
      expect(scopes).toEqual(["openid", "read:everything", "offline_access"]);
      expect(warnings).toEqual([expect.stringMatching(/read:everything.*offline_access/)]);
    });
  });

  describe("static keys", () => {
    const keysOf = (env: Environment) => resolve([], env).apiKeys;

    test("have the owner in the variable's name, in lower case", () => {
      const keys = keysOf({
        LFXMCP_API_CREDENTIALS_CI: "key-of-the-ci-robot-0123456789abcdef",
        LFXMCP_API_CREDENTIALS_HTTP_MCP_API_BOT: " key-of-the-other-bot\n",
      });
      expect(keys).toEqual([
        { owner: "ci", secret: "key-of-the-ci-robot-0123456789abcdef" },
        { owner: "http_mcp_api_bot", secret: "key-of-the-other-bot" },
      ]);
    });

    test("keep their spelling", () => {
      const secret = "a.b.c,=\"'%20 é 0123456789abcdefgh";
      expect(keysOf({ LFXMCP_API_CREDENTIALS_CI: secret })).toEqual([{ owner: "ci", secret }]);
    });

    test.each(["", "  ", undefined])("are unset if the variable is %j", (secret) => {
      expect(keysOf({ LFXMCP_API_CREDENTIALS_CI: secret })).toEqual([]);
    });

    test("are unset if they are placeholders, with a warning", () => {
      const { apiKeys, warnings } = resolve([], { LFXMCP_API_CREDENTIALS_CI: `\${CI_KEY}` });
      expect(apiKeys).toEqual([]);
      expect(warnings).toEqual([expect.stringMatching(/^LFXMCP_API_CREDENTIALS_CI holds an unexpanded/)]);
    });

    test.each([1, 15])("of %i characters stop the server, with the next step", (length) => {
      expect(problems([], { ...REQUIRED, LFXMCP_API_CREDENTIALS_CI: "k".repeat(length) })).toEqual([
        expect.stringMatching(/^LFXMCP_API_CREDENTIALS_CI is shorter than 16 .* openssl rand -hex 32$/),
      ]);
    });

    test.each([
      [16, [expect.stringMatching(/^LFXMCP_API_CREDENTIALS_CI is shorter than 32 .* openssl rand -hex 32$/)]],
      [31, [expect.stringMatching(/^LFXMCP_API_CREDENTIALS_CI is shorter than 32/)]],
      [32, []],
    ])("of %i characters start the server with the warnings %j", (length, expected) => {
      const secret = "k".repeat(length);
      const { apiKeys, warnings } = resolve([], { LFXMCP_API_CREDENTIALS_CI: secret });
      expect(apiKeys).toEqual([{ owner: "ci", secret }]);
      expect(warnings).toEqual(expected);
    });

    test("come from no other variable", () => {
      expect(
        keysOf({ API_CREDENTIALS_CI: "x", lfxmcp_api_credentials_ci: "y", LFXMCP_API_CREDENTIALS: "z" }),
      ).toEqual([]);
    });
  });
});
