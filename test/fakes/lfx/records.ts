import { CATEGORIES } from "../../../src/platforms/lfx/sandbox/committee-fields.ts";
import type {
  ApiAnswer,
  ApiRequest,
  Fields,
  RecordKind,
  Records,
} from "../../../src/platforms/lfx/sandbox/routes.ts";
import { PROJECTS, slugOf } from "./projects.ts";

/** The revision of all records. */
const REVISION = "7";

function sight({ bearer }: ApiRequest): string {
  return `As ${bearer.subject} sees it.`;
}

/** The record that each path names. Its id is the path's, and its text shows who asked. */
const RECORDS: Readonly<Record<RecordKind, (request: ApiRequest) => Fields | undefined>> = {
  project: (request) => {
    const [uid] = request.ids;
    const slug = slugOf(uid);
    return slug === undefined ? undefined : { uid, slug, description: sight(request) };
  },
  project_settings: ({ ids: [uid] }) => (slugOf(uid) ? { uid, mission_statement: "Open." } : undefined),
  committee: (request) => ({
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
  }),
  committee_settings: ({ ids: [uid] }) => ({
    uid,
    business_email_required: false,
    member_visibility: "hidden",
    show_meeting_attendees: false,
    has_chat_webhook: false,
    writers: [{ username: "carol" }],
  }),
  committee_member: (request) => ({
    uid: request.ids[1],
    committee_uid: request.ids[0],
    email: "dora@company.test",
    first_name: "Dora",
    appointed_by: "Community",
    status: "Active",
    organization: { id: "o1", name: "Company", website: "https://company.test" },
    job_title: sight(request),
  }),
  groupsio_service: (request) => ({ id: request.ids[0], domain: "lists.test", prefix: sight(request) }),
  groupsio_mailing_list: (request) => ({ id: request.ids[0], name: "dev", description: sight(request) }),
  groupsio_member: (request) => ({ id: request.ids[1], email: "e@x.test", job_title: sight(request) }),
  v1_past_meeting: (request) => ({ id: request.ids[0], title: "Call", description: sight(request) }),
  project_membership: (request) => ({ uid: request.ids[0], status: "Active", company_name: sight(request) }),
  key_contact: (request) => ({
    uid: request.ids[1] ?? "k9",
    membership_uid: request.ids[0],
    project_sfid: "a09",
    role: "Legal Contact",
    title: sight(request),
  }),
};

/** The uids of new records. */
const NEW_UIDS: Readonly<Partial<Record<RecordKind, string>>> = {
  committee: "b0000000-0000-4000-8000-000000000009",
  committee_member: "c0000000-0000-4000-8000-000000000009",
};

/** Has every record, and keeps no change. */
export const FAKE_RECORDS: Records = {
  find: (kind, request) => {
    const fields = RECORDS[kind](request);
    return fields && { fields, revision: REVISION };
  },
  save: (kind, request, fields) => {
    if (kind === "key_contact") return { ...RECORDS[kind](request), ...fields };
    return request.method === "POST" ? { uid: NEW_UIDS[kind], ...fields } : fields;
  },
  remove: () => {},
};

/** One seat on the board of each project, on the first of two pages. */
export function seatsOf({ ids: [organization_id], query, bearer }: ApiRequest): ApiAnswer {
  const token = query.get("page_token");
  const projects = query.getAll("project_uids");
  const seats = (projects.length > 0 ? projects : [PROJECTS.tlf]).map((project_uid) => ({
    uid: "c0000000-0000-4000-8000-000000000001",
    committee_uid: "b0000000-0000-4000-8000-000000000001",
    committee_name: "Board",
    committee_category: "Board",
    project_uid,
    first_name: "Dora",
    last_name: bearer.subject,
    email: "dora@company.test",
    role_name: "None",
    voting_status: "Voting Rep",
    appointed_by: "Membership Entitlement",
    organization_id,
    is_org_editable: true,
  }));
  return { body: { seats: token ? [] : seats, ...(!token && { page_token: "more" }) } };
}
