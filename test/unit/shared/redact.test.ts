import { expect, test } from "vitest";
import { createRedactor } from "../../../src/shared/redact.ts";

const KEY = "lf_0123456789abcdef";

test("a secret is taken out wherever it stands", () => {
  const redact = createRedactor([KEY]);
  expect(redact(`Bearer ${KEY}, again ${KEY}.`)).toBe("Bearer [redacted], again [redacted].");
});

test("a text without it stays as it is", () => {
  expect(createRedactor([KEY])("nothing here: lf_012345")).toBe("nothing here: lf_012345");
});

test("it is known inside a JSON string", () => {
  const secret = 'a"b\\c\nd';
  expect(createRedactor([secret])(JSON.stringify({ secret }))).toBe('{"secret":"[redacted]"}');
});

test("it is known percent-encoded", () => {
  const secret = "p@ss/word+1";
  const url = `http://ada:${encodeURIComponent(secret)}@proxy`;
  expect(createRedactor([secret])(url)).toBe("http://ada:[redacted]@proxy");
});

test("a secret that contains another one goes as a whole", () => {
  expect(createRedactor(["abcd", "abcdefgh"])("abcdefgh")).toBe("[redacted]");
});

test.each(["$&", "$1abc", ".*abc", "[a-z]+"])("%j has no special meaning", (secret) => {
  const long = `${secret}${secret}`;
  expect(createRedactor([long])(`<${long}>`)).toBe("<[redacted]>");
});

test.each(["", "a", "abc"])("%j is too short to be taken out of every word", (secret) => {
  expect(createRedactor([secret])("abc and a bag")).toBe("abc and a bag");
});

test("without secrets nothing changes", () => {
  expect(createRedactor([])("text")).toBe("text");
});
