import { Ajv, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import type { HttpRequest } from "../../../src/http-client/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";

/**
 * What the LFX services accept, as their interface documents say: committee v0.4.37, query v0.4.26 and later, member after
 * v0.9.0, mailing list v0.5.3, meeting v0.11.16, project v0.8.8, access check v0.3.7.
 */
type Operation = {
  /** Path parameters that are UUIDs. */
  readonly uuids?: readonly string[];
  readonly query?: JsonObject;
  readonly requiredQuery?: readonly string[];
  readonly headers?: JsonObject;
  readonly body?: JsonObject;
  /** The refusals that it documents. */
  readonly refusals: readonly number[];
};

const boolean = { type: "boolean" };
const string = { type: "string" };
const uuid = { type: "string", format: "uuid" };
const email = { type: "string", format: "email" };
const uri = { type: "string", format: "uri" };
const httpUri = { ...uri, pattern: "^https?://[^\\s/$.?#][^\\s]*$" };
const day = { type: "string", format: "date" };
const v = { type: "string", enum: ["1"] };
const flag = { type: "string", enum: ["true", "false"] };

function text(maxLength: number): JsonObject {
  return { type: "string", maxLength };
}

function oneOf(values: string): JsonObject {
  return { type: "string", enum: values.split(", ") };
}

function list(items: JsonObject, maxItems?: number): JsonObject {
  return { type: "array", items, ...(maxItems && { maxItems }) };
}

function object(properties: JsonObject, required: readonly string[] = []): JsonObject {
  return { type: "object", properties, required };
}

const committee = {
  calendar: object({ public: boolean }),
  category: oneOf(
    "Ambassador, Board, Code of Conduct, Committers, Expert Group, Finance Committee, Government Advisory Council, Legal " +
      "Committee, Maintainers, Marketing Committee/Sub Committee, Marketing Mailing List, Marketing Oversight " +
      "Committee/Marketing Advisory Committee, Newsletter, Other, Product Security, Special Interest Group, Technical " +
      "Advisory Committee, Technical Mailing List, Technical Oversight Committee, Technical Steering Committee, Working Group",
  ),
  chat_channel: text(500),
  deliverables: list(text(500), 50),
  description: text(2000),
  display_name: text(100),
  enable_voting: boolean,
  external_sources: list(
    object(
      {
        provider: oneOf("ocg"),
        entity_type: oneOf("community, group, event"),
        label: text(200),
        url: { ...httpUri, maxLength: 2048 },
        external_id: text(200),
        external_category: text(200),
        external_event_category: text(200),
        external_region: text(200),
      },
      ["provider", "entity_type", "label", "url"],
    ),
    50,
  ),
  join_mode: oneOf("open, invite_only, application, closed"),
  key_dates: list(
    object({ date: { type: "string", pattern: "^\\d{4}-(0[1-9]|1[0-2])$" }, label: text(200) }, [
      "date",
      "label",
    ]),
    50,
  ),
  mailing_list: email,
  name: text(100),
  parent_uid: uuid,
  project_uid: uuid,
  public: boolean,
  repository: httpUri,
  requires_review: boolean,
  scope: list(text(500), 50),
  sso_group_enabled: boolean,
  website: httpUri,
};

const users = list(object({ avatar: uri, email: string, name: string, username: string }));

const settings = {
  auditors: users,
  business_email_required: boolean,
  chat_webhook_url: { ...text(500), pattern: "^$|^https://hooks\\.slack\\.com/[^\\s]*$" },
  last_reviewed_at: { type: "string", format: "date-time" },
  last_reviewed_by: string,
  member_visibility: oneOf("hidden, basic_profile"),
  show_meeting_attendees: boolean,
  writers: users,
};

const member = object(
  {
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
    linkedin_profile: { ...uri, pattern: "^(https?://)?([a-z]{2,3}\\.)?linkedin\\.com/.*$" },
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
  },
  ["email"],
);

const contact = {
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

const conditions = {
  v,
  type: string,
  name: { type: "string", minLength: 1 },
  parent: { type: "string", pattern: "^[a-zA-Z][a-zA-Z0-9_]*:[a-zA-Z0-9_-]+$" },
  tags: list(string),
  tags_all: list(string),
  filters: list(string),
  filters_all: list(string),
  filters_or: list(string),
  date_field: string,
  date_from: string,
  date_to: string,
};

const READ = [404, 500, 503];
const WRITE = [400, 404, 409, 500, 503];
const MEMBER_SERVICE = [400, 404, 412, 500, 501, 503];
const QUERY = [400, 500, 503];
const sync = { "x-sync": flag };
const revision = { ...sync, "if-match": { type: "string", pattern: "^\\d+$" } };
const V = { query: { v }, requiredQuery: ["v"] };
const ONE = { query: { v }, uuids: ["uid"] };
const SEAT = { ...V, uuids: ["uid", "member_uid"] };
const CONTACT = "/project_memberships/{membership_uid}/key_contacts";

/** By method and path. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  "POST /committees": {
    query: { v },
    headers: sync,
    body: object({ ...committee, ...settings }, ["name", "category", "project_uid"]),
    refusals: WRITE,
  },
  "GET /committees/{uid}": { ...ONE, refusals: READ },
  "PUT /committees/{uid}": {
    ...ONE,
    headers: revision,
    body: object(committee, ["name", "category", "project_uid"]),
    refusals: WRITE,
  },
  "DELETE /committees/{uid}": { ...ONE, headers: revision, refusals: WRITE },
  "GET /committees/{uid}/settings": { ...ONE, refusals: READ },
  "PUT /committees/{uid}/settings": {
    ...ONE,
    headers: revision,
    body: object(settings, ["business_email_required"]),
    refusals: WRITE,
  },
  "POST /committees/{uid}/members": {
    ...V,
    uuids: ["uid"],
    headers: { ...sync, "x-skip-notification": flag, "x-skip-enrichment": flag },
    body: member,
    refusals: WRITE,
  },
  "GET /committees/{uid}/members/{member_uid}": { ...SEAT, refusals: [400, ...READ] },
  "PUT /committees/{uid}/members/{member_uid}": {
    ...SEAT,
    headers: { ...revision, "x-skip-enrichment": flag },
    body: member,
    refusals: WRITE,
  },
  "DELETE /committees/{uid}/members/{member_uid}": {
    ...SEAT,
    headers: { ...revision, "x-skip-notification": flag },
    refusals: WRITE,
  },
  "GET /project_memberships/{uid}": { query: { v }, refusals: MEMBER_SERVICE },
  [`POST ${CONTACT}`]: {
    query: { v },
    body: object({ ...contact, first_name: string, last_name: string }, [
      "email",
      "first_name",
      "last_name",
      "role",
    ]),
    refusals: [...MEMBER_SERVICE, 409],
  },
  [`GET ${CONTACT}/{uid}`]: { query: { v }, refusals: MEMBER_SERVICE },
  [`PUT ${CONTACT}/{uid}`]: { query: { v }, body: object(contact), refusals: [...MEMBER_SERVICE, 409] },
  [`DELETE ${CONTACT}/{uid}`]: { query: { v }, refusals: MEMBER_SERVICE },
  "GET /groupsio/services/{service_id}": { refusals: READ },
  "GET /groupsio/mailing-lists/{subgroup_id}": { refusals: READ },
  "GET /groupsio/mailing-lists/{subgroup_id}/members/{member_id}": { refusals: READ },
  "GET /itx/past_meetings/{past_meeting_id}": { query: { v }, refusals: [400, 401, 403, ...READ] },
  "GET /projects/{uid}": { ...ONE, refusals: READ },
  "GET /projects/{uid}/settings": { ...ONE, refusals: READ },
  "POST /access-check": {
    ...V,
    body: object({ requests: { ...list(string), minItems: 1 } }, ["requests"]),
    refusals: [400, 401, 500, 503],
  },
  "GET /query/resources": {
    query: {
      ...conditions,
      cel_filter: text(1000),
      filter_grants: oneOf("direct"),
      sort: oneOf("name_asc, name_desc, updated_asc, updated_desc, best_match"),
      page_token: string,
      page_size: { type: "integer", minimum: 1, maximum: 1000 },
    },
    requiredQuery: ["v"],
    refusals: QUERY,
  },
  "GET /query/resources/count": {
    query: {
      ...conditions,
      group_by: { type: "string", pattern: "^[a-z][a-z0-9_]*$", maxLength: 64 },
      group_by_size: { type: "integer", minimum: 1, maximum: 1000 },
      metric: text(80),
    },
    requiredQuery: ["v"],
    refusals: QUERY,
  },
};

const ajv = new Ajv({ allErrors: true, strict: true });
addFormats.default(ajv);

type Compiled = Operation & {
  readonly method: string;
  readonly pattern: RegExp;
  readonly check: ValidateFunction;
};

const COMPILED: readonly Compiled[] = Object.entries(OPERATIONS).map(([at, operation]) => {
  const [method = "", path = ""] = at.split(" ");
  const { uuids = [], query = {}, requiredQuery = [], headers = {}, body } = operation;
  const schema = object(
    {
      path: object(Object.fromEntries(uuids.map((name) => [name, uuid]))),
      query: { ...object(query, requiredQuery), additionalProperties: false },
      headers: { ...object(headers), additionalProperties: false },
      ...(body && { body }),
    },
    body ? ["body"] : [],
  );
  const pattern = new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}$`);
  return { ...operation, method, pattern, check: ajv.compile(schema) };
});

/** Headers of the services; any other is HTTP's. */
const SERVICE_HEADERS = /^(?:x-|if-)/;

/** What a request says, with query parameters of the types that the operation gives them. */
function toInstance({ url, headers, body }: HttpRequest, path: JsonObject, query: JsonObject): JsonObject {
  const names = [...new Set(url.searchParams.keys())];
  const values = names.map((name) => {
    const all = url.searchParams.getAll(name);
    const { type } = (query[name] ?? {}) as JsonObject;
    const [first] = all;
    return [name, type === "array" ? all : all.length > 1 ? all : type === "integer" ? Number(first) : first];
  });
  const own = Object.entries(headers).filter(([name]) => SERVICE_HEADERS.test(name.toLowerCase()));
  return {
    path,
    query: Object.fromEntries(values),
    headers: Object.fromEntries(own.map(([name, value]) => [name.toLowerCase(), value])),
    ...(body !== undefined && { body: JSON.parse(body) }),
  };
}

/** @returns what the service's interface document does not allow of a request, and the refusals that it announces */
export function checkRequest(request: HttpRequest, base = "/lfx") {
  const path = request.url.pathname.slice(base.length);
  for (const { method, pattern, check, query = {}, refusals } of COMPILED) {
    const match = method === request.method ? pattern.exec(path) : null;
    if (!match) continue;
    const isValid = check(toInstance(request, { ...match.groups }, query));
    const errors = isValid
      ? []
      : (check.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
    return { errors, refusals };
  }
  return { errors: [`no operation ${request.method} ${path}`], refusals: [] };
}
