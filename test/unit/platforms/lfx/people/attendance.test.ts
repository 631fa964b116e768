import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import {
  ADA,
  callAmongPeople,
  type IndexedDocument,
  type PeopleWorld,
  rowsOf,
} from "../../../../support/lfx/people.ts";

const SECRET = "eve@private.example";

describe("registrants", () => {
  function registrant(meeting: string, name: string, email = SECRET, username = name): IndexedDocument {
    const data = {
      uid: `${meeting}-${name}`,
      meeting_id: meeting,
      committee_uid: "c1",
      type: "direct",
      email,
      username,
      first_name: name,
      last_name: "Doe",
      host: false,
      job_title: "Engineer",
      org_name: "Acme",
      avatar_url: "https://acme.example/a.png",
      occurrence: "1",
      last_invite_received_time: "2026-01-01T00:00:00Z",
    };
    return {
      type: "v1_meeting_registrant",
      data,
      parents: [`meeting:${meeting}`],
      tags: [`email:${email}`],
    };
  }

  const guest = (meeting: string, name: string) => {
    const { email, username, last_invite_received_time, ...data } = registrant(meeting, name).data;
    return data;
  };

  const WORLD: PeopleWorld = {
    documents: [
      registrant("91", "ada", "ada@acme.example"),
      registrant("91", "bob"),
      registrant("92", "bob"),
    ],
  };
  const own = WORLD.documents[0]?.data;

  const search = (args: JsonObject, world: Partial<PeopleWorld> = {}) =>
    callAmongPeople({ ...WORLD, ...world }, "search_meeting_registrants", args);

  test("are whole for an organizer", async () => {
    const { result, sent } = await search(
      { meeting_id: "92", name: "b" },
      { granted: ["v1_meeting:92#organizer"] },
    );

    expect(rowsOf(result)).toEqual([WORLD.documents[2]?.data]);
    expect(sent).toHaveLength(2);
    expect(sent[0]).toBe("POST /access-check?v=1 v1_meeting:92#organizer");
  });

  test("are a list of guests, and the own record whole, for one of them", async () => {
    const { result, sent } = await search({ meeting_id: "91" });

    expect(rowsOf(result)).toEqual([own, guest("91", "bob")]);
    expect(JSON.stringify(result)).not.toContain(SECRET);
    expect(sent[1]).toBe(
      "GET /query/resources?filters_or=meeting_id:91&page_size=10&tags=email:Ada@acme.example" +
        "&tags=email:ada@acme.example&type=v1_meeting_registrant&v=1",
    );
  });

  test("are the same for a guest who is registered with another email address", async () => {
    const viewer = { fullView: false, username: "bob", email: "bob@home.example" };
    const { result, sent } = await search({ meeting_id: "91" }, { viewer });

    expect(rowsOf(result)).toEqual([guest("91", "ada"), WORLD.documents[1]?.data]);
    expect(sent[2]).toContain("filters_all=username:bob");
  });

  test.each<[what: string, world: Partial<PeopleWorld>]>([
    ["has no relation", {}],
    ["organizes another meeting", { granted: ["v1_meeting:91#organizer", "v1_meeting:9#organizer"] }],
    ["has no name and no email address", { viewer: { fullView: false } }],
  ])("are not even read for a caller who %s", async (_, world) => {
    const { result, sent } = await search({ meeting_id: "92" }, world);

    expect(result).toEqual({ resources: [], warnings: [expect.stringMatching(/^Nothing that matches/)] });
    expect(sent.filter((line) => line.includes("parent=meeting"))).toEqual([]);
  });

  test("are not shown if the index returns those of another meeting", async () => {
    const [row] = WORLD.documents;
    const reply = { body: { resources: [{ type: row?.type, id: "1", data: row?.data }] } };
    const { result } = await search({ meeting_id: "92" }, { replies: { "GET /query/resources": reply } });

    expect(rowsOf(result)).toEqual([]);
  });

  test.each<[args: JsonObject, message: RegExp]>([
    [{}, /^Registrants are available per meeting$/],
    [{ committee_uid: "c1" }, /^Registrants are available per meeting$/],
    [{ meeting_id: "91", name: "bob" }, /^name is available to organizers of the meeting$/],
  ])("with %j are refused", async (args, message) => {
    const { error } = await search(args);
    expect(error).toMatchObject({ code: "invalid_input", message: expect.stringMatching(message) });
  });

  describe("of which one is read", () => {
    const get = (uid: string, world: Partial<PeopleWorld> = {}) =>
      callAmongPeople({ ...WORLD, ...world }, "get_meeting_registrant", { uid });

    test("are whole, guests, or hidden", async () => {
      expect((await get("91-bob", { granted: ["v1_meeting:91#organizer"] })).result?.data).toEqual(
        WORLD.documents[1]?.data,
      );
      expect((await get("91-bob")).result?.data).toEqual(guest("91", "bob"));
      expect((await get("91-ada")).result?.data).toEqual(own);
    });

    test("a hidden one reads like one that does not exist", async () => {
      const [hidden, absent] = [await get("92-bob"), await get("no-one")];

      expect(hidden.error).toMatchObject({ code: "not_found" });
      expect(hidden.error?.message.replace("92-bob", "no-one")).toBe(absent.error?.message);
    });

    test("one without a meeting is hidden", async () => {
      const documents = [{ type: "v1_meeting_registrant", data: { uid: "u1" } }];
      expect((await get("u1", { documents })).error?.code).toBe("not_found");
    });
  });

  test.each(["search_meeting_registrants", "get_meeting_registrant"])(
    "%s shows nothing if it is uncertain what",
    async (tool) => {
      const args = tool.startsWith("get") ? { uid: "91-bob" } : { meeting_id: "91" };
      for (const results of [[], ["v1_meeting:91#organizer@x\tperhaps"], undefined]) {
        const replies = { "POST /access-check": { body: { results } } };
        const { error, result } = await callAmongPeople({ ...WORLD, replies }, tool, args);

        expect(result).toBeUndefined();
        expect(error?.message).toBe("Could not confirm what LFX Self Serve shows you");
      }
    },
  );
});

describe("participants", () => {
  const meeting = (id: string, data: JsonObject = {}): IndexedDocument => ({
    type: "v1_past_meeting",
    data: {
      id,
      meeting_and_occurrence_id: id,
      visibility: "private",
      start_time: "2026-01-01T00:00:00Z",
      ...data,
    },
    parents: ["project:p1"],
  });

  function participant(meeting: string, name: string, host = false, email = SECRET): IndexedDocument {
    const data = {
      uid: `${meeting}-${name}`,
      meeting_and_occurrence_id: meeting,
      username: name,
      email,
      first_name: name,
      last_name: "Doe",
      host,
      is_attended: true,
      org_name: "Acme",
      sessions: [],
    };
    return {
      type: "v1_past_meeting_participant",
      data,
      parents: [`past_meeting:${meeting}`],
      tags: ["is_attended:true"],
    };
  }

  const host = (meeting: string, name: string) => ({
    uid: `${meeting}-${name}`,
    meeting_and_occurrence_id: meeting,
    first_name: name,
    last_name: "Doe",
    host: true,
    is_attended: true,
  });

  const WORLD: PeopleWorld = {
    documents: [
      meeting("91-1"),
      participant("91-1", "ada", false, "ada@acme.example"),
      participant("91-1", "bob", true),
      participant("91-1", "cyd"),
    ],
  };
  const own = WORLD.documents[1]?.data;
  const TOOL = "search_past_meeting_participants";
  const search = (args: JsonObject, world: Partial<PeopleWorld> = {}) =>
    callAmongPeople({ ...WORLD, ...world }, TOOL, args);
  const ONE = { past_meeting_id: "91-1" };

  test("are whole for an organizer, who may filter them", async () => {
    const granted = ["v1_past_meeting:91-1#organizer"];
    const { result, sent } = await search({ ...ONE, name: "d", org_name: "Acme" }, { granted });

    expect(rowsOf(result)).toEqual(WORLD.documents.slice(1).map(({ data }) => data));
    expect(sent[0]).toContain("filters_or=meeting_and_occurrence_id:91-1");
    expect(sent[1]).toBe(
      "POST /access-check?v=1 v1_past_meeting:91-1#organizer v1_past_meeting:91-1#host " +
        "v1_past_meeting:91-1#invitee v1_past_meeting:91-1#attendee",
    );
    expect(sent[2]).not.toContain("filters_or");
  });

  const with_ = (data: JsonObject) => [meeting("91-1", data), ...WORLD.documents.slice(1)];

  test.each<[what: string, world: Partial<PeopleWorld>]>([
    ["hosted it", { granted: ["v1_past_meeting:91-1#host"] }],
    ["was invited", { granted: ["v1_past_meeting:91-1#invitee"] }],
    ["attended", { granted: ["v1_past_meeting:91-1#attendee"] }],
    [
      "is in one of its committees",
      { granted: ["committee:c2#member"], documents: with_({ committees: [{ uid: "c1" }, { uid: "c2" }] }) },
    ],
    ["is in its committee", { granted: ["committee:c1#member"], documents: with_({ committee_uid: "c1" }) }],
    ["reads a public one", { documents: with_({ visibility: "public", restricted: false }) }],
  ])("are the hosts, and the own record whole, for a caller who %s", async (_, world) => {
    const { result, sent } = await search(ONE, world);

    expect(rowsOf(result)).toEqual([own, host("91-1", "bob")]);
    expect(JSON.stringify(result)).not.toContain(SECRET);
    expect(sent[2]).toContain(
      "filters_or=host:true&filters_or=username:ada&filters_or=email:Ada@acme.example&filters_or=email:ada@acme.example",
    );
  });

  test.each<[what: string, world: Partial<PeopleWorld>]>([
    ["has no relation", {}],
    ["reads a restricted one", { documents: with_({ visibility: "public", restricted: true }) }],
    ["reads one that the index lacks", { documents: WORLD.documents.slice(1) }],
    ["is only in another committee", { granted: ["committee:c9#member"] }],
  ])("are the own record for a caller who %s", async (_, world) => {
    const { result } = await search(ONE, world);
    expect(rowsOf(result)).toEqual([own]);
  });

  test("are not even read for a caller without a name or email address", async () => {
    const { result, sent } = await search(ONE, { viewer: { fullView: false } });

    expect(rowsOf(result)).toEqual([]);
    expect(sent).toHaveLength(2);
  });

  test("are only those that are shown, even if the index ignores the filters", async () => {
    const resources = WORLD.documents.map(({ type, data }) => ({ type, id: "1", data }));
    const { result } = await search(ONE, { replies: { "GET /query/resources": { body: { resources } } } });

    expect(rowsOf(result)).toEqual([own]);
  });

  test.each<[args: JsonObject, message: RegExp]>([
    [{}, /^Participants are available per past meeting or range of dates$/],
    [{ project_uid: "p1" }, /^Participants are available per past meeting/],
    [{ ...ONE, name: "bob" }, /^name and org_name are available to organizers/],
    [{ ...ONE, org_name: "Acme" }, /^name and org_name are available to organizers/],
    [{ ...ONE, count_only: true }, /^Participants are counted for people who may see/],
    [{ project_uid: "p1", date_from: "2026-01-01", name: "b" }, /^name and org_name are available/],
  ])("with %j are refused", async (args, message) => {
    const { error } = await search(args);
    expect(error).toMatchObject({ code: "invalid_input", message: expect.stringMatching(message) });
  });

  describe("of a range of dates", () => {
    const RANGE = { project_uid: "p1", date_from: "2026-01-01" };
    const documents = [
      meeting("1-1", { visibility: "public" }),
      meeting("2-1"),
      meeting("3-1"),
      participant("1-1", "bob", true),
      participant("1-1", "cyd"),
      participant("2-1", "bob", true),
      participant("2-1", "ada", false, "ada@acme.example"),
      participant("3-1", "bob", true),
    ];

    test("are what is shown of each meeting, and people are not merged across them", async () => {
      const { result, sent } = await search(RANGE, { documents, granted: ["v1_past_meeting:2-1#organizer"] });

      expect(rowsOf(result)).toEqual([host("1-1", "bob"), documents[5]?.data, documents[6]?.data]);
      expect(result).toMatchObject({
        people: 3,
        records: 3,
        meetings: 2,
        note: expect.stringContaining("within"),
      });
      // One access check for all meetings.
      expect(sent.filter((line) => line.startsWith("POST"))).toHaveLength(1);
    });

    test("are counted where their attendance is shown", async () => {
      const granted = ["v1_past_meeting:3-1#attendee"];
      const { result } = await search({ ...RANGE, count_only: true }, { documents, granted });

      expect(result).toMatchObject({ count: 3, complete: true, visibility: "caller", meetings: 2 });
    });
  });

  describe("of which one is read", () => {
    const get = (uid: string, world: Partial<PeopleWorld> = {}) =>
      callAmongPeople({ ...WORLD, ...world }, "get_past_meeting_participant", { uid });

    test("are whole, hosts, or hidden", async () => {
      const organizer = { granted: ["v1_past_meeting:91-1#organizer"] };
      const guest = { granted: ["v1_past_meeting:91-1#attendee"] };
      expect((await get("91-1-cyd", organizer)).result?.data).toEqual(WORLD.documents[3]?.data);
      expect((await get("91-1-bob", guest)).result?.data).toEqual(host("91-1", "bob"));
      expect((await get("91-1-ada")).result?.data).toEqual(own);
      expect((await get("91-1-cyd", guest)).error?.code).toBe("not_found");
    });

    test("a hidden one reads like one that does not exist", async () => {
      const [hidden, absent] = [await get("91-1-bob"), await get("no-one")];
      expect(hidden.error?.message.replace("91-1-bob", "no-one")).toBe(absent.error?.message);
    });
  });

  test.each<[what: string, replies: NonNullable<PeopleWorld["replies"]>]>([
    ["the check fails", { "POST /access-check": { status: 500, body: {} } }],
    [
      "the check is short",
      { "POST /access-check": { body: { results: ["v1_past_meeting:91-1#host@x\ttrue"] } } },
    ],
    ["the meeting cannot be read", { "GET /query/resources": { status: 503, body: {} } }],
  ])("are not shown if %s", async (_, replies) => {
    const { result, error } = await search(ONE, { replies });

    expect(result).toBeUndefined();
    expect(error?.message).toBe("Could not confirm what LFX Self Serve shows you");
  });
});

test("an own record is recognized by its name or email address, whatever the case", async () => {
  const data = { uid: "u", meeting_and_occurrence_id: "1-1", email: " ADA@acme.example " };
  const documents = [{ type: "v1_past_meeting_participant", data }];
  const get = (viewer: PeopleWorld["viewer"]) =>
    callAmongPeople({ documents, viewer: viewer ?? ADA }, "get_past_meeting_participant", { uid: "u" });

  expect((await get(ADA)).result?.data).toEqual(data);
  expect((await get({ fullView: false, username: "ada" })).error?.code).toBe("not_found");
  expect((await get({ fullView: false, email: "bob@acme.example" })).error?.code).toBe("not_found");
});
