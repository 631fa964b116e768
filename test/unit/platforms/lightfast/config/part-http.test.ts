import { describe, expect, test } from "vitest";
import type { OptionRow } from "../../../../../src/config/reader.ts";
import {
  type HttpSettings,
  resolveHttpSettings,
} from "../../../../../src/platforms/lightfast/config/http.ts";
import { HTTP_OPTIONS, type HttpFlags } from "../../../../../src/platforms/lightfast/config/options.ts";
import { OPTIONS } from "../../../../../src/platforms/lightfast/config/part-options.ts";
import { resolveSettings } from "../../../../../src/platforms/lightfast/config/resolve.ts";

type Environment = Record<string, string>;

const SECRET = "0123456789abcdef0123456789abcdef";
const ISSUER = "https://login.tiny.test";
const REQUIRED = { MCP_AUTH_ISSUER: ISSUER, SERVICE_JWT_SECRET: SECRET };

/** The settings, with all that tokens of an authorization server need. */
const resolve = (flags: HttpFlags = {}, env: Environment = {}): HttpSettings => {
  const all = { ...REQUIRED, ...env };
  return resolveHttpSettings(flags, all, resolveSettings({}, all));
};

const ROWS: readonly [string, OptionRow][] = Object.entries(HTTP_OPTIONS);

describe("the options", () => {
  test.each(ROWS)("of %s are a flag of that name, variables and a description", (name, row) => {
    expect(row.flag).toBe(`--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`);
    expect(row.variables.length).toBeGreaterThan(0);
    expect(row.description.length).toBeGreaterThan(10);
  });

  test("share no flag and no variable, also not with those of stdio", () => {
    const rows = [...ROWS, ...Object.entries<OptionRow>(OPTIONS)].map(([, row]) => row);
    const names = rows.flatMap(({ flag, variables }) => [flag, ...variables]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("offer no secret on the command line", () => {
    expect(JSON.stringify(HTTP_OPTIONS)).not.toContain('"--service');
    expect(ROWS.flatMap(([, { variables }]) => variables)).not.toContain("SERVICE_JWT_SECRET");
  });
});

test("what nobody set is what help says: this machine alone, tokens, nothing cached, no delay", () => {
  expect(resolve()).toEqual({
    host: "127.0.0.1",
    port: 8080,
    metricsPort: undefined,
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
    },
    notices: [],
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
  name: keyof HttpFlags,
  variable: string,
  texts: readonly [string, string],
  find: (settings: HttpSettings) => unknown,
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
  ["metricsPort", "LIGHTFAST_MCP_METRICS_PORT", ["9100", "0"], (all) => all.metricsPort, [9100, 0]],
  ["drainDelay", "LIGHTFAST_MCP_DRAIN_DELAY", ["5", "3600"], (all) => all.drainDelaySeconds, [5, 3600]],
];

describe.each(OPTION_CASES)("%s, or %s,", (name, variable, [one, other], find, [value, otherValue]) => {
  test("is set by its flag and by its variable", () => {
    expect(find(resolve({ [name]: one }))).toEqual(value);
    expect(find(resolve({}, { [variable]: other }))).toEqual(otherValue);
  });

  test("is taken from the flag where both are set", () => {
    expect(find(resolve({ [name]: one }, { [variable]: other }))).toEqual(value);
  });

  test.each(["", "  ", "\t"])("is unset where it is blank: %j", (blank) => {
    expect(find(resolve({ [name]: blank }, { [variable]: other }))).toEqual(otherValue);
    expect(find(resolve({ [name]: one }, { [variable]: blank }))).toEqual(value);
  });

  test.each([`\${${variable}}`, `$${variable}`, `%${variable}%`, `{env:${variable}}`])(
    "is unset where a client left the placeholder %s, which is told",
    (placeholder) => {
      const settings = resolve({ [name]: placeholder }, { [variable]: other });
      expect(find(settings)).toEqual(otherValue);
      expect(settings.notices).toEqual([expect.stringContaining(HTTP_OPTIONS[name].flag)]);
    },
  );

  test("may have spaces around it", () => {
    expect(find(resolve({}, { [variable]: ` ${one}\n` }))).toEqual(value);
  });
});

describe("the port", () => {
  test("of the variable of ours beats that of the platform", () => {
    expect(resolve({}, { LIGHTFAST_MCP_PORT: "1", PORT: "2" }).port).toBe(1);
    expect(resolve({ port: "3" }, { LIGHTFAST_MCP_PORT: "1", PORT: "2" }).port).toBe(3);
    expect(resolve({}, { LIGHTFAST_MCP_PORT: " ", PORT: "2" }).port).toBe(2);
  });
});

describe("the way in", () => {
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

  test("with keys of the callers needs neither issuer nor secret nor a key of its own", () => {
    expect(resolveHttpSettings({ auth: "api-key" }, {}, resolveSettings({}, {})).oauth).toBeUndefined();
  });

  test.each([
    ["127.0.0.1", "127.0.0.1"],
    ["127.8.9.1", "127.8.9.1"],
    ["localhost", "localhost"],
    ["::1", "::1"],
    ["[::1]", "::1"],
  ])("without credentials may listen at %s", (host, address) => {
    expect(resolve({ auth: "none", host }, KEY).host).toBe(address);
  });
});

test.each([` ${SECRET}`, `${SECRET} `, `\t${SECRET}\n`])(
  "the secret is kept byte by byte, as the app takes it: %j",
  (secret) => {
    expect(resolve({}, { SERVICE_JWT_SECRET: secret }).oauth?.secret).toBe(secret);
  },
);

describe("the app", () => {
  test("is where the issuer is, unless it is said to be elsewhere", () => {
    const issuer = "https://a.test/tenant";
    expect(resolve({ issuer }).oauth?.appUrl.href).toBe(issuer);
    expect(resolve({ issuer, appUrl: "https://b.test" }).oauth?.appUrl.href).toBe("https://b.test/");
  });
});

test("the issuer is kept letter by letter, as tokens name it", () => {
  for (const issuer of ["https://A.test", "https://a.test/", "https://a.test:443/x"]) {
    expect(resolve({ issuer }).oauth?.issuer).toBe(issuer);
  }
});
