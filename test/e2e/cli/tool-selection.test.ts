import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { hosted, serveProgram, tokenOf } from "../../support/http-program.ts";
import { connect, type Environment, type Message, run } from "../../support/program.ts";

const KEY = { LIGHTFAST_API_KEY: "lf_test_0123456789abcdef" };
const GET = "lightfast_signals_get";
const CREATE = "lightfast_signals_create";
const HEALTH = "lightfast_system_health";

/** Nothing is called there: only lists are requested. */
const LFX = {
  LFXMCP_LFX_API_URL: "http://127.0.0.1:9",
  LFXMCP_TOKEN_ENDPOINT: "http://127.0.0.1:9/token",
  LFXMCP_CLIENT_ID: "client",
  LFXMCP_CLIENT_SECRET: "secret",
};

type Send = (method: string, params?: object) => Promise<Message>;

async function openStdio(args: readonly string[], env: Environment): Promise<Send> {
  const peer = connect(args, env);
  const clientInfo = { name: "test", version: "1" };
  await peer.request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  return (method, params) => peer.request(method, params);
}

async function openHttp(args: readonly string[], env: Environment): Promise<Send> {
  const { url } = await serveProgram([...args, "--port", "0"], env);
  return (method, params) => post(url, method, params);
}

async function post(url: string, method: string, params: object = {}, token?: string): Promise<Message> {
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(token && { authorization: `Bearer ${token}` }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  return (await response.json()) as Message;
}

function namesIn({ result }: Message): readonly string[] {
  const { tools } = result as { tools: readonly { name: string }[] };
  return tools.map(({ name }) => name);
}

test.each<[string, typeof openStdio, string[], Environment, string[], string]>([
  ["stdio", openStdio, ["--read-only"], { ...KEY, LIGHTFAST_MCP_EXCLUDE_TOOLS: HEALTH }, [GET], CREATE],
  ["stdio without arguments", openStdio, [], { ...KEY, LIGHTFAST_MCP_TOOLS: CREATE }, [CREATE], GET],
  ["the sandbox", openStdio, ["--sandbox", "--tools", CREATE], {}, [CREATE], GET],
  ["http", openHttp, ["http", "--auth", "none", "--sandbox", "--read-only"], {}, [GET, HEALTH], CREATE],
  [
    "lfx",
    openStdio,
    ["lfx", "--toolsets", "committees", "--exclude-tools", "search_projects"],
    { ...LFX, LFXMCP_READ_ONLY: "1" },
    [
      "audit_committee_coverage",
      "count_lfx_resources",
      "get_committee",
      "get_committee_member",
      "get_project",
      "search_committee_members",
      "search_committees",
      "user_info",
    ],
    "delete_committee",
  ],
  [
    "lfx http",
    openHttp,
    ["lfx", "http", "--auth", "none", "--tools", "get_meeting"],
    { ...LFX, LFXMCP_TOOLSETS: "lens" },
    ["count_lfx_resources", "get_meeting", "get_project", "search_projects"],
    "search_meetings",
  ],
])("%s lists the chosen tools, and treats any other like one that does not exist", async (...row) => {
  const [, open, args, env, names, hidden] = row;
  const send = await open(args, env);
  const list = await send("tools/list");
  expect(namesIn(list)).toEqual(names);
  expect(JSON.stringify(list)).not.toMatch(new RegExp(`\\b${hidden}\\b`));
  const calls = await Promise.all(
    [hidden, "no_such_tool"].map((name) => send("tools/call", { name, arguments: {} })),
  );
  const [answer, unknown] = calls.map(({ result }) => JSON.stringify(result));
  expect(answer).toBe(unknown?.replace("no_such_tool", hidden));
  expect(answer).toContain("unsupported_tool");
});

test("over http, the choice and the caller's scopes both count, and clients request no scope in vain", async () => {
  const { url } = await hosted(["--read-only"]);
  const metadata = await fetch(new URL("/.well-known/oauth-protected-resource/mcp", url));
  const scopes = ["mcp:signals:read", "mcp:system:read"];
  expect(await metadata.json()).toMatchObject({ scopes_supported: scopes });
  const challenge = await fetch(url, { method: "POST" });
  expect(challenge.headers.get("www-authenticate")).toContain(`scope="${scopes.join(" ")}"`);
  const all = await post(url, "tools/list", {}, await tokenOf());
  expect(namesIn(all)).toEqual([GET, HEALTH]);
  const some = await post(
    url,
    "tools/list",
    {},
    await tokenOf({ scope: "mcp:signals:read mcp:signals:write" }),
  );
  expect(namesIn(some)).toEqual([GET]);
});

describe("a choice that leaves nothing, or names what does not exist, stops", () => {
  const typo = /: there is no tool named "lightfast_signal_get"\. Did you mean "lightfast_signals_get"\?/;
  test.each<[string[], Environment, RegExp]>([
    [[], { ...KEY, LIGHTFAST_MCP_TOOLS: "lightfast_signal_get" }, typo],
    [["--exclude-tools", "lightfast_signal_get"], KEY, typo],
    [["http", "--auth", "none", "--sandbox", "--tools", "lightfast_signal_get"], {}, typo],
    [["tools", "--tools", "lightfast_signal_get"], {}, typo],
    [["call", GET, "--tools", "lightfast_signal_get"], KEY, typo],
    [["install", "cursor", "--print", "--tools", "lightfast_signal_get"], {}, typo],
    [["--read-only", "--tools", CREATE], KEY, /--tools and --read-only leave no tool to offer\./],
    [
      ["lfx", "--toolsets", "commitees"],
      LFX,
      /there is no toolset named "commitees"\. Did you mean "committees"\?/,
    ],
    [["lfx", "http", "--toolsets", "x"], LFX, /Use one of committees, meetings, mailing-lists, members/],
    [["lfx", "tools"], { LFXMCP_EXCLUDE_TOOLS: "send_emails" }, /Did you mean "send_email"\?/],
  ])("%j with %j", async (args, env, message) => {
    const { code, stdout, stderr } = await run(args, env);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(message);
  });
});

test.each<[string[], Environment, number]>([
  [["tools", "--read-only", "--json"], {}, 2],
  [["tools", "--json"], { LIGHTFAST_MCP_EXCLUDE_TOOLS: HEALTH }, 2],
  [["lfx", "tools", "--json"], {}, 53],
  [["lfx", "tools", "--json", "--toolsets", "mailing-lists,members"], {}, 18],
  [["lfx", "tools", "--json"], { LFXMCP_READ_ONLY: "1", LFXMCP_TOOLS: "get_group,delete_group" }, 1],
])("%j with %j prints the chosen tools", async (args, env, count) => {
  const { code, stdout } = await run(args, env);
  expect({ code, count: JSON.parse(stdout).tools.length }).toEqual({ code: 0, count });
});

test("call calls only a chosen tool; login and whoami need none", async () => {
  const env = { LIGHTFAST_SANDBOX: "1", LIGHTFAST_MCP_TOOLS: GET };
  expect(await run(["call", HEALTH], env)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^unsupported_tool: There is no tool named "lightfast_system_health"/m),
  });
  expect(await run(["call", HEALTH, "--tools", HEALTH], env)).toMatchObject({ code: 0 });
  expect(await run(["whoami"], env)).toMatchObject({ code: 0, stdout: expect.stringContaining("accepted") });
});

test("install writes the choice into the entry, and the server that it starts has it", async () => {
  const home = mkdtempSync(join(tmpdir(), "lightfast-mcp-home-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  mkdirSync(join(home, ".cursor"));
  const at = { HOME: home, USERPROFILE: home };
  const choice = ["--read-only", "--exclude-tools", HEALTH];
  const installed = await run(["install", "cursor", "--sandbox", "--yes", ...choice], at);
  expect(installed).toMatchObject({ code: 0, stderr: "" });
  const { env } = JSON.parse(readFileSync(join(home, ".cursor/mcp.json"), "utf8")).mcpServers.lightfast;
  expect(env).toEqual({
    LIGHTFAST_SANDBOX: "1",
    LIGHTFAST_MCP_READ_ONLY: "1",
    LIGHTFAST_MCP_EXCLUDE_TOOLS: HEALTH,
  });
  const send = await openStdio([], env);
  expect(namesIn(await send("tools/list"))).toEqual([GET]);
  expect(await run(["uninstall", "cursor", "--yes", ...choice], at)).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(join(home, ".cursor/mcp.json"))).toBe(false);
});
