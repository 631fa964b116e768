import { describe, expect, test } from "vitest";
import { parseInput } from "../../../../../../src/mcp/catalog.ts";
import { TOOL_DEFINITIONS } from "../../../../../../src/platforms/lfx/catalog.ts";
import { TOOLS } from "../../../../../../src/platforms/lfx/tools.ts";
import type { JsonObject } from "../../../../../../src/shared/json.ts";
import { ARGUMENTS } from "../../../../../support/lfx/arguments.ts";
import { echoBody, summarize, withEtag } from "../../../../../support/lfx/request-summaries.ts";
import { pageOf, startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

const BLANKS = [null, ""];

/** Every parameter of every tool, with valid arguments. */
const PARAMETERS = TOOL_DEFINITIONS.flatMap(({ wire: { name, inputSchema } }) => {
  const { properties, required } = inputSchema;
  const isRequired = new Set(Array.isArray(required) ? required : []);
  const tool = TOOLS.find((one) => one.name === name);
  if (!tool) throw new Error(`${name} has a definition but no code`);
  return Object.keys(properties ?? {}).map((parameter) => ({
    name,
    parameter,
    isRequired: isRequired.has(parameter),
    parse: (value: unknown) => parseInput(tool, { ...ARGUMENTS[name], [parameter]: value }),
  }));
});

const OPTIONAL = PARAMETERS.filter(({ isRequired }) => !isRequired);
const isUpdate = ({ name }: { readonly name: string }) => name.startsWith("update_");

test.each(OPTIONAL)("a null $parameter of $name is absent", ({ parameter, parse }) => {
  expect(parse(null)[parameter]).toBeUndefined();
});

test.each(OPTIONAL.filter((one) => !isUpdate(one)))(
  "an empty $parameter of $name is absent",
  ({ parameter, parse }) => {
    expect(parse("")[parameter]).toBeUndefined();
  },
);

/** The texts that the services accept empty, by their interface documents. */
const CLEARABLE: Readonly<Record<string, readonly string[]>> = {
  update_committee: ["description", "display_name"],
  update_committee_settings: ["chat_webhook_url"],
  update_committee_member: ["first_name", "last_name", "job_title"],
  update_membership_key_contact: ["title"],
};

test.each(OPTIONAL.filter(isUpdate))(
  "an empty $parameter of $name is kept or rejected, and never ignored",
  ({ name, parameter, parse }) => {
    if (CLEARABLE[name]?.includes(parameter)) expect(parse("")).toMatchObject({ [parameter]: "" });
    else expect(() => parse("")).toThrow(`"${parameter}": cannot be cleared; omit it to keep its value`);
    expect(() => parse("  ")).toThrow(`"${parameter}"`);
  },
);

test.each(PARAMETERS.filter(({ isRequired }) => isRequired))(
  "a blank $parameter of $name is rejected",
  ({ parameter, parse }) => {
    for (const blank of BLANKS) expect(() => parse(blank)).toThrow(`"${parameter}"`);
  },
);

describe.each(PARAMETERS.filter(({ parameter }) => parameter === "page_size"))("$name", ({ parse }) => {
  test.each([
    [-1, 10],
    [0, 10],
    [1, 1],
    [101, 101],
    [1000, 1000],
  ])("takes the page size %i as %i", (given, size) => {
    expect(parse(given)).toMatchObject({ page_size: size });
  });

  test.each([1001, 1.5, "10"])("rejects the page size %j", (given) => {
    expect(() => parse(given)).toThrow('"page_size"');
  });
});

test.each(PARAMETERS.filter(({ parameter }) => parameter === "sort"))(
  "$name takes every order of the query service",
  ({ parse }) => {
    for (const sort of ["name_asc", "name_desc", "updated_asc", "updated_desc", "best_match"])
      expect(parse(sort)).toMatchObject({ sort });
  },
);

const QUERY = "GET /lfx/query/resources";
const C1 = "/lfx/committees/c1";
const M1 = `${C1}/members/m1`;
const MEMBER = { committee_uid: "c1", member_uid: "m1" };

describe("a search", () => {
  test.each(BLANKS)("ignores parameters that are %j", async (blank) => {
    const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("v1_meeting", []) });

    await call("search_meetings", {
      name: blank,
      project_uid: "p1",
      committee_uid: blank,
      date_from: blank,
      date_to: blank,
      date_field: blank,
      sort: blank,
      page_size: blank,
      page_token: blank,
    });

    expect([...new URLSearchParams(requests[0]?.query)]).toEqual([
      ["page_size", "10"],
      ["parent", "project:p1"],
      ["sort", "name_asc"],
      ["type", "v1_meeting"],
      ["v", "1"],
    ]);
  });
});

describe("an update", () => {
  const BEFORE = {
    project_uid: "p1",
    name: "Steering",
    category: "Board",
    description: "Steers.",
    public: true,
    parent_uid: "c0",
  };

  test("keeps fields that are null", async () => {
    const { call, requests } = await startFakeLfx({
      [`GET ${C1}`]: withEtag(BEFORE),
      [`PUT ${C1}`]: echoBody,
    });

    const given = { uid: "c1", display_name: "TSC", description: null, public: null, parent_uid: null };
    await call("update_committee", given);

    expect(summarize(requests).at(-1)?.body).toEqual({ ...BEFORE, display_name: "TSC" });
  });

  test("keeps nested fields that are null", async () => {
    const organization = { id: "o1", name: "Acme", website: "https://acme.example" };
    const replies = {
      [`GET ${M1}`]: withEtag({ email: "ada@acme.example", organization }),
      [`PUT ${M1}`]: echoBody,
    };
    const { call, requests } = await startFakeLfx(replies);

    await call("update_committee_member", {
      ...MEMBER,
      job_title: null,
      role: { name: "Chair", start_date: null, end_date: null },
      voting: null,
      organization: { name: null, website: "https://acme.test" },
    });

    expect(summarize(requests).at(-1)?.body).toEqual({
      email: "ada@acme.example",
      role: { name: "Chair" },
      organization: { ...organization, website: "https://acme.test" },
    });
  });

  test("clears texts that are empty, also nested ones", async () => {
    const organization = { id: "o1", name: "Acme", website: "https://acme.example" };
    const before = { email: "ada@acme.example", job_title: "Countess", last_name: "King", organization };
    const { call, requests } = await startFakeLfx({
      [`GET ${M1}`]: withEtag(before),
      [`PUT ${M1}`]: echoBody,
    });

    await call("update_committee_member", { ...MEMBER, job_title: "Lead", last_name: "" });
    await call("update_committee_member", { ...MEMBER, last_name: "" });
    await call("update_committee_member", { ...MEMBER, organization: { name: "" } });

    const bodies = summarize(requests).flatMap(({ body }) => body ?? []);
    expect(bodies).toEqual([
      { ...before, job_title: "Lead", last_name: "" },
      { ...before, last_name: "" },
      { ...before, organization: { ...organization, name: "" } },
    ]);
  });

  test("clears the title of a key contact", async () => {
    const path = "/lfx/project_memberships/m1/key_contacts/k1";
    const { call, requests } = await startFakeLfx({ [`PUT ${path}`]: echoBody });

    await call("update_membership_key_contact", { membership_uid: "m1", contact_uid: "k1", title: "" });

    expect(summarize(requests)[0]?.body).toEqual({ title: "" });
  });

  test.each([
    ["organization.website", { organization: { website: "" } }],
    ["role.end_date", { role: { name: "Chair", end_date: "" } }],
  ])("with an empty %s is rejected", async (field, args) => {
    const { call, requests } = await startFakeLfx({});

    const { content } = await call("update_committee_member", { ...MEMBER, ...args });

    expect(content[0]?.text).toMatch(/^invalid_input: .*Nothing was sent/);
    expect(content[0]?.text).toContain(`"${field}"`);
    expect(requests).toEqual([]);
  });

  test.each<[tool: string, args: JsonObject]>([
    ["update_committee", { uid: "c1", name: null, public: null }],
    ["update_committee_settings", { uid: "c1", member_visibility: null }],
    ["update_committee_member", { ...MEMBER, email: null, role: null }],
    ["update_membership_key_contact", { membership_uid: "m1", contact_uid: "c1", role: null, status: null }],
  ])("with %s and %j is rejected", async (tool, args) => {
    const { call, requests } = await startFakeLfx({});

    const { content } = await call(tool, args);

    expect(content[0]?.text).toMatch(/^invalid_input: Nothing to change\. Nothing was sent/);
    expect(requests).toEqual([]);
  });
});

test("blanks are omitted from new records", async () => {
  const { call, requests } = await startFakeLfx({ [`POST ${C1}/members`]: echoBody });
  const seat = { email: "ada@acme.example", appointed_by: "Community", status: "Active" };

  await call("create_committee_member", { committee_uid: "c1", ...seat, first_name: "", voting: null });

  expect(summarize(requests)[0]?.body).toEqual(seat);
});

test("blanks are omitted with committees called groups, too", async () => {
  const before = { email: "ada@acme.example", job_title: "Countess" };
  const replies = { [`GET ${M1}`]: withEtag(before), [`PUT ${M1}`]: echoBody };
  const { call, requests } = await startFakeLfx(replies, { committeesAsGroups: true });

  await call("update_group_member", { group_uid: "c1", member_uid: "m1", job_title: null, status: "Active" });
  const { content } = await call("search_groups", { project_uid: "", group_uid: null });

  expect(summarize(requests).at(-1)?.body).toEqual({ ...before, status: "Active" });
  expect(content[0]?.text).toMatch(/^invalid_input: .*unknown argument "group_uid"/);
});
