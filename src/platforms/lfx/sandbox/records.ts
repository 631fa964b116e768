import * as z from "zod";
import {
  type ApiAnswer,
  type ApiRequest,
  type Fields,
  notFound,
  type RecordKind,
  type Records,
  type Route,
  reader,
  V1,
} from "./routes.ts";

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

const MEMBERSHIP = "/project_memberships/:text";

/** The mailing list, meeting and member services. */
export function recordRoutes(records: Records): readonly Route[] {
  const read = (kind: RecordKind) => reader(records, kind);
  const saveContact = (request: ApiRequest, before: Fields): Fields => {
    const { send_invite: _, ...fields } = request.body;
    return records.save("key_contact", request, { ...before, ...fields });
  };
  const changeContact =
    (work: (request: ApiRequest, before: Fields) => ApiAnswer): Route["answer"] =>
    (request) => {
      const found = records.find("key_contact", request);
      return found ? work(request, found.fields) : notFound;
    };
  return [
    { at: "GET /groupsio/services/:uuid", answer: read("groupsio_service") },
    { at: "GET /groupsio/mailing-lists/:number", answer: read("groupsio_mailing_list") },
    { at: "GET /groupsio/mailing-lists/:number/members/:number", answer: read("groupsio_member") },
    { at: "GET /itx/past_meetings/:text", query: V1, answer: read("v1_past_meeting") },
    { at: `GET ${MEMBERSHIP}`, query: V1, answer: read("project_membership") },
    { at: `GET ${MEMBERSHIP}/key_contacts/:text`, query: V1, answer: read("key_contact") },
    {
      at: `POST ${MEMBERSHIP}/key_contacts`,
      query: V1,
      json: newContact,
      answer: (request) =>
        records.find("project_membership", request)
          ? { status: 201, body: saveContact(request, {}) }
          : notFound,
    },
    {
      at: `PUT ${MEMBERSHIP}/key_contacts/:text`,
      query: V1,
      json: contactChanges,
      answer: changeContact((request, before) => ({ body: saveContact(request, before) })),
    },
    {
      at: `DELETE ${MEMBERSHIP}/key_contacts/:text`,
      query: V1,
      answer: changeContact((request) => {
        records.remove("key_contact", request);
        return { status: 204 };
      }),
    },
  ];
}
