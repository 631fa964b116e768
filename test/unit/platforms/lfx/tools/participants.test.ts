import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import {
  callAmongPeople,
  type IndexedDocument,
  type PeopleWorld,
  rowsOf,
} from "../../../../support/lfx/people.ts";
import { pageOf, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const TOOL = "search_past_meeting_participants";
const QUERY = "GET /lfx/query/resources";
const TYPE = "v1_past_meeting_participant";
const UID = "91461158520-1771596000000";

const IGNORED = (scope: string) => [`This search is limited to ${scope} and ignores project:p1.`];

test.each<[args: JsonObject, expected: readonly string[], warnings?: readonly string[]]>([
  [{}, []],
  [{ name: " ada " }, ["name ada"]],
  [{ past_meeting_id: UID }, [`parent past_meeting:${UID}`]],
  [{ project_uid: "p1" }, ["parent project:p1"]],
  [{ committee_uid: "c1" }, ["parent committee:c1"]],
  [{ project_uid: "p1", committee_uid: "c1" }, ["parent committee:c1"], IGNORED("committee:c1")],
  [
    { project_uid: "p1", past_meeting_id: UID },
    [`parent past_meeting:${UID}`],
    IGNORED(`past_meeting:${UID}`),
  ],
  [
    { attended_only: true, org_name: "Acme: Inc" },
    ["filters_all org_name:Acme: Inc", "tags is_attended:true"],
  ],
  [{ attended_only: false, dedupe: null, count_only: false }, []],
])("with %j one page is sent %j", async (args, expected, warnings) => {
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(TYPE, [{ id: "x" }]) });

  const { structuredContent } = await call(TOOL, args);

  expect(requests).toHaveLength(1);
  expect([...new URLSearchParams(requests[0]?.query)].map((pair) => pair.join(" ")).sort()).toEqual(
    [...expected, "page_size 10", "sort name_asc", `type ${TYPE}`, "v 1"].sort(),
  );
  expect(structuredContent).toEqual({
    resources: [{ type: TYPE, id: `${TYPE}:1`, data: { id: "x" } }],
    people: 1,
    records: 1,
    ...(warnings && { warnings }),
  });
});

test.each([{}, { count_only: true }])("a range of dates with %j has one scope, too", async (more) => {
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("v1_past_meeting", []) });
  const args = { project_uid: "p1", committee_uid: "c1", date_from: "2026-01-01", ...more };

  const { structuredContent } = await call(TOOL, args);

  const query = new URLSearchParams(requests[0]?.query);
  expect([query.get("parent"), query.getAll("filters_all")]).toEqual(["committee:c1", []]);
  expect(structuredContent).toMatchObject({ warnings: expect.arrayContaining(IGNORED("committee:c1")) });
});

test("a page is sorted, warns about hidden rows, and merges people within itself", async () => {
  const rows = [
    { username: "ada", is_attended: false },
    { username: "ada", is_attended: true },
  ];
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(TYPE, rows, "next") });

  const { structuredContent } = await call(TOOL, { sort: "updated_desc", page_size: 5, page_token: "t" });

  expect(Object.fromEntries(new URLSearchParams(requests[0]?.query))).toMatchObject({
    sort: "updated_desc",
    page_size: "5",
    page_token: "t",
  });
  expect(structuredContent).toEqual({
    resources: [{ type: TYPE, id: `${TYPE}:2`, data: rows[1] }],
    page_token: "next",
    people: 1,
    records: 2,
    note: expect.stringContaining("within this page only"),
    warnings: [expect.stringContaining("you can see")],
  });
  const raw = await call(TOOL, { page_size: 2, dedupe: false });
  expect(raw.structuredContent?.resources).toHaveLength(2);
  expect(raw.structuredContent).not.toHaveProperty("people");
});

test("count_only counts records", async () => {
  const { call, requests } = await startFakeLfx({
    [`${QUERY}/count`]: { body: { count: 7, has_more: true } },
  });

  const { structuredContent } = await call(TOOL, {
    past_meeting_id: UID,
    attended_only: true,
    count_only: true,
  });

  expect(structuredContent).toEqual({
    count: 7,
    complete: false,
    visibility: "caller",
    note: expect.stringMatching(/records .*lower bound/),
  });
  expect(requests.map(({ query }) => query)).toEqual([
    `parent=past_meeting%3A${UID}&tags=is_attended%3Atrue&type=${TYPE}&v=1`,
  ]);
});

test.each<[args: JsonObject, message: string]>([
  [{ past_meeting_id: UID, date_from: "2026-01-01" }, "past_meeting_id"],
  [{ date_from: "2026-01-01" }, "project_uid or committee_uid"],
  [{ project_uid: "p1", date_to: "2026-01-01", page_token: "t" }, "page_token"],
  [{ project_uid: "p1", date_from: "2026-01-01", max_meetings: 201 }, "max_meetings"],
  [{ project_uid: "p1", date_from: "2026-02-01", date_to: "2026-01-01" }, "after date_to"],
  [{ sort: "newest_first" }, "sort"],
])("%j is refused before anything is sent", async (args, message) => {
  const { call, requests } = await startFakeLfx({});

  const { content, isError } = await call(TOOL, args);

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(content[0]?.text).toContain(message);
  expect(requests).toEqual([]);
});

describe("the participants of a range of dates", () => {
  const RANGE = { project_uid: "p1", date_from: "2026-01-01", date_to: "2026-03-31" };
  const meeting = (id: string): IndexedDocument => ({
    type: "v1_past_meeting",
    data: { meeting_and_occurrence_id: id },
    parents: ["project:p1"],
  });
  const participant = (meeting: string, data: JsonObject): IndexedDocument => ({
    type: TYPE,
    data: { uid: `${meeting}-${data.username}`, meeting_and_occurrence_id: meeting, ...data },
    parents: [`past_meeting:${meeting}`],
    tags: data.is_attended ? ["is_attended:true"] : [],
  });
  const ALL = { viewer: { fullView: true } };
  const search = (documents: PeopleWorld["documents"], args: JsonObject = {}) =>
    callAmongPeople({ documents, ...ALL }, TOOL, { ...RANGE, ...args });
  const SMALL = [
    meeting("1"),
    meeting("2"),
    participant("1", { username: "ada", is_attended: true }),
    participant("1", { username: "bob" }),
    participant("2", { username: "ada" }),
  ];

  test("are read meeting by meeting, the oldest first, and merged", async () => {
    const { result, sent } = await search(SMALL);

    expect(rowsOf(result).map((data) => (data as JsonObject).uid)).toEqual(["1-ada", "1-bob"]);
    expect(result).toMatchObject({ people: 2, records: 3, meetings: 2 });
    for (const name of ["note", "truncated_meetings", "truncated_records", "page_token"])
      expect(result).not.toHaveProperty(name);
    expect(sent).toEqual([
      "GET /query/resources?date_field=start_time&date_from=2026-01-01&date_to=2026-03-31&page_size=100" +
        "&parent=project:p1&sort=name_asc&type=v1_past_meeting&v=1",
      ...["1", "2"].map(
        (id) => `GET /query/resources?page_size=100&parent=past_meeting:${id}&sort=name_asc&type=${TYPE}&v=1`,
      ),
    ]);
  });

  test("are counted over all meetings", async () => {
    const { result, sent } = await search(SMALL, { count_only: true });
    expect(result).toMatchObject({ count: 3, complete: true, visibility: "caller", meetings: 2 });
    expect(sent.filter((line) => line.includes("/count"))).toHaveLength(2);
  });

  test("are those who came", async () => {
    expect((await search(SMALL, { attended_only: true })).result).toMatchObject({ people: 1, records: 1 });
  });

  test("have none without meetings that are visible", async () => {
    expect((await search([])).result).toEqual({
      resources: [],
      people: 0,
      records: 0,
      meetings: 0,
      warnings: ["Nothing that matches is visible to you. This is no proof that nothing exists."],
    });
  });

  test("of more meetings than asked for are those of the first", async () => {
    const many = Array.from({ length: 60 }, (_, index) => meeting(`${index}`));
    const { result, sent } = await search(many);

    expect(result).toMatchObject({
      meetings: 50,
      truncated_meetings: true,
      note: expect.stringMatching(/^Only the first 50 meetings .*fewer dates/),
    });
    expect(sent).toHaveLength(51);
    expect((await search(many, { max_meetings: 60 })).result).not.toHaveProperty("truncated_meetings");
    expect((await search(many, { count_only: true })).result).toMatchObject({
      complete: false,
      meetings: 50,
    });
  });

  test("are at most 5000 records, of which those are listed that fit", async () => {
    const meetings = Array.from({ length: 4 }, (_, index) => `${index}`);
    const people = meetings.flatMap((id) =>
      Array.from({ length: 1400 }, (_, index) => participant(id, { username: `${id}-${index}` })),
    );
    const { result, sent } = await search([...meetings.map(meeting), ...people]);

    expect(result).toMatchObject({ people: 5000, records: 5000, meetings: 4, truncated_records: true });
    const listed = rowsOf(result);
    expect(listed).toEqual(people.slice(0, listed.length).map(({ data }) => data));
    expect(JSON.stringify(result).length).toBeLessThan(45_000);
    expect(JSON.stringify(result).length).toBeGreaterThan(40_000);
    expect(result?.note).toContain(`Only the first ${listed.length} of 5000 rows are listed.`);
    expect(sent).toHaveLength(1 + 4 * 14);
  });

  test("need at most 2000 requests", async () => {
    const endless = { resources: [{ data: { meeting_and_occurrence_id: "1" } }], page_token: "again" };
    const world = { documents: [], ...ALL, replies: { [QUERY.replace("/lfx", "")]: { body: endless } } };

    const { error, sent } = await callAmongPeople(world, TOOL, RANGE);

    expect(error).toMatchObject({
      code: "invalid_input",
      message: "The range needs more than 2000 requests",
    });
    expect(sent).toHaveLength(2000);
  });

  test("fail as a whole if one meeting cannot be read", async () => {
    const { call } = await startFakeLfx({
      [QUERY]: ({ query }) =>
        query.includes("type=v1_past_meeting&")
          ? pageOf("v1_past_meeting", [
              { meeting_and_occurrence_id: "1" },
              { meeting_and_occurrence_id: "2" },
            ])
          : query.includes("past_meeting%3A2")
            ? { status: 400, body: { message: "bad" } }
            : pageOf(TYPE, []),
    });

    expect((await call(TOOL, RANGE)).content[0]?.text).toMatch(/^invalid_input: .*HTTP 400, "bad"/);
  });

  test("report their progress", async () => {
    const rows = Array.from({ length: 10 }, (_, index) => ({ meeting_and_occurrence_id: `${index}` }));
    const { call, steps } = await startFakeLfx({
      [QUERY]: ({ query }) =>
        query.includes("type=v1_past_meeting&") ? pageOf("v1_past_meeting", rows) : pageOf(TYPE, []),
    });
    await call(TOOL, RANGE);
    expect(steps.map(({ done, total }) => [done, total])).toEqual([
      [0, 10],
      [8, 10],
    ]);
  });
});
