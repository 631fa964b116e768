import * as z from "zod";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import { lfxTool } from "./shared/define.ts";
import { email, id, PAGING_TEXT, record, text } from "./shared/fields.ts";
import { readRecord, requireChanges, writeRecord } from "./shared/records.ts";
import { searchTool } from "./shared/search.ts";

/** What one contact is told of when it is asked for by its uid. */
const PERSON =
  "uid role status board_member primary_contact first_name last_name title email company_name company_logo_url " +
  "company_domain created_at updated_at";
const INDEXED = `${PERSON} membership_uid tier_uid project_uid b2b_org_uid`;
const WHOLE = `${INDEXED} project_sfid`;

const MEMBERSHIP_UID = "The membership's uid, as search_members gives it.";

const membershipUid = id(MEMBERSHIP_UID);
const contactUid = id("The contact's uid, as get_membership_key_contacts gives it.");

/** The services differ by their versions in what they take, and tell it themselves. */
const role = text("What the contact is responsible for, in the platform's words.", 200).meta({
  examples: ["Representative/Voting Contact", "Billing Contact", "Technical Contact", "Marketing Contact"],
});
const state = {
  status: text("Whether the contact is in office: Active or Inactive.", 100)
    .meta({ examples: ["Active", "Inactive"] })
    .optional(),
  board_member: z.boolean().optional().describe("Whether the contact sits on the board."),
  primary_contact: z.boolean().optional().describe("Whether the contact is the first to turn to."),
};

const ROLES =
  "role: Representative/Voting Contact, Authorized Signatory, Billing Contact, Marketing Contact, Technical Contact, " +
  "Legal Contact, Event Sponsorship Contact, PO Contact or PR Contact.";

const STATE =
  "status: Active or Inactive. board_member: true or false. primary_contact: true or false, whether first to turn to.";

function pick(data: JsonObject, fields: string): JsonObject {
  return Object.fromEntries(fields.split(" ").flatMap((name) => (name in data ? [[name, data[name]]] : [])));
}

const getContacts = searchTool({
  name: "get_membership_key_contacts",
  type: "key_contact",
  operation: "get membership key contacts",
  description:
    "List the key contacts of a membership: who represents the member organisation towards the project, in which " +
    "role, with name and e-mail address. Use it once search_members has found the membership. A key contact is the " +
    "contact of record, which is not the same as a seat in a governing body. membership_uid: the membership's uid. " +
    PAGING_TEXT,
  fields: INDEXED,
  filters: {
    membership_uid: {
      by: "filter",
      key: "membership_uid",
      description: MEMBERSHIP_UID,
      isRequired: true,
    },
  },
  sort: "none",
  transform: ({ project_sfid: _, ...data }) => data,
});

const getContact = lfxTool("get_membership_key_contact", {
  description:
    "Read one key contact of a membership: role, status, name, e-mail address and company. Use it when both uids are " +
    "known; get_membership_key_contacts finds them. membership_uid: the membership's uid. contact_uid: the contact's " +
    "uid; it must belong to that membership.",
  input: z.strictObject({ membership_uid: membershipUid, contact_uid: contactUid }),
  output: record(PERSON),
  run: async ({ membership_uid: membership, contact_uid: contact }, { api }) => {
    const path = encodePath`/project_memberships/${membership}/key_contacts/${contact}`;
    const found = await readRecord(api, { path, query: { v: 1 }, operation: "get membership key contact" });
    return pick(found.record, PERSON);
  },
});

const createContact = lfxTool("create_membership_key_contact", {
  description:
    "Add a key contact to a membership. Use it when the user names a person to represent the member organisation. " +
    "The e-mail address decides who that is: a person known by it is taken, any other is made. Some roles can be " +
    "held only so many times; then nothing is added. membership_uid: the membership's uid. email: e-mail address. " +
    `first_name: 1-200 characters. last_name: 1-200 characters. ${ROLES} title: job title. ${STATE}`,
  input: z.strictObject({
    membership_uid: membershipUid,
    email: email("The person's e-mail address, which says who it is."),
    first_name: text("First name.", 200),
    last_name: text("Last name.", 200),
    role,
    title: text("Job title.", 200).optional(),
    ...state,
  }),
  output: record(WHOLE),
  run: ({ membership_uid: membership, ...contact }, { api }) =>
    writeRecord(api, {
      method: "POST",
      path: encodePath`/project_memberships/${membership}/key_contacts`,
      json: contact,
      operation: "create key contact",
    }),
});

const updateContact = lfxTool("update_membership_key_contact", {
  description:
    "Change the role or the state of a key contact; what is left out stays as it is, and at least one of them must " +
    "be given. Use it when the user asks for such a change; a contact cannot become another person: for that delete " +
    "it and create a new one. membership_uid: the membership's uid. contact_uid: the contact's uid. " +
    `${ROLES} ${STATE}`,
  input: z.strictObject({
    membership_uid: membershipUid,
    contact_uid: contactUid,
    role: role.optional(),
    ...state,
  }),
  output: record(WHOLE),
  run: async ({ membership_uid: membership, contact_uid: contact, ...given }, { api }) => {
    const changes = requireChanges(given);
    const path = encodePath`/project_memberships/${membership}/key_contacts/${contact}`;
    return writeRecord(api, { method: "PUT", path, json: changes, operation: "update key contact" });
  },
});

const deleteContact = lfxTool("delete_membership_key_contact", {
  description:
    "Remove a key contact from a membership, for good; the person's own record stays. Use it only when the user asks " +
    "for just this removal. membership_uid: the membership's uid. contact_uid: the contact's uid; it must belong to " +
    "that membership.",
  input: z.strictObject({ membership_uid: membershipUid, contact_uid: contactUid }),
  run: async ({ membership_uid: membership, contact_uid: contact }, { api: { lfx } }) => {
    const path = encodePath`/project_memberships/${membership}/key_contacts/${contact}`;
    await lfx.send({ method: "DELETE", path, query: { v: 1 }, operation: "delete key contact" });
    return `Key contact ${contact} successfully removed from membership ${membership}.`;
  },
});

export const KEY_CONTACT_TOOLS = [getContacts, getContact, createContact, updateContact, deleteContact];
