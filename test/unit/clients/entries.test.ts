import { expect, test } from "vitest";
import {
  createEntry,
  createServerCommand,
  hasUserKey,
  isLightfastEntry,
  toConfigValues,
  updateEntry,
} from "../../../src/clients/entries.ts";
import type { Entry } from "../../../src/clients/types.ts";
import { requireClient } from "../../support/clients/jobs.ts";

function wanted(id: string, options: { sandbox?: boolean; profile?: string } = {}): Entry {
  const { sandbox = false, profile } = options;
  return createEntry(
    requireClient(id),
    createServerCommand({ name: "lightfast", sandbox, profile, platform: "linux" }),
  );
}

function updated(id: string, old: Entry, options = {}): Entry {
  return updateEntry(requireClient(id), "lightfast", old, wanted(id, options));
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
])("isLightfastEntry is %s for %j", (expected, entry) => {
  expect(isLightfastEntry(entry)).toBe(expected);
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
    createEntry(
      requireClient("cursor"),
      createServerCommand({
        name: "lightfast",
        sandbox: true,
        profile: undefined,
        platform: "linux",
        variables,
      }),
    );
  const first = withVariables({ A_LIST: "a", A_SWITCH: "1" });
  expect(first.env).toEqual({ LIGHTFAST_SANDBOX: "1", A_LIST: "a", A_SWITCH: "1" });
  const second = updateEntry(requireClient("cursor"), "lightfast", first, withVariables({ A_LIST: "b" }));
  expect(second.env).toEqual({ LIGHTFAST_SANDBOX: "1", A_LIST: "b", A_SWITCH: "1" });
});

test("updating a current entry changes nothing", () => {
  for (const id of ["claude-desktop", "cursor", "codex", "goose", "opencode"]) {
    expect(updated(id, wanted(id))).toEqual(wanted(id));
  }
});

test("hasUserKey distinguishes the user's key from the client's placeholder", () => {
  const has = (id: string, env: Entry): boolean => hasUserKey(requireClient(id), "lightfast", { env });
  expect(has("cursor", { LIGHTFAST_API_KEY: "lf_own" })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:LIGHTFAST_API_KEY}` })).toBe(false);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:OTHER}` })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: "" })).toBe(false);
  expect(has("zed", {})).toBe(false);
});

test("VS Code's entry has an input for the key, one for each server name", () => {
  const server = createServerCommand({ name: "work", sandbox: false, profile: undefined, platform: "linux" });
  const entry = createEntry(requireClient("vscode"), server);
  expect(entry.env).toEqual({ LIGHTFAST_API_KEY: `\${input:work-api-key}` });
  expect(toConfigValues(requireClient("vscode"), "work", entry)).toEqual([
    { path: ["servers", "work"], value: entry },
    {
      path: ["inputs", { id: "work-api-key" }],
      value: { type: "promptString", id: "work-api-key", description: "Lightfast API key", password: true },
      reference: `\${input:work-api-key}`,
    },
  ]);
  expect(
    toConfigValues(requireClient("vscode"), "lightfast", wanted("vscode", { sandbox: true })),
  ).toHaveLength(1);
});
