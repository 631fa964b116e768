import { expect, test } from "vitest";
import { pageOf, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";

test("search_mailing_lists searches by name and project, with paging", async () => {
  const list = { uid: "l1", group_id: 145670, title: "Zephyr TSC" };
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("groupsio_mailing_list", [list]) });

  const { structuredContent } = await call("search_mailing_lists", {
    name: " tsc ",
    project_uid: "p1",
    page_token: "t",
  });

  expect(requests).toHaveLength(1);
  expect(requests[0]?.query).toBe(
    "name=tsc&page_size=10&page_token=t&parent=project%3Ap1&sort=name_asc&type=groupsio_mailing_list&v=1",
  );
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
  expect(structuredContent).toEqual({
    resources: [{ type: "groupsio_mailing_list", id: "groupsio_mailing_list:1", data: list }],
  });
});

test.each([
  [{}, []],
  [{ mailing_list_id: "l1" }, ["mailing_list_uid:l1"]],
  [{ project_uid: "p1" }, ["project_uid:p1"]],
  [{ project_uid: "p1", mailing_list_id: "l1" }, ["mailing_list_uid:l1", "project_uid:p1"]],
])("search_mailing_list_members with %j sends the tags %j", async (given, tags) => {
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("groupsio_member", [{ uid: "s1" }]) });

  const { structuredContent } = await call("search_mailing_list_members", { name: "ada", ...given });

  expect([...new URLSearchParams(requests[0]?.query)]).toEqual([
    ["name", "ada"],
    ["page_size", "10"],
    ["sort", "name_asc"],
    ...tags.map((tag) => ["tags_all", tag]),
    ["type", "groupsio_member"],
    ["v", "1"],
  ]);
  expect(structuredContent?.resources).toEqual([
    { type: "groupsio_member", id: "groupsio_member:1", data: { uid: "s1" } },
  ]);
});

test.each(["search_mailing_lists", "search_mailing_list_members"])(
  "%s takes no sort, and warns about hidden rows",
  async (tool) => {
    const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("any", [{ uid: "a" }], "next") });

    const refused = await call(tool, { sort: "name_desc" });
    const { structuredContent } = await call(tool, { page_size: 2 });

    expect(refused.content[0]?.text).toMatch(/^invalid_input: .*sort/);
    expect(requests).toHaveLength(1);
    expect(structuredContent).toMatchObject({ page_token: "next", warnings: [expect.any(String)] });
  },
);

const READS = [
  ["get_mailing_list_service", { uid: "s-1" }, "/lfx/groupsio/services/s-1"],
  ["get_mailing_list", { id: "145670" }, "/lfx/groupsio/mailing-lists/145670"],
  [
    "get_mailing_list_member",
    { mailing_list_id: "145670", member_id: "98" },
    "/lfx/groupsio/mailing-lists/145670/members/98",
  ],
] as const;

test.each(READS)("%s returns the service's record", async (tool, args, path) => {
  const body = { id: path.split("/").at(-1), status: "", type: null, later: { added: true } };
  const { call, requests } = await startFakeLfx({ [`GET ${path}`]: { body } });

  const { structuredContent } = await call(tool, args);

  expect(structuredContent).toEqual(body);
  expect(requests.map((one) => [one.method, one.path, one.query])).toEqual([["GET", path, ""]]);
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
});

test.each(READS)("%s quotes the service's message", async (tool, args, path) => {
  const words = tool.replaceAll("_", " ");
  const { call } = await startFakeLfx({
    [`GET ${path}`]: { status: 404, body: { message: "no such thing" } },
  });

  const { isError, content } = await call(tool, args);

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(
    new RegExp(`^not_found: Failed to ${words}: HTTP 404, "no such thing"\\. .*support\\.lfx\\.dev`),
  );
});

test.each([
  [403, {}, /^insufficient_scope: Failed to get mailing list: HTTP 403\. .*support\.lfx\.dev/],
  [500, { message: "down" }, /^upstream_error: Failed to get mailing list: HTTP 500, "down"\./],
  [200, [], /^upstream_error: Failed to get mailing list: the response is not a record/],
])("get_mailing_list reports %i with %j", async (status, body, expected) => {
  const { call } = await startFakeLfx({ "GET /lfx/groupsio/mailing-lists/1": { status, body } });

  const { isError, content } = await call("get_mailing_list", { id: "1" });

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(expected);
});

test.each([
  ["get_mailing_list_service", {}],
  ["get_mailing_list_service", { uid: "" }],
  ["get_mailing_list_service", { uid: "../mailing-lists" }],
  ["get_mailing_list", { id: 145670 }],
  ["get_mailing_list", { uid: "145670" }],
  ["get_mailing_list", { id: "1/members/2" }],
  ["get_mailing_list_member", { mailing_list_id: "1" }],
  ["get_mailing_list_member", { member_id: "2" }],
  ["get_mailing_list_member", { mailing_list_id: "1", member_id: " " }],
  ["search_mailing_list_members", { mailing_list_id: "l1,l2" }],
])("%s with %j is rejected before anything is sent", async (tool, args) => {
  const { call, requests } = await startFakeLfx({});

  const { isError, content } = await call(tool, args);

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(/^invalid_input: /);
  expect(requests).toEqual([]);
});
