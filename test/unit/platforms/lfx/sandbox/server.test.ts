import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import { callTool } from "../../../../../src/mcp/server.ts";
import { LOCAL_CALLER } from "../../../../../src/mcp/tool.ts";
import type { ToolResult } from "../../../../../src/mcp/types.ts";
import { openSandbox, sandboxUpstream } from "../../../../../src/platforms/lfx/config/resolve.ts";
import { startLfxSandbox } from "../../../../../src/platforms/lfx/sandbox/server.ts";
import { defineLfxServer } from "../../../../../src/platforms/lfx/server.ts";
import type { JsonObject } from "../../../../../src/shared/json.ts";
import { createLogger } from "../../../../../src/shared/logger.ts";
import { temporaryHome } from "../../../../support/home.ts";
import { lfxSettingsAt } from "../../../../support/lfx/tool-calls.ts";

type Call = (tool: string, args?: object) => Promise<ToolResult>;

/** The LFX server with an emulator of its own, or one that shares its records. */
async function open(warn?: (message: string) => void): Promise<Call> {
  const settings = lfxSettingsAt(new URL("http://127.0.0.1:1"), { sandbox: true });
  const server = defineLfxServer({
    settings: await openSandbox(settings, warn),
    resource: "",
    hasUsers: false,
    timeoutMs: 5000,
    proxies: {},
    redact: (text) => text,
    log: createLogger("silent", () => {}),
  });
  onTestFinished(() => server.close());
  const context = { caller: LOCAL_CALLER, signal: new AbortController().signal };
  return (tool, args = {}) => callTool(server, tool, args, context);
}

function textOf({ content }: ToolResult): string {
  return content.map(({ text }) => text).join("\n");
}

type Data = JsonObject & { uid: string; id: string; group_id: number; member_id: number };

async function rows(call: Call, tool: string, args?: object): Promise<Data[]> {
  const { structuredContent, ...result } = await call(tool, args);
  expect([tool, result.isError, textOf(result)]).toEqual([tool, undefined, expect.any(String)]);
  return (structuredContent as { resources: { data: Data }[] }).resources.map(({ data }) => data);
}

/** The first row of a search. A search that finds nothing fails the test. */
async function first(call: Call, tool: string, args?: object): Promise<Data> {
  const [row] = await rows(call, tool, args);
  expect([tool, row]).toEqual([tool, expect.anything()]);
  return row as Data;
}

async function value(call: Call, tool: string, args: object): Promise<JsonObject> {
  const result = await call(tool, args);
  expect([tool, result.isError, textOf(result)]).toEqual([tool, undefined, expect.any(String)]);
  return (result.structuredContent ?? {}) as JsonObject;
}

describe("a person without an account", () => {
  test("finds their way from the foundation to its people, by the ids that each answer gives", async () => {
    const call = await open();
    const project = await first(call, "search_projects", { name: "tidewater" });
    const project_uid = project.uid;
    expect(await value(call, "get_project", { uid: project_uid })).toMatchObject({
      base: { slug: "tidewater" },
      settings: { mission_statement: expect.any(String) },
    });
    expect(await rows(call, "search_projects", { parent_uid: project_uid })).toHaveLength(3);

    const committee = await first(call, "search_committees", { project_uid, name: "board" });
    const committee_uid = committee.uid;
    expect(await value(call, "get_committee", { uid: committee_uid })).toMatchObject({
      base: { name: "Governing Board", total_members: 4 },
      settings: { member_visibility: "basic_profile" },
    });
    const member = await first(call, "search_committee_members", { committee_uid, name: "odalys" });
    expect(member).toMatchObject({ role: { name: "Chair" } });
    const seat = await value(call, "get_committee_member", { committee_uid, member_uid: member.uid });
    expect(seat).toMatchObject({ email: "oferncastle@quillmoor.example" });

    const meeting = await first(call, "search_meetings", { committee_uid });
    await value(call, "get_meeting", { uid: meeting.id });
    const registrant = await first(call, "search_meeting_registrants", { meeting_id: meeting.id });
    await value(call, "get_meeting_registrant", { uid: registrant.uid });
    const past = await rows(call, "search_past_meetings", { committee_uid, sort: "newest_first" });
    expect(past).toHaveLength(2);
    const past_meeting_id = past[0]?.meeting_and_occurrence_id;
    expect(await value(call, "get_past_meeting", { uid: past_meeting_id })).toMatchObject({
      meeting: { title: "Governing Board Monthly" },
    });
    const participant = await first(call, "search_past_meeting_participants", { past_meeting_id });
    await value(call, "get_past_meeting_participant", { uid: participant.uid });
    const summary = await first(call, "search_past_meeting_summaries", { past_meeting_id });
    await value(call, "get_past_meeting_summary", { uid: summary.id });

    const list = await first(call, "search_mailing_lists", { project_uid });
    await value(call, "get_mailing_list", { id: String(list.group_id) });
    await value(call, "get_mailing_list_service", { uid: list.service_uid });
    const subscriber = await first(call, "search_mailing_list_members", { mailing_list_id: list.uid });
    const ids = { mailing_list_id: String(list.group_id), member_id: String(subscriber.member_id) };
    await value(call, "get_mailing_list_member", ids);

    const membership = await first(call, "search_members", { project_uid, search_name: "quill" });
    const membership_uid = membership.uid;
    await value(call, "get_member_membership", { membership_uid });
    const contact = await first(call, "get_membership_key_contacts", { membership_uid });
    await value(call, "get_membership_key_contact", { membership_uid, contact_uid: contact.uid });
    await first(call, "search_b2b_orgs", { search_name: "brackenvane" });
  });

  test("writes, and reads what they wrote until the emulator stops", async () => {
    const call = await open();
    const { uid: project_uid } = await first(call, "search_projects", { name: "kelp" });
    const { uid } = await value(call, "create_committee", {
      project_uid,
      name: "Release Working Group",
      category: "Working Group",
      chat_webhook_url: "https://hooks.slack.com/services/T/B/hidden",
    });
    await value(call, "update_committee", { uid, description: "Ships a release a month." });
    await value(call, "update_committee_settings", { uid, show_meeting_attendees: true });
    const seat = {
      committee_uid: uid,
      email: "new@quillmoor.example",
      appointed_by: "Community",
      status: "Active",
    };
    const { uid: member_uid } = await value(call, "create_committee_member", seat);
    await value(call, "update_committee_member", { committee_uid: uid, member_uid, job_title: "Releaser" });
    expect(await value(call, "get_committee", { uid })).toMatchObject({
      base: {
        name: "Release Working Group",
        description: "Ships a release a month.",
        join_mode: "invite_only",
        total_members: 1,
      },
      settings: { show_meeting_attendees: true },
    });
    expect(await rows(call, "search_committees", { project_uid })).toHaveLength(1);
    const [member] = await rows(call, "search_committee_members", { committee_uid: uid });
    expect(member).toMatchObject({ job_title: "Releaser", committee_name: "Release Working Group" });
    const again = await call("create_committee_member", seat);
    expect(textOf(again)).toContain("member already exists");

    await value(call, "delete_committee_member", { committee_uid: uid, member_uid });
    expect(await rows(call, "search_committee_members", { committee_uid: uid })).toEqual([]);
    await value(call, "delete_committee", { uid });
    expect(textOf(await call("get_committee", { uid }))).toMatch(/^not_found/);

    const { uid: membership_uid } = await first(call, "search_members", { search_name: "pellworth" });
    const contact = {
      email: "legal@pellworth.example",
      first_name: "Ines",
      last_name: "Ardley",
      role: "Legal Contact",
    };
    const { uid: contact_uid } = await value(call, "create_membership_key_contact", {
      membership_uid,
      ...contact,
    });
    await value(call, "update_membership_key_contact", { membership_uid, contact_uid, title: "Counsel" });
    const found = await value(call, "get_membership_key_contact", { membership_uid, contact_uid });
    expect(found).toMatchObject({ title: "Counsel", email: "legal@pellworth.example" });
    await value(call, "delete_membership_key_contact", { membership_uid, contact_uid });
    expect(await rows(call, "get_membership_key_contacts", { membership_uid })).toHaveLength(1);
    // Another emulator has the data of the start.
    const other = await open();
    expect(await rows(other, "search_committees", { project_uid })).toEqual([]);
  });

  test("tries Discord and email, and asks Lens", async () => {
    const call = await open();
    const project_slug = "tidewater";
    const role = { project_slug, user_id: "802", role_id: "703" };
    expect(textOf(await call("check_discord_user_role", role))).toContain("false");
    await call("assign_discord_role", { ...role, user_name: "dhalloway", role_name: "Maintainer" });
    expect(textOf(await call("check_discord_user_role", role))).toContain("true");
    expect(textOf(await call("list_discord_roles", { project_slug }))).toContain("Board Member");
    expect(textOf(await call("find_discord_role", { project_slug, role_name: "maintainer" }))).toContain(
      "703",
    );
    expect(textOf(await call("find_discord_user", { project_slug, name: "odalys" }))).toContain("801");
    const email = { project_slug, template_name: "welcome", variables: { name: "Ines" } };
    expect(textOf(await call("list_email_templates", { project_slug }))).toContain("welcome");
    expect(textOf(await call("send_email", { ...email, mode: "draft" }))).toContain("Hello Ines");
    const to = { to_email: "ines@pellworth.example", to_name: "Ines" };
    expect(textOf(await call("send_email", { ...email, ...to, mode: "send" }))).toContain("sends no email");

    const metrics = "total_contributors";
    const dimension = "country__lf_region";
    expect(textOf(await call("explore_lfx_semantic_layer", { action: "list_metrics" }))).toContain(metrics);
    const values = { action: "get_dimension_values", metrics, dimension };
    expect(textOf(await call("explore_lfx_semantic_layer", values))).toContain("Europe");
    expect(textOf(await call("query_lfx_semantic_layer", { metrics, group_by: dimension }))).toContain("140");
  });

  test("counts, and sees the seats of a company and the committees of a foundation", async () => {
    const call = await open();
    const foundation = await first(call, "search_projects", { name: "tidewater" });
    const company = await first(call, "search_b2b_orgs", { search_name: "Quillmoor" });
    const { uid } = await first(call, "search_committees", {
      project_uid: foundation.uid,
      name: "governing",
    });
    const members = await rows(call, "search_committee_members", { committee_uid: uid });
    const counted = { type: "committee_member", parent: `committee:${uid}` };
    const audited = await value(call, "audit_committee_coverage", { foundation_uid: foundation.uid });
    const seats = await value(call, "get_org_committee_seats", {
      b2b_org_uid: company.uid,
      foundation_uid: foundation.uid,
      include_seats: true,
      include_membership_contacts: true,
    });

    expect(await value(call, "count_lfx_resources", counted)).toMatchObject({ count: members.length });
    expect(audited).toMatchObject({ complete: true, projects_in_scope: 4 });
    const [root] = audited.projects as { committees: JsonObject[] }[];
    expect(root?.committees).toContainEqual(
      expect.objectContaining({ uid, visible_members: members.length }),
    );
    expect(seats.seats_total).toBeGreaterThan(0);
    expect(seats.seats).toHaveLength(Number(seats.seats_total));
    expect((seats.membership_contacts as unknown[]).length).toBeGreaterThan(0);
  });

  test("queries a standard metric, or learns which there are", async () => {
    const call = await open();
    expect(textOf(await call("query_lfx_standard_metrics", { metric: "contributors" }))).toContain(
      '{"total":312}',
    );
    expect(textOf(await call("query_lfx_standard_metrics", { metric: "speakers" }))).toContain("maintainers");
  });

  test("pages through a long list", async () => {
    const call = await open();
    const args = { page_size: 3 };
    const one = (await value(call, "search_committee_members", { ...args, project_uid: PROJECT })) as Page;
    const two = (await value(call, "search_committee_members", {
      ...args,
      project_uid: PROJECT,
      page_token: one.page_token,
    })) as Page;
    const names = [...one.resources, ...two.resources].map(({ data }) => data.uid);
    expect(new Set(names).size).toBe(6);
  });
});

const PROJECT = "a0000000-0000-4000-8000-000000000001";

type Page = { readonly page_token: string; readonly resources: readonly { data: Data }[] };

/** `fetch` sends no foreign host. */
async function statusOf(
  url: URL,
  method: string,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const request = httpRequest(url, { method, headers }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.resume();
  return response.statusCode;
}

describe("the emulator refuses", () => {
  const AUTHORIZATION = { authorization: "Bearer lfx-sandbox" };
  const PROJECTS = "/query/resources?v=1&type=project";
  test.each<[string, string, string, Record<string, string>, number]>([
    ["a real token", "GET", PROJECTS, { authorization: "Bearer eyJ" }, 401],
    ["a caller without a token", "GET", PROJECTS, {}, 401],
    ["a foreign host", "GET", PROJECTS, { ...AUTHORIZATION, host: "evil.test" }, 403],
    ["a browser page", "GET", PROJECTS, { ...AUTHORIZATION, origin: "https://page.test" }, 403],
    ["an unknown operation", "GET", "/no/such", AUTHORIZATION, 400],
    ["an invalid query", "GET", "/query/resources?type=project", AUTHORIZATION, 400],
    ["a record that does not exist", "GET", `/committees/${PROJECT}`, AUTHORIZATION, 404],
    [
      "a stale revision",
      "DELETE",
      "/committees/b0000000-0000-4000-8000-000000000001?v=1",
      { ...AUTHORIZATION, "x-sync": "false", "if-match": "7" },
      409,
    ],
  ])("%s", async (_, method, path, headers, status) => {
    const emulator = await startLfxSandbox();
    onTestFinished(() => emulator.close());
    expect(await statusOf(new URL(path, emulator.url), method, headers)).toBe(status);
  });
});

test("the settings of the emulator name its own services only", () => {
  const url = new URL("http://127.0.0.1:5");
  const { lfx, lens, onboarding, client } = sandboxUpstream(url);
  for (const one of [lfx.url, lens.url, onboarding.url, client.tokenEndpoint])
    expect(one.origin).toBe(url.origin);
});

test("emulators of one user share new, changed and deleted records", async () => {
  temporaryHome();
  const warnings: string[] = [];
  const [one, other] = await Promise.all([1, 2].map(() => open((message) => warnings.push(message))));
  if (!one || !other) throw new Error("no emulators");
  const [own] = await rows(other, "search_committees", { page_size: 1 });
  const project_uid = "a0000000-0000-4000-8000-000000000004";
  const created = await value(one, "create_committee", { project_uid, name: "Shared", category: "Other" });
  const { uid } = created;
  expect((await value(other, "get_committee", { uid })).base).toMatchObject({ name: "Shared" });
  await value(other, "update_committee", { uid, description: "Changed" });
  expect((await value(one, "get_committee", { uid })).base).toMatchObject({ description: "Changed" });
  await value(one, "delete_committee", { uid });
  for (const call of [one, other, await open((message) => warnings.push(message))]) {
    expect((await call("get_committee", { uid })).isError).toBe(true);
    expect(await rows(call, "search_committees", { page_size: 1 })).toEqual([own]);
  }
  expect(warnings).toEqual([]);
  expect((await (await open())("get_committee", { uid: own?.uid })).isError).toBeUndefined();
});
