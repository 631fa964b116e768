import * as z from "zod";

/** The id of a resource of LFX: a UUID, a record id, or the number of a Groups.io group. */
export const id = (description: string) =>
  z
    .string()
    .trim()
    .min(1, "must not be empty")
    .max(200)
    .regex(/^[A-Za-z0-9_-]+$/, "must be an id: letters, digits, - and _ only")
    .describe(description);

/** A text that must be there. */
export const text = (description: string, max = 2000) =>
  z.string().trim().min(1, "must not be empty").max(max).describe(description);

/** One of the words that the service knows. */
export const word = <const Words extends readonly [string, ...string[]]>(words: Words, description: string) =>
  z.enum(words).describe(`${description} One of: ${words.join(", ")}.`);

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
export const PAGES = "page_size: 1-100, 10 if left out. page_token: from the answer before.";

/** The same of a search whose rows the caller puts in order. */
export const SORT_AND_PAGES = `sort: name_asc (the default), name_desc, updated_asc or updated_desc. ${PAGES}`;

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
export const record = (fields: string) =>
  z.looseObject({}).describe(`Fields, as far as they are set: ${fields.split(/\s+/).join(", ")}.`);

/** One document of the index. */
export const resource = (fields: string) =>
  z.looseObject({
    type: z.string().optional().describe("Kind of the document."),
    id: z.string().optional().describe("Key in the index, <type>:<id>."),
    data: record(fields).optional(),
  });

/** A page of them. */
export const page = (fields: string) =>
  z.looseObject({
    resources: z.array(resource(fields)).describe("The documents of this page that the caller may see."),
    page_token: z
      .string()
      .optional()
      .describe("Give it as page_token for the next page; absent on the last."),
    warnings,
  });
