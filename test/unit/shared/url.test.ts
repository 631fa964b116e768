import { describe, expect, test } from "vitest";
import { appendPath, isLoopback } from "../../../src/shared/url.ts";

describe("isLoopback", () => {
  const hostOf = (url: string): string => new URL(url).hostname;

  test.each([
    "http://localhost:1",
    "http://LOCALHOST",
    "http://127.0.0.1",
    "http://127.1",
    "http://[::1]:3000",
  ])("%s is loopback", (url) => {
    expect(isLoopback(hostOf(url))).toBe(true);
  });

  test.each([
    "http://lightfast.localhost",
    "http://localhost.test",
    "http://127.0.0.1.test",
    "http://0.0.0.0",
    "http://[::2]",
    "http://[::ffff:127.0.0.1]",
    "http://128.0.0.1",
  ])("%s is not loopback", (url) => {
    expect(isLoopback(hostOf(url))).toBe(false);
  });
});

test.each([
  ["https://a.test", "/x", "https://a.test/x"],
  ["https://a.test/", "/x", "https://a.test/x"],
  ["https://a.test/base", "/x/y", "https://a.test/base/x/y"],
  ["https://a.test/base/?q=1", "/x", "https://a.test/base/x?q=1"],
])("appendPath(%s, %s) is %s", (base, path, result) => {
  expect(appendPath(new URL(base), path).href).toBe(result);
});
