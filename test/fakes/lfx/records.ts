import * as z from "zod";
import { type ApiRequest, type Route, V1 } from "./routes.ts";

function sight({ bearer }: ApiRequest): string {
  return `As ${bearer.subject} sees it.`;
}

const MAILING_LIST_ROUTES: readonly Route[] = [
  {
    at: "GET /groupsio/services/:uuid",
    answer: (request) => ({ body: { id: request.ids[0], domain: "lists.test", prefix: sight(request) } }),
  },
  {
    at: "GET /groupsio/mailing-lists/:number",
    answer: (request) => ({ body: { id: request.ids[0], name: "dev", description: sight(request) } }),
  },
  {
    at: "GET /groupsio/mailing-lists/:number/members/:number",
    answer: (request) => ({ body: { id: request.ids[1], email: "e@x.test", job_title: sight(request) } }),
  },
];

const MEETING_ROUTES: readonly Route[] = [
  {
    at: "GET /itx/past_meetings/:text",
    query: V1,
    answer: (request) => ({ body: { id: request.ids[0], title: "Call", description: sight(request) } }),
  },
];

const ROLES = [
  "Representative/Voting Contact",
  "Authorized Signatory",
  "Billing Contact",
  "Marketing Contact",
  "Technical Contact",
  "Legal Contact",
  "Event Sponsorship Contact",
  "PO Contact",
  "PR Contact",
] as const;
const contactFields = {
  email: z.email(),
  role: z.enum(ROLES),
  status: z.enum(["Active", "Inactive"]).optional(),
  title: z.string().optional(),
  board_member: z.boolean().optional(),
  primary_contact: z.boolean().optional(),
  send_invite: z.boolean().optional(),
};
const name = z.string().min(1);
const newContact = z.strictObject({ ...contactFields, first_name: name, last_name: name });
/** The service keeps the fields that an update has none of. */
const contactChanges = z.strictObject(contactFields).partial();

function contact(request: ApiRequest) {
  return {
    uid: request.ids[1] ?? "k9",
    membership_uid: request.ids[0],
    project_sfid: "a09",
    role: "Legal Contact",
    title: sight(request),
  };
}

function changedContact(request: ApiRequest) {
  const { send_invite: _, ...fields } = request.body;
  return { ...contact(request), ...fields };
}

const MEMBERSHIP = "/project_memberships/:text";

const MEMBER_ROUTES: readonly Route[] = [
  {
    at: `GET ${MEMBERSHIP}`,
    query: V1,
    answer: (request) => ({ body: { uid: request.ids[0], status: "Active", company_name: sight(request) } }),
  },
  {
    at: `GET ${MEMBERSHIP}/key_contacts/:text`,
    query: V1,
    answer: (request) => ({ body: contact(request) }),
  },
  {
    at: `POST ${MEMBERSHIP}/key_contacts`,
    query: V1,
    json: newContact,
    answer: (request) => ({ status: 201, body: changedContact(request) }),
  },
  {
    at: `PUT ${MEMBERSHIP}/key_contacts/:text`,
    query: V1,
    json: contactChanges,
    answer: (request) => ({ body: changedContact(request) }),
  },
  { at: `DELETE ${MEMBERSHIP}/key_contacts/:text`, query: V1, answer: () => ({ status: 204 }) },
];

/** The mailing list, meeting and member services. */
export const RECORD_ROUTES: readonly Route[] = [...MAILING_LIST_ROUTES, ...MEETING_ROUTES, ...MEMBER_ROUTES];
