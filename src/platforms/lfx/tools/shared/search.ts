import * as z from "zod";
import { ToolError } from "../../../../mcp/errors.ts";
import type { ResultLimit } from "../../../../mcp/tool.ts";
import type { JsonObject } from "../../../../shared/json.ts";
import type { LfxApi } from "../../api.ts";
import { DEFAULT_PAGE_SIZE, search } from "../../client/query.ts";
import { ACCESS_ADVICE } from "../../errors.ts";
import type { ToolName } from "../../policy.ts";
import {
  type DateFields,
  dateFields,
  id,
  lfxTool,
  page,
  paging,
  resource,
  text,
  toDateRange,
} from "./define.ts";

/** How a parameter filters a search: by the parent document, by a tag, or by a field of the document. */
export type Filter = {
  readonly by: "parent" | "tag" | "field";
  /** The parent's type, the tag's name, or the field's name. */
  readonly key: string;
  readonly description: string;
  /** Default: an optional id. */
  readonly schema?: z.ZodType;
};

export type SearchSpec = {
  readonly name: ToolName;
  /** The tool that reads one of the documents. */
  readonly recordTool?: ToolName;
  /** Document type. */
  readonly type: string;
  /** Completes "Failed to ..." in errors. Default: the words of the name. */
  readonly operation?: string;
  readonly description: string;
  /** Fields of a document, separated by spaces. */
  readonly fields: string;
  /** The parameter that is matched against names. */
  readonly nameFilter?: { readonly parameter: "name" | "search_name"; readonly description: string };
  /**
   * By parameter. The service accepts one parent: the first that is given becomes the parent, any other is matched
   * against the document's field with the parameter's name.
   */
  readonly filters: Readonly<Record<string, Filter>>;
  /** A filter, `field:value`, that applies unless the parameter `disabledBy` is true. */
  readonly defaultFilter?: {
    readonly filter: string;
    readonly disabledBy: string;
    readonly description: string;
  };
  readonly dates?: DateFields;
  /** What a caller must know about the default of `dates`. */
  readonly datesNote?: string;
  /** `none` keeps the service's own order. */
  readonly sort: "by name" | "by parameter" | "none";
  /** What `name_asc` and `name_desc` really compare, which is often no name. */
  readonly sortName?: string;
  /** Further values of the parameter `sort`, each with the service's value. */
  readonly moreSorts?: Readonly<Record<string, string>>;
  /** Applied to the data of every document. */
  readonly transform?: (data: JsonObject) => JsonObject;
  /** Warns about an empty result that could be misread. */
  readonly explainEmpty?: (input: Input, api: LfxApi) => Promise<string | undefined>;
};

export const byParent = filterBy("parent");
export const byTag = filterBy("tag");
export const byField = filterBy("field");

function filterBy(by: Filter["by"]) {
  return (key: string, description: string): Filter => ({ by, key, description });
}

export function searchTool(spec: SearchSpec) {
  return lfxTool(spec.name, {
    description: spec.description,
    input: z.strictObject(toShape(spec)),
    output: page(spec.fields),
    resultLimit: toPageLimit(spec),
    run: (input, { api }) => runSearch(spec, input, api),
  });
}

function toPageLimit({ recordTool }: Pick<SearchSpec, "recordTool">): ResultLimit {
  const page = { rows: "resources", token: "page_token", size: "page_size" };
  return { page, ...(recordTool && { recordTool }) };
}

type Input = Readonly<Record<string, unknown>>;

export async function runSearch(spec: SearchSpec, input: Input, api: LfxApi): Promise<object> {
  const { name, type, operation = toOperation(name), nameFilter, dates, sort, transform } = spec;
  const order = readText(input, "sort") ?? "name_asc";
  const pageSize = typeof input.page_size === "number" ? input.page_size : DEFAULT_PAGE_SIZE;
  const found = await search(api, {
    type,
    operation,
    name: nameFilter && readText(input, nameFilter.parameter),
    ...toConditions(spec, input),
    dates: dates && toDateRange(dates, input),
    sort: sort === "none" ? undefined : (spec.moreSorts?.[order] ?? order),
    pageSize,
    pageToken: readText(input, "page_token"),
  });
  const resources = found.resources.map((item) =>
    transform && item.data ? { ...item, data: transform(item.data) } : item,
  );
  const isEmpty = resources.length === 0 && (found.page_token ?? input.page_token) === undefined;
  const explained = isEmpty ? await spec.explainEmpty?.(input, api) : undefined;
  const warning = explained ?? explainPage(resources.length, pageSize, found.page_token, isEmpty);
  return { ...found, resources, ...(warning && { warnings: [warning] }) };
}

/**
 * What a page leaves open. LFX removes rows that the caller may not see after it has cut the page, so a short page is not
 * the last one.
 */
function explainPage(rows: number, size: number, token: string | undefined, isEmpty: boolean) {
  if (isEmpty) return NOTHING_VISIBLE;
  if (token === undefined || rows >= size) return undefined;
  return rows === 0 ? EMPTY_PAGE : SHORT_PAGE;
}

const SORTS = ["name_asc", "name_desc", "updated_asc", "updated_desc"];

/** `get_past_meeting` is "get past meeting" in errors. */
function toOperation(name: ToolName): string {
  return name.replaceAll("_", " ");
}

function toShape(spec: SearchSpec): z.ZodRawShape {
  const { nameFilter, filters, defaultFilter, dates, datesNote, sort, sortName, moreSorts = {} } = spec;
  return {
    ...(nameFilter && { [nameFilter.parameter]: text(nameFilter.description, 500).optional() }),
    ...Object.fromEntries(
      Object.entries(filters).map(([name, { description, schema = id(description).optional() }]) => [
        name,
        schema,
      ]),
    ),
    ...(defaultFilter && {
      [defaultFilter.disabledBy]: z.boolean().optional().describe(defaultFilter.description),
    }),
    ...(dates && dateFields(dates, datesNote)),
    ...(sort === "by parameter" && {
      sort: z
        .enum([...SORTS, ...Object.keys(moreSorts)])
        .optional()
        .describe(`Default name_asc, by ${sortName ?? "name"}.`),
    }),
    ...paging,
  };
}

function toConditions({ filters, defaultFilter }: SearchSpec, input: Input) {
  const given = Object.entries(filters).flatMap(([name, { by, key }]) => {
    const value = readText(input, name);
    return value === undefined ? [] : [{ by, name, key, value }];
  });
  const required = given.find(({ name }) => filters[name]?.schema?.isOptional() === false);
  const [parent, ...otherParents] = given.filter(({ by }) => by === "parent");
  return {
    parent: parent && `${parent.key}:${parent.value}`,
    tags: given.filter(({ by }) => by === "tag").map(({ key, value }) => `${key}:${value}`),
    filters: [
      ...otherParents.map(({ name, value }) => `${name}:${value}`),
      ...given.filter(({ by }) => by === "field").map(({ key, value }) => `${key}:${value}`),
      ...(defaultFilter && input[defaultFilter.disabledBy] !== true ? [defaultFilter.filter] : []),
    ],
    // A required filter asks for what belongs to one record.
    requested: required && { id: required.value, fields: [required.key] },
  };
}

function readText(input: Input, name: string): string | undefined {
  const value = input[name];
  return typeof value === "string" ? value : undefined;
}

const SHORT_PAGE =
  "This page lists only what you can see, and more pages remain. Get the next page with page_token, or use a larger " +
  "page_size or more filters.";
const EMPTY_PAGE =
  "This page has nothing that you can see, but more pages remain. Get the next page with page_token, or use more filters.";
const NOTHING_VISIBLE = "Nothing that matches is visible to you. This is no proof that nothing exists.";

/** A tool that reads one document of the index by its id. */
export type LookupSpec = {
  readonly name: ToolName;
  readonly resultLimit?: ResultLimit;
  /** Document type. */
  readonly type: string;
  /** The tag with the document's id: some document types have no field `uid`. */
  readonly tag: string;
  readonly description: string;
  /** Description of the parameter `uid`. */
  readonly uidDescription: string;
};

export function lookupTool(spec: LookupSpec) {
  const { name, resultLimit, type, tag, description, uidDescription } = spec;
  return lfxTool(name, {
    description,
    ...(resultLimit && { resultLimit }),
    input: z.strictObject({ uid: id(uidDescription) }),
    output: resource(),
    run: async ({ uid }, { api }) => {
      const operation = toOperation(name);
      const tags = [`${tag}:${uid}`];
      const query = { type, operation, tags, requested: { id: uid }, pageSize: 1, sort: "name_asc" };
      const [found] = (await search(api, query)).resources;
      if (found) return found;
      throw new ToolError("not_found", `Failed to ${operation}: none with the uid ${uid} is visible to you`, {
        hint: ACCESS_ADVICE,
      });
    },
  });
}
