import * as z from "zod";
import { encodePath } from "../api.ts";
import { id } from "./shared/define.ts";
import { recordTool } from "./shared/records.ts";
import { byParent, byTag, searchTool } from "./shared/search.ts";

const GROUP_ID = "The list's Groups.io number, data.group_id, such as 145670.";

export const MAILING_LIST_TOOLS = [
  searchTool({
    name: "search_mailing_lists",
    recordTool: "get_mailing_list",
    type: "groupsio_mailing_list",
    description:
      "Find mailing lists by name or project. A row has two ids: data.uid and the Groups.io number, " +
      "data.group_id.",
    fields:
      "uid group_id group_name title description type public audience_access subscriber_count committees " +
      "service_uid project_uid project_name project_slug subject_tag url flags created_at updated_at",
    nameFilter: { parameter: "name", description: "Word prefixes of the title or name." },
    filters: { project_uid: byParent("project", "The project's uid.") },
    sort: "by name",
  }),
  searchTool({
    name: "search_mailing_list_members",
    recordTool: "get_mailing_list_member",
    type: "groupsio_member",
    description:
      "Find subscribers of mailing lists: who is on a list, or which lists of a project a person is on.",
    fields:
      "uid mailing_list_uid member_id group_id username first_name last_name email organization job_title " +
      "member_type delivery_mode mod_status status committee_id role voting_status project_uid project_slug " +
      "created_at updated_at",
    nameFilter: {
      parameter: "name",
      description: "Word prefixes of the subscriber's name, username or email.",
    },
    filters: {
      mailing_list_id: byTag("mailing_list_uid", "The list's data.uid, not its number."),
      project_uid: byTag("project_uid", "The project's uid."),
    },
    sort: "by name",
  }),
  recordTool("get_mailing_list_service", {
    description:
      "Read the Groups.io service that holds a project's mailing lists: type, domain, prefix and status, no " +
      "settings.",
    input: z.strictObject({ uid: id("service_uid or service_id of a mailing list.") }),
    fields: "id project_uid type group_id domain prefix status created_at updated_at",
    path: ({ uid }) => encodePath`/groupsio/services/${uid}`,
  }),
  recordTool("get_mailing_list", {
    description:
      "Read a mailing list by its Groups.io number: name, type, who may see it, project and committee.",
    input: z.strictObject({ id: id(GROUP_ID) }),
    fields:
      "id project_uid committee_uid service_id group_id name description type audience_access created_at updated_at",
    path: (given) => encodePath`/groupsio/mailing-lists/${given.id}`,
  }),
  recordTool("get_mailing_list_member", {
    description:
      "Read a subscriber of a mailing list by Groups.io numbers, with delivery mode and moderation status.",
    input: z.strictObject({
      mailing_list_id: id(GROUP_ID),
      member_id: id("The subscriber's Groups.io number, data.member_id."),
    }),
    fields:
      "id email name member_type delivery_mode mod_status status organization job_title username role voting_status " +
      "created_at updated_at",
    path: ({ mailing_list_id: list, member_id: member }) =>
      encodePath`/groupsio/mailing-lists/${list}/members/${member}`,
  }),
];
