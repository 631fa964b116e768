import * as z from "zod";
import type { LfxApi } from "../api.ts";
import { type Resource, search } from "../client/query.ts";
import { pathOf } from "../path.ts";
import { PAST_MEETING_PART_TOOLS } from "./past-meeting-parts.ts";
import { DATES } from "./shared/dates.ts";
import { lfxTool } from "./shared/define.ts";
import { id, record, resource, SORT_AND_PAGES, warnings } from "./shared/fields.ts";
import { type Part, readRecord, softly, warningsOf } from "./shared/part-records.ts";
import { searchTool } from "./shared/search.ts";

const PAST_MEETING =
  "id meeting_id occurrence_id project_uid title description start_time duration timezone visibility restricted " +
  "meeting_type committees recording_enabled artifact_visibility transcript_enabled is_manually_created";

const ARTIFACT =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid title start_time recording_files sessions " +
  "total_size platform visibility created_at updated_at";

const searchPastMeetings = searchTool({
  name: "search_past_meetings",
  type: "v1_past_meeting",
  doing: "search past meetings",
  description:
    "Find meetings that took place: of a series, each occurrence is a row. Use it to find one, or to see how often " +
    "people met; data.meeting_and_occurrence_id is what the tools for past meetings take. Of what is given, " +
    "everything must hold. name: words the title begins with. project_uid: uid of the project. " +
    "committee_uid: uid of the committee. meeting_id: id of the scheduled meeting, for its occurrences. " +
    `${DATES} date_field: start_time (the default), end_time, created_at or updated_at. ${SORT_AND_PAGES}`,
  fields: `${PAST_MEETING} meeting_and_occurrence_id end_time sessions platform committee_uid created_at updated_at`,
  named: { parameter: "name", description: "Words that the meeting's title begins with." },
  narrowings: {
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
const artifactOf = async (
  api: LfxApi,
  what: "recording" | "transcript",
  uid: string,
): Promise<Part<Resource>> => {
  const found = await softly(
    `Past meeting ${what}`,
    search(api, {
      type: `v1_past_meeting_${what}`,
      doing: `get past meeting ${what}`,
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
};

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
      path: pathOf`/itx/past_meetings/${uid}`,
      query: { v: 1 },
      doing: "get past meeting",
    });
    const [recording, transcript] = await Promise.all([
      artifactOf(api, "recording", uid),
      artifactOf(api, "transcript", uid),
    ]);
    return {
      meeting,
      ...(recording.value && { recording: recording.value }),
      ...(transcript.value && { transcript: transcript.value }),
      ...warningsOf(recording, transcript),
    };
  },
});

export const PAST_MEETING_TOOLS = [searchPastMeetings, getPastMeeting, ...PAST_MEETING_PART_TOOLS];
