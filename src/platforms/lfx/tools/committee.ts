import * as z from "zod";
import { pathOf } from "../path.ts";
import { BASE, MEMBER, SETTINGS, withoutCount } from "./committee-fields.ts";
import { lfxTool } from "./shared/define.ts";
import { id, PAGES, record, warnings } from "./shared/fields.ts";
import { readRecord, softly, warningsOf } from "./shared/part-records.ts";
import { searchTool } from "./shared/search.ts";

const searchCommittees = searchTool({
  name: "search_committees",
  type: "committee",
  doing: "search committees",
  description:
    "Find committees by name, or those of a project: boards, councils, working groups and the like. Use " +
    "it first wherever another tool asks for the uid of a committee, which is data.uid of a row. How many members " +
    "a committee has is not told; search_committee_members lists them. name: words the committee's name or display " +
    `name begins with. project_uid: uid of the project, without those below it. ${PAGES}`,
  fields: `${BASE} project_slug created_at updated_at`,
  named: { parameter: "name", description: "Words that the committee's name or display name begins with." },
  narrowings: {
    project_uid: {
      by: "parent",
      key: "project",
      description:
        "Uid of the project that the committees belong to; those of projects below it are not found.",
    },
  },
  sort: "by name",
  tidy: withoutCount,
});

const getCommittee = lfxTool("get_committee", {
  description:
    "Read one committee with its settings: what it is for, how one joins it, where it talks, and who may edit or " +
    "audit it. Use it when the uid is known; search_committees finds it. Settings that the caller may not see are " +
    "left out, with a warning. uid: the committee's uid.",
  input: z.strictObject({ uid: id("The committee's uid: data.uid of search_committees.") }),
  output: z.looseObject({ base: record(BASE), settings: record(SETTINGS).optional(), warnings }),
  run: async ({ uid }, { api }) => {
    const { record: base } = await readRecord(api, {
      path: pathOf`/committees/${uid}`,
      doing: "get committee",
    });
    const settings = await softly(
      "Committee settings",
      readRecord(api, { path: pathOf`/committees/${uid}/settings`, doing: "get committee settings" }),
    );
    return {
      base: withoutCount(base),
      ...(settings.value && { settings: settings.value.record }),
      ...warningsOf(settings),
    };
  },
});

const searchCommitteeMembers = searchTool({
  name: "search_committee_members",
  type: "committee_member",
  doing: "search committee members",
  description:
    "Find members of committees, with role, voting status, organization and e-mail. Use it to see who is on a " +
    "committee, or on which committees of a project a person sits: there is one row for each seat. Of what is given, " +
    "everything must hold. committee_uid: the committee's uid. project_uid: uid of the committees' project. " +
    "name: words that the person's first, last or user name or the committee's name begins with. " +
    PAGES,
  fields: `${MEMBER} project_uid project_slug`,
  named: {
    parameter: "name",
    description: "Words that the person's first, last or user name or the committee's name begins with.",
  },
  narrowings: {
    committee_uid: {
      by: "tag",
      key: "committee_uid",
      description: "Uid of the committee: data.uid of search_committees.",
    },
    project_uid: {
      by: "tag",
      key: "project_uid",
      description: "Uid of the project that the committees belong to.",
    },
  },
  sort: "by name",
});

const getCommitteeMember = lfxTool("get_committee_member", {
  description:
    "Read one member of a committee: person, role, voting status, how appointed, organization. Use it when both uids " +
    "are known; search_committee_members tells them as data.committee_uid and data.uid. committee_uid: the " +
    "committee's uid. member_uid: uid of the member; it must be on that committee.",
  input: z.strictObject({
    committee_uid: id("Uid of the committee: data.committee_uid of search_committee_members."),
    member_uid: id("Uid of the member: data.uid of search_committee_members."),
  }),
  output: record(MEMBER),
  run: async ({ committee_uid: committee, member_uid: member }, { api }) => {
    const path = pathOf`/committees/${committee}/members/${member}`;
    return (await readRecord(api, { path, query: { v: 1 }, doing: "get committee member" })).record;
  },
});

export const COMMITTEE_TOOLS = [searchCommittees, getCommittee, searchCommitteeMembers, getCommitteeMember];
