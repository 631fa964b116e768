import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { JsonObject } from "../../../shared/json.ts";
import { encodePath, type LfxApi } from "../api.ts";
import { type Resource, search } from "../client/query.ts";
import { isUnapproved, SUMMARY_TEXTS } from "../client/secrets.ts";
import { PAST_MEETING_ID } from "../people/attendance.ts";
import { omitFields, textOf, trimPeople, UNREADABLE } from "../people/view.ts";
import { id, LARGE_RESULT, lfxTool, record, resource, warnings } from "./shared/define.ts";
import { collectWarnings, optionalPart, readRecord } from "./shared/records.ts";
import { byParent, byTag, type Filter, lookupTool, searchTool } from "./shared/search.ts";

const SUMMARY =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid content edited_content requires_approval " +
  "approved summary_title summary_start_time summary_end_time summary_created_time zoom_meeting_topic email_sent " +
  "created_at updated_at";

/** Filters for what belongs to a past meeting. */
const FILTERS: Readonly<Record<string, Filter>> = {
  past_meeting_id: byParent("past_meeting", "The meeting's data.meeting_and_occurrence_id."),
  project_uid: byParent("project", "The project's uid."),
};

const PAST_MEETING =
  "id meeting_id occurrence_id project_uid title description start_time duration timezone visibility restricted " +
  "meeting_type committees recording_enabled artifact_visibility transcript_enabled is_manually_created";

const ARTIFACT =
  "id meeting_and_occurrence_id meeting_id occurrence_id project_uid title start_time recording_files sessions " +
  "total_size platform visibility recording_count recording_access created_at updated_at";

export const PAST_MEETING_TOOLS = [
  searchTool({
    name: "search_past_meetings",
    recordTool: "get_past_meeting",
    type: "v1_past_meeting",
    description:
      "Find meetings that took place; each occurrence of a series is a row. Its " +
      "data.meeting_and_occurrence_id is the id that other tools take.",
    fields: `${PAST_MEETING} meeting_and_occurrence_id end_time sessions platform committee_uid created_at updated_at`,
    nameFilter: { parameter: "name", description: "Word prefixes of the title." },
    filters: {
      project_uid: byParent("project", "The project's uid."),
      committee_uid: byTag("committee_uid", "Uid of a committee that met."),
      meeting_id: byTag("meeting_id", "The scheduled meeting's data.id, to get its occurrences."),
    },
    dates: ["start_time", "end_time", "created_at", "updated_at"],
    sort: "by parameter",
    sortName: "start time (oldest first)",
    moreSorts: { newest_first: "name_desc" },
  }),
  lfxTool("get_past_meeting", {
    resultLimit: LARGE_RESULT,
    description: "Read a past meeting, with the files and links of its recording and transcript, if any.",
    input: z.strictObject({
      uid: id("Its data.meeting_and_occurrence_id, such as 91461158520-1771596000000."),
    }),
    output: z.looseObject({
      meeting: record(),
      recording: resource(ARTIFACT).optional(),
      transcript: resource().optional(),
      warnings,
    }),
    run: async ({ uid }, { api, progress }) => {
      progress({ message: "Reading the meeting", done: 0, total: 2 });
      const { record: meeting } = await readRecord(api, {
        path: encodePath`/itx/past_meetings/${uid}`,
        query: { v: 1 },
        operation: "get past meeting",
      });
      progress({ message: "Looking for its recording and transcript", done: 1, total: 2 });
      const [recording, transcript] = await Promise.all([
        findArtifact(api, "recording", uid),
        findArtifact(api, "transcript", uid),
      ]);
      return {
        meeting: trimPeople(api.viewer, "v1_past_meeting", meeting),
        ...(recording.value && { recording: recording.value }),
        ...(transcript.value && { transcript: transcript.value }),
        ...collectWarnings(recording, transcript),
      };
    },
  }),
  searchTool({
    name: "search_past_meeting_summaries",
    recordTool: "get_past_meeting_summary",
    type: "v1_past_meeting_summary",
    description:
      "Find AI-written summaries of past meetings, with their text: what was discussed and decided. " +
      "data.edited_content, if set, is a person's correction of data.content.",
    fields: SUMMARY,
    nameFilter: { parameter: "name", description: "Word prefixes of the title." },
    filters: FILTERS,
    sort: "by parameter",
    sortName: "meeting topic",
    present: presentSummaries,
  }),
  lookupTool({
    name: "get_past_meeting_summary",
    resultLimit: LARGE_RESULT,
    type: "v1_past_meeting_summary",
    tag: "past_meeting_summary_id",
    description:
      "Read one AI-written summary of a past meeting. data.edited_content, if set, is a person's correction " +
      "of data.content.",
    uidDescription: "The summary's data.id, not the meeting's.",
    present: presentSummaries,
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
  const [row] = found.value?.resources ?? [];
  if (found.value && !row) return { warnings: [`Past meeting ${kind}: none is visible to you.`] };
  const value = row?.data ? { ...row, data: trimPeople(api.viewer, type, row.data) } : row;
  return { value, warnings: found.warnings };
}

async function presentSummaries(rows: readonly Resource[], api: LfxApi) {
  return { rows: await withholdUnapproved(api, rows) };
}

const WITHHELD: ReadonlySet<string> = new Set([...SUMMARY_TEXTS, UNREADABLE]);

/**
 * Withholds the texts of summaries that their organizer has not approved, from everybody but organizers. Without an answer
 * to who is one, they are withheld.
 */
async function withholdUnapproved(api: LfxApi, rows: readonly Resource[]): Promise<readonly Resource[]> {
  const relationOf = (row: Resource) => `v1_past_meeting:${textOf(row, PAST_MEETING_ID)}#organizer`;
  const unapproved = rows.filter(({ data = {} }) => isUnapproved(data) || UNREADABLE in data);
  if (unapproved.length === 0) return rows;
  const granted = await grantedOf(
    api,
    unapproved.filter((row) => textOf(row, PAST_MEETING_ID)).map(relationOf),
  );
  return rows.map((row) => {
    if (!unapproved.includes(row) || granted.has(relationOf(row))) return row;
    const data = omitFields(row.data, WITHHELD) as JsonObject;
    return { ...row, data: { ...data, content_withheld: "awaiting organizer approval" } };
  });
}

async function grantedOf(api: LfxApi, relations: readonly string[]): Promise<ReadonlySet<string>> {
  try {
    return await api.checkAccess(relations);
  } catch (error) {
    if (error instanceof ToolError) return new Set();
    throw error;
  }
}
