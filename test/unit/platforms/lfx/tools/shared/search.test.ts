import { describe, expect, test } from "vitest";
import type { SearchRow } from "../../../../../../src/platforms/lfx/tools/shared/search.ts";
import type { JsonObject } from "../../../../../../src/shared/json.ts";
import { ROW, searched } from "../../../../../support/lfx/searched.ts";
import { startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

const asked = async (given: JsonObject, row: SearchRow = ROW) => {
  const { query } = await searched(row, given);
  return query.filter(([name]) => !["v", "type", "page_size"].includes(name));
};

describe("what is asked", () => {
  test("is a first page of one type, in the service's own order, where nothing is given", async () => {
    const { query, seen } = await searched(ROW, {});

    expect(seen).toHaveLength(1);
    expect(seen[0]?.method).toBe("GET");
    expect(query).toEqual([
      ["page_size", "10"],
      ["type", "boat"],
      ["v", "1"],
    ]);
  });

  test("is a name, under the parameter that the row has for it", async () => {
    expect(await asked({ search_name: "arg", name: "not a parameter here" })).toEqual([["name", "arg"]]);
  });

  test.each([
    ["river_uid", "river:x-1"],
    ["harbour_uid", "harbour:x-1"],
    ["sea_uid", "sea:x-1"],
  ])("is the parent that %s gives", async (parameter, parent) => {
    expect(await asked({ [parameter]: "x-1" })).toEqual([["parent", parent]]);
  });

  test("is the first parent of the row's order, and the others as filters, so that all of them hold", async () => {
    expect(await asked({ sea_uid: "s1", harbour_uid: "h1", river_uid: "r1" })).toEqual([
      ["filters_all", "harbour_uid:h1"],
      ["filters_all", "sea_uid:s1"],
      ["parent", "river:r1"],
    ]);
  });

  test("is every tag, under the name that joins them with AND", async () => {
    expect(await asked({ owner_uid: "o1", crew_uid: "c1" })).toEqual([
      ["tags_all", "owner:o1"],
      ["tags_all", "crew:c1"],
    ]);
  });

  test("is a filter with its value as it is, colons and all", async () => {
    expect(await asked({ flag: "fi: Åland" })).toEqual([["filters_all", "flag_code:fi: Åland"]]);
  });

  test("is a parent, tags and filters at once", async () => {
    expect(await asked({ flag: "fi", river_uid: "r1", sea_uid: "s1", crew_uid: "c1" })).toEqual([
      ["filters_all", "sea_uid:s1"],
      ["filters_all", "flag_code:fi"],
      ["parent", "river:r1"],
      ["tags_all", "crew:c1"],
    ]);
  });

  test.each([
    ["none", {}, []],
    ["by name", {}, [["sort", "name_asc"]]],
    ["as given", {}, [["sort", "name_asc"]]],
    ["as given", { sort: "updated_desc" }, [["sort", "updated_desc"]]],
  ] as const)("is sorted %s, with %j", async (sort, given, expected) => {
    expect(await asked(given, { ...ROW, sort })).toEqual(expected);
  });

  test("is a page of the size and after the token that are given, the token untouched", async () => {
    const token = " q+/=%2B&ü\t.~ ";
    const { query } = await searched(ROW, { page_size: 100, page_token: token });

    expect(query).toContainEqual(["page_size", "100"]);
    expect(query).toContainEqual(["page_token", token]);
  });
});

describe("dates", () => {
  const DATED: SearchRow = { ...ROW, dates: ["built_at", "sunk_at"] };

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
  ])("%j are compared with the row's first field", async (given, expected) => {
    expect(await asked(given, DATED)).toEqual([["date_field", "built_at"], ...expected].sort());
  });

  test("are compared with the field that is given", async () => {
    expect(await asked({ date_from: "2026-01-31", date_field: "sunk_at" }, DATED)).toEqual([
      ["date_field", "sunk_at"],
      ["date_from", "2026-01-31"],
    ]);
  });

  test("are not asked for by a field alone, nor of documents without any", async () => {
    expect(await asked({ date_field: "sunk_at" }, DATED)).toEqual([]);
    expect(await asked({ date_from: "2026-01-31" })).toEqual([]);
  });
});

test.each([
  { date_field: "title" },
  { sort: "best_match" },
  { sort: " " },
  { name: "  " },
  { name: "x".repeat(501) },
  { project_uid: "p 1" },
  { project_uid: "p1*" },
  { project_uid: "project:p1" },
  { project_uid: " " },
  { page_size: 0 },
  { page_size: 101 },
  { page_size: 1.5 },
  { page_size: "10" },
  { page_token: 7 },
  { parent_uid: "p1" },
])("%j is refused before anything is asked", async (args) => {
  const { call, seen } = await startFakeLfx({});

  const { isError, content } = await call("search_meetings", args);

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(new RegExp(`^invalid_input: .*${Object.keys(args)[0]}.*Nothing was sent`));
  expect(seen).toEqual([]);
});
