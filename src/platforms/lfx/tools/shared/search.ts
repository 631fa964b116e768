import * as z from "zod";
import { ToolError } from "../../../../mcp/errors.ts";
import type { ResultLimit } from "../../../../mcp/tool.ts";
import type { JsonObject } from "../../../../shared/json.ts";
import type { LfxApi } from "../../api.ts";
import {
  count,
  DEFAULT_PAGE_SIZE,
  type Resource,
  type ResourcePage,
  type SearchQuery,
  search,
} from "../../client/query.ts";
import { ACCESS_ADVICE } from "../../errors.ts";
import { type PeopleView, trimPeople } from "../../people/view.ts";
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
import { optionalPart } from "./records.ts";

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
   * By parameter. The service accepts one parent: the first that is given wins, and a warning names the others.
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
  /** A boolean parameter that asks for the number of all matching documents. */
  readonly totalParameter?: { readonly name: string; readonly description: string };
  /** Decides what a caller without full view is shown of documents about people, before the search. @throws ToolError */
  readonly people?: (input: Input, api: LfxApi) => Promise<PeopleView>;
  /** Applied to the data of every document. */
  readonly transform?: (data: JsonObject) => JsonObject;
  /** Applied to the documents of a page. */
  readonly present?: Present;
  /** Warns about an empty result that could be misread. */
  readonly explainEmpty?: (input: Input, api: LfxApi) => Promise<string | undefined>;
};

/** What every caller is shown of documents, and a warning about what is omitted. */
export type Present = (
  rows: readonly Resource[],
  api: LfxApi,
  input: Input,
) => Promise<{ readonly rows: readonly Resource[]; readonly warning?: string | undefined }>;

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
    output: spec.totalParameter ? page(spec.fields).extend(TOTAL) : page(spec.fields),
    resultLimit: toPageLimit(spec),
    run: (input, { api, advise }) => runSearch(spec, input, api, advise),
  });
}

/** How the result of a search is shortened. */
export function toPageLimit({ recordTool }: Pick<SearchSpec, "recordTool">): ResultLimit {
  const page = { rows: "resources", token: "page_token", size: "page_size" };
  return { page, ...(recordTool && { recordTool }) };
}

type Input = Readonly<Record<string, unknown>>;

export async function runSearch(
  spec: SearchSpec,
  input: Input,
  api: LfxApi,
  advise = (text: string): string => text,
): Promise<object> {
  const { name, type, operation = toOperation(name), nameFilter, dates, sort, transform } = spec;
  const order = readText(input, "sort") ?? "name_asc";
  const pageSize = typeof input.page_size === "number" ? input.page_size : DEFAULT_PAGE_SIZE;
  const { parents, ...conditions } = toConditions(spec, input);
  const query: SearchQuery = {
    type,
    operation,
    name: nameFilter && readText(input, nameFilter.parameter),
    parent: parents[0],
    ...conditions,
    dates: dates && toDateRange(dates, input),
    sort: sort === "none" ? undefined : (spec.moreSorts?.[order] ?? order),
    pageSize,
    pageToken: readText(input, "page_token"),
  };
  const view = api.viewer.fullView ? undefined : await spec.people?.(input, api);
  const found = await searchInView(api, query, view);
  const visible = (await view?.show(found.resources)) ?? found.resources;
  const trimmed = visible.map((item) => trimResource(api, type, item, transform));
  const { rows, warning: note } = (await spec.present?.(trimmed, api, input)) ?? { rows: trimmed };
  const isEmpty = rows.length === 0 && (found.page_token ?? input.page_token) === undefined;
  const explained = isEmpty && !view?.isPartial ? await spec.explainEmpty?.(input, api) : undefined;
  const warning = explained ?? explainPage(rows.length, pageSize, found.page_token, isEmpty);
  const warnings = [warning, note, explainParents(parents)].flatMap((text) =>
    text === undefined ? [] : advise(text),
  );
  const isTotal = spec.totalParameter && input[spec.totalParameter.name] === true;
  return {
    ...found,
    resources: rows,
    ...(isTotal && (await countTotal(api, query))),
    ...(warnings.length > 0 && { warnings }),
  };
}

/** A search without the documents that the caller is not shown; none is sent if that leaves nothing. */
export async function searchInView(
  api: LfxApi,
  query: SearchQuery,
  { anyFilters }: Pick<PeopleView, "anyFilters"> = {},
): Promise<ResourcePage> {
  if (anyFilters?.length === 0) return { resources: [] };
  return search(api, { ...query, anyFilters });
}

function trimResource(
  { viewer }: LfxApi,
  type: string,
  item: Resource,
  transform = (data: JsonObject): JsonObject => data,
): Resource {
  return item.data ? { ...item, data: trimPeople(viewer, type, transform(item.data)) } : item;
}

const TOTAL = {
  total: z.int().optional(),
  total_complete: z.boolean().optional(),
  note: z.string().optional(),
};

/** The number of all documents that match a search, or a note that it is unknown. */
async function countTotal(api: LfxApi, query: SearchQuery) {
  const { value, warnings } = await optionalPart("Total", count(api, query));
  return value ? { total: value.count, total_complete: value.complete } : { note: warnings.join(" ") };
}

/**
 * What a page leaves open. LFX removes rows that the caller may not see after it has cut the page, so a short page is not
 * the last one.
 */
export function explainPage(rows: number, size: number, token: string | undefined, isEmpty: boolean) {
  if (isEmpty) return NOTHING_VISIBLE;
  if (token === undefined || rows >= size) return undefined;
  return rows === 0 ? EMPTY_PAGE : SHORT_PAGE;
}

/** Names the given parents that a search does not use: all but the first. */
export function explainParents([used, ...unused]: readonly string[]): string | undefined {
  return unused.length > 0
    ? `This search is limited to ${used} and ignores ${unused.join(" and ")}.`
    : undefined;
}

export const SORTS = ["name_asc", "name_desc", "updated_asc", "updated_desc", "best_match"] as const;

/** `get_past_meeting` is "get past meeting" in errors. */
function toOperation(name: ToolName): string {
  return name.replaceAll("_", " ");
}

function toShape(spec: SearchSpec): z.ZodRawShape {
  const { nameFilter, filters, defaultFilter, totalParameter, dates, datesNote, sort, sortName } = spec;
  const { moreSorts = {} } = spec;
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
    ...(totalParameter && {
      [totalParameter.name]: z.boolean().optional().describe(totalParameter.description),
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
  return {
    parents: given.filter(({ by }) => by === "parent").map(({ key, value }) => `${key}:${value}`),
    tags: given.filter(({ by }) => by === "tag").map(({ key, value }) => `${key}:${value}`),
    filters: [
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
export const NOTHING_VISIBLE =
  "Nothing that matches is visible to you. This is no proof that nothing exists.";

/** A tool that reads one document of the index by its id. */
export type LookupSpec = {
  readonly name: ToolName;
  readonly resultLimit?: ResultLimit;
  /** Document type. */
  readonly type: string;
  /** The tag with the document's id. Default: its field `uid`, which some document types lack. */
  readonly tag?: string;
  readonly description: string;
  /** Description of the parameter `uid`. */
  readonly uidDescription: string;
  /** Selects and reduces a document about a person for a caller without full view. @throws ToolError */
  readonly people?: (rows: readonly Resource[], api: LfxApi) => Promise<readonly Resource[]>;
  /** Applied to the document. */
  readonly present?: Present;
};

export function lookupTool(spec: LookupSpec) {
  const { name, resultLimit, type, tag, description, uidDescription, people, present } = spec;
  return lfxTool(name, {
    description,
    ...(resultLimit && { resultLimit }),
    input: z.strictObject({ uid: id(uidDescription) }),
    output: resource(),
    run: async ({ uid }, { api }) => {
      const operation = toOperation(name);
      const condition = tag ? { tags: [`${tag}:${uid}`] } : { uid };
      const query = { type, operation, ...condition, requested: { id: uid }, pageSize: 1, sort: "name_asc" };
      const found = (await search(api, query)).resources.slice(0, 1);
      const visible = people && !api.viewer.fullView ? await people(found, api) : found;
      const trimmed = visible.map((item) => trimResource(api, type, item));
      const [shown] = (await present?.(trimmed, api, {}))?.rows ?? trimmed;
      if (shown) return shown;
      throw new ToolError("not_found", `Failed to ${operation}: none with the uid ${uid} is visible to you`, {
        hint: ACCESS_ADVICE,
      });
    },
  });
}
