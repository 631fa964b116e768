import { isObject, type JsonObject } from "../../../shared/json.ts";
import { type Resource, search } from "../client/query.ts";
import {
  confirm,
  emailTerms,
  isOwnRecord,
  outOfView,
  ownFilters,
  type PeopleApi,
  type PeopleView,
  pickFields,
  textOf,
} from "./view.ts";

const GUEST =
  "uid meeting_id occurrence first_name last_name avatar_url host job_title org_name type committee_uid";

const HOST = "uid meeting_and_occurrence_id first_name last_name host is_attended";

/** The field with the id of a past meeting. */
export const PAST_MEETING_ID = "meeting_and_occurrence_id";

/** What a caller sees of a meeting's registrants: all of it, a list of guests, or nothing. */
type GuestList = "organizer" | "guest" | "none";

/** What a caller without full view sees of the registrants of a meeting. */
export async function viewRegistrants(input: JsonObject, api: PeopleApi): Promise<PeopleView> {
  const { meeting_id: meeting, name } = input;
  if (typeof meeting !== "string")
    throw outOfView("Registrants are available per meeting", "Nothing was sent. Give meeting_id.");
  const list = await decideGuestList(api, meeting);
  if (name !== undefined && list !== "organizer")
    throw outOfView("name is available to organizers of the meeting", "Omit name, and filter the result.");
  return {
    ...(list === "none" && { anyFilters: [] }),
    show: async (rows) => rows.flatMap((row) => showRegistrant(api, row, meeting, list)),
  };
}

/** What a caller without full view sees of registrants that were found by other means. */
export async function showRegistrants(
  api: PeopleApi,
  rows: readonly Resource[],
): Promise<readonly Resource[]> {
  const shown = rows.map(async (row) => {
    const meeting = textOf(row, "meeting_id");
    return meeting ? showRegistrant(api, row, meeting, await decideGuestList(api, meeting)) : [];
  });
  return (await Promise.all(shown)).flat();
}

function showRegistrant(api: PeopleApi, row: Resource, meeting: string, list: GuestList): Resource[] {
  if (!row.data || list === "none" || textOf(row, "meeting_id") !== meeting) return [];
  if (list === "organizer" || isOwnRecord(api.viewer, row.data)) return [row];
  return [{ ...row, data: pickFields(row.data, GUEST) }];
}

/** Decides what the caller sees of a meeting's registrants. @throws ToolError if anything of it is uncertain */
export async function decideGuestList(api: PeopleApi, meeting: string): Promise<GuestList> {
  const organizer = `v1_meeting:${meeting}#organizer`;
  if ((await confirm(api.checkAccess([organizer]))).has(organizer)) return "organizer";
  const { username } = api.viewer;
  const base = {
    type: "v1_meeting_registrant",
    anyFilters: [`meeting_id:${meeting}`],
    operation: "find own registration",
  };
  const isRegistered = async (condition: { anyTags?: readonly string[]; filters?: readonly string[] }) => {
    const { resources } = await confirm(search(api, { ...base, ...condition }));
    return resources.some(
      (row) => row.data && textOf(row, "meeting_id") === meeting && isOwnRecord(api.viewer, row.data),
    );
  };
  const emails = emailTerms(api.viewer);
  if (emails.length > 0 && (await isRegistered({ anyTags: emails }))) return "guest";
  if (username !== undefined && (await isRegistered({ filters: [`username:${username}`] }))) return "guest";
  return "none";
}

/** What a caller sees of who was in a past meeting: all of it, its hosts and themselves, or themselves. */
export type Attendance = "organizer" | "hosts" | "own";

/**
 * Decides what the caller sees of the participants of past meetings.
 * @param meetings the data of each meeting by its id; undefined for one that the caller does not see
 * @throws ToolError if anything of it is uncertain
 */
export async function decideAttendance(
  api: PeopleApi,
  meetings: ReadonlyMap<string, JsonObject | undefined>,
): Promise<ReadonlyMap<string, Attendance>> {
  const asked = new Map([...meetings].map(([id, data]) => [id, relationsOf(id, data)]));
  const granted = await confirm(
    api.checkAccess([...asked.values()].flatMap(({ organizer, others }) => [organizer, ...others])),
  );
  return new Map(
    [...asked].map(([id, { organizer, others }]): [string, Attendance] => {
      const isOpen = isPublic(meetings.get(id)) || others.some((relation) => granted.has(relation));
      return [id, granted.has(organizer) ? "organizer" : isOpen ? "hosts" : "own"];
    }),
  );
}

/** The same for meetings that are still to be read. */
export async function decideAttendanceOf(
  api: PeopleApi,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Attendance>> {
  const find = async (id: string): Promise<[string, JsonObject | undefined]> => {
    const query = { type: "v1_past_meeting", anyFilters: [`${PAST_MEETING_ID}:${id}`], pageSize: 1 };
    const found = await confirm(search(api, { ...query, operation: "find past meeting" }));
    return [id, found.resources.find((row) => textOf(row, PAST_MEETING_ID) === id)?.data];
  };
  return decideAttendance(api, new Map(await Promise.all([...new Set(ids)].map(find))));
}

function relationsOf(id: string, data: JsonObject = {}) {
  const { committees, committee_uid: committee } = data;
  const listed = Array.isArray(committees) ? committees.map((one) => (isObject(one) ? one.uid : one)) : [];
  const uids = [committee, ...listed].filter((uid): uid is string => typeof uid === "string" && uid !== "");
  return {
    organizer: `v1_past_meeting:${id}#organizer`,
    others: [
      ...["host", "invitee", "attendee"].map((name) => `v1_past_meeting:${id}#${name}`),
      ...uids.map((uid) => `committee:${uid}#member`),
    ],
  };
}

function isPublic({ visibility, restricted }: JsonObject = {}): boolean {
  return visibility === "public" && (restricted ?? false) === false;
}

/** The filters that match what is shown of a meeting's participants; undefined for all of them. */
export function attendanceFilters(
  { viewer }: PeopleApi,
  attendance: Attendance,
): readonly string[] | undefined {
  if (attendance === "organizer") return undefined;
  return [...(attendance === "hosts" ? ["host:true"] : []), ...ownFilters(viewer)];
}

/** What a caller without full view sees of participants. @param known what is decided for the past meetings */
export function showAttendance(
  { viewer }: PeopleApi,
  rows: readonly Resource[],
  known: ReadonlyMap<string, Attendance>,
): readonly Resource[] {
  return rows.flatMap((row) => {
    const attendance = known.get(textOf(row, PAST_MEETING_ID));
    if (!row.data || attendance === undefined) return [];
    if (attendance === "organizer" || isOwnRecord(viewer, row.data)) return [row];
    const isHost = attendance === "hosts" && row.data.host === true;
    return isHost ? [{ ...row, data: pickFields(row.data, HOST) }] : [];
  });
}

/** The same for participants whose meetings are still to be read. */
export async function showParticipants(
  api: PeopleApi,
  rows: readonly Resource[],
): Promise<readonly Resource[]> {
  const ids = rows.map((row) => textOf(row, PAST_MEETING_ID)).filter(Boolean);
  return showAttendance(api, rows, await decideAttendanceOf(api, ids));
}
