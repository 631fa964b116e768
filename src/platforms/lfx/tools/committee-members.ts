import * as z from "zod";
import { isObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import { day, email, id, lfxTool, oneOf, PAGING_TEXT, record, text, webAddress } from "./shared/define.ts";
import { createRecord, deleteRecord, type RecordRef, recordTool, updateRecord } from "./shared/records.ts";
import { byTag, searchTool } from "./shared/search.ts";

// The values that the committee service accepts.
const APPOINTMENTS = (
  "Community, Membership Entitlement, Vote of End User Member Class, Vote of TSC Committee, Vote of TAC Committee, " +
  "Vote of Academic Member Class, Vote of Lab Member Class, Vote of Marketing Committee, Vote of Governing Board, " +
  "Vote of General Member Class, Vote of End User Committee, Vote of TOC Committee, Vote of Gold Member Class, Vote " +
  "of Silver Member Class, Vote of Strategic Membership Class, None"
).split(", ");

const ROLES = (
  "Chair, Developer Seat, TAC/TOC Representative, Director, Lead, None, Secretary, Technical Lead, Treasurer, Vice " +
  "Chair, LF Staff"
).split(", ");

const VOTING_STATUSES = ["Alternate Voting Rep", "Observer", "Voting Rep", "Emeritus", "None"];

const MEMBER_FIELDS =
  "uid committee_uid committee_name committee_category username email first_name last_name job_title " +
  "linkedin_profile role appointed_by status voting organization created_at updated_at";

/** The fields of an update request; the service clears those that are missing. */
const WRITABLE =
  "username email first_name last_name job_title linkedin_profile appointed_by status role voting organization";

const LINKED_IN = /^https?:\/\/(?:[a-z]{2,3}\.)?linkedin\.com\/\S*$/;

const IDS = {
  committee_uid: id("Uid of the committee: data.committee_uid of search_committee_members."),
  member_uid: id("Uid of the member: data.uid of search_committee_members."),
};

const TERM = { start_date: day("First day"), end_date: day("Last day") };

const SEAT = {
  email: email("Email address, which identifies the person; one seat per person and committee."),
  appointed_by: oneOf(APPOINTMENTS, "How the person got the seat."),
  status: oneOf(["Active", "Inactive"], "Whether the person is in office."),
};

const PERSON = {
  first_name: text("First name; up to 100 characters.", 100).optional(),
  last_name: text("Last name; up to 100 characters.", 100).optional(),
  job_title: text("Job title; up to 200 characters.", 200).optional(),
  linkedin_profile: webAddress(
    "URL of the person's LinkedIn profile, with https://.",
    LINKED_IN,
    "https://www.linkedin.com/in/ada",
  ).optional(),
  role: z
    .strictObject({ name: oneOf(ROLES, "The role."), ...TERM })
    .optional()
    .describe("The role and its term."),
  voting: z
    .strictObject({ status: oneOf(VOTING_STATUSES, "The voting status."), ...TERM })
    .optional()
    .describe("The voting status and its term."),
  organization: z
    .strictObject({
      name: text("Name; up to 200 characters.", 200).optional(),
      website: webAddress("URL, with https://.").optional(),
    })
    .refine((organization) => Object.keys(organization).length > 0, "must have a name or a website")
    .optional()
    .describe("The person's organization."),
};

const SEAT_TEXT =
  "appointed_by: a platform term, such as Community, Membership Entitlement, Vote of Governing Board or None. " +
  "status: Active or Inactive.";

const PERSON_TEXT =
  "first_name: up to 100 characters. last_name: up to 100 characters. job_title: up to 200 characters. " +
  "linkedin_profile: linkedin.com URL with https://. role: object of name (Chair, Vice Chair, Secretary, Treasurer, " +
  "Director, Lead, Technical Lead, TAC/TOC Representative, Developer Seat, LF Staff or None), start_date and " +
  "end_date (2026-01-31). voting: object of status (Voting Rep, Alternate Voting Rep, Observer, Emeritus or None; a " +
  "voting committee rejects None), start_date and end_date. organization: object of name and website.";

export const COMMITTEE_MEMBER_TOOLS = [
  searchTool({
    name: "search_committee_members",
    recordTool: "get_committee_member",
    type: "committee_member",
    description:
      "Find members of committees, with role, voting status, organization and email. Use it to see who is on a " +
      "committee, or which committees of a project a person is on; each seat is a row. Filters are combined with " +
      "AND. committee_uid: the committee's uid. project_uid: uid of the committees' project. name: word prefixes of " +
      `the person's first name, last name or username, or of the committee's name. ${PAGING_TEXT}`,
    fields: `${MEMBER_FIELDS} project_uid project_slug`,
    nameFilter: {
      parameter: "name",
      description:
        "Word prefixes of the person's first name, last name or username, or of the committee's name.",
    },
    filters: {
      committee_uid: byTag("committee_uid", "Uid of the committee: data.uid of search_committees."),
      project_uid: byTag("project_uid", "Uid of the committees' project."),
    },
    sort: "by name",
  }),
  recordTool("get_committee_member", {
    description:
      "Read a member of a committee: person, role, voting status, appointment, organization. Use it when you have " +
      "both uids, data.committee_uid and data.uid of search_committee_members. committee_uid: the committee's uid. " +
      "member_uid: uid of the member; it must be on that committee.",
    input: z.strictObject(IDS),
    fields: MEMBER_FIELDS,
    path: memberPath,
    query: { v: 1 },
  }),
  lfxTool("create_committee_member", {
    description:
      "Add a member to a committee. Use it when the user names a person for a seat; search_committee_members shows " +
      "who already has one. Some committees require a company email address. committee_uid: the committee's uid. " +
      `email: email address. ${SEAT_TEXT} ${PERSON_TEXT}`,
    input: z.strictObject({ committee_uid: id("Uid of the committee."), ...SEAT, ...PERSON }),
    output: record(MEMBER_FIELDS),
    run: ({ committee_uid: committee, ...member }, { api }) => {
      const path = encodePath`/committees/${committee}/members`;
      return createRecord(api, { path, noun: "committee member" }, member);
    },
  }),
  lfxTool("update_committee_member", {
    description:
      "Change a member of a committee; omitted fields keep their value, and at least one is required. Use it when " +
      "the user asks for such a change. A role or voting status is replaced with its dates, an organization only in " +
      "the given fields; nothing can be cleared. committee_uid: the committee's uid. member_uid: uid of the member. " +
      `email: email address. ${SEAT_TEXT} ${PERSON_TEXT}`,
    input: z.strictObject({ ...IDS, ...z.object(SEAT).partial().shape, ...PERSON }),
    output: record(MEMBER_FIELDS),
    run: ({ committee_uid, member_uid, ...changes }, { api }) =>
      updateRecord(api, memberRef({ committee_uid, member_uid }), WRITABLE, changes, (kept) => ({
        ...kept,
        ...changes,
        // Roles and voting statuses are replaced as a whole; an organization keeps its other fields, such as its id.
        ...(changes.organization && {
          organization: { ...(isObject(kept.organization) && kept.organization), ...changes.organization },
        }),
      })),
  }),
  lfxTool("delete_committee_member", {
    description:
      "Permanently remove a member from a committee; the person stays in LFX. Use it only when the user asks for " +
      "exactly this removal. To keep the record of the seat, set status to Inactive with update_committee_member. " +
      "committee_uid: the committee's uid. member_uid: uid of the member; it must be on that committee.",
    input: z.strictObject(IDS),
    run: async (uids, { api }) => {
      await deleteRecord(api, memberRef(uids));
      return `Committee member ${uids.member_uid} deleted successfully from committee ${uids.committee_uid}.`;
    },
  }),
];

type MemberIds = { readonly committee_uid: string; readonly member_uid: string };

function memberPath({ committee_uid: committee, member_uid: member }: MemberIds): string {
  return encodePath`/committees/${committee}/members/${member}`;
}

function memberRef(ids: MemberIds): RecordRef {
  return { path: memberPath(ids), noun: "committee member", query: { v: 1 } };
}
