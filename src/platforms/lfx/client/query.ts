import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import { isObject, type JsonObject } from "../../../shared/json.ts";
import type { LfxApi, Query } from "../api.ts";
import { assertSameRecord, unusableResponse } from "../errors.ts";

/** One document of the search index: its key, and the indexed fields. */
export type Resource = { readonly type?: string; readonly id?: string; readonly data?: JsonObject };

export type ResourcePage = { readonly resources: readonly Resource[]; readonly page_token?: string };

/** A query for documents of one type. All conditions are combined with AND. */
export type SearchQuery = {
  readonly type: string;
  /** Completes "Failed to ..." in errors. */
  readonly operation: string;
  /** Prefixes of words in the document's names. */
  readonly name?: string | undefined;
  /** `project:<uid>`: documents below that one. */
  readonly parent?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  /** Tags of which one is enough. */
  readonly anyTags?: readonly string[] | undefined;
  /** `field:value`, exact match on a field of the document. */
  readonly filters?: readonly string[] | undefined;
  /** Filters of which one is enough. */
  readonly anyFilters?: readonly string[] | undefined;
  /** The document's own `uid`. */
  readonly uid?: string | undefined;
  readonly dates?: { readonly field: string; readonly from?: string; readonly to?: string } | undefined;
  readonly sort?: string | undefined;
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
  /** The record that every document must be, or belong to by one of `fields`. */
  readonly requested?: { readonly id: string; readonly fields?: readonly string[] } | undefined;
};

export const DEFAULT_PAGE_SIZE = 10;

/** Fetches one page from the query service, which serves every search. @throws ToolError */
export async function search({ lfx }: Pick<LfxApi, "lfx">, query: SearchQuery): Promise<ResourcePage> {
  const { operation, requested } = query;
  const parameters: Query = {
    ...toConditions(query),
    sort: query.sort,
    page_size: query.pageSize ?? DEFAULT_PAGE_SIZE,
    page_token: query.pageToken,
  };
  const response = await lfx.send({ method: "GET", path: "/query/resources", query: parameters, operation });
  const parsed = responseSchema.safeParse(response.json());
  if (!parsed.success) throw unusableResponse(operation, "the response is not a list of resources");
  const { page_token: pageToken } = parsed.data;
  const resources = (parsed.data.resources ?? []).map(toResource);
  for (const { data = {} } of requested ? resources : []) {
    assertSameRecord(data, requested?.id ?? "", operation, requested?.fields);
  }
  return { resources, ...(pageToken && { page_token: pageToken }) };
}

/** Of a list that is read whole. */
const MAX_PAGES = 200;

const FULL_PAGE_SIZE = 100;

/** Fetches all pages of a search, of whose documents only what `pick` returns is kept. @throws ToolError */
export function searchAll<Row>(
  api: Pick<LfxApi, "lfx">,
  query: SearchQuery,
  pick: (document: Resource) => Row,
): Promise<readonly Row[]> {
  return readPages(query.operation, async (pageToken) => {
    const page = await search(api, { ...query, pageSize: FULL_PAGE_SIZE, pageToken });
    return { rows: page.resources.map(pick), next: page.page_token };
  });
}

/**
 * Reads pages to the end.
 * @param fetchPage gets the token of a page, which the first one has none of
 * @throws ToolError `upstream_error` after 200 pages: a part would look like the whole
 */
export async function readPages<Row>(
  operation: string,
  fetchPage: (
    token?: string,
  ) => Promise<{ readonly rows: readonly Row[]; readonly next?: string | undefined }>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  let token: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await fetchPage(token);
    rows.push(...page.rows);
    if (!page.next) return rows;
    token = page.next;
  }
  const message = `Failed to ${operation}: there are more than ${MAX_PAGES} pages`;
  throw new ToolError("upstream_error", message, { hint: "Ask for less: name one project or company." });
}

export type ResourceCount = {
  readonly count: number;
  /** False if there may be more. */
  readonly complete: boolean;
};

/** Counts the documents that the caller may see. @throws ToolError */
export async function count(api: Pick<LfxApi, "lfx">, query: SearchQuery): Promise<ResourceCount> {
  const { count, has_more: hasMore } = await sendCount(api, query);
  return { count, complete: !hasMore };
}

/** Groups of one count; the service's maximum. */
const MAX_GROUPS = 1000;

/**
 * Counts the documents that the caller may see by the value of a tag, `tag`. `errorBound` is the most by which a group can
 * be too small; `complete` is false if groups are missing.
 * @throws ToolError, also if the service counts without grouping, as old versions do
 */
export async function countBy(
  api: Pick<LfxApi, "lfx">,
  tag: string,
  query: SearchQuery,
): Promise<ResourceCount & { readonly groups: ReadonlyMap<string, number>; readonly errorBound: number }> {
  const grouping = { group_by: tag, group_by_size: MAX_GROUPS };
  const { count, groups, ...rest } = await sendCount(api, query, grouping);
  if (count > 0 && !groups?.length)
    throw unusableResponse(query.operation, "the response has no groups, so the count belongs to nothing");
  return {
    count,
    groups: new Map((groups ?? []).map(({ key, count }) => [key, count])),
    complete: !rest.has_more && rest.groups_complete !== false,
    errorBound: rest.group_count_error_upper_bound ?? 0,
  };
}

async function sendCount({ lfx }: Pick<LfxApi, "lfx">, query: SearchQuery, grouping: Query = {}) {
  const { operation } = query;
  const path = "/query/resources/count";
  const parameters = { ...toConditions(query), ...grouping };
  const response = await lfx.send({ method: "GET", path, query: parameters, operation });
  const parsed = countSchema.safeParse(response.json());
  if (!parsed.success) throw unusableResponse(operation, "the response is not a count");
  return parsed.data;
}

const size = z.int().min(0);

const countSchema = z.looseObject({
  count: size,
  has_more: z.boolean(),
  groups: z.array(z.looseObject({ key: z.string(), count: size })).nullish(),
  groups_complete: z.boolean().nullish(),
  group_count_error_upper_bound: size.nullish(),
});

function toConditions({ type, name, parent, uid, dates, ...query }: SearchQuery): Query {
  return {
    v: 1,
    type,
    name,
    parent,
    tags: query.anyTags,
    tags_all: query.tags,
    filters: uid && `uid:${uid}`,
    filters_all: query.filters,
    filters_or: query.anyFilters,
    ...(dates && { date_field: dates.field, date_from: dates.from, date_to: dates.to }),
  };
}

const responseSchema = z.looseObject({
  resources: z.array(z.looseObject({})).nullish(),
  page_token: z.string().nullish(),
});

function toResource({ type, id, data }: JsonObject): Resource {
  return {
    ...(typeof type === "string" && { type }),
    ...(typeof id === "string" && { id }),
    ...(data !== undefined && data !== null && { data: isObject(data) ? data : { _raw: data } }),
  };
}
