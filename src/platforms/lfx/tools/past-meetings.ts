import * as z from "zod";
import { encodePath, type LfxApi } from "../api.ts";
import { type Resource, search } from "../client/query.ts";
import { lfxTool } from "./shared/define.ts";
import { DATES_TEXT, id, record, resource, SORT_AND_PAGING_TEXT, warnings } from "./shared/fields.ts";
import { collectWarnings, type OptionalPart, optionalPart, readRecord } from "./shared/records.ts";
import { type Filter, lookupTool, searchTool } from "./shared/search.ts";

const PARTICIPANT =
  "uid meeting_and_occurrence_id meeting_id project_uid project_slug committee_uid email first_name last_name host " +
  "job_title org_name org_is_member username is_invited is_attended is_unknown zoom_user_name mapped_invitee_name " +
  "sessions created_at updated_at";

const SUMMARY =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid content edited_content requires_approval " +
  "approved summary_title summary_start_time summary_end_time summary_created_time zoom_meeting_topic email_sent " +
  "created_at updated_at";

/** What is below a past meeting is found by it, and by its project. */
const NARROWINGS: Readonly<Record<string, Filter>> = {
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
  operation: "search past meeting participants",
  description:
    "Find people who were invited to past meetings or attended them; data.is_invited and data.is_attended say which. " +
    `Use it to see who was there. ${GIVEN} name: words their first name, last name or user name begins with. ` +
    SORT_AND_PAGING_TEXT,
  fields: PARTICIPANT,
  nameFilter: {
    parameter: "name",
    description: "Words that their first name, last name or user name begins with.",
  },
  filters: NARROWINGS,
  sort: "as given",
});

const getParticipant = lookupTool({
  name: "get_past_meeting_participant",
  type: "v1_past_meeting_participant",
  tag: "past_meeting_participant_uid",
  noun: "past meeting participant",
  description:
    "Read one participant of a past meeting: person, organization, whether invited and attended, and when in the " +
    "meeting. Use it when the uid is known; search_past_meeting_participants tells it as data.uid. " +
    "uid: the participant's uid.",
  uidDescription: "The participant's uid: data.uid of search_past_meeting_participants.",
  fields: PARTICIPANT,
});

const searchSummaries = searchTool({
  name: "search_past_meeting_summaries",
  type: "v1_past_meeting_summary",
  operation: "search past meeting summaries",
  description:
    "Find the summaries that an AI wrote of past meetings, with their whole text. Use it to see what a meeting was " +
    `about or decided. data.edited_content, where it is set, is a person's correction of data.content. ${GIVEN} ` +
    `name: words the meeting's title begins with. ${SORT_AND_PAGING_TEXT}`,
  fields: SUMMARY,
  nameFilter: { parameter: "name", description: "Words that the meeting's title begins with." },
  filters: NARROWINGS,
  sort: "as given",
});

const getSummary = lookupTool({
  name: "get_past_meeting_summary",
  type: "v1_past_meeting_summary",
  tag: "past_meeting_summary_id",
  noun: "past meeting summary",
  description:
    "Read one summary that an AI wrote of a past meeting. Use it when the id is known; search_past_meeting_summaries " +
    "tells it as data.id. data.edited_content, where it is set, is a person's correction of data.content. " +
    "uid: the summary's id, not the past meeting's.",
  uidDescription: "The summary's id, not the past meeting's: data.id of search_past_meeting_summaries.",
  fields: SUMMARY,
});

/** The tools about what is below a past meeting. */
const PAST_MEETING_PART_TOOLS = [searchParticipants, getParticipant, searchSummaries, getSummary];

const PAST_MEETING =
  "id meeting_id occurrence_id project_uid title description start_time duration timezone visibility restricted " +
  "meeting_type committees recording_enabled artifact_visibility transcript_enabled is_manually_created";

const ARTIFACT =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid title start_time recording_files sessions " +
  "total_size platform visibility created_at updated_at";

const searchPastMeetings = searchTool({
  name: "search_past_meetings",
  type: "v1_past_meeting",
  operation: "search past meetings",
  description:
    "Find meetings that took place: of a series, each occurrence is a row. Use it to find one, or to see how often " +
    "people met; data.meeting_and_occurrence_id is what the tools for past meetings take. Of what is given, " +
    "everything must hold. name: words the title begins with. project_uid: uid of the project. " +
    "committee_uid: uid of the committee. meeting_id: id of the scheduled meeting, for its occurrences. " +
    `${DATES_TEXT} date_field: start_time (the default), end_time, created_at or updated_at. ${SORT_AND_PAGING_TEXT}`,
  fields: `${PAST_MEETING} meeting_and_occurrence_id end_time sessions platform committee_uid created_at updated_at`,
  nameFilter: { parameter: "name", description: "Words that the meeting's title begins with." },
  filters: {
    project_uid: {
      by: "parent",
      key: "project",
      description: "Uid of the project that the meetings belong to.",
    },
    committee_uid: {
      by: "tag",
      key: "committee_uid",
      description: "Uid of a committee that the meetings were for.",
    },
    meeting_id: {
      by: "tag",
      key: "meeting_id",
      description: "Id of the scheduled meeting, such as 91461158520: data.id of search_meetings.",
    },
  },
  dates: ["start_time", "end_time", "created_at", "updated_at"],
  sort: "as given",
});

/** What is kept of a past meeting, if there is such a thing and the caller may see it. */
async function artifactOf(
  api: LfxApi,
  what: "recording" | "transcript",
  uid: string,
): Promise<OptionalPart<Resource>> {
  const found = await optionalPart(
    `Past meeting ${what}`,
    search(api, {
      type: `v1_past_meeting_${what}`,
      operation: `get past meeting ${what}`,
      parent: `past_meeting:${uid}`,
      pageSize: 1,
      sort: "name_asc",
    }),
  );
  const value = found.value?.resources[0];
  // LFX names a next page only after a full one: then there is a row, and it was taken out of this answer.
  if (!value && found.value?.page_token)
    return { warnings: [`Past meeting ${what} unavailable: it is hidden from this caller.`] };
  return { value, warnings: found.warnings };
}

const getPastMeeting = lfxTool("get_past_meeting", {
  description:
    "Read one past meeting with its recording and its transcript: their files, with links. Use it when the id is " +
    "known; search_past_meetings tells it as data.meeting_and_occurrence_id. A recording or transcript that does not " +
    "exist is left out; one that cannot be read is left out with a warning. " +
    "uid: id of meeting and occurrence, such as 91461158520-1771596000000.",
  input: z.strictObject({
    uid: id(
      "Id of meeting and occurrence, such as 91461158520-1771596000000: data.meeting_and_occurrence_id of " +
        "search_past_meetings.",
    ),
  }),
  output: z.looseObject({
    meeting: record(`${PAST_MEETING} meeting_password`),
    recording: resource(`${ARTIFACT} recording_count recording_access`).optional(),
    transcript: resource(`${ARTIFACT} transcript_access`).optional(),
    warnings,
  }),
  run: async ({ uid }, { api }) => {
    const { record: meeting } = await readRecord(api, {
      path: encodePath`/itx/past_meetings/${uid}`,
      query: { v: 1 },
      operation: "get past meeting",
    });
    const [recording, transcript] = await Promise.all([
      artifactOf(api, "recording", uid),
      artifactOf(api, "transcript", uid),
    ]);
    return {
      meeting,
      ...(recording.value && { recording: recording.value }),
      ...(transcript.value && { transcript: transcript.value }),
      ...collectWarnings(recording, transcript),
    };
  },
});

export const PAST_MEETING_TOOLS = [searchPastMeetings, getPastMeeting, ...PAST_MEETING_PART_TOOLS];
