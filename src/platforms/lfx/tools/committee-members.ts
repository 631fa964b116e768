import * as z from "zod";
import { isObject, type JsonObject } from "../../../shared/json.ts";

import { encodePath } from "../api.ts";
import { APPOINTMENTS, MEMBER_FIELDS, ROLES, STATUSES, VOTING_STATUSES } from "./committee-enums.ts";
import { lfxTool } from "./shared/define.ts";
import { email, id, oneOf, record, text, webAddress } from "./shared/fields.ts";
import {
  createRecord,
  deleteRecord,
  pickWritable,
  type RecordRef,
  requireChanges,
  updateRecord,
} from "./shared/records.ts";

/** What a replacement of a member consists of: what is missing from it, the service drops. */
const REPLACED =
  "username email first_name last_name job_title linkedin_profile appointed_by status role voting organization";

const LINKED_IN = /^https?:\/\/(?:[a-z]{2,3}\.)?linkedin\.com\/\S*$/;

const IDS = {
  committee_uid: id("Uid of the committee."),
  member_uid: id("Uid of the member: data.uid of search_committee_members."),
};

const isDay = z.iso.date();
function day(description: string) {
  return z
    .string()
    .trim()
    .regex(/^\d{4}-\d{2}-\d{2}$/, "must be a day, 2026-01-31")
    .refine((value) => isDay.safeParse(value).success, "must be a day that exists")
    .meta({ format: "date" })
    .optional()
    .describe(`${description}: 2026-01-31.`);
}

const term = { start_date: day("First day"), end_date: day("Last day") };

const SEAT = {
  email: email("E-mail address, which says who the person is; one seat each on a committee."),
  appointed_by: oneOf(APPOINTMENTS, "How the person came to the seat."),
  status: oneOf(STATUSES, "Whether the person is in office."),
};

const PERSON = {
  first_name: text("First name; up to 100 characters.", 100).optional(),
  last_name: text("Last name; up to 100 characters.", 100).optional(),
  job_title: text("Job title; up to 200 characters.", 200).optional(),
  linkedin_profile: webAddress(
    "Address of the person's page at linkedin.com.",
    LINKED_IN,
    "https://www.linkedin.com/in/ada",
  ).optional(),
  role: z
    .strictObject({ name: oneOf(ROLES, "The role."), ...term })
    .optional()
    .describe("The role, and when it is held."),
  voting: z
    .strictObject({ status: oneOf(VOTING_STATUSES, "The voting status."), ...term })
    .optional()
    .describe("The voting status, and when it is held."),
  organization: z
    .strictObject({
      name: text("Name; up to 200 characters.", 200).optional(),
      website: webAddress("Web address, with https://.").optional(),
    })
    .refine((given) => Object.keys(given).length > 0, "must have a name or a website")
    .optional()
    .describe("The person's organization."),
};

const SEAT_TEXT =
  "appointed_by: a word of the platform, such as Community, Membership Entitlement, Vote of Governing Board or None. " +
  "status: Active or Inactive.";

const PERSON_TEXT =
  "first_name: up to 100 characters. last_name: up to 100 characters. job_title: up to 200 characters. " +
  "linkedin_profile: address at linkedin.com, with https://. role: an object of name (Chair, Vice Chair, Secretary, " +
  "Treasurer, Director, Lead, Technical Lead, TAC/TOC Representative, Developer Seat, LF Staff or None), start_date " +
  "and end_date (2026-01-31). voting: an object of status (Voting Rep, Alternate Voting Rep, Observer, Emeritus or " +
  "None, which a committee that votes does not take), start_date and end_date. organization: an object of name and " +
  "website.";

function memberAt(committee: string, member: string): RecordRef {
  return {
    path: encodePath`/committees/${committee}/members/${member}`,
    noun: "committee member",
    query: { v: 1 },
  };
}

/** A role or a voting status is given whole; an organization keeps what is not given of it, such as its id. */
function changed(before: JsonObject, { organization, ...changes }: JsonObject): JsonObject {
  const kept = pickWritable(before, REPLACED);
  return {
    ...kept,
    ...changes,
    ...(isObject(organization) && {
      organization: { ...(isObject(kept.organization) && kept.organization), ...organization },
    }),
  };
}

const createMember = lfxTool("create_committee_member", {
  description:
    "Add a member to a committee. Use it when the user names a person for a seat; search_committee_members shows " +
    "who has one already. Some committees ask for an e-mail address of a company. committee_uid: the committee's " +
    `uid. email: e-mail address. ${SEAT_TEXT} ${PERSON_TEXT}`,
  input: z.strictObject({ committee_uid: IDS.committee_uid, ...SEAT, ...PERSON }),
  output: record(MEMBER_FIELDS),
  run: ({ committee_uid: committee, ...member }, { api }) =>
    createRecord(
      api,
      { path: encodePath`/committees/${committee}/members`, noun: "committee member" },
      member,
    ),
});

const updateMember = lfxTool("update_committee_member", {
  description:
    "Change a member of a committee; what is left out stays as it is, and at least one thing must be given. Use it " +
    "when the user asks for such a change. A role or a voting status is replaced with its dates, of an organization " +
    "only what is given; nothing can be emptied. committee_uid: the committee's uid. member_uid: uid of the member. " +
    `email: e-mail address. ${SEAT_TEXT} ${PERSON_TEXT}`,
  input: z.strictObject({ ...IDS, ...z.object(SEAT).partial().shape, ...PERSON }),
  output: record(MEMBER_FIELDS),
  run: async ({ committee_uid: committee, member_uid: member, ...given }, { api }) => {
    const changes = requireChanges(given);
    return updateRecord(api, memberAt(committee, member), (before) => changed(before, changes));
  },
});

const deleteMember = lfxTool("delete_committee_member", {
  description:
    "Remove a member from a committee, for good; the person stays in LFX. Use it only when the user asks for just " +
    "this removal. To keep the record of the seat, set status to Inactive with update_committee_member. " +
    "committee_uid: the committee's uid. member_uid: uid of the member; it must be on that committee.",
  input: z.strictObject(IDS),
  run: async ({ committee_uid: committee, member_uid: member }, { api }) => {
    await deleteRecord(api, memberAt(committee, member));
    return `Committee member ${member} deleted successfully from committee ${committee}.`;
  },
});

export const COMMITTEE_MEMBER_TOOLS = [createMember, updateMember, deleteMember];
