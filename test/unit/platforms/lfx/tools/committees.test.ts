import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { callAmongPeople } from "../../../../support/lfx/people.ts";
import { echoBody, summarize, withEtag } from "../../../../support/lfx/request-summaries.ts";
import { pageOf, type Replies, type Reply, startFakeLfx } from "../../../../support/lfx/tool-calls.ts";

describe("committee input", () => {
  const NEW = { project_uid: "p1", name: "Steering", category: "Technical Steering Committee" };
  const IDS = { committee_uid: "c1", member_uid: "m1" };
  const SEAT = {
    committee_uid: "c1",
    email: "ada@acme.example",
    appointed_by: "Community",
    status: "Active",
  };

  test.each<[tool: string, args: JsonObject, field: string]>([
    ["search_committees", { name: " " }, "name"],
    ["search_committees", { project_uid: "p1 OR p2" }, "project_uid"],
    ["search_committees", { committee_uid: "c1" }, "committee_uid"],
    ["search_committee_members", { page_size: 1001 }, "page_size"],
    ["get_committee", {}, "uid"],
    ["get_committee", { uid: "../projects/p1" }, "uid"],
    ["get_committee_member", { committee_uid: "c1" }, "member_uid"],
    ["get_committee_member", { committee_uid: "", member_uid: "m1" }, "committee_uid"],

    ["create_committee", { name: "A", category: "Board" }, "project_uid"],
    ["create_committee", { ...NEW, name: " " }, "name"],
    ["create_committee", { ...NEW, name: "a".repeat(101) }, "name"],
    ["create_committee", { ...NEW, category: "Knitting" }, "category"],
    ["create_committee", { ...NEW, description: "a".repeat(2001) }, "description"],
    ["create_committee", { ...NEW, website: "steering.example" }, "website"],
    ["create_committee", { ...NEW, website: "javascript:alert(1)" }, "website"],
    ["create_committee", { ...NEW, website: "https://a b" }, "website"],
    ["create_committee", { ...NEW, website: "https://[::1" }, "website"],
    ["create_committee", { ...NEW, display_name: "a".repeat(101) }, "display_name"],
    ["create_committee", { ...NEW, member_visibility: "everybody" }, "member_visibility"],
    ["create_committee", { ...NEW, public: "yes" }, "public"],
    ["create_committee", { ...NEW, join_mode: "open" }, "join_mode"],
    ["update_committee", { name: "A" }, "uid"],
    ["update_committee", { uid: "c1", name: " " }, "name"],
    ["update_committee", { uid: "c1", category: "finance committee" }, "category"],
    ["update_committee", { uid: "c1", business_email_required: true }, "business_email_required"],
    ["create_committee", { ...NEW, category: "newsletter" }, "category"],
    ["create_committee", { ...NEW, repository: "git@github.com:steering" }, "repository"],
    ["create_committee", { ...NEW, scope: "all" }, "scope"],
    ["create_committee", { ...NEW, scope: [] }, "scope"],
    ["create_committee", { ...NEW, scope: [" "] }, "scope[0]"],
    ["create_committee", { ...NEW, deliverables: ["a".repeat(501)] }, "deliverables[0]"],
    ["create_committee", { ...NEW, deliverables: Array(51).fill("a") }, "deliverables"],
    [
      "create_committee",
      { ...NEW, key_dates: [{ date: "2026-01-31", label: "Start" }] },
      "key_dates[0].date",
    ],
    ["create_committee", { ...NEW, key_dates: [{ date: "2026-13", label: "Start" }] }, "key_dates[0].date"],
    ["create_committee", { ...NEW, key_dates: [{ date: "2026-01" }] }, "key_dates[0].label"],
    ["create_committee", { ...NEW, chat_webhook_url: "https://chat.example/hook" }, "chat_webhook_url"],
    [
      "update_committee",
      { uid: "c1", external_sources: [{ provider: "ocg" }] },
      "external_sources[0].entity_type",
    ],
    ["update_committee", { uid: "c1", chat_webhook_url: "none" }, "chat_webhook_url"],
    [
      "update_committee_settings",
      { uid: "c1", chat_webhook_url: "https://hooks.slack.com.evil.example/a" },
      "chat_webhook_url",
    ],
    ["update_committee_settings", { uid: "c1", writers: [] }, "writers"],
    ["update_committee_settings", { uid: "c1", member_visibility: " " }, "member_visibility"],
    ["delete_committee", {}, "uid"],
    ["delete_committee", { uid: "c1/members/m1" }, "uid"],

    ["create_committee_member", { ...SEAT, committee_uid: "c1/settings" }, "committee_uid"],
    ["create_committee_member", { ...SEAT, email: "ada" }, "email"],
    ["create_committee_member", { ...SEAT, appointed_by: "Vote" }, "appointed_by"],
    ["create_committee_member", { ...SEAT, status: "active" }, "status"],
    ["create_committee_member", { committee_uid: "c1", email: "ada@acme.example" }, "appointed_by"],
    ["create_committee_member", { ...SEAT, first_name: "a".repeat(101) }, "first_name"],
    ["create_committee_member", { ...SEAT, last_name: " " }, "last_name"],
    ["create_committee_member", { ...SEAT, job_title: "a".repeat(201) }, "job_title"],
    ["create_committee_member", { ...SEAT, username: "ada" }, "username"],
    [
      "create_committee_member",
      { ...SEAT, linkedin_profile: "https://linkedin.com.evil.example/in/ada" },
      "linkedin_profile",
    ],
    ["create_committee_member", { ...SEAT, linkedin_profile: "linkedin.com/in/ada" }, "linkedin_profile"],
    ["create_committee_member", { ...SEAT, role: { name: "King" } }, "role.name"],
    ["create_committee_member", { ...SEAT, role: { start_date: "2026-01-31" } }, "role.name"],
    [
      "create_committee_member",
      { ...SEAT, role: { name: "Chair", start_date: "2026-01-31T00:00:00Z" } },
      "role.start_date",
    ],
    [
      "create_committee_member",
      { ...SEAT, role: { name: "Chair", end_date: "2026-02-30" } },
      "role.end_date",
    ],
    ["create_committee_member", { ...SEAT, voting: { status: "Voter" } }, "voting.status"],
    ["create_committee_member", { ...SEAT, voting: { status: "None", since: "2026" } }, "voting"],
    ["create_committee_member", { ...SEAT, organization: {} }, "organization"],
    ["create_committee_member", { ...SEAT, organization: { name: "a".repeat(201) } }, "organization.name"],
    ["create_committee_member", { ...SEAT, organization: { website: "acme" } }, "organization.website"],
    ["update_committee_member", { committee_uid: "c1", status: "Inactive" }, "member_uid"],
    ["update_committee_member", { ...IDS, email: " " }, "email"],
    ["update_committee_member", { ...IDS, organization: { name: null, website: null } }, "organization"],
    ["update_committee_member", { ...IDS, voting: { status: "", start_date: null } }, "voting.status"],
    ["update_committee_member", { ...IDS, organization: { id: "o-2" } }, "organization"],
    ["update_committee_member", { ...IDS, skip_notification: true }, "skip_notification"],
    ["delete_committee_member", { ...IDS, skip_enrichment: true }, "skip_enrichment"],
    ["delete_committee_member", { member_uid: "m1" }, "committee_uid"],
  ])("%s with %j is rejected before anything is sent", async (tool, args, field) => {
    const { call, requests, tokenRequests } = await startFakeLfx({});

    const { content } = await call(tool, args);

    expect(content[0]?.text).toMatch(/^invalid_input: /);
    expect(content[0]?.text).toContain(`"${field}"`);
    expect([...requests, ...tokenRequests]).toEqual([]);
  });
});

describe("committee errors", () => {
  const C1 = "/lfx/committees/c1";
  const M1 = `${C1}/members/m1`;
  const NEW = { project_uid: "p1", name: "Steering", category: "Technical Steering Committee" };
  const SEAT = {
    committee_uid: "c1",
    email: "ada@acme.example",
    appointed_by: "Community",
    status: "Active",
  };
  const IDS = { committee_uid: "c1", member_uid: "m1" };

  /** The records that updates and deletes read first. */
  const BEFORE: Replies = {
    [`GET ${C1}`]: withEtag({ uid: "c1", ...NEW }),
    [`GET ${C1}/settings`]: withEtag({ uid: "c1", business_email_required: false }),
    [`GET ${M1}`]: withEtag({ uid: "m1", email: "ada@acme.example" }),
  };

  const WRITES: readonly [tool: string, write: string, args: JsonObject][] = [
    ["create_committee", "POST /lfx/committees", NEW],
    ["update_committee", `PUT ${C1}`, { uid: "c1", public: true }],
    ["update_committee_settings", `PUT ${C1}/settings`, { uid: "c1", show_meeting_attendees: true }],
    ["delete_committee", `DELETE ${C1}`, { uid: "c1" }],
    ["create_committee_member", `POST ${C1}/members`, SEAT],
    ["update_committee_member", `PUT ${M1}`, { ...IDS, status: "Inactive" }],
    ["delete_committee_member", `DELETE ${M1}`, IDS],
  ];

  describe.each(WRITES)("%s", (tool, write, args) => {
    test.each<[reply: Reply, code: string, rest: RegExp]>([
      [
        { status: 400, body: { message: "the reason" } },
        "invalid_input",
        /"the reason"\. Correct the arguments/,
      ],
      [{ status: 403, body: {} }, "insufficient_scope", /HTTP 403\. .*support\.lfx\.dev/],
      [{ status: 404, body: { message: "the reason" } }, "not_found", /"the reason"\. .*support\.lfx\.dev/],
      [{ status: 409, body: { message: "the reason" } }, "invalid_input", /"the reason"\. .*Read it again/],
      [{ status: 500, body: { message: "the reason" } }, "upstream_error", /"the reason"\. It is unknown/],
    ])("reports %j as %s and does not retry", async (reply, code, rest) => {
      const { call, requests } = await startFakeLfx({ ...BEFORE, [write]: reply });

      const { content, isError } = await call(tool, args);

      const operation = tool.replaceAll("_", " ");
      expect(isError).toBe(true);
      expect(content[0]?.text).toMatch(new RegExp(`^${code}: Failed to ${operation}: HTTP ${reply.status}`));
      expect(content[0]?.text).toMatch(rest);
      expect(requests.filter(({ method }) => method !== "GET")).toHaveLength(1);
    });
  });

  test.each(WRITES.filter(([tool]) => !tool.startsWith("delete_")))(
    "%s reports an unknown outcome if its response is unreadable",
    async (tool, write, args) => {
      const { call } = await startFakeLfx({ ...BEFORE, [write]: { body: "done" } });

      const { content } = await call(tool, args);

      expect(content[0]?.text).toMatch(/^upstream_error: .*is unknown whether/);
    },
  );

  describe.each<[tool: string, read: string, args: JsonObject, operation: string]>([
    ["update_committee", C1, { uid: "c1", public: true }, "fetch committee for update"],
    [
      "update_committee_settings",
      `${C1}/settings`,
      { uid: "c1", show_meeting_attendees: true },
      "fetch committee settings for update",
    ],
    ["delete_committee", C1, { uid: "c1" }, "fetch committee for delete"],
    ["update_committee_member", M1, { ...IDS, status: "Inactive" }, "fetch committee member for update"],
    ["delete_committee_member", M1, IDS, "fetch committee member for delete"],
  ])("%s", (tool, read, args, operation) => {
    test.each<[Reply, RegExp]>([
      [{ status: 403, body: {} }, /^insufficient_scope: .* HTTP 403/],
      [{ status: 404, body: { message: "no such" } }, /^not_found: .* HTTP 404, "no such"/],
      [{ body: "not JSON" }, /^upstream_error: .* not JSON/],
      [{ body: [] }, /^upstream_error: .* not a record/],
    ])("writes nothing if the record is unreadable: %j", async (reply, text) => {
      const { call, requests } = await startFakeLfx({ [`GET ${read}`]: reply });

      const { content } = await call(tool, args);

      expect(content[0]?.text).toMatch(text);
      expect(content[0]?.text).toContain(`Failed to ${operation}: `);
      expect(requests.map(({ method }) => method)).not.toContain("PUT");
      expect(requests.map(({ method }) => method)).not.toContain("DELETE");
    });
  });

  test.each<[tool: string, args: JsonObject]>([
    ["update_committee", { uid: "c1" }],
    ["update_committee_settings", { uid: "c1" }],
    ["update_committee_member", IDS],
  ])("%s with nothing to change is rejected before anything is sent", async (tool, args) => {
    const { call, requests } = await startFakeLfx({});

    const { content } = await call(tool, args);

    expect(content[0]?.text).toMatch(/^invalid_input: Nothing to change\. Nothing was sent/);
    expect(requests).toEqual([]);
  });
});

describe("committees", () => {
  const ONE = "/lfx/committees/c1";
  const SETTINGS = `${ONE}/settings`;
  const NEW = { project_uid: "p1", name: "Steering", category: "Technical Steering Committee" };

  const SOURCE = {
    provider: "ocg",
    entity_type: "group",
    label: "Chapter",
    url: "https://groups.example/chapter",
    external_id: "g-1",
  };

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
    repository: "https://github.com/zephyr/steering",
    scope: ["Releases"],
    deliverables: ["A roadmap"],
    key_dates: [{ date: "2026-01", label: "First meeting" }],
    external_sources: [{ ...SOURCE, label: "Old" }],
  };

  /** Fields that LFX maintains itself. */
  const ITS_OWN = {
    project_name: "Zephyr",
    sso_group_name: "zephyr-steering",
    total_members: 4,
    total_voting_repos: 2,
    has_mailing_list: true,
  };

  describe("create_committee", () => {
    test("sends the given fields and the defaults", async () => {
      const { call, requests } = await startFakeLfx({ "POST /lfx/committees": echoBody });

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
      expect(summarize(requests)).toEqual([{ request: "POST /committees?v=1", sync: "false", body }]);
      expect(structuredContent).toEqual({ uid: "new", ...body });
    });

    test("sends every field, trimmed, with the calendar nested", async () => {
      const { call, requests } = await startFakeLfx({ "POST /lfx/committees": echoBody });
      const given = {
        enable_voting: true,
        sso_group_enabled: true,
        requires_review: true,
        public: true,
        display_name: "The Steering",
        parent_uid: "c0",
        repository: "https://github.com/zephyr/steering",
        scope: ["Releases"],
        deliverables: ["A roadmap", "A budget"],
        key_dates: [{ date: "2026-01", label: "First meeting" }],
        chat_webhook_url: "https://hooks.slack.com/services/T/B/secret",
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

      expect(summarize(requests)[0]?.body).toEqual({
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
    test("replaces the revision that it has read, and keeps all other fields", async () => {
      const { call, requests } = await startFakeLfx({
        [`GET ${ONE}`]: withEtag({ ...BEFORE, ...ITS_OWN }),
        [`PUT ${ONE}`]: ({ body }) => ({ body: { uid: "c1", ...JSON.parse(body), ...ITS_OWN } }),
      });

      const { structuredContent } = await call("update_committee", { uid: "c1", name: "Rowing" });

      const { uid, ...rest } = BEFORE;
      expect(summarize(requests)).toEqual([
        { request: "GET /committees/c1" },
        {
          request: "PUT /committees/c1?v=1",
          ifMatch: "7",
          sync: "false",
          body: { ...rest, name: "Rowing" },
        },
      ]);
      expect(structuredContent).toEqual({ uid, ...rest, name: "Rowing", ...ITS_OWN });
    });

    test.each<[changes: JsonObject, sent: JsonObject]>([
      [
        { public: true, enable_voting: false },
        { public: true, enable_voting: false },
      ],
      [{ calendar_public: false }, { calendar: { public: false } }],
      [
        { project_uid: "p2", parent_uid: "c9", category: "Newsletter" },
        { project_uid: "p2", parent_uid: "c9", category: "Newsletter" },
      ],
      [{ deliverables: ["A budget"] }, { deliverables: ["A budget"] }],
      [{ external_sources: [SOURCE] }, { external_sources: [SOURCE] }],
    ])("with %j changes only that", async (changes, sent) => {
      const { call, requests } = await startFakeLfx({
        [`GET ${ONE}`]: withEtag(BEFORE),
        [`PUT ${ONE}`]: echoBody,
      });

      await call("update_committee", { uid: "c1", ...changes });

      const { uid: _, ...rest } = BEFORE;
      expect(summarize(requests)[1]?.body).toEqual({ ...rest, ...sent });
    });

    test("omits blank values that the service would reject, and no others", async () => {
      const unknown = { later: null, notes: "", nested: { empty: {}, website: "" }, list: [] };
      const { call, requests } = await startFakeLfx({
        [`GET ${ONE}`]: withEtag({
          ...NEW,
          ...unknown,
          website: "",
          parent_uid: null,
          join_mode: "",
          public: false,
          chat_channel: "",
        }),
        [`PUT ${ONE}`]: echoBody,
      });

      await call("update_committee", { uid: "c1", description: "Steers." });

      expect(summarize(requests)[1]?.body).toEqual({
        ...NEW,
        ...unknown,
        public: false,
        chat_channel: "",
        description: "Steers.",
      });
    });

    test("keeps what the calendar has beside its visibility", async () => {
      const { call, requests } = await startFakeLfx({
        [`GET ${ONE}`]: withEtag({ ...BEFORE, calendar: { public: true, color: "blue" } }),
        [`PUT ${ONE}`]: echoBody,
      });

      await call("update_committee", { uid: "c1", calendar_public: false });

      expect(summarize(requests)[1]?.body?.calendar).toEqual({ public: false, color: "blue" });
    });

    test("sends no precondition if the service returns no ETag", async () => {
      const replies = { [`GET ${ONE}`]: { body: BEFORE }, [`PUT ${ONE}`]: echoBody };
      // The service rejects such a request, so that nothing is overwritten.
      const { call, requests } = await startFakeLfx(replies, {}, { checkRequests: false });

      await call("update_committee", { uid: "c1", public: true });

      expect(summarize(requests)[1]).not.toHaveProperty("ifMatch");
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

    test("keeps the last review, and omits writers and auditors, which the service keeps", async () => {
      const { call, requests } = await startFakeLfx({
        [`GET ${SETTINGS}`]: withEtag({
          uid: "c1",
          ...KEPT,
          has_chat_webhook: true,
          writers: [{ username: "ada" }],
          auditors: [],
          created_at: "2026-01-01T00:00:00Z",
        }),
        [`PUT ${SETTINGS}`]: echoBody,
      });

      const { structuredContent } = await call("update_committee_settings", {
        uid: "c1",
        show_meeting_attendees: true,
      });

      const body = { ...KEPT, show_meeting_attendees: true };
      expect(summarize(requests)).toEqual([
        { request: "GET /committees/c1/settings" },
        { request: "PUT /committees/c1/settings?v=1", ifMatch: "7", sync: "false", body },
      ]);
      expect(structuredContent).toEqual({ uid: "new", ...body });
    });
  });

  test.each<[given: string, sent: string]>([
    ["https://hooks.slack.com/services/T/B/new", "https://hooks.slack.com/services/T/B/new"],
    ["none", ""],
    ["", ""],
  ])("update_committee_settings with the webhook %s sends %j", async (given, sent) => {
    const { call, requests } = await startFakeLfx({
      [`GET ${SETTINGS}`]: withEtag({ uid: "c1", has_chat_webhook: true }),
      [`PUT ${SETTINGS}`]: echoBody,
    });

    await call("update_committee_settings", { uid: "c1", chat_webhook_url: given });

    // The service requires the first, which older records may lack.
    const body = { business_email_required: false, chat_webhook_url: sent };
    expect(summarize(requests)[1]?.body).toEqual(body);
  });

  test("delete_committee deletes the revision that it has read, and confirms it", async () => {
    const { call, requests } = await startFakeLfx({
      [`GET ${ONE}`]: withEtag(BEFORE),
      [`DELETE ${ONE}`]: { status: 204 },
    });

    const { content, structuredContent } = await call("delete_committee", { uid: "c1" });

    expect(summarize(requests)).toEqual([
      { request: "GET /committees/c1" },
      { request: "DELETE /committees/c1?v=1", ifMatch: "7", sync: "false" },
    ]);
    expect(content).toEqual([{ type: "text", text: "Committee c1 deleted successfully." }]);
    expect(structuredContent).toBeUndefined();
  });
});

describe("committee", () => {
  const QUERY = "GET /lfx/query/resources";
  const COMMITTEE = { uid: "c1", name: "Steering", category: "Board", join_mode: "open" };
  const MEMBER = { uid: "m1", committee_uid: "c1", email: "ada@acme.example", role: { name: "Chair" } };

  describe("search_committees", () => {
    test("finds committees by name in a project, without member counts", async () => {
      const { call, requests } = await startFakeLfx({
        [QUERY]: pageOf("committee", [{ ...COMMITTEE, total_members: 0, total_voting_repos: 3 }], "next"),
      });

      const args = { name: " steer ", project_uid: "p1", page_size: 1, page_token: "t" };
      const { structuredContent } = await call("search_committees", args);

      expect(summarize(requests)).toEqual([
        {
          request:
            "GET /query/resources?name=steer&page_size=1&page_token=t&parent=project%3Ap1&sort=name_asc&type=committee&v=1",
        },
      ]);
      expect(structuredContent).toEqual({
        resources: [{ type: "committee", id: "committee:1", data: { ...COMMITTEE, total_voting_repos: 3 } }],
        page_token: "next",
      });
    });

    test("finds all committees without filters", async () => {
      const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("committee", []) });

      const { structuredContent } = await call("search_committees", {});

      expect(summarize(requests)).toEqual([
        { request: "GET /query/resources?page_size=10&sort=name_asc&type=committee&v=1" },
      ]);
      expect(structuredContent).toMatchObject({ resources: [] });
    });
  });

  test.each<[tool: string, request: string, args: JsonObject]>([
    ["update_committee_settings", "PUT /committees/c1/settings", { uid: "c1", show_meeting_attendees: true }],
    [
      "create_committee",
      "POST /committees",
      { project_uid: "p1", name: "Steering", category: "Technical Steering Committee" },
    ],
  ])("%s shows who writes, audits and reviewed it to callers with full view only", async (...row) => {
    const [tool, request, args] = row;
    const people = {
      writers: [{ username: "eve" }],
      auditors: [{ username: "fay" }],
      last_reviewed_by: "gil",
    };
    const body = { uid: "c1", show_meeting_attendees: true, ...people };
    const replies = { "GET /committees/c1/settings": { body, etag: "7" }, [request]: { body } };
    const run = (fullView: boolean) =>
      callAmongPeople({ documents: [], replies, viewer: { fullView } }, tool, args);

    expect((await run(true)).result).toEqual(body);
    expect((await run(false)).result).toEqual({ uid: "c1", show_meeting_attendees: true });
  });

  describe("get_committee", () => {
    test("shows who writes, audits and reviewed it to callers with full view only", async () => {
      const people = {
        writers: [{ username: "eve" }],
        auditors: [{ username: "fay" }],
        last_reviewed_by: "gil",
      };
      const settings = { uid: "c1", member_visibility: "hidden", last_reviewed_at: "2026-01-01" };
      const replies = {
        "GET /committees/c1": { body: { uid: "c1", name: "TSC" } },
        "GET /committees/c1/settings": { body: { ...settings, ...people } },
      };
      const get = (fullView: boolean) =>
        callAmongPeople({ documents: [], replies, viewer: { fullView } }, "get_committee", { uid: "c1" });

      expect((await get(true)).result).toMatchObject({ settings: { ...settings, ...people } });
      expect((await get(false)).result).toEqual({ base: { uid: "c1", name: "TSC" }, settings });
    });

    test("returns the committee with its settings and the service's member count", async () => {
      const { call, requests } = await startFakeLfx({
        "GET /lfx/committees/c1": { body: { ...COMMITTEE, total_members: 12 } },
        "GET /lfx/committees/c1/settings": { body: { uid: "c1", member_visibility: "hidden" } },
      });

      const { structuredContent } = await call("get_committee", { uid: "c1" });

      expect(structuredContent).toEqual({
        base: { ...COMMITTEE, total_members: 12 },
        settings: { uid: "c1", member_visibility: "hidden" },
      });
      expect(summarize(requests)).toEqual([
        { request: "GET /committees/c1" },
        { request: "GET /committees/c1/settings" },
      ]);
    });

    test.each([
      [403, {}],
      [404, { message: "settings not found" }],
      [503, { message: "busy" }],
    ])("omits settings with a warning on status %i", async (status, body) => {
      const { call } = await startFakeLfx({
        "GET /lfx/committees/c1": { body: COMMITTEE },
        "GET /lfx/committees/c1/settings": { status, body },
      });

      const { structuredContent, isError } = await call("get_committee", { uid: "c1" });

      expect(isError).toBeUndefined();
      expect(structuredContent).toEqual({
        base: COMMITTEE,
        warnings: [expect.stringMatching(new RegExp(`^Committee settings unavailable: .*HTTP ${status}`))],
      });
    });
  });

  describe("search_committee_members", () => {
    test.each<[JsonObject, string]>([
      [{}, ""],
      [{ committee_uid: "c1" }, "&tags_all=committee_uid%3Ac1"],
      [{ project_uid: "p1" }, "&tags_all=project_uid%3Ap1"],
      [{ committee_uid: "c1", project_uid: "p1" }, "&tags_all=committee_uid%3Ac1&tags_all=project_uid%3Ap1"],
      [
        { project_uid: "p1", organization_name: "Acme, Inc: EU" },
        "&tags_all=project_uid%3Ap1&tags_all=organization_name%3AAcme%2C+Inc%3A+EU",
      ],
    ])("with %j combines the filters with AND", async (args, tags) => {
      const { call, requests } = await startFakeLfx({ [QUERY]: pageOf("committee_member", [MEMBER]) });

      const { structuredContent } = await call("search_committee_members", { name: "ada", ...args });

      expect(summarize(requests)).toEqual([
        {
          request: `GET /query/resources?name=ada&page_size=10&sort=name_asc${tags}&type=committee_member&v=1`,
        },
      ]);
      expect(structuredContent).toEqual({
        resources: [{ type: "committee_member", id: "committee_member:1", data: MEMBER }],
      });
    });
  });

  test.each(["search_committees", "search_committee_members"])(
    "%s warns about hidden rows if a page is short and more follow",
    async (tool) => {
      const { call } = await startFakeLfx({ [QUERY]: pageOf("any", [{ uid: "u" }], "next") });

      const { structuredContent } = await call(tool, {});

      expect(structuredContent?.warnings).toEqual([expect.stringContaining("you can see")]);
    },
  );

  test("get_committee_member returns the service's record", async () => {
    const { call, requests } = await startFakeLfx({ "GET /lfx/committees/c1/members/m1": { body: MEMBER } });

    const { structuredContent } = await call("get_committee_member", {
      committee_uid: "c1",
      member_uid: "m1",
    });

    expect(summarize(requests)).toEqual([{ request: "GET /committees/c1/members/m1?v=1" }]);
    expect(structuredContent).toEqual(MEMBER);
  });

  describe.each<[tool: string, request: string, args: JsonObject, operation: string]>([
    ["search_committees", QUERY, {}, "search committees"],
    ["get_committee", "GET /lfx/committees/c1", { uid: "c1" }, "get committee"],
    ["search_committee_members", QUERY, {}, "search committee members"],
    [
      "get_committee_member",
      "GET /lfx/committees/c1/members/m1",
      { committee_uid: "c1", member_uid: "m1" },
      "get committee member",
    ],
  ])("%s", (tool, request, args, operation) => {
    test.each([
      [400, "invalid_input"],
      [403, "insufficient_scope"],
      [404, "not_found"],
      [500, "upstream_error"],
    ])("reports a %i as %s with the service's message", async (status, code) => {
      const { call, requests } = await startFakeLfx({
        [request]: { status, body: { message: "the reason" } },
      });

      const { content, isError } = await call(tool, args);

      expect(isError).toBe(true);
      expect(content[0]?.text).toMatch(
        new RegExp(`^${code}: Failed to ${operation}: HTTP ${status}, "the reason"`),
      );
      expect(new Set(requests.map(({ method, path }) => `${method} ${path}`))).toEqual(new Set([request]));
    });
  });
});
