import { describe, expect, test } from "vitest";
import type { OptionRow } from "../../../../../src/config/reader.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS, SECRETS } from "../../../../../src/platforms/lfx/config/options.ts";
import { resolveLfxSettings } from "../../../../../src/platforms/lfx/config/settings.ts";
import {
  type Environment,
  flagsOf,
  LENS,
  LFX,
  ONBOARDING,
  problemsOf,
  shown,
  tokenUntil,
} from "../../../../support/lfx/environments.ts";

const resolve = (words: readonly string[] = [], env: Environment = {}) =>
  resolveLfxSettings(flagsOf("lfx", words), { ...LFX, ...env });
const problems = (words: readonly string[], env: Environment) =>
  problemsOf(() => resolveLfxSettings(flagsOf("lfx", words), env));

const ROWS: readonly [string, OptionRow][] = [
  ...Object.entries<OptionRow>(LFX_OPTIONS),
  ...Object.entries<OptionRow>(LFX_HTTP_OPTIONS),
];

describe("the options", () => {
  test("share no flag and no variable", () => {
    const names = ROWS.flatMap(([, { flag, variables }]) => [flag, ...variables]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("offer no secret on the command line", () => {
    const variables = ROWS.flatMap(([, row]) => row.variables);
    for (const secret of Object.values(SECRETS)) expect(variables).not.toContain(secret);
    expect(ROWS.map(([, { flag }]) => flag).join(" ")).not.toMatch(/secret|signing|lfx-token|credential/);
  });

  test("keep the names of the variables that deployments have", () => {
    const known = [...ROWS.flatMap(([, { variables }]) => variables), ...Object.values(SECRETS)];
    for (const name of [
      "HTTP_HOST HTTP_PORT MCP_API_PUBLIC_URL MCP_API_AUTH_SERVERS MCP_API_SCOPES CLIENT_ID CLIENT_SECRET",
      "CLIENT_ASSERTION_SIGNING_KEY TOKEN_ENDPOINT LFX_API_URL TOOLS DEBUG DEBUG_TRAFFIC COMMITTEES_AS_GROUPS",
      "ONBOARDING_API_URL ONBOARDING_API_AUDIENCE LENS_API_URL LENS_API_AUDIENCE LFX_TOKEN",
    ].flatMap((line) => line.split(" "))) {
      expect(known).toContain(`LFXMCP_${name}`);
    }
  });
});

test("what nobody set is off", () => {
  expect(resolve()).toMatchObject({
    upstream: { onboarding: undefined, lens: undefined, readyToken: undefined },
    committeesAsGroups: false,
    debug: false,
    debugTraffic: false,
    notices: [],
  });
});

/** By flag, variable and value: the part of the settings that it makes. */
const EFFECTS: readonly [flag: string, variable: string, value: string, made: object, more?: Environment][] =
  [
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
  ];

const SWITCHES = [
  ["--committees-as-groups", "LFXMCP_COMMITTEES_AS_GROUPS", "committeesAsGroups"],
  ["--debug", "LFXMCP_DEBUG", "debug"],
  ["--debug-traffic", "LFXMCP_DEBUG_TRAFFIC", "debugTraffic"],
] as const;

describe.each(EFFECTS)("%s and %s", (flag, variable, value, made, more = {}) => {
  test("set what they say, with space around it or without", () => {
    expect(shown(resolve([flag, value], more))).toMatchObject(made);
    expect(shown(resolve([], { ...more, [variable]: ` ${value} ` }))).toMatchObject(made);
  });

  test("count in that order", () => {
    expect(shown(resolve([flag, value], { ...more, [variable]: "https://lost.example" }))).toMatchObject(
      made,
    );
  });

  test("are left alone by a blank", () => {
    expect(shown(resolve([flag, " "], { ...more, [variable]: value }))).toMatchObject(made);
  });
});

describe.each(SWITCHES)("%s and %s", (flag, variable, name) => {
  test.each(["1", "true", "TRUE", "yes", "on"])("are on with %s", (value) => {
    expect(resolve([], { [variable]: value })[name]).toBe(true);
  });

  test.each(["0", "false", "False", "no", "off", "", "  "])("are off with %j", (value) => {
    expect(resolve([], { [variable]: value })[name]).toBe(false);
  });

  test("are on by the flag, whatever the variable says", () => {
    expect(resolve([flag], { [variable]: "false" })[name]).toBe(true);
  });

  test.each(["2", "truth", "enabled"])("refuse %s", (value) => {
    expect(problems([], { ...LFX, [variable]: value })).toEqual([`${variable} must be 1 or 0.`]);
  });
});

describe("what nobody expanded", () => {
  test("counts as unset, and is noticed once", () => {
    const { upstream, notices } = resolve([], {
      LFXMCP_LENS_API_URL: "$LENS_URL",
      LFXMCP_LENS_API_AUDIENCE: "%LENS%",
    });
    expect(upstream.lens).toBeUndefined();
    expect(notices).toEqual([
      expect.stringMatching(/^LFXMCP_LENS_API_URL holds the unexpanded placeholder \$LENS_URL/),
      expect.stringMatching(/^LFXMCP_LENS_API_AUDIENCE holds the unexpanded placeholder %LENS%/),
    ]);
  });

  test("is no half of anything that is set by a flag", () => {
    const { upstream, notices } = resolve(["--lfx-api-url", "https://flag.example"], {
      LFXMCP_LFX_API_URL: "$URL",
    });
    expect(upstream.lfx?.audience).toBe("https://flag.example");
    expect(notices).toEqual([]);
  });
});

describe("where there is nothing to call", () => {
  test("nothing starts, with one line on what to set", () => {
    expect(problems([], {})).toEqual([expect.stringMatching(/^Nothing to call: .*LFXMCP_LFX_API_URL/)]);
  });

  test("a greeting does", () => {
    expect(resolveLfxSettings({}, { LFXMCP_TOOLS: "hello_world" }).tools).toEqual(["hello_world"]);
  });
});

describe("a ready token", () => {
  const READY = { LFXMCP_LFX_API_URL: "https://lfx.example" };

  test("is enough to call LFX with", () => {
    const token = tokenUntil(Date.now() / 1000 + 60);
    expect(resolveLfxSettings({}, { ...READY, LFXMCP_LFX_TOKEN: token }).upstream).toMatchObject({
      readyToken: token,
      client: undefined,
    });
  });

  test("may be one that does not say when it expires", () => {
    expect(resolveLfxSettings({}, { ...READY, LFXMCP_LFX_TOKEN: "opaque" }).upstream.readyToken).toBe(
      "opaque",
    );
  });

  test.each([0, 1_700_000_000, 1_700_000_000.25])("that expired (%d) is refused, and not shown", (exp) => {
    const token = tokenUntil(exp);
    const found = problems([], { ...READY, LFXMCP_LFX_TOKEN: token });
    expect(found).toEqual([
      `LFXMCP_LFX_TOKEN expired at ${new Date(exp * 1000).toISOString()}. Get a new one.`,
    ]);
    expect(found.join()).not.toContain(token);
  });

  test("is refused without the address it is for", () => {
    expect(problems([], { LFXMCP_LFX_TOKEN: "opaque" })).toEqual([
      expect.stringMatching(/^LFXMCP_LFX_TOKEN is for LFX: set LFXMCP_LFX_API_URL/),
    ]);
  });
});

test("all that is wrong is told at once, and no secret with it", () => {
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
    "LFXMCP_LFX_API_URL must be an https address",
    "LFXMCP_TOKEN_ENDPOINT is half a configuration",
    "LFXMCP_CLIENT_ASSERTION_SIGNING_KEY must be",
    "LFXMCP_LENS_API_URL must be",
    "LFXMCP_LENS_API_AUDIENCE is half a configuration",
    "LFXMCP_ONBOARDING_API_URL is half a configuration",
    "LFXMCP_DEBUG must be",
    "LFXMCP_LFX_TOKEN expired",
    "--tools has a blank entry",
  ]) {
    expect(found.filter((line) => line.includes(name))).toHaveLength(1);
  }
  expect(found).toHaveLength(9);
  expect(found.join()).not.toMatch(/a-secret-that-is-no-key|user:pass/);
});

describe("tools that are named and cannot work", () => {
  test("are told, where others can", () => {
    const { notices } = resolveLfxSettings({}, { ...LFX, LFXMCP_TOOLS: "get_project,query_lfx_lens" });
    expect(notices).toEqual(["Not offered, as what they need is not configured: query_lfx_lens."]);
  });

  test("are a problem, where none can", () => {
    const env = { ...LFX, LFXMCP_TOOLS: "query_lfx_lens" };
    expect(problemsOf(() => resolveLfxSettings({}, env))).toEqual([
      "None of the tools that are named can work with what is configured: query_lfx_lens.",
    ]);
  });
});

test.each(["Bearer abc", "abc def", "abc\u2026"])("a ready token is the token alone, not %j", (token) => {
  const env = { LFXMCP_LFX_API_URL: "https://lfx.example", LFXMCP_LFX_TOKEN: token };
  const found = problemsOf(() => resolveLfxSettings({}, env));
  expect(found).toEqual(['LFXMCP_LFX_TOKEN must be the token alone, without "Bearer" and without spaces.']);
});
