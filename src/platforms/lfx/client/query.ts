import * as z from "zod";
import { isObject, type JsonObject } from "../../../shared/json.ts";

import type { LfxApi, Query } from "../api.ts";
import { unusableResponse } from "../errors.ts";

/** One document of the index: its key, and what was indexed of it. */
export type Resource = { readonly type?: string; readonly id?: string; readonly data?: JsonObject };

export type ResourcePage = { readonly resources: readonly Resource[]; readonly page_token?: string };

/** Which documents to find. Whatever is given must hold together: every list is joined with AND. */
export type SearchQuery = {
  readonly type: string;
  /** What the search is for, as it stands in an error behind "Failed to". */
  readonly operation: string;
  readonly name?: string | undefined;
  /** `project:<uid>`: documents below that one. */
  readonly parent?: string | undefined;
  readonly tags?: readonly string[];
  /** `field:value`, exactly, on the document's own fields. */
  readonly filters?: readonly string[];
  readonly dates?: { readonly field: string; readonly from?: string; readonly to?: string } | undefined;
  readonly sort?: string | undefined;
  readonly pageSize?: number | undefined;
  readonly pageToken?: string | undefined;
};

export const DEFAULT_PAGE_SIZE = 10;

function parameters(search: SearchQuery): Query {
  return {
    v: 1,
    type: search.type,
    name: search.name,
    parent: search.parent,
    tags_all: search.tags,
    filters_all: search.filters,
    ...(search.dates && {
      date_field: search.dates.field,
      date_from: search.dates.from,
      date_to: search.dates.to,
    }),
    sort: search.sort,
    page_size: search.pageSize ?? DEFAULT_PAGE_SIZE,
    page_token: search.pageToken,
  };
}

const answerSchema = z.looseObject({
  resources: z.array(z.looseObject({})).nullish(),
  page_token: z.string().nullish(),
});

function resourceOf({ type, id, data }: JsonObject): Resource {
  return {
    ...(typeof type === "string" && { type }),
    ...(typeof id === "string" && { id }),
    ...(data !== undefined && data !== null && { data: isObject(data) ? data : { _raw: data } }),
  };
}

/**
 * Asks the query service, behind all searches, for one page.
 * @throws ToolError
 */
export async function search({ lfx }: Pick<LfxApi, "lfx">, wanted: SearchQuery): Promise<ResourcePage> {
  const { operation } = wanted;
  const answer = await lfx.send({
    method: "GET",
    path: "/query/resources",
    query: parameters(wanted),
    operation,
  });
  const parsed = answerSchema.safeParse(answer.json());
  if (!parsed.success) throw unusableResponse(operation, "the answer is no list of resources");
  const { resources, page_token: pageToken } = parsed.data;
  return { resources: (resources ?? []).map(resourceOf), ...(pageToken && { page_token: pageToken }) };
}
