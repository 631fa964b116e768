import {
  boolean,
  codeAndMessage,
  email,
  goaError,
  list,
  messageOnly,
  oneOf,
  pattern,
  type Schemas,
  type Service,
  strictObject,
  string,
  uuid,
  V1,
} from "./schema.ts";

const READ = [404, 500, 503];
const MEMBERSHIP = [400, 404, 412, 500, 501, 503];
const CONTACTS = "/project_memberships/{membership_uid}/key_contacts";

const contact: Schemas = {
  board_member: boolean,
  email,
  primary_contact: boolean,
  role: oneOf(
    "Representative/Voting Contact, Authorized Signatory, Billing Contact, Marketing Contact, Technical Contact, Legal " +
      "Contact, Event Sponsorship Contact, PO Contact, PR Contact",
  ),
  send_invite: boolean,
  status: oneOf("Active, Inactive"),
  title: string,
};
/** Optional for this service. */
const revision: Schemas = { "if-match": string };
const cache: Schemas = { "if-none-match": string, "if-modified-since": string };
const names: Schemas = { first_name: string, last_name: string };

/** Member service after v0.9.0. */
export const MEMBER_SERVICE: Service = {
  refusalBody: goaError,
  operations: {
    "GET /project_memberships/{uid}": { query: V1, headers: cache, refusals: MEMBERSHIP },
    [`POST ${CONTACTS}`]: {
      query: V1,
      json: strictObject({ ...contact, ...names }, "email first_name last_name role"),
      refusals: [...MEMBERSHIP, 409],
    },
    [`GET ${CONTACTS}/{uid}`]: { query: V1, headers: cache, refusals: MEMBERSHIP },
    [`PUT ${CONTACTS}/{uid}`]: {
      query: V1,
      headers: revision,
      json: strictObject(contact),
      refusals: [...MEMBERSHIP, 409],
    },
    [`DELETE ${CONTACTS}/{uid}`]: { query: V1, headers: revision, refusals: MEMBERSHIP },
  },
};

/** Mailing list service v0.5.3. */
export const MAILING_LIST_SERVICE: Service = {
  refusalBody: messageOnly,
  operations: {
    "GET /groupsio/services/{service_id}": { refusals: READ },
    "GET /groupsio/mailing-lists/{subgroup_id}": { refusals: READ },
    "GET /groupsio/mailing-lists/{subgroup_id}/members/{member_id}": { refusals: READ },
  },
};

/** Meeting service v0.11.16. */
export const MEETING_SERVICE: Service = {
  refusalBody: codeAndMessage,
  operations: {
    "GET /itx/past_meetings/{past_meeting_id}": { query: V1, refusals: [400, 401, 403, ...READ] },
  },
};

/** Project service v0.8.8. */
export const PROJECT_SERVICE: Service = {
  refusalBody: codeAndMessage,
  operations: {
    "GET /projects/{uid}": { path: { uid: uuid }, query: V1, refusals: READ },
    "GET /projects/{uid}/settings": { path: { uid: uuid }, query: V1, refusals: READ },
  },
};

const relation = pattern("^\\w+:[\\w-]+#\\w+$");

/** Access check v0.3.7. */
export const ACCESS_CHECK: Service = {
  refusalBody: goaError,
  operations: {
    "POST /access-check": {
      query: V1,
      required: ["v"],
      json: strictObject({ requests: list(relation, { minItems: 1 }) }, "requests"),
      refusals: [400, 401, 500, 503],
    },
  },
};
