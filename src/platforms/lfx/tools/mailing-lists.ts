import * as z from "zod";
import { encodePath } from "../api.ts";
import { id, PAGING_TEXT } from "./shared/define.ts";
import { recordTool } from "./shared/records.ts";
import { byParent, byTag, searchTool } from "./shared/search.ts";

const GROUP_ID = "The list's Groups.io number, such as 145670: data.group_id of search_mailing_lists.";

export const MAILING_LIST_TOOLS = [
  searchTool({
    name: "search_mailing_lists",
    recordTool: "get_mailing_list",
    type: "groupsio_mailing_list",
    description:
      "Find mailing lists by name or project. Use it first when another tool needs a mailing list: " +
      "search_mailing_list_members takes data.uid of a row, get_mailing_list takes data.group_id. name: word " +
      `prefixes of the list's title or name. project_uid: uid of the list's project. ${PAGING_TEXT}`,
    fields:
      "uid group_id group_name title description type public audience_access subscriber_count committees " +
      "service_uid project_uid project_name project_slug subject_tag url flags created_at updated_at",
    nameFilter: { parameter: "name", description: "Word prefixes of the list's title or name." },
    filters: { project_uid: byParent("project", "Uid of the lists' project.") },
    sort: "by name",
  }),
  searchTool({
    name: "search_mailing_list_members",
    recordTool: "get_mailing_list_member",
    type: "groupsio_member",
    description:
      "Find subscribers of mailing lists. Use it to see who is on a list, or which lists of a project a person is " +
      "on. Filters are combined with AND. mailing_list_id: the list's uid, data.uid of search_mailing_lists. " +
      "project_uid: uid of the lists' project. name: word prefixes of the subscriber's name, username or email. " +
      PAGING_TEXT,
    fields:
      "uid mailing_list_uid member_id group_id username first_name last_name email organization job_title " +
      "member_type delivery_mode mod_status status committee_id role voting_status project_uid project_slug " +
      "created_at updated_at",
    nameFilter: {
      parameter: "name",
      description: "Word prefixes of the subscriber's name, username or email.",
    },
    filters: {
      mailing_list_id: byTag("mailing_list_uid", "The list's uid: data.uid of search_mailing_lists."),
      project_uid: byTag("project_uid", "Uid of the lists' project."),
    },
    sort: "by name",
  }),
  recordTool("get_mailing_list_service", {
    description:
      "Read a Groups.io service, which holds a project's mailing lists: type, domain, prefix and status, without " +
      "its settings. Use it with service_uid or service_id of a mailing list. uid: the service's uid.",
    input: z.strictObject({ uid: id("The service's uid.") }),
    fields: "id project_uid type group_id domain prefix status created_at updated_at",
    path: ({ uid }) => encodePath`/groupsio/services/${uid}`,
  }),
  recordTool("get_mailing_list", {
    description:
      "Read a mailing list. Use it when you have its Groups.io number, data.group_id of search_mailing_lists. id: " +
      "the list's Groups.io number, such as 145670.",
    input: z.strictObject({ id: id(GROUP_ID) }),
    fields:
      "id project_uid committee_uid service_id group_id name description type audience_access created_at updated_at",
    path: (given) => encodePath`/groupsio/mailing-lists/${given.id}`,
  }),
  recordTool("get_mailing_list_member", {
    description:
      "Read a subscriber of a mailing list, with delivery mode and moderation status. Use it when you have both " +
      "Groups.io numbers, data.group_id and data.member_id of search_mailing_list_members. mailing_list_id: the " +
      "list's Groups.io number, such as 145670. member_id: the subscriber's Groups.io number.",
    input: z.strictObject({
      mailing_list_id: id(GROUP_ID),
      member_id: id(
        "The subscriber's Groups.io number, such as 9876543: data.member_id of search_mailing_list_members.",
      ),
    }),
    fields:
      "id email name member_type delivery_mode mod_status status organization job_title username role voting_status " +
      "created_at updated_at",
    path: ({ mailing_list_id: list, member_id: member }) =>
      encodePath`/groupsio/mailing-lists/${list}/members/${member}`,
  }),
];
