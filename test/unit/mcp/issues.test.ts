import { describe, expect, test } from "vitest";
import * as z from "zod";
import { describeIssues } from "../../../src/mcp/issues.ts";

const told = (schema: z.ZodType, value: unknown, known?: readonly string[]): string => {
  const parsed = schema.safeParse(value);
  if (parsed.success) throw new Error("expected the value not to fit");
  return describeIssues(parsed.error.issues, value, known);
};

test("a field that is missing is required, with its type", () => {
  expect(told(z.object({ a: z.number() }), {})).toBe("`a` is required (number)");
});

test("a field within others is named by its path", () => {
  const schema = z.object({ list: z.array(z.object({ "odd name": z.string() })) });
  expect(told(schema, { list: [{ "odd name": "a" }, {}] })).toBe("`list[1].odd name` is required (string)");
});

test("the value itself has no name", () => {
  expect(told(z.string(), 1)).toBe("the value must be string, got a number");
});

test.each([
  [null, "null"],
  [[], "an array"],
  [{}, "an object"],
  ["1", "a string"],
  [true, "a boolean"],
])("instead of a number came %j: %s", (value, words) => {
  expect(told(z.object({ a: z.number() }), { a: value })).toBe(`\`a\` must be number, got ${words}`);
});

test("unknown names are listed beside those that are known", () => {
  const schema = z.strictObject({ a: z.string().optional(), b: z.string().optional() });
  expect(told(schema, { c: 1, d: 2 }, ["a", "b"])).toBe("unknown `c`, `d` (allowed: `a`, `b`)");
});

test("where no name is known, none is allowed", () => {
  expect(told(z.strictObject({}), { c: 1 })).toBe("unknown `c` (allowed: none)");
});

describe("names that somebody made up", () => {
  const unknown = (...names: string[]) =>
    told(z.strictObject({}), Object.fromEntries(names.map((name) => [name, 1])));

  test.each([
    [10, 10, ""],
    [11, 10, " and 1 more"],
    [1000, 10, " and 990 more"],
  ])("are shown ten at most, here of %i", (count, shown, more) => {
    const line = unknown(...Array.from({ length: count }, (_, index) => `n${index}`));
    const names = Array.from({ length: shown }, (_, index) => `\`n${index}\``).join(", ");
    expect(line).toBe(`unknown ${names}${more} (allowed: none)`);
  });

  test("are cut at 60 characters", () => {
    expect(unknown("x".repeat(60))).toBe(`unknown \`${"x".repeat(60)}\` (allowed: none)`);
    expect(unknown("x".repeat(5000))).toBe(`unknown \`${"x".repeat(60)}\` (allowed: none)`);
  });

  test.each(["a\nb", "a\u0000b", "a\u001bb", "a\u007fb"])("lose control characters (%j)", (name) => {
    expect(unknown(name)).toBe("unknown `a b` (allowed: none)");
  });

  test("within a field are told with the field, and not with the names that are known at the top", () => {
    const schema = z.strictObject({ a: z.strictObject({ b: z.string() }) });
    expect(told(schema, { a: { b: "x", c: 1 } }, ["a"])).toBe("unknown `c` in `a`");
  });

  test("are cut in a path too", () => {
    const schema = z.record(z.string(), z.number());
    const line = told(schema, { [`a\n${"x".repeat(5000)}`]: "1" });
    expect(line.length).toBeLessThan(150);
    expect(line).not.toContain("\n");
  });
});

test("a limit is told in the words of the schema", () => {
  const schema = z.object({ a: z.string().max(3, "must be at most 3 characters") });
  expect(told(schema, { a: "long" })).toBe("`a`: must be at most 3 characters");
});

test("all problems stand in one line", () => {
  const schema = z.strictObject({ a: z.string(), b: z.number(), c: z.array(z.string()) });
  const line = told(schema, { b: "1", c: ["x", 2], d: 0 }, ["a", "b", "c"]);
  expect(line.split("; ")).toEqual([
    "`a` is required (string)",
    "`b` must be number, got a string",
    "`c[1]` must be string, got a number",
    "unknown `d` (allowed: `a`, `b`, `c`)",
  ]);
});
