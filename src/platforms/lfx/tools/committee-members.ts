import * as z from "zod";
import { isObject, type JsonObject } from "../../../shared/json.ts";
import { encodePath, type LfxApi } from "../api.ts";
import { count } from "../client/query.ts";
import { viewMember, viewRosters } from "../people/rosters.ts";
import { clearable, day, email, id, lfxTool, oneOf, record, text, webAddress } from "./shared/define.ts";
import {
  askTo,
  describeCommittee,
  describePerson,
  IRREVERSIBLE,
  quoteName,
  readCommittee,
} from "./shared/questions.ts";
import {
  createRecord,
  deleteRecord,
  optionalPart,
  previewUpdate,
  type RecordRef,
  readCurrent,
  readRecord,
  updateRecord,
} from "./shared/records.ts";
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

const LINKED_IN = /^https?:\/\/(?:[a-z]{2,3}\.)?linkedin\.com\/\S*$/;

const ORGANIZATION = "Exact name of the organization, as in the records.";

const IDS = {
  committee_uid: id("The committee's uid."),
  member_uid: id("The member's data.uid."),
};

const TERM = { start_date: day(), end_date: day() };

const SEAT = {
  email: email("Identifies the person, who can have one seat per committee."),
  appointed_by: oneOf(APPOINTMENTS, "How the person got the seat."),
  status: oneOf(["Active", "Inactive"], "Whether the person is in office."),
};

const PERSON = {
  first_name: clearable(100).optional().describe("First name."),
  last_name: clearable(100).optional().describe("Last name."),
  job_title: clearable(200).optional().describe("Job title."),
  linkedin_profile: webAddress(
    "linkedin.com URL with https://.",
    LINKED_IN,
    "https://www.linkedin.com/in/ada",
  ).optional(),
  role: z
    .strictObject({ name: z.enum(ROLES), ...TERM })
    .optional()
    .describe("Role and term; dates as 2026-01-31."),
  voting: z
    .strictObject({ status: z.enum(VOTING_STATUSES), ...TERM })
    .optional()
    .describe("Voting status and term; a voting committee rejects None."),
  organization: z
    .strictObject({
      name: clearable(200).optional(),
      website: webAddress("URL with https://.").optional(),
    })
    .refine((organization) => Object.keys(organization).length > 0, "must have a name or a website")
    .optional()
    .describe("Name or website."),
};

// Both are done unless they are skipped.
const SKIP_NOTIFICATION = {
  skip_notification: z.boolean().optional().describe("Do not email the person."),
};
const SKIP_ENRICHMENT = {
  skip_enrichment: z.boolean().optional().describe("Do not look up the person's profile and organization."),
};

const NOTIFIED = "LFX emails the person about it.";
const UNNOTIFIED = "LFX does not email the person.";

export const COMMITTEE_MEMBER_TOOLS = [
  searchTool({
    name: "search_committee_members",
    recordTool: "get_committee_member",
    type: "committee_member",
    description:
      "Find members of committees, with role, voting status, organization and email. Each row is one seat, " +
      "so it also finds a person's committees. The date 0001-01-01 means none. get_membership_key_contacts lists the contacts of a member " +
      "company, who need not have seats.",
    fields: `${MEMBER_FIELDS} project_uid project_slug`,
    nameFilter: {
      parameter: "name",
      description: "Word prefixes of the person's name or username, or of the committee's name.",
    },
    filters: {
      committee_uid: byTag("committee_uid", "The committee's uid."),
      project_uid: byTag("project_uid", "Uid of the committees' project."),
      organization_name: {
        ...byTag("organization_name", ORGANIZATION),
        schema: text(ORGANIZATION, 200).optional(),
      },
    },
    sort: "by name",
    people: viewRosters,
    explainEmpty: explainEmptyRoster,
  }),
  lfxTool("get_committee_member", {
    description: "Read one seat on a committee: person, role, voting status, appointment and organization.",
    input: z.strictObject(IDS),
    output: record(),
    run: async (ids, { api }) => {
      const operation = "get committee member";
      const request = { path: memberPath(ids), query: { v: 1 }, operation };
      return viewSeat(api, ids, operation, () => readRecord(api, request));
    },
  }),
  lfxTool("create_committee_member", {
    description:
      "Give a person a seat on a committee and return it. Some committees require a company email address. " +
      "search_committee_members shows who already has a seat.",
    input: z.strictObject({
      committee_uid: IDS.committee_uid,
      ...SEAT,
      ...PERSON,
      ...SKIP_NOTIFICATION,
      ...SKIP_ENRICHMENT,
    }),
    output: record(),
    question: async ({ committee_uid, first_name, last_name, email, ...input }, { api }) => {
      const { skip_notification: isSilent, skip_enrichment: _, ...after } = input;
      const person = describePerson({ first_name, last_name, email });
      const committee = await describeCommittee(api, await readCommittee(api, committee_uid));
      return askTo(api, {
        action: `Give ${person} a seat on ${committee}`,
        after,
        notes: [isSilent ? UNNOTIFIED : NOTIFIED],
      });
    },
    run: ({ committee_uid: committee, skip_notification, skip_enrichment, ...member }, { api }) => {
      const path = encodePath`/committees/${committee}/members`;
      const headers = toHeaders({ skip_notification, skip_enrichment });
      return createRecord(api, { path, noun: "committee member", headers }, member);
    },
  }),
  lfxTool("update_committee_member", {
    description:
      "Change a seat on a committee and return it. An empty text clears a field. A role or voting status is replaced with its dates, an " +
      "organization only in the given fields.",
    input: z.strictObject({ ...IDS, ...z.object(SEAT).partial().shape, ...PERSON, ...SKIP_ENRICHMENT }),
    output: record(),
    question: async ({ committee_uid, member_uid, skip_enrichment: _, ...changes }, { api }) => {
      const ids = { committee_uid, member_uid };
      const change = await previewUpdate(memberRef(ids), changes, () => readSeat(api, ids, "update"));
      const committee = await describeCommittee(api, await readCommittee(api, committee_uid));
      return askTo(api, {
        action: `Update the seat of ${describePerson(change.before)} on ${committee}`,
        ...change,
      });
    },
    run: ({ committee_uid, member_uid, skip_enrichment, ...changes }, { api }) =>
      updateRecord(api, memberRef({ committee_uid, member_uid }, { skip_enrichment }), changes),
  }),
  lfxTool("delete_committee_member", {
    description:
      "Permanently remove a member from a committee; the person stays in LFX. update_committee_member can " +
      "set the status Inactive instead, which keeps the record.",
    input: z.strictObject({ ...IDS, ...SKIP_NOTIFICATION }),
    question: async ({ skip_notification: isSilent, ...ids }, { api }) => {
      const seat = await readSeat(api, ids, "delete");
      const committee = await describeCommittee(api, await readCommittee(api, ids.committee_uid));
      const role = isObject(seat.role) ? seat.role.name : undefined;
      const as = typeof role === "string" && role !== "None" ? ` with the role ${quoteName(role)}` : "";
      return askTo(api, {
        action: `Remove ${describePerson(seat)}${as} from ${committee}`,
        notes: [isSilent ? UNNOTIFIED : NOTIFIED, IRREVERSIBLE],
      });
    },
    run: async ({ skip_notification, ...uids }, { api }) => {
      await deleteRecord(api, memberRef(uids, { skip_notification }));
      return `Committee member ${uids.member_uid} deleted successfully from committee ${uids.committee_uid}.`;
    },
  }),
];

/** Whether a project without matching members has rosters at all. A failure to find out is not worth mentioning. */
async function explainEmptyRoster({ project_uid: project }: JsonObject, api: LfxApi) {
  if (typeof project !== "string") return undefined;
  const query = { type: "committee", parent: `project:${project}`, operation: "count committees" };
  const { value: rosters } = await optionalPart("Rosters", count(api, query));
  return rosters && `${rosters.count > 0 ? NO_MATCH : NO_ROSTER} ${NO_EVIDENCE}`;
}

const NO_ROSTER = "This project has no roster in LFX, or none that is visible to this caller.";
const NO_MATCH = "This project has rosters in LFX, but no matching member that is visible to this caller.";
const NO_EVIDENCE = "An empty list is no evidence that somebody has no seat.";

type MemberIds = { readonly committee_uid: string; readonly member_uid: string };

function memberPath({ committee_uid: committee, member_uid: member }: MemberIds): string {
  return encodePath`/committees/${committee}/members/${member}`;
}

function memberRef(ids: MemberIds, skipped: Skipped = {}): RecordRef {
  return { path: memberPath(ids), noun: "committee member", query: { v: 1 }, headers: toHeaders(skipped) };
}

/** A seat as the caller sees it. @throws ToolError */
async function viewSeat(
  api: LfxApi,
  { committee_uid: committee }: MemberIds,
  operation: string,
  read: () => Promise<{ readonly record: JsonObject }>,
): Promise<JsonObject> {
  const readSeat = async () => (await read()).record;
  return api.viewer.fullView ? readSeat() : viewMember(api, committee, operation, readSeat);
}

/** Reads a seat that is changed or deleted next, as the caller sees it. @throws ToolError */
function readSeat(api: LfxApi, ids: MemberIds, purpose: "update" | "delete"): Promise<JsonObject> {
  const read = () => readCurrent(api, memberRef(ids), purpose);
  return viewSeat(api, ids, `fetch committee member for ${purpose}`, read);
}

type Skipped = { readonly [step in "skip_notification" | "skip_enrichment"]?: boolean | undefined };

/** The headers that skip steps of a write: `X-Skip-Notification`, `X-Skip-Enrichment`. */
function toHeaders(skipped: Skipped): Readonly<Record<string, string>> {
  const steps = Object.entries(skipped).filter(([, isSkipped]) => isSkipped);
  return Object.fromEntries(steps.map(([name]) => [`x-${name.replace("_", "-")}`, "true"]));
}
