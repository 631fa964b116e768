import { describe, expect, test } from "vitest";
import { pageOf, type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

test("search_projects searches by name and parent, with paging", async () => {
  const { call, requests } = await startFakeLfx({
    "GET /lfx/query/resources": pageOf("project", [{ uid: "p1", name: "Zephyr" }]),
  });

  const { structuredContent } = await call("search_projects", {
    name: " zep ",
    parent_uid: "f-1",
    page_token: "t",
  });

  expect(requests).toHaveLength(1);
  expect(requests[0]?.query).toBe(
    "name=zep&page_size=10&page_token=t&parent=project%3Af-1&sort=name_asc&type=project&v=1",
  );
  expect(requests[0]?.headers.authorization).toBe("Bearer own-for-lfx");
  expect(structuredContent).toEqual({
    resources: [{ type: "project", id: "project:1", data: { uid: "p1", name: "Zephyr" } }],
  });
});

test("search_projects combines exact names, slugs and legal parents", async () => {
  const { call, requests } = await startFakeLfx({ "GET /lfx/query/resources": pageOf("project", []) });

  await call("search_projects", {
    slug: "zephyr",
    name_exact: "The Zephyr: Project",
    legal_parent_uid: "f-1",
  });

  expect([...new URLSearchParams(requests[0]?.query)].slice(0, 2)).toEqual([
    ["filters_all", "name:The Zephyr: Project"],
    ["filters_all", "legal_parent_uid:f-1"],
  ]);
  expect(new URLSearchParams(requests[0]?.query).getAll("tags_all")).toEqual(["project_slug:zephyr"]);
});

describe("search_projects with include_total", () => {
  const args = { name: "zep", slug: "zephyr", parent_uid: "f-1", name_exact: "Zephyr", page_token: "t" };
  const totalOf = async (count: Reply, include_total = true) => {
    const { call, requests } = await startFakeLfx({
      "GET /lfx/query/resources": pageOf("project", [{ uid: "p1" }]),
      "GET /lfx/query/resources/count": count,
    });
    const { structuredContent } = await call("search_projects", { ...args, include_total });
    const { resources, ...rest } = structuredContent ?? {};
    expect(resources).toHaveLength(1);
    return { rest, counted: requests.slice(1).map(({ query }) => query) };
  };

  test.each([
    [false, true],
    [true, false],
  ])("counts all matches, if the count goes on: %j", async (has_more, total_complete) => {
    const { rest, counted } = await totalOf({ body: { count: 12, has_more } });

    expect(rest).toEqual({ total: 12, total_complete });
    expect(counted).toEqual([
      "filters_all=name%3AZephyr&name=zep&parent=project%3Af-1&tags_all=project_slug%3Azephyr&type=project&v=1",
    ]);
  });

  test("keeps the page if the count fails, and says so", async () => {
    const { rest } = await totalOf({ status: 503, body: { message: "busy" } });
    expect(rest).toEqual({ note: expect.stringMatching(/^Total unavailable: .*HTTP 503, "busy"/) });
  });

  test("counts nothing if it is false", async () => {
    expect((await totalOf({ status: 500 }, false)).counted).toEqual([]);
  });
});

test("search_projects warns about hidden rows if a page is short and more follow", async () => {
  const { call } = await startFakeLfx({
    "GET /lfx/query/resources": pageOf("project", [{ uid: "p1" }], "next"),
  });

  const { structuredContent } = await call("search_projects", {});

  expect(structuredContent?.page_token).toBe("next");
  expect(structuredContent?.warnings).toEqual([expect.stringContaining("you can see")]);
});

test("search_projects rejects a page_size over 1000 before anything is sent", async () => {
  const { call, requests } = await startFakeLfx({});

  const { isError, content } = await call("search_projects", { page_size: 1001 });

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(/^invalid_input: .*page_size/);
  expect(requests).toEqual([]);
});

test("get_project returns the project with its settings", async () => {
  const { call, requests } = await startFakeLfx({
    "GET /lfx/projects/p1": { body: { uid: "p1", slug: "zephyr" } },
    "GET /lfx/projects/p1/settings": { body: { uid: "p1", mission_statement: "Small." } },
  });

  const { structuredContent } = await call("get_project", { uid: "p1" });

  expect(structuredContent).toEqual({
    base: { uid: "p1", slug: "zephyr" },
    settings: { uid: "p1", mission_statement: "Small." },
  });
  expect(requests.map(({ method, path, query }) => [method, path, query])).toEqual([
    ["GET", "/lfx/projects/p1", ""],
    ["GET", "/lfx/projects/p1/settings", ""],
  ]);
});

test("get_project omits hidden settings with a warning", async () => {
  const { call } = await startFakeLfx({
    "GET /lfx/projects/p1": { body: { uid: "p1" } },
    "GET /lfx/projects/p1/settings": { status: 403, body: {} },
  });

  const { structuredContent, isError } = await call("get_project", { uid: "p1" });

  expect(isError).toBeUndefined();
  expect(structuredContent).toEqual({
    base: { uid: "p1" },
    warnings: [expect.stringMatching(/^Project settings unavailable: .*HTTP 403.*support\.lfx\.dev/)],
  });
});

test("get_project reports an unknown project with the service's message", async () => {
  const { call } = await startFakeLfx({
    "GET /lfx/projects/p1": { status: 404, body: { message: "project not found" } },
  });

  const { content } = await call("get_project", { uid: "p1" });

  expect(content[0]?.text).toMatch(
    /^not_found: Failed to get project: HTTP 404, "project not found"\. .*support\.lfx\.dev/,
  );
});
