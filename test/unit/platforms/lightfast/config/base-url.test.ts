import { describe, expect, test } from "vitest";
import { DEFAULT_BASE_URL, parseBaseUrl } from "../../../../../src/platforms/lightfast/config/base-url.ts";

const parse = (value: string) => parseBaseUrl({ value, source: "LIGHTFAST_BASE_URL" });
const hrefOf = (value: string): string => {
  const parsed = parse(value);
  return "value" in parsed ? parsed.value.href : parsed.problem;
};
const problemOf = (value: string): string => {
  const parsed = parse(value);
  return "problem" in parsed ? parsed.problem : `no problem: ${parsed.value.href}`;
};

describe("an address is kept without trailing slashes and one /api/v1", () => {
  test.each([
    ["https://x.test", "https://x.test/"],
    ["https://x.test/", "https://x.test/"],
    ["https://x.test///", "https://x.test/"],
    ["https://x.test/api/v1", "https://x.test/"],
    ["https://x.test/api/v1/", "https://x.test/"],
    ["https://x.test/api/v1//", "https://x.test/"],
    ["https://x.test/sub/", "https://x.test/sub"],
    ["https://x.test/sub/api/v1", "https://x.test/sub"],
    ["https://x.test/api", "https://x.test/api"],
    ["https://x.test/API/v1", "https://x.test/API/v1"],
    ["https://x.test/api/v1/api/v1", "https://x.test/api/v1"],
    ["https://x.test:8443/", "https://x.test:8443/"],
    ["HTTPS://X.Test", "https://x.test/"],
    [DEFAULT_BASE_URL, "https://lightfast.ai/"],
  ])("%s is %s", (value, href) => {
    expect(hrefOf(value)).toBe(href);
  });
});

describe("plain http", () => {
  test.each([
    "http://localhost:4010",
    "http://LOCALHOST",
    "http://127.0.0.1:3000",
    "http://127.1",
    "http://127.8.9.10",
    "http://[::1]:3000",
  ])("may lead to this machine: %s", (value) => {
    expect(parse(value)).toHaveProperty("value");
  });

  test.each([
    "http://lightfast.ai",
    "http://lightfast.localhost",
    "http://localhost.",
    "http://10.0.0.1",
    "http://0.0.0.0:3000",
    "http://[::2]",
    "http://localhost.example.test",
    "http://notlocalhost",
    "http://127.0.0.1.example.test",
    "http://1270.0.0.test",
  ])("may not lead elsewhere: %s", (value) => {
    expect(problemOf(value)).toMatch(/^LIGHTFAST_BASE_URL: the base URL must use https /);
  });
});

test("https may lead anywhere, names below localhost included", () => {
  expect(hrefOf("https://lightfast.localhost/")).toBe("https://lightfast.localhost/");
});

describe("what is no address of Lightfast", () => {
  const TABLE: readonly [value: string, fault: string][] = [
    ["x.test", "is not an absolute URL"],
    ["/api/v1", "is not an absolute URL"],
    ["https://", "is not an absolute URL"],
    ["https://x.test:99999", "is not an absolute URL"],
    ["ftp://x.test", "must begin with https://"],
    ["file:///tmp", "must begin with https://"],
    ["x.test:443", "must begin with https://"],
    ["mailto:a@x.test", "must begin with https://"],
    ["https://ada@x.test", "must not carry credentials"],
    ["https://ada:secret@x.test", "must not carry credentials"],
    ["https://:secret@x.test", "must not carry credentials"],
    ["https://x.test?a=1", "must not have a query or a fragment"],
    ["https://x.test/?", "must not have a query or a fragment"],
    ["https://x.test/#top", "must not have a query or a fragment"],
    ["https://x.test/#", "must not have a query or a fragment"],
    ["https://x.test/?#", "must not have a query or a fragment"],
  ];

  test.each(TABLE)("%s %s", (value, fault) => {
    expect(problemOf(value)).toBe(
      `LIGHTFAST_BASE_URL: the base URL ${fault}. Give one like https://lightfast.ai.`,
    );
  });

  test("is not quoted, since it may carry a password", () => {
    for (const value of ["https://ada:hush@x.test", "ftp://ada:hush@x.test", "ada:hush@x.test"]) {
      expect(problemOf(value)).not.toContain("hush");
    }
  });
});
