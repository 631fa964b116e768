import { expect, test } from "vitest";
import { createRedactor } from "../../../src/shared/redact.ts";

const KEY = "lf_0123456789abcdef";

test("every occurrence of a secret is removed", () => {
  const redact = createRedactor([KEY]);
  expect(redact(`Bearer ${KEY}, again ${KEY}.`)).toBe("Bearer [redacted], again [redacted].");
});

test("a text without secrets is unchanged", () => {
  expect(createRedactor([KEY])("nothing here: lf_012345")).toBe("nothing here: lf_012345");
});

test("a JSON-escaped secret is removed", () => {
  const secret = 'a"b\\c\nd';
  expect(createRedactor([secret])(JSON.stringify({ secret }))).toBe('{"secret":"[redacted]"}');
});

test("a percent-encoded secret is removed", () => {
  const secret = "p@ss/word+1";
  const url = `http://ada:${encodeURIComponent(secret)}@proxy`;
  expect(createRedactor([secret])(url)).toBe("http://ada:[redacted]@proxy");
});

test("a secret that contains another one is removed whole", () => {
  expect(createRedactor(["abcd", "abcdefgh"])("abcdefgh")).toBe("[redacted]");
});

test.each(["$&", "$1abc", ".*abc", "[a-z]+"])("%j is taken literally", (secret) => {
  const long = `${secret}${secret}`;
  expect(createRedactor([long])(`<${long}>`)).toBe("<[redacted]>");
});

test.each(["", "a", "abc"])("%j is too short to be removed", (secret) => {
  expect(createRedactor([secret])("abc and a bag")).toBe("abc and a bag");
});

test("without secrets nothing changes", () => {
  expect(createRedactor([])("text")).toBe("text");
});
