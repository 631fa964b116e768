import { expect, test } from "vitest";
import {
  createEntry,
  createRemoteServer,
  createServerCommand,
  hasUserKey,
  isOwnEntry,
  startsServer,
  toConfigValues,
} from "../../../src/clients/entries.ts";
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

test.each([
  [true, { command: "npx", args: ["-y", "@lightfastai/mcp@0.1.0"] }],
  [true, { command: "cmd", args: ["/c", "npx", "-y", "@lightfastai/mcp"] }],
  [true, { command: ["npx", "-y", "@lightfastai/mcp@latest"] }],
  [true, { cmd: "lightfast-mcp" }],
  [true, { command: "C:\\npm\\lightfast-mcp.cmd" }],
  [true, { command: "node", args: ["/usr/lib/node_modules/@lightfastai/mcp/bin/lightfast-mcp.js"] }],
  [true, { command: "/src/lightfast-mcp/bin/node", args: ["/src/lightfast-mcp/bin/lightfast-mcp.js"] }],
  [true, { command: "D:\\lightfast-mcp\\node.exe", args: ["C:\\lightfast-mcp\\lightfast-mcp.cjs"] }],
  [false, { command: "/src/lightfast-mcp/bin/node", args: ["/src/other/server.js"] }],
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

test("hasUserKey distinguishes the user's key from the client's placeholder", () => {
  const has = (id: string, env: Entry): boolean => hasUserKey(requireClient(id), serverWith(), { env });
  expect(has("cursor", { LIGHTFAST_API_KEY: "lf_own" })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:LIGHTFAST_API_KEY}` })).toBe(false);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:OTHER}` })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: "" })).toBe(false);
  expect(has("zed", {})).toBe(false);
});

test("Claude Code loads all tools of Lightfast at once, and of LFX those that ask for it", () => {
  const claude = requireClient("claude-code");
  expect(wanted("claude-code")).toMatchObject({ alwaysLoad: true });
  expect(createEntry(claude, serverWith({}, LFX_ENTRIES))).not.toHaveProperty("alwaysLoad");
  const remote = createRemoteServer("lfx", "https://lfx.test/mcp", LFX_ENTRIES);
  expect(createEntry(claude, remote)).toEqual({ type: "http", url: "https://lfx.test/mcp" });
});

test("Codex forwards what opens a browser with and without a stored login, and only to servers that use it", () => {
  const codex = requireClient("codex");
  const browser = LIGHTFAST_ENTRIES.forwarded ?? [];
  expect(browser).toEqual(expect.arrayContaining(["BROWSER", "DISPLAY", "WAYLAND_DISPLAY"]));
  expect(createEntry(codex, serverWith(), true).env_vars).toEqual(browser);
  expect(createEntry(codex, serverWith()).env_vars).toEqual([...browser, "LIGHTFAST_API_KEY"]);
  expect(createEntry(codex, serverWith({}, LFX_ENTRIES)).env_vars).toEqual(["LFXMCP_LFX_TOKEN"]);
  expect(createEntry(codex, serverWith({}, LFX_ENTRIES), true)).not.toHaveProperty("env_vars");
  expect(wanted("goose").env_keys).toEqual(["LIGHTFAST_API_KEY"]);
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
