import * as z from "zod";
import type { LfxApi } from "../api.ts";
import { countBy, searchAll } from "../client/query.ts";
import { id, LARGE_RESULT, lfxTool, text } from "./shared/define.ts";
import { BOARD, compareBy, inChunks, isCategory, readFamily } from "./shared/family.ts";

type Committee = { readonly uid: string; readonly name: string; readonly category: string };

type OwnedCommittee = Committee & { readonly project: string };

/** What LFX has of some projects; counts by uid. */
type Findings = {
  readonly committees: readonly OwnedCommittee[];
  readonly members: ReadonlyMap<string, number>;
  readonly memberships: ReadonlyMap<string, number>;
  readonly complete: boolean;
  readonly errorBound: number;
};

const CATEGORY = "Only list committees of this category, such as Board.";

export const COVERAGE_TOOLS = [
  lfxTool("audit_committee_coverage", {
    resultLimit: { ...LARGE_RESULT, advice: "name a category" },
    description:
      "Find the projects of a foundation that lack committees or board members. It lists the committees of each project " +
      "with the number of members that you can see. gap marks a project with active memberships that has no committee, " +
      "no board, or a board without such members. A zero can be missing access.",
    input: z.strictObject({
      foundation_uid: id("The foundation's data.uid."),
      category: text(CATEGORY, 100).optional(),
    }),
    output: z.looseObject({ projects: z.array(z.looseObject({})), complete: z.boolean(), note: z.string() }),
    run: async ({ foundation_uid: foundation, category }, { api, progress }) => {
      const [root, ...children] = await readFamily(api, foundation);
      const family = [root, ...children.sort()];
      const chunks = inChunks(family);
      const findings: Findings[] = [];
      for (const [done, chunk] of chunks.entries()) {
        progress({ message: "Reading committees and counts", done, total: chunks.length });
        findings.push(await auditProjects(api, chunk));
      }
      const projects = findings.flatMap((found, index) =>
        (chunks[index] ?? []).map((project) => describeProject(project, found, category)),
      );
      const errorBound = Math.max(...findings.map((found) => found.errorBound));
      const complete = errorBound === 0 && findings.every((found) => found.complete);
      return {
        foundation_uid: foundation,
        projects_in_scope: family.length,
        ...(category && { category }),
        projects,
        complete,
        count_accuracy_bound: errorBound,
        visibility: "caller",
        note: complete ? NOTE : `${NOTE} ${INCOMPLETE}`,
      };
    },
  }),
];

const NOTE =
  "Covers the foundation and the projects directly below it, as far as you can see them and their records in LFX v2. A zero is no proof: you may lack access.";
const INCOMPLETE =
  "The counts stopped early or are approximate: a group can have more, and a zero may be wrong.";

async function auditProjects(api: Pick<LfxApi, "lfx">, projects: readonly string[]): Promise<Findings> {
  const anyTags = projects.map((uid) => `project_uid:${uid}`);
  const [committees, members, memberships] = await Promise.all([
    searchAll(
      api,
      { type: "committee", anyTags, sort: "name_asc", operation: "list committees" },
      ({ data = {} }): OwnedCommittee => ({
        uid: String(data.uid ?? ""),
        name: String(data.name ?? ""),
        category: String(data.category ?? ""),
        project: String(data.project_uid ?? ""),
      }),
    ),
    countBy(api, "committee_uid", {
      type: "committee_member",
      anyTags,
      operation: "count committee members",
    }),
    countBy(api, "project_uid", {
      type: "project_membership",
      anyTags,
      filters: ["status:Active"],
      operation: "count memberships",
    }),
  ]);
  return {
    committees,
    members: members.groups,
    memberships: memberships.groups,
    complete: members.complete && memberships.complete,
    errorBound: Math.max(members.errorBound, memberships.errorBound),
  };
}

function describeProject(project: string, found: Findings, category: string | undefined) {
  const own = found.committees
    .filter((committee) => committee.project === project)
    .map(({ uid, name, category }) => ({ uid, name, category, visible_members: found.members.get(uid) ?? 0 }))
    .sort(
      compareBy(
        (committee) => committee.name,
        (committee) => committee.uid,
      ),
    );
  const listed = category === undefined ? own : own.filter((one) => isCategory(one.category, category));
  const boards = own.filter((committee) => isCategory(committee.category, BOARD));
  const memberships = found.memberships.get(project) ?? 0;
  const gaps = {
    no_committee: own.length === 0,
    no_board_committee: boards.length === 0,
    empty_board: !boards.some((board) => board.visible_members > 0),
  };
  const [gap] = Object.entries(gaps).find(([, isFound]) => isFound) ?? [];
  return {
    project_uid: project,
    active_memberships: memberships,
    committees: listed,
    committees_with_no_visible_members: listed
      .filter((committee) => committee.visible_members === 0)
      .map(({ uid }) => uid),
    has_board_committee: boards.length > 0,
    ...(memberships > 0 && gap && { gap }),
  };
}
