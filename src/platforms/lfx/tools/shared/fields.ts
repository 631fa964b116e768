import * as z from "zod";
import { ToolError } from "../../../../mcp/errors.ts";
import type { SearchQuery } from "../../client/query.ts";

/** The id of a resource of LFX: a UUID, a record id, or the number of a Groups.io group. */
export function id(description: string) {
  return z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(200)
    .regex(/^[A-Za-z0-9_-]+$/, "must be an id: letters, digits, - and _ only")
    .describe(description);
}

/** A text that must be there. */
export function text(description: string, max = 2000) {
  return z.string().trim().min(1, "must not be empty").max(max).describe(description);
}

/** One of the words that the service knows. */
export function oneOf<const Words extends readonly [string, ...string[]]>(words: Words, description: string) {
  return z.enum(words).describe(`${description} One of: ${words.join(", ")}.`);
}

const PAGE_SIZE = { default: 10, max: 100 };

export const paging = {
  page_size: z
    .int()
    .min(1)
    .max(PAGE_SIZE.max)
    .optional()
    .describe(`Rows of one page, 1 to ${PAGE_SIZE.max}; ${PAGE_SIZE.default} if left out.`),
  page_token: z
    .string()
    .min(1)
    .max(4000)
    .optional()
    .describe("The page_token of the answer before, unchanged, for the page after it."),
};

/** What searches say of these parameters; the end of their descriptions. */
export const PAGING_TEXT = "page_size: 1-100, 10 if left out. page_token: from the answer before.";

/** The same of a search whose rows the caller puts in order. */
export const SORT_AND_PAGING_TEXT = `sort: name_asc (the default), name_desc, updated_asc or updated_desc. ${PAGING_TEXT}`;

/** What a reader should know of an answer besides its content. */
export const warnings = z
  .array(z.string())
  .optional()
  .describe("What is missing from this answer, and what to do about it.");

/**
 * A record as its service keeps it. Its fields are told, not checked: a field that is missing or new makes no answer
 * unusable.
 * @param fields their names, with spaces between
 */
export function record(fields: string) {
  return z.looseObject({}).describe(`Fields, as far as they are set: ${fields.split(/\s+/).join(", ")}.`);
}

/** One document of the index. */
export function resource(fields: string) {
  return z.looseObject({
    type: z.string().optional().describe("Kind of the document."),
    id: z.string().optional().describe("Key in the index, <type>:<id>."),
    data: record(fields).optional(),
  });
}

/** A page of them. */
export function page(fields: string) {
  return z.looseObject({
    resources: z.array(resource(fields)).describe("The documents of this page that the caller may see."),
    page_token: z
      .string()
      .optional()
      .describe("Give it as page_token for the next page; absent on the last."),
    warnings,
  });
}

/** An e-mail address as browsers take it. */
export function email(description: string) {
  return z
    .string()
    .trim()
    .max(254)
    .check(z.email({ pattern: z.regexes.html5Email, error: "must be an e-mail address" }))
    .describe(description);
}

const PAGE = /^https?:\/\/[^\s/$.?#]\S+$/;

/** The address of a page, with its scheme: the services take no other. */
export function webAddress(description: string, pattern = PAGE, example = "https://example.org") {
  return z
    .string()
    .trim()
    .max(2000)
    .regex(pattern, `must be an address such as ${example}`)
    .refine((value) => URL.canParse(value), "must be a web address")
    .meta({ format: "uri" })
    .describe(description);
}

/** The fields by which dates can be asked for; the first is the default. */
export type DateFields = readonly [string, ...string[]];

// RFC 3339, seconds and zone included: the query service takes no other form of a time, nor 24:00:00.
const DATE = /^\d{4}-\d{2}-\d{2}(?:T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const DAY_LENGTH = "2026-01-31".length;
const day = z.iso.date();

/** Whether the calendar and the clock know it: 2026-02-30 and 25:00 look right, too. */
function isReal(value: string): boolean {
  return day.safeParse(value.slice(0, DAY_LENGTH)).success && !Number.isNaN(Date.parse(value));
}

function date(description: string) {
  return z
    .string()
    .trim()
    .regex(DATE, "must be a date, 2026-01-31, or a time, 2026-01-31T09:00:00Z")
    .refine(isReal, "must be a day and a time that exist")
    .optional()
    .describe(`${description}: 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z; included.`);
}

/** The parameters of a search by dates. */
export function dateFields([first, ...others]: DateFields) {
  return {
    date_from: date("Earliest"),
    date_to: date("Latest"),
    date_field: z
      .enum([first, ...others])
      .optional()
      .describe(
        `The field that date_from and date_to are compared with: ${[first, ...others].join(", ")}; ${first} if left out.`,
      ),
  };
}

/** What searches say of the first two. */
export const DATES_TEXT =
  "date_from: the earliest, 2026-01-31 (a whole UTC day) or 2026-01-31T09:00:00Z. date_to: the latest, in the same " +
  "forms; both are included.";

/** Milliseconds since 1970 of the first or the last moment that is meant. */
function momentOf(value: string, time: "00:00:00" | "23:59:59.999"): number {
  return Date.parse(value.length === DAY_LENGTH ? `${value}T${time}Z` : value);
}

/**
 * The dates of a search; undefined where none are asked for.
 * @throws ToolError `invalid_input` for a span that ends before it begins: nothing found would look like an answer
 */
export function toDateRange(
  [first]: DateFields,
  given: { readonly [name in "date_from" | "date_to" | "date_field"]?: unknown },
): SearchQuery["dates"] {
  const [from, to, field] = [given.date_from, given.date_to, given.date_field].map((value) =>
    typeof value === "string" ? value : undefined,
  );
  if (from === undefined && to === undefined) return undefined;
  if (from && to && momentOf(from, "00:00:00") > momentOf(to, "23:59:59.999"))
    throw new ToolError("invalid_input", `date_from, ${from}, is after date_to, ${to}`, {
      hint: "Nothing was sent. Correct the arguments and call again.",
    });
  return { field: field ?? first, ...(from && { from }), ...(to && { to }) };
}
