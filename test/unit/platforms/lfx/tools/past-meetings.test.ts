import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import {
  ADA,
  callAmongPeople,
  type IndexedDocument,
  type PeopleWorld,
  rowsOf,
} from "../../../../support/lfx/people.ts";
import {
  pageOf,
  type ReceivedRequest,
  type Reply,
  startFakeLfx,
} from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";
const UID = "91461158520-1771596000000";

describe("participants and summaries", () => {
  describe.each([["search_past_meeting_summaries", "v1_past_meeting_summary"]])("%s", (tool, type) => {
    test.each([
      [{}, []],
      [{ name: " ada " }, ["name ada"]],
      [{ past_meeting_id: UID }, [`parent past_meeting:${UID}`]],
      [{ project_uid: "p1" }, ["parent project:p1"]],
      [
        { project_uid: "p1", past_meeting_id: UID },
        [`parent past_meeting:${UID}`],
        [`This search is limited to past_meeting:${UID} and ignores project:p1.`],
      ],
    ])("with %j sends %j", async (args, expected, warnings?: readonly string[]) => {
      const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "x" }]) });

      const { structuredContent } = await call(tool, args);

      expect(requests).toHaveLength(1);
      expect([...new URLSearchParams(requests[0]?.query)].map((pair) => pair.join(" ")).sort()).toEqual(
        [...expected, "page_size 10", "sort name_asc", `type ${type}`, "v 1"].sort(),
      );
      expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
      expect(structuredContent).toEqual({
        resources: [{ type, id: `${type}:1`, data: { id: "x" } }],
        ...(warnings && { warnings }),
      });
    });

    test("sorts, pages, and warns about hidden rows", async () => {
      const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "x" }], "next") });

      const { structuredContent } = await call(tool, { sort: "name_desc", page_size: 2, page_token: "t" });

      const query = Object.fromEntries(new URLSearchParams(requests[0]?.query));
      expect(query).toMatchObject({ sort: "name_desc", page_size: "2", page_token: "t" });
      expect(structuredContent).toMatchObject({
        page_token: "next",
        warnings: [expect.stringContaining("you can see")],
      });
    });
  });

  describe.each([
    ["get_past_meeting_participant", "v1_past_meeting_participant", "filters=uid"],
    ["get_past_meeting_summary", "v1_past_meeting_summary", "tags_all=past_meeting_summary_id"],
  ])("%s", (tool, type, condition) => {
    const operation = tool.replaceAll("_", " ");

    test("finds the document by its id", async () => {
      const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(type, [{ id: "a-1" }]) });

      const { structuredContent } = await call(tool, { uid: "a-1" });

      expect(requests.map(({ query }) => query)).toEqual([
        [`${condition}%3Aa-1`, "page_size=1", "sort=name_asc", `type=${type}`, "v=1"].sort().join("&"),
      ]);
      expect(structuredContent).toEqual({ type, id: `${type}:1`, data: { id: "a-1" } });
    });

    test("reports that there is none, or none for this caller", async () => {
      const { call } = await startFakeLfx({ [QUERY]: { body: { resources: null } } });

      const { isError, content } = await call(tool, { uid: "a-1" });

      expect(isError).toBe(true);
      expect(content[0]?.text).toMatch(
        new RegExp(
          `^not_found: Failed to ${operation}: none with the uid a-1 is visible to you\\. .*support\\.lfx\\.dev`,
        ),
      );
    });

    test("quotes the service's message", async () => {
      const { call } = await startFakeLfx({ [QUERY]: { status: 400, body: { message: "bad tag" } } });

      const { isError, content } = await call(tool, { uid: "a-1" });

      expect(isError).toBe(true);
      expect(content[0]?.text).toContain(`invalid_input: Failed to ${operation}: HTTP 400, "bad tag".`);
    });
  });

  test.each([
    ["get_past_meeting_participant", { uid: "" }],
    ["get_past_meeting_summary", { uid: "a", version: 2 }],
    ["search_past_meeting_participants", { past_meeting_id: "9 1" }],
    ["search_past_meeting_summaries", { committee_uid: "c1" }],
    ["search_past_meeting_summaries", { date_from: "2026-01-01" }],
  ])("%s with %j is rejected before anything is sent", async (tool, args) => {
    const { call, requests } = await startFakeLfx({});

    const { isError, content } = await call(tool, args);

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^invalid_input: /);
    expect(requests).toEqual([]);
  });
});

describe("past meetings", () => {
  const TYPE = "v1_past_meeting";

  test.each([
    [{}, []],
    [{ name: " tsc ", project_uid: "p1" }, ["name tsc", "parent project:p1"]],
    [{ committee_uid: "c1" }, ["tags_all committee_uid:c1"]],
    [{ meeting_id: "9" }, ["tags_all meeting_id:9"]],
    [
      { meeting_id: "9", committee_uid: "c1", project_uid: "p1" },
      ["parent project:p1", "tags_all committee_uid:c1", "tags_all meeting_id:9"],
    ],
    [{ date_from: "2026-01-01" }, ["date_field start_time", "date_from 2026-01-01"]],
    [
      { date_to: "2026-01-31T00:00:00Z", date_field: "end_time" },
      ["date_field end_time", "date_to 2026-01-31T00:00:00Z"],
    ],
  ])("search_past_meetings with %j sends %j", async (args, expected) => {
    const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(TYPE, [{ id: "x" }]) });

    const { structuredContent } = await call("search_past_meetings", args);

    expect(requests).toHaveLength(1);
    expect([...new URLSearchParams(requests[0]?.query)].map((pair) => pair.join(" ")).sort()).toEqual(
      [...expected, "page_size 10", "sort name_asc", `type ${TYPE}`, "v 1"].sort(),
    );
    expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
    expect(structuredContent).toEqual({ resources: [{ type: TYPE, id: `${TYPE}:1`, data: { id: "x" } }] });
  });

  test("search_past_meetings sorts, pages, and warns about hidden rows", async () => {
    const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("any", [{ id: "x" }], "next") });

    const { structuredContent } = await call("search_past_meetings", {
      sort: "name_desc",
      page_size: 2,
      page_token: "t",
    });

    const query = Object.fromEntries(new URLSearchParams(requests[0]?.query));
    expect(query).toMatchObject({ sort: "name_desc", page_size: "2", page_token: "t" });
    expect(structuredContent).toMatchObject({
      page_token: "next",
      warnings: [expect.stringContaining("you can see")],
    });
  });

  test("search_past_meetings lists the newest first, which the service calls name_desc", async () => {
    const { call, requests } = await startFakeLfx({ [QUERY]: pageOf(TYPE, []) });

    const { isError } = await call("search_past_meetings", { sort: "newest_first" });

    expect(isError).toBeUndefined();
    expect(new URLSearchParams(requests[0]?.query).get("sort")).toBe("name_desc");
  });

  test("search_past_meetings takes group_uid with committees called groups", async () => {
    const { call, requests } = await startFakeLfx(
      { [QUERY]: pageOf(TYPE, []) },
      { committeesAsGroups: true },
    );

    await call("search_past_meetings", { group_uid: "c1" });

    expect(new URLSearchParams(requests[0]?.query).getAll("tags_all")).toEqual(["committee_uid:c1"]);
  });

  describe("get_past_meeting", () => {
    const MEETING = `GET /lfx/itx/past_meetings/${UID}`;
    const RECORDING = "v1_past_meeting_recording";
    const TRANSCRIPT = "v1_past_meeting_transcript";

    const startWith = (parts: Readonly<Record<string, Reply>>) =>
      startFakeLfx({
        [MEETING]: { body: { id: UID, title: "TSC", committees: null } },
        [QUERY]: ({ query }: ReceivedRequest) =>
          parts[new URLSearchParams(query).get("type") ?? ""] ?? pageOf("none", []),
      });
    const found = (type: string) => ({ type, id: `${type}:1`, data: { id: "x", recording_files: [] } });
    const one = (type: string, next?: string) => pageOf(type, [{ id: "x", recording_files: [] }], next);

    test("reads the meeting, then its recording and transcript, and reports both steps", async () => {
      const { call, requests, steps } = await startWith({
        [RECORDING]: one(RECORDING, "next"),
        [TRANSCRIPT]: one(TRANSCRIPT),
      });

      const { structuredContent } = await call("get_past_meeting", { uid: UID });

      const [first, ...others] = requests.map(({ method, path, query }) => `${method} ${path}?${query}`);
      expect(first).toBe(`${MEETING}?v=1`);
      const rest = `page_size=1&parent=past_meeting%3A${UID}&sort=name_asc`;
      expect(others.sort()).toEqual([
        `${QUERY}?${rest}&type=${RECORDING}&v=1`,
        `${QUERY}?${rest}&type=${TRANSCRIPT}&v=1`,
      ]);
      for (const { headers } of requests) expect(headers.authorization).toBe("Bearer own-for-lfx");
      expect(structuredContent).toEqual({
        meeting: { id: UID, title: "TSC", committees: null },
        recording: found(RECORDING),
        transcript: found(TRANSCRIPT),
      });
      expect(steps).toEqual([
        { message: "Reading the meeting", done: 0, total: 2 },
        { message: "Looking for its recording and transcript", done: 1, total: 2 },
      ]);
    });

    const NO_RECORDING = "Past meeting recording: none is visible to you.";
    const NO_TRANSCRIPT = "Past meeting transcript: none is visible to you.";

    test.each([
      [[], [], [NO_RECORDING, NO_TRANSCRIPT]],
      [[RECORDING], ["recording"], [NO_TRANSCRIPT]],
      [[TRANSCRIPT], ["transcript"], [NO_RECORDING]],
    ])("returns the parts %j, and says of others that none is visible", async (types, names, warnings) => {
      const { call } = await startWith(Object.fromEntries(types.map((type) => [type, one(type)])));

      const { structuredContent } = await call("get_past_meeting", { uid: UID });

      expect(Object.keys(structuredContent ?? {})).toEqual(["meeting", ...names, "warnings"]);
      expect(structuredContent?.warnings).toEqual(warnings);
    });

    test.each([
      ["recording", RECORDING, "transcript", TRANSCRIPT],
      ["transcript", TRANSCRIPT, "recording", RECORDING],
    ])("omits an unreadable %s with a warning", async (lost, type, kept, keptType) => {
      const { call } = await startWith({
        [type]: { status: 500, body: { message: "search failed" } },
        [keptType]: one(keptType),
      });

      const { structuredContent, isError } = await call("get_past_meeting", { uid: UID });

      expect(isError).toBeUndefined();
      expect(structuredContent).toEqual({
        meeting: expect.anything(),
        [kept]: found(keptType),
        warnings: [
          expect.stringMatching(
            new RegExp(
              `^Past meeting ${lost} unavailable: Failed to get past meeting ${lost}: HTTP 500, "search`,
            ),
          ),
        ],
      });
    });

    test("warns about both parts, the recording first, if neither is readable", async () => {
      const { call } = await startWith({ [RECORDING]: { status: 403 }, [TRANSCRIPT]: { body: "<html>" } });

      const { structuredContent } = await call("get_past_meeting", { uid: UID });

      expect(structuredContent).toEqual({
        meeting: expect.anything(),
        warnings: [
          expect.stringMatching(/^Past meeting recording unavailable: .*HTTP 403.*support\.lfx\.dev/),
          expect.stringMatching(/^Past meeting transcript unavailable: .*not JSON/),
        ],
      });
    });

    test("says the same of a part that is hidden from the caller", async () => {
      const { call } = await startWith({ [RECORDING]: pageOf(RECORDING, [], "next") });

      const { structuredContent } = await call("get_past_meeting", { uid: UID });

      expect(structuredContent).toEqual({
        meeting: expect.anything(),
        warnings: [NO_RECORDING, NO_TRANSCRIPT],
      });
    });

    test.each([
      [400, "bad id", "invalid_input"],
      [403, "", "insufficient_scope"],
      [404, "no such meeting", "not_found"],
      [500, "down", "upstream_error"],
    ])(
      "reports status %i with the service's message, and sends nothing more",
      async (status, message, code) => {
        const { call, requests } = await startFakeLfx({
          [MEETING]: { status, body: { code: String(status), message } },
        });

        const { isError, content } = await call("get_past_meeting", { uid: UID });

        expect(isError).toBe(true);
        const said = message && `, "${message}"`;
        expect(content[0]?.text).toContain(`${code}: Failed to get past meeting: HTTP ${status}${said}. `);
        expect(requests).toHaveLength(1);
      },
    );
  });

  test.each([
    ["get_past_meeting", {}],
    ["get_past_meeting", { uid: "9:1" }],
    ["get_past_meeting", { uid: "9/participants" }],
    ["search_past_meetings", { date_field: "duration", date_from: "2026-01-01" }],
    ["search_past_meetings", { past_meeting_id: UID }],
    ["search_past_meeting_summaries", { sort: "newest_first" }],
  ])("%s with %j is rejected before anything is sent", async (tool, args) => {
    const { call, requests } = await startFakeLfx({});

    const { isError, content } = await call(tool, args);

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^invalid_input: /);
    expect(requests).toEqual([]);
  });
});

describe("summaries that wait for approval", () => {
  const summary = (id: string, data: object = {}): IndexedDocument => ({
    type: "v1_past_meeting_summary",
    data: {
      id,
      meeting_and_occurrence_id: `${id}-1`,
      summary_title: "TSC",
      content: "a secret decision",
      edited_content: "a secret correction",
      requires_approval: true,
      approved: false,
      zoom_webhook_event: { passcode: "a secret" },
      ...data,
    },
    parents: ["project:p1"],
    tags: [`past_meeting_summary_id:${id}`],
  });
  const documents = [
    summary("1"),
    summary("2"),
    summary("3", { approved: true }),
    summary("4", { requires_approval: false }),
    summary("5", { meeting_and_occurrence_id: "", summary_data: { content: "another secret" } }),
    summary("6", { requires_approval: "true", approved: null }),
  ];
  const VIEWERS = [
    ["a caller without full view", ADA],
    ["staff", { fullView: true }],
  ] as const;
  const WITHHELD = "awaiting organizer approval";
  const search = (world: Partial<PeopleWorld>) =>
    callAmongPeople({ documents, ...world }, "search_past_meeting_summaries", { project_uid: "p1" });

  test.each(VIEWERS)("keep their texts only for %s who organizes the meeting", async (_, viewer) => {
    const granted = ["v1_past_meeting:2-1#organizer"];
    const { result, sent } = await search({ viewer, granted });

    expect(
      rowsOf(result).map((data) => [(data as JsonObject).content, (data as JsonObject).content_withheld]),
    ).toEqual([
      [undefined, WITHHELD],
      ["a secret decision", undefined],
      ["a secret decision", undefined],
      ["a secret decision", undefined],
      [undefined, WITHHELD],
      [undefined, WITHHELD],
    ]);
    expect(JSON.stringify(rowsOf(result)[4])).not.toContain("secret");
    expect(JSON.stringify(result)).not.toContain("zoom_webhook_event");
    // One request for the page, about those that wait.
    expect(sent.slice(1)).toEqual([
      "POST /access-check?v=1 v1_past_meeting:1-1#organizer v1_past_meeting:2-1#organizer v1_past_meeting:6-1#organizer",
    ]);
  });

  test.each(VIEWERS)("one that %s reads is withheld, too", async (_, viewer) => {
    const get = (granted: readonly string[]) =>
      callAmongPeople({ documents, viewer, granted }, "get_past_meeting_summary", { uid: "1" });

    const { result } = await get(["v1_past_meeting:1-1#host"]);
    expect(result?.data).toMatchObject({ id: "1", summary_title: "TSC", content_withheld: WITHHELD });
    expect(JSON.stringify(result)).not.toContain("secret");
    expect((await get(["v1_past_meeting:1-1#organizer"])).result?.data).toMatchObject({
      content: "a secret decision",
      edited_content: "a secret correction",
    });
  });

  test("are withheld if the check fails, and the page stands", async () => {
    for (const reply of [{ status: 503, body: {} }, { body: { results: [] } }, { body: "x" }]) {
      const { result } = await search({
        replies: { "POST /access-check": reply },
        viewer: { fullView: true },
      });

      expect(rowsOf(result)).toHaveLength(6);
      expect(JSON.stringify(rowsOf(result)[1])).not.toContain("secret");
    }
  });

  test("ask nothing if all are approved", async () => {
    const { sent } = await search({ documents: documents.slice(2, 4) });
    expect(sent).toHaveLength(1);
  });
});

describe("people who are named in past meetings", () => {
  const past = {
    meeting_and_occurrence_id: UID,
    title: "TSC",
    created_by: { name: "Eve", email: "eve@x.example", username: "eve", profile_picture: "p" },
    updated_by: { username: "fay" },
    updated_by_list: [{ username: "fay" }],
  };
  const artifact = (kind: string) => ({
    type: `v1_past_meeting_${kind}`,
    data: {
      meeting_and_occurrence_id: UID,
      host_email: "gil@x.example",
      host_id: "gil",
      created_by: { username: "hal" },
      updated_by: { username: "hal" },
      sessions: [{ host_email: "gil@x.example", share_url: "https://x.example" }],
    },
    parents: [`past_meeting:${UID}`],
  });
  const world: PeopleWorld = {
    documents: [{ type: "v1_past_meeting", data: past }, artifact("recording"), artifact("transcript")],
    replies: { [`GET /itx/past_meetings/${UID}`]: { body: { id: UID, ...past } } },
  };

  test("have a name and an email address for callers without full view, or are omitted", async () => {
    const found = await callAmongPeople(world, "search_past_meetings", {});
    const read = await callAmongPeople(world, "get_past_meeting", { uid: UID });

    const shown = { title: "TSC", created_by: { name: "Eve", email: "eve@x.example" } };
    expect(rowsOf(found.result)).toEqual([{ meeting_and_occurrence_id: UID, ...shown }]);
    const part = { meeting_and_occurrence_id: UID, sessions: [{ share_url: "https://x.example" }] };
    expect(read.result).toMatchObject({ recording: { data: part }, transcript: { data: part } });
    expect(read.result?.meeting).toEqual({ id: UID, meeting_and_occurrence_id: UID, ...shown });
    expect(JSON.stringify([found.result, read.result])).not.toMatch(/fay|gil|hal|profile_picture/);
  });

  test("are whole for full view", async () => {
    const found = await callAmongPeople({ ...world, viewer: { fullView: true } }, "search_past_meetings", {});
    expect(rowsOf(found.result)).toEqual([past]);
  });
});
