import * as z from "zod";
import {
  CATEGORIES,
  committee,
  memberFields,
  type RecordKind,
  replaceRecord,
  settingsFields,
} from "./committee-fields.ts";
import { type ApiRequest, type Route, V1 } from "./routes.ts";

/** The revision of all records. */
const REVISION = "7";
const ETAG = { etag: REVISION };

const SYNC = { "x-sync": /^false$/ };
const CHANGES = { ...SYNC, "if-match": /^\d+$/ };

/** Of writes to members. */
const SKIPS = { "x-skip-notification": /^(?:true|false)?$/, "x-skip-enrichment": /^(?:true|false)?$/ };

/** Rejects updates and deletes with another revision. */
function unlessStale(work: Route["answer"]): Route["answer"] {
  return (request) =>
    request.headers["if-match"] === REVISION
      ? work(request)
      : { status: 409, body: { message: "the resource has changed" } };
}

function sight({ bearer }: ApiRequest): string {
  return `As ${bearer.subject} sees it.`;
}

function base(request: ApiRequest) {
  return {
    uid: request.ids[0],
    project_uid: "a0000000-0000-4000-8000-000000000001",
    name: "Board",
    category: CATEGORIES[1],
    description: sight(request),
    mailing_list: "board@lists.test",
    chat_channel: "https://chat.test/board",
    join_mode: "open",
    public: true,
    deliverables: ["A roadmap"],
    key_dates: [{ date: "2026-01", label: "First meeting" }],
    total_members: 5,
  };
}

function settings({ ids: [uid] }: ApiRequest) {
  return {
    uid,
    business_email_required: false,
    member_visibility: "hidden",
    show_meeting_attendees: false,
    has_chat_webhook: false,
    writers: [{ username: "carol" }],
  };
}

function member(request: ApiRequest) {
  return {
    uid: request.ids[1],
    committee_uid: request.ids[0],
    email: "dora@company.test",
    first_name: "Dora",
    appointed_by: "Community",
    status: "Active",
    organization: { id: "o1", name: "Company", website: "https://company.test" },
    job_title: sight(request),
  };
}

function changed(
  kind: RecordKind,
  before: (request: ApiRequest) => Record<string, unknown>,
): Route["answer"] {
  return (request) => ({ body: replaceRecord(kind, before(request), request.body) });
}

function created(uid: string): Route["answer"] {
  return ({ body: { chat_webhook_url: _, ...fields } }) => ({ status: 201, body: { uid, ...fields } });
}

const gone: Route["answer"] = () => ({ status: 204 });

export const COMMITTEE_ROUTES: readonly Route[] = [
  { at: "GET /committees/:uuid", answer: (request) => ({ body: base(request), headers: ETAG }) },
  { at: "GET /committees/:uuid/settings", answer: (request) => ({ body: settings(request), headers: ETAG }) },
  {
    at: "GET /committees/:uuid/members/:uuid",
    query: V1,
    answer: (request) => ({ body: member(request), headers: ETAG }),
  },
  {
    at: "POST /committees",
    query: V1,
    headers: SYNC,
    json: z.looseObject({ ...committee, ...settingsFields }),
    answer: created("b0000000-0000-4000-8000-000000000009"),
  },
  {
    at: "PUT /committees/:uuid",
    query: V1,
    headers: CHANGES,
    json: z.looseObject(committee),
    answer: unlessStale(changed("committee", base)),
  },
  {
    at: "PUT /committees/:uuid/settings",
    query: V1,
    headers: CHANGES,
    json: z.looseObject({ ...settingsFields, business_email_required: z.boolean() }),
    answer: unlessStale(changed("settings", settings)),
  },
  { at: "DELETE /committees/:uuid", query: V1, headers: CHANGES, answer: unlessStale(gone) },
  {
    at: "POST /committees/:uuid/members",
    query: V1,
    headers: { ...SYNC, ...SKIPS },
    json: z.looseObject(memberFields),
    answer: created("c0000000-0000-4000-8000-000000000009"),
  },
  {
    at: "PUT /committees/:uuid/members/:uuid",
    query: V1,
    headers: { ...CHANGES, "x-skip-enrichment": SKIPS["x-skip-enrichment"] },
    json: z.looseObject(memberFields),
    answer: unlessStale(changed("member", member)),
  },
  {
    at: "DELETE /committees/:uuid/members/:uuid",
    query: V1,
    headers: { ...CHANGES, "x-skip-notification": SKIPS["x-skip-notification"] },
    answer: unlessStale(gone),
  },
];
