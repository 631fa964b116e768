import type * as z from "zod";

/** Limit of the issues in a message: a model corrects those and sees the others at its next call. */
const MAX_ISSUES = 10;

/**
 * The first issues in one line a model can act on: each with its field, the limit it broke, and what came instead.
 * @param root the value that was checked
 * @param allowed the top-level names, listed if an unknown one was given
 */
export function describeIssues(
  issues: readonly z.core.$ZodIssue[],
  root: unknown,
  allowed: readonly string[] = [],
): string {
  const shown = issues.slice(0, MAX_ISSUES).map((issue) => describeIssue(issue, root, allowed));
  const more = issues.length - shown.length;
  return `${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`;
}

function describeIssue(issue: z.core.$ZodIssue, root: unknown, allowed: readonly string[]): string {
  const isTopLevel = issue.path.length === 0;
  const field = isTopLevel ? "the value" : quote(formatPath(issue.path));
  switch (issue.code) {
    case "invalid_type": {
      const actual = getPath(root, issue.path);
      const expected = TYPES[issue.expected] ?? issue.expected;
      return actual === undefined
        ? `${field} is required (${expected})`
        : `${field} must be ${expected}, got ${describeType(actual)}`;
    }
    case "unrecognized_keys": {
      const names = `unknown ${issue.keys.length > 1 ? "arguments" : "argument"} ${quoteAll(issue.keys)}`;
      return isTopLevel ? `${names} (allowed: ${quoteAll(allowed) || "none"})` : `${names} in ${field}`;
    }
    default:
      return `${field}: ${LIBRARY_TEXT.test(issue.message) ? describeLimit(issue) : issue.message}`;
  }
}

/** The types as zod names them. */
const TYPES: Readonly<Record<string, string>> = {
  string: "a string",
  number: "a number",
  int: "an integer",
  boolean: "true or false",
  array: "an array",
  object: "an object",
  record: "an object",
};

/** The beginning of zod's own texts. Those of our schemas begin with "must". */
const LIBRARY_TEXT = /^(?:Invalid|Too|Unrecognized)\b/;

/** Says what a value must be, in our words. */
function describeLimit(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return `must ${describeBound(issue.origin, issue.inclusive ? "at least" : "more than", issue.minimum)}`;
    case "too_big":
      return `must ${describeBound(issue.origin, issue.inclusive ? "at most" : "less than", issue.maximum)}`;
    case "invalid_value":
      return `must be ${issue.values.length > 1 ? "one of " : ""}${issue.values.map((one) => JSON.stringify(one)).join(", ")}`;
    case "invalid_format":
      return `must be ${FORMATS[issue.format] ?? (issue.pattern ? `a text that matches ${issue.pattern}` : `a valid ${issue.format}`)}`;
    case "not_multiple_of":
      return `must be a multiple of ${issue.divisor}`;
    default:
      return "has none of the forms that are allowed";
  }
}

const UNITS: Readonly<Record<string, string>> = { string: "character", array: "item", set: "item" };

function describeBound(origin: string, relation: string, limit: number | bigint): string {
  const unit = UNITS[origin];
  if (unit === undefined) return `be ${relation} ${limit}`;
  if (relation === "at least" && Number(limit) === 1) return "not be empty";
  return `have ${relation} ${limit} ${unit}${Number(limit) === 1 ? "" : "s"}`;
}

const FORMATS: Readonly<Record<string, string>> = {
  date: "a date such as 2026-01-31",
  datetime: "a time such as 2026-01-31T09:30:00Z",
  email: "an email address",
  url: "a URL",
  uuid: "a UUID",
};

function formatPath(path: readonly PropertyKey[]): string {
  const parts = path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`));
  return parts.join("").replace(/^\./, "");
}

function getPath(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce(
    (value, key) => (typeof value === "object" && value ? Reflect.get(value, key) : undefined),
    root,
  );
}

function describeType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}

/** Limits of client-supplied names in a message: how many, and how long each. */
const MAX_NAMES = 10;
const MAX_NAME_LENGTH = 60;

function quoteAll(names: readonly string[]): string {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${names.slice(0, MAX_NAMES).map(quote).join(", ")}${more}`;
}

function quote(name: string): string {
  // Spread into code points, so that no surrogate pair is split.
  const short = [...name.slice(0, 2 * MAX_NAME_LENGTH)].slice(0, MAX_NAME_LENGTH).join("");
  return `"${short.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")}"`;
}
