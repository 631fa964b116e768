import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import {
  ADA,
  callAmongPeople,
  type IndexedDocument,
  type PeopleWorld,
  rowsOf,
} from "../../../../support/lfx/people.ts";

const SEARCH = "search_committee_members";
const [SECRET, PHONE] = ["eve@private.example", "job at a private company"];

function committee(uid: string): IndexedDocument {
  return { type: "committee", data: { uid, name: uid }, parents: ["project:p1"] };
}

function member(committee: string, name: string, role = "None", username = name): IndexedDocument {
  const data = {
    uid: `${committee}-${name}`,
    committee_uid: committee,
    committee_name: committee.toUpperCase(),
    committee_category: "Board",
    first_name: name,
    last_name: "Doe",
    username,
    email: SECRET,
    job_title: PHONE,
    role: { name: role, start_date: "2026-01-01" },
    voting: { status: "Voting Rep", end_date: "2026-12-31" },
    organization: { id: "o1", name: "Acme", website: "https://acme.example" },
  };
  const tags = [
    `committee_uid:${committee}`,
    "project_uid:p1",
    `username:${username}`,
    "organization_name:Acme",
  ];
  return { type: "committee_member", data, parents: [`committee:${committee}`], tags };
}

const chair = (committee: string, name: string, role = "Chair") => ({
  uid: `${committee}-${name}`,
  committee_uid: committee,
  committee_name: committee.toUpperCase(),
  first_name: name,
  last_name: "Doe",
  role: { name: role },
});

const profile = (committee: string, name: string, role = "None") => ({
  ...chair(committee, name, role),
  committee_category: "Board",
  email: SECRET,
  voting: { status: "Voting Rep" },
  organization: { name: "Acme", website: "https://acme.example" },
});

const VISIBLE = { body: { uid: "c1", member_visibility: "basic_profile" } };
const SETTINGS = "GET /committees/c1/settings";

const WORLD: PeopleWorld = {
  documents: [
    committee("c1"),
    committee("c2"),
    member("c1", "ada"),
    member("c1", "bob", "Chair"),
    member("c1", "cyd", "Vice Chair"),
    member("c1", "dan", "Secretary"),
    member("c2", "eve", "Chair"),
    member("c2", "fay"),
  ],
};

const search = (args: JsonObject, world: Partial<PeopleWorld> = {}) =>
  callAmongPeople({ ...WORLD, ...world }, SEARCH, args);

describe("the members of a committee", () => {
  test("are whole for a writer", async () => {
    const { result, sent } = await search({ committee_uid: "c1" }, { granted: ["committee:c1#writer"] });

    expect(rowsOf(result)).toEqual(WORLD.documents.slice(2, 6).map(({ data }) => data));
    expect(sent).toEqual([
      "POST /access-check?v=1 committee:c1#writer committee:c1#auditor",
      "GET /query/resources?page_size=10&sort=name_asc&tags_all=committee_uid:c1&type=committee_member&v=1",
    ]);
  });

  test("are profiles for an auditor with a seat, where members see each other", async () => {
    const world = { granted: ["committee:c1#auditor"], replies: { [SETTINGS]: VISIBLE } };
    const { result, sent } = await search({ committee_uid: "c1" }, world);

    expect(rowsOf(result)).toEqual([
      profile("c1", "ada"),
      profile("c1", "bob", "Chair"),
      profile("c1", "cyd", "Vice Chair"),
      profile("c1", "dan", "Secretary"),
    ]);
    expect(sent.slice(1, 3)).toEqual([
      "GET /query/resources?page_size=100&tags_all=username:ada&type=committee_member&v=1",
      SETTINGS,
    ]);
  });

  const CHAIRS = [chair("c1", "bob"), chair("c1", "cyd", "Vice Chair")];
  const ONLY_CHAIRS = "?filters_or=role.name:Chair&filters_or=role.name:Vice+Chair&";

  test.each<[what: string, world: Partial<PeopleWorld>]>([
    ["has no relation", {}],
    ["is a member", { granted: ["committee:c1#member"] }],
    ["writes to another committee", { granted: ["committee:c2#writer", "committee:c11#writer"] }],
    ["audits a committee whose members are hidden", { granted: ["committee:c1#auditor"] }],
    [
      "audits a committee whose settings are denied",
      { granted: ["committee:c1#auditor"], replies: { [SETTINGS]: { status: 403 } } },
    ],
    [
      "audits a committee whose members are hidden by its settings",
      {
        granted: ["committee:c1#auditor"],
        replies: { [SETTINGS]: { body: { member_visibility: "hidden" } } },
      },
    ],
    [
      "audits it without a seat",
      {
        granted: ["committee:c1#auditor"],
        replies: { [SETTINGS]: VISIBLE },
        viewer: { fullView: false, username: "zoe", email: "zoe@acme.example" },
      },
    ],
    [
      "audits it without a user name",
      { granted: ["committee:c1#auditor"], replies: { [SETTINGS]: VISIBLE }, viewer: { fullView: false } },
    ],
  ])("are the chairs for a caller who %s", async (_, world) => {
    const { result, sent } = await search({ committee_uid: "c1" }, world);

    expect(rowsOf(result)).toEqual(CHAIRS);
    expect(JSON.stringify(result)).not.toMatch(/private/);
    expect(sent.at(-1)).toContain(ONLY_CHAIRS);
  });

  test("are chairs even if the index ignores the filters", async () => {
    const bodies = WORLD.documents.slice(2).map(({ type, data }) => ({ type, id: "x", data }));
    const reply = { "GET /query/resources": { body: { resources: bodies } } };
    const { result } = await search({ committee_uid: "c1" }, { replies: reply });

    expect(rowsOf(result)).toEqual([...CHAIRS, chair("c2", "eve")]);
  });
});

describe("the members of a project's committees", () => {
  test("are those of the lists that the caller sees, and all chairs", async () => {
    const { result, sent } = await search({ project_uid: "p1" }, { granted: ["committee:c2#writer"] });

    expect(rowsOf(result)).toEqual([
      chair("c1", "bob"),
      chair("c1", "cyd", "Vice Chair"),
      WORLD.documents[6]?.data,
      WORLD.documents[7]?.data,
    ]);
    expect(sent.slice(0, 2)).toEqual([
      "GET /query/resources?page_size=100&parent=project:p1&type=committee&v=1",
      "POST /access-check?v=1 committee:c1#writer committee:c1#auditor committee:c2#writer committee:c2#auditor",
    ]);
    expect(sent[2]).toContain("filters_or=committee_uid:c2");
    expect(sent[2]).not.toContain("committee_uid:c1");
  });

  test("also of a committee that the list of committees lacks, which is decided afterwards", async () => {
    const documents = [...WORLD.documents, member("c3", "gil", "Chair"), member("c3", "hal")];
    const { result, sent } = await search({ project_uid: "p1", page_size: 50 }, { documents });

    expect(rowsOf(result)).toContainEqual(chair("c3", "gil"));
    expect(sent.at(-1)).toBe("POST /access-check?v=1 committee:c3#writer committee:c3#auditor");
  });

  test("are refused if there are too many lists for one search", async () => {
    const uids = Array.from({ length: 99 }, (_, index) => `k${index}`);
    const granted = uids.map((uid) => `committee:${uid}#writer`);
    const { error, sent } = await search({ project_uid: "p1" }, { documents: uids.map(committee), granted });

    expect(String(error)).toContain("too many committees");
    // 198 relations.
    expect(sent.filter((line) => line.includes("/access-check"))).toHaveLength(2);
  });

  test("say nothing about the roster if only chairs were searched", async () => {
    const documents = WORLD.documents.filter(({ type }) => type === "committee");
    const narrowed = await search({ project_uid: "p1" }, { documents });
    const whole = await search(
      { project_uid: "p1" },
      { documents, granted: ["committee:c1#writer", "committee:c2#writer"] },
    );

    expect(narrowed.result?.warnings).toEqual([expect.stringMatching(/^Nothing that matches is visible/)]);
    expect(whole.result?.warnings).toEqual([
      expect.stringContaining("no evidence that somebody has no seat"),
    ]);
  });
});

describe("a search of members", () => {
  test.each<[args: JsonObject, granted: readonly string[], code: string, message: RegExp]>([
    [{}, [], "invalid_input", /^Committee members are available per committee or project$/],
    [{ name: "bob" }, [], "invalid_input", /per committee or project/],
    [
      { committee_uid: "c1", name: "bob" },
      ["committee:c1#auditor"],
      "invalid_input",
      /^name is available to writers/,
    ],
    [
      { project_uid: "p1", name: "bob" },
      ["committee:c1#writer"],
      "invalid_input",
      /^name is available to writers/,
    ],
    [{ project_uid: "p0", name: "bob" }, [], "invalid_input", /^name is available to writers/],
    [
      { committee_uid: "c1", organization_name: "Acme" },
      [],
      "invalid_input",
      /^organization_name is available/,
    ],
  ])("with %j is refused for the relations %j", async (args, granted, code, message) => {
    const { error, sent } = await search(args, { granted });

    expect(error?.message).toMatch(message);
    expect(error?.code).toBe(code);
    expect(
      sent.filter((line) => line.includes("type=committee_member") && !line.includes("username")),
    ).toEqual([]);
  });

  test.each<[args: JsonObject, granted: readonly string[]]>([
    [{ committee_uid: "c1", name: "bob" }, ["committee:c1#writer"]],
    [{ project_uid: "p1", name: "bob" }, ["committee:c1#writer", "committee:c2#writer"]],
    [{ committee_uid: "c1", organization_name: "Acme" }, ["committee:c1#writer"]],
  ])("with %j is sent for the relations %j", async (args, granted) => {
    expect((await search(args, { granted })).error).toBeUndefined();
  });
});

describe("one member", () => {
  const ids = { committee_uid: "c1", member_uid: "m1" };
  const get = (data: JsonObject | undefined, granted: readonly string[]) =>
    callAmongPeople(
      {
        ...WORLD,
        granted,
        replies: data ? { "GET /committees/c1/members/m1": { body: { ...data, uid: "m1" } } } : {},
      },
      "get_committee_member",
      ids,
    );
  const [, , ada, bob] = WORLD.documents.map(({ data }) => data);

  test("is whole for a writer, and a chair's name for others", async () => {
    expect((await get(bob, ["committee:c1#writer"])).result).toEqual({ ...bob, uid: "m1" });
    expect((await get(bob, [])).result).toEqual({ ...chair("c1", "bob"), uid: "m1" });
  });

  test("that is hidden reads like one that does not exist", async () => {
    const [hidden, absent] = [await get(ada, []), await get(undefined, [])];

    expect(hidden.error).toMatchObject({ code: "not_found", status: 404 });
    expect(hidden.error).toEqual(absent.error);
    expect(hidden.error?.message).toBe(absent.error?.message);
  });
});

describe("if it is uncertain what is shown", () => {
  const uncertain: readonly [what: string, replies: NonNullable<PeopleWorld["replies"]>][] = [
    ["the access check fails", { "POST /access-check": { status: 503, body: { message: "secret reason" } } }],
    ["the access check is denied", { "POST /access-check": { status: 403, body: {} } }],
    ["the token is refused", { "POST /access-check": { status: 401, body: {} } }],
    ["the access check is short", { "POST /access-check": { body: { results: [] } } }],
    ["the access check is unreadable", { "POST /access-check": { body: { results: ["x", "y"] } } }],
    ["the settings fail", { [SETTINGS]: { status: 500, body: {} } }],
    ["the search for own seats fails", { "GET /query/resources": { status: 500, body: {} } }],
  ];

  test.each(uncertain)("because %s, nothing is", async (_, replies) => {
    for (const [tool, args] of [
      [SEARCH, { committee_uid: "c1" }],
      ["get_committee_member", { committee_uid: "c1", member_uid: "m1" }],
    ] as const) {
      const world = { ...WORLD, granted: ["committee:c1#auditor"], replies };
      const { result, error } = await callAmongPeople(world, tool, args);

      expect(result).toBeUndefined();
      expect(error?.message).toBe("Could not confirm what LFX Self Serve shows you");
      expect(error).toMatchObject({ code: "upstream_error", retryable: true, status: undefined });
    }
  });
});

test("full view asks nothing", async () => {
  const { result, sent } = await search({ name: "b" }, { viewer: { ...ADA, fullView: true } });

  expect(rowsOf(result)).toHaveLength(6);
  expect(sent).toEqual(["GET /query/resources?name=b&page_size=10&sort=name_asc&type=committee_member&v=1"]);
});
