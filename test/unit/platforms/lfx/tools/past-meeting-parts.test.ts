import { describe, expect, test } from "vitest";
import { pageOf, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";
const UID = "91461158520-1771596000000";

describe.each([
  ["search_past_meeting_participants", "v1_past_meeting_participant"],
  ["search_past_meeting_summaries", "v1_past_meeting_summary"],
])("%s", (tool, type) => {
  test.each([
    [{}, []],
    [{ name: " ada " }, ["name ada"]],
    [{ past_meeting_id: UID }, [`parent past_meeting:${UID}`]],
    [{ project_uid: "p1" }, ["parent project:p1"]],
    [
      { project_uid: "p1", past_meeting_id: UID },
      ["filters_all project_uid:p1", `parent past_meeting:${UID}`],
    ],
  ])("with %j asks for %j", async (args, expected) => {
    const { call, seen } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "x" }]) });

    const { structuredContent } = await call(tool, args);

    expect(seen).toHaveLength(1);
    expect([...new URLSearchParams(seen[0]?.query)].map((pair) => pair.join(" ")).sort()).toEqual(
      [...expected, "page_size 10", "sort name_asc", `type ${type}`, "v 1"].sort(),
    );
    expect(seen[0]?.headers.authorization).toBe("Bearer own-for-lfx");
    expect(structuredContent).toEqual({ resources: [{ type, id: `${type}:1`, data: { id: "x" } }] });
  });

  test("orders as asked, pages on, and says when rows are hidden", async () => {
    const { call, seen } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "x" }], "next") });

    const { structuredContent } = await call(tool, { sort: "name_desc", page_size: 2, page_token: "t" });

    const query = Object.fromEntries(new URLSearchParams(seen[0]?.query));
    expect(query).toMatchObject({ sort: "name_desc", page_size: "2", page_token: "t" });
    expect(structuredContent).toMatchObject({
      page_token: "next",
      warnings: [expect.stringContaining("hidden")],
    });
  });
});

describe.each([
  ["get_past_meeting_participant", "v1_past_meeting_participant", "past_meeting_participant_uid"],
  ["get_past_meeting_summary", "v1_past_meeting_summary", "past_meeting_summary_id"],
])("%s", (tool, type, tag) => {
  const doing = tool.replaceAll("_", " ");

  test("finds the one document by the tag of its id", async () => {
    const { call, seen } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "a-1" }]) });

    const { structuredContent } = await call(tool, { uid: "a-1" });

    expect(seen.map(({ query }) => query)).toEqual([
      `page_size=1&sort=name_asc&tags_all=${tag}%3Aa-1&type=${type}&v=1`,
    ]);
    expect(structuredContent).toEqual({ type, id: `${type}:1`, data: { id: "a-1" } });
  });

  test("says that there is none, or none for this caller", async () => {
    const { call } = await startFakeLfx({ [QUERY]: { body: { resources: null } } });

    const { isError, content } = await call(tool, { uid: "a-1" });

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(
      new RegExp(`^not_found: Failed to ${doing}: there is none with the uid a-1\\. .*support\\.lfx\\.dev`),
    );
  });

  test("tells what the service says of a failure", async () => {
    const { call } = await startFakeLfx({ [QUERY]: { status: 400, body: { message: "bad tag" } } });

    const { isError, content } = await call(tool, { uid: "a-1" });

    expect(isError).toBe(true);
    expect(content[0]?.text).toContain(`invalid_input: Failed to ${doing}: HTTP 400, "bad tag".`);
  });
});

test.each([
  ["get_past_meeting_participant", { uid: "" }],
  ["get_past_meeting_summary", { uid: "a", version: 2 }],
  ["search_past_meeting_participants", { committee_uid: "c1" }],
  ["search_past_meeting_participants", { past_meeting_id: "9 1" }],
  ["search_past_meeting_summaries", { date_from: "2026-01-01" }],
])("%s with %j is refused before anything is asked", async (tool, args) => {
  const { call, seen } = await startFakeLfx({});

  const { isError, content } = await call(tool, args);

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(seen).toEqual([]);
});
