import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import {
  pageOf,
  type ReceivedRequest,
  type Reply,
  startFakeLfx,
} from "../../../../support/lfx/tool-calls.ts";

const COMPANY = "0014100000CompanyA";
const SEATS = `GET /lfx/committees/b2b-org/${COMPANY}/seats`;
const QUERY = "GET /lfx/query/resources";

function seat(uid: string, fields: JsonObject = {}): JsonObject {
  return {
    uid,
    committee_uid: "c1",
    committee_name: "Board",
    committee_category: "Board",
    project_uid: "p1",
    project_slug: "cncf",
    first_name: "Ada",
    last_name: "A",
    email: "ada@company.test",
    role_name: "None",
    voting_status: "Voting Rep",
    appointed_by: "Membership Entitlement",
    organization_id: COMPANY,
    is_org_editable: true,
    ...fields,
  };
}

const TSC = { committee_name: "TSC", committee_category: "Technical Steering Committee" };

const ROWS = [
  seat("s3", {
    ...TSC,
    last_name: "B",
    email: "bob@company.test",
    role_name: "Chair",
    is_org_editable: false,
  }),
  seat("s2", { ...TSC, email: "ADA@company.test ", project_slug: undefined, project_uid: "p2", secret: "x" }),
  seat("s1", { job_title: null, committee_category: "board" }),
  seat("s4", { ...TSC, last_name: "C", email: "", project_slug: "", project_uid: null, voting_status: "" }),
];

async function seatsOf(
  args: JsonObject,
  replies: Record<string, Reply | ((request: ReceivedRequest) => Reply)>,
) {
  const fake = await startFakeLfx(replies);
  const result = await fake.call("get_org_committee_seats", { b2b_org_uid: COMPANY, ...args });
  const sent = fake.requests.map(({ path, query }) => [
    path.replace("/lfx", ""),
    [...new URLSearchParams(query)],
  ]);
  return { ...result, sent, requests: fake.requests, text: result.content[0]?.text ?? "" };
}

test("counts the seats of all pages, and lists none by default", async () => {
  const { structuredContent, sent } = await seatsOf(
    {},
    {
      [SEATS]: ({ query }) =>
        query.includes("page_token")
          ? { body: { seats: ROWS.slice(2) } }
          : { body: { seats: ROWS.slice(0, 2), page_token: "a b" } },
    },
  );

  expect(sent).toEqual([
    [
      `/committees/b2b-org/${COMPANY}/seats`,
      [
        ["page_size", "500"],
        ["v", "1"],
      ],
    ],
    [
      `/committees/b2b-org/${COMPANY}/seats`,
      [
        ["page_size", "500"],
        ["page_token", "a b"],
        ["v", "1"],
      ],
    ],
  ]);
  expect(structuredContent).toEqual({
    b2b_org_uid: COMPANY,
    seats_total: 4,
    people: 3,
    board_seats: 1,
    committee_seats: 3,
    by_category: { board: 1, "Technical Steering Committee": 3 },
    by_project: { cncf: 2, p2: 1, "(none)": 1 },
    by_role: { None: 3, Chair: 1 },
    by_voting_status: { "Voting Rep": 3, "(none)": 1 },
    editable: 3,
    foundation_controlled: 1,
    visibility: "organization",
    note: expect.stringContaining("email count once"),
  });
});

test("lists seats in order, with the documented fields only", async () => {
  const { structuredContent } = await seatsOf(
    { include_seats: true },
    { [SEATS]: { body: { seats: ROWS } } },
  );
  const seats = structuredContent?.seats as readonly JsonObject[];
  expect(seats.map(({ uid }) => uid)).toEqual(["s1", "s2", "s3", "s4"]);
  expect(seats[0]).toEqual({ kind: "board_seat", ...seat("s1", { committee_category: "board" }) });
  expect(seats[1]).toMatchObject({ kind: "committee_seat", email: "ADA@company.test " });
  expect(seats[1]).not.toHaveProperty("secret");
  expect(seats[1]).not.toHaveProperty("project_slug");
});

test.each(["Board", " bOaRd "])("category %j keeps one category", async (category) => {
  const { structuredContent } = await seatsOf({ category }, { [SEATS]: { body: { seats: ROWS } } });
  expect(structuredContent).toMatchObject({
    category: category.trim(),
    seats_total: 1,
    people: 1,
    board_seats: 1,
  });
});

describe("within a foundation", () => {
  const children = Array.from({ length: 90 }, (_, index) => ({ uid: `p${index}`, slug: `s${index}` }));

  test("asks for its projects, at most 40 at once, without the root of all", async () => {
    const family = [...children.slice(0, 60), { uid: "root", slug: "ROOT" }, { uid: "f1", slug: "self" }];
    const { structuredContent, sent } = await seatsOf(
      { foundation_uid: "f1" },
      {
        [QUERY]: ({ query }) =>
          query.includes("page_token")
            ? pageOf("project", children.slice(60))
            : pageOf("project", family, "next"),
        [SEATS]: { body: { seats: [] } },
      },
    );

    const [first, second, ...seatRequests] = sent;
    expect(first).toEqual([
      "/query/resources",
      [
        ["page_size", "100"],
        ["parent", "project:f1"],
        ["sort", "name_asc"],
        ["type", "project"],
        ["v", "1"],
      ],
    ]);
    expect(second?.[1]).toContainEqual(["page_token", "next"]);
    const projects = seatRequests.map(([, query]) =>
      (query as string[][]).filter(([name]) => name === "project_uids").map(([, uid]) => uid),
    );
    expect(projects.map(({ length }) => length)).toEqual([40, 40, 11]);
    expect(projects.flat()).toEqual(["f1", ...children.map(({ uid }) => uid)]);
    expect(structuredContent).toMatchObject({
      foundation_uid: "f1",
      project_uids_in_scope: 91,
      seats_total: 0,
    });
  });

  test("fails if its projects cannot be read", async () => {
    const { isError, text, sent } = await seatsOf(
      { foundation_uid: "f1" },
      { [QUERY]: { status: 400, body: { message: "no such parent" } } },
    );
    expect(isError).toBe(true);
    expect(text).toMatch(/^invalid_input: Failed to resolve the foundation's projects: .*no such parent/);
    expect(sent).toHaveLength(1);
  });
});

describe("with the contacts of memberships", () => {
  const contact = (uid: string, fields: JsonObject = {}) => ({
    uid,
    membership_uid: "m1",
    project_uid: "p1",
    role: "Representative/Voting Contact",
    email: "vera@company.test",
    project_sfid: "x",
    ...fields,
  });
  const CONTACTS = [
    contact("k1"),
    contact("k2", { role: "Billing Contact" }),
    contact("k3", { project_uid: "p9" }),
  ];

  test("shows voting contacts beside board seats, by project, whatever the category", async () => {
    const { structuredContent, sent } = await seatsOf(
      { include_membership_contacts: true, category: "Technical Steering Committee" },
      { [SEATS]: { body: { seats: ROWS } }, [QUERY]: pageOf("key_contact", CONTACTS) },
    );

    expect(sent.at(-1)).toEqual([
      "/query/resources",
      [
        ["page_size", "100"],
        ["tags_all", `b2b_org_uid:${COMPANY}`],
        ["type", "key_contact"],
        ["v", "1"],
      ],
    ]);
    const { project_sfid: _, ...first } = contact("k1");
    const k1 = { kind: "membership_contact", ...first };
    expect(structuredContent).toMatchObject({
      seats_total: 3,
      membership_contacts: [k1, { uid: "k2" }, { uid: "k3" }],
      representation: [
        { project_uid: "p1", project_slug: "cncf", voting_contacts: [k1], board_seats: [{ uid: "s1" }] },
        { project_uid: "p9", voting_contacts: [{ uid: "k3" }], board_seats: [] },
      ],
      contacts_note: expect.stringContaining("no committee seats"),
    });
    const contacts = structuredContent?.membership_contacts as JsonObject[];
    expect(contacts[0]).toEqual(k1);
  });

  test("keeps those of the foundation's projects", async () => {
    const { structuredContent } = await seatsOf(
      { include_membership_contacts: true, foundation_uid: "p1" },
      {
        [SEATS]: { body: { seats: [] } },
        [QUERY]: ({ query }) =>
          query.includes("key_contact") ? pageOf("key_contact", CONTACTS) : pageOf("project", []),
      },
    );
    expect(structuredContent?.membership_contacts).toMatchObject([{ uid: "k1" }, { uid: "k2" }]);
  });

  test("fails without them", async () => {
    const { isError, text } = await seatsOf(
      { include_membership_contacts: true },
      { [SEATS]: { body: { seats: [] } }, [QUERY]: { status: 400, body: {} } },
    );
    expect(isError).toBe(true);
    expect(text).toContain("Failed to get membership contacts");
  });
});

test("a refusal is about the grant, never about seats", async () => {
  const { isError, text } = await seatsOf({}, { [SEATS]: { status: 403, body: { message: "Forbidden" } } });
  expect(isError).toBe(true);
  expect(text).toMatch(
    /^insufficient_scope: Failed to get organization committee seats: HTTP 403, "Forbidden"\. /,
  );
  expect(text).toMatch(/no grant for this company \(auditor or writer\).*does not mean that it has no seats/);
});

test("seats that never end are an error, never a part", async () => {
  const { isError, text, requests } = await seatsOf(
    {},
    { [SEATS]: { body: { seats: ROWS, page_token: "more" } } },
  );
  expect(isError).toBe(true);
  expect(text).toMatch(/^upstream_error: .*more than 200 pages/);
  expect(requests).toHaveLength(200);
});

test.each([[{ seats: {} }], [[1]], [{ seats: ["x"] }]])("%j is no list of seats", async (body) => {
  const { isError, text } = await seatsOf({}, { [SEATS]: { body } });
  expect(isError).toBe(true);
  expect(text).toMatch(/^upstream_error: Failed to get organization committee seats: /);
});

test.each([
  ["b2b_org_uid", { b2b_org_uid: "Company, Inc." }],
  ["b2b_org_uid", { b2b_org_uid: `${COMPANY}B` }],
  ["foundation_uid", { foundation_uid: "f 1" }],
  ["include_seats", { include_seats: "yes" }],
])("a wrong %s is rejected before anything is sent", async (name, args) => {
  const { text, requests } = await seatsOf(args, {});
  expect(text).toMatch(new RegExp(`^invalid_input: .*"${name}"`));
  expect(requests).toEqual([]);
});
