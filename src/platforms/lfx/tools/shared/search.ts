import * as z from "zod";
import type { AnyTool } from "../../../../mcp/tool.ts";
import type { JsonObject } from "../../../../shared/json.ts";
import type { LfxApi } from "../../api.ts";
import { DEFAULT_PAGE_SIZE, type ResourcePage, type SearchQuery, search } from "../../client/query.ts";
import type { ToolName } from "../../policy.ts";
import { lfxTool } from "./define.ts";
import { type DateFields, dateFields, id, page, paging, resource, text, toDateRange } from "./fields.ts";
import { findOne } from "./records.ts";

/** How a parameter narrows a search: by the document it is below, by a tag, or by a field of its own. */
export type Filter = {
  readonly by: "parent" | "tag" | "filter";
  /** The parent's type, the tag's name, or the field. */
  readonly key: string;
  readonly description: string;
  /** Where it is no id. */
  readonly schema?: typeof id;
  readonly isRequired?: boolean;
};

export type SearchSpec = {
  readonly name: ToolName;
  /** Type of the documents. */
  readonly type: string;
  readonly operation: string;
  readonly description: string;
  /** The fields of a document, with spaces between. */
  readonly fields: string;
  /** The parameter that is matched against names, where there is one, and what it says of itself. */
  readonly nameFilter?: { readonly parameter: "name" | "search_name"; readonly description: string };
  /**
   * By parameter. The service takes one parent: of several that are given the first is asked for as such, the others
   * by the documents' fields, which have the names of the parameters.
   */
  readonly filters: Readonly<Record<string, Filter>>;
  /** A filter, `field:value`, that holds unless the caller lifts it by a parameter. */
  readonly defaultFilter?: {
    readonly filter: string;
    readonly liftedBy: string;
    readonly description: string;
  };
  readonly dates?: DateFields;
  readonly sort: "by name" | "as given" | "none";
  /** What is not passed on of a document. */
  readonly transform?: (data: JsonObject) => JsonObject;
};

const SORTS = ["name_asc", "name_desc", "updated_asc", "updated_desc"] as const;

function parameterOf({ description, schema = id, isRequired }: Filter): z.ZodType {
  return isRequired ? schema(description) : schema(description).optional();
}

function shapeOf({
  nameFilter: named,
  filters: narrowings,
  defaultFilter: always,
  dates,
  sort,
}: SearchSpec): z.ZodRawShape {
  return {
    ...(named && { [named.parameter]: text(named.description, 500).optional() }),
    ...Object.fromEntries(
      Object.entries(narrowings).map(([name, narrowing]) => [name, parameterOf(narrowing)]),
    ),
    ...(always && { [always.liftedBy]: z.boolean().optional().describe(always.description) }),
    ...(dates && dateFields(dates)),
    ...(sort === "as given" && { sort: z.enum(SORTS).optional().describe("Order; name_asc if left out.") }),
    ...paging,
  };
}

type Given = Readonly<Record<string, unknown>>;

function textOf(given: Given, name: string): string | undefined {
  const value = given[name];
  return typeof value === "string" ? value : undefined;
}

function narrowed(
  { filters: narrowings, defaultFilter: always }: SearchSpec,
  given: Given,
): Pick<SearchQuery, "parent" | "tags" | "filters"> {
  const found = Object.entries(narrowings).flatMap(([name, { by, key }]) => {
    const value = textOf(given, name);
    return value === undefined ? [] : [{ by, name, key, value }];
  });
  const [parent, ...others] = found.filter(({ by }) => by === "parent");
  const filters = [
    ...others.map(({ name, value }) => `${name}:${value}`),
    ...found.filter(({ by }) => by === "filter").map(({ key, value }) => `${key}:${value}`),
    ...(always && given[always.liftedBy] !== true ? [always.filter] : []),
  ];
  return {
    parent: parent && `${parent.key}:${parent.value}`,
    tags: found.filter(({ by }) => by === "tag").map(({ key, value }) => `${key}:${value}`),
    filters,
  };
}

function sortOf({ sort }: SearchSpec, given: Given): string | undefined {
  return sort === "none" ? undefined : (textOf(given, "sort") ?? "name_asc");
}

const HIDDEN =
  "This page is shorter than asked for because rows on it are hidden from this caller, and there are more pages. " +
  "Ask for the next page with page_token, for a larger page_size, or with a narrower search.";

/** LFX takes out what the caller may not see after it has cut the page. */
function withWarning(found: ResourcePage, pageSize: number): object {
  return found.page_token && found.resources.length < pageSize ? { ...found, warnings: [HIDDEN] } : found;
}

/** Finds one page, as the parameters of a row ask for it. */
export async function runSearch(row: SearchSpec, given: Given, api: LfxApi): Promise<object> {
  const pageSize = typeof given.page_size === "number" ? given.page_size : DEFAULT_PAGE_SIZE;
  const found = await search(api, {
    type: row.type,
    operation: row.operation,
    name: row.nameFilter && textOf(given, row.nameFilter.parameter),
    ...narrowed(row, given),
    dates: row.dates && toDateRange(row.dates, given),
    sort: sortOf(row, given),
    pageSize,
    pageToken: textOf(given, "page_token"),
  });
  const { transform: tidy } = row;
  const resources = tidy
    ? found.resources.map((one) => ({ ...one, ...(one.data && { data: tidy(one.data) }) }))
    : found.resources;
  return withWarning({ ...found, resources }, pageSize);
}

/** A search as a tool. */
export function searchTool(row: SearchSpec): AnyTool<LfxApi> {
  return lfxTool(row.name, {
    description: row.description,
    input: z.strictObject(shapeOf(row)),
    output: page(row.fields),
    run: (given, { api }) => runSearch(row, given, api),
  });
}

/** A tool that reads one document of the index by its id. */
export type LookupSpec = {
  readonly name: ToolName;
  /** Type of the document. */
  readonly type: string;
  /** The tag that holds its id: documents of some types have no field `uid` to ask for. */
  readonly tag: string;
  /** What it is called in errors, `meeting`. */
  readonly noun: string;
  readonly description: string;
  /** What the parameter `uid` says of itself. */
  readonly uidDescription: string;
  /** The fields of the document, with spaces between. */
  readonly fields: string;
};

/** A look-up as a tool. */
export function lookupTool({
  name,
  type,
  tag,
  noun: what,
  description,
  uidDescription: uid,
  fields,
}: LookupSpec): AnyTool<LfxApi> {
  return lfxTool(name, {
    description,
    input: z.strictObject({ uid: id(uid) }),
    output: resource(fields),
    run: (given, { api }) => findOne(api, { type, tag, what, uid: given.uid }),
  });
}
