import { LARGE_RESULT } from "./shared/define.ts";
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
      "Find scheduled meetings and series. Conferences and other events are not meetings. " +
      "search_past_meetings finds meetings that took place.",
    fields: MEETING,
    nameFilter: { parameter: "name", description: "Word prefixes of the title." },
    filters: {
      // First, so that it becomes the parent: a meeting's committee_uid holds only one of its committees.
      committee_uid: byParent("committee", "Uid of a committee that meets."),
      project_uid: byParent("project", "The project's uid."),
    },
    dates: ["start_time", "created_at", "updated_at"],
    datesNote: ", the first start of a series, so that later dates miss an old series",
    sort: "by parameter",
    sortName: "title",
  }),
  lookupTool({
    name: "get_meeting",
    resultLimit: LARGE_RESULT,
    type: "v1_meeting",
    tag: "meeting_id",
    description: "Read a scheduled meeting: time, recurrence, next occurrences, committees, and how to join.",
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
  }),
  lookupTool({
    name: "get_meeting_registrant",
    type: "v1_meeting_registrant",
    tag: "registrant_uid",
    description:
      "Read a registrant of a scheduled meeting: person, organization, role, and the last invitation's " +
      "delivery.",
    uidDescription: "The registrant's uid.",
  }),
];
