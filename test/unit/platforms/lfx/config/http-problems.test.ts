import { describe, expect, test } from "vitest";
import { resolveLfxHttpSettings } from "../../../../../src/platforms/lfx/config/http.ts";
import {
  type Environment,
  flagsOf,
  LFX,
  problemsOf,
  tokenUntil,
} from "../../../../support/lfx/environments.ts";

const ISSUER = "https://issuer.example";
const REQUIRED = { ...LFX, LFXMCP_MCP_API_AUTH_SERVERS: ISSUER };

/** What is wrong with these settings alone, a line each. */
const problems = (words: readonly string[], env: Environment = REQUIRED) =>
  problemsOf(() => resolveLfxHttpSettings(flagsOf("lfx http", words), env));

describe("nothing insecure starts by omission:", () => {
  test.each([undefined, "", "  ", "$ISSUERS"])("not with the auth servers %j", (servers) => {
    const found = problems([], { ...LFX, LFXMCP_MCP_API_AUTH_SERVERS: servers });
    expect(found[0]).toMatch(/^--mcp-api-auth-servers \(LFXMCP_MCP_API_AUTH_SERVERS\) is required/);
  });

  test("not with static keys in the place of issuers", () => {
    expect(problems([], { ...LFX, LFXMCP_API_CREDENTIALS_CI: "key-of-the-ci-robot" })).toEqual([
      expect.stringContaining("--mcp-api-auth-servers"),
    ]);
  });

  test.each(["127.0.0.1", "127.9.9.9", "localhost", "::1", "[::1]"])(
    "without a way of telling who calls at %s, if that is asked for",
    (host) => {
      expect(problems(["--auth", "none", "--host", host], LFX)).toEqual([]);
      expect(resolveLfxHttpSettings({ auth: "none", host }, LFX)).toMatchObject({
        auth: "none",
        issuers: [],
      });
      expect(problems([], { ...LFX, LFXMCP_AUTH: "none", LFXMCP_HTTP_HOST: host })).toEqual([]);
    },
  );

  test.each(["0.0.0.0", "::", "10.0.0.7", "mcp.example", "127.0.0.1.evil.example", "localhost.evil.example"])(
    "not without one at %s, under whatever name",
    (host) => {
      const env = { ...LFX, LFXMCP_MCP_API_PUBLIC_URL: "https://mcp.example/mcp" };
      expect(problems(["--auth", "none", "--host", host], env)).toEqual([
        expect.stringMatching(/^--auth none is for loopback addresses only/),
      ]);
    },
  );

  test.each([
    ["auth servers", { LFXMCP_MCP_API_AUTH_SERVERS: ISSUER }],
    ["a static key", { LFXMCP_API_CREDENTIALS_CI: "key-of-the-ci-robot" }],
  ])("not without one where there are %s", (_, env) => {
    expect(problems(["--auth", "none"], { ...LFX, ...env })).toEqual([
      expect.stringMatching(/^--auth none contradicts/),
    ]);
  });

  test.each(["open", "OAUTH", "oauth,none", "true", "constructor"])("not with the way in %j", (auth) => {
    expect(problems(["--auth", auth])).toEqual(["--auth must be one of oauth, none."]);
  });

  test.each(["0.0.0.0", "::", "10.0.0.7"])("not at %s without a public address", (host) => {
    expect(problems(["--host", host])).toEqual([
      expect.stringMatching(/^--mcp-api-public-url \(LFXMCP_MCP_API_PUBLIC_URL\) is required/),
    ]);
  });
});

describe("what is one user's own", () => {
  test.each(["opaque", tokenUntil(1)])("a ready token does not serve everybody (%#)", (token) => {
    const found = problems([], { ...REQUIRED, LFXMCP_LFX_TOKEN: token });
    expect(found).toEqual([expect.stringMatching(/^LFXMCP_LFX_TOKEN is one user's own token, for stdio/)]);
    expect(found.join()).not.toContain(token);
  });
});

test("there must be something to call", () => {
  const found = problems([], { LFXMCP_MCP_API_AUTH_SERVERS: ISSUER });
  expect(found).toEqual([expect.stringMatching(/^--lfx-api-url \(LFXMCP_LFX_API_URL\) is required/)]);
});

test("all that is wrong is told at once", () => {
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
    "LFXMCP_MCP_API_PUBLIC_URL must be an https address",
    "--mcp-api-auth-servers (LFXMCP_MCP_API_AUTH_SERVERS) is required",
    "LFXMCP_MCP_API_SCOPES has a blank entry",
    "is half a configuration",
    "LFXMCP_TOOLS has a blank entry",
    "--lfx-api-url (LFXMCP_LFX_API_URL) is required",
  ]) {
    expect(found.filter((line) => line.includes(name))).toHaveLength(1);
  }
});
