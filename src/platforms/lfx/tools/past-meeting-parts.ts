import { SORT_AND_PAGES } from "./shared/fields.ts";
import { lookupTool } from "./shared/lookup.ts";
import { type Narrowing, searchTool } from "./shared/search.ts";

const PARTICIPANT =
  "uid meeting_and_occurrence_id meeting_id project_uid project_slug committee_uid email first_name last_name host " +
  "job_title org_name org_is_member username is_invited is_attended is_unknown zoom_user_name mapped_invitee_name " +
  "sessions created_at updated_at";

const SUMMARY =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid content edited_content requires_approval " +
  "approved summary_title summary_start_time summary_end_time summary_created_time zoom_meeting_topic email_sent " +
  "created_at updated_at";

/** What is below a past meeting is found by it, and by its project. */
const NARROWINGS: Readonly<Record<string, Narrowing>> = {
  past_meeting_id: {
    by: "parent",
    key: "past_meeting",
    description:
      "The past meeting's id, such as 91461158520-1771596000000: data.meeting_and_occurrence_id of search_past_meetings.",
  },
  project_uid: { by: "parent", key: "project", description: "Uid of the project that they belong to." },
};

const GIVEN =
  "Of what is given, everything must hold. past_meeting_id: data.meeting_and_occurrence_id of search_past_meetings. " +
  "project_uid: uid of the project.";

const searchParticipants = searchTool({
  name: "search_past_meeting_participants",
  type: "v1_past_meeting_participant",
  doing: "search past meeting participants",
  description:
    "Find people who were invited to past meetings or attended them; data.is_invited and data.is_attended say which. " +
    `Use it to see who was there. ${GIVEN} name: words their first name, last name or user name begins with. ` +
    SORT_AND_PAGES,
  fields: PARTICIPANT,
  named: {
    parameter: "name",
    description: "Words that their first name, last name or user name begins with.",
  },
  narrowings: NARROWINGS,
  sort: "as given",
});

const getParticipant = lookupTool({
  name: "get_past_meeting_participant",
  type: "v1_past_meeting_participant",
  tag: "past_meeting_participant_uid",
  what: "past meeting participant",
  description:
    "Read one participant of a past meeting: person, organization, whether invited and attended, and when in the " +
    "meeting. Use it when the uid is known; search_past_meeting_participants tells it as data.uid. " +
    "uid: the participant's uid.",
  uid: "The participant's uid: data.uid of search_past_meeting_participants.",
  fields: PARTICIPANT,
});

const searchSummaries = searchTool({
  name: "search_past_meeting_summaries",
  type: "v1_past_meeting_summary",
  doing: "search past meeting summaries",
  description:
    "Find the summaries that an AI wrote of past meetings, with their whole text. Use it to see what a meeting was " +
    `about or decided. data.edited_content, where it is set, is a person's correction of data.content. ${GIVEN} ` +
    `name: words the meeting's title begins with. ${SORT_AND_PAGES}`,
  fields: SUMMARY,
  named: { parameter: "name", description: "Words that the meeting's title begins with." },
  narrowings: NARROWINGS,
  sort: "as given",
});

const getSummary = lookupTool({
  name: "get_past_meeting_summary",
  type: "v1_past_meeting_summary",
  tag: "past_meeting_summary_id",
  what: "past meeting summary",
  description:
    "Read one summary that an AI wrote of a past meeting. Use it when the id is known; search_past_meeting_summaries " +
    "tells it as data.id. data.edited_content, where it is set, is a person's correction of data.content. " +
    "uid: the summary's id, not the past meeting's.",
  uid: "The summary's id, not the past meeting's: data.id of search_past_meeting_summaries.",
  fields: SUMMARY,
});

/** The tools about what is below a past meeting. */
export const PAST_MEETING_PART_TOOLS = [searchParticipants, getParticipant, searchSummaries, getSummary];
