import { expect, test } from "vitest";
import {
  createEntry,
  createRemoteServer,
  createServerCommand,
  hasUserKey,
  isOwnEntry,
  remoteUrlOf,
  startsServer,
  toConfigValues,
  updateEntry,
} from "../../../src/clients/entries.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import type { Entry } from "../../../src/clients/types.ts";
import { LFX_ENTRIES } from "../../../src/platforms/lfx/config/entries.ts";
import { LIGHTFAST_ENTRIES } from "../../../src/platforms/lightfast/config/entries.ts";
import { lightfastVariables, requireClient } from "../../support/clients/jobs.ts";

function wanted(id: string, options: { sandbox?: boolean; profile?: string } = {}): Entry {
  return createEntry(requireClient(id), serverWith(lightfastVariables(options)));
}

function serverWith(env: Record<string, string> = {}, rules = LIGHTFAST_ENTRIES, name = "lightfast") {
  return createServerCommand({ name, env, rules });
}

function updated(id: string, old: Entry, options = {}): Entry {
  return updateEntry(requireClient(id), serverWith(), old, wanted(id, options));
}

test.each([
  [true, { command: "npx", args: ["-y", "@lightfastai/mcp@0.1.0"] }],
  [true, { command: "cmd", args: ["/c", "npx", "-y", "@lightfastai/mcp"] }],
  [true, { command: ["npx", "-y", "@lightfastai/mcp@latest"] }],
  [true, { cmd: "lightfast-mcp" }],
  [true, { command: "C:\\npm\\lightfast-mcp.cmd" }],
  [true, { command: "node", args: ["/usr/lib/node_modules/@lightfastai/mcp/bin/lightfast-mcp.js"] }],
  [false, { command: "npx", args: ["-y", "another-mcp"] }],
  [false, { url: "https://lightfast.ai/mcp" }],
  [false, { command: "npx", env: { NOTE: "@lightfastai/mcp" } }],
  [false, null],
  [false, "lightfast-mcp"],
  [true, { command: "lightfast-mcp", args: ["--profile", "lfx"] }],
  [false, { command: "npx", args: ["-y", "@lightfastai/mcp@latest", "lfx"] }],
])("startsServer is %s for %j", (expected, entry) => {
  expect(startsServer(entry, LIGHTFAST_ENTRIES)).toBe(expected);
});

test.each([
  [true, { command: "npx", args: ["-y", "@lightfastai/mcp@latest", "lfx"] }],
  [true, { command: ["lightfast-mcp", "lfx", "--read-only"] }],
  [false, { command: "npx", args: ["-y", "@lightfastai/mcp@latest"] }],
  [false, { command: "lightfast-mcp", args: ["--profile", "lfx"] }],
])("for LFX, startsServer is %s for %j", (expected, entry) => {
  expect(startsServer(entry, LFX_ENTRIES)).toBe(expected);
});

test("an entry for LFX has its command, a reference to the token, and the address of LFX until the user has another", () => {
  const url = "https://lfx-api.v2.cluster.lfx.dev";
  const client = requireClient("cursor");
  const server = serverWith({}, LFX_ENTRIES, "lfx");
  const entry = createEntry(client, server);
  expect(entry).toEqual({
    command: "npx",
    args: ["-y", "@lightfastai/mcp@latest", "lfx"],
    env: { LFXMCP_LFX_API_URL: url, LFXMCP_LFX_TOKEN: `\${env:LFXMCP_LFX_TOKEN}` },
  });
  const own = { ...entry, env: { LFXMCP_LFX_API_URL: "https://staging.test", LFXMCP_LFX_TOKEN: "own" } };
  expect(updateEntry(client, server, own, entry)).toEqual(own);
  const given = serverWith({ LFXMCP_LFX_API_URL: "https://other.test" }, LFX_ENTRIES, "lfx");
  expect(updateEntry(client, given, own, createEntry(client, given)).env).toEqual({
    LFXMCP_LFX_API_URL: "https://other.test",
    LFXMCP_LFX_TOKEN: "own",
  });
  const sandbox = serverWith({ LFXMCP_SANDBOX: "1" }, LFX_ENTRIES, "lfx");
  expect(updateEntry(client, sandbox, entry, createEntry(client, sandbox)).env).toEqual({
    LFXMCP_SANDBOX: "1",
  });
});

test("an update replaces the command and keeps what the user added", () => {
  const old = {
    command: "npx",
    args: ["-y", "@lightfastai/mcp@0.1.0"],
    disabled: true,
    env: { LIGHTFAST_API_KEY: "lf_own", HTTPS_PROXY: "http://proxy:8080" },
  };
  expect(updated("cursor", old)).toEqual({ ...old, args: ["-y", "@lightfastai/mcp@latest"] });
});

test("an update keeps limits that the user set", () => {
  expect(updated("codex", { ...wanted("codex"), startup_timeout_sec: 90 })).toMatchObject({
    startup_timeout_sec: 90,
  });
  expect(updated("copilot", { ...wanted("copilot"), tools: ["a"] })).toMatchObject({ tools: ["a"] });
});

test("an entry can switch to the sandbox and back", () => {
  for (const id of ["cursor", "vscode", "opencode", "goose"]) {
    const real = wanted(id);
    const sandbox = updated(id, real, { sandbox: true });
    expect(sandbox[requireClient(id).envField]).toEqual({ LIGHTFAST_SANDBOX: "1" });
    expect(updated(id, sandbox)).toEqual(real);
  }
});

test("a profile replaces the previous profile and the client's placeholder", () => {
  const work = updated("cursor", wanted("cursor"), { profile: "work" });
  expect(work.env).toEqual({ LIGHTFAST_PROFILE: "work" });
  expect(updated("cursor", work, { profile: "home" }).env).toEqual({ LIGHTFAST_PROFILE: "home" });
});

test("an entry has the server's other settings, and an update keeps those that it does not change", () => {
  const withVariables = (variables: Record<string, string>) =>
    createEntry(requireClient("cursor"), serverWith({ LIGHTFAST_SANDBOX: "1", ...variables }));
  const first = withVariables({ A_LIST: "a", A_SWITCH: "1" });
  expect(first.env).toEqual({ LIGHTFAST_SANDBOX: "1", A_LIST: "a", A_SWITCH: "1" });
  const second = updateEntry(requireClient("cursor"), serverWith(), first, withVariables({ A_LIST: "b" }));
  expect(second.env).toEqual({ LIGHTFAST_SANDBOX: "1", A_LIST: "b", A_SWITCH: "1" });
});

test.each([
  [true, { url: "https://mcp.lightfast.ai/mcp" }],
  [true, { type: "streamable_http", uri: "https://mcp.lightfast.ai/mcp" }],
  [true, { serverUrl: "https://mcp.example.com/lightfast/mcp" }],
  [true, { httpUrl: "http://127.0.0.1:8080/mcp" }],
  [true, { command: "lightfast-mcp" }],
  [false, { url: "https://mcp.example.com/mcp" }],
  [false, { url: "https://lightfasting.example.com/mcp" }],
  [false, { url: "https://mcp.example.com/mcp?for=lightfast" }],
  [false, { url: "lightfast" }],
  [false, { url: 1 }],
  [false, { command: "npx", args: ["mcp-remote", "https://mcp.lightfast.ai/mcp"] }],
  [false, undefined],
])("isOwnEntry is %s for %j", (expected, entry) => {
  const server = createRemoteServer("lightfast", "http://127.0.0.1:8080/mcp", LIGHTFAST_ENTRIES);
  expect(isOwnEntry(entry, server)).toBe(expected);
});

test("an entry can switch to a remote server and back; what the user added stays", () => {
  const remote = createRemoteServer("lightfast", "https://mcp.lightfast.ai/mcp", LIGHTFAST_ENTRIES);
  for (const { id, remote: support } of CLIENTS) {
    if ("advice" in support) continue;
    const client = requireClient(id);
    const local = { ...wanted(id), description: "mine", disabled: true };
    const there = createEntry(client, remote);
    const switched = updateEntry(client, remote, { ...local, [client.envField]: { KEY: "lf_own" } }, there);
    expect(switched).toMatchObject({ ...there, description: "mine", disabled: true });
    expect(JSON.stringify(switched)).not.toMatch(/npx|LIGHTFAST_API_KEY|lf_own/);
    expect(remoteUrlOf(switched)).toBe("https://mcp.lightfast.ai/mcp");
    const back = updateEntry(client, serverWith(), switched, wanted(id));
    expect(remoteUrlOf(back)).toBeUndefined();
    expect(back).toMatchObject({ ...wanted(id), description: "mine", disabled: true });
  }
});

test("another URL replaces the first, in whatever field it was, and headers stay", () => {
  const server = createRemoteServer("lightfast", "https://a.test/mcp", LIGHTFAST_ENTRIES);
  const old = { httpUrl: "https://mcp.lightfast.ai/mcp", headers: { "X-Team": "a" }, timeout: 5 };
  const client = requireClient("gemini");
  expect(updateEntry(client, server, old, createEntry(client, server))).toEqual({
    type: "http",
    url: "https://a.test/mcp",
    headers: { "X-Team": "a" },
    timeout: 5,
  });
});

test("an update replaces the reference to the key that earlier versions wrote", () => {
  const old = { command: "npx", args: [], env: { LIGHTFAST_API_KEY: `\${LIGHTFAST_API_KEY}` } };
  expect(updated("claude-code", old).env).toEqual({ LIGHTFAST_API_KEY: `\${LIGHTFAST_API_KEY:-}` });
  const own = { ...old, env: { LIGHTFAST_API_KEY: `\${MY_KEY}` } };
  expect(updated("claude-code", own).env).toEqual(own.env);
});

test("updating a current entry changes nothing", () => {
  for (const id of ["claude-desktop", "cursor", "codex", "goose", "opencode"]) {
    expect(updated(id, wanted(id))).toEqual(wanted(id));
  }
});

test("hasUserKey distinguishes the user's key from the client's placeholder", () => {
  const has = (id: string, env: Entry): boolean => hasUserKey(requireClient(id), serverWith(), { env });
  expect(has("cursor", { LIGHTFAST_API_KEY: "lf_own" })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:LIGHTFAST_API_KEY}` })).toBe(false);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:OTHER}` })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: "" })).toBe(false);
  expect(has("zed", {})).toBe(false);
});

test("VS Code's entry has an input for the key, one for each server name", () => {
  const server = serverWith({}, LIGHTFAST_ENTRIES, "work");
  const entry = createEntry(requireClient("vscode"), server);
  expect(entry.env).toEqual({ LIGHTFAST_API_KEY: `\${input:work-api-key}` });
  expect(toConfigValues(requireClient("vscode"), server, entry)).toEqual([
    { path: ["servers", "work"], value: entry },
    {
      path: ["inputs", { id: "work-api-key" }],
      value: { type: "promptString", id: "work-api-key", description: "Lightfast API key", password: true },
      reference: `\${input:work-api-key}`,
    },
  ]);
  expect(
    toConfigValues(requireClient("vscode"), serverWith(), wanted("vscode", { sandbox: true })),
  ).toHaveLength(1);
});
