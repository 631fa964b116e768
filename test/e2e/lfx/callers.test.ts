import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { describe, expect, test } from "vitest";
import { STAFF } from "../../fakes/lfx/start.ts";
import { ALL_TOOLS, ARGUMENTS } from "../../support/lfx/arguments.ts";
import {
  bearerValues,
  CALLERS,
  call,
  connectWithBearer,
  listToolNames,
  textOf,
} from "../../support/lfx/client.ts";
import { type HostedLfx, hostedLfx } from "../../support/lfx/program.ts";

const EVERYTHING = { LFXMCP_TOOLS: ALL_TOOLS.join(",") };

/** What the server has asked of others since the last time; the keys, with which it verifies callers, aside. */
function asked({ journal }: HostedLfx): readonly string[] {
  return journal.take().filter((line) => line.startsWith("mcp >") && line !== "mcp > auth: keys");
}

/** Everything in the list works, and nothing else does or reaches anybody. */
async function expectGated(lfx: HostedLfx, client: Client): Promise<void> {
  const listed = new Set(await listToolNames(client));
  asked(lfx);
  for (const name of ALL_TOOLS.filter((one) => !listed.has(one))) {
    const { isError, _meta, content } = await call(client, name, ARGUMENTS[name]);
    const error = { code: "insufficient_scope", retryable: false };
    expect([name, isError, _meta?.["ai.lightfast/error"]]).toEqual([name, true, error]);
    expect(content).toHaveLength(1);
  }
  expect(asked(lfx)).toEqual([]);
  for (const name of listed) {
    const result = await call(client, name, ARGUMENTS[name]);
    expect([name, result.isError, textOf(result)]).toEqual([name, undefined, expect.any(String)]);
  }
}

describe.each(CALLERS)("%s", (caller) => {
  test("is shown these tools", async () => {
    const lfx = await hostedLfx();
    const client = await connectWithBearer(lfx, await bearerValues(lfx)[caller]());
    expect((await listToolNames(client)).join("\n")).toMatchSnapshot();
  });

  test("can use what is shown, and nothing else", async () => {
    const lfx = await hostedLfx({ env: EVERYTHING });
    await expectGated(lfx, await connectWithBearer(lfx, await bearerValues(lfx)[caller]()));
  });
});

describe("what a token says decides what its bearer may do:", () => {
  const READ = 26;
  const WRITE = 17;
  const LENS = 3;
  test.each<[what: string, claims: object, tools: number]>([
    ["no scope at all", {}, 0],
    ["scopes that let nobody in", { scope: "openid profile read read:all:x" }, 0],
    ["the claim of staff without a scope", { scope: "openid", [STAFF]: true }, 0],
    ["read:all", { scope: "read:all" }, READ],
    ["manage:all alone, which includes reading", { scope: "manage:all" }, READ + WRITE],
    ["the claim of staff as a text", { scope: "read:all", [STAFF]: "true" }, READ],
    ["read:all and the claim of staff", { scope: "read:all", [STAFF]: true }, READ + LENS],
    ["manage:all and the claim of staff", { scope: "manage:all", [STAFF]: true }, READ + WRITE + LENS],
    ["scopes as a list", { scopes: ["read:all", "manage:all"] }, READ + WRITE],
    ["an empty text of scopes beside a list", { scope: "", scopes: ["read:all"] }, 0],
    ["permissions, which are no scopes", { permissions: ["read:all"] }, 0],
  ])("%s", async (_, claims, tools) => {
    const lfx = await hostedLfx();
    const token = await lfx.auth.sign({ sub: "rita", aud: lfx.url, client_id: "a client", ...claims });
    expect(await listToolNames(await connectWithBearer(lfx, token))).toHaveLength(tools);
  });

  test("with all of them everything works", async () => {
    const lfx = await hostedLfx({ env: EVERYTHING });
    const claims = { sub: "stella", aud: lfx.url, client_id: "a client", scope: "manage:all", [STAFF]: true };
    const client = await connectWithBearer(lfx, await lfx.auth.sign(claims));
    expect(await listToolNames(client)).toEqual([...ALL_TOOLS].sort());
    await expectGated(lfx, client);
  });
});

const UID = "b0000000-0000-4000-8000-000000000001";

test("where committees are called groups, the tools and their parameters are, too", async () => {
  const lfx = await hostedLfx({ env: { LFXMCP_COMMITTEES_AS_GROUPS: "true" } });
  const client = await connectWithBearer(lfx, await bearerValues(lfx)["user manage"]());
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name).join("\n")).toMatchSnapshot();
  const words = tools.map(({ name, inputSchema }) => `${name} ${Object.keys(inputSchema.properties ?? {})}`);
  expect(words.filter((line) => line.includes("committee"))).toEqual([]);
  expect(words.filter((line) => line.includes("group_uid"))).toHaveLength(8);
  asked(lfx);
  const member = { group_uid: UID, member_uid: "c0000000-0000-4000-8000-000000000001" };
  expect(await call(client, "get_group_member", member)).not.toHaveProperty("isError");
  expect(asked(lfx).at(-1)).toBe(`mcp > lfx: GET /committees/${UID}/members/${member.member_uid} as max`);
  const unknown = await call(client, "get_committee_member", { ...member, committee_uid: UID });
  expect(textOf(unknown)).toMatch(/^unsupported_tool: /);
});

test("only the tools that were selected are there, by either spelling", async () => {
  const selection = " get_group, search_projects,hello_world,no_such_tool,query_lfx_lens";
  const lfx = await hostedLfx({ env: { LFXMCP_TOOLS: selection } });
  const client = await connectWithBearer(lfx, await bearerValues(lfx)["user read"]());
  expect(await listToolNames(client)).toEqual(["get_committee", "hello_world", "search_projects"]);
  expect(textOf(await call(client, "hello_world", { name: "Dora" }))).toBe("Hello, Dora!");
  expect(textOf(await call(client, "get_project", ARGUMENTS.get_project))).toMatch(/^unsupported_tool: /);
  expect(asked(lfx)).toEqual([]);
  expect(lfx.log()).toContain("no_such_tool");
});

test("tools whose service is not configured are not there", async () => {
  const unset = { LFXMCP_ONBOARDING_API_URL: "", LFXMCP_ONBOARDING_API_AUDIENCE: "" };
  const lfx = await hostedLfx({ env: { ...unset, LFXMCP_LENS_API_URL: "", LFXMCP_LENS_API_AUDIENCE: "" } });
  const claims = { sub: "stella", aud: lfx.url, client_id: "a client", scope: "manage:all", [STAFF]: true };
  const names = await listToolNames(await connectWithBearer(lfx, await lfx.auth.sign(claims)));
  expect(names).toHaveLength(36);
  expect(names.filter((name) => /discord|email|lens|semantic/.test(name))).toEqual([]);
});
