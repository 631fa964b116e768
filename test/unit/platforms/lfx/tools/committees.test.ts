import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { exchanges, revised, taken } from "../../../../support/lfx/exchanges.ts";
import { startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

const ONE = "/lfx/committees/c1";
const SETTINGS = `${ONE}/settings`;
const NEW = { project_uid: "p1", name: "Steering", category: "Technical Steering Committee" };

const BEFORE = {
  uid: "c1",
  ...NEW,
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
  parent_uid: "c0",
  join_mode: "application",
};

/** What LFX keeps of a committee by itself. */
const ITS_OWN = {
  project_name: "Zephyr",
  sso_group_name: "zephyr-steering",
  total_members: 4,
  total_voting_repos: 2,
  has_mailing_list: true,
};

describe("create_committee", () => {
  test("sends what is given, and what a committee is where nothing is said", async () => {
    const { call, seen } = await startFakeLfx({ "POST /lfx/committees": taken });

    const { structuredContent } = await call("create_committee", NEW);

    const body = {
      ...NEW,
      enable_voting: false,
      sso_group_enabled: false,
      requires_review: false,
      public: false,
      join_mode: "invite_only",
      business_email_required: false,
      member_visibility: "hidden",
      show_meeting_attendees: false,
    };
    expect(exchanges(seen)).toEqual([{ request: "POST /committees?v=1", sync: "false", body }]);
    expect(structuredContent).toEqual({ uid: "new", ...body });
  });

  test("sends all that can be given, trimmed, and the calendar as a part of its own", async () => {
    const { call, seen } = await startFakeLfx({ "POST /lfx/committees": taken });
    const given = {
      enable_voting: true,
      sso_group_enabled: true,
      requires_review: true,
      public: true,
      display_name: "The Steering",
      parent_uid: "c0",
      business_email_required: true,
      member_visibility: "basic_profile",
      show_meeting_attendees: true,
    };

    await call("create_committee", {
      ...NEW,
      ...given,
      description: " Steers. ",
      website: " https://steering.example/a?b#c ",
      calendar_public: false,
    });

    expect(exchanges(seen)[0]?.body).toEqual({
      ...NEW,
      ...given,
      description: "Steers.",
      website: "https://steering.example/a?b#c",
      calendar: { public: false },
      join_mode: "invite_only",
    });
  });
});

describe("update_committee", () => {
  test("replaces the revision that it has read, and loses nothing that was not to be changed", async () => {
    const { call, seen } = await startFakeLfx({
      [`GET ${ONE}`]: revised({ ...BEFORE, ...ITS_OWN }),
      [`PUT ${ONE}`]: ({ body }) => ({ body: { uid: "c1", ...JSON.parse(body), ...ITS_OWN } }),
    });

    const { structuredContent } = await call("update_committee", { uid: "c1", name: "Rowing" });

    const { uid, ...rest } = BEFORE;
    expect(exchanges(seen)).toEqual([
      { request: "GET /committees/c1" },
      {
        request: "PUT /committees/c1?v=1",
        ifMatch: "7",
        sync: "false",
        body: { ...rest, name: "Rowing" },
      },
    ]);
    const { total_members: _, ...told } = ITS_OWN;
    expect(structuredContent).toEqual({ uid, ...rest, name: "Rowing", ...told });
  });

  test.each<[changes: JsonObject, sent: JsonObject]>([
    [
      { public: true, enable_voting: false },
      { public: true, enable_voting: false },
    ],
    [{ calendar_public: false }, { calendar: { public: false } }],
    [
      { project_uid: "p2", parent_uid: "c9", category: "Finance Committee" },
      { project_uid: "p2", parent_uid: "c9", category: "Finance Committee" },
    ],
  ])("given %j changes just that", async (changes, sent) => {
    const { call, seen } = await startFakeLfx({ [`GET ${ONE}`]: revised(BEFORE), [`PUT ${ONE}`]: taken });

    await call("update_committee", { uid: "c1", ...changes });

    const { uid: _, ...rest } = BEFORE;
    expect(exchanges(seen)[1]?.body).toEqual({ ...rest, ...sent });
  });

  test("leaves out what was blank, which the service would refuse for its form", async () => {
    const { call, seen } = await startFakeLfx({
      [`GET ${ONE}`]: revised({ ...NEW, website: "", parent_uid: null, join_mode: "", public: false }),
      [`PUT ${ONE}`]: taken,
    });

    await call("update_committee", { uid: "c1", description: "Steers." });

    expect(exchanges(seen)[1]?.body).toEqual({ ...NEW, public: false, description: "Steers." });
  });

  test("sends no condition where the service told no revision", async () => {
    const { call, seen } = await startFakeLfx({ [`GET ${ONE}`]: { body: BEFORE }, [`PUT ${ONE}`]: taken });

    await call("update_committee", { uid: "c1", public: true });

    expect(exchanges(seen)[1]).not.toHaveProperty("ifMatch");
  });
});

describe("update_committee_settings", () => {
  const KEPT = {
    business_email_required: true,
    member_visibility: "basic_profile",
    show_meeting_attendees: false,
    last_reviewed_at: "2026-01-31T09:00:00Z",
    last_reviewed_by: "ada",
  };

  test("keeps the last review, and leaves the people to the service, which keeps them", async () => {
    const { call, seen } = await startFakeLfx({
      [`GET ${SETTINGS}`]: revised({
        uid: "c1",
        ...KEPT,
        writers: [{ username: "ada" }],
        auditors: [],
        created_at: "2026-01-01T00:00:00Z",
      }),
      [`PUT ${SETTINGS}`]: taken,
    });

    const { structuredContent } = await call("update_committee_settings", {
      uid: "c1",
      show_meeting_attendees: true,
    });

    const body = { ...KEPT, show_meeting_attendees: true };
    expect(exchanges(seen)).toEqual([
      { request: "GET /committees/c1/settings" },
      { request: "PUT /committees/c1/settings?v=1", ifMatch: "7", sync: "false", body },
    ]);
    expect(structuredContent).toEqual({ uid: "new", ...body });
  });
});

test("delete_committee deletes the revision that it has read, and says so", async () => {
  const { call, seen } = await startFakeLfx({
    [`GET ${ONE}`]: revised(BEFORE),
    [`DELETE ${ONE}`]: { status: 204 },
  });

  const { content, structuredContent } = await call("delete_committee", { uid: "c1" });

  expect(exchanges(seen)).toEqual([
    { request: "GET /committees/c1" },
    { request: "DELETE /committees/c1?v=1", ifMatch: "7", sync: "false" },
  ]);
  expect(content).toEqual([{ type: "text", text: "Committee c1 deleted successfully." }]);
  expect(structuredContent).toBeUndefined();
});
