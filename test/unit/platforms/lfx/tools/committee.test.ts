import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { exchanges } from "../../../../support/lfx/exchanges.ts";
import { pageOf, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";
const COMMITTEE = { uid: "c1", name: "Steering", category: "Board", join_mode: "open" };
const MEMBER = { uid: "m1", committee_uid: "c1", email: "ada@acme.example", role: { name: "Chair" } };

describe("search_committees", () => {
  test("finds committees by name in a project, and does not tell the count of members", async () => {
    const { call, seen } = await startFakeLfx({
      [QUERY]: pageOf("committee", [{ ...COMMITTEE, total_members: 0, total_voting_repos: 3 }], "next"),
    });

    const args = { name: " steer ", project_uid: "p1", page_size: 1, page_token: "t" };
    const { structuredContent } = await call("search_committees", args);

    expect(exchanges(seen)).toEqual([
      {
        request:
          "GET /query/resources?name=steer&page_size=1&page_token=t&parent=project%3Ap1&sort=name_asc&type=committee&v=1",
      },
    ]);
    expect(structuredContent).toEqual({
      resources: [{ type: "committee", id: "committee:1", data: { ...COMMITTEE, total_voting_repos: 3 } }],
      page_token: "next",
    });
  });

  test("finds all that there are where nothing is given", async () => {
    const { call, seen } = await startFakeLfx({ [QUERY]: pageOf("committee", []) });

    const { structuredContent } = await call("search_committees", {});

    expect(exchanges(seen)).toEqual([
      { request: "GET /query/resources?page_size=10&sort=name_asc&type=committee&v=1" },
    ]);
    expect(structuredContent).toEqual({ resources: [] });
  });
});

describe("get_committee", () => {
  test("tells the committee with its settings, but not the count of members", async () => {
    const { call, seen } = await startFakeLfx({
      "GET /lfx/committees/c1": { body: { ...COMMITTEE, total_members: 12 } },
      "GET /lfx/committees/c1/settings": { body: { uid: "c1", member_visibility: "hidden" } },
    });

    const { structuredContent } = await call("get_committee", { uid: "c1" });

    expect(structuredContent).toEqual({
      base: COMMITTEE,
      settings: { uid: "c1", member_visibility: "hidden" },
    });
    expect(exchanges(seen)).toEqual([
      { request: "GET /committees/c1" },
      { request: "GET /committees/c1/settings" },
    ]);
  });

  test.each([
    [403, {}],
    [404, { message: "settings not found" }],
    [503, { message: "busy" }],
  ])("leaves out settings that are answered with %i, and says so", async (status, body) => {
    const { call } = await startFakeLfx({
      "GET /lfx/committees/c1": { body: COMMITTEE },
      "GET /lfx/committees/c1/settings": { status, body },
    });

    const { structuredContent, isError } = await call("get_committee", { uid: "c1" });

    expect(isError).toBeUndefined();
    expect(structuredContent).toEqual({
      base: COMMITTEE,
      warnings: [expect.stringMatching(new RegExp(`^Committee settings unavailable: .*HTTP ${status}`))],
    });
  });
});

describe("search_committee_members", () => {
  test.each<[JsonObject, string]>([
    [{}, ""],
    [{ committee_uid: "c1" }, "&tags_all=committee_uid%3Ac1"],
    [{ project_uid: "p1" }, "&tags_all=project_uid%3Ap1"],
    [{ committee_uid: "c1", project_uid: "p1" }, "&tags_all=committee_uid%3Ac1&tags_all=project_uid%3Ap1"],
  ])("given %j asks for rows of which all of it holds", async (args, tags) => {
    const { call, seen } = await startFakeLfx({ [QUERY]: pageOf("committee_member", [MEMBER]) });

    const { structuredContent } = await call("search_committee_members", { name: "ada", ...args });

    expect(exchanges(seen)).toEqual([
      {
        request: `GET /query/resources?name=ada&page_size=10&sort=name_asc${tags}&type=committee_member&v=1`,
      },
    ]);
    expect(structuredContent).toEqual({
      resources: [{ type: "committee_member", id: "committee_member:1", data: MEMBER }],
    });
  });
});

test.each(["search_committees", "search_committee_members"])(
  "%s says that rows are hidden, where a page is short and more follow",
  async (tool) => {
    const { call } = await startFakeLfx({ [QUERY]: pageOf("any", [{ uid: "u" }], "next") });

    const { structuredContent } = await call(tool, {});

    expect(structuredContent?.warnings).toEqual([expect.stringContaining("hidden")]);
  },
);

test("get_committee_member tells the member as the service does", async () => {
  const { call, seen } = await startFakeLfx({ "GET /lfx/committees/c1/members/m1": { body: MEMBER } });

  const { structuredContent } = await call("get_committee_member", { committee_uid: "c1", member_uid: "m1" });

  expect(exchanges(seen)).toEqual([{ request: "GET /committees/c1/members/m1?v=1" }]);
  expect(structuredContent).toEqual(MEMBER);
});

describe.each<[tool: string, request: string, args: JsonObject, doing: string]>([
  ["search_committees", QUERY, {}, "search committees"],
  ["get_committee", "GET /lfx/committees/c1", { uid: "c1" }, "get committee"],
  ["search_committee_members", QUERY, {}, "search committee members"],
  [
    "get_committee_member",
    "GET /lfx/committees/c1/members/m1",
    { committee_uid: "c1", member_uid: "m1" },
    "get committee member",
  ],
])("%s", (tool, request, args, doing) => {
  test.each([
    [400, "invalid_input"],
    [403, "insufficient_scope"],
    [404, "not_found"],
    [500, "upstream_error"],
  ])("passes on what the service says with a %i, as %s", async (status, code) => {
    const { call, seen } = await startFakeLfx({ [request]: { status, body: { message: "the reason" } } });

    const { content, isError } = await call(tool, args);

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(
      new RegExp(`^${code}: Failed to ${doing}: HTTP ${status}, "the reason"`),
    );
    expect(new Set(seen.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set([request]));
  });
});
