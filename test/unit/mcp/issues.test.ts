import { describe, expect, test } from "vitest";
import * as z from "zod";
import { describeIssues } from "../../../src/mcp/issues.ts";

describe("describeIssues", () => {
  const issuesIn = (schema: z.ZodType, value: unknown, allowed?: readonly string[]): string => {
    const { error } = schema.safeParse(value);
    if (!error) throw new Error("the value is valid");
    return describeIssues(error.issues, value, allowed);
  };

  test.each<[unknown, string]>([
    [null, "null"],
    [[], "an array"],
    [{}, "an object"],
    ["1", "a string"],
    [true, "a boolean"],
  ])("names the type of %j as %s", (value, type) => {
    expect(issuesIn(z.object({ a: z.number() }), { a: value })).toBe(`"a" must be a number, got ${type}`);
  });

  test("lists the allowed names after unknown ones", () => {
    const schema = z.strictObject({ a: z.string().optional(), b: z.string().optional() });
    const line = 'unknown arguments "c", "d" (allowed: "a", "b")';
    expect(issuesIn(schema, { c: 1, d: 2 }, ["a", "b"])).toBe(line);
  });

  test("allows none if the schema has no names", () => {
    expect(issuesIn(z.strictObject({}), { c: 1 })).toBe('unknown argument "c" (allowed: none)');
  });

  describe("names from the client", () => {
    const unknown = (...names: string[]) =>
      issuesIn(z.strictObject({}), Object.fromEntries(names.map((name) => [name, 1])));

    test.each([
      [10, 10, ""],
      [11, 10, " and 1 more"],
      [1000, 10, " and 990 more"],
    ])("%i of them: at most ten are shown", (count, shown, more) => {
      const line = unknown(...Array.from({ length: count }, (_, index) => `n${index}`));
      const names = Array.from({ length: shown }, (_, index) => `"n${index}"`).join(", ");
      expect(line).toBe(`unknown arguments ${names}${more} (allowed: none)`);
    });

    test("are truncated to 60 characters", () => {
      const line = `unknown argument "${"x".repeat(60)}" (allowed: none)`;
      expect([unknown("x".repeat(60)), unknown("x".repeat(5000))]).toEqual([line, line]);
    });

    test.each(["a\nb", "a\u0000b", "a\u001bb", "a\u007fb"])("lose control characters (%j)", (name) => {
      expect(unknown(name)).toBe('unknown argument "a b" (allowed: none)');
    });

    test("inside a field are reported with the field", () => {
      const schema = z.strictObject({ a: z.strictObject({ b: z.string() }) });
      expect(issuesIn(schema, { a: { b: "x", c: 1 } }, ["a"])).toBe('unknown argument "c" in "a"');
    });

    test("are truncated in a path too", () => {
      const schema = z.record(z.string(), z.number());
      const line = issuesIn(schema, { [`a\n${"x".repeat(5000)}`]: "1" });
      expect(line.length).toBeLessThan(150);
      expect(line).not.toContain("\n");
    });
  });

  test.each<[z.ZodType, unknown, string]>([
    [z.int(), 1.5, "must be an integer, got a number"],
    [z.boolean(), "yes", "must be true or false, got a string"],
    [z.string().min(1), "", ": must not be empty"],
    [z.string().min(2), "a", ": must have at least 2 characters"],
    [z.string().max(3), "long", ": must have at most 3 characters"],
    [z.array(z.string()).min(1), [], ": must not be empty"],
    [z.array(z.string()).max(1), ["a", "b"], ": must have at most 1 item"],
    [z.int().min(1).max(100), 0, ": must be at least 1"],
    [z.int().min(1).max(100), 101, ": must be at most 100"],
    [z.number().gt(0), 0, ": must be more than 0"],
    [z.number().lt(1), 1, ": must be less than 1"],
    [z.number().multipleOf(5), 7, ": must be a multiple of 5"],
    [z.enum(["a", "b"]), "c", ': must be one of "a", "b"'],
    [z.literal("a"), "c", ': must be "a"'],
    [z.iso.date(), "soon", ": must be a date such as 2026-01-31"],
    [z.iso.datetime(), "soon", ": must be a time such as 2026-01-31T09:30:00Z"],
    [z.email(), "ada", ": must be an email address"],
    [z.url(), "x", ": must be a URL"],
    [z.uuid(), "x", ": must be a UUID"],
    [z.string().regex(/^a$/), "b", ": must be a text that matches /^a$/"],
    [z.string().startsWith("a"), "b", /^: must be a/],
    [z.ipv4(), "x", /^: must be /],
    [z.union([z.string(), z.boolean()]), 1, ": has none of the forms that are allowed"],
  ] as [z.ZodType, unknown, string][])("words the limit of case %# itself", (schema, value, text) => {
    const line = issuesIn(z.object({ a: schema }), { a: value });
    expect(line).toMatch(/^"a"/);
    const rest = line.slice('"a"'.length).replace(/^ /, "");
    expect(rest).toEqual(typeof text === "string" ? text : expect.stringMatching(text));
    expect(line).not.toMatch(/Invalid|Too (?:small|big)|expected|received/);
  });

  test("quotes the schema's own message for a limit", () => {
    const schema = z.object({ a: z.string().max(3, "must be at most 3 characters") });
    expect(issuesIn(schema, { a: "long" })).toBe('"a": must be at most 3 characters');
  });

  test("reports at most ten issues, and how many more there are", () => {
    const schema = z.record(z.string(), z.string());
    const wrong = Object.fromEntries(Array.from({ length: 90_000 }, (_, index) => [`a${index}`, index]));
    const line = issuesIn(schema, wrong);
    expect(line.split("; ")).toHaveLength(11);
    expect(line).toMatch(/"a9" must be a string, got a number; and 89990 more$/);
    const ten = Object.fromEntries(Object.entries(wrong).slice(0, 10));
    expect(issuesIn(schema, ten)).toMatch(/"a9" must be a string, got a number$/);
  });

  test("reports all issues in one line", () => {
    const schema = z.strictObject({ a: z.string(), b: z.number(), c: z.array(z.string()) });
    const line = issuesIn(schema, { b: "1", c: ["x", 2], d: 0 }, ["a", "b", "c"]);
    expect(line.split("; ")).toEqual([
      '"a" is required (a string)',
      '"b" must be a number, got a string',
      '"c[1]" must be a string, got a number',
      'unknown argument "d" (allowed: "a", "b", "c")',
    ]);
  });
});
