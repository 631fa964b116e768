import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { callAmongPeople, rowsOf } from "../../../../support/lfx/people.ts";
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
    [["parent", "committee:c1"]],
    ["This search is limited to committee:c1 and ignores project:p1."],
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
    [["parent", "meeting:9"]],
    ["This search is limited to meeting:9 and ignores committee:c1."],
  ],
] as const)("%s with %j sends %j", async (tool, args, expected, warnings?: readonly string[]) => {
  const type = tool === "search_meetings" ? "v1_meeting" : "v1_meeting_registrant";
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "m1", uid: "u1" }]) });

  const { structuredContent } = await call(tool, args);

  expect(requests).toHaveLength(1);
  expect([...new URLSearchParams(requests[0]?.query)].sort()).toEqual(withDefaults(type, expected));
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
  expect(structuredContent).toEqual({
    resources: [{ type, id: `${type}:1`, data: { id: "m1", uid: "u1" } }],
    ...(warnings && { warnings }),
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
});

const LOOKUPS = [
  ["get_meeting", "v1_meeting", "tags_all=meeting_id", "meeting"],
  ["get_meeting_registrant", "v1_meeting_registrant", "filters=uid", "meeting registrant"],
] as const;

test.each(LOOKUPS)("%s finds the document by its id", async (tool, type, condition) => {
  const { call, requests } = await startFakeLfx({
    [QUERY]: pageOf(type, [{ id: "9-1", title: "TSC" }], "next"),
  });

  const { structuredContent } = await call(tool, { uid: " 9-1 " });

  expect(requests.map(({ query }) => query)).toEqual([
    [`${condition}%3A9-1`, "page_size=1", "sort=name_asc", `type=${type}`, "v=1"].sort().join("&"),
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

test.each(["search_meetings", "get_meeting", "search_past_meetings"])(
  "%s returns nothing to join a meeting with, at any depth, but the password of its page",
  async (tool) => {
    const secrets = {
      join_url: "a-secret",
      passcode: "a-secret",
      recording_password: "a-secret",
      host_key: "a-secret",
    };
    const data = {
      id: "9",
      meeting_id: "9",
      password: "page-password",
      ...secrets,
      zoom_config: { meeting_id: "9", ...secrets },
      occurrences: [{ start_time: "unknown", ...secrets }],
    };
    const { call } = await startFakeLfx({ [QUERY]: pageOf("v1_meeting", [data]) });

    const text = JSON.stringify(await call(tool, tool === "get_meeting" ? { uid: "9" } : {}));

    expect(text).toContain("page-password");
    expect(text).not.toContain("a-secret");
    for (const name of Object.keys(secrets)) expect(text).not.toContain(name);
  },
);

describe("the occurrences of a search", () => {
  const NOW = "2026-03-10T12:00:00Z";
  const at = (start_time: string, more: object = {}) => ({ start_time, ...more });
  const daily = Array.from({ length: 9 }, (_, index) => at(`2026-03-1${index + 1}T09:00:00Z`));

  beforeEach(() => {
    vi.useFakeTimers({ now: new Date(NOW), toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** What a search shows of a meeting with these occurrences. */
  async function occurrencesOf(occurrences: unknown, args: JsonObject = {}, meeting: JsonObject = {}) {
    const world = { documents: [{ type: "v1_meeting", data: { id: "9", ...meeting, occurrences } }] };
    const { result } = await callAmongPeople(
      { ...world, viewer: { fullView: true } },
      "search_meetings",
      args,
    );
    const [row] = rowsOf(result) as readonly JsonObject[];
    return { shown: row?.occurrences, omitted: row?.occurrences_omitted, warnings: result?.warnings };
  }

  test("are the next five, and the result says so", async () => {
    expect(await occurrencesOf(daily)).toEqual({
      shown: daily.slice(0, 5),
      omitted: 4,
      warnings: [expect.stringMatching(/^data\.occurrences_omitted .* get_meeting returns all\.$/)],
    });
  });

  test("stay whole if none is left out", async () => {
    const few = daily.slice(0, 5);
    expect(await occurrencesOf(few)).toEqual({ shown: few, omitted: undefined, warnings: undefined });
    for (const none of [undefined, null, "x", []]) {
      expect(await occurrencesOf(none)).toEqual({ shown: none, omitted: undefined, warnings: undefined });
    }
  });

  test.each<[what: string, occurrence: object, meeting: JsonObject, isShown: boolean]>([
    ["ended 41 minutes ago", at("2026-03-10T10:19:00Z", { duration: 60 }), {}, false],
    ["ended 39 minutes ago", at("2026-03-10T10:21:00Z", { duration: 60 }), {}, true],
    ["ended 41 minutes ago, by the meeting's duration", at("2026-03-10T10:19:00Z"), { duration: 60 }, false],
    ["has its own duration", at("2026-03-10T10:19:00Z", { duration: 120 }), { duration: 60 }, true],
    ["has no duration", at("2026-03-10T11:19:00Z"), {}, false],
    ["has no readable start", at("soon"), {}, true],
  ])("that %s", async (_, occurrence, meeting, isShown) => {
    const { shown, omitted } = await occurrencesOf([occurrence], {}, meeting);
    expect([shown, omitted]).toEqual(isShown ? [[occurrence], undefined] : [[], 1]);
  });

  test.each<[args: JsonObject, from: number, to: number]>([
    [{ date_from: "2026-03-13" }, 2, 9],
    [{ date_to: "2026-03-18" }, 0, 8],
    [{ date_from: "2026-03-12", date_to: "2026-03-12" }, 1, 2],
    [{ date_from: "2026-03-12T09:00:00Z", date_to: "2026-03-13T09:00:00Z" }, 1, 3],
    [{ date_from: "2026-03-12", date_field: "start_time" }, 1, 9],
    [{ date_from: "2026-03-12", date_field: "occurrences.start_time" }, 1, 9],
    [{ date_from: "2026-03-12", date_field: "updated_at" }, 0, 5],
  ])("with %j are those from %i to %i", async (args, from, to) => {
    const { shown, omitted } = await occurrencesOf(daily, args);
    expect(shown).toEqual(daily.slice(from, to));
    expect(omitted).toBe(daily.length - (to - from));
  });

  test("are whole in get_meeting", async () => {
    const documents = [{ type: "v1_meeting", data: { id: "9", occurrences: daily }, tags: ["meeting_id:9"] }];
    const { result } = await callAmongPeople({ documents }, "get_meeting", { uid: "9" });
    expect(result?.data).toEqual({ id: "9", occurrences: daily });
  });
});

test("people who are named in a meeting have a name and an email address, or are omitted, without full view", async () => {
  const person = { name: "Eve", email: "eve@x.example", username: "eve" };
  const data = {
    id: "9",
    title: "TSC",
    created_by: person,
    owner: person,
    organizers: [person],
    updated_by: person,
    updated_by_list: [person],
    user_id: "u1",
    registrant_count: 7,
    occurrences: [{ start_time: "soon", registrant_count: 7 }],
  };
  const world = { documents: [{ type: "v1_meeting", data, tags: ["meeting_id:9"] }] };
  const known = { name: "Eve", email: "eve@x.example" };
  const shown = {
    id: "9",
    title: "TSC",
    created_by: known,
    owner: known,
    occurrences: [{ start_time: "soon" }],
  };

  expect(rowsOf((await callAmongPeople(world, "search_meetings", {})).result)).toEqual([shown]);
  expect((await callAmongPeople(world, "get_meeting", { uid: "9" })).result?.data).toEqual(shown);
  const whole = await callAmongPeople({ ...world, viewer: { fullView: true } }, "get_meeting", { uid: "9" });
  expect(whole.result?.data).toEqual(data);
});
