import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import {
  pageOf,
  type ReceivedRequest,
  type Reply,
  startFakeLfx,
} from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";
const COUNT = "GET /lfx/query/resources/count";

function committee(uid: string, project_uid: string, category: string, name = uid): JsonObject {
  return { uid, project_uid, category, name, description: "Not in the result." };
}

function grouped(groups: Readonly<Record<string, number>>, rest: JsonObject = {}): Reply {
  const list = Object.entries(groups).map(([key, count]) => ({ key, count }));
  const count = list.reduce((sum, group) => sum + group.count, 0);
  return { body: { count, has_more: false, groups: list, groups_complete: true, ...rest } };
}

type Lfx = {
  readonly children?: readonly JsonObject[];
  readonly committees?: readonly JsonObject[];
  readonly members?: Reply;
  readonly memberships?: Reply;
};

async function audit(lfx: Lfx, args: JsonObject = {}) {
  const { children = [], committees = [], members = grouped({}), memberships = grouped({}) } = lfx;
  const typeOf = ({ query }: ReceivedRequest) => new URLSearchParams(query).get("type");
  const fake = await startFakeLfx({
    [QUERY]: (request) =>
      typeOf(request) === "project" ? pageOf("project", children) : pageOf("committee", committees),
    [COUNT]: (request) => (typeOf(request) === "committee_member" ? members : memberships),
  });
  const result = await fake.call("audit_committee_coverage", { foundation_uid: "f1", ...args });
  const projects = (result.structuredContent?.projects ?? []) as readonly JsonObject[];
  return { ...result, ...fake, projects, text: result.content[0]?.text ?? "" };
}

test("reads projects, committees and two grouped counts, and puts them together", async () => {
  const { structuredContent, requests, steps } = await audit({
    children: [
      { uid: "p2", slug: "two" },
      { uid: "p1", slug: "one" },
      { uid: "r", slug: "ROOT" },
    ],
    committees: [
      committee("c3", "p1", "Board", "Zeta"),
      committee("c1", "f1", "Board", "Board"),
      committee("c2", "p1", "Technical Steering Committee", "Alpha"),
    ],
    members: grouped({ c1: 12, c2: 3 }),
    memberships: grouped({ f1: 40, p1: 2, p2: 1 }),
  });

  const tags = ["f1", "p1", "p2"].map((uid) => ["tags", `project_uid:${uid}`]);
  const sent = requests.map(({ path, query }) => [path, [...new URLSearchParams(query)]]);
  expect(sent[0]).toEqual([
    "/lfx/query/resources",
    [
      ["page_size", "100"],
      ["parent", "project:f1"],
      ["sort", "name_asc"],
      ["type", "project"],
      ["v", "1"],
    ],
  ]);
  const grouping = (tag: string) => [
    ["group_by", tag],
    ["group_by_size", "1000"],
  ];
  expect(sent.slice(1)).toHaveLength(3);
  expect(sent).toContainEqual([
    "/lfx/query/resources",
    [["page_size", "100"], ["sort", "name_asc"], ...tags, ["type", "committee"], ["v", "1"]],
  ]);
  expect(sent).toContainEqual([
    "/lfx/query/resources/count",
    [...grouping("committee_uid"), ...tags, ["type", "committee_member"], ["v", "1"]],
  ]);
  expect(sent).toContainEqual([
    "/lfx/query/resources/count",
    [
      ["filters_all", "status:Active"],
      ...grouping("project_uid"),
      ...tags,
      ["type", "project_membership"],
      ["v", "1"],
    ],
  ]);
  expect(structuredContent).toEqual({
    foundation_uid: "f1",
    projects_in_scope: 3,
    projects: [
      {
        project_uid: "f1",
        active_memberships: 40,
        committees: [{ uid: "c1", name: "Board", category: "Board", visible_members: 12 }],
        committees_with_no_visible_members: [],
        has_board_committee: true,
      },
      {
        project_uid: "p1",
        active_memberships: 2,
        committees: [
          { uid: "c2", name: "Alpha", category: "Technical Steering Committee", visible_members: 3 },
          { uid: "c3", name: "Zeta", category: "Board", visible_members: 0 },
        ],
        committees_with_no_visible_members: ["c3"],
        has_board_committee: true,
        gap: "empty_board",
      },
      {
        project_uid: "p2",
        active_memberships: 1,
        committees: [],
        committees_with_no_visible_members: [],
        has_board_committee: false,
        gap: "no_committee",
      },
    ],
    complete: true,
    count_accuracy_bound: 0,
    visibility: "caller",
    note: expect.stringContaining("A zero is no proof"),
  });
  expect(steps).toContainEqual({ message: "Reading committees and counts", done: 0, total: 1 });
});

test("a category narrows what is listed, and no gap", async () => {
  const { structuredContent, projects } = await audit(
    {
      committees: [committee("c1", "f1", "Working Group"), committee("c2", "f1", "BOARD")],
      members: grouped({ c2: 1 }),
      memberships: grouped({ f1: 1 }),
    },
    { category: " working group " },
  );
  expect(structuredContent).toMatchObject({ category: "working group" });
  expect(projects).toEqual([
    {
      project_uid: "f1",
      active_memberships: 1,
      committees: [{ uid: "c1", name: "c1", category: "Working Group", visible_members: 0 }],
      committees_with_no_visible_members: ["c1"],
      has_board_committee: true,
    },
  ]);
});

test.each([
  ["no_board_committee", 1],
  [undefined, 0],
])("a project without a board has the gap %s with %i active memberships", async (gap, memberships) => {
  const { projects } = await audit({
    committees: [committee("c1", "f1", "Other")],
    members: grouped({ c1: 1 }),
    memberships: grouped(memberships > 0 ? { f1: memberships } : {}),
  });
  expect(projects[0]?.gap).toBe(gap);
});

test("asks for 40 projects at once", async () => {
  const children = Array.from({ length: 85 }, (_, index) => ({ uid: `p${String(index).padStart(2, "0")}` }));
  const { requests, projects } = await audit({ children });
  const sizes = requests.map(({ query }) => new URLSearchParams(query).getAll("tags").length).slice(1);
  expect(sizes.sort()).toEqual([40, 40, 40, 40, 40, 40, 6, 6, 6]);
  expect(projects.map((project) => project.project_uid)).toEqual(["f1", ...children.map(({ uid }) => uid)]);
});

describe("is incomplete", () => {
  test.each<[what: string, members: Reply, bound: number]>([
    ["if a count stopped early", grouped({ c1: 9 }, { has_more: true }), 0],
    ["if groups are missing", grouped({ c1: 9 }, { groups_complete: false }), 0],
    ["if groups are approximate", grouped({ c1: 9 }, { group_count_error_upper_bound: 4 }), 4],
  ])("%s", async (_, members, bound) => {
    const { structuredContent } = await audit({ members });
    expect(structuredContent).toMatchObject({
      complete: false,
      count_accuracy_bound: bound,
      note: expect.stringContaining("a zero may be wrong"),
    });
  });
});

test.each([
  [
    "without groups",
    { body: { count: 3, has_more: false } },
    /^upstream_error: Failed to count committee members: .*no groups/,
  ],
  [
    "that fails",
    { status: 400, body: { message: "bad tag" } },
    /^invalid_input: Failed to count committee members: .*bad tag/,
  ],
])("a count %s is an error", async (_, members, expected) => {
  const { isError, text } = await audit({ members });
  expect(isError).toBe(true);
  expect(text).toMatch(expected);
});

test.each([{ foundation_uid: " " }, { foundation_uid: null }, { foundation_uid: "a b" }])(
  "%j is rejected before anything is sent",
  async (args) => {
    const { text, requests } = await audit({}, args);
    expect(text).toMatch(/^invalid_input: .*"foundation_uid"/);
    expect(requests).toEqual([]);
  },
);
