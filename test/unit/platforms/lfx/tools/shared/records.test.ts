import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HttpRequest } from "../../../../../../src/http-client/types.ts";
import { TOOL_NAMES } from "../../../../../../src/platforms/lfx/policy.ts";
import { replaceRecord } from "../../../../../../src/platforms/lfx/sandbox/committee-fields.ts";
import type { JsonObject } from "../../../../../../src/shared/json.ts";
import { callDirectly, type DirectReply } from "../../../../../support/lfx/direct.ts";
import { pageOf, type Replies, startFakeLfx } from "../../../../../support/lfx/tool-calls.ts";

const QUERY = "GET /lfx/query/resources";
const ANOTHER = "the response is another record";

type Read = readonly [tool: string, args: JsonObject, request: string, own: JsonObject];

/** Tools that read a record of a service, and the ids of that record. */
const READS: readonly Read[] = [
  ["get_project", { uid: "p-1" }, "GET /lfx/projects/p-1", { uid: "p-1" }],
  ["get_committee", { uid: "c-1" }, "GET /lfx/committees/c-1", { uid: "c-1" }],
  [
    "get_committee_member",
    { committee_uid: "c-1", member_uid: "m-1" },
    "GET /lfx/committees/c-1/members/m-1",
    { uid: "m-1", committee_uid: "c-1" },
  ],
  ["get_mailing_list_service", { uid: "s-1" }, "GET /lfx/groupsio/services/s-1", { id: "s-1" }],
  ["get_mailing_list", { id: "145" }, "GET /lfx/groupsio/mailing-lists/145", { id: "l-1", group_id: 145 }],
  [
    "get_mailing_list_member",
    { mailing_list_id: "145", member_id: "9" },
    "GET /lfx/groupsio/mailing-lists/145/members/9",
    { id: "9" },
  ],
  ["get_past_meeting", { uid: "91-177" }, "GET /lfx/itx/past_meetings/91-177", { id: "91-177" }],
  [
    "get_member_membership",
    { membership_uid: "b-1" },
    "GET /lfx/project_memberships/b-1",
    { uid: "b-1", project_uid: "p-1" },
  ],
  [
    "get_membership_key_contact",
    { membership_uid: "b-1", contact_uid: "k-1" },
    "GET /lfx/project_memberships/b-1/key_contacts/k-1",
    { uid: "k-1", membership_uid: "b-1" },
  ],
  ["get_meeting", { uid: "91" }, QUERY, { id: "91" }],
  ["get_meeting_registrant", { uid: "r-1" }, QUERY, { uid: "r-1", meeting_id: "91" }],
  ["get_past_meeting_participant", { uid: "a-1" }, QUERY, { uid: "a-1" }],
  ["get_past_meeting_summary", { uid: "y-1" }, QUERY, { id: "y-1" }],
  ["get_membership_key_contacts", { membership_uid: "b-1" }, QUERY, { uid: "k-1", membership_uid: "b-1" }],
];

function repliesOf(request: string, record: JsonObject): Replies {
  return {
    [QUERY]: pageOf("x", []),
    [request]: request === QUERY ? pageOf("x", [record]) : { body: record },
  };
}

async function textOf(tool: string, args: JsonObject, replies: Replies): Promise<string> {
  const { call } = await startFakeLfx(replies);
  const { isError, content } = await call(tool, args);
  return isError ? (content[0]?.text ?? "") : "ok";
}

test("the table has every tool that gets a record", () => {
  const tools = TOOL_NAMES.filter((name) => name.startsWith("get_") && name !== "get_org_committee_seats");
  expect(READS.map(([tool]) => tool).sort()).toEqual([...tools].sort());
});

describe.each(READS)("%s with %j", (tool, args, request, own) => {
  test("returns the requested record", async () => {
    expect(await textOf(tool, args, repliesOf(request, own))).toBe("ok");
    expect(await textOf(tool, args, repliesOf(request, { name: "without ids" }))).toBe("ok");
  });

  test("rejects another record", async () => {
    for (const name of Object.keys(args)) {
      const value = args[name];
      const others = Object.entries(own).map(([key, id]) => [key, String(id) === value ? `${id}9` : id]);
      const text = await textOf(tool, args, repliesOf(request, Object.fromEntries(others)));
      // A list's member does not name the list.
      if (tool === "get_mailing_list_member" && name === "mailing_list_id") expect(text).toBe("ok");
      else expect(text).toMatch(new RegExp(`^upstream_error: Failed to .*: ${ANOTHER}\\.`));
    }
  });
});

test("get_past_meeting accepts the id of the meeting alone, and no other", async () => {
  const request = "GET /lfx/itx/past_meetings/91-177";
  expect(await textOf("get_past_meeting", { uid: "91-177" }, repliesOf(request, { id: "91" }))).toBe("ok");
  for (const id of ["9", "91-178", "177", "91-17"]) {
    const text = await textOf("get_past_meeting", { uid: "91-177" }, repliesOf(request, { id }));
    expect(text).toContain(ANOTHER);
  }
});

test("get_past_meeting omits the recording of another meeting, with a warning", async () => {
  const { call } = await startFakeLfx({
    "GET /lfx/itx/past_meetings/91-177": { body: { id: "91-177" } },
    [QUERY]: pageOf("x", [{ id: "z", meeting_and_occurrence_id: "91-178" }]),
  });
  const { structuredContent } = await call("get_past_meeting", { uid: "91-177" });
  expect(structuredContent).toEqual({
    meeting: { id: "91-177" },
    warnings: ["recording", "transcript"].map((part) =>
      expect.stringMatching(new RegExp(`^Past meeting ${part} unavailable: .*${ANOTHER}`)),
    ),
  });
});

test.each([
  ["get_project", "/lfx/projects/p-1", "Project"],
  ["get_committee", "/lfx/committees/p-1", "Committee"],
])("%s omits the settings of another record, with a warning", async (tool, path, name) => {
  const { call } = await startFakeLfx({
    [`GET ${path}`]: { body: { uid: "p-1" } },
    [`GET ${path}/settings`]: { body: { uid: "p-2", mission_statement: "no" } },
  });
  const { structuredContent } = await call(tool, { uid: "p-1" });
  expect(structuredContent).toEqual({
    base: { uid: "p-1" },
    warnings: [expect.stringMatching(new RegExp(`^${name} settings unavailable: .*${ANOTHER}`))],
  });
});

test("a UUID may be spelled in capitals", async () => {
  const uid = "7CAD5A8D-19D0-41A4-81A6-043453DAF9EE";
  const replies = repliesOf(`GET /lfx/projects/${uid}`, { uid: uid.toLowerCase() });
  expect(await textOf("get_project", { uid }, replies)).toBe("ok");
});

const COMMITTEE = "/lfx/committees/c-1";
const MEMBER = `${COMMITTEE}/members/m-1`;
const MEMBER_IDS = { committee_uid: "c-1", member_uid: "m-1" };

test.each<[tool: string, args: JsonObject, path: string, another: JsonObject]>([
  ["update_committee", { uid: "c-1", name: "New" }, COMMITTEE, { uid: "c-2" }],
  [
    "update_committee_settings",
    { uid: "c-1", show_meeting_attendees: true },
    `${COMMITTEE}/settings`,
    { uid: "c-2" },
  ],
  ["delete_committee", { uid: "c-1" }, COMMITTEE, { uid: "c-2" }],
  ["update_committee_member", { ...MEMBER_IDS, first_name: "Ada" }, MEMBER, { uid: "m-2" }],
  ["update_committee_member", { ...MEMBER_IDS, first_name: "Ada" }, MEMBER, { committee_uid: "c-2" }],
  ["delete_committee_member", MEMBER_IDS, MEMBER, { uid: "m-2", committee_uid: "c-1" }],
  ["delete_committee_member", MEMBER_IDS, MEMBER, { uid: "m-1", committee_uid: "c-2" }],
])("%s with %j stops if it read another record", async (tool, args, path, another) => {
  const { call, requests } = await startFakeLfx({ [`GET ${path}`]: { body: another } });
  const { isError, content } = await call(tool, args);
  expect(isError).toBe(true);
  expect(content[0]?.text).toMatch(new RegExp(`^upstream_error: Failed to fetch .*: ${ANOTHER}\\.`));
  expect(requests.map(({ method }) => method)).toEqual(["GET"]);
});

describe("an update", () => {
  type Fields = Readonly<Record<string, unknown>>;
  type Update = {
    readonly tool: string;
    readonly ids: JsonObject;
    readonly path: string;
    /** What the service maintains of the record. */
    readonly own: Fields;
    /** The fields that this program knows, with the arguments that can change them. */
    readonly known: Fields;
    /** Those that every record has. */
    readonly required?: readonly string[];
    readonly changes: Fields;
    /** What the service stores for the arguments, if it is something else. */
    readonly stored?: Fields;
    readonly after: (before: Fields, body: Fields) => Fields;
  };

  const STAMPS = { created_at: "2026-01-31T09:00:00Z", updated_at: "2026-02-28T09:00:00Z" };

  /** Every tool that replaces a record, and the one whose service merges. */
  const UPDATES: readonly Update[] = [
    {
      tool: "update_committee",
      ids: { uid: "c-1" },
      path: COMMITTEE,
      required: ["project_uid", "name", "category"],
      own: { uid: "c-1", project_name: "Zephyr", total_members: 4, has_mailing_list: true, ...STAMPS },
      known: {
        project_uid: "p-1",
        name: "Steering",
        category: "Board",
        description: "Steers.",
        website: "https://steering.example",
        mailing_list: "steering@lists.example",
        chat_channel: "#steering",
        enable_voting: true,
        sso_group_enabled: false,
        requires_review: true,
        public: false,
        calendar: { public: true },
        display_name: "The Steering",
        parent_uid: "c-0",
        join_mode: "application",
        repository: "https://git.example/steering",
        scope: ["Releases"],
        deliverables: ["A roadmap", ""],
        key_dates: [{ date: "2026-01", label: "Start", color: null }],
        external_sources: [{ provider: "ocg", entity_type: "group", label: "G", url: "https://g.example" }],
      },
      changes: {
        name: "Rowing",
        description: "Rows.",
        website: "https://rowing.example",
        public: true,
        calendar_public: false,
        category: "Newsletter",
        scope: ["Boats"],
      },
      stored: { calendar_public: { calendar: { public: false } } },
      after: (before, body) => replaceRecord("committee", before, body),
    },
    {
      tool: "update_committee_settings",
      ids: { uid: "c-1" },
      path: `${COMMITTEE}/settings`,
      own: { uid: "c-1", has_chat_webhook: true, ...STAMPS },
      known: {
        business_email_required: true,
        last_reviewed_at: "2026-01-31T09:00:00Z",
        last_reviewed_by: "ada",
        member_visibility: "basic_profile",
        show_meeting_attendees: true,
        writers: [{ username: "ada", email: "ada@acme.example", later: [] }],
        auditors: [],
      },
      changes: {
        business_email_required: false,
        member_visibility: "hidden",
        show_meeting_attendees: false,
        chat_webhook_url: "none",
      },
      stored: { chat_webhook_url: { has_chat_webhook: false } },
      after: (before, body) => replaceRecord("settings", before, body),
    },
    {
      tool: "update_committee_member",
      ids: MEMBER_IDS,
      path: MEMBER,
      required: ["email"],
      own: { uid: "m-1", committee_uid: "c-1", committee_name: "S", committee_category: "Board", ...STAMPS },
      known: {
        username: "ada",
        email: "ada@acme.example",
        first_name: "Ada",
        last_name: "Lovelace",
        job_title: "",
        linkedin_profile: "https://www.linkedin.com/in/ada",
        appointed_by: "Community",
        status: "Active",
        role: { name: "Chair", start_date: "2026-01-01", end_date: "0001-01-01", later: "" },
        voting: { status: "Voting Rep", start_date: "2026-01-01", later: {} },
        organization: { id: "o-1", name: "Acme", website: "https://acme.example", later: { empty: "" } },
      },
      changes: { first_name: "Augusta", status: "Inactive", role: { name: "Lead" }, email: "b@acme.example" },
      after: (before, body) => replaceRecord("member", before, body),
    },
    {
      tool: "update_membership_key_contact",
      ids: { membership_uid: "b-1", contact_uid: "k-1" },
      path: "/lfx/project_memberships/b-1/key_contacts/k-1",
      own: { uid: "k-1", membership_uid: "b-1", project_sfid: "a09", ...STAMPS },
      known: {
        role: "Legal Contact",
        status: "Active",
        title: "",
        board_member: true,
        email: "a@acme.example",
      },
      changes: { role: "PR Contact", title: "Counsel", board_member: false },
      after: (before, body) => ({ ...before, ...body }),
    },
  ];

  /** Any JSON, also the names of secrets, which no result shows. */
  const unknownFields = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("host_key", "passcode", "join_url", "later", "__proto__")),
    fc.jsonValue({ maxDepth: 2 }),
    { maxKeys: 4 },
  );

  test.each(UPDATES)(
    "by $tool changes nothing but the given field, in 500 random records",
    async (update) => {
      const { tool, ids, path, own, known, required = [], changes, stored = {}, after } = update;
      let record: Record<string, unknown> = {};
      const reply = ({ method, url, headers = {}, body = "" }: HttpRequest): DirectReply => {
        expect(url.pathname).toBe(path);
        if (method === "PUT") {
          expect(headers["if-match"]).toBe(tool === "update_membership_key_contact" ? undefined : "7");
          record = after(record, JSON.parse(String(body)));
        }
        return { body: record, etag: "7" };
      };
      const names = Object.keys({ ...own, ...known });
      const records = fc
        .tuple(unknownFields, fc.subarray(Object.entries(known)), fc.constantFrom(...Object.entries(changes)))
        .filter(([unknown]) => Object.keys(unknown).every((name) => !names.includes(name)));
      const examples: [[Fields, [string, unknown][], [string, unknown]]][] = Object.entries(changes).map(
        (change) => [
          [{ later: { list: [null, "", {}, []], host_key: "1234" } }, Object.entries(known), change],
        ],
      );

      await fc.assert(
        fc.asyncProperty(records, async ([unknown, fields, [name, value]]) => {
          // As the service sends it: its JSON can have a field __proto__, but no undefined value.
          record = JSON.parse(JSON.stringify({ ...unknown, ...own, ...Object.fromEntries(fields) }));
          for (const field of required) record[field] ??= known[field];
          if (tool === "update_committee_settings") record = { business_email_required: false, ...record };
          const before = record;

          await callDirectly(tool, { ...ids, [name]: value }, reply);

          expect(record).toStrictEqual({ ...before, ...(stored[name] ?? { [name]: value }) });
        }),
        { numRuns: 500, examples },
      );
    },
    30_000,
  );

  test("changes nothing if the record has an integer that a number cannot hold", async () => {
    const { call, requests } = await startFakeLfx({
      [`GET ${COMMITTEE}`]: {
        body: '{"uid":"c-1","name":"A \\" 12345678901234567891","later":[12345678901234567891]}',
      },
    });

    const { content } = await call("update_committee", { uid: "c-1", name: "New" });

    expect(content[0]?.text).toMatch(
      /^upstream_error: Failed to update committee: .* 2\^53\. Nothing was changed/,
    );
    expect(requests.map(({ method }) => method)).toEqual(["GET"]);
  });

  test("keeps numbers and secrets as they are", async () => {
    const later =
      '{"n":[1e300,0.1,-5e-324,9007199254740993e0,100000000000000000000],"host_key":"1234 12345678901234567891"}';
    const fields = '"project_uid":"p-1","category":"Board"';
    const { call, requests } = await startFakeLfx({
      [`GET ${COMMITTEE}`]: { body: `{"uid":"c-1",${fields},"later":${later}}`, headers: { etag: "7" } },
      [`PUT ${COMMITTEE}`]: { body: { uid: "c-1" } },
    });

    await call("update_committee", { uid: "c-1", name: "New" });

    expect(JSON.parse(requests[1]?.body ?? "")).toEqual({
      ...JSON.parse(`{${fields}}`),
      name: "New",
      later: JSON.parse(later),
    });
  });
});
