import * as z from "zod";
import { ToolError } from "../../../../mcp/errors.ts";
import type { Search } from "../../client/query.ts";

/** The fields by which dates can be asked for; the first is the default. */
export type DateFields = readonly [string, ...string[]];

// RFC 3339, seconds and zone included: the query service takes no other form of a time, nor 24:00:00.
const DATE = /^\d{4}-\d{2}-\d{2}(?:T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const DAY_LENGTH = "2026-01-31".length;
const day = z.iso.date();

/** Whether the calendar and the clock know it: 2026-02-30 and 25:00 look right, too. */
const isReal = (value: string): boolean =>
  day.safeParse(value.slice(0, DAY_LENGTH)).success && !Number.isNaN(Date.parse(value));

const date = (description: string) =>
  z
    .string()
    .trim()
    .regex(DATE, "must be a date, 2026-01-31, or a time, 2026-01-31T09:00:00Z")
    .refine(isReal, "must be a day and a time that exist")
    .optional()
    .describe(`${description}: 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z; included.`);

/** The parameters of a search by dates. */
export const dateShape = ([first, ...others]: DateFields) => ({
  date_from: date("Earliest"),
  date_to: date("Latest"),
  date_field: z
    .enum([first, ...others])
    .optional()
    .describe(
      `The field that date_from and date_to are compared with: ${[first, ...others].join(", ")}; ${first} if left out.`,
    ),
});

/** What searches say of the first two. */
export const DATES =
  "date_from: the earliest, 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z. date_to: the latest, in the same " +
  "forms; both are included.";

/** Milliseconds since 1970 of the first or the last moment that is meant. */
const momentOf = (value: string, time: "00:00:00" | "23:59:59.999"): number =>
  Date.parse(value.length === DAY_LENGTH ? `${value}T${time}Z` : value);

/**
 * The dates of a search; undefined where none are asked for.
 * @throws ToolError `invalid_input` for a span that ends before it begins: nothing found would look like an answer
 */
export const datesOf = (
  [first]: DateFields,
  given: { readonly [name in "date_from" | "date_to" | "date_field"]?: unknown },
): Search["dates"] => {
  const [from, to, field] = [given.date_from, given.date_to, given.date_field].map((value) =>
    typeof value === "string" ? value : undefined,
  );
  if (from === undefined && to === undefined) return undefined;
  if (from && to && momentOf(from, "00:00:00") > momentOf(to, "23:59:59.999"))
    throw new ToolError("invalid_input", `date_from, ${from}, is after date_to, ${to}`, {
      hint: "Nothing was sent. Correct the arguments and call again.",
    });
  return { field: field ?? first, ...(from && { from }), ...(to && { to }) };
};
