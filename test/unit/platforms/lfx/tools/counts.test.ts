import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const COUNT = "GET /lfx/query/resources/count";

async function countWith(
  args: JsonObject,
  body: Reply["body"] = { count: 3, has_more: false },
  status = 200,
) {
  const headers = { "retry-after": "0" };
  // A parent that no record has is valid, and so is any name of a tag.
  const checks = { checkRequests: false };
  const { call, requests } = await startFakeLfx({ [COUNT]: { status, body, headers } }, {}, checks);
  const result = await call("count_lfx_resources", args);
  const queries = requests.map(({ query }) => [...new URLSearchParams(query)]);
  return { ...result, queries, text: result.content[0]?.text ?? "" };
}

test("sends every condition, and returns the count with what it covers", async () => {
  const { structuredContent, queries } = await countWith({
    type: "v1_past_meeting",
    parent: "project:p1",
    name: " tsc ",
    tags: ["committee_uid:c1", "committee_uid:c2"],
    tags_all: ["project_uid:p1"],
    date_field: "start_time",
    date_from: "2026-01-01",
    date_to: "2026-01-31T09:00:00Z",
    filters_or: ["platform:Zoom", "platform:Other: one"],
    filters_all: ["visibility:public"],
  });

  expect(queries).toEqual([
    [
      ["date_field", "start_time"],
      ["date_from", "2026-01-01"],
      ["date_to", "2026-01-31T09:00:00Z"],
      ["filters_all", "visibility:public"],
      ["filters_or", "platform:Zoom"],
      ["filters_or", "platform:Other: one"],
      ["name", "tsc"],
      ["parent", "project:p1"],
      ["tags", "committee_uid:c1"],
      ["tags", "committee_uid:c2"],
      ["tags_all", "project_uid:p1"],
      ["type", "v1_past_meeting"],
      ["v", "1"],
    ],
  ]);
  expect(structuredContent).toEqual({
    count: 3,
    complete: true,
    visibility: "caller",
    note: "Counts only records of LFX v2 that you can see.",
  });
});

test("a type alone, and empty lists, send no condition", async () => {
  const { queries } = await countWith({
    type: "b2b_org",
    tags: [],
    filters_all: [],
    date_field: "created_at",
  });
  expect(queries).toEqual([
    [
      ["type", "b2b_org"],
      ["v", "1"],
    ],
  ]);
});

test("a count that stopped early is a lower bound", async () => {
  const { structuredContent } = await countWith({ type: "project" }, { count: 10_000, has_more: true });
  expect(structuredContent).toMatchObject({
    count: 10_000,
    complete: false,
    note: expect.stringMatching(/lower bound: narrow/),
  });
});

describe("a count of 0", () => {
  test.each([
    [
      "committee_member",
      "project:p1",
      /No committee_member has a parent project, only committee\. .*tag project_uid:/,
    ],
    ["v1_meeting_registrant", "project:p1", /only meeting, committee\.$/],
    ["v1_past_meeting", "meeting:9", /only project, committee\.$/],
    ["groupsio_member", "committee:c1", /only project, groupsio_mailing_list\.$/],
  ])("of %s below %s says why", async (type, parent, note) => {
    const { structuredContent } = await countWith({ type, parent }, { count: 0, has_more: false });
    expect(structuredContent?.note).toMatch(note);
  });

  test.each([
    ["committee_member", "committee:c1"],
    ["committee_member", undefined],
    ["b2b_org", "project:p1"],
  ])("of %s below %s has no such reason", async (type, parent) => {
    const { structuredContent } = await countWith(
      { type, parent: parent ?? null },
      { count: 0, has_more: false },
    );
    expect(structuredContent?.note).toBe("Counts only records of LFX v2 that you can see.");
  });
});

test.each<[args: JsonObject, said: RegExp]>([
  [{ type: "key_contact" }, /"type".*"committee".*"groupsio_member"/],
  [{}, /"type"/],
  [{ type: "committee", parent: "p1" }, /"parent": must be type:uid/],
  [{ type: "committee", parent: "project:p 1" }, /"parent"/],
  [{ type: "committee", tags: ["p1"] }, /"tags.*must be name:value/],
  [{ type: "committee", filters_all: [":x"] }, /"filters_all/],
  [{ type: "committee", tags_all: Array(101).fill("a:b") }, /"tags_all": must have at most 100 entries/],
  [{ type: "v1_meeting", date_from: "2026-01-01" }, /date_field is required/],
  [{ type: "v1_meeting", date_to: "2026-01-01" }, /date_field is required/],
  [
    { type: "v1_meeting", date_field: "start_time", date_from: "2026-02-01", date_to: "2026-01-01" },
    /is after/,
  ],
  [{ type: "v1_meeting", group_by: "project_uid" }, /"group_by"/],
])("%j is rejected before anything is sent", async (args, said) => {
  const { isError, text, queries } = await countWith(args);
  expect(isError).toBe(true);
  expect(text).toMatch(/^invalid_input: .*Nothing was sent/);
  expect(text).toMatch(said);
  expect(queries).toEqual([]);
});

test.each([
  [400, { message: "no such tag" }, /^invalid_input: Failed to count resources: HTTP 400, "no such tag"/],
  [401, {}, /^upstream_error: .*HTTP 401\. /],
  [500, { message: "no index" }, /^upstream_error: .*"no index"\. .*safe to try again/],
  [200, { count: "3" }, /^upstream_error: .*is not a count/],
  [200, { count: 3 }, /^upstream_error: .*is not a count/],
])("HTTP %i with %j is reported", async (status, body, expected) => {
  const { isError, text } = await countWith({ type: "project" }, body, status);
  expect(isError).toBe(true);
  expect(text).toMatch(expected);
});
