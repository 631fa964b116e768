import {
  boolean,
  day,
  email,
  flag,
  integer,
  list,
  messageOnly,
  object,
  oneOf,
  pattern,
  type Schemas,
  type Service,
  strictObject,
  string,
  text,
  uri,
  uuid,
  V1,
} from "./schema.ts";

const httpUri = { ...uri, ...pattern("^https?://[^\\s/$.?#][^\\s]*$") };
const atMost50 = { maxItems: 50 };

const committee: Schemas = {
  calendar: object({ public: boolean }),
  category: oneOf(
    "Ambassador, Board, Code of Conduct, Committers, Expert Group, Finance Committee, Government Advisory Council, Legal " +
      "Committee, Maintainers, Marketing Committee/Sub Committee, Marketing Mailing List, Marketing Oversight " +
      "Committee/Marketing Advisory Committee, Newsletter, Other, Product Security, Special Interest Group, Technical " +
      "Advisory Committee, Technical Mailing List, Technical Oversight Committee, Technical Steering Committee, Working Group",
  ),
  chat_channel: text(500),
  deliverables: list(text(500), atMost50),
  description: text(2000),
  display_name: text(100),
  enable_voting: boolean,
  external_sources: list(
    object(
      {
        provider: oneOf("ocg"),
        entity_type: oneOf("community, group, event"),
        label: text(200),
        url: { ...httpUri, ...text(2048) },
        external_id: text(200),
        external_category: text(200),
        external_event_category: text(200),
        external_region: text(200),
      },
      "provider entity_type label url",
    ),
    atMost50,
  ),
  join_mode: oneOf("open, invite_only, application, closed"),
  key_dates: list(
    object({ date: pattern("^\\d{4}-(0[1-9]|1[0-2])$"), label: text(200) }, "date label"),
    atMost50,
  ),
  mailing_list: email,
  name: text(100),
  parent_uid: uuid,
  project_uid: uuid,
  public: boolean,
  repository: httpUri,
  requires_review: boolean,
  scope: list(text(500), atMost50),
  sso_group_enabled: boolean,
  website: httpUri,
};
const COMMITTEE_REQUIRED = "name category project_uid";

const users = list(object({ avatar: uri, email: string, name: string, username: string }));

const settings: Schemas = {
  auditors: users,
  business_email_required: boolean,
  chat_webhook_url: { ...text(500), ...pattern("^$|^https://hooks\\.slack\\.com/[^\\s]*$") },
  last_reviewed_at: { type: "string", format: "date-time" },
  last_reviewed_by: string,
  member_visibility: oneOf("hidden, basic_profile"),
  show_meeting_attendees: boolean,
  writers: users,
};

const member: Schemas = {
  appointed_by: oneOf(
    "Community, Membership Entitlement, Vote of End User Member Class, Vote of TSC Committee, Vote of TAC Committee, Vote " +
      "of Academic Member Class, Vote of Lab Member Class, Vote of Marketing Committee, Vote of Governing Board, Vote of " +
      "General Member Class, Vote of End User Committee, Vote of TOC Committee, Vote of Gold Member Class, Vote of Silver " +
      "Member Class, Vote of Strategic Membership Class, None",
  ),
  email,
  first_name: text(100),
  job_title: text(200),
  last_name: text(100),
  linkedin_profile: { ...uri, ...pattern("^(https?://)?([a-z]{2,3}\\.)?linkedin\\.com/.*$") },
  organization: object({ id: string, name: text(200), website: uri }),
  role: object({
    name: oneOf(
      "Chair, Developer Seat, TAC/TOC Representative, Director, Lead, None, Secretary, Technical Lead, Treasurer, Vice " +
        "Chair, LF Staff",
    ),
    start_date: day,
    end_date: day,
  }),
  status: oneOf("Active, Inactive"),
  username: text(100),
  voting: object({
    status: oneOf("Alternate Voting Rep, Observer, Voting Rep, Emeritus, None"),
    start_date: day,
    end_date: day,
  }),
};

const READ = [404, 500, 503];
const WRITE = [400, 404, 409, 500, 503];

const committeeAt = { path: { uid: uuid }, query: V1 };
const memberAt = { path: { uid: uuid, member_uid: uuid }, query: V1, required: ["v"] };
const sync: Schemas = { "x-sync": flag };
/** The service rejects an update or a delete without a revision, which the document does not say. */
const revision: Schemas = { ...sync, "if-match": pattern("^\\d+$") };
const skipNotification: Schemas = { "x-skip-notification": flag };
const skipEnrichment: Schemas = { "x-skip-enrichment": flag };

/**
 * Committee service v0.4.37. The body of an update may have fields that the document does not know: the service had them in
 * its response.
 */
export const COMMITTEE_SERVICE: Service = {
  refusalBody: messageOnly,
  operations: {
    "POST /committees": {
      query: V1,
      headers: sync,
      json: strictObject({ ...committee, ...settings }, COMMITTEE_REQUIRED),
      refusals: WRITE,
    },
    "GET /committees/b2b-org/{uid}/seats": {
      path: { uid: pattern("^[A-Za-z0-9]{18}$") },
      query: { ...V1, project_uids: list(string), page_size: integer(1, 500), page_token: string },
      required: ["v"],
      refusals: [400, 500, 503],
    },
    "GET /committees/{uid}": { ...committeeAt, refusals: READ },
    "PUT /committees/{uid}": {
      ...committeeAt,
      headers: revision,
      required: ["if-match"],
      json: object(committee, COMMITTEE_REQUIRED),
      refusals: WRITE,
    },
    "DELETE /committees/{uid}": {
      ...committeeAt,
      headers: revision,
      required: ["if-match"],
      refusals: WRITE,
    },
    "GET /committees/{uid}/settings": { ...committeeAt, refusals: READ },
    "PUT /committees/{uid}/settings": {
      ...committeeAt,
      headers: revision,
      required: ["if-match"],
      json: object(settings, "business_email_required"),
      refusals: WRITE,
    },
    "POST /committees/{uid}/members": {
      ...committeeAt,
      headers: { ...sync, ...skipNotification, ...skipEnrichment },
      required: ["v"],
      json: strictObject(member, "email"),
      refusals: WRITE,
    },
    "GET /committees/{uid}/members/{member_uid}": { ...memberAt, refusals: [400, ...READ] },
    "PUT /committees/{uid}/members/{member_uid}": {
      ...memberAt,
      headers: { ...revision, ...skipEnrichment },
      required: ["v", "if-match"],
      json: object(member, "email"),
      refusals: WRITE,
    },
    "DELETE /committees/{uid}/members/{member_uid}": {
      ...memberAt,
      headers: { ...revision, ...skipNotification },
      required: ["v", "if-match"],
      refusals: WRITE,
    },
  },
};
