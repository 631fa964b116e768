import * as z from "zod";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath } from "../api.ts";
import { trimPeople } from "../people/view.ts";
import {
  clearable,
  entries,
  id,
  lfxTool,
  month,
  nonEmpty,
  oneOf,
  record,
  text,
  warnings,
  webAddress,
} from "./shared/define.ts";
import {
  askTo,
  describeCommittee,
  describeProject,
  IRREVERSIBLE,
  quoteName,
  readCommittee,
} from "./shared/questions.ts";
import {
  createRecord,
  deleteRecord,
  previewUpdate,
  type RecordRef,
  readCurrent,
  readWithSettings,
  updateRecord,
} from "./shared/records.ts";
import { byParent, searchTool } from "./shared/search.ts";

// The values that the committee service accepts.
const CATEGORIES = (
  "Ambassador, Board, Code of Conduct, Committers, Expert Group, Finance Committee, Government Advisory Council, " +
  "Legal Committee, Maintainers, Marketing Committee/Sub Committee, Marketing Mailing List, Marketing Oversight " +
  "Committee/Marketing Advisory Committee, Newsletter, Other, Product Security, Special Interest Group, Technical Advisory " +
  "Committee, Technical Mailing List, Technical Oversight Committee, Technical Steering Committee, Working Group"
).split(", ");

const COMMITTEE_FIELDS =
  "uid project_uid name category description website mailing_list chat_channel enable_voting sso_group_enabled " +
  "requires_review public calendar display_name parent_uid join_mode repository scope deliverables key_dates " +
  "external_sources project_name sso_group_name total_voting_repos has_mailing_list";

const SETTINGS_FIELDS =
  "uid business_email_required last_reviewed_at last_reviewed_by member_visibility show_meeting_attendees " +
  "has_chat_webhook writers auditors created_at updated_at";

const SLACK_WEBHOOK = /^(?:|none|https:\/\/hooks\.slack\.com\/\S*)$/;

const UID = { uid: id("The committee's uid.") };

const IDENTITY = {
  project_uid: id("The project's uid."),
  name: text("Unique within the project; up to 100 characters.", 100),
  category: oneOf(CATEGORIES, "Kind of committee."),
};

const BASE = {
  description: clearable(2000).optional().describe("Its purpose; up to 2000 characters."),
  website: webAddress("URL with https://.").optional(),
  enable_voting: z.boolean().optional().describe("Whether it votes."),
  sso_group_enabled: z.boolean().optional().describe("Whether it has a single sign-on group."),
  requires_review: z.boolean().optional().describe("Whether it requires review."),
  public: z.boolean().optional().describe("Whether it is public."),
  calendar_public: z.boolean().optional().describe("Whether its calendar is public."),
  display_name: clearable(100).optional().describe("Name to show."),
  parent_uid: id("Uid of the parent committee.").optional(),
  repository: webAddress("URL of its code.").optional(),
  scope: entries(nonEmpty(500), "What it covers."),
  deliverables: entries(nonEmpty(500), "What it delivers."),
  key_dates: entries(z.strictObject({ date: month(), label: nonEmpty(200) }), "Months, such as 2026-01."),
};

/** Links that other services maintain: nothing to create a committee with. */
const SOURCES = {
  external_sources: entries(
    z.strictObject({
      provider: z.enum(["ocg"]),
      entity_type: z.enum(["community", "group", "event"]),
      label: nonEmpty(200),
      url: webAddress("With https://."),
      external_id: nonEmpty(200).optional(),
      external_category: nonEmpty(200).optional(),
      external_event_category: nonEmpty(200).optional(),
      external_region: nonEmpty(200).optional(),
    }),
    "Its pages in other services.",
  ),
};

const SETTINGS = {
  business_email_required: z.boolean().optional().describe("Whether members need a company email."),
  member_visibility: oneOf(["hidden", "basic_profile"], "What members see of each other.").optional(),
  show_meeting_attendees: z.boolean().optional().describe("Whether meetings show who attends."),
  chat_webhook_url: clearable(500)
    .regex(SLACK_WEBHOOK, 'must be "none" or a URL such as https://hooks.slack.com/services/...')
    .optional()
    .describe('Slack webhook, https://hooks.slack.com/...; "none" removes it.'),
};

export const COMMITTEE_TOOLS = [
  searchTool({
    name: "search_committees",
    recordTool: "get_committee",
    type: "committee",
    description:
      "Find committees by name or project: boards, councils, working groups and the like. Rows have no " +
      "member counts. search_committee_members lists members.",
    fields: `${COMMITTEE_FIELDS} project_slug created_at updated_at`,
    nameFilter: { parameter: "name", description: "Word prefixes of the name or display name." },
    filters: {
      project_uid: byParent("project", "The project's uid; subprojects are not included."),
    },
    sort: "by name",
    transform: omitMemberCount,
  }),
  lfxTool("get_committee", {
    description:
      "Read a committee with its settings: purpose, how to join, channels, member count, and who may edit or audit it.",
    input: z.strictObject(UID),
    output: z.looseObject({
      base: record(),
      settings: record(SETTINGS_FIELDS).optional(),
      warnings,
    }),
    run: async ({ uid }, { api }) => {
      const found = await readWithSettings(api, "Committee", encodePath`/committees/${uid}`);
      const { settings } = found;
      return {
        ...found,
        ...(settings && { settings: trimPeople(api.viewer, "committee_settings", settings) }),
      };
    },
  }),
  lfxTool("create_committee", {
    description:
      "Create a committee in a project and return it. People join by invitation. Omitted fields are false, " +
      "hidden or empty. create_committee_member adds members.",
    input: z.strictObject({ ...IDENTITY, ...BASE, ...SETTINGS }),
    output: record(),
    question: async ({ project_uid, name, ...input }, { api }) => {
      const project = await describeProject(api, { project_uid });
      const action = `Create the committee ${quoteName(name)} in ${project}`;
      return askTo(api, { action, after: toFields(input) });
    },
    run: async (input, { api }) => {
      const ref = { path: "/committees", noun: "committee" } as const;
      const created = await createRecord(api, ref, { ...DEFAULTS, ...toFields(input) });
      return trimPeople(api.viewer, "committee_settings", created);
    },
  }),
  lfxTool("update_committee", {
    description:
      "Change fields of a committee and return it. An empty text clears a field; a list replaces the current one. update_committee_settings " +
      "changes its settings.",
    input: z.strictObject({ ...UID, ...z.object(IDENTITY).partial().shape, ...BASE, ...SOURCES }),
    output: record(),
    question: async ({ uid, ...input }, { api }) => {
      const ref = committeeRef(uid);
      const read = async () => (await readCurrent(api, ref, "update")).record;
      const change = await previewUpdate(ref, toFields(input), read);
      return askTo(api, { action: `Update ${await describeCommittee(api, change.before)}`, ...change });
    },
    run: ({ uid, ...input }, { api }) => updateRecord(api, committeeRef(uid), toFields(input)),
  }),
  lfxTool("update_committee_settings", {
    description:
      "Change settings of a committee and return them. It cannot change who may edit or audit the committee. " +
      "update_committee changes everything else.",
    input: z.strictObject({ ...UID, ...SETTINGS }),
    output: record(),
    question: async ({ uid, ...input }, { api }) => {
      const ref = settingsRef(uid);
      const { before, after } = await previewUpdate(ref, toFields(input), async () => {
        const settings = (await readCurrent(api, ref, "update")).record;
        // No service returns the webhook, only whether there is one.
        return { ...settings, chat_webhook_url: settings.has_chat_webhook === false ? "" : "set" };
      });
      const committee = await describeCommittee(api, await readCommittee(api, uid));
      return askTo(api, { action: `Update the settings of ${committee}`, before, after });
    },
    run: async ({ uid, ...input }, { api }) => {
      const updated = await updateRecord(api, settingsRef(uid), toFields(input));
      return trimPeople(api.viewer, "committee_settings", updated);
    },
  }),
  lfxTool("delete_committee", {
    description:
      "Permanently delete a committee with its settings, once the user has confirmed which one. " +
      "get_committee shows it.",
    input: z.strictObject(UID),
    question: async ({ uid }, { api }) => {
      const { record: committee } = await readCurrent(api, committeeRef(uid), "delete");
      const { total_members: count } = committee;
      const members = typeof count === "number" ? [`It has ${count} member${count === 1 ? "" : "s"}.`] : [];
      return askTo(api, {
        action: `Delete ${await describeCommittee(api, committee)} with its settings`,
        notes: [...members, IRREVERSIBLE],
      });
    },
    run: async ({ uid }, { api }) => {
      await deleteRecord(api, committeeRef(uid));
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

function committeeRef(uid: string): RecordRef {
  return { path: encodePath`/committees/${uid}`, noun: "committee" };
}

function settingsRef(uid: string): RecordRef {
  return { path: encodePath`/committees/${uid}/settings`, noun: "committee settings" };
}

/** Omits the member count, which the index does not keep up to date. */
function omitMemberCount({ total_members: _, ...committee }: JsonObject): JsonObject {
  return committee;
}

/** The service nests the calendar's visibility, and removes a webhook for a blank one. */
function toFields({
  calendar_public: isPublic,
  chat_webhook_url: webhook,
  ...input
}: JsonObject): JsonObject {
  return {
    ...input,
    ...(isPublic !== undefined && { calendar: { public: isPublic } }),
    ...(webhook !== undefined && { chat_webhook_url: webhook === "none" ? "" : webhook }),
  };
}
