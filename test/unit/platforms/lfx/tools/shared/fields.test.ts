import { expect, test } from "vitest";
import { QUERY } from "../../../../../support/lfx/search-spec.ts";
import { pageOf, startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

test.each([
  ["2026-02-01", "2026-01-31"],
  ["2026-01-31T09:00:01Z", "2026-01-31T09:00:00Z"],
  ["2026-02-01T00:00:00Z", "2026-01-31"],
  ["2026-01-31T01:00:00+01:00", "2026-01-30"],
])("dates from %s to %s are rejected before anything is sent", async (from, to) => {
  const { call, requests } = await startFakeLfx({});

  const { isError, content } = await call("search_meetings", { date_from: from, date_to: to });

  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(/^invalid_input: date_from, .* is after date_to, /);
  expect(requests).toEqual([]);
});

test.each([
  ["2026-01-31T23:59:59.9Z", "2026-01-31"],
  ["2026-01-31", "2026-01-31T00:00:00Z"],
  ["2026-02-01T00:30:00+01:00", "2026-01-31"],
  ["2024-02-29", "2026-12-31T23:59:59.999-11:30"],
])("dates from %s to %s are sent as given", async (from, to) => {
  const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("v1_meeting", []) });

  await call("search_meetings", { date_from: ` ${from} `, date_to: to });

  const query = new URLSearchParams(requests[0]?.query);
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
])("%j is rejected as a date before anything is sent", async (date) => {
  const { call, requests } = await startFakeLfx({});

  for (const name of ["date_from", "date_to"]) {
    const { content } = await call("search_meetings", { [name]: date });
    expect(content[0]?.text).toMatch(new RegExp(`^invalid_input: .*${name}`));
  }
  expect(requests).toEqual([]);
});
