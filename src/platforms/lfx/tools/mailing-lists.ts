import * as z from "zod";
import { encodePath } from "../api.ts";
import { lfxTool } from "./shared/define.ts";
import { id, PAGING_TEXT, record } from "./shared/fields.ts";
import { readRecord } from "./shared/records.ts";
import { searchTool } from "./shared/search.ts";

const searchMailingLists = searchTool({
  name: "search_mailing_lists",
  type: "groupsio_mailing_list",
  operation: "search mailing lists",
  description:
    "Find mailing lists by name, or those of a project. Use it first wherever another tool asks for a mailing list: " +
    "data.uid of a row is what search_mailing_list_members takes, data.group_id what get_mailing_list takes. " +
    `name: words the list's title or name begins with. project_uid: uid of the list's project. ${PAGING_TEXT}`,
  fields:
    "uid group_id group_name title description type public audience_access subscriber_count committees service_uid " +
    "project_uid project_name project_slug subject_tag url flags created_at updated_at",
  nameFilter: { parameter: "name", description: "Words that the list's title or name begins with." },
  filters: {
    project_uid: {
      by: "parent",
      key: "project",
      description: "Uid of the project that the lists belong to.",
    },
  },
  sort: "by name",
});

const searchMailingListMembers = searchTool({
  name: "search_mailing_list_members",
  type: "groupsio_member",
  operation: "search mailing list members",
  description:
    "Find subscribers of mailing lists. Use it to see who is on a list, or on which lists of a project a person is. " +
    "Of what is given, everything must hold. mailing_list_id: the list's uid, data.uid of search_mailing_lists. " +
    "project_uid: uid of the lists' project. name: words the subscriber's name, user name or e-mail begins with. " +
    PAGING_TEXT,
  fields:
    "uid mailing_list_uid member_id group_id username first_name last_name email organization job_title " +
    "member_type delivery_mode mod_status status committee_id role voting_status project_uid project_slug " +
    "created_at updated_at",
  nameFilter: {
    parameter: "name",
    description: "Words that the subscriber's name, user name or e-mail begins with.",
  },
  filters: {
    mailing_list_id: {
      by: "tag",
      key: "mailing_list_uid",
      description: "The list's uid, as in data.uid of search_mailing_lists.",
    },
    project_uid: {
      by: "tag",
      key: "project_uid",
      description: "Uid of the project that the lists belong to.",
    },
  },
  sort: "by name",
});

const getMailingListService = lfxTool("get_mailing_list_service", {
  description:
    "Read one Groups.io service, which holds mailing lists of a project: its type, domain, prefix and status; not its " +
    "settings. Use it when the uid is known, from service_uid or service_id of a mailing list. " +
    "uid: the service's uid.",
  input: z.strictObject({ uid: id("The service's uid.") }),
  output: record("id project_uid type group_id domain prefix status created_at updated_at"),
  run: async ({ uid }, { api }) => {
    const operation = "get mailing list service";
    return (await readRecord(api, { path: encodePath`/groupsio/services/${uid}`, operation })).record;
  },
});

const GROUP_ID = "The list's number at Groups.io, such as 145670: data.group_id of search_mailing_lists.";

const getMailingList = lfxTool("get_mailing_list", {
  description:
    "Read one mailing list. Use it when its number at Groups.io is known; search_mailing_lists tells it as " +
    "data.group_id. id: the list's number at Groups.io, such as 145670.",
  input: z.strictObject({ id: id(GROUP_ID) }),
  output: record(
    "id project_uid committee_uid service_id group_id name description type audience_access created_at updated_at",
  ),
  run: async (given, { api }) => {
    const operation = "get mailing list";
    return (await readRecord(api, { path: encodePath`/groupsio/mailing-lists/${given.id}`, operation }))
      .record;
  },
});

const getMailingListMember = lfxTool("get_mailing_list_member", {
  description:
    "Read one subscriber of a mailing list, with delivery mode and moderation status. Use it when both numbers at " +
    "Groups.io are known; search_mailing_list_members tells them as data.group_id and data.member_id. " +
    "mailing_list_id: the list's number at Groups.io, such as 145670. member_id: the subscriber's number there.",
  input: z.strictObject({
    mailing_list_id: id(GROUP_ID),
    member_id: id(
      "The subscriber's number at Groups.io, such as 9876543: data.member_id of search_mailing_list_members.",
    ),
  }),
  output: record(
    "id email name member_type delivery_mode mod_status status organization job_title username role voting_status " +
      "created_at updated_at",
  ),
  run: async ({ mailing_list_id: list, member_id: member }, { api }) => {
    const path = encodePath`/groupsio/mailing-lists/${list}/members/${member}`;
    return (await readRecord(api, { path, operation: "get mailing list member" })).record;
  },
});

export const MAILING_LIST_TOOLS = [
  searchMailingLists,
  searchMailingListMembers,
  getMailingListService,
  getMailingList,
  getMailingListMember,
];
