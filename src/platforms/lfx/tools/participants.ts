import * as z from "zod";
import { ToolError } from "../../../mcp/errors.ts";
import type { ReportProgress } from "../../../mcp/progress.ts";
import { MAX_RESULT_CHARS } from "../../../mcp/tool.ts";
import type { JsonObject } from "../../../shared/json.ts";
import type { LfxApi } from "../api.ts";
import { count, type Resource, type SearchQuery, search } from "../client/query.ts";
import {
  type Attendance,
  attendanceFilters,
  decideAttendance,
  decideAttendanceOf,
  PAST_MEETING_ID,
  showAttendance,
  showParticipants,
} from "../people/attendance.ts";
import { groupBy, mergePeople } from "../people/duplicates.ts";
import { isOwnRecord, outOfView, textOf } from "../people/view.ts";
import { dateLimits, id, lfxTool, paging, resource, text, toDateRange, warnings } from "./shared/define.ts";
import {
  explainPage,
  explainParents,
  lookupTool,
  NOTHING_VISIBLE,
  SORTS,
  searchInView,
  toPageLimit,
} from "./shared/search.ts";

const TYPE = "v1_past_meeting_participant";

const PARTICIPANT =
  "uid meeting_and_occurrence_id meeting_id project_uid project_slug committee_uid email first_name last_name host " +
  "job_title org_name org_is_member username is_invited is_attended is_unknown zoom_user_name mapped_invitee_name " +
  "sessions created_at updated_at";

/** Meetings of one date range: the default, and the most. */
const DEFAULT_MEETINGS = 50;
const MAX_MEETINGS = 200;

/** Records of one date range. */
const MAX_RECORDS = 5000;

/** Requests of one call to the query service. */
const MAX_REQUESTS = 2000;

/** Characters of the rows of one date range; the rest of a result's limit is for notes. */
const MAX_LISTED_CHARS = MAX_RESULT_CHARS - 1000;

/** Meetings that are read at the same time. */
const CONCURRENCY = 8;

const FULL_PAGE_SIZE = 100;

/** Milliseconds: 200 meetings take longer than any other read. */
const TIMEOUT_MS = 60_000;

const OPERATION = "search past meeting participants";

const INPUT = {
  past_meeting_id: id("The meeting's data.meeting_and_occurrence_id.").optional(),
  committee_uid: id("Uid of a committee that met.").optional(),
  project_uid: id("The project's uid.").optional(),
  name: text("Word prefixes of their name or username.", 500).optional(),
  org_name: text("Exact name of the organization, as in the records.", 200).optional(),
  attended_only: z.boolean().optional().describe("Only those who came."),
  ...dateLimits(),
  max_meetings: z
    .int()
    .min(1)
    .max(MAX_MEETINGS)
    .optional()
    .describe(`Most meetings in the dates; default ${DEFAULT_MEETINGS}.`),
  count_only: z.boolean().optional().describe("Count records, not people, and list none."),
  dedupe: z.boolean().optional().describe("One row a person; default true."),
  sort: z.enum(SORTS).optional().describe("Default name_asc, by email."),
  ...paging,
};

const number = z.int().optional();

export const PARTICIPANT_TOOLS = [
  lfxTool("search_past_meeting_participants", {
    description:
      "Find people who were invited to past meetings (data.is_invited) or attended them (data.is_attended): of one " +
      "meeting, or of all meetings of a project or committee in a range of dates.",
    input: z.strictObject(INPUT),
    output: z.looseObject({
      resources: z.array(resource(PARTICIPANT)).optional(),
      page_token: z.string().optional(),
      people: number,
      records: number,
      meetings: number,
      truncated_meetings: z.boolean().optional(),
      truncated_records: z.boolean().optional(),
      count: number,
      complete: z.boolean().optional(),
      note: z.string().optional(),
      warnings,
    }),
    resultLimit: toPageLimit({ recordTool: "get_past_meeting_participant" }),
    timeoutMs: TIMEOUT_MS,
    run: async (input, { api, progress }) => {
      const unused = explainParents(toParents(input));
      const { warnings = [], ...result } = await run(input, api, progress);
      const all = [...warnings, ...(unused === undefined ? [] : [unused])];
      return { ...result, ...(all.length > 0 && { warnings: all }) };
    },
  }),
  lookupTool({
    name: "get_past_meeting_participant",
    type: TYPE,
    description:
      "Read a participant of a past meeting: person, organization, invitation, attendance, and times in the " +
      "meeting.",
    uidDescription: "The participant's uid.",
    people: (rows, api) => showParticipants(api, rows),
  }),
];

type Input = z.output<ReturnType<typeof z.strictObject<typeof INPUT>>>;

function run(
  input: Input,
  api: LfxApi,
  progress: ReportProgress,
): Promise<JsonObject & { readonly warnings?: readonly string[] }> {
  const dates = toDateRange(["start_time"], input);
  if (!dates) return input.count_only ? countMeeting(input, api) : searchMeeting(input, api);
  assertRange(input);
  return searchRange(input, dates, api, progress);
}

/** The parents of which one limits a search: the first that is given. */
const PARENTS = {
  past_meeting_id: "past_meeting",
  committee_uid: "committee",
  project_uid: "project",
} as const;

function toParents(input: Input): readonly string[] {
  return Object.entries(PARENTS).flatMap(([name, type]) => {
    const value = input[name as keyof typeof PARENTS];
    return value === undefined ? [] : `${type}:${value}`;
  });
}

/** The conditions on participants, whatever their meeting. */
function toConditions({ name, org_name: organization, attended_only: hasAttended, sort }: Input) {
  return {
    type: TYPE,
    operation: OPERATION,
    name,
    anyTags: hasAttended ? ["is_attended:true"] : [],
    filters: organization === undefined ? [] : [`org_name:${organization}`],
    sort: sort ?? "name_asc",
  };
}

function toQuery(input: Input): SearchQuery {
  return { ...toConditions(input), parent: toParents(input)[0] };
}

/** What a caller without full view sees of one meeting; undefined for full view. @throws ToolError */
async function viewMeeting(input: Input, api: LfxApi) {
  if (api.viewer.fullView) return undefined;
  const { past_meeting_id: meeting } = input;
  if (meeting === undefined)
    throw outOfView(
      "Participants are available per past meeting or range of dates",
      "Nothing was sent. Give past_meeting_id, or dates with project_uid or committee_uid.",
    );
  const attendance = await decideAttendanceOf(api, [meeting]);
  assertFilters(input, attendance);
  return attendance;
}

/** Only organizers may filter by what is hidden from others. */
function assertFilters({ name, org_name: organization }: Input, attendance: ReadonlyMap<string, Attendance>) {
  const isFiltered = name !== undefined || organization !== undefined;
  if (isFiltered && [...attendance.values()].some((one) => one !== "organizer"))
    throw outOfView(
      "name and org_name are available to organizers of every meeting that is searched",
      "Omit them, and filter the result instead.",
    );
}

async function searchMeeting(input: Input, api: LfxApi) {
  const { page_size: pageSize = 10, page_token: pageToken, past_meeting_id: meeting = "" } = input;
  const attendance = await viewMeeting(input, api);
  const own = attendance && { anyFilters: attendanceFilters(api, attendance.get(meeting) ?? "own") };
  const found = await searchInView(api, { ...toQuery(input), pageSize, pageToken }, own);
  const rows = attendance ? showAttendance(api, found.resources, attendance) : found.resources;
  const isEmpty = rows.length === 0 && (found.page_token ?? pageToken) === undefined;
  const warning = explainPage(rows.length, pageSize, found.page_token, isEmpty);
  return {
    ...found,
    ...toPeople(input, api, rows),
    ...(input.dedupe !== false && (found.page_token ?? pageToken) !== undefined && { note: PER_PAGE }),
    ...(warning && { warnings: [warning] }),
  };
}

async function countMeeting(input: Input, api: LfxApi) {
  const attendance = await viewMeeting(input, api);
  if (attendance && [...attendance.values()].includes("own"))
    throw outOfView(
      "Participants are counted for people who may see the meeting's attendance",
      "Nothing was counted. Omit count_only to see your own records.",
    );
  return toCount([await count(api, toQuery(input))]);
}

/** Requires arguments that a range of dates can have. @throws ToolError `invalid_input` */
function assertRange({ past_meeting_id: meeting, page_token: token, ...input }: Input): void {
  const refuse = (message: string, hint: string): ToolError =>
    new ToolError("invalid_input", message, { hint: `Nothing was sent. ${hint}` });
  if (meeting !== undefined)
    throw refuse("Dates cannot be combined with past_meeting_id", "Omit the dates for one meeting.");
  if (input.project_uid === undefined && input.committee_uid === undefined)
    throw refuse("Dates need project_uid or committee_uid", "Give one of them.");
  if (token !== undefined)
    throw refuse("Dates cannot be combined with page_token", "A range of dates is read whole: omit it.");
}

/** Reads or counts the participants of all meetings in a range of dates. */
async function searchRange(
  input: Input,
  dates: NonNullable<SearchQuery["dates"]>,
  given: LfxApi,
  progress: ReportProgress,
) {
  const api = limitRequests(given);
  const { meetings, isTruncated } = await findMeetings(input, dates, api);
  const attendance = api.viewer.fullView ? undefined : await decideAttendance(api, meetings);
  if (attendance) assertFilters(input, attendance);
  const ids = [...meetings.keys()];
  const truncated = isTruncated && { truncated_meetings: true };
  const inTurn = <Part>(
    wanted: readonly string[],
    read: (id: string) => Promise<Part>,
    isEnough = () => false,
  ) => readInTurn(wanted, read, isEnough, progress);
  const conditionsOf = (meeting: string) => ({ ...toConditions(input), parent: `past_meeting:${meeting}` });

  if (input.count_only) {
    const countable = ids.filter((meeting) => attendance?.get(meeting) !== "own");
    const counts = await inTurn(countable, (meeting) => count(api, conditionsOf(meeting)));
    return { ...toCount(counts, isTruncated), meetings: countable.length, ...truncated };
  }
  let records = 0;
  const parts = await inTurn(
    ids,
    async (meeting) => {
      const anyFilters = attendance && attendanceFilters(api, attendance.get(meeting) ?? "own");
      const rows = await readMeeting(api, { ...conditionsOf(meeting), anyFilters });
      const shown = attendance ? showAttendance(api, rows, attendance) : rows;
      records += shown.length;
      return shown;
    },
    () => records > MAX_RECORDS,
  );
  const all = parts.flat();
  const rows = all.slice(0, MAX_RECORDS);
  const { resources, ...counts } = toPeople(input, api, rows);
  const listed = takeListable(resources);
  const hasMore = all.length > rows.length || parts.length < ids.length;
  const notes = [
    ...(isTruncated ? [`Only the first ${meetings.size} meetings of the range are included.`] : []),
    ...(hasMore ? [`Only the first ${MAX_RECORDS} records are included.`] : []),
    ...(listed.length < resources.length
      ? [`Only the first ${listed.length} of ${resources.length} rows are listed.`]
      : []),
    ...(isTruncated || hasMore || listed.length < resources.length
      ? ["Use fewer dates, attended_only or org_name to get the rest."]
      : []),
    ...(attendance && input.dedupe !== false ? [PER_MEETING] : []),
  ];
  return {
    resources: listed,
    ...counts,
    meetings: attendance ? parts.filter((part) => part.length > 0).length : parts.length,
    ...truncated,
    ...(hasMore && { truncated_records: true }),
    ...(notes.length > 0 && { note: notes.join(" ") }),
    ...(listed.length === 0 && { warnings: [NOTHING_VISIBLE] }),
  };
}

/** The first rows that fit a result whole: a range has no pages to continue with. */
function takeListable(rows: readonly Resource[]): readonly Resource[] {
  let left = MAX_LISTED_CHARS;
  const end = rows.findIndex((row) => {
    left -= JSON.stringify(row).length + 1;
    return left < 0;
  });
  return end < 0 ? rows : rows.slice(0, Math.max(end, 1));
}

/** The API, for at most 2000 requests: each of them is one of the query service. */
function limitRequests(api: LfxApi): LfxApi {
  let left = MAX_REQUESTS;
  return {
    ...api,
    lfx: {
      send: (request) => {
        left -= 1;
        if (left >= 0) return api.lfx.send(request);
        throw new ToolError("invalid_input", `The range needs more than ${MAX_REQUESTS} requests`, {
          hint: "Use fewer dates, or a lower max_meetings.",
        });
      },
    },
  };
}

/** The past meetings in the range, the oldest first, with their data. */
async function findMeetings(input: Input, dates: NonNullable<SearchQuery["dates"]>, api: LfxApi) {
  const { max_meetings: max = DEFAULT_MEETINGS } = input;
  const query = { type: "v1_past_meeting", operation: "find past meetings", sort: "name_asc", dates };
  const meetings = new Map<string, Resource["data"]>();
  let pageToken: string | undefined;
  do {
    const page = await search(api, {
      ...query,
      parent: toParents(input)[0],
      pageSize: FULL_PAGE_SIZE,
      pageToken,
    });
    for (const row of page.resources) {
      const meeting = textOf(row, PAST_MEETING_ID) || row.id?.replace(/^v1_past_meeting:/, "");
      if (meeting) meetings.set(meeting, row.data);
    }
    pageToken = page.page_token;
  } while (pageToken !== undefined && meetings.size <= max);
  const isTruncated = meetings.size > max || pageToken !== undefined;
  return { meetings: new Map([...meetings].slice(0, max)), isTruncated };
}

/** All participants of one meeting, up to one more than a range may have. */
async function readMeeting(api: LfxApi, query: SearchQuery): Promise<readonly Resource[]> {
  const rows: Resource[] = [];
  let pageToken: string | undefined;
  do {
    const page = await searchInView(api, { ...query, pageSize: FULL_PAGE_SIZE, pageToken }, query);
    rows.push(...page.resources);
    pageToken = page.page_token;
  } while (pageToken !== undefined && rows.length <= MAX_RECORDS);
  return rows;
}

/** Reads several meetings at a time, in their order, until there is enough. */
async function readInTurn<Part>(
  ids: readonly string[],
  read: (id: string) => Promise<Part>,
  isEnough: () => boolean,
  progress: ReportProgress,
): Promise<readonly Part[]> {
  const parts: Part[] = [];
  while (parts.length < ids.length && !isEnough()) {
    progress({ message: "Reading the participants of meetings", done: parts.length, total: ids.length });
    parts.push(...(await Promise.all(ids.slice(parts.length, parts.length + CONCURRENCY).map(read))));
  }
  return parts;
}

/** The rows of a result: one for each person, unless every record is asked for. */
function toPeople({ dedupe = true }: Input, { viewer }: LfxApi, rows: readonly Resource[]) {
  if (!dedupe) return { resources: rows };
  // Records that are shown in different ways are kept apart, or a merged one would show more.
  const viewOf = (row: Resource) =>
    viewer.fullView ? "" : `${textOf(row, PAST_MEETING_ID)} ${isOwnRecord(viewer, row.data ?? {})}`;
  const people = [...groupBy(rows, viewOf).values()].flatMap(mergePeople);
  return { resources: people, people: people.length, records: rows.length };
}

type Count = { readonly count: number; readonly complete: boolean };

function toCount(counts: readonly Count[], isTruncated = false) {
  const complete = !isTruncated && counts.every((one) => one.complete);
  return {
    count: counts.reduce((sum, one) => sum + one.count, 0),
    complete,
    visibility: "caller",
    note: `Counts records that you can see, one for each person and meeting.${complete ? "" : LOWER_BOUND}`,
  };
}

const LOWER_BOUND = " The number is a lower bound: narrow the search.";
const PER_PAGE = "Records of a person are merged within this page only, so they can return on another one.";
const PER_MEETING = "Records of a person are merged within each meeting only.";
