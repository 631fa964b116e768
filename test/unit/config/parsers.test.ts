import { describe, expect, test } from "vitest";
import {
  DEFAULT_TIMEOUT_MS,
  oneOf,
  parseHosts,
  parseList,
  parseOrigins,
  parseSwitch,
  parseTimeout,
  urlOf,
  wholeNumber,
} from "../../../src/config/parsers.ts";

describe("parsers", () => {
  const from = (value: string) => ({ value, source: "--x" });

  describe("parseList", () => {
    test.each([
      ["a", ["a"]],
      ["a,b", ["a", "b"]],
      [" a , b ", ["a", "b"]],
      ["a\n,b", ["a", "b"]],
      ["a b", ["a b"]],
    ])("%j is %j", (value, words) => {
      expect(parseList(from(value))).toEqual({ value: words });
    });

    test.each(["", " ", ",", "a,", ",a", "a,,b", "a, ,b", "a,\t"])(
      "%j is rejected with its source",
      (value) => {
        expect(parseList(from(value))).toEqual({
          problem: expect.stringMatching(/^--x has a blank entry/),
        });
      },
    );
  });

  describe("urlOf", () => {
    const LISTED = ["lfx.internal", "10.0.0.7:8080", "idp:80", "[fd00::7]"];

    test.each([
      "https://issuer.example",
      "https://issuer.example:8443/a/b?c=d",
      "http://127.0.0.1:8080/mcp",
      "http://localhost",
      "http://[::1]:8080/",
      "https://lfx.ns.svc",
    ])("accepts %s", (text) => {
      for (const hosts of [[], LISTED]) expect(urlOf(hosts)(from(text))).toEqual({ value: new URL(text) });
    });

    test.each([
      "issuer.example",
      "//issuer.example",
      "ftp://issuer.example",
      "ftp://lfx.internal",
      "javascript:alert(1)",
      "file:///etc/passwd",
      "https://user@issuer.example",
      "https://:pass@issuer.example",
      "http://user:pass@lfx.internal",
      "https://issuer.example/#x",
      "https://",
      "",
      "https://issuer.example/ https://other.example/",
    ])("rejects %s without quoting it", (text) => {
      expect(urlOf(LISTED)(from(text))).toEqual({
        problem: "--x must be an https URL without credentials or fragment.",
      });
    });

    test.each([
      "http://issuer.example",
      "http://127.0.0.1.evil.example",
      "http://localhost.evil.example",
      "http://svc",
      "http://.svc",
      "http://svc.cluster.local",
      "http://lfx.ns.svc.evil.example",
      "http://lfx.ns.svc.cluster.local.evil.example",
      "http://lfx.ns.svc.cluster.localhost.example",
      "http://nssvc.cluster.local",
      "http://lfx.ns.pod.cluster.local",
      "http://10.0.0.7",
      "http://10.0.0.7:8081",
      "http://api.lfx.internal",
      "http://lfx.internal.",
      "http://idp:8080",
    ])("rejects plain http to %s, and names the option", (text) => {
      expect(urlOf(LISTED)(from(text))).toEqual({
        problem: "--x must be an https URL unless --allow-insecure-http names its host.",
      });
    });

    test.each([
      ["http://lfx-api.ns.svc", "lfx-api.ns.svc"],
      ["http://LFX.ns.SVC:8080/api", "lfx.ns.svc"],
      ["http://lfx.ns.svc.cluster.local", "lfx.ns.svc.cluster.local"],
      ["http://lfx.ns.svc.cluster.local.:80/", "lfx.ns.svc.cluster.local."],
      ["http://lfx.internal", "lfx.internal"],
      ["http://lfx.internal:8080/x", "lfx.internal"],
      ["http://10.0.0.7:8080", "10.0.0.7"],
      ["http://idp/", "idp"],
      ["http://[fd00::0:7]:1", "[fd00::7]"],
    ])("accepts plain http to %s with a warning", (text, host) => {
      expect(urlOf(LISTED)(from(text))).toEqual({
        value: new URL(text),
        warning: `--x uses plain http: the network can read and change what is sent to ${host}.`,
      });
    });
  });

  describe("parseHosts", () => {
    test.each([
      ["a.example, B.example:8443 ,[::1]:80", ["a.example", "b.example:8443", "[::1]:80"]],
      ["localhost,10.0.0.7", ["localhost", "10.0.0.7"]],
      [",a,,b,", ["a", "b"]],
      [" , ", []],
    ])("parses %j to %j", (text, value) => {
      expect(parseHosts(from(text))).toEqual({ value });
    });

    test.each([
      "https://a.example",
      "a.example/",
      "a.example:",
      "a.example:123456",
      "*",
      "a b",
      "::1",
      "user@a",
    ])("rejects %j, which no request can have", (text) => {
      expect(parseHosts(from(`ok.example,${text}`))).toEqual({
        problem: expect.stringMatching(/^--x: .* is not valid; use a host/),
      });
    });
  });

  describe("parseOrigins", () => {
    test.each([
      ["https://A.example, http://b.example:8080/", ["https://a.example", "http://b.example:8080"]],
      ["https://a.example:443", ["https://a.example"]],
      [",https://a.example,", ["https://a.example"]],
      ["null,vscode-file://vscode-app", ["null", "vscode-file://vscode-app"]],
      ["NULL, chrome-extension://abc", ["null", "chrome-extension://abc"]],
      ["", []],
    ])("parses %j to %j", (text, value) => {
      expect(parseOrigins(from(text))).toEqual({ value });
    });

    test.each([
      "a.example",
      "https://a.example/path",
      "https://a.example?x",
      "*",
      "file:///x",
      "https://u@a.example",
    ])("rejects %j, which no page can have", (text) => {
      expect(parseOrigins(from(`https://ok.example,${text}`))).toEqual({
        problem: expect.stringMatching(/^--x: .* is not valid; use scheme and host/),
      });
    });
  });
});

describe("generic parsers", () => {
  const from = (value: string) => ({ value, source: "--x" });

  describe("wholeNumber", () => {
    test.each([
      ["0", 0],
      ["7", 7],
      ["65535", 65_535],
      ["007", 7],
    ])("accepts %s", (text, value) => {
      expect(wholeNumber(65_535)(from(text))).toEqual({ value });
    });

    test.each(["65536", "-1", "+1", "1.0", "1e3", "0x10", "1_000", "", "one", "٣", "1 2", "9".repeat(400)])(
      "rejects %j",
      (text) => {
        expect(wholeNumber(65_535)(from(text))).toEqual({
          problem: "--x must be a whole number from 0 to 65535.",
        });
      },
    );
  });

  describe("oneOf", () => {
    const parse = oneOf(["oauth", "none"]);

    test("accepts a name as it is", () => {
      expect(parse(from("none"))).toEqual({ value: "none" });
    });

    test.each(["None", "oauth,none", "", "constructor", "non"])("rejects %j", (text) => {
      expect(parse(from(text))).toEqual({ problem: "--x must be one of oauth, none." });
    });
  });

  describe("parseSwitch", () => {
    test.each(["1", "true", "True", "yes", "ON"])("%s is on", (text) => {
      expect(parseSwitch(from(text))).toEqual({ value: true });
    });

    test.each(["0", "false", "FALSE", "no", "off"])("%s is off", (text) => {
      expect(parseSwitch(from(text))).toEqual({ value: false });
    });

    test.each(["2", "", "on off", "truth", "-1", "01"])("rejects %j", (text) => {
      expect(parseSwitch(from(text))).toEqual({ problem: "--x must be 1 or 0." });
    });
  });
});

describe("parseTimeout", () => {
  const parse = (value: string) => parseTimeout({ value, source: "--timeout" });

  test.each([
    ["1", 1],
    ["25000", 25_000],
    ["0025", 25],
    ["2147483647", 2_147_483_647],
  ])("%s is %i ms", (value, ms) => {
    expect(parse(value)).toEqual({ value: ms });
  });

  test.each([
    "",
    "0",
    "-1",
    "+1",
    "1.5",
    "1e3",
    "0x10",
    "25s",
    "NaN",
    "Infinity",
    " 1",
    "2147483648",
    "9".repeat(400),
  ])("rejects %j", (value) => {
    expect(parse(value)).toEqual({
      problem: "--timeout must be a whole number of milliseconds from 1 to 2147483647.",
    });
  });

  test("the default is valid, and below the 60 seconds after which clients give up", () => {
    expect(parse(String(DEFAULT_TIMEOUT_MS))).toEqual({ value: DEFAULT_TIMEOUT_MS });
    expect(DEFAULT_TIMEOUT_MS).toBeLessThan(60_000);
  });
});
