import { decideAttendanceOf, decideGuestList } from "./attendance.ts";
import { outOfView, type PeopleApi } from "./view.ts";

/** The arguments of a count that decide whether it is shown. */
export type CountInput = {
  readonly type: string;
  readonly parent?: string | undefined;
  readonly name?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly tags_all?: readonly string[] | undefined;
  readonly filters_or?: readonly string[] | undefined;
  readonly filters_all?: readonly string[] | undefined;
  readonly date_field?: string | undefined;
};

type CountRule = {
  /** What is shown, as the end of an error. */
  readonly form: string;
  /** Types of the parent; one is required if the rule asks about access. Absent: any or none. */
  readonly parents?: readonly string[];
  /** Names or whole tags. Absent: any. */
  readonly tags?: readonly string[];
  /** Fields of filters. Absent: none. */
  readonly fields?: readonly string[];
  /** Fields of dates. Absent: none. */
  readonly dates?: readonly string[];
  readonly hasName?: boolean;
  /** Whether the caller may count what the parent has. */
  readonly isOpen?: (api: PeopleApi, parentId: string) => Promise<boolean>;
};

const MEETINGS: CountRule = {
  form: "filters on their time, committees and project, not on people.",
  fields: (
    "id project_uid project_slug committee committee_uid meeting_id meeting_and_occurrence_id occurrence_id visibility " +
    "restricted meeting_type platform title duration timezone is_manually_created show_meeting_attendees " +
    "artifact_visibility recording_enabled recording_access transcript_enabled transcript_access ai_summary_access " +
    "zoom_ai_enabled youtube_upload_enabled"
  ).split(" "),
  dates: ["start_time", "end_time", "created_at", "updated_at"],
  hasName: true,
};

/** What a caller without full view may count of the types that tell about people. */
const RULES: Readonly<Record<string, CountRule>> = {
  committee_member: {
    form: "per committee or project, by the tags committee_uid, project_uid, committee_category and voting_status.",
    parents: ["committee", "project"],
    tags: ["committee_uid", "project_uid", "committee_category", "voting_status"],
  },
  v1_meeting_registrant: {
    form: "of the parent meeting:<id>, if you organize it or are registered, without filters.",
    parents: ["meeting"],
    tags: [],
    isOpen: async (api, meeting) => (await decideGuestList(api, meeting)) !== "none",
  },
  v1_past_meeting_participant: {
    form: "of the parent past_meeting:<id>, if it is public or you took part, optionally with the tag is_attended:true.",
    parents: ["past_meeting"],
    tags: ["is_attended:true"],
    isOpen: async (api, meeting) => (await decideAttendanceOf(api, [meeting])).get(meeting) !== "own",
  },
  v1_meeting: MEETINGS,
  v1_past_meeting: MEETINGS,
};

/** Requires that a caller without full view is shown a count. @throws ToolError `invalid_input` */
export async function assertCountable(input: CountInput, api: PeopleApi): Promise<void> {
  const rule = api.viewer.fullView ? undefined : RULES[input.type];
  if (!rule) return;
  const [parentType = "", ...id] = input.parent?.split(":") ?? [];
  const isAllowed =
    fitsRule(rule, input, parentType) && (!rule.isOpen || (await rule.isOpen(api, id.join(":"))));
  if (isAllowed) return;
  throw outOfView(
    `Counting ${input.type} is available in the form LFX Self Serve shows you: ${rule.form}`,
    "Nothing was counted. Change the arguments and call again.",
  );
}

function fitsRule(
  { parents, tags, fields = [], dates = [], hasName, isOpen }: CountRule,
  input: CountInput,
  parentType: string,
) {
  const hasParent = input.parent === undefined ? !isOpen : (parents?.includes(parentType) ?? true);
  const isTag = (tag: string) => !tags || tags.includes(tag) || tags.includes(nameOf(tag));
  return (
    hasParent &&
    (hasName || input.name === undefined) &&
    [...(input.tags ?? []), ...(input.tags_all ?? [])].every(isTag) &&
    [...(input.filters_or ?? []), ...(input.filters_all ?? [])].every((one) =>
      fields.includes(nameOf(one)),
    ) &&
    (input.date_field === undefined || dates.includes(input.date_field.trim()))
  );
}

/** The name of `name:value`. */
function nameOf(pair: string): string {
  return (pair.split(":")[0] ?? "").trim();
}
