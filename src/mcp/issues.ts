import type * as z from "zod";
import { isObject } from "../shared/json.ts";

type Issue = z.core.$ZodIssue;

const pathOf = (issue: Issue): string =>
  issue.path.reduce<string>(
    (path, key) =>
      typeof key === "number" ? `${path}[${key}]` : path ? `${path}.${String(key)}` : String(key),
    "",
  );

const reach = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (isObject(value) || Array.isArray(value) ? Reflect.get(value, key) : undefined),
    root,
  );

const typeOf = (value: unknown): string => {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
};

/** Names that a client makes up are shown in part: the first ten, each cut and without control characters. */
const MAX_NAMES = 10;
const MAX_NAME = 60;

const quote = (value: PropertyKey): string => {
  // By characters, so that none is cut in two.
  const name = [...String(value).slice(0, 2 * MAX_NAME)].slice(0, MAX_NAME).join("");
  return `\`${name.replaceAll(/\p{Cc}/gu, " ")}\``;
};

const namesOf = (names: readonly string[]): string => {
  const more = names.length > MAX_NAMES ? ` and ${names.length - MAX_NAMES} more` : "";
  return `${names.slice(0, MAX_NAMES).map(quote).join(", ")}${more}`;
};

/**
 * One issue as words a model can act on: the field, the limit it broke, and what came instead.
 * @param root the value that was checked, for what came instead
 * @param known the names that are allowed where an unknown one was found
 */
const sentence = (issue: Issue, root: unknown, known: readonly string[]): string => {
  const field = issue.path.length === 0 ? "the value" : quote(pathOf(issue));
  const got = reach(root, issue.path);
  switch (issue.code) {
    case "invalid_type":
      return got === undefined
        ? `${field} is required (${issue.expected})`
        : `${field} must be ${issue.expected}, got ${typeOf(got)}`;
    case "unrecognized_keys":
      return `unknown ${namesOf(issue.keys)}${issue.path.length === 0 ? ` (allowed: ${namesOf(known) || "none"})` : ` in ${field}`}`;
    default:
      return `${field}: ${issue.message}`;
  }
};

/** All issues of one check in one line, in the order of the fields. */
export const describeIssues = (
  issues: readonly Issue[],
  root: unknown,
  known: readonly string[] = [],
): string => issues.map((issue) => sentence(issue, root, known)).join("; ");
