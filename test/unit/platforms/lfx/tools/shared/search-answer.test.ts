import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../../src/shared/json.ts";
import { QUERY, ROW, searched } from "../../../../../support/lfx/searched.ts";
import { pageOf, startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

describe("what is found", () => {
  test("is told as it was indexed, with the token of the next page as it is", async () => {
    const token = "ü+/== ";
    const { answer } = await searched(ROW, { page_size: 1 }, pageOf("boat", [{ uid: "b1", x: null }], token));

    expect(answer).toEqual({
      resources: [{ type: "boat", id: "boat:1", data: { uid: "b1", x: null } }],
      page_token: token,
    });
  });

  test("is what the row's tidying leaves of it", async () => {
    const tidy = ({ secret: _, ...data }: JsonObject) => data;
    const resources = [{ data: { uid: "b1", secret: 1 } }, { id: "boat:2" }];
    const { answer } = await searched({ ...ROW, tidy }, {}, { body: { resources } });

    expect(answer).toEqual({ resources: [{ data: { uid: "b1" } }, { id: "boat:2" }] });
  });

  test.each([
    [{ resources: null }],
    [{}],
    [{ resources: [], page_token: null }],
    [{ resources: [], page_token: "" }],
  ])("is nothing, without a next page, where the answer is %j", async (body) => {
    expect((await searched(ROW, {}, { body })).answer).toEqual({ resources: [] });
  });

  test("passes on a document that is of an unknown shape", async () => {
    const resources = [{ type: 7, id: null, data: "text" }, { data: null }, { more: true }];
    const { answer } = await searched(ROW, {}, { body: { resources } });

    expect(answer).toEqual({ resources: [{ data: { _raw: "text" } }, {}, {}] });
  });
});

describe("a warning of hidden rows", () => {
  const rows = (count: number) => Array.from({ length: count }, (_, index) => ({ uid: `b${index}` }));

  test.each([
    [0, 10, "next"],
    [9, 10, "next"],
    [1, 2, "next"],
  ])("stands with %i rows of %i, when there is a next page", async (count, size, token) => {
    const { answer } = await searched(ROW, { page_size: size }, pageOf("boat", rows(count), token));

    expect(answer).toMatchObject({ page_token: token, warnings: [expect.stringContaining("page_token")] });
  });

  test.each([
    [10, 10, "next"],
    [9, 10, undefined],
    [0, 10, undefined],
  ])("does not stand with %i rows of %i, when the next page is %s", async (count, size, token) => {
    const { answer } = await searched(ROW, { page_size: size }, pageOf("boat", rows(count), token));

    expect(answer).not.toHaveProperty("warnings");
  });
});

describe("a failure of the query service", () => {
  // The service says when it may be asked again: so no test waits for it.
  const again = { "retry-after": "0" };

  test.each([
    [400, "invalid parent", /^invalid_input: .*HTTP 400, "invalid parent"\. .*Correct the arguments/],
    [403, "", /^insufficient_scope: .*HTTP 403\. .*support\.lfx\.dev/],
    [500, "search failed", /^upstream_error: .*HTTP 500, "search failed"\. .*safe to try again/],
    [503, "no index", /^upstream_error: .*HTTP 503, "no index"\. .*safe to try again/],
  ])("with status %i is told in its words", async (status, message, expected) => {
    const { call } = await startFakeLfx({ [QUERY]: { status, body: { message }, headers: again } });

    const { isError, content, structuredContent } = await call("search_meetings", {});

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(expected);
    expect(content[0]?.text).toContain("Failed to search meetings: ");
    expect(structuredContent).toBeUndefined();
  });

  test("that passes is not told at all", async () => {
    let refusals = 1;
    const { call, seen } = await startFakeLfx({
      [QUERY]: () =>
        refusals-- > 0 ? { status: 503, headers: again } : pageOf("v1_meeting", [{ id: "m1" }]),
    });

    const { isError } = await call("search_meetings", {});

    expect(isError).toBeUndefined();
    expect(seen).toHaveLength(2);
  });

  test.each([
    ["no JSON", "<html>"],
    ["a list", []],
    ["no object", null],
    ["no list of resources", { resources: {} }],
    ["a resource that is no object", { resources: ["boat"] }],
    ["a token that is no text", { resources: [], page_token: 5 }],
  ])("to answer with success, but %s, is told", async (_, body) => {
    const { call } = await startFakeLfx({ [QUERY]: { body } });

    const { isError, content } = await call("search_meetings", {});

    expect(isError).toBe(true);
    expect(content[0]?.text).toMatch(/^upstream_error: Failed to search meetings: the answer is /);
  });
});
