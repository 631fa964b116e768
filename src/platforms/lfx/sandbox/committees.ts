import * as z from "zod";
import {
  committee,
  memberFields,
  type ReplacedKind,
  replaceRecord,
  settingsFields,
} from "./committee-fields.ts";
import {
  type ApiAnswer,
  type ApiRequest,
  type Fields,
  notFound,
  once,
  type RecordKind,
  type Records,
  type Route,
  reader,
  repeated,
  V1,
} from "./routes.ts";

const SYNC = { "x-sync": /^false$/ };
const CHANGES = { ...SYNC, "if-match": /^\d+$/ };

/** Of writes to members. */
const SKIPS = { "x-skip-notification": /^(?:true|false)?$/, "x-skip-enrichment": /^(?:true|false)?$/ };

const SEATS = z.strictObject({
  v: once(z.literal("1")),
  project_uids: repeated().optional(),
  page_size: once(z.string().regex(/^\d+$/)).optional(),
  page_token: once(z.string().min(1)).optional(),
});

/** The committee service. @param seats answers with a page of the seats of the company that the path names */
export function committeeRoutes(records: Records, seats: Route["answer"]): readonly Route[] {
  /** Rejects updates and deletes with another revision. */
  const change =
    (kind: RecordKind, work: (request: ApiRequest, before: Fields) => ApiAnswer): Route["answer"] =>
    (request) => {
      const found = records.find(kind, request);
      if (!found) return notFound;
      return request.headers["if-match"] === found.revision
        ? work(request, found.fields)
        : { status: 409, body: { message: "the resource has changed" } };
    };
  const update = (kind: RecordKind, part: ReplacedKind) =>
    change(kind, (request, before) => ({
      body: records.save(kind, request, replaceRecord(part, before, request.body)),
    }));
  const remove = (kind: RecordKind) =>
    change(kind, (request) => {
      records.remove(kind, request);
      return { status: 204 };
    });
  const create =
    (kind: RecordKind): Route["answer"] =>
    (request) => {
      const { chat_webhook_url: _, ...fields } = request.body;
      return { status: 201, body: records.save(kind, request, fields) };
    };
  return [
    { at: "GET /committees/b2b-org/:org/seats", query: SEATS, answer: seats },
    { at: "GET /committees/:uuid", answer: reader(records, "committee") },
    { at: "GET /committees/:uuid/settings", answer: reader(records, "committee_settings") },
    {
      at: "GET /committees/:uuid/members/:uuid",
      query: V1,
      answer: reader(records, "committee_member"),
    },
    {
      at: "POST /committees",
      query: V1,
      headers: SYNC,
      json: z.looseObject({ ...committee, ...settingsFields }),
      answer: create("committee"),
    },
    {
      at: "PUT /committees/:uuid",
      query: V1,
      headers: CHANGES,
      json: z.looseObject(committee),
      answer: update("committee", "committee"),
    },
    {
      at: "PUT /committees/:uuid/settings",
      query: V1,
      headers: CHANGES,
      json: z.looseObject({ ...settingsFields, business_email_required: z.boolean() }),
      answer: update("committee_settings", "settings"),
    },
    { at: "DELETE /committees/:uuid", query: V1, headers: CHANGES, answer: remove("committee") },
    {
      at: "POST /committees/:uuid/members",
      query: V1,
      headers: { ...SYNC, ...SKIPS },
      json: z.looseObject(memberFields),
      answer: create("committee_member"),
    },
    {
      at: "PUT /committees/:uuid/members/:uuid",
      query: V1,
      headers: { ...CHANGES, "x-skip-enrichment": SKIPS["x-skip-enrichment"] },
      json: z.looseObject(memberFields),
      answer: update("committee_member", "member"),
    },
    {
      at: "DELETE /committees/:uuid/members/:uuid",
      query: V1,
      headers: { ...CHANGES, "x-skip-notification": SKIPS["x-skip-notification"] },
      answer: remove("committee_member"),
    },
  ];
}
