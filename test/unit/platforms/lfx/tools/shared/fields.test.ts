import { describe, expect, test } from "vitest";
import { QUERY } from "../../../../../support/lfx/searched.ts";
import { pageOf, startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

describe("fields", () => {
  test.each([
    ["2026-02-01", "2026-01-31"],
    ["2026-01-31T09:00:01Z", "2026-01-31T09:00:00Z"],
    ["2026-02-01T00:00:00Z", "2026-01-31"],
    ["2026-01-31T01:00:00+01:00", "2026-01-30"],
  ])("dates from %s to %s are refused before anything is asked", async (from, to) => {
    const { call, seen } = await startFakeLfx({});

    const { isError, content } = await call("search_meetings", { date_from: from, date_to: to });

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^invalid_input: date_from, .* is after date_to, /);
    expect(seen).toEqual([]);
  });

  test.each([
    ["2026-01-31T23:59:59.9Z", "2026-01-31"],
    ["2026-01-31", "2026-01-31T00:00:00Z"],
    ["2026-02-01T00:30:00+01:00", "2026-01-31"],
    ["2024-02-29", "2026-12-31T23:59:59.999-11:30"],
  ])("dates from %s to %s are asked as they are given", async (from, to) => {
    const { call, seen } = await startFakeLfx({ [QUERY]: pageOf("v1_meeting", []) });

    await call("search_meetings", { date_from: ` ${from} `, date_to: to });

    const query = new URLSearchParams(seen[0]?.query);
    expect([query.get("date_from"), query.get("date_to")]).toEqual([from, to]);
  });

  test.each([
    "yesterday",
    "2026-1-31",
    "2026-02-30",
    "2025-02-29",
    "2026-13-01",
    "2026-01-31T25:00:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T09:61:00Z",
    "2026-01-31T09:00Z",
    "2026-01-31T09:00:00",
    "2026-01-31 09:00:00Z",
    "2026-01-31T09:00:00z",
    "20260131",
    " ",
  ])("%j is refused as a date before anything is asked", async (date) => {
    const { call, seen } = await startFakeLfx({});

    for (const name of ["date_from", "date_to"]) {
      const { content } = await call("search_meetings", { [name]: date });
      expect(content[0]?.text).toMatch(new RegExp(`^invalid_input: .*${name}`));
    }
    expect(seen).toEqual([]);
  });
});

describe("organisation", () => {
  const QUERY = "GET /lfx/query/resources";

  test("organisations are searched by name, a page at a time", async () => {
    const { call, seen } = await startFakeLfx({
      [QUERY]: pageOf("b2b_org", [{ uid: "o1", name: "Acme", primary_domain: "acme.example" }], "next"),
    });

    const { structuredContent } = await call("search_b2b_orgs", { search_name: " acme ", page_size: 1 });

    expect(seen).toHaveLength(1);
    expect(seen[0]?.query).toBe("name=acme&page_size=1&type=b2b_org&v=1");
    expect(seen[0]?.headers.authorization).toBe("Bearer own-for-lfx");
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

  test("without a name all organisations are listed, from where the page before ended", async () => {
    const { call, seen } = await startFakeLfx({ [QUERY]: pageOf("b2b_org", []) });

    await call("search_b2b_orgs", { page_token: "a+b=" });

    expect(seen[0]?.query).toBe("page_size=10&page_token=a%2Bb%3D&type=b2b_org&v=1");
  });

  test.each([
    [{ search_name: " " }, "search_name"],
    [{ name: "acme" }, "name"],
    [{ page_size: 101 }, "page_size"],
    [{ page_size: 1.5 }, "page_size"],
  ])("a search with %j is refused before anything is sent", async (args, field) => {
    const { call, seen } = await startFakeLfx({});

    const { content } = await call("search_b2b_orgs", args);

    expect(content[0]?.text).toMatch(/^invalid_input: /);
    expect(content[0]?.text).toContain(`\`${field}\``);
    expect(seen).toEqual([]);
  });

  test("a search that fails says which one", async () => {
    const { call } = await startFakeLfx({ [QUERY]: { status: 500, body: { message: "index is down" } } });

    const { content } = await call("search_b2b_orgs", {});

    expect(content[0]?.text).toMatch(/^upstream_error: Failed to search B2B orgs: HTTP 500, "index is down"/);
  });
});
