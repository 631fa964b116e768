import { describe, expect, test } from "vitest";
import type { OptionRow } from "../../../../../src/config/reader.ts";
import { resolveLfxHttpSettings } from "../../../../../src/platforms/lfx/config/http.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../../../../src/platforms/lfx/config/options.ts";
import {
  type LfxSettings,
  resolveLfxSettings,
  sharedSecret,
} from "../../../../../src/platforms/lfx/config/resolve.ts";

import { LFX_SECRET_VARIABLES } from "../../../../../src/platforms/lfx/config/secrets.ts";
import { TOOL_NAMES } from "../../../../../src/platforms/lfx/policy.ts";
import {
  CLIENT,
  type Environment,
  flagsOf,
  LENS,
  LFX,
  ONBOARDING,
  PKCS1,
  PKCS8,
  shown,
  tokenUntil,
} from "../../../../support/lfx/environments.ts";
import { errorsOf, messagesOf, withMessages } from "../../../../support/settings.ts";

describe("the confirmation", () => {
  const resolve = (flags: object, env: object = {}) => {
    const { confirm, confirmRequired } = resolveLfxSettings({ ...flags }, { ...LFX, ...env });
    return [confirm, confirmRequired];
  };
  const errors = (env: object, flags = {}) => errorsOf(() => resolveLfxSettings(flags, { ...LFX, ...env }));

  test.each([
    [{}, {}, ["never", false]],
    [{}, { LFXMCP_CONFIRM: "", LFXMCP_CONFIRM_REQUIRED: "" }, ["never", false]],
    [{ confirm: "destructive" }, {}, ["destructive", false]],
    [{ confirm: "never" }, { LFXMCP_CONFIRM: "writes" }, ["never", false]],
    [{}, { LFXMCP_CONFIRM: "writes", LFXMCP_CONFIRM_REQUIRED: "true" }, ["writes", true]],
    [{ confirmRequired: true }, { LFXMCP_CONFIRM: "destructive" }, ["destructive", true]],
  ])("of %j and %j is %j", (flags, env, expected) => {
    expect(resolve(flags, env)).toEqual(expected);
  });

  test("never starts weaker than it was meant", () => {
    expect(errors({ LFXMCP_CONFIRM: "all" })).toEqual([
      expect.stringMatching(/^LFXMCP_CONFIRM must be one of destructive, writes, never/),
    ]);
    expect(errors({ LFXMCP_CONFIRM: "$CONFIRM" })).toEqual([
      "LFXMCP_CONFIRM holds the unexpanded placeholder $CONFIRM. Set it to one of destructive, writes, never, or remove it.",
    ]);
    expect(errors({ LFXMCP_CONFIRM: "all", LFXMCP_CONFIRM_REQUIRED: "1" })).toHaveLength(1);
    const alone = "also requires --confirm (LFXMCP_CONFIRM): destructive or writes.";
    expect(errors({ LFXMCP_CONFIRM_REQUIRED: "1" })).toEqual([`LFXMCP_CONFIRM_REQUIRED ${alone}`]);
    expect(errors({ LFXMCP_CONFIRM: "never" }, { confirmRequired: true })).toEqual([
      `--confirm-required ${alone}`,
    ]);
  });

  test("is shared by instances with the same key, whatever its form, or the same secret", () => {
    const secretOf = (env: object) => sharedSecret(resolveLfxSettings({}, { ...LFX, ...env }).upstream);
    const [one, other] = [PKCS1, PKCS8].map((key) => secretOf({ LFXMCP_CLIENT_ASSERTION_SIGNING_KEY: key }));
    expect(one).toBeInstanceOf(Buffer);
    expect(one).toEqual(other);
    expect(secretOf({})).toBe(LFX.LFXMCP_CLIENT_SECRET);
    expect(sharedSecret(resolveLfxSettings({}, {}).upstream)).toBeUndefined();
  });

  const UNSHARED =
    "--confirm signs questions with a key from LFXMCP_CLIENT_SECRET or LFXMCP_CLIENT_ASSERTION_SIGNING_KEY, and neither is set: an answer counts only in the process that asked, until it restarts.";
  const UNASKED =
    "--confirm over HTTP asks only clients of protocol 2026-07-28 that support elicitation: for others, tools run without a question. Set --confirm-required (LFXMCP_CONFIRM_REQUIRED) to hide the tools from them.";
  const NO_SECRET = { LFXMCP_LFX_API_URL: LFX.LFXMCP_LFX_API_URL };

  test.each([
    [LFX, {}, [UNASKED]],
    [LFX, { confirmRequired: true }, []],
    [NO_SECRET, {}, [UNSHARED, UNASKED]],
    [NO_SECRET, { confirmRequired: true }, [UNSHARED]],
  ])("over HTTP with %j and %j has the warnings %j", (env, flags, expected) => {
    const { warnings } = resolveLfxHttpSettings({ confirm: "writes", ...flags }, env);
    expect(messagesOf(warnings.filter(({ setting }) => setting === "confirm"))).toEqual(expected);
    expect(resolveLfxHttpSettings({}, env).warnings.map(({ setting }) => setting)).not.toContain("confirm");
  });

  test("on stdio has no warning: clients of both eras can be asked", () => {
    expect(resolveLfxSettings({ confirm: "writes" }, LFX).warnings).toEqual([]);
  });
});

describe("selection", () => {
  const resolve = (tools: string) => withMessages(resolveLfxSettings({}, { ...LFX, LFXMCP_TOOLS: tools }));

  describe("the enabled tools", () => {
    test.each([
      ["where there is no list", undefined],
      ["where the list was not expanded", "$TOOLS"],
    ])("are all except those of the standard metrics if %s", (_, LFXMCP_TOOLS) => {
      const { tools } = resolveLfxSettings({}, { ...LFX, LFXMCP_TOOLS });
      expect(tools).toHaveLength(51);
      expect(TOOL_NAMES.filter((name) => !tools.includes(name))).toEqual([
        "query_lfx_standard_metrics",
        "read_lfx_standard_metrics_guidance",
      ]);
    });

    test.each(["", "  "])(
      "are an error if the list is %j, unless a flag or a toolset chooses",
      (LFXMCP_TOOLS) => {
        const env = { ...LFX, LFXMCP_TOOLS };
        expect(errorsOf(() => resolveLfxSettings({}, env))).toEqual([
          "LFXMCP_TOOLS is empty, which allows no tool. Name the tools, or remove it to serve the default ones.",
        ]);
        expect(resolveLfxSettings({ tools: "get_project" }, env).tools).toEqual(["get_project"]);
        expect(resolveLfxSettings({}, { ...env, LFXMCP_TOOLSETS: "lens" }).tools).toContain("get_project");
      },
    );

    test("are those of the list, in the order of the table, without duplicates", () => {
      const { tools, warnings } = resolve("user_info, get_project,query_lfx_standard_metrics ,get_project");
      expect(tools).toEqual(["get_project", "query_lfx_standard_metrics", "user_info"]);
      expect(warnings).toEqual([
        "The services of some tools are not configured, which each call reports: query_lfx_standard_metrics, user_info.",
      ]);
    });

    test("are the same with committee or group in their names", () => {
      for (const names of ["search_groups,get_group_member", "search_committees,get_committee_member"]) {
        expect(resolve(names).tools).toEqual(["search_committees", "get_committee_member"]);
      }
      expect(resolve("get_group,get_committee").tools).toEqual(["get_committee"]);
      for (const LFXMCP_COMMITTEES_AS_GROUPS of ["0", "1"]) {
        const env = { ...LFX, LFXMCP_COMMITTEES_AS_GROUPS, LFXMCP_TOOLS: "update_group_settings" };
        expect(resolveLfxSettings({}, env).tools).toEqual(["update_committee_settings"]);
      }
    });

    test("exclude those that only the original server has, with one warning", () => {
      const { tools, warnings } = resolve("get_project,list_membership_actions,hello_world");
      expect(tools).toEqual(["get_project"]);
      expect(warnings).toEqual([
        "LFXMCP_TOOLS: ignored tools that this server does not have: list_membership_actions, hello_world.",
      ]);
    });

    test("are an error if one does not exist", () => {
      expect(errorsOf(() => resolve("get_project,Get_Project,constructor"))).toEqual([
        'LFXMCP_TOOLS: there is no tool named "Get_Project". Did you mean "get_project"? ' +
          'LFXMCP_TOOLS: there is no tool named "constructor". For the names, run: lightfast-mcp lfx tools',
      ]);
    });

    test.each([",", "get_project,", "get_project,,get_meeting"])("cannot be %j", (list) => {
      expect(errorsOf(() => resolve(list))).toEqual([
        expect.stringMatching(/^LFXMCP_TOOLS has a blank entry/),
      ]);
    });
  });
});

describe("resolve", () => {
  const resolve = (words: readonly string[] = [], env: Environment = {}) =>
    withMessages(resolveLfxSettings(flagsOf("lfx", words), { ...LFX, ...env }));
  const problems = (words: readonly string[], env: Environment) =>
    errorsOf(() => resolveLfxSettings(flagsOf("lfx", words), env));

  const ROWS: readonly [string, OptionRow][] = [
    ...Object.entries<OptionRow>(LFX_OPTIONS),
    ...Object.entries<OptionRow>(LFX_HTTP_OPTIONS),
  ];

  describe("the options", () => {
    test("share no flag or variable", () => {
      const names = ROWS.flatMap(([, { flag, variables }]) => [flag, ...variables]);
      expect(new Set(names).size).toBe(names.length);
    });

    test("include no secret", () => {
      const variables = ROWS.flatMap(([, row]) => row.variables);
      for (const secret of Object.values(LFX_SECRET_VARIABLES)) expect(variables).not.toContain(secret);
      expect(ROWS.map(([, { flag }]) => flag).join(" ")).not.toMatch(/secret|signing|lfx-token|credential/);
    });

    test("keep the variables of existing deployments", () => {
      const known = [
        ...ROWS.flatMap(([, { variables }]) => variables),
        ...Object.values(LFX_SECRET_VARIABLES),
      ];
      for (const name of [
        "HTTP_HOST HTTP_PORT MCP_API_PUBLIC_URL MCP_API_AUTH_SERVERS MCP_API_SCOPES CLIENT_ID CLIENT_SECRET",
        "CLIENT_ASSERTION_SIGNING_KEY TOKEN_ENDPOINT LFX_API_URL TOOLS DEBUG DEBUG_TRAFFIC COMMITTEES_AS_GROUPS",
        "ONBOARDING_API_URL ONBOARDING_API_AUDIENCE LENS_API_URL LENS_API_AUDIENCE LFX_TOKEN",
      ].flatMap((line) => line.split(" "))) {
        expect(known).toContain(`LFXMCP_${name}`);
      }
    });
  });

  test("everything is off by default", () => {
    expect(resolve()).toMatchObject({
      upstream: { onboarding: undefined, lens: undefined, staticToken: undefined },
      committeesAsGroups: false,
      logLevel: "warn",
      debugTraffic: false,
      warnings: [],
    });
  });

  /** By flag, variable and value: the part of the settings that it makes. */
  const EFFECTS: readonly [
    flag: string,
    variable: string,
    value: string,
    made: object,
    more?: Environment,
  ][] = [
    [
      "--lfx-api-url",
      "LFXMCP_LFX_API_URL",
      "https://other.example/api/",
      {
        upstream: {
          lfx: { url: "https://other.example/api/", audience: "https://other.example/api/" },
        },
      },
    ],
    [
      "--token-endpoint",
      "LFXMCP_TOKEN_ENDPOINT",
      "https://other.example/token",
      { upstream: { client: { tokenEndpoint: "https://other.example/token" } } },
    ],
    [
      "--client-id",
      "LFXMCP_CLIENT_ID",
      "other-client",
      { upstream: { client: { clientId: "other-client" } } },
    ],
    [
      "--onboarding-api-url",
      "LFXMCP_ONBOARDING_API_URL",
      "https://other.example/o",
      { upstream: { onboarding: { url: "https://other.example/o", audience: "the onboarding" } } },
      ONBOARDING,
    ],
    [
      "--onboarding-api-audience",
      "LFXMCP_ONBOARDING_API_AUDIENCE",
      "another audience",
      { upstream: { onboarding: { audience: "another audience" } } },
      ONBOARDING,
    ],
    [
      "--lens-api-url",
      "LFXMCP_LENS_API_URL",
      "https://other.example/l",
      { upstream: { lens: { url: "https://other.example/l", audience: "the lens" } } },
      LENS,
    ],
    [
      "--lens-api-audience",
      "LFXMCP_LENS_API_AUDIENCE",
      "another audience",
      { upstream: { lens: { audience: "another audience" } } },
      LENS,
    ],
    ["--tools", "LFXMCP_TOOLS", "get_project", { tools: ["get_project"] }],
    [
      "--allow-insecure-http",
      "LFXMCP_ALLOW_INSECURE_HTTP",
      "a.test,b.test:1",
      { insecureHosts: ["a.test", "b.test:1"] },
    ],
  ];

  type Switches = Pick<LfxSettings, "committeesAsGroups" | "logLevel" | "debugTraffic">;
  const SWITCHES = [
    ["--committees-as-groups", "LFXMCP_COMMITTEES_AS_GROUPS", (all: Switches) => all.committeesAsGroups],
    ["--debug", "LFXMCP_DEBUG", (all: Switches) => all.logLevel === "debug"],
    ["--debug-traffic", "LFXMCP_DEBUG_TRAFFIC", (all: Switches) => all.debugTraffic],
  ] as const;

  describe.each(EFFECTS)("%s and %s", (flag, variable, value, made, more = {}) => {
    test("set the value, trimmed", () => {
      expect(shown(resolve([flag, value], more))).toMatchObject(made);
      expect(shown(resolve([], { ...more, [variable]: ` ${value} ` }))).toMatchObject(made);
    });

    test("take precedence in that order", () => {
      expect(shown(resolve([flag, value], { ...more, [variable]: "https://lost.example" }))).toMatchObject(
        made,
      );
    });

    test("are unset if blank", () => {
      expect(shown(resolve([flag, " "], { ...more, [variable]: value }))).toMatchObject(made);
    });
  });

  describe.each(SWITCHES)("%s and %s", (flag, variable, isOn) => {
    test.each(["1", "true", "TRUE", "yes", "on"])("are on with %s", (value) => {
      expect(isOn(resolve([], { [variable]: value }))).toBe(true);
    });

    test.each(["0", "false", "False", "no", "off", "", "  "])("are off with %j", (value) => {
      expect(isOn(resolve([], { [variable]: value }))).toBe(false);
    });

    test("are on with the flag, whatever the variable is", () => {
      expect(isOn(resolve([flag], { [variable]: "false" }))).toBe(true);
    });

    test.each(["2", "truth", "enabled"])("reject %s", (value) => {
      expect(problems([], { ...LFX, [variable]: value })).toEqual([`${variable} must be 1 or 0.`]);
    });
  });

  describe("a placeholder", () => {
    test("counts as unset, with one warning", () => {
      const { upstream, warnings } = resolve([], {
        LFXMCP_LENS_API_URL: "$LENS_URL",
        LFXMCP_LENS_API_AUDIENCE: "%LENS%",
      });
      expect(upstream.lens).toBeUndefined();
      expect(warnings).toEqual([
        expect.stringMatching(/^LFXMCP_LENS_API_URL holds the unexpanded placeholder \$LENS_URL/),
        expect.stringMatching(/^LFXMCP_LENS_API_AUDIENCE holds the unexpanded placeholder %LENS%/),
      ]);
    });

    test("does not matter behind a flag", () => {
      const { upstream, warnings } = resolve(["--lfx-api-url", "https://flag.example"], {
        LFXMCP_LFX_API_URL: "$URL",
      });
      expect(upstream.lfx?.audience).toBe("https://flag.example");
      expect(warnings).toEqual([]);
    });
  });

  describe("without an API", () => {
    test("all tools are enabled, and one warning says what to set", () => {
      const settings = withMessages(resolveLfxSettings({}, {}));
      expect(settings.tools).toEqual(resolveLfxSettings({}, LFX).tools);
      expect(settings.warnings).toEqual([
        expect.stringMatching(/^No LFX API configured\. Set LFXMCP_LFX_API_URL/),
      ]);
    });

    test("a guidance alone is not enough over HTTP", () => {
      const env = { ...LFX, LFXMCP_TOOLS: "read_lfx_semantic_layer_guidance" };
      expect(messagesOf(resolveLfxHttpSettings({}, env).incomplete)).toEqual([
        expect.stringMatching(/^No offered tool can work/),
      ]);
    });
  });

  describe("a static token", () => {
    const READY = { LFXMCP_LFX_API_URL: "https://lfx.example" };

    test("is enough for LFX", () => {
      const token = tokenUntil(Date.now() / 1000 + 60);
      expect(resolveLfxSettings({}, { ...READY, LFXMCP_LFX_TOKEN: token }).upstream).toMatchObject({
        staticToken: token,
        client: undefined,
      });
    });

    test.each(["opaque", "a.b.c", tokenUntil(undefined), tokenUntil("tomorrow"), tokenUntil(1e300)])(
      "must say when it expires (%#)",
      (token) => {
        const found = problems([], { ...READY, LFXMCP_LFX_TOKEN: token });
        expect(found).toEqual([
          "LFXMCP_LFX_TOKEN must be a JWT that says when it expires. Get one with: lfx auth token",
        ]);
        expect(found.join()).not.toContain(token);
      },
    );

    const warningsFor = (aud: unknown, LFXMCP_LFX_API_URL = "https://lfx.example") => {
      const token = tokenUntil(Date.now() / 1000 + 60, { aud });
      return withMessages(resolveLfxSettings({}, { LFXMCP_LFX_API_URL, LFXMCP_LFX_TOKEN: token })).warnings;
    };

    test.each([["https://lfx.example"], ["https://lfx.example/"], [["x", "https://lfx.example/"]]])(
      "may be for %j",
      (aud) => {
        expect(warningsFor(aud)).toEqual([]);
        expect(warningsFor(aud, "https://lfx.example/")).toEqual([]);
      },
    );

    test.each([
      ["https://other.example", '"https://other.example"'],
      [["a", "b"], '["a","b"]'],
      [7, "7"],
      [undefined, "no audience"],
    ])("for %j is a warning with both values", (aud, shown) => {
      expect(warningsFor(aud)).toEqual([
        `LFXMCP_LFX_TOKEN is for ${shown}, but LFXMCP_LFX_API_URL is "https://lfx.example". LFX may reject it.`,
      ]);
    });

    test("belongs to a user of the first authorization server", () => {
      const issuerOf = (servers: string | undefined) =>
        resolveLfxSettings({}, { LFXMCP_MCP_API_AUTH_SERVERS: servers }).upstream.staticIssuer;
      expect(issuerOf("https://a.test/, https://b.test")).toBe("https://a.test/");
      for (const unset of [undefined, "", " "])
        expect(issuerOf(unset)).toBe("https://sso.linuxfoundation.org/");
    });

    test.each([0, 1_700_000_000, 1_700_000_000.25])(
      "that expired (%d) is rejected, and not quoted",
      (exp) => {
        const token = tokenUntil(exp);
        const found = problems([], { ...READY, LFXMCP_LFX_TOKEN: token });
        expect(found).toEqual([
          `LFXMCP_LFX_TOKEN expired at ${new Date(exp * 1000).toISOString()}. Set a new token.`,
        ]);
        expect(found.join()).not.toContain(token);
      },
    );

    test("requires the LFX URL", () => {
      const token = tokenUntil(Date.now() / 1000 + 60);
      expect(withMessages(resolveLfxSettings({}, { LFXMCP_LFX_TOKEN: token })).warnings).toEqual([
        expect.stringMatching(/^LFXMCP_LFX_TOKEN also requires LFXMCP_LFX_API_URL/),
      ]);
    });
  });

  test("all errors are reported at once, without secrets", () => {
    const found = problems(["--tools", "get_project,,get_meeting"], {
      LFXMCP_LFX_API_URL: "http://lfx.example",
      LFXMCP_CLIENT_ID: "our-client",
      LFXMCP_CLIENT_ASSERTION_SIGNING_KEY: "a-secret-that-is-no-key",
      LFXMCP_LENS_API_URL: "https://user:pass@lens.example",
      LFXMCP_ONBOARDING_API_AUDIENCE: "the onboarding",
      LFXMCP_DEBUG: "maybe",
      LFXMCP_LFX_TOKEN: tokenUntil(1),
    });
    for (const name of [
      "LFXMCP_LFX_API_URL must be an https URL",
      "LFXMCP_CLIENT_ID and LFXMCP_CLIENT_ASSERTION_SIGNING_KEY (or LFXMCP_CLIENT_SECRET) also require LFXMCP_TOKEN_ENDPOINT.",
      "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY must be",
      "LFXMCP_LENS_API_URL must be",
      "LFXMCP_LENS_API_URL also requires LFXMCP_LENS_API_AUDIENCE.",
      "LFXMCP_ONBOARDING_API_AUDIENCE also requires LFXMCP_ONBOARDING_API_URL.",
      "LFXMCP_DEBUG must be",
      "LFXMCP_LFX_TOKEN expired",
      "--tools has a blank entry",
    ]) {
      expect(found.filter((line) => line.includes(name))).toHaveLength(1);
    }
    expect(found).toHaveLength(9);
    expect(found.join()).not.toMatch(/a-secret-that-is-no-key|user:pass/);
  });

  describe("listed tools without their services", () => {
    test("are a warning if others are available", () => {
      const { warnings } = withMessages(
        resolveLfxSettings({}, { ...LFX, LFXMCP_TOOLS: "get_project,query_lfx_lens" }),
      );
      expect(warnings).toEqual([
        "The services of some tools are not configured, which each call reports: query_lfx_lens.",
      ]);
    });
  });

  test.each(["Bearer abc", "abc def", "abc\u2026"])("a static token is the token only, not %j", (token) => {
    const env = { LFXMCP_LFX_API_URL: "https://lfx.example", LFXMCP_LFX_TOKEN: token };
    const found = errorsOf(() => resolveLfxSettings({}, env));
    expect(found).toEqual([
      'LFXMCP_LFX_TOKEN must be the token only, without "Bearer", quotation marks, or spaces.',
    ]);
  });
});

describe("upstream", () => {
  const upstream = (env: Environment) => resolveLfxSettings({}, env).upstream;
  const problems = (env: Environment) => errorsOf(() => upstream(env));
  /** The warnings, over HTTP too. */
  const incomplete = (env: Environment) => {
    const { warnings, incomplete } = withMessages(
      resolveLfxSettings({}, { LFXMCP_TOOLS: "get_project", ...env }),
    );
    const found = messagesOf(incomplete);
    expect(messagesOf(resolveLfxHttpSettings({}, env).incomplete)).toEqual(
      expect.arrayContaining([...found]),
    );
    expect(warnings).toEqual(expect.arrayContaining([...found]));
    return found;
  };

  const KEY = "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY";
  const without = (env: Environment, ...names: readonly string[]): Environment =>
    Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));

  describe("LFX", () => {
    test("has its URL, as configured, as the audience of its tokens", () => {
      for (const address of ["https://LFX.example", "https://lfx.example:443/", "https://lfx.example/api/"]) {
        expect(upstream({ ...LFX, LFXMCP_LFX_API_URL: address }).lfx).toEqual({
          url: new URL(address),
          audience: address,
        });
      }
    });

    test("requires a client or a static token", () => {
      expect(incomplete({ LFXMCP_LFX_API_URL: "https://lfx.example" })).toEqual([
        expect.stringMatching(/^LFXMCP_LFX_API_URL requires .*LFXMCP_CLIENT_ID.*LFXMCP_LFX_TOKEN/),
      ]);
    });

    test.each([
      "lfx.example",
      "http://lfx.example",
      "ftp://lfx.example",
      "https://user:pass@lfx.example",
      "https://lfx.example/#x",
      "https://",
    ])("cannot be at %s, which is one error", (address) => {
      const found = problems({ ...LFX, LFXMCP_LFX_API_URL: address });
      expect(found).toEqual([expect.stringMatching(/^LFXMCP_LFX_API_URL must be an https URL/)]);
      expect(found.join()).not.toContain("pass");
    });

    test("may use http inside a cluster and to listed hosts, with a warning for each URL", () => {
      const env = {
        ...LFX,
        ...LENS,
        ...ONBOARDING,
        LFXMCP_LFX_API_URL: "http://lfx-api.lfx.svc.cluster.local",
        LFXMCP_TOKEN_ENDPOINT: "http://idp.internal/t",
        LFXMCP_LENS_API_URL: "http://lens.lfx.svc:8080",
        LFXMCP_ONBOARDING_API_URL: "http://10.0.0.7:8080",
        LFXMCP_ALLOW_INSECURE_HTTP: "IDP.internal, 10.0.0.7:8080",
      };
      const settings = resolveLfxSettings({}, env);
      expect(settings.upstream.lfx?.url.href).toBe("http://lfx-api.lfx.svc.cluster.local/");
      const warning = (name: string, host: string) => ({
        setting: expect.any(String),
        message: `${name} uses plain http: the network can read and change what is sent to ${host}.`,
      });
      expect(settings.warnings).toEqual([
        warning("LFXMCP_LFX_API_URL", "lfx-api.lfx.svc.cluster.local"),
        warning("LFXMCP_TOKEN_ENDPOINT", "idp.internal"),
        warning("LFXMCP_ONBOARDING_API_URL", "10.0.0.7"),
        warning("LFXMCP_LENS_API_URL", "lens.lfx.svc"),
      ]);
      expect(problems({ ...env, LFXMCP_ALLOW_INSECURE_HTTP: "10.0.0.7:9090" })).toEqual([
        "LFXMCP_TOKEN_ENDPOINT must be an https URL unless --allow-insecure-http names its host.",
        "LFXMCP_ONBOARDING_API_URL must be an https URL unless --allow-insecure-http names its host.",
        expect.stringContaining("LFXMCP_LFX_API_URL uses plain http"),
        expect.stringContaining("LFXMCP_LENS_API_URL uses plain http"),
      ]);
      expect(problems({ ...env, LFXMCP_ALLOW_INSECURE_HTTP: "http://idp.internal" })).toContain(
        'LFXMCP_ALLOW_INSECURE_HTTP: "http://idp.internal" is not valid; use a host, such as mcp.example.com or mcp.example.com:8443.',
      );
    });

    test("may use http on this machine", () => {
      const env = {
        ...LFX,
        LFXMCP_LFX_API_URL: "http://127.0.0.1:8000",
        LFXMCP_TOKEN_ENDPOINT: "http://localhost/t",
      };
      expect(upstream(env).lfx?.url.href).toBe("http://127.0.0.1:8000/");
    });
  });

  describe("the client", () => {
    test("has a secret, or a key, which takes precedence", () => {
      expect(upstream(LFX).client).toEqual({
        clientId: "our-client",
        authentication: { secret: "our-secret" },
        tokenEndpoint: new URL("https://issuer.example/oauth/token"),
      });
      expect(upstream({ ...LFX, [KEY]: PKCS8 }).client?.authentication).toEqual({
        signingKey: expect.objectContaining({ type: "private", asymmetricKeyType: "rsa" }),
      });
    });

    test.each([
      ["PKCS#8", PKCS8],
      ["PKCS#1", PKCS1],
      ["one line, with its breaks written out", PKCS8.replaceAll("\n", "\\n")],
      ["space around it", `\n  ${PKCS1}\n\n`],
    ])("may have its key as %s", (_, pem) => {
      const { client } = upstream({ ...without(LFX, "LFXMCP_CLIENT_SECRET"), [KEY]: pem });
      expect(client?.authentication).toHaveProperty("signingKey");
    });

    test("is rejected with an invalid key, even with a secret, without quoting it", () => {
      for (const env of [LFX, without(LFX, "LFXMCP_CLIENT_SECRET")]) {
        const found = problems({
          ...env,
          [KEY]: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----",
        });
        expect(found).toEqual([
          `${KEY} must be a private RSA key of 2048 bits or more, in PEM (PKCS#8 or PKCS#1).`,
        ]);
      }
    });

    test("is incomplete without an API to call", () => {
      expect(incomplete(CLIENT)).toEqual([
        expect.stringMatching(/^LFXMCP_CLIENT_ID is set, but no API to call/),
      ]);
    });

    const PARTS = ["LFXMCP_CLIENT_ID", "LFXMCP_TOKEN_ENDPOINT", "LFXMCP_CLIENT_SECRET"];
    const HALVES = [1, 2, 3, 4, 5, 6].map((bits) => [PARTS.filter((_, at) => bits & (1 << at))] as const);

    test.each(HALVES)("with %s alone is one problem", (set) => {
      const left = PARTS.filter((name) => !set.includes(name));
      const found = incomplete(without(LFX, ...left));
      expect(found).toHaveLength(1);
      const [before = "", after = ""] = String(found[0]).split(/ also requires? /);
      for (const name of set) expect(before).toContain(name);
      for (const name of left) expect(after).toContain(name);
      expect(after).toContain("Set all of them or none.");
      expect(found.join()).not.toContain("our-secret");
    });

    test("with an invalid token endpoint has one error", () => {
      expect(problems({ ...LFX, LFXMCP_TOKEN_ENDPOINT: "issuer.example" })).toEqual([
        expect.stringMatching(/^LFXMCP_TOKEN_ENDPOINT must be an https URL/),
      ]);
    });
  });

  describe("a service", () => {
    test("has a URL and an audience", () => {
      expect(shown(upstream({ ...LFX, ...ONBOARDING, ...LENS }))).toMatchObject({
        onboarding: { url: "https://onboarding.example/api", audience: "the onboarding" },
        lens: { url: "https://lens.example/", audience: "the lens" },
      });
    });

    test.each([
      ["LFXMCP_ONBOARDING_API_URL", ONBOARDING],
      ["LFXMCP_ONBOARDING_API_AUDIENCE", ONBOARDING],
      ["LFXMCP_LENS_API_URL", LENS],
      ["LFXMCP_LENS_API_AUDIENCE", LENS],
    ])("is off without %s, with a warning, over HTTP, too", (name, service) => {
      const [other] = Object.keys(service).filter((one) => one !== name);
      const env = { ...LFX, ...without(service, name) };
      for (const settings of [resolveLfxSettings({}, env), resolveLfxHttpSettings({}, env)]) {
        expect(withMessages(settings).warnings).toEqual([
          `${other} also requires ${name}. Set all of them or none.`,
        ]);
        expect(settings.upstream).toMatchObject({ onboarding: undefined, lens: undefined });
      }
    });

    test.each([
      ["LFXMCP_ONBOARDING_API_URL", ONBOARDING],
      ["LFXMCP_LENS_API_URL", LENS],
    ])("with an invalid URL has one error (%s)", (name, service) => {
      expect(problems({ ...LFX, ...service, [name]: "http://service.example" })).toEqual([
        expect.stringMatching(`^${name} must be an https URL`),
      ]);
    });

    test("requires the client; a static token does not replace it", () => {
      const token = tokenUntil(Date.now() / 1000 + 60, { aud: "https://lfx.example" });
      const ready = { LFXMCP_LFX_API_URL: "https://lfx.example", LFXMCP_LFX_TOKEN: token };
      const warnings = (env: Environment) => withMessages(resolveLfxSettings({}, env)).warnings;
      for (const service of [ONBOARDING, LENS]) {
        expect(warnings({ ...ready, ...service })).toEqual([expect.stringContaining("LFXMCP_CLIENT_ID")]);
        expect(warnings({ ...ready, ...CLIENT, ...service })).toEqual([]);
      }
    });

    test("that authorizes through LFX requires LFX", () => {
      expect(incomplete({ ...CLIENT, ...ONBOARDING })).toContainEqual(
        expect.stringMatching(/^Member Onboarding requires LFXMCP_LFX_API_URL/),
      );
    });

    test("that does not can be used alone", () => {
      expect(problems({ ...CLIENT, ...LENS })).toEqual([]);
      expect(upstream({ ...CLIENT, ...LENS })).toMatchObject({
        lfx: undefined,
        lens: { audience: "the lens" },
      });
    });
  });
});
