import { expect, test } from "vitest";
import { pageOf, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";

/** Adds the parameters that each search sends by default. */
function withDefaults(type: string, query: readonly (readonly [string, string])[]) {
  return [["page_size", "10"], ["sort", "name_asc"], ["type", type], ["v", "1"], ...query].sort();
}

test.each([
  ["search_meetings", {}, []],
  ["search_meetings", { name: " tsc " }, [["name", "tsc"]]],
  ["search_meetings", { project_uid: "p1" }, [["parent", "project:p1"]]],
  ["search_meetings", { committee_uid: "c1" }, [["parent", "committee:c1"]]],
  [
    "search_meetings",
    { project_uid: "p1", committee_uid: "c1" },
    [
      ["parent", "committee:c1"],
      ["filters_all", "project_uid:p1"],
    ],
  ],
  [
    "search_meetings",
    { date_from: "2026-01-01", date_to: "2026-01-31" },
    [
      ["date_field", "start_time"],
      ["date_from", "2026-01-01"],
      ["date_to", "2026-01-31"],
    ],
  ],
  [
    "search_meetings",
    { date_from: "2026-01-01", date_field: "updated_at" },
    [
      ["date_field", "updated_at"],
      ["date_from", "2026-01-01"],
    ],
  ],
  ["search_meeting_registrants", { name: "ada" }, [["name", "ada"]]],
  ["search_meeting_registrants", { meeting_id: "91461158520" }, [["parent", "meeting:91461158520"]]],
  ["search_meeting_registrants", { committee_uid: "c1" }, [["parent", "committee:c1"]]],
  [
    "search_meeting_registrants",
    { committee_uid: "c1", meeting_id: "9" },
    [
      ["parent", "meeting:9"],
      ["filters_all", "committee_uid:c1"],
    ],
  ],
] as const)("%s with %j sends %j", async (tool, args, expected) => {
  const type = tool === "search_meetings" ? "v1_meeting" : "v1_meeting_registrant";
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "m1", uid: "u1" }]) });

  const { structuredContent } = await call(tool, args);

  expect(requests).toHaveLength(1);
  expect([...new URLSearchParams(requests[0]?.query)].sort()).toEqual(withDefaults(type, expected));
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
  expect(structuredContent).toEqual({
    resources: [{ type, id: `${type}:1`, data: { id: "m1", uid: "u1" } }],
  });
});

test.each(["search_meetings", "search_meeting_registrants"])(
  "%s sorts, pages, and warns about hidden rows",
  async (tool) => {
    const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("any", [], "next") });

    const { structuredContent } = await call(tool, { sort: "updated_desc", page_size: 2, page_token: "t" });

    const query = Object.fromEntries(new URLSearchParams(requests[0]?.query));
    expect(query).toMatchObject({ sort: "updated_desc", page_size: "2", page_token: "t" });
    expect(structuredContent).toEqual({
      resources: [],
      page_token: "next",
      warnings: [expect.stringContaining("you can see")],
    });
  },
);

test("searches take group_uid with committees called groups", async () => {
  const { call, requests } = await startFakeLfx(
    { [QUERY]: pageOf("v1_meeting", []) },
    { committeesAsGroups: true },
  );

  const refused = await call("search_meetings", { committee_uid: "c1" });
  await call("search_meetings", { group_uid: "c1" });
  await call("search_meeting_registrants", { group_uid: "c1", meeting_id: "9" });

  expect(refused.content[0]?.text).toMatch(/^invalid_input: .*committee_uid/);
  expect(requests.map(({ query }) => new URLSearchParams(query).getAll("parent"))).toEqual([
    ["committee:c1"],
    ["meeting:9"],
  ]);
  expect(new URLSearchParams(requests[1]?.query).getAll("filters_all")).toEqual(["committee_uid:c1"]);
});

const LOOKUPS = [
  ["get_meeting", "v1_meeting", "meeting_id", "meeting"],
  ["get_meeting_registrant", "v1_meeting_registrant", "registrant_uid", "meeting registrant"],
] as const;

test.each(LOOKUPS)("%s finds the document by the tag of its id", async (tool, type, tag) => {
  const { call, requests } = await startFakeLfx({
    [QUERY]: pageOf(type, [{ id: "9-1", title: "TSC" }], "next"),
  });

  const { structuredContent } = await call(tool, { uid: " 9-1 " });

  expect(requests.map(({ query }) => query)).toEqual([
    `page_size=1&sort=name_asc&tags_all=${tag}%3A9-1&type=${type}&v=1`,
  ]);
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
  expect(structuredContent).toEqual({ type, id: `${type}:1`, data: { id: "9-1", title: "TSC" } });
});

test.each(LOOKUPS)("%s reports that there is none, or none for this caller", async (tool, type, _, what) => {
  const { call } = await startFakeLfx({ [QUERY]: pageOf(type, []) });

  const { isError, content } = await call(tool, { uid: "9" });

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(
    new RegExp(
      `^not_found: Failed to get ${what}: none with the uid 9 is visible to you\\. .*support\\.lfx\\.dev`,
    ),
  );
});

test.each(LOOKUPS)("%s quotes the service's message", async (tool, _, __, what) => {
  const { call } = await startFakeLfx({ [QUERY]: { status: 500, body: { message: "search failed" } } });

  const { isError, content } = await call(tool, { uid: "9" });

  expect(isError).toBe(true);
  expect(content[0]?.text).toContain(`upstream_error: Failed to get ${what}: HTTP 500, "search failed".`);
});

test.each([
  ["get_meeting", {}],
  ["get_meeting", { uid: "" }],
  ["get_meeting", { uid: "9:1" }],
  ["get_meeting", { uid: 9 }],
  ["get_meeting_registrant", { id: "u1" }],
  ["search_meetings", { date_field: "end_time", date_from: "2026-01-01" }],
  ["search_meetings", { meeting_id: "9" }],
  ["search_meeting_registrants", { project_uid: "p1" }],
  ["search_meeting_registrants", { date_from: "2026-01-01" }],
  ["search_meeting_registrants", { sort: "newest" }],
])("%s with %j is rejected before anything is sent", async (tool, args) => {
  const { call, requests } = await startFakeLfx({});

  const { isError, content } = await call(tool, args);

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(requests).toEqual([]);
});

test("no tool returns a meeting's host PIN", async () => {
  const meeting = pageOf("v1_meeting", [{ id: "9", title: "TSC", host_key: "123456" }]);
  const { call } = await startFakeLfx({ "GET /lfx/query/resources": meeting });

  for (const result of [await call("search_meetings", {}), await call("get_meeting", { uid: "9" })]) {
    expect(JSON.stringify(result)).toContain("TSC");
    expect(JSON.stringify(result)).not.toContain("123456");
  }
});
