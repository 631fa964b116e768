import { describe, expect, test } from "vitest";
import type { SearchSpec } from "../../../../../../src/platforms/lfx/tools/shared/search.ts";
import type { JsonObject } from "../../../../../../src/shared/json.ts";
import { QUERY, runSpec, SPEC } from "../../../../../support/lfx/search-spec.ts";
import { pageOf, startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

describe("the result of a search", () => {
  describe("documents", () => {
    test("are returned as indexed, with the token of the next page unchanged", async () => {
      const token = "ü+/== ";
      const { answer } = await runSpec(
        SPEC,
        { page_size: 1 },
        pageOf("boat", [{ uid: "b1", x: null }], token),
      );

      expect(answer).toEqual({
        resources: [{ type: "boat", id: "boat:1", data: { uid: "b1", x: null } }],
        page_token: token,
      });
    });

    test("are transformed", async () => {
      const tidy = ({ secret: _, ...data }: JsonObject) => data;
      const resources = [{ data: { uid: "b1", secret: 1 } }, { id: "boat:2" }];
      const { answer } = await runSpec({ ...SPEC, transform: tidy }, {}, { body: { resources } });

      expect(answer).toEqual({ resources: [{ data: { uid: "b1" } }, { id: "boat:2" }] });
    });

    test.each([
      [{ resources: null }],
      [{}],
      [{ resources: [], page_token: null }],
      [{ resources: [], page_token: "" }],
    ])("are none, without a next page, for %j", async (body) => {
      const { answer } = await runSpec(SPEC, { page_token: "t" }, { body });
      expect(answer).toEqual({ resources: [] });
    });

    test("may have an unknown shape", async () => {
      const resources = [{ type: 7, id: null, data: "text" }, { data: null }, { more: true }];
      const { answer } = await runSpec(SPEC, {}, { body: { resources } });

      expect(answer).toEqual({ resources: [{ data: { _raw: "text" } }, {}, {}] });
    });
  });

  describe("the warning about what is not visible", () => {
    const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ uid: `b${index}` }));

    test.each([
      [0, 10, "next"],
      [9, 10, "next"],
      [1, 2, "next"],
    ])("is set with %i rows of %i and a next page", async (count, size, token) => {
      const { answer } = await runSpec(SPEC, { page_size: size }, pageOf("boat", rows(count), token));

      expect(answer).toMatchObject({ page_token: token, warnings: [expect.stringContaining("page_token")] });
    });

    test("says that an empty first and last page proves nothing", async () => {
      const { answer } = await runSpec(SPEC, {}, pageOf("boat", []));

      expect(answer).toEqual({
        resources: [],
        warnings: [expect.stringMatching(/visible to you.*no proof/)],
      });
    });

    test("never says that something is hidden", async () => {
      for (const [count, token] of [
        [0, undefined],
        [0, "next"],
        [3, "next"],
      ] as const) {
        const { answer } = await runSpec(SPEC, {}, pageOf("boat", rows(count), token));
        expect(answer).toMatchObject({ warnings: [expect.not.stringMatching(/hidden|\d/)] });
      }
    });

    test.each([
      [10, 10, "next"],
      [9, 10, undefined],
    ])("is not set with %i rows of %i and the next page %s", async (count, size, token) => {
      const { answer } = await runSpec(SPEC, { page_size: size }, pageOf("boat", rows(count), token));

      expect(answer).not.toHaveProperty("warnings");
    });
  });

  describe("a failure of the query service", () => {
    // Retry without waiting.
    const again = { "retry-after": "0" };

    test.each([
      [400, "invalid parent", /^invalid_input: .*HTTP 400, "invalid parent"\. .*Correct the arguments/],
      [403, "", /^insufficient_scope: .*HTTP 403\. .*support\.lfx\.dev/],
      [500, "search failed", /^upstream_error: .*HTTP 500, "search failed"\. .*safe to try again/],
      [503, "no index", /^upstream_error: .*HTTP 503, "no index"\. .*safe to try again/],
    ])("with status %i is reported with its message", async (status, message, expected) => {
      const { call } = await startFakeLfx({ [QUERY]: { status, body: { message }, headers: again } });

      const { isError, content, structuredContent } = await call("search_meetings", {});

      expect(isError).toBe(true);
      expect(content[0]?.text).toMatch(expected);
      expect(content[0]?.text).toContain("Failed to search meetings: ");
      expect(structuredContent).toBeUndefined();
    });

    test("that is transient is retried", async () => {
      let refusals = 1;
      const { call, requests } = await startFakeLfx({
        [QUERY]: () =>
          refusals-- > 0 ? { status: 503, headers: again } : pageOf("v1_meeting", [{ id: "m1" }]),
      });

      const { isError } = await call("search_meetings", {});

      expect(isError).toBeUndefined();
      expect(requests).toHaveLength(2);
    });

    test.each([
      ["not JSON", "<html>"],
      ["a list", []],
      ["not an object", null],
      ["no list of resources", { resources: {} }],
      ["a resource that is not an object", { resources: ["boat"] }],
      ["a token that is not a string", { resources: [], page_token: 5 }],
    ])("with a 2xx response, but %s, is reported", async (_, body) => {
      const { call } = await startFakeLfx({ [QUERY]: { body } });

      const { isError, content } = await call("search_meetings", {});

      expect(isError).toBe(true);
      expect(content[0]?.text).toMatch(/^upstream_error: Failed to search meetings: the response is /);
    });
  });
});

describe("the query of a search", () => {
  const parametersOf = async (given: JsonObject, row: SearchSpec = SPEC) => {
    const { query } = await runSpec(row, given);
    return query.filter(([name]) => !["v", "type", "page_size"].includes(name));
  };

  describe("parameters", () => {
    test("are a type and the first page by default", async () => {
      const { query, requests } = await runSpec(SPEC, {});

      expect(requests).toHaveLength(1);
      expect(requests[0]?.method).toBe("GET");
      expect(query).toEqual([
        ["page_size", "10"],
        ["type", "boat"],
        ["v", "1"],
      ]);
    });

    test("include the name", async () => {
      expect(await parametersOf({ search_name: "arg", name: "not a parameter here" })).toEqual([
        ["name", "arg"],
      ]);
    });

    test.each([
      ["river_uid", "river:x-1"],
      ["harbour_uid", "harbour:x-1"],
      ["sea_uid", "sea:x-1"],
    ])("include the parent of %s", async (parameter, parent) => {
      expect(await parametersOf({ [parameter]: "x-1" })).toEqual([["parent", parent]]);
    });

    test("include the first parent, and a warning names the others", async () => {
      const given = { sea_uid: "s1", harbour_uid: "h1", river_uid: "r1" };
      expect(await parametersOf(given)).toEqual([["parent", "river:r1"]]);
      expect((await runSpec(SPEC, given, pageOf("boat", [{ uid: "b1" }]))).answer).toMatchObject({
        warnings: ["This search is limited to river:r1 and ignores harbour:h1 and sea:s1."],
      });
    });

    test("include every tag, combined with AND", async () => {
      expect(await parametersOf({ owner_uid: "o1", crew_uid: "c1" })).toEqual([
        ["tags_all", "owner:o1"],
        ["tags_all", "crew:c1"],
      ]);
    });

    test("include a filter with colons in its value", async () => {
      expect(await parametersOf({ flag: "fi: Åland" })).toEqual([["filters_all", "flag_code:fi: Åland"]]);
    });

    test("include a parent, tags and filters at once", async () => {
      expect(await parametersOf({ flag: "fi", river_uid: "r1", sea_uid: "s1", crew_uid: "c1" })).toEqual([
        ["filters_all", "flag_code:fi"],
        ["parent", "river:r1"],
        ["tags_all", "crew:c1"],
      ]);
    });

    test.each([
      ["none", {}, []],
      ["by name", {}, [["sort", "name_asc"]]],
      ["by parameter", {}, [["sort", "name_asc"]]],
      ["by parameter", { sort: "updated_desc" }, [["sort", "updated_desc"]]],
      ["by parameter", { sort: "biggest_first" }, [["sort", "name_desc"]]],
    ] as const)("is sorted %s, with %j", async (sort, given, expected) => {
      expect(await parametersOf(given, { ...SPEC, sort, moreSorts: { biggest_first: "name_desc" } })).toEqual(
        expected,
      );
    });

    test("include the page size and the unchanged token", async () => {
      const token = " q+/=%2B&ü\t.~ ";
      const { query } = await runSpec(SPEC, { page_size: 100, page_token: token });

      expect(query).toContainEqual(["page_size", "100"]);
      expect(query).toContainEqual(["page_token", token]);
    });
  });

  describe("dates", () => {
    const DATED: SearchSpec = { ...SPEC, dates: ["built_at", "sunk_at"] };

    test.each([
      [{ date_from: "2026-01-31" }, [["date_from", "2026-01-31"]]],
      [{ date_to: "2026-01-31T09:00:00Z" }, [["date_to", "2026-01-31T09:00:00Z"]]],
      [
        { date_from: "2026-01-31", date_to: "2026-01-31" },
        [
          ["date_from", "2026-01-31"],
          ["date_to", "2026-01-31"],
        ],
      ],
    ])("%j are compared with the default field", async (given, expected) => {
      expect(await parametersOf(given, DATED)).toEqual([["date_field", "built_at"], ...expected].sort());
    });

    test("are compared with the given field", async () => {
      expect(await parametersOf({ date_from: "2026-01-31", date_field: "sunk_at" }, DATED)).toEqual([
        ["date_field", "sunk_at"],
        ["date_from", "2026-01-31"],
      ]);
    });

    test("are omitted without dates, or for documents without date fields", async () => {
      expect(await parametersOf({ date_field: "sunk_at" }, DATED)).toEqual([]);
      expect(await parametersOf({ date_from: "2026-01-31" })).toEqual([]);
    });
  });

  test.each([
    { date_field: "title" },
    { sort: "oldest" },
    { sort: " " },
    { name: "  " },
    { name: "x".repeat(501) },
    { project_uid: "p 1" },
    { project_uid: "p1*" },
    { project_uid: "project:p1" },
    { project_uid: " " },
    { page_size: 1001 },
    { page_size: 1.5 },
    { page_size: "10" },
    { page_token: 7 },
    { parent_uid: "p1" },
  ])("%j is rejected before anything is sent", async (args) => {
    const { call, requests } = await startFakeLfx({});

    const { isError, content } = await call("search_meetings", args);

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(
      new RegExp(`^invalid_input: .*${Object.keys(args)[0]}.*Nothing was sent`),
    );
    expect(requests).toEqual([]);
  });
});
