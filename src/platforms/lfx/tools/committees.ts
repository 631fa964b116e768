import * as z from "zod";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import { id, lfxTool, oneOf, PAGING_TEXT, record, text, warnings, webAddress } from "./shared/define.ts";
import { createRecord, deleteRecord, readWithSettings, updateRecord } from "./shared/records.ts";
import { byParent, searchTool } from "./shared/search.ts";

// The values that the committee service accepts.
const CATEGORIES = (
  "Ambassador, Board, Code of Conduct, Committers, Expert Group, Finance Committee, Government Advisory Council, " +
  "Legal Committee, Maintainers, Marketing Committee/Sub Committee, Marketing Mailing List, Marketing Oversight " +
  "Committee/Marketing Advisory Committee, Other, Product Security, Special Interest Group, Technical Advisory " +
  "Committee, Technical Mailing List, Technical Oversight Committee, Technical Steering Committee, Working Group"
).split(", ");

const COMMITTEE_FIELDS =
  "uid project_uid name category description website mailing_list chat_channel enable_voting sso_group_enabled " +
  "requires_review public calendar display_name parent_uid join_mode project_name sso_group_name total_voting_repos " +
  "has_mailing_list";

const SETTINGS_FIELDS =
  "uid business_email_required last_reviewed_at last_reviewed_by member_visibility show_meeting_attendees writers " +
  "auditors created_at updated_at";

/** The fields of an update request; the service clears those that are missing. */
const WRITABLE =
  "project_uid name category description website mailing_list chat_channel enable_voting sso_group_enabled " +
  "requires_review public calendar display_name parent_uid join_mode";

/** The same for the settings; the service keeps `writers` and `auditors` if they are missing. */
const WRITABLE_SETTINGS =
  "business_email_required last_reviewed_at last_reviewed_by member_visibility show_meeting_attendees";

const UID = { uid: id("The committee's uid: data.uid of search_committees.") };

const IDENTITY = {
  project_uid: id("Uid of the committee's project."),
  name: text("Name, unique within the project; up to 100 characters.", 100),
  category: oneOf(CATEGORIES, "The kind of committee."),
};

const BASE = {
  description: text("Purpose of the committee; up to 2000 characters.").optional(),
  website: webAddress("URL of the committee's website, with https://.").optional(),
  enable_voting: z.boolean().optional().describe("Whether the committee votes."),
  sso_group_enabled: z.boolean().optional().describe("Whether it has a single sign-on group."),
  requires_review: z.boolean().optional().describe("Whether the committee requires review."),
  public: z.boolean().optional().describe("Whether the committee is public."),
  calendar_public: z.boolean().optional().describe("Whether its calendar is public."),
  display_name: text("Display name; up to 100 characters.", 100).optional(),
  parent_uid: id("Uid of the parent committee.").optional(),
};

const SETTINGS = {
  business_email_required: z.boolean().optional().describe("Whether members need a company email address."),
  member_visibility: oneOf(
    ["hidden", "basic_profile"],
    "What members see of each other's profiles.",
  ).optional(),
  show_meeting_attendees: z.boolean().optional().describe("Whether meetings show attendees by default."),
};

const CATEGORY_TEXT =
  "category: a platform term, such as Board, Working Group or Technical Steering Committee.";

const BASE_TEXT =
  "description: up to 2000 characters. website: with https://. enable_voting: true or false. sso_group_enabled: " +
  "true or false. requires_review: true or false. public: true or false. calendar_public: true or false. " +
  "display_name: up to 100 characters. parent_uid: uid of the parent committee.";

const SETTINGS_TEXT =
  "business_email_required: true or false. member_visibility: hidden or basic_profile, what members see of each " +
  "other. show_meeting_attendees: true or false.";

export const COMMITTEE_TOOLS = [
  searchTool({
    name: "search_committees",
    recordTool: "get_committee",
    type: "committee",
    description:
      "Find committees by name or project: boards, councils, working groups and the like. Use it first when another " +
      "tool needs a committee uid, data.uid of a row. It returns no member counts; search_committee_members lists " +
      "members. name: word prefixes of the committee's name or display name. project_uid: uid of the project; its " +
      `subprojects are not included. ${PAGING_TEXT}`,
    fields: `${COMMITTEE_FIELDS} project_slug created_at updated_at`,
    nameFilter: { parameter: "name", description: "Word prefixes of the committee's name or display name." },
    filters: {
      project_uid: byParent("project", "Uid of the committees' project; its subprojects are not included."),
    },
    sort: "by name",
    transform: omitMemberCount,
  }),
  lfxTool("get_committee", {
    description:
      "Read a committee with its settings: purpose, how to join, communication channels, and who may edit or audit " +
      "it. Use it when you have the uid from search_committees. Settings that the caller may not see are omitted " +
      "with a warning. uid: the committee's uid.",
    input: z.strictObject(UID),
    output: z.looseObject({
      base: record(COMMITTEE_FIELDS),
      settings: record(SETTINGS_FIELDS).optional(),
      warnings,
    }),
    run: async ({ uid }, { api }) => {
      const { base, ...rest } = await readWithSettings(api, "Committee", encodePath`/committees/${uid}`);
      return { base: omitMemberCount(base), ...rest };
    },
  }),
  lfxTool("create_committee", {
    description:
      "Create a committee in a project. Use it when the user asks for a new committee. People join by invitation; " +
      "create_committee_member adds them. Searches find it a moment later. Omitted fields are false, hidden or " +
      "empty. project_uid: uid of the project. name: up to 100 characters, unique within the project. " +
      `${CATEGORY_TEXT} ${BASE_TEXT} ${SETTINGS_TEXT}`,
    input: z.strictObject({ ...IDENTITY, ...BASE, ...SETTINGS }),
    output: record(`${COMMITTEE_FIELDS} ${SETTINGS_FIELDS.replace("uid ", "")}`),
    run: async (input, { api }) => {
      const ref = { path: "/committees", noun: "committee" };
      return omitMemberCount(await createRecord(api, ref, { ...DEFAULTS, ...nestCalendar(input) }));
    },
  }),
  lfxTool("update_committee", {
    description:
      "Change a committee; omitted fields keep their value, and at least one is required. Use it when the user asks " +
      "for such a change; update_committee_settings changes the settings. Nothing can be cleared. uid: the " +
      `committee's uid. project_uid: uid of the project to move it to. name: up to 100 characters. ${CATEGORY_TEXT} ` +
      BASE_TEXT,
    input: z.strictObject({ ...UID, ...z.object(IDENTITY).partial().shape, ...BASE }),
    output: record(COMMITTEE_FIELDS),
    run: async ({ uid, ...input }, { api }) => {
      const ref = { path: encodePath`/committees/${uid}`, noun: "committee" };
      return omitMemberCount(await updateRecord(api, ref, WRITABLE, nestCalendar(input)));
    },
  }),
  lfxTool("update_committee_settings", {
    description:
      "Change the settings of a committee; omitted fields keep their value, and at least one is required. Use it " +
      "when the user asks for such a change; update_committee changes everything else. It cannot change who may " +
      `edit or audit the committee. uid: the committee's uid. ${SETTINGS_TEXT}`,
    input: z.strictObject({ ...UID, ...SETTINGS }),
    output: record(SETTINGS_FIELDS),
    run: ({ uid, ...changes }, { api }) => {
      const ref = { path: encodePath`/committees/${uid}/settings`, noun: "committee settings" };
      return updateRecord(api, ref, WRITABLE_SETTINGS, changes);
    },
  }),
  lfxTool("delete_committee", {
    description:
      "Permanently delete a committee with its settings. Use it only when the user asks for exactly this deletion, " +
      "after get_committee has confirmed the right one. uid: the committee's uid.",
    input: z.strictObject(UID),
    run: async ({ uid }, { api }) => {
      await deleteRecord(api, { path: encodePath`/committees/${uid}`, noun: "committee" });
      return `Committee ${uid} deleted successfully.`;
    },
  }),
];

/** The values of a new committee's omitted fields. */
const DEFAULTS = {
  enable_voting: false,
  sso_group_enabled: false,
  requires_review: false,
  public: false,
  join_mode: "invite_only",
  business_email_required: false,
  member_visibility: "hidden",
  show_meeting_attendees: false,
};

/** Omits the member count, which the platform does not keep up to date. */
function omitMemberCount({ total_members: _, ...committee }: JsonObject): JsonObject {
  return committee;
}

/** The service nests the calendar's visibility. */
function nestCalendar({ calendar_public: isPublic, ...input }: JsonObject): JsonObject {
  return { ...input, ...(isPublic !== undefined && { calendar: { public: isPublic } }) };
}
