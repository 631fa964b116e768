import { queryRoutes } from "../../../src/platforms/lfx/sandbox/query.ts";
import type { Bearer } from "../../../src/platforms/lfx/sandbox/routes.ts";
import { PROJECTS } from "./projects.ts";

type Document = Readonly<Record<string, unknown>> & { readonly uid: string };

function project(slug: string, uid: string): Document {
  return { uid, slug, name: slug };
}

/** The fields by which a document belongs to a parent of each type. */
const PARENT_FIELDS: Readonly<Record<string, string>> = {
  committee: "committee_uid",
  meeting: "meeting_id",
  past_meeting: "meeting_and_occurrence_id",
};

/** What a record about a person says besides their name. */
const PLACE = {
  committee_uid: "b0000000-0000-4000-8000-000000000001",
  meeting_id: "9",
  meeting_and_occurrence_id: "9-1",
};

/** The documents about a person. */
const PEOPLE = ["committee_member", "v1_meeting_registrant", "v1_past_meeting_participant"];

/** The documents of a type that a caller may see: public ones, and one with their own name. */
function documentsOf(type: string, { subject }: Bearer): Document[] {
  const about = PEOPLE.includes(type) && { ...PLACE, username: subject };
  const own = { uid: "own", name: `${type} of ${subject}`, ...about };
  if (type !== "project") return [own];
  return [...Object.entries(PROJECTS).map(([slug, uid]) => project(slug, uid)), own];
}

/** The tags by which one document is looked up. */
const ID_TAGS = ["meeting_id", "past_meeting_summary_id"];

function split(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((one) => [one.slice(0, one.indexOf(":")), one.slice(one.indexOf(":") + 1)]),
  );
}

function find(query: URLSearchParams, bearer: Bearer): Document[] {
  const type = query.get("type") ?? "";
  const expected = split(["filters", "filters_all"].flatMap((name) => query.getAll(name)));
  // Projects are filtered by slug; any other filter is satisfied by every document.
  if (type === "project" && expected.slug !== undefined)
    return documentsOf(type, bearer).filter(({ slug }) => slug === expected.slug);
  // So is a tag with a document's own id.
  const tags = split(query.getAll("tags_all"));
  const uid = ID_TAGS.map((tag) => tags[tag]).find(Boolean);
  const [parent = "", id] = query.get("parent")?.split(":") ?? [];
  const field = PARENT_FIELDS[parent];
  return documentsOf(type, bearer).map((document) => ({
    ...document,
    ...(field && { [field]: id }),
    ...expected,
    ...(uid && { uid }),
  }));
}

/** The query service. */
export const QUERY_ROUTES = queryRoutes({
  count: ({ query, bearer }) => {
    const count = find(query, bearer).length;
    const tag = query.get("group_by");
    // All documents belong to the first value of the tag that the request names.
    const [key = "own"] = query.getAll("tags").flatMap((one) => one.split(`${tag}:`)[1] ?? []);
    const groups = { groups: [{ key, count }], groups_complete: true };
    return { body: { count, has_more: false, ...(tag && count > 0 && groups) } };
  },
  resources: ({ query, bearer }) => {
    const type = query.get("type") ?? "";
    const data = find(query, bearer).slice(0, Number(query.get("page_size") ?? 50));
    return { body: { resources: data.map((one) => ({ type, id: `${type}:${one.uid}`, data: one })) } };
  },
});
