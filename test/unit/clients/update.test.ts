import { expect, test } from "vitest";
import {
  createEntry,
  createRemoteServer,
  createServerCommand,
  remoteUrlOf,
} from "../../../src/clients/entries.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import type { Entry, ServerCommand } from "../../../src/clients/types.ts";
import { describeUpdate, updateEntry } from "../../../src/clients/update.ts";
import { LFX_ENTRIES } from "../../../src/platforms/lfx/config/entries.ts";
import { LIGHTFAST_ENTRIES } from "../../../src/platforms/lightfast/config/entries.ts";
import { lightfastVariables, requireClient } from "../../support/clients/jobs.ts";

const LATEST = ["-y", "@lightfastai/mcp@latest"];

type Options = { readonly sandbox?: boolean; readonly profile?: string };

function serverWith(env: Record<string, string> = {}, rules = LIGHTFAST_ENTRIES): ServerCommand {
  return createServerCommand({ name: rules.title.toLowerCase(), env, rules });
}

function wanted(id: string, options: Options = {}): Entry {
  return createEntry(requireClient(id), serverWith(lightfastVariables(options)));
}

function updated(id: string, old: Entry, options: Options = {}): Entry {
  return updateEntry(requireClient(id), serverWith(lightfastVariables(options)), old);
}

/** The updated entry, and what is said about it. */
function update(old: Entry, server: Partial<ServerCommand> = {}) {
  const [client, wantedServer] = [requireClient("cline"), { ...serverWith(), ...server }];
  const entry = updateEntry(client, wantedServer, old);
  return { entry, changes: describeUpdate(client, wantedServer, old, entry) };
}

test("for LFX, an update keeps another address of the user, unless a flag gives one", () => {
  const url = "https://lfx-api.v2.cluster.lfx.dev";
  const client = requireClient("cursor");
  const server = serverWith({}, LFX_ENTRIES);
  const entry = createEntry(client, server);
  expect(entry).toEqual({
    command: "npx",
    args: [...LATEST, "lfx"],
    env: { LFXMCP_LFX_API_URL: url, LFXMCP_LFX_TOKEN: `\${env:LFXMCP_LFX_TOKEN}` },
  });
  const own = { ...entry, env: { LFXMCP_LFX_API_URL: "https://staging.test", LFXMCP_LFX_TOKEN: "own" } };
  expect(updateEntry(client, server, own)).toEqual(own);
  const given = serverWith({ LFXMCP_LFX_API_URL: "https://other.test" }, LFX_ENTRIES);
  expect(updateEntry(client, given, own).env).toEqual({
    LFXMCP_LFX_API_URL: "https://other.test",
    LFXMCP_LFX_TOKEN: "own",
  });
  const sandbox = serverWith({ LFXMCP_SANDBOX: "1" }, LFX_ENTRIES);
  expect(updateEntry(client, sandbox, entry).env).toEqual({ LFXMCP_SANDBOX: "1" });
});

test("an update keeps limits, fields and variables that the user set", () => {
  expect(updated("codex", { ...wanted("codex"), startup_timeout_sec: 90 })).toMatchObject({
    startup_timeout_sec: 90,
  });
  expect(updated("copilot", { ...wanted("copilot"), tools: ["a"] })).toMatchObject({ tools: ["a"] });
  const old = {
    command: "npx",
    args: LATEST,
    disabled: true,
    env: { LIGHTFAST_API_KEY: "lf_own", HTTPS_PROXY: "http://proxy:8080" },
  };
  expect(updated("cursor", old)).toEqual(old);
});

test("an entry can switch to the sandbox and back", () => {
  for (const id of ["cursor", "vscode", "opencode", "goose"]) {
    const real = wanted(id);
    const sandbox = updated(id, real, { sandbox: true });
    expect(sandbox[requireClient(id).envField]).toEqual({ LIGHTFAST_SANDBOX: "1" });
    expect(updated(id, sandbox)).toEqual(real);
  }
});

test("a profile replaces the previous one and the client's placeholder, and stays without the flag", () => {
  const work = updated("cursor", wanted("cursor"), { profile: "work" });
  expect(work.env).toEqual({ LIGHTFAST_PROFILE: "work" });
  expect(updated("cursor", work, { profile: "home" }).env).toEqual({ LIGHTFAST_PROFILE: "home" });
  expect(updated("cursor", work)).toEqual(work);
});

test("updating a current entry changes nothing", () => {
  for (const id of ["claude-desktop", "cursor", "codex", "goose", "opencode"]) {
    expect(updated(id, wanted(id))).toEqual(wanted(id));
  }
});

test.each([
  [
    "a pinned version",
    { command: "npx", args: ["-y", "@lightfastai/mcp@0.3.1", "--base-url", "https://eu.test"] },
  ],
  ["a range of versions", { command: "npx", args: ["-y", "@lightfastai/mcp@^0.3"] }],
  ["a global command", { command: "lightfast-mcp", args: ["--read-only"] }],
  ["an absolute path", { command: "/usr/local/bin/lightfast-mcp", args: [] }],
  ["a script", { command: "node", args: ["/usr/lib/node_modules/@lightfastai/mcp/bin/lightfast-mcp.js"] }],
  ["a container", { command: "docker", args: ["run", "-i", "--rm", "registry.test/lightfast-mcp:0.4.0"] }],
  ["another runner", { command: "bunx", args: ["@lightfastai/mcp@latest"] }],
  [
    "npx with an option of its own",
    { command: "npx", args: ["-y", "--registry=https://npm.test", "@lightfastai/mcp"] },
  ],
])("%s stays", (_, old) => {
  expect(update(old)).toEqual({ entry: old, changes: [] });
});

test("a floating npx command takes the form that install writes, and its arguments stay", () => {
  const server = { command: "/node", args: ["/copy/lightfast-mcp.js"] };
  for (const args of [LATEST, ["-y", "@lightfastai/mcp"], ["--yes", "@lightfastai/mcp@latest"]]) {
    const { entry, changes } = update({ command: "npx", args: [...args, "--tools", "signals"] }, server);
    expect(entry).toEqual({ command: "/node", args: ["/copy/lightfast-mcp.js", "--tools", "signals"] });
    expect(changes).toEqual([`Starts "/node /copy/lightfast-mcp.js" instead of "npx ${args.join(" ")}".`]);
  }
});

test("a program that the user chose is written before it is remembered, and named", () => {
  const chosen = { command: "/opt/tools/start", args: [], isChosen: true };
  expect(update({ command: "npx", args: [...LATEST, "--read-only"] }, chosen)).toEqual({
    entry: { command: "/opt/tools/start", args: ["--read-only"] },
    changes: [`Starts "/opt/tools/start" instead of "npx ${LATEST.join(" ")}".`],
  });
});

test("a command that the user chose replaces a pinned version, and says so", () => {
  const old = { command: "npx", args: ["-y", "@lightfastai/mcp@0.3.1", "--base-url", "https://eu.test"] };
  expect(update(old, { isChosen: true })).toEqual({
    entry: { command: "npx", args: [...LATEST, "--base-url", "https://eu.test"] },
    changes: [
      'Replaces the pinned version 0.3.1 ("npx -y @lightfastai/mcp@0.3.1") with "npx -y @lightfastai/mcp@latest".',
    ],
  });
});

test("npx without -y, which would wait for an answer, gets it", () => {
  const { entry } = update({ command: "npx", args: ["@lightfastai/mcp@0.3.1"] });
  expect(entry).toEqual({ command: "npx", args: ["-y", "@lightfastai/mcp@0.3.1"] });
});

test.each([
  ["in two words", ["--api-key", "lf_own", "--read-only"]],
  ["in one word", ["--read-only", "--api-key=lf_own"]],
])("a key in the arguments, %s, moves to the variables", (_, args) => {
  for (const launch of [["npx", ...LATEST], ["lightfast-mcp"]]) {
    const [command = "", ...words] = launch;
    expect(update({ command, args: [...words, ...args] })).toEqual({
      entry: { command, args: [...words, "--read-only"], env: { LIGHTFAST_API_KEY: "lf_own" } },
      changes: ['Moves the API key from the arguments to "env".'],
    });
  }
});

test("a key in the arguments replaces the one in the variables, as in the server, and that is said", () => {
  const old = {
    command: "lightfast-mcp",
    args: ["--api-key", "lf_used"],
    env: { LIGHTFAST_API_KEY: "lf_unused" },
  };
  const { entry, changes } = update(old);
  expect(entry).toEqual({ command: "lightfast-mcp", args: [], env: { LIGHTFAST_API_KEY: "lf_used" } });
  expect(changes).toContain("Replaces the value of LIGHTFAST_API_KEY.");
});

test("an option that install is given replaces the same one in the arguments", () => {
  const old = { command: "lightfast-mcp", args: ["--profile", "old", "--read-only"] };
  const { entry, changes } = update(old, { env: { LIGHTFAST_PROFILE: "new" } });
  expect(entry).toEqual({
    command: "lightfast-mcp",
    args: ["--read-only"],
    env: { LIGHTFAST_PROFILE: "new" },
  });
  expect(changes).toEqual(["Removes these arguments: --profile old."]);
});

test("the command of a platform stays before the arguments", () => {
  const client = requireClient("cline");
  const server = {
    ...serverWith({}, LFX_ENTRIES),
    command: "/node",
    args: ["/copy/lightfast-mcp.js", "lfx"],
  };
  const old = {
    command: "npx",
    args: [...LATEST, "lfx", "--read-only"],
    env: { LFXMCP_LFX_API_URL: "https://x.test" },
  };
  expect(updateEntry(client, server, old)).toEqual({
    ...old,
    command: "/node",
    args: ["/copy/lightfast-mcp.js", "lfx", "--read-only"],
  });
});

test.each([
  ["the sandbox", { LIGHTFAST_SANDBOX: "1" }, "Removes LIGHTFAST_SANDBOX: the server will use real data."],
  ["nothing", { LIGHTFAST_TIMEOUT: "9" }, undefined],
])("the variable of %s is removed only with words", (_, env, change) => {
  const { changes } = update({ command: "lightfast-mcp", args: [], env });
  expect(changes).toEqual(change === undefined ? [] : [change]);
});

test("an entry can switch to a remote server and back; what the user added stays", () => {
  const remote = createRemoteServer("lightfast", "https://mcp.lightfast.ai/mcp", LIGHTFAST_ENTRIES);
  for (const { id, remote: support } of CLIENTS) {
    if ("advice" in support) continue;
    const client = requireClient(id);
    const local = { ...wanted(id), description: "mine", disabled: true };
    const there = createEntry(client, remote);
    const switched = updateEntry(client, remote, { ...local, [client.envField]: { KEY: "lf_own" } });
    expect(switched).toMatchObject({ ...there, description: "mine", disabled: true });
    expect(JSON.stringify(switched)).not.toMatch(/npx|LIGHTFAST_API_KEY|lf_own/);
    expect(remoteUrlOf(switched)).toBe("https://mcp.lightfast.ai/mcp");
    const back = updateEntry(client, serverWith(), switched);
    expect(remoteUrlOf(back)).toBeUndefined();
    expect(back).toMatchObject({ ...wanted(id), description: "mine", disabled: true });
  }
});

test("another URL replaces the first, in whatever field it was, and headers stay", () => {
  const server = createRemoteServer("lightfast", "https://a.test/mcp", LIGHTFAST_ENTRIES);
  const old = { httpUrl: "https://mcp.lightfast.ai/mcp", headers: { "X-Team": "a" }, timeout: 5 };
  const client = requireClient("gemini");
  expect(updateEntry(client, server, old)).toEqual({
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
