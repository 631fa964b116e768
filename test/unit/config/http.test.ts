import { describe, expect, test } from "vitest";
import {
  describeSettings,
  isLocalBind,
  type ListenOptionName,
  readListenOptions,
} from "../../../src/config/http.ts";
import { createReader, type FlagsOf } from "../../../src/config/reader.ts";
import type { SharedSettings } from "../../../src/config/resolve.ts";
import { messagesOf } from "../../support/settings.ts";

function row(flag: string) {
  return { flag, argument: "x", variables: [], description: "a setting" };
}
const TABLE = {
  host: row("--host"),
  port: row("--port"),
  metricsPort: row("--metrics-port"),
  publicMetrics: { flag: "--public-metrics", variables: [], description: "a switch" },
  resourceUrl: row("--resource-url"),
  allowedHosts: row("--allowed-hosts"),
  allowedOrigins: row("--allowed-origins"),
  drainDelay: row("--drain-delay"),
};

function read(flags: FlagsOf<ListenOptionName>) {
  const reader = createReader<ListenOptionName>(TABLE, flags, {});
  return {
    listening: readListenOptions(reader, "--resource-url (TINY_URL)", []),
    problems: messagesOf(reader.errors),
  };
}

test("the default is port 8080 on this machine", () => {
  expect(read({})).toEqual({
    listening: {
      host: "127.0.0.1",
      port: 8080,
      metricsPort: undefined,
      publicMetrics: false,
      resourceUrl: undefined,
      allowedHosts: [],
      allowedOrigins: [],
      drainDelaySeconds: 0,
    },
    problems: [],
  });
});

test("all options are read", () => {
  const { listening, problems } = read({
    host: "0.0.0.0",
    port: "0",
    metricsPort: "65535",
    resourceUrl: "https://mcp.example/mcp",
    allowedHosts: "MCP.example, b.example:8443",
    allowedOrigins: "https://app.example",
    drainDelay: "3600",
  });
  expect(problems).toEqual([]);
  expect(listening).toEqual({
    host: "0.0.0.0",
    port: 0,
    metricsPort: 65_535,
    publicMetrics: false,
    resourceUrl: new URL("https://mcp.example/mcp"),
    allowedHosts: ["mcp.example", "b.example:8443"],
    allowedOrigins: ["https://app.example"],
    drainDelaySeconds: 3600,
  });
});

test.each([
  ["port", "65536"],
  ["metricsPort", "-1"],
  ["drainDelay", "3601"],
  ["resourceUrl", "http://mcp.example/mcp"],
])("a %s of %s is one error", (name, value) => {
  expect(read({ [name]: value }).problems).toHaveLength(1);
});

test("an invalid public URL is one error, even if it is required", () => {
  expect(read({ host: "0.0.0.0", resourceUrl: "mcp.example" }).problems).toEqual([
    expect.stringMatching(/^--resource-url must be an https URL/),
  ]);
});

test("an IPv6 address may have brackets", () => {
  expect(read({ host: "[::1]" }).listening.host).toBe("::1");
});

test("two servers cannot share a port, except 0", () => {
  expect(read({ port: "9000", metricsPort: "9000" }).problems).toEqual([
    expect.stringMatching(/^--port and --metrics-port are both 9000/),
  ]);
  expect(read({ metricsPort: "8080" }).problems).toHaveLength(1);
  expect(read({ port: "0", metricsPort: "0" }).problems).toEqual([]);
});

test("metrics are public on the main port or on a port of their own, but not both", () => {
  expect(read({ publicMetrics: true }).listening.publicMetrics).toBe(true);
  expect(read({ publicMetrics: true, metricsPort: "9000" }).problems).toEqual([
    "--public-metrics cannot be combined with --metrics-port. Remove one of them.",
  ]);
});

describe("isLocalBind", () => {
  test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1", "[::1]"])(
    "%s is local and needs no public URL",
    (host) => {
      expect(isLocalBind(host)).toBe(true);
      expect(read({ host }).problems).toEqual([]);
    },
  );

  test.each([
    "0.0.0.0",
    "::",
    "[::]",
    "10.0.0.7",
    "mcp.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
  ])("%s is not local and needs one", (host) => {
    expect(isLocalBind(host)).toBe(false);
    expect(read({ host }).problems).toEqual([
      "--resource-url (TINY_URL) is required unless --host is a loopback address.",
    ]);
    expect(read({ host, resourceUrl: "https://mcp.example/mcp" }).problems).toEqual([]);
  });
});

describe("describeSettings", () => {
  const OWN = {
    apiKey: { ...row("--api-key"), variables: ["TINY_KEY"], secret: true },
    url: { ...row("--url"), variables: ["TINY_URL"] },
    logLevel: { ...row("--log-level"), default: "warn" },
    depth: { ...row("--depth"), default: "3" },
    other: row("--other"),
  } as const;
  const SHARED: SharedSettings = {
    timeoutMs: 1,
    logLevel: "info",
    proxies: { https: "http://ada:hush-password@proxy:8080", none: "localhost" },
    insecureHosts: [],
    warnings: [],
  };

  test("names each option with its value or default, and no secret", () => {
    const env = { TINY_KEY: "hush-key", TINY_URL: "https://a.example/b?token=hush-query, https://c.example" };
    const flags = { host: "0.0.0.0", publicMetrics: true };
    expect(describeSettings([OWN, TABLE], flags, env, SHARED, { other: "found" })).toEqual({
      "api-key": "(set)",
      url: "https://a.example/b?…, https://c.example",
      "log-level": "info",
      depth: "3",
      other: "found",
      host: "0.0.0.0",
      "public-metrics": "1",
      https_proxy: "http://***@proxy:8080",
      no_proxy: "localhost",
    });
  });

  test("shortens a long value", () => {
    const { url = "" } = describeSettings([OWN], { url: "ä".repeat(10_000) }, {}, SHARED);
    expect(Buffer.byteLength(url)).toBeLessThanOrEqual(200);
    expect(url).toMatch(/ä…$/);
  });
});
