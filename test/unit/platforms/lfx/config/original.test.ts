import { describe, expect, test } from "vitest";
import type { Environment } from "../../../../../src/config/reader.ts";
import { SettingsError } from "../../../../../src/config/resolve.ts";
import { resolveLfxHttpSettings } from "../../../../../src/platforms/lfx/config/http.ts";
import {
  ORIGINAL_FLAGS,
  optionOf,
  translateOriginal,
  variableOf,
} from "../../../../../src/platforms/lfx/config/original.ts";
import { LFX_SECRET_VARIABLES } from "../../../../../src/platforms/lfx/config/secrets.ts";
import { flagsOf, LFX } from "../../../../support/lfx/environments.ts";

const translate = (line: string, env: Environment = {}) => translateOriginal(line.split(" "), env);

describe("a flag of the original", () => {
  test.each(ORIGINAL_FLAGS)("-%s has a setting here", (flag) => {
    const variable = variableOf(flag);
    const secrets: readonly string[] = Object.values(LFX_SECRET_VARIABLES);
    expect([optionOf(variable) !== undefined, secrets.includes(variable), flag === "mode"]).toContain(true);
  });

  test.each<[line: string, variables: Environment]>([
    ["lfx -mode=http", { LFXMCP_MODE: "http" }],
    ["lfx -mode http", { LFXMCP_MODE: "http" }],
    ["lfx --mode http -http.host 0.0.0.0", { LFXMCP_MODE: "http", LFXMCP_HTTP_HOST: "0.0.0.0" }],
    ["lfx -http.port=9000", { LFXMCP_HTTP_PORT: "9000" }],
    ["lfx --http.port 9000", { LFXMCP_HTTP_PORT: "9000" }],
    [
      "lfx -mcp_api.public_url=https://a.test/mcp?x=1",
      { LFXMCP_MCP_API_PUBLIC_URL: "https://a.test/mcp?x=1" },
    ],
    ["lfx -mcp_api.scopes openid,read:all", { LFXMCP_MCP_API_SCOPES: "openid,read:all" }],
    ["lfx -client_id=-x -client_id -y", { LFXMCP_CLIENT_ID: "-y" }],
    [
      "lfx -tools=get_project -lfx_api_url https://a.test",
      {
        LFXMCP_TOOLS: "get_project",
        LFXMCP_LFX_API_URL: "https://a.test",
      },
    ],
    ["lfx -debug -committees_as_groups=T", { LFXMCP_DEBUG: "true", LFXMCP_COMMITTEES_AS_GROUPS: "T" }],
    ["lfx -debug=false --debug_traffic=0", { LFXMCP_DEBUG: "false", LFXMCP_DEBUG_TRAFFIC: "0" }],
    ["lfx --debug=false", { LFXMCP_DEBUG: "false" }],
  ])("sets its variable: %s", (line, variables) => {
    expect(translate(line)).toEqual({ words: ["lfx"], variables, warnings: [] });
  });

  test.each([
    "lfx http --port 9000 --tools get_project --debug",
    "lfx --tools=get_project --client-id x --lfx-api-url https://a.test",
    "lfx call search_projects --arg name=-mode --json",
    "lfx -h",
    "lfx -x.y=z -unknown",
    "lfx - -- --",
  ])("is none of these words: %s", (line) => {
    expect(translate(line)).toEqual({ words: line.split(" "), variables: {}, warnings: [] });
  });

  test("may stand among this program's own", () => {
    expect(translate("lfx -http.port 1 http --host ::1 -debug")).toMatchObject({
      words: ["lfx", "http", "--host", "::1"],
      variables: { LFXMCP_HTTP_PORT: "1", LFXMCP_DEBUG: "true" },
    });
  });

  test("is overridden by a variable that is set, and by this program's flag", () => {
    const env = { ...LFX, LFXMCP_HTTP_PORT: "2", LFXMCP_HTTP_HOST: " ", LFXMCP_DEBUG: "false" };
    const line = "lfx -http.port=1 -http.host=::1 -debug";
    const { variables } = translate(line, env);
    expect(variables).toEqual({ LFXMCP_HTTP_HOST: "::1" });
    const all = { ...env, ...variables };
    expect(resolveLfxHttpSettings({}, all)).toMatchObject({ port: 2, host: "::1", logLevel: "info" });
    expect(resolveLfxHttpSettings(flagsOf("lfx http", ["--port", "3"]), all)).toMatchObject({ port: 3 });
  });

  test.each(["client_secret", "client_assertion_signing_key", "lfx_token"])(
    "-%s is accepted, with a warning that does not quote it",
    (flag) => {
      for (const words of [[`-${flag}=hush hush`], [`--${flag}`, "hush hush"]]) {
        const { variables, warnings } = translateOriginal(["lfx", ...words], {});
        expect(variables).toEqual({ [variableOf(flag)]: "hush hush" });
        expect(warnings).toEqual([
          `-${flag} can be read by everyone who can list the processes of this machine. Set ${variableOf(flag)} instead.`,
        ]);
      }
    },
  );

  test("needs a value, unless it is a switch", () => {
    expect(() => translate("lfx -http.port")).toThrow(SettingsError);
    expect(() => translate("lfx -http.port")).toThrow("-http.port needs a value.");
  });
});

describe("a variable with lower-case letters", () => {
  test("counts under its usual name, unless that is set", () => {
    const env = {
      LFXMCP_tools: "get_project",
      LFXMCP_Http_Port: "1",
      LFXMCP_HTTP_PORT: "2",
      lfxmcp_debug: "true",
      LFXMCP_API_CREDENTIALS_nightly: "a key",
    };
    expect(translate("lfx", env).variables).toEqual({ LFXMCP_TOOLS: "get_project" });
    expect(translate("lfx -tools=get_meeting", env).variables).toEqual({ LFXMCP_TOOLS: "get_project" });
  });
});
