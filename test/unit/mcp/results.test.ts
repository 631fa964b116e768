import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ERROR_CODES, ToolError } from "../../../src/mcp/errors.ts";
import { ERROR_META_KEY, errorResult, successResult } from "../../../src/mcp/results.ts";
import { createRedactor } from "../../../src/shared/redact.ts";

const plain = (text: string): string => text;
const textOf = (result: { content: readonly { text: string }[] }): string =>
  result.content.map((block) => block.text).join("");

describe("a success", () => {
  test("carries everything twice: as text and as structure", () => {
    const output = { id: "a", nested: { list: [1, null, "x"] } };
    expect(successResult(output, plain)).toEqual({
      content: [{ type: "text", text: JSON.stringify(output) }],
      structuredContent: output,
    });
  });

  test("is no error and has no facts of one", () => {
    expect(Object.keys(successResult({}, plain))).toEqual(["content", "structuredContent"]);
  });

  test("loses secrets in both forms", () => {
    const redact = createRedactor(["lf_secretkey"]);
    const result = successResult({ input: "my key is lf_secretkey!", list: ["lf_secretkey"] }, redact);
    expect(result.structuredContent).toEqual({ input: "my key is [redacted]!", list: ["[redacted]"] });
    expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
  });

  test.each(["1234", "true", "null", "n123", '":{"', "input"])(
    "stays whole where the secret %j is also a piece of JSON",
    (secret) => {
      const output = { input: `line\n1234 ${secret}`, count: 12345, flag: true, none: null, deep: { a: 1 } };
      const result = successResult(output, createRedactor([secret]));
      expect(result.structuredContent).toMatchObject({
        count: 12345,
        flag: true,
        none: null,
        deep: { a: 1 },
      });
      expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
      expect(String(result.structuredContent?.input)).toContain("[redacted]");
    },
  );
});

test("no answer carries a secret, and its two forms say the same", () => {
  const secret = fc.stringMatching(/^lf_[A-Za-z0-9]{8,40}$/);
  const answer = fc.tuple(secret, fc.jsonValue(), fc.string(), fc.string());
  fc.assert(
    fc.property(answer, ([key, value, before, after]) => {
      const output = { value, quoted: `${before}${key}${after}`, list: [key, { key }] };
      const result = successResult(output, createRedactor([key]));
      expect(JSON.stringify(result)).not.toContain(key);
      expect(JSON.parse(textOf(result))).toEqual(JSON.parse(JSON.stringify(result.structuredContent)));
    }),
  );
});

describe("a failure", () => {
  const error = (message: string, details: Partial<ConstructorParameters<typeof ToolError>[2]> = {}) =>
    new ToolError("not_found", message, { hint: "Check the id.", ...details });

  test("reads as code, what failed, and what to do next", () => {
    expect(textOf(errorResult(error("No such signal"), plain))).toBe(
      "not_found: No such signal. Check the id.",
    );
  });

  test.each([
    ["It ended.", "not_found: It ended. Check the id."],
    ["It ended!", "not_found: It ended! Check the id."],
    ["Did it end?", "not_found: Did it end? Check the id."],
    ['It says: "It ended."', 'not_found: It says: "It ended." Check the id.'],
    ['It says: "ended"', 'not_found: It says: "ended". Check the id.'],
  ])("ends its sentence once: %s", (message, text) => {
    expect(textOf(errorResult(error(message), plain))).toBe(text);
  });

  test("is marked, and has no structured content that would hide its text", () => {
    const result = errorResult(error("No such signal"), plain);
    expect(result.isError).toBe(true);
    expect(result).not.toHaveProperty("structuredContent");
    expect(result.content).toHaveLength(1);
  });

  test("carries its facts for programs, and only those that are known", () => {
    expect(errorResult(error("No such signal"), plain)._meta).toEqual({
      "ai.lightfast/error": { code: "not_found", retryable: false },
    });
    const details = {
      status: 429,
      retryable: true,
      retryAfterMs: 0,
      requestId: "req_1",
      reason: "ECONNRESET",
    };
    expect(errorResult(error("Busy", details), plain)._meta).toEqual({
      [ERROR_META_KEY]: { code: "not_found", ...details },
    });
  });

  test("loses secrets everywhere", () => {
    const redact = createRedactor(["lf_secretkey"]);
    const details = { hint: "Not lf_secretkey.", requestId: "req_lf_secretkey" };
    const result = errorResult(error("lf_secretkey failed", details), redact);
    expect(JSON.stringify(result)).not.toContain("secretkey");
  });

  test.each(ERROR_CODES)("may be %s", (code) => {
    const result = errorResult(new ToolError(code, "It failed", { hint: "Stop." }), plain);
    expect(textOf(result)).toBe(`${code}: It failed. Stop.`);
  });
});
