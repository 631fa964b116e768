import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import * as z from "zod";
import { settingsFields } from "./committee-fields.ts";
import {
  type Answers,
  type ApiRequest,
  type Fields,
  type RecordKind,
  type Records,
  Refusal,
  type Route,
} from "./routes.ts";

/** Types of documents that only searches find. */
type IndexedKind =
  | "v1_meeting"
  | "v1_meeting_registrant"
  | "v1_past_meeting_participant"
  | "v1_past_meeting_recording"
  | "v1_past_meeting_transcript"
  | "v1_past_meeting_summary"
  | "b2b_org";

export type DocumentKind = RecordKind | IndexedKind;

/** The documents at the start. */
export type SandboxData = Readonly<Partial<Record<DocumentKind, readonly Fields[]>>>;

/** Records in memory, and the query service over them. Changes last as long as the store. */
export type Store = {
  readonly records: Records;
  readonly query: Answers<"count" | "resources">;
  /** The seats of the company that a request's path names, on one page. */
  readonly seats: Route["answer"];
  /** Returns all records as JSON. */
  readonly save: () => unknown;
  /** Replaces all records by saved ones. Ignores what is damaged. */
  readonly load: (saved: unknown) => void;
};

/** A further record is refused. */
const MAX_RECORDS = 10_000;

type Row = { readonly fields: Fields; readonly revision: number };

const savedRow = z.object({ fields: z.record(z.string(), z.unknown()), revision: z.int().positive() });
const savedTables = z.array(z.tuple([z.string(), z.array(z.tuple([z.string(), savedRow]))]));

export function createStore(data: SandboxData, now: () => number): Store {
  const tables = new Map<string, Map<string, Row>>();
  const tableOf = (kind: string): Map<string, Row> => {
    const table = tables.get(kind) ?? new Map<string, Row>();
    tables.set(kind, table);
    return table;
  };
  for (const [kind, documents] of Object.entries(data)) {
    for (const fields of documents) tableOf(kind).set(keyOf(kind, fields), { fields, revision: 1 });
  }
  const get = (kind: RecordKind, key: unknown): Fields | undefined => tableOf(kind).get(String(key))?.fields;
  const rowsOf = (kind: string): readonly Fields[] => [...tableOf(kind).values()].map(({ fields }) => fields);

  const put = (kind: RecordKind, fields: Fields): Fields => {
    const table = tableOf(kind);
    const key = keyOf(kind, fields);
    const before = table.get(key);
    const total = [...tables.values()].reduce((sum, { size }) => sum + size, 0);
    if (!before && total >= MAX_RECORDS) throw new Refusal(503, "The sandbox is full. Restart it.");
    const time = new Date(now()).toISOString();
    const saved = { ...fields, created_at: before?.fields.created_at ?? time, updated_at: time };
    table.set(key, { fields: saved, revision: (before?.revision ?? 0) + 1 });
    return saved;
  };

  /** The fields that a new record has from what it belongs to. */
  const created: Readonly<Partial<Record<RecordKind, (request: ApiRequest, fields: Fields) => Fields>>> = {
    committee: (_, fields) => {
      const project = get("project", fields.project_uid);
      if (!project) throw new Refusal(404, "project not found");
      return { project_name: project.name, project_slug: project.slug };
    },
    committee_member: ({ ids: [uid] }, fields) => {
      const committee = get("committee", uid);
      if (!committee) throw new Refusal(404, "committee not found");
      const isTaken = (one: Fields) => one.committee_uid === uid && one.email === fields.email;
      if (rowsOf("committee_member").some(isTaken)) throw new Refusal(409, "member already exists");
      const { name, category, project_uid, project_slug } = committee;
      return {
        committee_uid: uid,
        committee_name: name,
        committee_category: category,
        project_uid,
        project_slug,
      };
    },
    key_contact: ({ ids: [uid] }) => {
      const { project_uid, b2b_org_uid, tier_uid, company_name } = get("project_membership", uid) ?? {};
      return { membership_uid: uid, project_uid, b2b_org_uid, tier_uid, company_name };
    },
  };

  const create = (kind: RecordKind, request: ApiRequest, given: Fields): Fields => {
    const fields = { ...given, ...created[kind]?.(request, given), uid: randomUUID() };
    if (kind !== "committee") return put(kind, fields);
    const isSetting = ([name]: readonly [string, unknown]) => Object.hasOwn(settingsFields, name);
    const all = Object.entries(fields);
    put("committee_settings", { uid: fields.uid, ...Object.fromEntries(all.filter(isSetting)) });
    put("committee", Object.fromEntries(all.filter((entry) => !isSetting(entry))));
    return fields;
  };

  const find: Records["find"] = (kind, { ids }) => {
    const row = tableOf(kind).get(ids.at(-1) ?? "");
    // The first of two ids names the record that this one belongs to.
    if (!row || (ids.length > 1 && !PARENTS.some((name) => String(row.fields[name]) === ids[0])))
      return undefined;
    return { fields: countMembers(kind, row.fields), revision: String(row.revision) };
  };
  const countMembers = (kind: RecordKind, fields: Fields): Fields => {
    if (kind !== "committee") return fields;
    const members = rowsOf("committee_member").filter((one) => one.committee_uid === fields.uid);
    return { ...fields, total_members: members.length };
  };

  return {
    save: () => [...tables].map(([kind, rows]) => [kind, [...rows]]),
    load: (saved) => {
      const { data } = savedTables.safeParse(saved);
      if (!data) return;
      tables.clear();
      for (const [kind, rows] of data) tables.set(kind, new Map(rows));
    },
    records: {
      find,
      save: (kind, request, fields) =>
        request.method === "POST" ? create(kind, request, fields) : put(kind, fields),
      remove: (kind, { ids }) => {
        tableOf(kind).delete(ids.at(-1) ?? "");
        if (kind !== "committee") return;
        tableOf("committee_settings").delete(ids[0] ?? "");
        for (const { uid, committee_uid } of rowsOf("committee_member"))
          if (committee_uid === ids[0]) tableOf("committee_member").delete(String(uid));
      },
    },
    seats: ({ ids: [company], query }) => {
      const projects = query.getAll("project_uids");
      const seats = rowsOf("committee_member").filter(
        (one) =>
          valuesOf(one, "organization.id").includes(company ?? "") &&
          (projects.length === 0 || projects.includes(String(one.project_uid))),
      );
      return { body: { seats: seats.map(toSeat) } };
    },
    query: {
      resources: ({ query }) => {
        const type = query.get("type") ?? "";
        const found = sort(type, query.get("sort") ?? "name_asc", select(rowsOf(type), query));
        const start = Number(Buffer.from(query.get("page_token") ?? "", "base64url").toString()) || 0;
        const end = start + Number(query.get("page_size") ?? 50);
        const resources = found
          .slice(start, end)
          .map((data) => ({ type, id: `${type}:${keyOf(type, data)}`, data }));
        const token = Buffer.from(String(end)).toString("base64url");
        return { body: { resources, ...(end < found.length && { page_token: token }) } };
      },
      count: ({ query }) => {
        const found = select(rowsOf(query.get("type") ?? ""), query);
        const prefix = query.get("group_by");
        const groups = prefix ? groupBy(found, prefix) : undefined;
        return {
          body: {
            count: found.length,
            has_more: false,
            ...(groups && { groups: groups.slice(0, Number(query.get("group_by_size") ?? 100)) }),
            ...(groups && { groups_complete: true }),
          },
        };
      },
    },
  };
}

function toSeat(member: Fields): Fields {
  const [role_name = "None"] = valuesOf(member, "role.name");
  const [voting_status = "None"] = valuesOf(member, "voting.status");
  const [organization_id] = valuesOf(member, "organization.id");
  const is_org_editable = member.appointed_by === "Membership Entitlement";
  return { ...member, role_name, voting_status, organization_id, is_org_editable };
}

/** The field with a document's key; default: `uid`, or else `id`. */
const KEYS: Readonly<Record<string, string>> = {
  groupsio_mailing_list: "group_id",
  groupsio_member: "member_id",
};

function keyOf(kind: string, fields: Fields): string {
  return String(fields[KEYS[kind] ?? "uid"] ?? fields.id);
}

const PARENTS = ["committee_uid", "membership_uid", "group_id"];

/** Tags and parents whose field has another name. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  committee_uid: ["committee_uid", "committees.uid"],
  meeting_id: ["meeting_id", "id"],
  organization_name: ["organization.name"],
  past_meeting_participant_uid: ["uid"],
  past_meeting_summary_id: ["id"],
  past_meeting_uid: ["meeting_and_occurrence_id"],
  meeting_uid: ["meeting_id"],
  registrant_uid: ["uid"],
  voting_status: ["voting.status"],
};

/** All values of a field, which can be nested, also in a list. */
function valuesOf(document: Fields, name: string): readonly string[] {
  return (FIELDS[name] ?? [name]).flatMap((path) =>
    path
      .split(".")
      .reduce<unknown[]>(
        (values, key) => values.flatMap((value) => (value as Fields | undefined)?.[key] ?? []),
        [document],
      )
      .map(String),
  );
}

function matches(document: Fields, pair: string): boolean {
  const [name = "", ...value] = pair.split(":");
  return valuesOf(document, name).includes(value.join(":"));
}

/** The documents that satisfy all conditions of a query. */
function select(documents: readonly Fields[], query: URLSearchParams): readonly Fields[] {
  const [parentType, parentUid] = (query.get("parent") ?? "").split(":");
  const parentField = query.get("type") === "project" ? "parent_uid" : `${parentType}_uid`;
  const all = ["tags_all", "filters", "filters_all"].flatMap((name) => query.getAll(name));
  const any = ["tags", "filters_or"].map((name) => query.getAll(name)).filter(({ length }) => length > 0);
  const words = (query.get("name") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return documents.filter(
    (document) =>
      (!parentUid || matches(document, `${parentField}:${parentUid}`)) &&
      all.every((pair) => matches(document, pair)) &&
      any.every((pairs) => pairs.some((pair) => matches(document, pair))) &&
      words.every((word) => wordsOf(document).some((one) => one.startsWith(word))) &&
      isInRange(document, query),
  );
}

const NAMES = (
  "name slug title display_name first_name last_name username email company_name company_domain primary_domain " +
  "committee_name group_name zoom_meeting_topic summary_title"
).split(" ");

function wordsOf(document: Fields): readonly string[] {
  return NAMES.flatMap((name) => String(document[name] ?? "").toLowerCase())
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
    .filter(Boolean);
}

/** Both ends are inclusive; a date means its whole day in UTC. */
function isInRange(document: Fields, query: URLSearchParams): boolean {
  const field = query.get("date_field");
  if (!field) return true;
  const time = Date.parse(String(document[field] ?? ""));
  const from = query.get("date_from");
  const to = query.get("date_to");
  const end = to && /^\d{4}-\d\d-\d\d$/.test(to) ? `${to}T23:59:59.999Z` : to;
  return !Number.isNaN(time) && (!from || time >= Date.parse(from)) && (!end || time <= Date.parse(end));
}

/** The fields that `name_asc` and `name_desc` compare. */
const SORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  committee_member: ["first_name"],
  groupsio_member: ["last_name", "first_name"],
  v1_meeting_registrant: ["email"],
  v1_past_meeting: ["start_time"],
  v1_past_meeting_participant: ["email"],
  v1_past_meeting_summary: ["zoom_meeting_topic"],
};

function sort(type: string, order: string, documents: readonly Fields[]): readonly Fields[] {
  const names = order.startsWith("updated")
    ? ["updated_at"]
    : (SORT_NAMES[type] ?? ["name", "title", "company_name"]);
  const textOf = (document: Fields) => names.map((name) => String(document[name] ?? "")).join(" ");
  const sorted = documents.toSorted((a, b) => textOf(a).localeCompare(textOf(b), "en"));
  return order.endsWith("_desc") ? sorted.toReversed() : sorted;
}

/** The number of documents by value of a tag, the largest first. */
function groupBy(documents: readonly Fields[], name: string) {
  const counts = new Map<string, number>();
  for (const value of documents.flatMap((one) => valuesOf(one, name)))
    counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].map(([key, count]) => ({ key, count })).toSorted((a, b) => b.count - a.count);
}
