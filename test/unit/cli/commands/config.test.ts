import { beforeEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { configLfx, configLightfast } from "../../../../src/cli/commands/config.ts";
import { setOutputRedactor } from "../../../../src/cli/output.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../../../../src/platforms/lfx/config/options.ts";
import { LIGHTFAST_HTTP_OPTIONS } from "../../../../src/platforms/lightfast/config/http-options.ts";
import { LIGHTFAST_OPTIONS } from "../../../../src/platforms/lightfast/config/options.ts";
import {
  writeActiveProfile,
  writeProfile,
} from "../../../../src/platforms/lightfast/config/profile-writes.ts";
import { temporaryHome } from "../../../support/home.ts";

type Listing = {
  settings: { name: string; value: string | null; source: string }[];
  warnings: { message: string }[];
  errors: { message: string }[];
};

const KEY = "lf_0123456789abcdef";

beforeEach(() => {
  temporaryHome();
  for (const name of Object.keys(process.env))
    if (/^(?:LIGHTFAST|LFXMCP|MCP_|SERVICE_JWT|PORT$|APP_INTERNAL)|_proxy$/i.test(name))
      vi.stubEnv(name, undefined);
  onTestFinished(() => {
    setOutputRedactor((text) => text);
    process.exitCode = undefined;
  });
});

function capture(run: () => void): { stdout: string; stderr: string } {
  const printed = { stdout: "", stderr: "" };
  const spies = (["stdout", "stderr"] as const).map((stream) =>
    vi.spyOn(process[stream], "write").mockImplementation((text) => {
      printed[stream] += String(text);
      return true;
    }),
  );
  try {
    run();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
  return printed;
}

function list(run: () => void) {
  const { settings, ...rest } = JSON.parse(capture(run).stdout) as Listing;
  const row = (name: string) => settings.find((setting) => setting.name === name);
  return { names: settings.map(({ name }) => name), row, ...rest };
}

const flagNames = (...tables: readonly Readonly<Record<string, { flag: string }>>[]) =>
  tables.flatMap((table) => Object.values(table).map(({ flag }) => flag.slice(2)));

test("every option of every server is listed", () => {
  const lightfast = list(() => configLightfast({ json: true }, true));
  expect(lightfast.names).toEqual(
    expect.arrayContaining(flagNames(LIGHTFAST_OPTIONS, LIGHTFAST_HTTP_OPTIONS)),
  );
  expect(lightfast.names).toEqual(expect.arrayContaining(["SERVICE_JWT_SECRET", "https_proxy"]));
  const lfx = list(() => configLfx({ json: true }, true));
  expect(lfx.names).toEqual(expect.arrayContaining(flagNames(LFX_OPTIONS, LFX_HTTP_OPTIONS)));
  expect(lfx.names).toEqual(expect.arrayContaining(["LFXMCP_CLIENT_SECRET", "LFXMCP_LFX_TOKEN"]));
  const stdio = list(() => configLightfast({ json: true }, false));
  expect(stdio.names).not.toContain("port");
});

test("each has its value and where that comes from: flag, variable, profile, default", () => {
  writeProfile("work", { apiKey: KEY, baseUrl: "https://work.example/" });
  writeActiveProfile("work");
  vi.stubEnv("LIGHTFAST_TIMEOUT", "1234");
  vi.stubEnv("LIGHTFAST_MCP_READ_ONLY", "maybe");
  const { row, errors } = list(() => configLightfast({ json: true, logLevel: "debug" }, false));
  expect(row("log-level")).toMatchObject({ value: "debug", source: "--log-level" });
  expect(row("timeout")).toMatchObject({ value: "1234", source: "LIGHTFAST_TIMEOUT" });
  expect(row("api-key")).toMatchObject({ value: "lf_…cdef", source: "profile work" });
  expect(row("base-url")).toMatchObject({ value: "https://work.example/", source: "profile work" });
  expect(row("profile")).toMatchObject({ value: "work", source: expect.stringContaining("active-profile") });
  expect(row("read-only")).toMatchObject({ value: "maybe", source: "LIGHTFAST_MCP_READ_ONLY" });
  expect(row("sandbox")).toMatchObject({ value: "off", source: "default" });
  expect(row("tools")).toMatchObject({ value: null, source: "default" });
  expect(errors).toEqual([
    expect.objectContaining({ message: expect.stringContaining("LIGHTFAST_MCP_READ_ONLY") }),
  ]);
  expect(process.exitCode).toBe(1);
});

test("the level of the log is the one that counts", () => {
  const level = (run: () => void) => list(run).row("log-level");
  expect(level(() => configLightfast({ json: true }, false))).toMatchObject({ value: "warn" });
  expect(level(() => configLightfast({ json: true }, true))).toMatchObject({ value: "info" });
  expect(level(() => configLfx({ json: true, debug: true }, false))).toEqual({
    name: "log-level",
    value: "debug",
    source: "--debug",
  });
});

describe("secrets", () => {
  test("are masked in every form", () => {
    const secrets = {
      LIGHTFAST_API_KEY: KEY,
      SERVICE_JWT_SECRET: "hush-service-0123456789abcdef012345",
      LFXMCP_CLIENT_SECRET: "hush-client",
      LFXMCP_LFX_TOKEN: "hush-token",
      LFXMCP_API_CREDENTIALS_ADA: "hush-ada",
      HTTPS_PROXY: "http://ada:hush-proxy@proxy.example:8080",
      LFXMCP_LFX_API_URL: "https://ada:hush-url@lfx.example/?token=hush-query",
    };
    for (const [name, value] of Object.entries(secrets)) vi.stubEnv(name, value);
    const runs = [true, false].flatMap((isHttp) =>
      [{}, { json: true }].flatMap((flags) => [
        capture(() => configLightfast(flags, isHttp)),
        capture(() => configLfx(flags, isHttp)),
      ]),
    );
    const text = JSON.stringify(runs);
    expect(text).not.toMatch(/hush|0123456789abcdef/);
    expect(text).toContain("lf_…cdef (LIGHTFAST_API_KEY)");
    expect(text).toContain("(set) (LFXMCP_API_CREDENTIALS_ADA)");
  });

  test("in quotation marks are not shown either", () => {
    vi.stubEnv("LIGHTFAST_API_KEY", `"${KEY}"`);
    const { stdout, stderr } = capture(() => configLightfast({}, false));
    expect(stdout).toContain("(malformed) (LIGHTFAST_API_KEY)");
    expect(stderr).toContain("in quotation marks");
    expect(stdout + stderr).not.toContain("0123456789");
  });
});
