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

test.each([
  ["a JSON escape", String.raw`{"message":"\u006cf_a/b-c"}`],
  ["JSON escapes in capitals", String.raw`{"message":"\u006Cf\u005Fa\u002Fb-c"}`],
  ["only JSON escapes", [..."lf_a/b-c"].map((char) => `\\u00${char.charCodeAt(0).toString(16)}`).join("")],
  ["an escaped slash", String.raw`{"message":"lf_a\/b-c"}`],
  ["JSON within JSON", JSON.stringify({ body: String.raw`{"message":"\u006cf_a\/b-c"}` })],
  ["JSON within JSON within JSON", JSON.stringify(JSON.stringify(String.raw`"l\u0066_a\/b-c"`))],
  ["needless percent-encoding", "x?key=%6cf%5Fa%2fb-c&y=1"],
])("a secret with %s is removed", (_, text) => {
  const clean = createRedactor(["lf_a/b-c"])(text);
  expect(clean).toContain("[redacted]");
  expect(clean).not.toMatch(/b-c|62-c/);
});

test("other escapes stay as they are", () => {
  const text = String.raw`{"a":"\u006cf_a\/other \u00e9 100% \"b\" C:\\u0061"}`;
  expect(createRedactor(["lf_a/b-c"])(text)).toBe(text);
});

test("a long text of backslashes takes linear time", () => {
  const text = "\\".repeat(1_000_000);
  expect(createRedactor(["lf_a/b-c"])(text)).toBe(text);
});
