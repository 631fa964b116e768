import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { listRemoteSetups, type RemoteSetup } from "../../../src/cli/remote-setups.ts";
import { toPlain } from "../../../src/clients/formats/format.ts";
import { FORMATS } from "../../../src/clients/plan.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import type { Client, Entry } from "../../../src/clients/types.ts";
import { LFX_ENTRIES } from "../../../src/platforms/lfx/config/entries.ts";
import { LIGHTFAST_ENTRIES } from "../../../src/platforms/lightfast/config/entries.ts";
import { LANDING_PAGE, startApp } from "../../support/http-app.ts";

const URL = "https://mcp.example.com/mcp";
const AUTHS = ["oauth", "api-key", "none"] as const;

/** The steps for one client. */
function setupOf(id: string, auth: RemoteSetup["auth"], more: Partial<RemoteSetup> = {}) {
  const title = CLIENTS.find((client) => client.id === id)?.title;
  const server = { name: "lightfast", url: URL, rules: LIGHTFAST_ENTRIES, auth, ...more };
  const setup = listRemoteSetups(server).find(({ client }) => client === title);
  if (!setup) throw new Error(`no setup for ${id}`);
  return setup;
}

/** The words of a command line, as a shell passes them on. */
function shellWords(line: string): readonly string[] {
  return execFileSync("sh", ["-c", `printf '%s\\n' ${line}`], { encoding: "utf8" })
    .trimEnd()
    .split("\n");
}

function entryIn(client: Client, text: string): unknown {
  const data = toPlain(FORMATS[client.format].parse(text));
  return [...client.keyPath, "lightfast"].reduce<unknown>((value, key) => (value as Entry)[key], data);
}

/** The clients that a file connects to a server. */
const BY_FILE = CLIENTS.filter(({ remote }) => "entry" in remote);

describe.each(AUTHS)("with %s", (auth) => {
  test("every client has steps, and a text to copy that has the URL or installs the server", () => {
    const setups = listRemoteSetups({ name: "lightfast", url: URL, rules: LIGHTFAST_ENTRIES, auth });
    const titles = CLIENTS.map(({ title }) => title);
    expect(setups.map(({ client }) => client)).toEqual(
      auth === "oauth" ? ["All clients on your machine", ...titles] : titles,
    );
    for (const { instruction, text, link } of setups) {
      expect(instruction).toMatch(/^[A-Z].*[:.]$/);
      expect(text).toMatch(
        /https:\/\/mcp\.example\.com\/mcp|^npx -y @lightfastai\/mcp@latest install [\w-]+$/,
      );
      if (link) expect(link).toMatch(/^https:\/\//);
    }
  });

  test.each(BY_FILE)("the text for the file of $id is what install writes there", (client) => {
    const { instruction, text } = setupOf(client.id, auth);
    if (!instruction.includes("Add this to")) return expect(shellWords(text)).toContain(URL);
    const { headers, ...entry } = entryIn(client, text) as Entry;
    if ("advice" in client.remote) throw new Error("the client has no entry");
    const { oauth, ...plain } = client.remote.entry({
      name: "lightfast",
      url: URL,
      rules: LIGHTFAST_ENTRIES,
    });
    expect(entry).toEqual(auth === "oauth" && oauth !== undefined ? { ...plain, oauth } : plain);
    expect(headers).toEqual(
      auth === "api-key" ? { Authorization: expect.stringMatching(/^Bearer \S+$/) } : undefined,
    );
  });
});

describe("an API key", () => {
  test.each([
    ["claude-code", ["--header", `Authorization: Bearer \${LIGHTFAST_API_KEY:-}`]],
    ["gemini", ["--header", "Authorization: Bearer $LIGHTFAST_API_KEY"]],
    ["codex", ["--bearer-token-env-var", "LIGHTFAST_API_KEY"]],
  ])("goes into the command of %s as a reference that the shell leaves alone", (id, options) => {
    const { instruction, text } = setupOf(id, "api-key");
    expect(instruction).toMatch(/^Set LIGHTFAST_API_KEY in the environment that starts .*\. Run:$/);
    expect(shellWords(text).slice(-2)).toEqual(options);
    expect(setupOf(id, "none").text).not.toContain("LIGHTFAST_API_KEY");
  });

  test("is prompted for by VS Code, from the file and from the link", () => {
    const { link = "", text } = setupOf("vscode", "api-key");
    const input = {
      type: "promptString",
      id: "lightfast-api-key",
      description: "Lightfast API key",
      password: true,
    };
    expect(JSON.parse(text)).toEqual({
      servers: {
        lightfast: {
          type: "http",
          url: URL,
          headers: { Authorization: `Bearer \${input:lightfast-api-key}` },
        },
      },
      inputs: [input],
    });
    const { searchParams } = new globalThis.URL(link);
    expect(JSON.parse(searchParams.get("inputs") ?? "")).toEqual([input]);
    expect(JSON.parse(searchParams.get("config") ?? "")).toEqual(JSON.parse(text).servers.lightfast);
    expect(setupOf("vscode", "oauth").link).not.toContain("inputs");
  });

  test("is in Cursor's link as a reference", () => {
    const { link = "", instruction } = setupOf("cursor", "api-key");
    const config = Buffer.from(
      new globalThis.URL(link).searchParams.get("config") ?? "",
      "base64",
    ).toString();
    expect(JSON.parse(config)).toEqual({
      url: URL,
      headers: { Authorization: `Bearer \${env:LIGHTFAST_API_KEY}` },
    });
    expect(instruction).toContain("Set LIGHTFAST_API_KEY in the environment that starts Cursor.");
  });

  test("replaces an example in the files of clients that expand nothing", () => {
    const { instruction, text } = setupOf("zed", "api-key");
    expect(instruction).toMatch(/^Replace YOUR_LIGHTFAST_API_KEY with your API key\. Add this to /);
    expect(text).toContain("Bearer YOUR_LIGHTFAST_API_KEY");
  });
});

test("a client that signs in in its own settings gets the URL for them; others without a remote form run the server", () => {
  expect(setupOf("claude-desktop", "oauth")).toMatchObject({
    instruction: expect.stringContaining("Connectors"),
    text: URL,
  });
  expect(setupOf("claude-desktop", "api-key").text).toBe(
    "npx -y @lightfastai/mcp@latest install claude-desktop",
  );
  expect(setupOf("junie", "oauth", { rules: LFX_ENTRIES, name: "lfx" }).text).toBe(
    "npx -y @lightfastai/mcp@latest lfx install junie",
  );
});

test("a URL with characters of a shell stays one word", () => {
  const url = "https://mcp.example.com/a'b$(id)&c;d/mcp?x=1&y=`2`";
  expect(shellWords(setupOf("claude-code", "oauth", { url }).text)).toContain(url);
  expect(JSON.parse(setupOf("cursor", "none", { url }).text).mcpServers.lightfast.url).toBe(url);
});

/** Limit of the page, in bytes. */
const MAX_PAGE_BYTES = 64 * 1024;

test.each(AUTHS)("the page with every client stays small with %s", async (auth) => {
  const setups = listRemoteSetups({ name: "lightfast", url: URL, rules: LIGHTFAST_ENTRIES, auth });
  const app = await startApp({ landingPage: { ...LANDING_PAGE, setups } });
  const { text } = await app.ask({ path: "/" });
  expect(text.match(/<details>/g)).toHaveLength(setups.length);
  expect(Buffer.byteLength(text)).toBeLessThan(MAX_PAGE_BYTES);
});
