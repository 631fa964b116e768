import * as z from "zod";
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
  readonly tags?: readonly string[];
  /** `field:value`, exact match on a field of the document. */
  readonly filters?: readonly string[];
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

/** How many documents there are; `complete` is false if there may be more. */
export type ResourceCount = { readonly count: number; readonly complete: boolean };

/** Counts the documents that the caller may see. @throws ToolError */
export async function count({ lfx }: Pick<LfxApi, "lfx">, query: SearchQuery): Promise<ResourceCount> {
  const { operation } = query;
  const path = "/query/resources/count";
  const response = await lfx.send({ method: "GET", path, query: toConditions(query), operation });
  const parsed = countSchema.safeParse(response.json());
  if (!parsed.success) throw unusableResponse(operation, "the response is not a count");
  return { count: parsed.data.count, complete: !parsed.data.has_more };
}

const countSchema = z.looseObject({ count: z.int().min(0), has_more: z.boolean() });

function toConditions({ type, name, parent, tags, filters, dates }: SearchQuery): Query {
  return {
    v: 1,
    type,
    name,
    parent,
    tags_all: tags,
    filters_all: filters,
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
