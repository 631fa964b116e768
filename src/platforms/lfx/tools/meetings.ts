import type { JsonObject } from "../../../shared/json.ts";
import { isObject } from "../../../shared/json.ts";
import type { SearchQuery } from "../client/query.ts";
import { showRegistrants, viewRegistrants } from "../people/attendance.ts";
import { LARGE_RESULT, toDateRange, toMs } from "./shared/define.ts";
import { byParent, lookupTool, type Present, searchTool } from "./shared/search.ts";

const MEETING =
  "id project_uid committee_uid committees title description visibility meeting_type start_time timezone duration " +
  "password restricted artifact_visibility recording_enabled transcript_enabled recurrence occurrences " +
  "cancelled_occurrences zoom_config organizers created_at updated_at";

const REGISTRANT =
  "uid meeting_id type committee_uid email first_name last_name org_name org_is_member job_title host occurrence " +
  "username last_invite_received_time created_at updated_at";

const DATES = ["start_time", "occurrences.start_time", "created_at", "updated_at"] as const;

export const MEETING_TOOLS = [
  searchTool({
    name: "search_meetings",
    recordTool: "get_meeting",
    type: "v1_meeting",
    description:
      "Find scheduled meetings and series. Conferences and other events are not meetings. " +
      "search_past_meetings finds meetings that took place.",
    fields: MEETING,
    nameFilter: { parameter: "name", description: "Word prefixes of the title." },
    filters: {
      // First, so that it becomes the parent: a meeting's committee_uid holds only one of its committees.
      committee_uid: byParent("committee", "Uid of a committee that meets."),
      project_uid: byParent("project", "The project's uid."),
    },
    dates: DATES,
    datesNote: ", the first of a series, so that later dates miss old series",
    sort: "by parameter",
    sortName: "title",
    present: fitOccurrences,
  }),
  lookupTool({
    name: "get_meeting",
    resultLimit: LARGE_RESULT,
    type: "v1_meeting",
    tag: "meeting_id",
    description:
      "Read a scheduled meeting: time, recurrence, all occurrences, and committees. People join in LFX Self Serve.",
    uidDescription: "The meeting's data.id, such as 91461158520.",
  }),
  searchTool({
    name: "search_meeting_registrants",
    recordTool: "get_meeting_registrant",
    type: "v1_meeting_registrant",
    description:
      "Find people who are registered for scheduled meetings. search_past_meeting_participants shows who " +
      "came to past ones.",
    fields: REGISTRANT,
    nameFilter: { parameter: "name", description: "Word prefixes of their name, username or email." },
    filters: {
      meeting_id: byParent("meeting", "The meeting's data.id, such as 91461158520."),
      committee_uid: byParent("committee", "Uid of the committee they are registered through."),
    },
    sort: "by parameter",
    sortName: "email",
    people: viewRegistrants,
  }),
  lookupTool({
    name: "get_meeting_registrant",
    type: "v1_meeting_registrant",
    description:
      "Read a registrant of a scheduled meeting: person, organization, role, and the last invitation's " +
      "delivery.",
    uidDescription: "The registrant's uid.",
    people: (rows, api) => showRegistrants(api, rows),
  }),
];

/** Minutes after its end in which a meeting may still go on. */
const GRACE_MINUTES = 40;

/** Occurrences of a meeting in a search without dates. */
const NEXT_OCCURRENCES = 5;

/** Leaves out occurrences that have ended, and those beyond the dates or the next few: a series can have hundreds. */
async function fitOccurrences(...[rows, , input]: Parameters<Present>): ReturnType<Present> {
  const range =
    input.date_field?.toString().endsWith("start_time") === false ? undefined : toDateRange(DATES, input);
  const now = Date.now();
  const fitted = rows.map((row) => (row.data ? { ...row, data: fitMeeting(row.data, range, now) } : row));
  const isShortened = fitted.some(({ data }) => data?.occurrences_omitted !== undefined);
  return { rows: fitted, warning: isShortened ? SHORTENED : undefined };
}

const SHORTENED =
  "data.occurrences_omitted is the number of occurrences left out: those that ended, and those beyond the dates or the " +
  "next 5. get_meeting returns all.";

function fitMeeting(meeting: JsonObject, range: SearchQuery["dates"], now: number): JsonObject {
  const { occurrences } = meeting;
  if (!Array.isArray(occurrences)) return meeting;
  const starts = occurrences.map((one) => Date.parse(String(isObject(one) ? one.start_time : "")));
  const isNext = (start: number, index: number): boolean => {
    const { duration } = isObject(occurrences[index]) ? occurrences[index] : {};
    const minutes = Number(duration ?? meeting.duration ?? 0) || 0;
    return start + (minutes + GRACE_MINUTES) * 60_000 >= now;
  };
  const coming = starts.filter(isNext).sort((a, b) => a - b);
  const first = range?.from === undefined ? Number.NEGATIVE_INFINITY : toMs(range.from, "00:00:00");
  const last =
    range?.to === undefined
      ? (!range && coming[NEXT_OCCURRENCES - 1]) || Number.POSITIVE_INFINITY
      : toMs(range.to, "23:59:59.999");
  const kept = occurrences.filter((_, index) => {
    const start = starts[index] ?? Number.NaN;
    return Number.isNaN(start) || (isNext(start, index) && start >= first && start <= last);
  });
  const omitted = occurrences.length - kept.length;
  return omitted === 0 ? meeting : { ...meeting, occurrences: kept, occurrences_omitted: omitted };
}
