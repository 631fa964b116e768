import { DATES_TEXT, LARGE_RESULT, SORT_AND_PAGING_TEXT } from "./shared/define.ts";
import { byParent, lookupTool, searchTool } from "./shared/search.ts";

const MEETING =
  "id project_uid committee_uid committees title description visibility meeting_type start_time timezone duration " +
  "join_url password restricted artifact_visibility recording_enabled transcript_enabled recurrence occurrences " +
  "cancelled_occurrences zoom_config organizers created_at updated_at";

const REGISTRANT =
  "uid meeting_id type committee_uid email first_name last_name org_name org_is_member job_title host occurrence " +
  "username last_invite_received_time created_at updated_at";

export const MEETING_TOOLS = [
  searchTool({
    name: "search_meetings",
    recordTool: "get_meeting",
    type: "v1_meeting",
    description:
      "Find scheduled meetings and series of projects and committees. Use it for planned meetings; " +
      "search_past_meetings finds past ones. Conferences and other events are not meetings: use LFX Lens or the " +
      "semantic layer for those, if available. Filters are combined with AND. name: word prefixes of the title. " +
      `project_uid: uid of the project. committee_uid: uid of the committee. ${DATES_TEXT} date_field: start_time ` +
      "(default; the first start of a series, so later dates do not find an old series), created_at or updated_at. " +
      SORT_AND_PAGING_TEXT,
    fields: MEETING,
    nameFilter: { parameter: "name", description: "Word prefixes of the meeting's title." },
    filters: {
      // First, so that it becomes the parent: a meeting's committee_uid holds only one of its committees.
      committee_uid: byParent("committee", "Uid of a committee that meets."),
      project_uid: byParent("project", "Uid of the meetings' project."),
    },
    dates: ["start_time", "created_at", "updated_at"],
    sort: "by parameter",
  }),
  lookupTool({
    name: "get_meeting",
    resultLimit: LARGE_RESULT,
    type: "v1_meeting",
    tag: "meeting_id",
    description:
      "Read a scheduled meeting: time and recurrence, how to join, committees, and next occurrences. Use it when " +
      "you have the id, data.id of search_meetings. uid: the meeting's id, such as 91461158520.",
    uidDescription: "The meeting's id, such as 91461158520: data.id of search_meetings.",
    fields: MEETING,
  }),
  searchTool({
    name: "search_meeting_registrants",
    recordTool: "get_meeting_registrant",
    type: "v1_meeting_registrant",
    description:
      "Find people who are registered for scheduled meetings. Use it to see who is invited to a meeting, or who is " +
      "registered through a committee. Filters are combined with AND. meeting_id: data.id of search_meetings. " +
      "committee_uid: uid of the committee that they are registered through. name: word prefixes of their name, " +
      `username or email. ${SORT_AND_PAGING_TEXT}`,
    fields: REGISTRANT,
    nameFilter: { parameter: "name", description: "Word prefixes of their name, username or email." },
    filters: {
      meeting_id: byParent("meeting", "The meeting's id, such as 91461158520: data.id of search_meetings."),
      committee_uid: byParent("committee", "Uid of the committee that they are registered through."),
    },
    sort: "by parameter",
  }),
  lookupTool({
    name: "get_meeting_registrant",
    type: "v1_meeting_registrant",
    tag: "registrant_uid",
    description:
      "Read a registrant of a scheduled meeting: person, organization, role, and the last invitation's delivery. " +
      "Use it when you have the uid, data.uid of search_meeting_registrants. uid: the registrant's uid.",
    uidDescription: "The registrant's uid: data.uid of search_meeting_registrants.",
    fields: REGISTRANT,
  }),
];
