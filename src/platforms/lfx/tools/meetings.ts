import { DATES_TEXT, SORT_AND_PAGING_TEXT } from "./shared/fields.ts";
import { lookupTool, searchTool } from "./shared/search.ts";

const MEETING =
  "id project_uid committee_uid committees title description visibility meeting_type start_time timezone duration " +
  "join_url password restricted artifact_visibility recording_enabled transcript_enabled recurrence occurrences " +
  "cancelled_occurrences zoom_config organizers created_at updated_at";

const REGISTRANT =
  "uid meeting_id type committee_uid email first_name last_name org_name org_is_member job_title host occurrence " +
  "username last_invite_received_time created_at updated_at";

const searchMeetings = searchTool({
  name: "search_meetings",
  type: "v1_meeting",
  operation: "search meetings",
  description:
    "Find scheduled meetings of projects and committees, single ones and series. Use it for what is planned; " +
    "search_past_meetings finds what took place, and conferences and other events are not meetings: ask LFX Lens or " +
    "the semantic layer for those, if there are tools for them. Of what is given, everything must hold. " +
    "name: words the title begins with. project_uid: uid of the project. committee_uid: uid of the committee. " +
    `${DATES_TEXT} date_field: start_time (the default; of a series its first start, so an old series is not found by ` +
    `later dates), created_at or updated_at. ${SORT_AND_PAGING_TEXT}`,
  fields: MEETING,
  nameFilter: { parameter: "name", description: "Words that the meeting's title begins with." },
  filters: {
    // The field of a meeting holds one of its committees, the parents are all of them: so this one comes first.
    committee_uid: {
      by: "parent",
      key: "committee",
      description: "Uid of a committee that the meetings are for.",
    },
    project_uid: {
      by: "parent",
      key: "project",
      description: "Uid of the project that the meetings belong to.",
    },
  },
  dates: ["start_time", "created_at", "updated_at"],
  sort: "as given",
});

const getMeeting = lookupTool({
  name: "get_meeting",
  type: "v1_meeting",
  tag: "meeting_id",
  noun: "meeting",
  description:
    "Read one scheduled meeting: when and how often, how to join it, for which committees, and its next occurrences. " +
    "Use it when the id is known; search_meetings tells it as data.id. uid: the meeting's id, such as 91461158520.",
  uidDescription: "The meeting's id, such as 91461158520: data.id of search_meetings.",
  fields: MEETING,
});

const searchMeetingRegistrants = searchTool({
  name: "search_meeting_registrants",
  type: "v1_meeting_registrant",
  operation: "search meeting registrants",
  description:
    "Find people who are registered for scheduled meetings. Use it to see who is invited to a meeting, or whom a " +
    "committee brings to its meetings. Of what is given, everything must hold. " +
    "meeting_id: data.id of search_meetings. committee_uid: uid of the committee that they were registered for. " +
    `name: words their name, user name or e-mail begins with. ${SORT_AND_PAGING_TEXT}`,
  fields: REGISTRANT,
  nameFilter: { parameter: "name", description: "Words that their name, user name or e-mail begins with." },
  filters: {
    meeting_id: {
      by: "parent",
      key: "meeting",
      description: "The meeting's id, such as 91461158520: data.id of search_meetings.",
    },
    committee_uid: {
      by: "parent",
      key: "committee",
      description: "Uid of the committee that they were registered for.",
    },
  },
  sort: "as given",
});

const getMeetingRegistrant = lookupTool({
  name: "get_meeting_registrant",
  type: "v1_meeting_registrant",
  tag: "registrant_uid",
  noun: "meeting registrant",
  description:
    "Read one registrant of a scheduled meeting: person, organization, role, and how the last invitation went. " +
    "Use it when the uid is known; search_meeting_registrants tells it as data.uid. uid: the registrant's uid.",
  uidDescription: "The registrant's uid: data.uid of search_meeting_registrants.",
  fields: REGISTRANT,
});

export const MEETING_TOOLS = [searchMeetings, getMeeting, searchMeetingRegistrants, getMeetingRegistrant];
