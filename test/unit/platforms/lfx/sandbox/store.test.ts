import { describe, expect, test } from "vitest";
import type { ApiRequest, Fields, Refusal } from "../../../../../src/platforms/lfx/sandbox/routes.ts";
import { createStore } from "../../../../../src/platforms/lfx/sandbox/store.ts";

const USER = { kind: "user", subject: "sandbox", token: "" } as const;

function request(parts: Partial<ApiRequest>): ApiRequest {
  return {
    method: "POST",
    path: "/",
    ids: [],
    query: new URLSearchParams(),
    headers: {},
    body: {},
    bearer: USER,
    ...parts,
  };
}

const MEETINGS: readonly Fields[] = [
  {
    id: "1",
    title: "Board of Tides",
    start_time: "2026-01-31T23:30:00Z",
    committees: [{ uid: "a" }, { uid: "b" }],
  },
  {
    id: "2",
    title: "Éclair call",
    start_time: "2026-02-01T09:00:00Z",
    committees: [{ uid: "b" }],
    visibility: "public",
  },
];

function idsOf(query: string): unknown[] {
  const { query: answers } = createStore({ v1_meeting: MEETINGS }, () => 0);
  const { body } = answers.resources(request({ query: new URLSearchParams(`type=v1_meeting&${query}`) }));
  return (body as { resources: { data: Fields }[] }).resources.map(({ data }) => data.id);
}

describe("a query", () => {
  test.each<[string, string[]]>([
    ["", ["1", "2"]],
    ["sort=name_desc", ["2", "1"]],
    ["name=tid", ["1"]],
    ["name=écl call", ["2"]],
    ["name=ides", []],
    ["parent=committee:b", ["1", "2"]],
    ["parent=committee:a", ["1"]],
    ["tags_all=meeting_id:2", ["2"]],
    ["filters=visibility:public&tags_all=committee_uid:b", ["2"]],
    ["filters=visibility:public&tags_all=committee_uid:a", []],
    ["filters_or=id:1&filters_or=id:3", ["1"]],
    ["date_field=start_time&date_to=2026-01-31", ["1"]],
    ["date_field=start_time&date_from=2026-02-01", ["2"]],
    ["date_field=end_time&date_from=2026-02-01", []],
  ])("%s", (query, ids) => {
    expect(idsOf(query)).toEqual(ids);
  });

  test("counts, also by a tag", () => {
    const { query: answers } = createStore({ v1_meeting: MEETINGS }, () => 0);
    const query = new URLSearchParams("type=v1_meeting&group_by=committee_uid");
    expect(answers.count(request({ query })).body).toEqual({
      count: 2,
      has_more: false,
      groups: [
        { key: "b", count: 2 },
        { key: "a", count: 1 },
      ],
      groups_complete: true,
    });
  });
});

test("a full store refuses a further record, and accepts changes", () => {
  const project = Array.from({ length: 10_000 }, (_, index) => ({ uid: `p${index}` }));
  const { records } = createStore({ project }, () => 0);
  const add = () => records.save("committee", request({}), { project_uid: "p1" });
  expect(add).toThrow(expect.objectContaining<Partial<Refusal>>({ status: 503 }));
  const change = request({ method: "PUT", ids: ["p1"] });
  expect(records.save("project", change, { uid: "p1", name: "Kelp" })).toMatchObject({ name: "Kelp" });
  expect(records.find("project", change)).toMatchObject({ fields: { name: "Kelp" }, revision: "2" });
});
