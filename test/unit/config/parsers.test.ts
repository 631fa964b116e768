import { describe, expect, test } from "vitest";
import { parseHosts, parseOrigins, parseUrl } from "../../../src/config/parsers.ts";

const from = (value: string) => ({ value, source: "--x" });

describe("an address", () => {
  test.each([
    "https://issuer.example",
    "https://issuer.example:8443/a/b?c=d",
    "http://127.0.0.1:8080/mcp",
    "http://localhost",
    "http://[::1]:8080/",
  ])("may be %s", (text) => {
    expect(parseUrl(from(text))).toEqual({ value: new URL(text) });
  });

  test.each([
    "issuer.example",
    "//issuer.example",
    "http://issuer.example",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://10.0.0.7",
    "ftp://issuer.example",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "https://user@issuer.example",
    "https://:pass@issuer.example",
    "https://issuer.example/#x",
    "https://",
    "",
    "https://issuer.example/ https://other.example/",
  ])("may not be %s, which is not quoted", (text) => {
    expect(parseUrl(from(text))).toEqual({
      problem: "--x must be an https address without credentials and fragment (http for this machine only).",
    });
  });
});

describe("hosts", () => {
  test.each([
    ["a.example, B.example:8443 ,[::1]:80", ["a.example", "b.example:8443", "[::1]:80"]],
    ["localhost,10.0.0.7", ["localhost", "10.0.0.7"]],
    [",a,,b,", ["a", "b"]],
    [" , ", []],
  ])("of %j are %j", (text, value) => {
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
  ])("are not %j, which no request names", (text) => {
    expect(parseHosts(from(`ok.example,${text}`))).toEqual({
      problem: expect.stringMatching(/^--x: .* can never match; write a host/),
    });
  });
});

describe("origins", () => {
  test.each([
    ["https://A.example, http://b.example:8080/", ["https://a.example", "http://b.example:8080"]],
    ["https://a.example:443", ["https://a.example"]],
    [",https://a.example,", ["https://a.example"]],
    ["", []],
  ])("of %j are %j", (text, value) => {
    expect(parseOrigins(from(text))).toEqual({ value });
  });

  test.each([
    "a.example",
    "https://a.example/path",
    "https://a.example?x",
    "*",
    "null",
    "file:///x",
    "https://u@a.example",
  ])("are not %j, which no page has", (text) => {
    expect(parseOrigins(from(`https://ok.example,${text}`))).toEqual({
      problem: expect.stringMatching(/^--x: .* can never match; write scheme and host/),
    });
  });
});
