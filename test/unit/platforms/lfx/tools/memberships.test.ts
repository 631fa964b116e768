import { describe, expect, test } from "vitest";
import { pageOf, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";

function queryOf(query: string | undefined) {
  return [...new URLSearchParams(query)];
}

test("search_members combines all filters and finds active memberships", async () => {
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("project_membership", []) });

  await call("search_members", {
    project_uid: "p1",
    b2b_org_uid: "0014100000Te2hjAAB",
    search_name: " acme ",
    tier_uid: "t1",
    tier_name: "Gold Membership: 2026",
    page_size: 50,
    page_token: "t",
  });

  expect(requests).toHaveLength(1);
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
  expect(queryOf(requests[0]?.query)).toEqual([
    ["filters_all", "project_uid:p1"],
    ["filters_all", "b2b_org_uid:0014100000Te2hjAAB"],
    ["filters_all", "tier_uid:t1"],
    ["filters_all", "tier_name:Gold Membership: 2026"],
    ["filters_all", "status:Active"],
    ["name", "acme"],
    ["page_size", "50"],
    ["page_token", "t"],
    ["type", "project_membership"],
    ["v", "1"],
  ]);
});

test.each([
  [{}, ["status:Active"]],
  [{ include_inactive: false }, ["status:Active"]],
  [{ include_inactive: null }, ["status:Active"]],
  [{ include_inactive: true }, []],
  [{ include_inactive: true, tier_uid: "t1" }, ["tier_uid:t1"]],
])("search_members with %j sends the filters %j", async (args, filters) => {
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("project_membership", []) });

  await call("search_members", args);

  expect(new URLSearchParams(requests[0]?.query).getAll("filters_all")).toEqual(filters);
});

test("search_members renames tier to tier_range and omits project_sfid", async () => {
  const { call } = await startFakeLfx({
    [QUERY]: pageOf("project_membership", [
      { uid: "m1", tier: "$1 - $2", tier_name: "Gold", project_sfid: "a09" },
      { uid: "m2", tier: null },
    ]),
  });

  const { structuredContent } = await call("search_members", {});

  expect(structuredContent?.resources).toEqual([
    {
      type: "project_membership",
      id: "project_membership:1",
      data: { uid: "m1", tier_name: "Gold", tier_range: "$1 - $2" },
    },
    { type: "project_membership", id: "project_membership:2", data: { uid: "m2" } },
  ]);
});

test("search_members returns unknown data as is", async () => {
  const { call } = await startFakeLfx({
    [QUERY]: { body: { resources: [{ type: "project_membership", id: "x", data: "gone" }] } },
  });

  const { structuredContent } = await call("search_members", {});

  expect(structuredContent?.resources).toEqual([
    { type: "project_membership", id: "x", data: { _raw: "gone" } },
  ]);
});

test("search_members warns about hidden rows", async () => {
  const { call } = await startFakeLfx({ [QUERY]: pageOf("project_membership", [{ uid: "m1" }], "next") });

  const { structuredContent } = await call("search_members", { page_size: 2 });

  expect(structuredContent).toMatchObject({
    page_token: "next",
    warnings: [expect.stringContaining("you can see")],
  });
});

test.each([
  ["search_members", { project_uid: "p1 OR p2" }, "project_uid"],
  ["search_members", { tier_name: "  " }, "tier_name"],
  ["search_members", { include_inactive: "yes" }, "include_inactive"],
  ["search_members", { status: "Expired" }, "status"],
  ["search_members", { page_size: 0.5 }, "page_size"],
  ["get_member_membership", {}, "membership_uid"],
  ["get_member_membership", { membership_uid: "../p1" }, "membership_uid"],
])("%s with %j is rejected before anything is sent", async (tool, args, field) => {
  const { call, requests, tokenRequests } = await startFakeLfx({});

  const { content } = await call(tool, args);

  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(content[0]?.text).toContain(`"${field}"`);
  expect([...requests, ...tokenRequests]).toEqual([]);
});

test("a rejected search quotes the service's message", async () => {
  const { call } = await startFakeLfx({ [QUERY]: { status: 400, body: { message: "bad page token" } } });

  const { content } = await call("search_members", { page_token: "t" });

  expect(content[0]?.text).toMatch(
    /^invalid_input: Failed to search members: HTTP 400, "bad page token"\. Correct the arguments/,
  );
});

test("get_member_membership returns the service's record", async () => {
  const membership = {
    uid: "m1",
    tier: "$1 - $2",
    tier_name: "Gold",
    project_sfid: "a09",
    auto_renew: true,
    later: 1,
  };
  const { call, requests } = await startFakeLfx({ "GET /lfx/project_memberships/m1": { body: membership } });

  const { structuredContent } = await call("get_member_membership", { membership_uid: " m1 " });

  expect(structuredContent).toEqual(membership);
  expect(requests.map(({ method, path, query }) => [method, path, query])).toEqual([
    ["GET", "/lfx/project_memberships/m1", "v=1"],
  ]);
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
});

test.each([
  [403, "insufficient_scope", "support.lfx.dev"],
  [404, "not_found", "support.lfx.dev"],
  [500, "upstream_error", "safe to try again"],
])("get_member_membership reports %i as %s", async (status, code, advice) => {
  const { call } = await startFakeLfx({
    "GET /lfx/project_memberships/m1": { status, body: { message: "the reason" } },
  });

  const { content, isError } = await call("get_member_membership", { membership_uid: "m1" });

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(
    new RegExp(`^${code}: Failed to get member membership: HTTP ${status}, "the reason"`),
  );
  expect(content[0]?.text).toContain(advice);
});

describe("search_b2b_orgs", () => {
  test("searches by name, with paging", async () => {
    const { call, requests } = await startFakeLfx({
      [QUERY]: pageOf("b2b_org", [{ uid: "o1", name: "Acme", primary_domain: "acme.example" }], "next"),
    });

    const { structuredContent } = await call("search_b2b_orgs", { search_name: " acme ", page_size: 1 });

    expect(requests).toHaveLength(1);
    expect(requests[0]?.query).toBe("name=acme&page_size=1&type=b2b_org&v=1");
    expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
    expect(structuredContent).toEqual({
      resources: [
        {
          type: "b2b_org",
          id: "b2b_org:1",
          data: { uid: "o1", name: "Acme", primary_domain: "acme.example" },
        },
      ],
      page_token: "next",
    });
  });

  test("lists all organizations without a name, from the given page", async () => {
    const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("b2b_org", []) });

    await call("search_b2b_orgs", { page_token: "a+b=" });

    expect(requests[0]?.query).toBe("page_size=10&page_token=a%2Bb%3D&type=b2b_org&v=1");
  });

  test.each([
    [{ search_name: " " }, "search_name"],
    [{ name: "acme" }, "name"],
    [{ page_size: 1001 }, "page_size"],
    [{ page_size: 1.5 }, "page_size"],
  ])("with %j is rejected before anything is sent", async (args, field) => {
    const { call, requests } = await startFakeLfx({});

    const { content } = await call("search_b2b_orgs", args);

    expect(content[0]?.text).toMatch(/^invalid_input: /);
    expect(content[0]?.text).toContain(`"${field}"`);
    expect(requests).toEqual([]);
  });

  test("names the search in errors", async () => {
    const { call } = await startFakeLfx({ [QUERY]: { status: 500, body: { message: "index is down" } } });

    const { content } = await call("search_b2b_orgs", {});

    expect(content[0]?.text).toMatch(/^upstream_error: Failed to search B2B orgs: HTTP 500, "index is down"/);
  });
});
