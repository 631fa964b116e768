import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { describe, expect, test } from "vitest";
import { STAFF } from "../../fakes/lfx/start.ts";
import { ALL_TOOLS, ARGUMENTS } from "../../support/lfx/arguments.ts";
import {
  bearerValues,
  CALLERS,
  type CallerName,
  call,
  connectWithBearer,
  listToolNames,
  textOf,
} from "../../support/lfx/client.ts";
import { type HostedLfx, hostedLfx } from "../../support/lfx/program.ts";

const EVERYTHING = { LFXMCP_TOOLS: ALL_TOOLS.join(",") };

/** The server's requests since the last call, except for the signing keys. */
function takeRequests({ journal }: HostedLfx): readonly string[] {
  return journal.take().filter((line) => line.startsWith("mcp >") && line !== "mcp > auth: keys");
}

/** Every listed tool works; any other is rejected without a request. */
async function expectGated(lfx: HostedLfx, client: Client): Promise<void> {
  const listed = new Set(await listToolNames(client));
  takeRequests(lfx);
  for (const name of ALL_TOOLS.filter((name) => !listed.has(name))) {
    const { isError, _meta, content } = await call(client, name, ARGUMENTS[name]);
    const error = { code: "insufficient_scope", retryable: false };
    expect([name, isError, _meta?.["ai.lightfast/error"]]).toEqual([name, true, error]);
    expect(content).toHaveLength(1);
  }
  expect(takeRequests(lfx)).toEqual([]);
  for (const name of listed) {
    const result = await call(client, name, ARGUMENTS[name]);
    expect([name, result.isError, textOf(result)]).toEqual([name, undefined, expect.any(String)]);
  }
}

test("each caller sees the tools of its role", async () => {
  const lfx = await hostedLfx();
  for (const caller of CALLERS) {
    const client = await connectWithBearer(lfx, await bearerValues(lfx)[caller]());
    expect((await listToolNames(client)).join("\n")).toMatchSnapshot(caller);
  }
});

test("each caller can use exactly the listed tools", async () => {
  const lfx = await hostedLfx({ env: EVERYTHING });
  for (const caller of CALLERS)
    await expectGated(lfx, await connectWithBearer(lfx, await bearerValues(lfx)[caller]()));
});

describe("the claims of a token decide which tools are listed:", () => {
  const READ = 30;
  const WRITE = 17;
  const LENS = 4;
  const ROWS: readonly (readonly [what: string, claims: object, tools: number])[] = [
    ["no scope at all", {}, 0],
    ["scopes that grant nothing", { scope: "openid profile read read:all:x" }, 0],
    ["the staff claim without a scope", { scope: "openid", [STAFF]: true }, 0],
    ["read:all", { scope: "read:all" }, READ],
    ["manage:all alone, which includes reading", { scope: "manage:all" }, READ + WRITE],
    ["the staff claim as a string", { scope: "read:all", [STAFF]: "true" }, READ],
    ["read:all and the staff claim", { scope: "read:all", [STAFF]: true }, READ + LENS],
    ["manage:all and the staff claim", { scope: "manage:all", [STAFF]: true }, READ + WRITE + LENS],
    ["scopes as a list", { scopes: ["read:all", "manage:all"] }, READ + WRITE],
    ["an empty scope string beside a list", { scope: "", scopes: ["read:all"] }, 0],
    ["permissions, which are not scopes", { permissions: ["read:all"] }, 0],
  ];

  test("scopes, permissions and the staff claim", async () => {
    const lfx = await hostedLfx();
    for (const [what, claims, tools] of ROWS) expect(await listWith(lfx, claims), what).toHaveLength(tools);
  });

  test("all of them open every tool", async () => {
    const lfx = await hostedLfx({ env: EVERYTHING });
    const claims = { sub: "stella", aud: lfx.url, client_id: "a client", scope: "manage:all", [STAFF]: true };
    const client = await connectWithBearer(lfx, await lfx.auth.sign(claims));
    expect(await listToolNames(client)).toEqual([...ALL_TOOLS].sort());
    await expectGated(lfx, client);
  });
});

/** The names of the tools that a token with these claims is shown. */
async function listWith(lfx: HostedLfx, claims: object): Promise<readonly string[]> {
  const token = await lfx.auth.sign({ sub: "rita", aud: lfx.url, client_id: "a client", ...claims });
  return listToolNames(await connectWithBearer(lfx, token));
}

describe("a client that cannot request scopes", () => {
  const CODEX = { client_id: "https://chatgpt.com/oauth/codex/a-server-of-theirs", scope: "openid profile" };

  test("reads, and needs the scope in its token to write", async () => {
    const lfx = await hostedLfx();
    const token = await lfx.auth.sign({ sub: "rita", aud: lfx.url, ...CODEX });
    const client = await connectWithBearer(lfx, token);
    expect(await listToolNames(client)).toEqual(await listWith(lfx, { scope: "read:all" }));
    expect(await call(client, "search_projects")).not.toHaveProperty("isError");
    const denied = await call(client, "delete_committee", ARGUMENTS.delete_committee);
    expect(textOf(denied)).toMatch(/^insufficient_scope: delete_committee needs manage:all/);
    const granted = await listWith(lfx, { ...CODEX, scope: "openid manage:all" });
    expect(granted).toEqual(await listWith(lfx, { scope: "manage:all" }));
    expect(lfx.lines()).toContainEqual(
      expect.objectContaining({
        level: "debug",
        clientId: CODEX.client_id,
        msg: expect.stringMatching(/scope/),
      }),
    );
  });

  test("reads nothing if no scope is advertised", async () => {
    const lfx = await hostedLfx({ env: { LFXMCP_MCP_API_SCOPES: "openid" } });
    expect(await listWith(lfx, CODEX)).toEqual([]);
  });
});

describe.each([
  ["--step-up", ["--step-up"], {}],
  ["LFXMCP_STEP_UP", [], { LFXMCP_STEP_UP: "true", LFXMCP_COMMITTEES_AS_GROUPS: "true" }],
])("with %s", (_, args, env) => {
  test("readers see what they may ask for, and a call of it asks for the scope", async () => {
    const lfx = await hostedLfx({ args, env });
    const listed = await listWith(lfx, { scope: "read:all" });
    expect(listed).toEqual(await listWith(lfx, { scope: "manage:all" }));
    expect(await listWith(lfx, { scope: "openid" })).toEqual([]);
    takeRequests(lfx);

    const bearer = await bearerValues(lfx)["user read"]();
    const metadata = new URL("/.well-known/oauth-protected-resource/mcp", lfx.url).href;
    const writes = listed.filter((name) => /^(?:create|update|delete)_|discord|email/.test(name));
    expect(writes).toHaveLength(17);
    for (const name of writes) {
      const answer = await fetch(lfx.url, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${bearer}` },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name } }),
      });
      expect([name, answer.status, await answer.text()]).toEqual([name, 403, ""]);
      expect(answer.headers.get("www-authenticate")).toBe(
        `Bearer error="insufficient_scope", scope="manage:all", resource_metadata="${metadata}", ` +
          `error_description="${name} requires the manage:all scope, which the token lacks. Authorize again with it."`,
      );
    }
    expect(takeRequests(lfx)).toEqual([]);

    const client = await connectWithBearer(lfx, bearer);
    expect(await call(client, "search_projects")).not.toHaveProperty("isError");
    const manager = await connectWithBearer(lfx, await bearerValues(lfx)["user manage"]());
    expect(await call(manager, "send_email", ARGUMENTS.send_email)).not.toHaveProperty("isError");
  });
});

const UID = "b0000000-0000-4000-8000-000000000001";

test("the log says who deleted a committee", async () => {
  const lfx = await hostedLfx();
  const names: readonly CallerName[] = ["user manage", "API key", "user read"];
  for (const name of names)
    await call(await connectWithBearer(lfx, await bearerValues(lfx)[name]()), "delete_committee", {
      uid: UID,
    });
  const deletions = lfx.lines().filter(({ tool }) => tool === "delete_committee");
  expect(deletions).toMatchObject([
    { level: "info", msg: "call", outcome: "ok", user: "max", clientId: "a client", ids: { uid: UID } },
    { level: "info", msg: "call", outcome: "ok", key: "nightly", ids: { uid: UID } },
    { level: "warn", msg: "call", outcome: "insufficient_scope", user: "rita" },
  ]);
  expect(lfx.lines()[0]).toMatchObject({
    msg: "listening",
    platform: "lfx",
    auth: "oauth",
    url: lfx.url,
    settings: { "lfx-api-url": lfx.urls.lfx, "log-level": "debug", "mcp-api-auth-servers": lfx.auth.issuer },
  });
});

test("with committees called groups, tools and parameters are renamed", async () => {
  const lfx = await hostedLfx({ env: { LFXMCP_COMMITTEES_AS_GROUPS: "true" } });
  const client = await connectWithBearer(lfx, await bearerValues(lfx)["user manage"]());
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).join("\n")).toMatchSnapshot();
  const words = tools.map(({ name, inputSchema }) => `${name} ${Object.keys(inputSchema.properties ?? {})}`);
  const kept = /^(?:audit_committee_coverage|get_org_committee_seats) /;
  expect(words.filter((line) => line.includes("committee") && !kept.test(line))).toEqual([]);
  expect(words.filter((line) => line.includes("group_uid"))).toHaveLength(9);
  takeRequests(lfx);
  const member = { group_uid: UID, member_uid: "c0000000-0000-4000-8000-000000000001" };
  expect(await call(client, "get_group_member", member)).not.toHaveProperty("isError");
  expect(takeRequests(lfx).at(-1)).toBe(
    `mcp > lfx: GET /committees/${UID}/members/${member.member_uid} as max`,
  );
  const unknown = await call(client, "get_committee_member", { ...member, committee_uid: UID });
  expect(textOf(unknown)).toMatch(/^unsupported_tool: /);
});

test("only selected tools are listed, by either name", async () => {
  const selection = " get_group, search_projects,hello_world,list_membership_actions,query_lfx_lens";
  const lfx = await hostedLfx({ env: { LFXMCP_TOOLS: selection } });
  const client = await connectWithBearer(lfx, await bearerValues(lfx)["user read"]());
  expect(await listToolNames(client)).toEqual(["get_committee", "search_projects"]);
  expect(textOf(await call(client, "get_project", ARGUMENTS.get_project))).toMatch(/^unsupported_tool: /);
  expect(takeRequests(lfx)).toEqual([]);
  expect(lfx.log()).toContain("hello_world, list_membership_actions");
});

test("tools whose service is not configured are not listed", async () => {
  const unset = { LFXMCP_ONBOARDING_API_URL: "", LFXMCP_ONBOARDING_API_AUDIENCE: "" };
  const lfx = await hostedLfx({ env: { ...unset, LFXMCP_LENS_API_URL: "", LFXMCP_LENS_API_AUDIENCE: "" } });
  const claims = { sub: "stella", aud: lfx.url, client_id: "a client", scope: "manage:all", [STAFF]: true };
  const names = await listToolNames(await connectWithBearer(lfx, await lfx.auth.sign(claims)));
  expect(names).toHaveLength(40);
  expect(names.filter((name) => /discord|email|lens|semantic/.test(name))).toEqual([]);
});
