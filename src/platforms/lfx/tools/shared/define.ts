import * as z from "zod";
import { ToolError } from "../../../../mcp/errors.ts";
import {
  type AnyTool,
  defineTool,
  LARGE_RESULT_CHARS,
  type ResultLimit,
  type ToolContext,
  type ToolQuestion,
} from "../../../../mcp/tool.ts";
import { isObject, type JsonObject } from "../../../../shared/json.ts";
import type { LfxApi } from "../../api.ts";
import { DEFAULT_PAGE_SIZE, type SearchQuery } from "../../client/query.ts";
import { GATES, POLICY, type PolicyRow, type ToolName } from "../../policy.ts";

/** What an LFX tool adds to its policy row. */
type ToolParts<Input extends z.ZodObject> = {
  readonly description: string;
  readonly input: Input;
  /** Absent if the result is text. */
  readonly output?: z.ZodObject | undefined;
  readonly timeoutMs?: number | undefined;
  readonly resultLimit?: ResultLimit;
  question?(input: z.output<Input>, context: ToolContext<LfxApi>): Promise<ToolQuestion | undefined>;
  run(input: z.output<Input>, context: ToolContext<LfxApi>): Promise<unknown>;
};

/** Defines an LFX tool from its policy row and its own parts. */
export function lfxTool<Input extends z.ZodObject>(name: ToolName, parts: ToolParts<Input>): AnyTool<LfxApi> {
  const { title, kind, gate, isLocal, alwaysLoad }: PolicyRow = POLICY[name];
  // Without the undefined fields, the input has the shape that the tool's own schema infers.
  const own = (input: JsonObject) => omitUndefined(input) as z.output<Input>;
  return defineTool<LfxApi, z.ZodObject, z.ZodObject>({
    name,
    title,
    kind,
    access: GATES[gate],
    isLocal,
    alwaysLoad,
    ...parts,
    input: allowBlanks(parts.input, kind === "update"),
    ...(parts.question && { question: async (input, context) => parts.question?.(own(input), context) }),
    run: (input, context) => parts.run(own(input), context),
  });
}

/**
 * Treats null and "" as absent in optional fields: many models send every parameter and use these to omit one. The JSON
 * Schema does not change, so that it does not encourage them. In an update, "" clears a text, and is rejected where LFX
 * accepts none: a field that is silently kept would look changed.
 */
function allowBlanks(input: z.ZodObject, isUpdate: boolean): z.ZodObject {
  const blanks = isUpdate ? [null] : [null, ""];
  return input.extend(
    Object.fromEntries(
      Object.entries(input.shape)
        .filter(([, field]) => field instanceof z.ZodOptional)
        .map(([name, field]) => [
          name,
          z.preprocess((value, { addIssue }) => {
            if (isUpdate && value === "" && !z.safeParse(field, value).success)
              addIssue("cannot be cleared; omit it to keep its value");
            return omitBlanks(field, value, blanks);
          }, field),
        ]),
    ),
  );
}

function omitBlanks(field: unknown, value: unknown, blanks: readonly unknown[]): unknown {
  if (field instanceof z.ZodOptional) {
    return blanks.includes(value) ? undefined : omitBlanks(field.unwrap(), value, blanks);
  }
  if (!(field instanceof z.ZodObject && isObject(value))) return value;
  const entries = Object.entries(value).map(([name, part]) => [
    name,
    omitBlanks(field.shape[name], part, blanks),
  ]);
  return omitUndefined(Object.fromEntries(entries));
}

function omitUndefined(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** A string whose length is validated, but not published: no real value comes near the limit. */
export function bounded(max: number) {
  return z
    .string()
    .trim()
    .refine((value) => value.length <= max, `must be at most ${max} characters`);
}

export function nonEmpty(max: number) {
  return bounded(max).min(1, "must not be empty");
}

export function text(description: string, max = 2000) {
  return nonEmpty(max).describe(description);
}

/** A text that "" clears in an update; only spaces are no text. */
export function clearable(max: number) {
  return z
    .string()
    .refine((value) => value === "" || value.trim() !== "", "must not be only spaces")
    .trim()
    .refine((value) => value.length <= max, `must be at most ${max} characters`);
}

const ID = /^[A-Za-z0-9_-]+$/;

/** An LFX resource id: a UUID, a record id, or a Groups.io number. Its pattern would cost every list a dozen tokens. */
export function id(description: string) {
  return nonEmpty(200)
    .refine((value) => ID.test(value), "must be an id: letters, digits, - and _ only")
    .describe(description);
}

/** One of the values that the service accepts. */
export function oneOf<const Value extends string>(values: readonly Value[], description: string) {
  return z.enum(values).describe(description);
}

/** An email address in the form that browsers accept. */
export function email(description: string) {
  const address = z.email({ pattern: z.regexes.html5Email, error: "must be an email address" });
  return bounded(254).check(address).describe(description);
}

const WEB_ADDRESS = /^https?:\/\/[^\s/$.?#]\S+$/;

/** A URL with its scheme, which the services require. */
export function webAddress(description: string, pattern = WEB_ADDRESS, example = "https://example.org") {
  return bounded(2000)
    .regex(pattern, `must be a URL such as ${example}`)
    .refine((value) => URL.canParse(value), "must be a valid URL")
    .describe(description);
}

const isDay = z.iso.date();

/** A calendar day, YYYY-MM-DD; the object that contains it tells the format. */
export function day() {
  return z
    .string()
    .trim()
    .regex(/^\d{4}-\d{2}-\d{2}$/, "must be a date such as 2026-01-31")
    .refine((value) => isDay.safeParse(value).success, "must be an existing date")
    .optional();
}

/** A month, YYYY-MM. */
export function month() {
  return z
    .string()
    .trim()
    .regex(/^\d{4}-(?:0[1-9]|1[0-2])$/, "must be a month such as 2026-01");
}

const MAX_ENTRIES = 50;

/** A list that replaces another. An empty one is rejected: many models send it to omit a parameter. */
export function entries<Item extends z.ZodType>(item: Item, description: string) {
  return z
    .array(item)
    .refine(({ length }) => length > 0, "must not be empty; omit it to keep the list")
    .refine(({ length }) => length <= MAX_ENTRIES, `must have at most ${MAX_ENTRIES} entries`)
    .optional()
    .describe(description);
}

/** The limit of records with long texts or lists. */
export const LARGE_RESULT: ResultLimit = { maxChars: LARGE_RESULT_CHARS };

/** What the query service allows. */
const MAX_PAGE_SIZE = 1000;

export const paging = {
  page_size: z
    .int()
    .refine((size) => size <= MAX_PAGE_SIZE, `must be at most ${MAX_PAGE_SIZE}`)
    .overwrite((size) => (size > 0 ? size : DEFAULT_PAGE_SIZE))
    .optional()
    .describe(`Default ${DEFAULT_PAGE_SIZE}, up to ${MAX_PAGE_SIZE}.`),
  page_token: z
    .string()
    .min(1)
    .refine((token) => token.length <= 4000, "must be the page_token of a result")
    .optional()
    .describe("From the previous result."),
};

/** What a result omits, and what to do about it. */
export const warnings = z.array(z.string()).optional();

/**
 * A record of a service. Its fields are documented but not checked, so that new or missing fields cause no error.
 * @param fields names, separated by spaces; absent where another tool of the list documents them
 */
export function record(fields?: string) {
  const schema = z.looseObject({});
  return fields ? schema.describe(`Fields: ${fields}`) : schema;
}

/** A document of the search index: its type, its key, `<type>:<id>`, and its fields. */
export function resource(fields?: string) {
  return z.looseObject({
    type: z.string().optional(),
    id: z.string().optional(),
    data: record(fields).optional(),
  });
}

/** The documents that the caller may see. `page_token` is absent on the last page, and where rows are omitted. */
export function page(fields: string) {
  return z.looseObject({
    resources: z.array(resource(fields)),
    page_token: z.string().optional(),
    warnings,
  });
}

/** The fields that a search can filter by date; the first is the default. */
export type DateFields = readonly [string, ...string[]];

/** The limits of a search by date. */
export function dateLimits() {
  return {
    date_from: date("Earliest: 2026-01-31 (a UTC day) or 2026-01-31T09:00:00Z."),
    date_to: date("Latest, inclusive; same formats."),
  };
}

/** @param note what a caller must know about the default field */
export function dateFields([first, ...others]: DateFields, note = "") {
  const names = [first, ...others] as const;
  return {
    ...dateLimits(),
    date_field: z.enum(names).optional().describe(`What the dates limit; default ${first}${note}.`),
  };
}

// RFC 3339 with seconds and zone: the query service accepts no other time format, and not 24:00:00.
const DATE = /^\d{4}-\d{2}-\d{2}(?:T(?:[01]\d|2[0-3]):\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2}))?$/;
const DAY_LENGTH = "2026-01-31".length;

function date(description: string) {
  return z
    .string()
    .trim()
    .regex(DATE, "must be a date, 2026-01-31, or a time, 2026-01-31T09:00:00Z")
    .refine(exists, "must be an existing date and time")
    .optional()
    .describe(description);
}

/** Rejects 2026-02-30 and 25:00, which match the pattern. */
function exists(value: string): boolean {
  return isDay.safeParse(value.slice(0, DAY_LENGTH)).success && !Number.isNaN(Date.parse(value));
}

/**
 * The date range of a search; undefined if the input has none.
 * @throws ToolError `invalid_input` for a range that ends before it starts: its empty result would look like an answer
 */
export function toDateRange(
  [first]: DateFields,
  input: { readonly [name in "date_from" | "date_to" | "date_field"]?: unknown },
): SearchQuery["dates"] {
  const [from, to, field] = [input.date_from, input.date_to, input.date_field].map((value) =>
    typeof value === "string" ? value : undefined,
  );
  if (from === undefined && to === undefined) return undefined;
  if (from && to && toMs(from, "00:00:00") > toMs(to, "23:59:59.999"))
    throw new ToolError("invalid_input", `date_from, ${from}, is after date_to, ${to}`, {
      hint: "Nothing was sent. Correct the arguments and call again.",
    });
  return { field: field ?? first, ...(from && { from }), ...(to && { to }) };
}

/** Milliseconds since 1970; a day without a time is completed with `time`. */
export function toMs(value: string, time: string): number {
  return Date.parse(value.length === DAY_LENGTH ? `${value}T${time}Z` : value);
}
