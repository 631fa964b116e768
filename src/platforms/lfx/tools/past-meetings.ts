import * as z from "zod";
import { encodePath, type LfxApi } from "../api.ts";
import { search } from "../client/query.ts";
import {
  DATES_TEXT,
  id,
  LARGE_RESULT,
  lfxTool,
  record,
  resource,
  SORT_AND_PAGING_TEXT,
  warnings,
} from "./shared/define.ts";
import { collectWarnings, optionalPart, readRecord } from "./shared/records.ts";
import { byParent, byTag, type Filter, lookupTool, searchTool } from "./shared/search.ts";

const PARTICIPANT =
  "uid meeting_and_occurrence_id meeting_id project_uid project_slug committee_uid email first_name last_name host " +
  "job_title org_name org_is_member username is_invited is_attended is_unknown zoom_user_name mapped_invitee_name " +
  "sessions created_at updated_at";

const SUMMARY =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid content edited_content requires_approval " +
  "approved summary_title summary_start_time summary_end_time summary_created_time zoom_meeting_topic email_sent " +
  "created_at updated_at";

/** Filters for what belongs to a past meeting. */
const FILTERS: Readonly<Record<string, Filter>> = {
  past_meeting_id: byParent(
    "past_meeting",
    "The past meeting's id, such as 91461158520-1771596000000: data.meeting_and_occurrence_id of search_past_meetings.",
  ),
  project_uid: byParent("project", "Uid of their project."),
};

const FILTERS_TEXT =
  "Filters are combined with AND. past_meeting_id: data.meeting_and_occurrence_id of search_past_meetings. " +
  "project_uid: uid of the project.";

const PAST_MEETING =
  "id meeting_id occurrence_id project_uid title description start_time duration timezone visibility restricted " +
  "meeting_type committees recording_enabled artifact_visibility transcript_enabled is_manually_created";

const ARTIFACT =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid title start_time recording_files sessions " +
  "total_size platform visibility created_at updated_at";

export const PAST_MEETING_TOOLS = [
  searchTool({
    name: "search_past_meetings",
    recordTool: "get_past_meeting",
    type: "v1_past_meeting",
    description:
      "Find past meetings; each occurrence of a series is a row. Use it to find one, or to see how often people " +
      "met. Other tools for past meetings take data.meeting_and_occurrence_id. Filters are combined with AND. name: " +
      "word prefixes of the title. project_uid: uid of the project. committee_uid: uid of the committee. " +
      `meeting_id: id of the scheduled meeting, to get its occurrences. ${DATES_TEXT} date_field: start_time ` +
      `(default), end_time, created_at or updated_at. ${SORT_AND_PAGING_TEXT}`,
    fields: `${PAST_MEETING} meeting_and_occurrence_id end_time sessions platform committee_uid created_at updated_at`,
    nameFilter: { parameter: "name", description: "Word prefixes of the meeting's title." },
    filters: {
      project_uid: byParent("project", "Uid of the meetings' project."),
      committee_uid: byTag("committee_uid", "Uid of a committee that met."),
      meeting_id: byTag(
        "meeting_id",
        "Id of the scheduled meeting, such as 91461158520: data.id of search_meetings.",
      ),
    },
    dates: ["start_time", "end_time", "created_at", "updated_at"],
    sort: "by parameter",
  }),
  lfxTool("get_past_meeting", {
    resultLimit: LARGE_RESULT,
    description:
      "Read a past meeting with the files and links of its recording and transcript. Use it when you have the id, " +
      "data.meeting_and_occurrence_id of search_past_meetings. A missing recording or transcript is omitted; an " +
      "unreadable one is omitted with a warning. uid: id of meeting and occurrence, such as " +
      "91461158520-1771596000000.",
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
        findArtifact(api, "recording", uid),
        findArtifact(api, "transcript", uid),
      ]);
      return {
        meeting,
        ...(recording.value && { recording: recording.value }),
        ...(transcript.value && { transcript: transcript.value }),
        ...collectWarnings(recording, transcript),
      };
    },
  }),
  searchTool({
    name: "search_past_meeting_participants",
    recordTool: "get_past_meeting_participant",
    type: "v1_past_meeting_participant",
    description:
      "Find people who were invited to or attended past meetings: data.is_invited, data.is_attended. Use it to see " +
      `who was there. ${FILTERS_TEXT} name: word prefixes of their first name, last name or username. ` +
      SORT_AND_PAGING_TEXT,
    fields: PARTICIPANT,
    nameFilter: {
      parameter: "name",
      description: "Word prefixes of their first name, last name or username.",
    },
    filters: FILTERS,
    sort: "by parameter",
  }),
  lookupTool({
    name: "get_past_meeting_participant",
    type: "v1_past_meeting_participant",
    tag: "past_meeting_participant_uid",
    description:
      "Read a participant of a past meeting: person, organization, invitation, attendance, and times in the " +
      "meeting. Use it when you have the uid, data.uid of search_past_meeting_participants. uid: the participant's " +
      "uid.",
    uidDescription: "The participant's uid: data.uid of search_past_meeting_participants.",
    fields: PARTICIPANT,
  }),
  searchTool({
    name: "search_past_meeting_summaries",
    recordTool: "get_past_meeting_summary",
    type: "v1_past_meeting_summary",
    description:
      "Find AI-written summaries of past meetings, with their full text. Use it to see what a meeting discussed or " +
      `decided. data.edited_content, if set, is a person's correction of data.content. ${FILTERS_TEXT} name: word ` +
      `prefixes of the meeting's title. ${SORT_AND_PAGING_TEXT}`,
    fields: SUMMARY,
    nameFilter: { parameter: "name", description: "Word prefixes of the meeting's title." },
    filters: FILTERS,
    sort: "by parameter",
  }),
  lookupTool({
    name: "get_past_meeting_summary",
    resultLimit: LARGE_RESULT,
    type: "v1_past_meeting_summary",
    tag: "past_meeting_summary_id",
    description:
      "Read an AI-written summary of a past meeting. Use it when you have the id, data.id of " +
      "search_past_meeting_summaries. data.edited_content, if set, is a person's correction of data.content. uid: " +
      "the summary's id, not the past meeting's.",
    uidDescription: "The summary's id, not the past meeting's: data.id of search_past_meeting_summaries.",
    fields: SUMMARY,
  }),
];

/** Finds the recording or transcript of a past meeting, if it exists and the caller may see it. */
async function findArtifact(api: LfxApi, kind: "recording" | "transcript", uid: string) {
  const type = `v1_past_meeting_${kind}`;
  const operation = `get past meeting ${kind}`;
  const parent = `past_meeting:${uid}`;
  const requested = { id: uid, fields: ["meeting_and_occurrence_id"] };
  const query = { type, operation, parent, requested, pageSize: 1, sort: "name_asc" };
  const found = await optionalPart(`Past meeting ${kind}`, search(api, query));
  const value = found.value?.resources[0];
  // LFX returns a page_token only after a full page: the row exists, but was removed from the response.
  if (!value && found.value?.page_token)
    return { warnings: [`Past meeting ${kind} unavailable: it is hidden from this caller.`] };
  return { value, warnings: found.warnings };
}
