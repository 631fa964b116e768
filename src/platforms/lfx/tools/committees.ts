import * as z from "zod";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import {
  CATEGORIES,
  COMMITTEE_FIELDS,
  MEMBER_FIELDS,
  SETTINGS_FIELDS,
  VISIBILITIES,
  withoutCount,
} from "./committee-enums.ts";
import { lfxTool } from "./shared/define.ts";
import { id, oneOf, PAGING_TEXT, record, text, warnings, webAddress } from "./shared/fields.ts";
import {
  collectWarnings,
  createRecord,
  deleteRecord,
  optionalPart,
  pickWritable,
  readRecord,
  requireChanges,
  updateRecord,
} from "./shared/records.ts";
import { searchTool } from "./shared/search.ts";

const searchCommittees = searchTool({
  name: "search_committees",
  type: "committee",
  operation: "search committees",
  description:
    "Find committees by name, or those of a project: boards, councils, working groups and the like. Use " +
    "it first wherever another tool asks for the uid of a committee, which is data.uid of a row. How many members " +
    "a committee has is not told; search_committee_members lists them. name: words the committee's name or display " +
    `name begins with. project_uid: uid of the project, without those below it. ${PAGING_TEXT}`,
  fields: `${COMMITTEE_FIELDS} project_slug created_at updated_at`,
  nameFilter: {
    parameter: "name",
    description: "Words that the committee's name or display name begins with.",
  },
  filters: {
    project_uid: {
      by: "parent",
      key: "project",
      description:
        "Uid of the project that the committees belong to; those of projects below it are not found.",
    },
  },
  sort: "by name",
  transform: withoutCount,
});

const getCommittee = lfxTool("get_committee", {
  description:
    "Read one committee with its settings: what it is for, how one joins it, where it talks, and who may edit or " +
    "audit it. Use it when the uid is known; search_committees finds it. Settings that the caller may not see are " +
    "left out, with a warning. uid: the committee's uid.",
  input: z.strictObject({ uid: id("The committee's uid: data.uid of search_committees.") }),
  output: z.looseObject({
    base: record(COMMITTEE_FIELDS),
    settings: record(SETTINGS_FIELDS).optional(),
    warnings,
  }),
  run: async ({ uid }, { api }) => {
    const { record: base } = await readRecord(api, {
      path: encodePath`/committees/${uid}`,
      operation: "get committee",
    });
    const settings = await optionalPart(
      "Committee settings",
      readRecord(api, { path: encodePath`/committees/${uid}/settings`, operation: "get committee settings" }),
    );
    return {
      base: withoutCount(base),
      ...(settings.value && { settings: settings.value.record }),
      ...collectWarnings(settings),
    };
  },
});

const searchCommitteeMembers = searchTool({
  name: "search_committee_members",
  type: "committee_member",
  operation: "search committee members",
  description:
    "Find members of committees, with role, voting status, organization and e-mail. Use it to see who is on a " +
    "committee, or on which committees of a project a person sits: there is one row for each seat. Of what is given, " +
    "everything must hold. committee_uid: the committee's uid. project_uid: uid of the committees' project. " +
    "name: words that the person's first, last or user name or the committee's name begins with. " +
    PAGING_TEXT,
  fields: `${MEMBER_FIELDS} project_uid project_slug`,
  nameFilter: {
    parameter: "name",
    description: "Words that the person's first, last or user name or the committee's name begins with.",
  },
  filters: {
    committee_uid: {
      by: "tag",
      key: "committee_uid",
      description: "Uid of the committee: data.uid of search_committees.",
    },
    project_uid: {
      by: "tag",
      key: "project_uid",
      description: "Uid of the project that the committees belong to.",
    },
  },
  sort: "by name",
});

const getCommitteeMember = lfxTool("get_committee_member", {
  description:
    "Read one member of a committee: person, role, voting status, how appointed, organization. Use it when both uids " +
    "are known; search_committee_members tells them as data.committee_uid and data.uid. committee_uid: the " +
    "committee's uid. member_uid: uid of the member; it must be on that committee.",
  input: z.strictObject({
    committee_uid: id("Uid of the committee: data.committee_uid of search_committee_members."),
    member_uid: id("Uid of the member: data.uid of search_committee_members."),
  }),
  output: record(MEMBER_FIELDS),
  run: async ({ committee_uid: committee, member_uid: member }, { api }) => {
    const path = encodePath`/committees/${committee}/members/${member}`;
    return (await readRecord(api, { path, query: { v: 1 }, operation: "get committee member" })).record;
  },
});

export const COMMITTEE_TOOLS = [searchCommittees, getCommittee, searchCommitteeMembers, getCommitteeMember];

/** What a replacement of a committee consists of: what is missing from it, the service drops. */
const REPLACED =
  "project_uid name category description website mailing_list chat_channel enable_voting sso_group_enabled " +
  "requires_review public calendar display_name parent_uid join_mode";

/** The same of its settings; the people in them stay if they are left out. */
const REPLACED_SETTINGS =
  "business_email_required last_reviewed_at last_reviewed_by member_visibility show_meeting_attendees";

const uid = id("The committee's uid: data.uid of search_committees.");

const IDENTITY = {
  project_uid: id("Uid of the project that the committee belongs to."),
  name: text("Name, unique within the project; up to 100 characters.", 100),
  category: oneOf(CATEGORIES, "What kind of committee it is."),
};

const BASE_INPUT = {
  description: text("What the committee is for; up to 2000 characters.").optional(),
  website: webAddress("Web address of the committee, with https://.").optional(),
  enable_voting: z.boolean().optional().describe("Whether the committee votes."),
  sso_group_enabled: z.boolean().optional().describe("Whether a single sign-on group is kept for it."),
  requires_review: z.boolean().optional().describe("Whether the committee is to be reviewed."),
  public: z.boolean().optional().describe("Whether everybody may see the committee."),
  calendar_public: z.boolean().optional().describe("Whether everybody may see its calendar."),
  display_name: text("Name for display; up to 100 characters.", 100).optional(),
  parent_uid: id("Uid of the committee above it.").optional(),
};

const SETTINGS_INPUT = {
  business_email_required: z
    .boolean()
    .optional()
    .describe("Whether members need an e-mail address of their company."),
  member_visibility: oneOf(VISIBILITIES, "What members see of each other's profiles.").optional(),
  show_meeting_attendees: z
    .boolean()
    .optional()
    .describe("Whether its meetings show who attends, by default."),
};

const CATEGORY =
  "category: a word of the platform, such as Board, Working Group or Technical Steering Committee.";

const BASE_TEXT =
  "description: up to 2000 characters. website: with https://. enable_voting: true or false. sso_group_enabled: " +
  "true or false. requires_review: true or false. public: true or false, whether everybody may see it. " +
  "calendar_public: the same of its calendar. display_name: up to 100 characters. parent_uid: uid of the committee " +
  "above.";

const SETTINGS_TEXT =
  "business_email_required: true or false. member_visibility: hidden or basic_profile, what members see of each " +
  "other. show_meeting_attendees: true or false.";

/** On the wire the calendar is a part of its own. */
function withCalendar({ calendar_public: isPublic, ...given }: JsonObject): JsonObject {
  return {
    ...given,
    ...(isPublic !== undefined && { calendar: { public: isPublic } }),
  };
}

/** What a new committee is where nothing else is said. */
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

const createCommittee = lfxTool("create_committee", {
  description:
    "Create a committee under a project. Use it when the user asks for a new committee; people join it by " +
    "invitation, and create_committee_member adds them. Searches find it a moment later. What is not given is false, hidden or empty. " +
    `project_uid: uid of the project. name: up to 100 characters, unique within the project. ${CATEGORY} ` +
    `${BASE_TEXT} ${SETTINGS_TEXT}`,
  input: z.strictObject({ ...IDENTITY, ...BASE_INPUT, ...SETTINGS_INPUT }),
  output: record(`${COMMITTEE_FIELDS} ${SETTINGS_FIELDS.replace("uid ", "")}`),
  run: async (given, { api }) => {
    const committee = { path: "/committees", noun: "committee" };
    return withoutCount(await createRecord(api, committee, { ...DEFAULTS, ...withCalendar(given) }));
  },
});

const updateCommittee = lfxTool("update_committee", {
  description:
    "Change a committee; what is left out stays as it is, and at least one thing must be given. Use it when the " +
    "user asks for such a change; update_committee_settings changes the settings. Nothing can be emptied. uid: the " +
    `committee's uid. project_uid: uid of the project it moves to. name: up to 100 characters. ${CATEGORY} ${BASE_TEXT}`,
  input: z.strictObject({ uid, ...z.object(IDENTITY).partial().shape, ...BASE_INPUT }),
  output: record(COMMITTEE_FIELDS),
  run: async ({ uid: committee, ...given }, { api }) => {
    const changes = withCalendar(requireChanges(given));
    const replaced = await updateRecord(
      api,
      { path: encodePath`/committees/${committee}`, noun: "committee" },
      (before) => ({ ...pickWritable(before, REPLACED), ...changes }),
    );
    return withoutCount(replaced);
  },
});

const updateSettings = lfxTool("update_committee_settings", {
  description:
    "Change the settings of a committee; what is left out stays as it is, and at least one thing must be given. Use " +
    "it when the user asks for such a change; update_committee changes all else. Who may edit or audit the committee " +
    `cannot be changed here. uid: the committee's uid. ${SETTINGS_TEXT}`,
  input: z.strictObject({ uid, ...SETTINGS_INPUT }),
  output: record(SETTINGS_FIELDS),
  run: async ({ uid: committee, ...given }, { api }) => {
    const changes = requireChanges(given);
    return updateRecord(
      api,
      { path: encodePath`/committees/${committee}/settings`, noun: "committee settings" },
      (before) => ({ ...pickWritable(before, REPLACED_SETTINGS), ...changes }),
    );
  },
});

const deleteCommittee = lfxTool("delete_committee", {
  description:
    "Delete a committee with its settings, for good. Use it only when the user asks for just this deletion, after " +
    "get_committee has shown that it is the right one. uid: the committee's uid.",
  input: z.strictObject({ uid }),
  run: async ({ uid: committee }, { api }) => {
    await deleteRecord(api, { path: encodePath`/committees/${committee}`, noun: "committee" });
    return `Committee ${committee} deleted successfully.`;
  },
});

export const COMMITTEE_WRITE_TOOLS = [createCommittee, updateCommittee, updateSettings, deleteCommittee];
