import * as z from "zod";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath, type LfxApi } from "../api.ts";
import { clearable, email, id, lfxTool, oneOf, record, text } from "./shared/define.ts";
import { askTo, describePerson, describeProject, IRREVERSIBLE, quoteName } from "./shared/questions.ts";
import { readRecord, requireChanges, writeRecord } from "./shared/records.ts";
import { byField, searchTool } from "./shared/search.ts";

/** The fields that get_membership_key_contact returns. */
const PERSON =
  "uid role status board_member primary_contact first_name last_name title email company_name company_logo_url " +
  "company_domain created_at updated_at";

const INDEXED = `${PERSON} membership_uid tier_uid project_uid b2b_org_uid`;

const MEMBERSHIP_UID = "The membership's uid.";

const IDS = {
  membership_uid: id(MEMBERSHIP_UID),
  contact_uid: id("The key contact's uid."),
};

const ROLES = (
  "Representative/Voting Contact, Authorized Signatory, Billing Contact, Marketing Contact, Technical Contact, Legal " +
  "Contact, Event Sponsorship Contact, PO Contact, PR Contact"
).split(", ");

const role = oneOf(ROLES, "What the contact is for.");

const STATE = {
  status: oneOf(["Active", "Inactive"], "Whether the contact is current.").optional(),
  board_member: z.boolean().optional().describe("Whether a board member."),
  primary_contact: z.boolean().optional().describe("Whether the primary contact."),
  send_invite: z.boolean().optional().describe("Whether LFX emails an invitation; default false."),
};

export const KEY_CONTACT_TOOLS = [
  searchTool({
    name: "get_membership_key_contacts",
    recordTool: "get_membership_key_contact",
    type: "key_contact",
    description:
      "List the key contacts of a membership: who represents the member company to the project, with role, " +
      "name and email. A key contact is a contact of record, not a seat. search_committee_members lists " +
      "seats.",
    fields: INDEXED,
    filters: {
      membership_uid: { ...byField("membership_uid", MEMBERSHIP_UID), schema: IDS.membership_uid },
    },
    sort: "none",
    transform: ({ project_sfid: _, ...data }) => data,
  }),
  lfxTool("get_membership_key_contact", {
    description: "Read a key contact of a membership: role, status, name, email and company.",
    input: z.strictObject(IDS),
    output: record(),
    run: async (uids, { api }) => pick(await readContact(api, uids, "get membership key contact"), PERSON),
  }),
  lfxTool("create_membership_key_contact", {
    description:
      "Add a key contact to a membership and return it. The email selects a known person, or creates one. If " +
      "a role has its maximum of holders, nothing is added.",
    input: z.strictObject({
      membership_uid: IDS.membership_uid,
      email: email("Identifies the person."),
      first_name: text("First name.", 200),
      last_name: text("Last name.", 200),
      role,
      title: text("Job title, kept only of a new person.", 200).optional(),
      ...STATE,
    }),
    output: record(),
    question: async ({ membership_uid, send_invite: isInvited, ...contact }, { api }) => {
      const { first_name, last_name, email, role, ...after } = contact;
      const person = describePerson({ first_name, last_name, email });
      const membership = await describeMembership(api, membership_uid);
      return askTo(api, {
        action: `Add ${person} as a key contact with the role ${quoteName(role)} to ${membership}`,
        after,
        notes: [isInvited ? INVITED : "LFX emails no invitation."],
      });
    },
    run: ({ membership_uid: membership, ...contact }, { api }) =>
      writeRecord(api, {
        method: "POST",
        path: encodePath`/project_memberships/${membership}/key_contacts`,
        json: contact,
        operation: "create key contact",
      }),
  }),
  lfxTool("update_membership_key_contact", {
    description:
      "Change fields of a key contact and return it. An empty title clears it. A different email makes another person the contact.",
    input: z.strictObject({
      ...IDS,
      role: role.optional(),
      email: email("Identifies the person.").optional(),
      title: clearable(200).optional().describe("Job title."),
      ...STATE,
    }),
    output: record(),
    question: async ({ membership_uid, contact_uid, ...input }, { api }) => {
      const { send_invite: isInvited, ...after } = requireChanges(input);
      const before = await readContact(api, { membership_uid, contact_uid }, "fetch key contact for update");
      const isOther = after.email !== undefined && after.email !== before.email;
      return askTo(api, {
        action: `Update the key contact ${describePerson(before)} of ${await describeMembership(api, membership_uid)}`,
        before,
        after,
        notes: [...(isOther ? ["Another person becomes the contact."] : []), ...(isInvited ? [INVITED] : [])],
      });
    },
    run: async ({ membership_uid, contact_uid, ...input }, { api }) => {
      const json = requireChanges(input);
      const path = contactPath({ membership_uid, contact_uid });
      return writeRecord(api, { method: "PUT", path, json, operation: "update key contact" });
    },
  }),
  lfxTool("delete_membership_key_contact", {
    description: "Permanently remove a key contact from a membership; the person's own record stays.",
    input: z.strictObject(IDS),
    question: async (uids, { api }) => {
      const contact = await readContact(api, uids, "fetch key contact for delete");
      const role = typeof contact.role === "string" ? ` with the role ${quoteName(contact.role)}` : "";
      const membership = await describeMembership(api, uids.membership_uid);
      return askTo(api, {
        action: `Remove the key contact ${describePerson(contact)}${role} from ${membership}`,
        notes: [IRREVERSIBLE],
      });
    },
    run: async (uids, { api: { lfx } }) => {
      const path = contactPath(uids);
      await lfx.send({ method: "DELETE", path, query: { v: 1 }, operation: "delete key contact" });
      return `Key contact ${uids.contact_uid} successfully removed from membership ${uids.membership_uid}.`;
    },
  }),
];

const INVITED = "LFX emails an invitation.";

type ContactIds = { readonly membership_uid: string; readonly contact_uid: string };

async function readContact(api: LfxApi, uids: ContactIds, operation: string): Promise<JsonObject> {
  return (await readRecord(api, { path: contactPath(uids), query: { v: 1 }, operation })).record;
}

/** `the "Gold Membership" of "Acme" in the project "kubernetes"` @throws ToolError */
async function describeMembership(api: LfxApi, uid: string): Promise<string> {
  const path = encodePath`/project_memberships/${uid}`;
  const { record: membership } = await readRecord(api, {
    path,
    query: { v: 1 },
    operation: "get membership",
  });
  const { tier_name: tier, company_name: company } = membership;
  const name = typeof tier === "string" && tier ? quoteName(tier) : "membership";
  const owner = typeof company === "string" && company ? ` of ${quoteName(company)}` : "";
  return `the ${name}${owner} in ${await describeProject(api, membership)}`;
}

function contactPath(uids: ContactIds): string {
  return encodePath`/project_memberships/${uids.membership_uid}/key_contacts/${uids.contact_uid}`;
}

function pick(data: JsonObject, fields: string): JsonObject {
  return Object.fromEntries(fields.split(" ").flatMap((name) => (name in data ? [[name, data[name]]] : [])));
}
