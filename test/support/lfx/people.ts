import type { HttpRequest } from "../../../src/http-client/types.ts";
import type { Viewer } from "../../../src/platforms/lfx/api.ts";
import { isObject, type JsonObject } from "../../../src/shared/json.ts";
import { callDirectly, type DirectReply } from "./direct.ts";

export type IndexedDocument = {
  readonly type: string;
  readonly data: JsonObject;
  /** `committee:c1` */
  readonly parents?: readonly string[];
  /** `email:ada@acme.example` */
  readonly tags?: readonly string[];
};

export type PeopleWorld = {
  readonly documents: readonly IndexedDocument[];
  /** `committee:c1#writer` */
  readonly granted?: readonly string[];
  /** Other replies, by method and path. */
  readonly replies?: Readonly<Record<string, DirectReply>>;
  readonly viewer?: Viewer;
};

export const ADA: Viewer = { fullView: false, username: "ada", email: "Ada@acme.example" };

function valueAt(data: unknown, path: string): unknown {
  return path.split(".").reduce((value, name) => (isObject(value) ? value[name] : undefined), data);
}

/** Finds documents as the query service does, except by name and date. */
function find({ documents }: PeopleWorld, query: URLSearchParams): readonly IndexedDocument[] {
  const hasField = (data: JsonObject, pair: string): boolean => {
    const [name = ""] = pair.split(":");
    return String(valueAt(data, name)) === pair.slice(name.length + 1);
  };
  return documents.filter(({ type, data, parents = [], tags = [] }) => {
    const [parent, anyTag, anyFilter] = [
      query.get("parent"),
      query.getAll("tags"),
      query.getAll("filters_or"),
    ];
    return (
      type === query.get("type") &&
      (parent === null || parents.includes(parent)) &&
      (anyTag.length === 0 || anyTag.some((tag) => tags.includes(tag))) &&
      query.getAll("tags_all").every((tag) => tags.includes(tag)) &&
      [...query.getAll("filters"), ...query.getAll("filters_all")].every((pair) => hasField(data, pair)) &&
      (anyFilter.length === 0 || anyFilter.some((pair) => hasField(data, pair)))
    );
  });
}

function answer(world: PeopleWorld, { method, url, body }: HttpRequest): DirectReply {
  const path = url.pathname.replace("/lfx", "");
  const reply = world.replies?.[`${method} ${path}`];
  if (reply) return reply;
  if (path === "/access-check") {
    const { requests } = JSON.parse(body ?? "{}") as { readonly requests: readonly string[] };
    const results = requests.map((one) => `${one}@user:ada@acme\t${world.granted?.includes(one) === true}`);
    return { body: { results: results.reverse() } };
  }
  const found = path.startsWith("/query/resources") ? find(world, url.searchParams) : undefined;
  if (path === "/query/resources/count") return { body: { count: found?.length, has_more: false } };
  if (!found) return { status: 404, body: { message: "no such resource" } };
  const size = Number(url.searchParams.get("page_size"));
  const start = Number(url.searchParams.get("page_token") ?? 0);
  const rows = found.slice(start, start + size);
  return {
    body: {
      resources: rows.map(({ type, data }) => ({ type, id: `${type}:${data.uid ?? data.id}`, data })),
      ...(start + size < found.length && { page_token: `${start + size}` }),
    },
  };
}

/** Calls a tool in a world of people. @returns the result or the error, and the requests, decoded, one per line */
export async function callAmongPeople(world: PeopleWorld, tool: string, args: JsonObject) {
  const sent: string[] = [];
  const reply = (request: HttpRequest): DirectReply => {
    const { method, url, body } = request;
    const checked = body === undefined ? "" : ` ${JSON.parse(body).requests?.join(" ") ?? ""}`;
    sent.push(`${method} ${url.pathname.replace("/lfx", "")}${decodeURIComponent(url.search)}${checked}`);
    return answer(world, request);
  };
  const outcome = await callDirectly(tool, args, { reply, viewer: world.viewer ?? ADA }).then(
    (result) => ({ result: result as JsonObject, error: undefined }),
    (error: Error & { readonly code?: string }) => ({ result: undefined, error }),
  );
  return { ...outcome, sent };
}

/** The data of a search's rows. */
export function rowsOf(result: JsonObject | undefined): readonly unknown[] {
  return ((result?.resources ?? []) as readonly { readonly data: unknown }[]).map(({ data }) => data);
}
