import { expect, test } from "vitest";
import { entryOf, hasOwnKey, isOurs, merge, piecesOf, serverOf } from "../../../src/clients/entries.ts";
import { clientOf } from "../../../src/clients/registry.ts";
import type { Client, Entry } from "../../../src/clients/types.ts";

function get(id: string): Client {
  const client = clientOf(id);
  if (!client) throw new Error(`no client ${id}`);
  return client;
}

function wanted(id: string, options: { sandbox?: boolean; profile?: string } = {}): Entry {
  const { sandbox = false, profile } = options;
  return entryOf(get(id), serverOf({ name: "lightfast", sandbox, profile, platform: "linux" }));
}

function merged(id: string, old: Entry, options = {}): Entry {
  return merge(get(id), "lightfast", old, wanted(id, options));
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
])("it is %s that %j starts this program", (expected, entry) => {
  expect(isOurs(entry)).toBe(expected);
});

test("an old entry starts what a new one starts, and keeps what the user added", () => {
  const old = {
    command: "npx",
    args: ["-y", "@lightfastai/mcp@0.1.0"],
    disabled: true,
    env: { LIGHTFAST_API_KEY: "lf_own", HTTPS_PROXY: "http://proxy:8080" },
  };
  expect(merged("cursor", old)).toEqual({ ...old, args: ["-y", "@lightfastai/mcp@latest"] });
});

test("limits that the user set are kept", () => {
  expect(merged("codex", { ...wanted("codex"), startup_timeout_sec: 90 })).toMatchObject({
    startup_timeout_sec: 90,
  });
  expect(merged("copilot", { ...wanted("copilot"), tools: ["a"] })).toMatchObject({ tools: ["a"] });
});

test("an entry goes over to the sandbox and back without a trace", () => {
  for (const id of ["cursor", "vscode", "opencode", "goose"]) {
    const real = wanted(id);
    const sandbox = merged(id, real, { sandbox: true });
    expect(sandbox[get(id).envField]).toEqual({ LIGHTFAST_SANDBOX: "1" });
    expect(merged(id, sandbox)).toEqual(real);
  }
});

test("another login takes the place of the one before, and of the client's placeholder", () => {
  const work = merged("cursor", wanted("cursor"), { profile: "work" });
  expect(work.env).toEqual({ LIGHTFAST_PROFILE: "work" });
  expect(merged("cursor", work, { profile: "home" }).env).toEqual({ LIGHTFAST_PROFILE: "home" });
});

test("merging what is up to date changes nothing", () => {
  for (const id of ["claude-desktop", "cursor", "codex", "goose", "opencode"]) {
    expect(merged(id, wanted(id))).toEqual(wanted(id));
  }
});

test("a key of the user's own is told from the client's placeholder", () => {
  const has = (id: string, env: Entry): boolean => hasOwnKey(get(id), "lightfast", { env });
  expect(has("cursor", { LIGHTFAST_API_KEY: "lf_own" })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:LIGHTFAST_API_KEY}` })).toBe(false);
  expect(has("cursor", { LIGHTFAST_API_KEY: `\${env:OTHER}` })).toBe(true);
  expect(has("cursor", { LIGHTFAST_API_KEY: "" })).toBe(false);
  expect(has("zed", {})).toBe(false);
});

test("VS Code's entry brings a question for the key, of its own for each name", () => {
  const server = serverOf({ name: "work", sandbox: false, profile: undefined, platform: "linux" });
  const entry = entryOf(get("vscode"), server);
  expect(entry.env).toEqual({ LIGHTFAST_API_KEY: `\${input:work-api-key}` });
  expect(piecesOf(get("vscode"), "work", entry)).toEqual([
    { path: ["servers", "work"], value: entry },
    {
      path: ["inputs", { id: "work-api-key" }],
      value: { type: "promptString", id: "work-api-key", description: "Lightfast API key", password: true },
      reference: `\${input:work-api-key}`,
    },
  ]);
  expect(piecesOf(get("vscode"), "lightfast", wanted("vscode", { sandbox: true }))).toHaveLength(1);
});
