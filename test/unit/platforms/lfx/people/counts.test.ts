import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { ADA, callAmongPeople, type PeopleWorld } from "../../../../support/lfx/people.ts";

const registration = {
  type: "v1_meeting_registrant",
  data: { uid: "r1", meeting_id: "91", email: "ada@acme.example" },
  parents: ["meeting:91"],
  tags: ["email:ada@acme.example"],
};
const open = {
  type: "v1_past_meeting",
  data: { meeting_and_occurrence_id: "91-1", visibility: "public" },
};
const WORLD: PeopleWorld = { documents: [registration, open] };

const count = (args: JsonObject, world: Partial<PeopleWorld> = {}) =>
  callAmongPeople({ ...WORLD, ...world }, "count_lfx_resources", args);

const [MEMBERS, GUESTS, PARTICIPANTS, MEETINGS, PAST] = [
  { type: "committee_member" },
  { type: "v1_meeting_registrant", parent: "meeting:91" },
  { type: "v1_past_meeting_participant", parent: "past_meeting:91-1" },
  { type: "v1_meeting" },
  { type: "v1_past_meeting" },
];

describe("a caller without full view counts", () => {
  test.each<JsonObject>([
    MEMBERS,
    { ...MEMBERS, parent: "committee:c1" },
    { ...MEMBERS, tags: ["committee_category:Board", "voting_status:Voting Rep"] },
    { ...MEMBERS, tags: ["committee_uid:c1"], tags_all: ["project_uid:p1"] },
    GUESTS,
    PARTICIPANTS,
    { ...PARTICIPANTS, tags: ["is_attended:true"] },
    MEETINGS,
    { ...MEETINGS, filters_all: ["visibility:public"], date_field: "start_time", date_from: "2026-01-01" },
    {
      ...PAST,
      filters_or: ["platform:Zoom", "duration:60"],
      date_field: " end_time ",
      date_to: "2026-01-01",
    },
    { ...PAST, name: "tsc", parent: "committee:c1", tags: ["meeting_id:91"] },
    { type: "project", filters_all: ["name:Zephyr"] },
    { type: "groupsio_member", name: "ada" },
  ])("%j", async (args) => {
    expect((await count(args)).error).toBeUndefined();
  });

  test.each<JsonObject>([
    { ...MEMBERS, name: "ada" },
    { ...MEMBERS, parent: "b2b_org:o1" },
    { ...MEMBERS, tags: ["email:ada@acme.example"] },
    { ...MEMBERS, tags_all: ["username:ada"] },
    { ...MEMBERS, tags: ["committee_uid:c1", "organization_name:Acme"] },
    { ...MEMBERS, filters_all: ["role.name:Chair"] },
    { ...MEMBERS, filters_or: ["committee_uid:c1"] },
    { ...MEMBERS, date_field: "created_at", date_from: "2026-01-01" },
    { type: "v1_meeting_registrant" },
    { ...GUESTS, parent: "meeting:92" },
    { ...GUESTS, parent: "committee:c1" },
    { ...GUESTS, name: "bob" },
    { ...GUESTS, tags: ["email:bob@acme.example"] },
    { ...GUESTS, filters_all: ["org_name:Acme"] },
    { type: "v1_past_meeting_participant" },
    { ...PARTICIPANTS, parent: "past_meeting:92-1" },
    { ...PARTICIPANTS, parent: "project:p1" },
    { ...PARTICIPANTS, tags: ["is_attended:false"] },
    { ...PARTICIPANTS, tags_all: ["email:bob@acme.example"] },
    { ...MEETINGS, filters_all: ["created_by.email:bob@acme.example"] },
    { ...MEETINGS, filters_or: ["owner.name:Bob"] },
    { ...MEETINGS, filters_all: ["visibility:public", "user_id:bob"] },
    { ...PAST, filters_all: ["meeting_password:x"] },
    { ...PAST, date_field: "created_by", date_from: "2026-01-01" },
  ])("not %j", async (args) => {
    const { error, sent } = await count(args);

    expect(error).toMatchObject({
      code: "invalid_input",
      message: expect.stringMatching(
        new RegExp(`^Counting ${args.type} is available in the form LFX Self Serve shows you: `),
      ),
    });
    expect(sent.filter((line) => line.includes("/count"))).toEqual([]);
    // Who has full view counts all of it.
    const whole = await count(args, { viewer: { ...ADA, fullView: true } });
    expect(whole.error?.message ?? "").not.toContain("Self Serve");
  });

  test("nothing if it is uncertain who organizes the meeting", async () => {
    const replies = { "POST /access-check": { body: { results: [] } } };
    for (const args of [GUESTS, PARTICIPANTS]) {
      const { error, sent } = await count(args, { replies });
      expect(error?.message).toBe("Could not confirm what LFX Self Serve shows you");
      expect(sent.filter((line) => line.includes("/count"))).toEqual([]);
    }
  });
});
