import { describe, expect, test } from "vitest";
import type { Question, QuestionKind, Reply } from "../../../../src/mcp/interaction.ts";
import { callTool } from "../../../../src/mcp/server.ts";
import { LOCAL_CALLER } from "../../../../src/mcp/tool.ts";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lfx/catalog.ts";
import { resolveLfxSettings } from "../../../../src/platforms/lfx/config/resolve.ts";
import { toGroupDefinition } from "../../../../src/platforms/lfx/groups.ts";
import { TOOL_NAMES } from "../../../../src/platforms/lfx/policy.ts";
import type { JsonObject } from "../../../../src/shared/json.ts";
import { echoBody, summarize, withEtag } from "../../../support/lfx/request-summaries.ts";
import { pageOf, type Replies, startFakeLfx } from "../../../support/lfx/tool-calls.ts";

const AS_GROUPS = { committeesAsGroups: true };

const C1 = "/lfx/committees/c1";
const M1 = `${C1}/members/m1`;
const MEMBER = { email: "ada@acme.example", appointed_by: "Vote of TSC Committee", status: "Active" };
const CATEGORY = "Finance Committee";

const REPLIES: Replies = {
  "GET /lfx/query/resources": pageOf("any", [{ uid: "u1", committee_uid: "c1" }]),
  [`GET ${C1}`]: withEtag({ uid: "c1", project_uid: "p1", name: "Steering", category: CATEGORY }),
  [`PUT ${C1}`]: echoBody,
  [`DELETE ${C1}`]: { status: 204 },
  [`GET ${C1}/settings`]: withEtag({ uid: "c1" }),
  [`PUT ${C1}/settings`]: echoBody,
  "POST /lfx/committees": echoBody,
  [`POST ${C1}/members`]: echoBody,
  [`GET ${M1}`]: withEtag({ uid: "m1", committee_uid: "c1", email: "ada@acme.example" }),
  [`PUT ${M1}`]: echoBody,
  [`DELETE ${M1}`]: { status: 204 },
};

test("a shortened row names the tool that returns it by its new name", async () => {
  const description = "It meets every week. ".repeat(1500);
  const page = pageOf("committee", [
    { uid: "c1", description },
    { uid: "c2", description },
  ]);
  const { call } = await startFakeLfx({ "GET /lfx/query/resources": page }, AS_GROUPS);

  const { content } = await call("search_groups", {});

  expect(content[0]?.text.match(/(?<=characters omitted; )\w+/g)).toEqual(["get_group", "get_group"]);
});

const BOTH = { group_uid: "c1", member_uid: "m1" };
const BY_TAG = "tags_all=committee_uid%3Ac1";
const BY_PARENT = "parent=committee%3Ac1";

test.each<[tool: string, args: JsonObject, request: string]>([
  ["search_groups", { name: "steer" }, "type=committee&v=1"],
  ["get_group", { uid: "c1" }, "GET /committees/c1/settings"],
  ["search_group_members", { group_uid: "c1" }, BY_TAG],
  ["get_group_member", BOTH, "GET /committees/c1/members/m1?v=1"],
  ["create_group", { project_uid: "p1", name: "Money", category: CATEGORY }, "POST /committees?v=1"],
  ["update_group", { uid: "c1", category: CATEGORY }, "PUT /committees/c1?v=1"],
  ["update_group_settings", { uid: "c1", show_meeting_attendees: true }, "PUT /committees/c1/settings?v=1"],
  ["delete_group", { uid: "c1" }, "DELETE /committees/c1?v=1"],
  ["create_group_member", { group_uid: "c1", ...MEMBER }, "POST /committees/c1/members?v=1"],
  ["update_group_member", { ...BOTH, status: "Inactive" }, "PUT /committees/c1/members/m1?v=1"],
  ["delete_group_member", BOTH, "DELETE /committees/c1/members/m1?v=1"],
  ["search_meetings", { group_uid: "c1" }, BY_PARENT],
  ["search_meeting_registrants", { group_uid: "c1" }, BY_PARENT],
  ["search_past_meetings", { group_uid: "c1" }, BY_TAG],
])("%s with %j requests the committee", async (tool, args, request) => {
  const { call, requests } = await startFakeLfx(REPLIES, AS_GROUPS);

  const { isError } = await call(tool, args);

  expect(isError).toBeUndefined();
  expect(summarize(requests).at(-1)?.request).toContain(request);
});

test("requests and results are the same under either name", async () => {
  const outcomes = [];
  for (const [override, tool, parameter] of [
    [AS_GROUPS, "update_group_member", "group_uid"],
    [{}, "update_committee_member", "committee_uid"],
  ] as const) {
    const { call, requests } = await startFakeLfx(REPLIES, override);
    const { structuredContent } = await call(tool, { [parameter]: "c1", member_uid: "m1", ...MEMBER });
    outcomes.push({ structuredContent, requests: summarize(requests) });
  }

  expect(outcomes[0]).toEqual(outcomes[1]);
  expect(outcomes[0]?.requests.at(-1)?.body).toMatchObject({ appointed_by: "Vote of TSC Committee" });
});

test("a question says group, but not in the names that it quotes", async () => {
  const committee = {
    uid: "c1",
    project_uid: "p1",
    project_name: "Kelp",
    name: "The committee of committees",
  };
  const replies = { ...REPLIES, [`GET ${C1}`]: withEtag(committee) };
  const { server, requests } = await startFakeLfx(replies, { ...AS_GROUPS, confirm: "destructive" });
  const messages: string[] = [];
  const ask = async ({ message }: Question): Promise<Reply> => {
    messages.push(message);
    return { action: "decline", content: undefined };
  };
  const context = { caller: LOCAL_CALLER, signal: new AbortController().signal };
  const user = { kinds: new Set<QuestionKind>(["form"]), ask };
  const { content } = await callTool(server, "delete_group_member", BOTH, { ...context, user });
  expect(messages).toEqual([
    expect.stringMatching(/^Remove .* from the group "The committee of committees" /),
  ]);
  expect(content[0]?.text).toMatch(/^insufficient_scope: The user declined delete_group_member\. /);
  expect(requests.every(({ method }) => method === "GET")).toBe(true);
});

test("a question keeps the email address of the person it names", async () => {
  const committee = { uid: "c1", project_uid: "p1", project_name: "Kelp", name: "Steering" };
  const replies = { ...REPLIES, [`GET ${C1}`]: withEtag(committee) };
  const { server } = await startFakeLfx(replies, { ...AS_GROUPS, confirm: "writes" });
  const messages: string[] = [];
  const ask = async ({ message }: Question): Promise<Reply> => {
    messages.push(message);
    return { action: "decline", content: undefined };
  };
  const context = { caller: LOCAL_CALLER, signal: new AbortController().signal };
  const user = { kinds: new Set<QuestionKind>(["form"]), ask };
  const args = { group_uid: "c1", ...MEMBER, email: "committee.chair@committees.example" };
  await callTool(server, "create_group_member", args, { ...context, user });
  expect(messages).toEqual([
    expect.stringMatching(/^Give committee\.chair@committees\.example a seat on the group "Steering" /),
  ]);
});

test.each<[settings: object, tool: string, args: JsonObject, text: RegExp]>([
  [AS_GROUPS, "get_committee", { uid: "c1" }, /^unsupported_tool: .*get_group, /],
  [{}, "get_group", { uid: "c1" }, /^unsupported_tool: .*get_committee, /],
  [
    AS_GROUPS,
    "get_group_member",
    { committee_uid: "c1", member_uid: "m1" },
    /^invalid_input: Invalid arguments for get_group_member: .*"group_uid" is required.*unknown argument "committee_uid"/,
  ],
  [
    AS_GROUPS,
    "search_meetings",
    { committee_uid: "c1" },
    /^invalid_input: .*unknown argument "committee_uid"/,
  ],
  [{}, "search_meetings", { group_uid: "c1" }, /^invalid_input: .*unknown argument "group_uid"/],
  [AS_GROUPS, "get_group_member", { group_uid: "../c1", member_uid: "m1" }, /^invalid_input: .*"group_uid"/],
  [AS_GROUPS, "update_group_member", BOTH, /^invalid_input: Nothing to change/],
])("with %j, %s with %j is rejected before anything is sent", async (settings, tool, args, text) => {
  const { call, requests } = await startFakeLfx({}, settings);

  const { content } = await call(tool, args);

  expect(content[0]?.text).toMatch(text);
  expect(requests).toEqual([]);
});

describe("LFXMCP_TOOLS", () => {
  const ENVIRONMENT = {
    LFXMCP_LFX_API_URL: "https://lfx.example",
    LFXMCP_CLIENT_ID: "lfx-mcp",
    LFXMCP_CLIENT_SECRET: "a-secret",
    LFXMCP_TOKEN_ENDPOINT: "https://login.example/oauth/token",
  };

  test.each([
    ["0", "get_committee"],
    ["1", "get_group"],
  ])("accepts either name if LFXMCP_COMMITTEES_AS_GROUPS is %s, and offers %s once", async (mode, name) => {
    const settings = resolveLfxSettings(
      {},
      {
        ...ENVIRONMENT,
        LFXMCP_COMMITTEES_AS_GROUPS: mode,
        LFXMCP_TOOLS: "get_group, get_committee, delete_group_member, search_committees",
      },
    );
    const { server } = await startFakeLfx(
      {},
      { tools: settings.tools, committeesAsGroups: settings.committeesAsGroups },
    );

    expect(settings.warnings).toEqual([]);
    expect(settings.tools).toEqual(["search_committees", "get_committee", "delete_committee_member"]);
    const names = server.catalog.list(LOCAL_CALLER).map((tool) => tool.name);
    expect(names).toHaveLength(3);
    expect(names).toContain(name);
  });
});

const ELEVEN = [
  "search_groups",
  "get_group",
  "get_group_member",
  "search_group_members",
  "create_group",
  "update_group",
  "update_group_settings",
  "delete_group",
  "create_group_member",
  "update_group_member",
  "delete_group_member",
];

const offered = async () => {
  const { server } = await startFakeLfx({}, AS_GROUPS);
  return server.catalog.list(LOCAL_CALLER);
};

/** The original definition of a tool. */
const originalWire = (name: string) => {
  const definition = TOOL_DEFINITIONS.find(({ wire }) => wire.name === name.replace("group", "committee"));
  if (!definition) throw new Error(`no definition for ${name}`);
  return definition.wire;
};

/** They keep their names, because they look at committees of many projects. */
const KEPT = ["audit_committee_coverage", "get_org_committee_seats"];

const SHARED = TOOL_NAMES.filter((name) => KEPT.includes(name) || !name.includes("committee"));

describe("with committees called groups", () => {
  test("only the committee tools are renamed", async () => {
    const names = (await offered()).map(({ name }) => name);

    expect(names).toEqual([...ELEVEN, ...SHARED].sort());
  });

  test("each of the eleven explains the other name once", async () => {
    for (const { name, title, description } of await offered()) {
      if (!ELEVEN.includes(name)) continue;
      expect(title).toContain("Group");
      expect(title).not.toContain("Committee");
      expect(description).toMatch(/\bgroups? \(also called committees?\)/);
      expect(description.match(/also called/g)).toHaveLength(1);
    }
  });

  test("only that explanation, result fields and the platform's types mention committees", async () => {
    for (const { description, inputSchema } of await offered()) {
      const words = [description, JSON.stringify(inputSchema)].join(" ");
      const left = words
        .replaceAll(new RegExp(KEPT.join("|"), "g"), "")
        .replaceAll(
          /\(also called committees?\)|data\.committee\w+|committee:<uid>|"committee(?:_member)?"/g,
          "",
        );
      expect(left).not.toContain("committee");
    }
  });

  test("committee_uid is renamed to group_uid and stays required", async () => {
    for (const { name, inputSchema } of await offered()) {
      const before = originalWire(name).inputSchema;
      const renamed = (keys: readonly string[]) =>
        keys.map((key) => (key === "committee_uid" ? "group_uid" : key));

      expect(Object.keys(inputSchema.properties ?? {})).toEqual(
        renamed(Object.keys(before.properties ?? {})),
      );
      expect(inputSchema.required ?? []).toEqual(renamed((before.required as string[] | undefined) ?? []));
    }
  });

  test("platform terms keep their names", async () => {
    const create = (await offered()).find(({ name }) => name === "create_group");

    expect(create?.inputSchema.properties).toMatchObject({
      category: {
        enum: expect.arrayContaining(["Finance Committee", "Legal Committee"]),
        description: "Kind of group.",
      },
    });
  });

  test("output schemas keep their names", async () => {
    for (const { name, outputSchema } of await offered()) {
      expect(outputSchema).toEqual(originalWire(name).outputSchema);
    }
  });
});

test("other uses of the word group are neither changed nor explained", () => {
  const [definition] = TOOL_DEFINITIONS;
  if (!definition) throw new Error("no definitions");
  const describeGroup = (description: string) =>
    toGroupDefinition({ ...definition, wire: { ...definition.wire, description } }).wire.description;

  expect(describeGroup("Group by a dimension; a group is one value.")).toBe(
    "Group by a dimension; a group is one value.",
  );
  expect(describeGroup("A group-by value of a committee.")).toBe(
    "A group-by value of a group (also called committee).",
  );
  expect(describeGroup("The committee's uid, from data.committee_uid; committees have one.")).toBe(
    "The group's uid, from data.committee_uid; groups (also called committees) have one.",
  );
});
