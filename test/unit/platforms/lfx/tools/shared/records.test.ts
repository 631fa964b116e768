import { describe, expect, test } from "vitest";
import { TOOL_NAMES } from "../../../../../../src/platforms/lfx/policy.ts";
import type { JsonObject } from "../../../../../../src/shared/json.ts";
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

test("the table has every tool that gets something", () => {
  const tools = TOOL_NAMES.filter((name) => name.startsWith("get_"));
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
