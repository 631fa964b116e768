import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { echoBody, summarize, withEtag } from "../../../../support/lfx/request-summaries.ts";
import { pageOf, type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const ALL = "/lfx/committees/c1/members";
const ONE = `${ALL}/m1`;
const IDS = { committee_uid: "c1", member_uid: "m1" };

const NEW = {
  committee_uid: "c1",
  email: "ada@acme.example",
  appointed_by: "Membership Entitlement",
  status: "Active",
};

const PERSON = {
  username: "ada",
  email: "ada@acme.example",
  first_name: "Ada",
  last_name: "Lovelace",
  job_title: "Countess",
  linkedin_profile: "https://www.linkedin.com/in/ada",
  appointed_by: "Community",
  status: "Active",
  role: { name: "Chair", start_date: "2025-01-01", end_date: "2025-12-31" },
  voting: { status: "Voting Rep", start_date: "2025-01-01" },
  organization: { id: "o-1", name: "Acme", website: "https://acme.example" },
};

const BEFORE = {
  uid: "m1",
  committee_uid: "c1",
  committee_name: "Steering",
  committee_category: "Board",
  ...PERSON,
  created_at: "2025-01-01T00:00:00Z",
  updated_at: "2025-01-01T00:00:00Z",
};

describe("create_committee_member", () => {
  test("sends only the given fields", async () => {
    const { call, requests } = await startFakeLfx({ [`POST ${ALL}`]: echoBody });

    const { structuredContent } = await call("create_committee_member", {
      ...NEW,
      email: " ada@acme.example ",
    });

    const { committee_uid: _, ...body } = NEW;
    expect(summarize(requests)).toEqual([
      { request: "POST /committees/c1/members?v=1", sync: "false", body },
    ]);
    expect(structuredContent).toEqual({ uid: "new", ...body });
  });

  test("sends every field", async () => {
    const { call, requests } = await startFakeLfx({ [`POST ${ALL}`]: echoBody });
    const { username: _, organization, ...person } = PERSON;
    const given = { ...person, organization: { name: organization.name, website: organization.website } };

    await call("create_committee_member", { committee_uid: "c1", ...given });

    expect(summarize(requests)[0]?.body).toEqual(given);
  });
});

describe("update_committee_member", () => {
  test("replaces the revision that it has read, and keeps all other fields", async () => {
    const { call, requests } = await startFakeLfx({
      [`GET ${ONE}`]: withEtag(BEFORE),
      [`PUT ${ONE}`]: echoBody,
    });

    const { structuredContent } = await call("update_committee_member", { ...IDS, status: "Inactive" });

    const body = { ...PERSON, status: "Inactive" };
    expect(summarize(requests)).toEqual([
      { request: "GET /committees/c1/members/m1?v=1" },
      { request: "PUT /committees/c1/members/m1?v=1", ifMatch: "7", sync: "false", body },
    ]);
    expect(structuredContent).toEqual({ uid: "new", ...body });
  });

  test.each<[what: string, given: JsonObject, sent: JsonObject]>([
    ["replaces a role with its dates", { role: { name: "Lead" } }, { role: { name: "Lead" } }],
    [
      "replaces a voting status with its dates",
      { voting: { status: "Observer", end_date: "2026-01-31" } },
      { voting: { status: "Observer", end_date: "2026-01-31" } },
    ],
    [
      "changes the given fields of an organization and keeps its id",
      { organization: { name: "Acme Ltd" } },
      { organization: { id: "o-1", name: "Acme Ltd", website: "https://acme.example" } },
    ],
    [
      "changes the person",
      { first_name: "Augusta", email: "augusta@acme.example" },
      { first_name: "Augusta", email: "augusta@acme.example" },
    ],
  ])("%s", async (_, given, sent) => {
    const { call, requests } = await startFakeLfx({
      [`GET ${ONE}`]: withEtag(BEFORE),
      [`PUT ${ONE}`]: echoBody,
    });

    await call("update_committee_member", { ...IDS, ...given });

    expect(summarize(requests)[1]?.body).toEqual({ ...PERSON, ...sent });
  });

  test("adds an organization to a member without one, and omits blank values", async () => {
    const { call, requests } = await startFakeLfx({
      [`GET ${ONE}`]: withEtag({
        uid: "m1",
        email: "ada@acme.example",
        linkedin_profile: "",
        organization: null,
        role: { name: "Chair", start_date: null, end_date: "" },
      }),
      [`PUT ${ONE}`]: echoBody,
    });

    await call("update_committee_member", { ...IDS, organization: { name: "Acme" } });

    expect(summarize(requests)[1]?.body).toEqual({
      email: "ada@acme.example",
      role: { name: "Chair" },
      organization: { name: "Acme" },
    });
  });
});

test("update_committee_member omits nested blank values", async () => {
  const { call, requests } = await startFakeLfx({
    [`GET ${ONE}`]: withEtag({
      ...BEFORE,
      role: { name: "", start_date: null, end_date: null },
      voting: {},
      organization: { id: "", name: "", address: { city: "", country: {} } },
    }),
    [`PUT ${ONE}`]: echoBody,
  });

  await call("update_committee_member", { ...IDS, status: "Inactive" });

  const { role: _, voting: __, organization: ___, ...person } = PERSON;
  const organization = { id: "", name: "", address: { city: "", country: {} } };
  expect(summarize(requests)[1]?.body).toEqual({ ...person, organization, status: "Inactive" });
});

describe("steps that a caller skips", () => {
  const SKIPPED = { "x-skip-notification": "true", "x-skip-enrichment": "true" };
  const BOTH = { skip_notification: true, skip_enrichment: true };

  test.each<[tool: string, args: JsonObject, headers: readonly (keyof typeof SKIPPED)[]]>([
    ["create_committee_member", NEW, []],
    ["create_committee_member", { ...NEW, skip_notification: false, skip_enrichment: null }, []],
    ["create_committee_member", { ...NEW, skip_notification: true }, ["x-skip-notification"]],
    ["create_committee_member", { ...NEW, ...BOTH }, ["x-skip-notification", "x-skip-enrichment"]],
    ["update_committee_member", { ...IDS, status: "Inactive" }, []],
    ["update_committee_member", { ...IDS, status: "Inactive", skip_enrichment: true }, ["x-skip-enrichment"]],
    ["delete_committee_member", IDS, []],
    ["delete_committee_member", { ...IDS, skip_notification: true }, ["x-skip-notification"]],
  ])("%s with %j sends the headers %j", async (tool, args, headers) => {
    const { call, requests } = await startFakeLfx({
      [`POST ${ALL}`]: echoBody,
      [`GET ${ONE}`]: withEtag(BEFORE),
      [`PUT ${ONE}`]: echoBody,
      [`DELETE ${ONE}`]: { status: 204 },
    });

    const { isError } = await call(tool, args);

    expect(isError).toBeUndefined();
    const { body = "", headers: sent = {} } = requests.at(-1) ?? {};
    for (const [name, value] of Object.entries(SKIPPED))
      expect(sent[name]).toBe(headers.some((header) => header === name) ? value : undefined);
    expect(body).not.toContain("skip_");
  });

  test("are no change by themselves", async () => {
    const { call, requests } = await startFakeLfx({});

    const { content } = await call("update_committee_member", { ...IDS, skip_enrichment: true });

    expect(content[0]?.text).toMatch(/^invalid_input: Nothing to change\./);
    expect(requests).toEqual([]);
  });
});

describe("search_committee_members with an empty result", () => {
  const QUERY = "GET /lfx/query/resources";
  const COUNT = `${QUERY}/count`;

  const warningsOf = async (args: JsonObject, count: Reply, page = pageOf("committee_member", [])) => {
    const { call, requests } = await startFakeLfx({ [QUERY]: page, [COUNT]: count });
    const { structuredContent, isError } = await call("search_committee_members", args);
    expect(isError).toBeUndefined();
    return { warnings: structuredContent?.warnings, counted: summarize(requests).slice(1) };
  };

  test.each<[rosters: number, text: RegExp]>([
    [
      0,
      /^This project has no roster in LFX, or none that is visible .* no evidence that somebody has no seat\.$/,
    ],
    [
      3,
      /^This project has rosters in LFX, but no matching member .* no evidence that somebody has no seat\.$/,
    ],
  ])("of a project with %i rosters says what that means", async (count, text) => {
    const found = await warningsOf({ project_uid: "p1" }, { body: { count, has_more: false } });

    expect(found).toEqual({
      warnings: [expect.stringMatching(text)],
      counted: [{ request: "GET /query/resources/count?parent=project%3Ap1&type=committee&v=1" }],
    });
  });

  test.each<[what: string, reply: Reply]>([
    ["fails", { status: 503, body: { message: "busy" } }],
    ["is unreadable", { body: { count: "3" } }],
  ])("says no more than for other searches if the count %s", async (_, reply) => {
    const { warnings } = await warningsOf({ project_uid: "p1" }, reply);
    expect(warnings).toEqual([expect.stringMatching(/^Nothing that matches is visible to you\./)]);
  });

  test.each<[what: string, args: JsonObject, page: Reply]>([
    ["without a project", { committee_uid: "c1" }, pageOf("committee_member", [])],
    ["on the last of several pages", { project_uid: "p1", page_token: "t" }, pageOf("committee_member", [])],
    ["with a row", { project_uid: "p1" }, pageOf("committee_member", [{ uid: "m1" }])],
  ])("counts nothing %s", async (_, args, page) => {
    expect((await warningsOf(args, { status: 500 }, page)).counted).toEqual([]);
  });
});

test("delete_committee_member deletes the revision that it has read, and confirms it", async () => {
  const { call, requests } = await startFakeLfx({
    [`GET ${ONE}`]: withEtag(BEFORE),
    [`DELETE ${ONE}`]: { status: 204 },
  });

  const { content, structuredContent } = await call("delete_committee_member", IDS);

  expect(summarize(requests)).toEqual([
    { request: "GET /committees/c1/members/m1?v=1" },
    { request: "DELETE /committees/c1/members/m1?v=1", ifMatch: "7", sync: "false" },
  ]);
  expect(content).toEqual([
    { type: "text", text: "Committee member m1 deleted successfully from committee c1." },
  ]);
  expect(structuredContent).toBeUndefined();
});
