import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  createEntry,
  createRemoteServer,
  createServerCommand,
  isOwnEntry,
} from "../../../src/clients/entries.ts";
import { CLIENTS, forProject, withProfiles } from "../../../src/clients/registry.ts";
import type { Entry } from "../../../src/clients/types.ts";
import { LIGHTFAST_ENTRIES } from "../../../src/platforms/lightfast/config/entries.ts";
import { DOCUMENTED, HOMES, REMOTE_URL } from "../../support/clients/documented.ts";
import { lightfastVariables, makeHome, requireClient } from "../../support/clients/jobs.ts";

const PLATFORMS = ["darwin", "win32", "linux"] as const;

function filesOf(id: string, platform: keyof typeof HOMES, env: Record<string, string> = {}) {
  return requireClient(id).userFiles({ platform, home: HOMES[platform], env });
}

function entryFor(
  id: string,
  platform: string,
  options: { sandbox?: boolean; profile?: string } = {},
): Entry {
  return createEntry(
    requireClient(id),
    createServerCommand({
      name: "lightfast",
      env: lightfastVariables(options),
      ...(platform === "win32" && { launch: ["cmd", "/c", "npx", "-y", "@lightfastai/mcp@latest"] as const }),
      rules: LIGHTFAST_ENTRIES,
    }),
  );
}

test("the registry has every documented client once, in the order of the offer", () => {
  expect(CLIENTS.map(({ id }) => id)).toEqual(Object.keys(DOCUMENTED));
});

describe.each(Object.entries(DOCUMENTED))("%s", (id, documented) => {
  test.each(PLATFORMS)("has its documented file on %s", (platform) => {
    expect(filesOf(id, platform)).toEqual(documented[platform]);
  });

  test("has its documented project file and key path", () => {
    expect(requireClient(id).projectFiles).toEqual(documented.project);
    expect(requireClient(id).keyPath).toEqual([documented.keyPath]);
  });

  test.each(["darwin", "linux"])("has its documented entry on %s", (platform) => {
    expect(entryFor(id, platform)).toEqual(documented.entry);
  });

  test("starts npx through the shell on Windows", () => {
    const entry: Record<string, unknown> = { ...documented.entry };
    const npx = ["-y", "@lightfastai/mcp@latest"];
    if (Array.isArray(entry.command)) entry.command = ["cmd", "/c", "npx", ...npx];
    else {
      entry["cmd" in entry ? "cmd" : "command"] = "cmd";
      entry.args = ["/c", "npx", ...npx];
    }
    expect(entryFor(id, "win32")).toEqual(entry);
  });

  test("has its documented entry for a remote server, or says what to do instead", () => {
    const client = requireClient(id);
    const server = createRemoteServer("lightfast", REMOTE_URL, LIGHTFAST_ENTRIES);
    if (documented.remote) {
      const entry = createEntry(client, server);
      expect(entry).toEqual(documented.remote);
      expect(isOwnEntry(entry, createRemoteServer("lightfast", "https://a.test", LIGHTFAST_ENTRIES))).toBe(
        true,
      );
    } else {
      expect(() => createEntry(client, server)).toThrow(
        /Omit --remote to install the local server\.$|, and enter https:\/\/mcp\.lightfast\.ai\/mcp\.$/,
      );
    }
  });

  test("names the source of its format", () => {
    expect(requireClient(id).source).toMatch(/^https:\/\/[^ ]+$/);
  });

  test("selects the sandbox with a variable and has no key", () => {
    const entry = entryFor(id, "linux", { sandbox: true });
    expect(entry[requireClient(id).envField]).toEqual({ LIGHTFAST_SANDBOX: "1" });
    expect(JSON.stringify(entry)).not.toMatch(/API_KEY|--sandbox/);
  });

  test("selects a profile with a variable and has no key that would override it", () => {
    const entry = entryFor(id, "linux", { profile: "work" });
    expect(entry[requireClient(id).envField]).toEqual({ LIGHTFAST_PROFILE: "work" });
    expect(JSON.stringify(entry)).not.toContain("API_KEY");
  });

  test("grants no trust and keeps the key out of the arguments", () => {
    const { command, args, cmd, ...rest } = entryFor(id, "linux");
    expect(JSON.stringify([command, args, cmd])).not.toContain("LIGHTFAST");
    expect(Object.keys(rest).join()).not.toMatch(/trust|approve|allow/i);
  });
});

test.each([
  ["claude-code", { CLAUDE_CONFIG_DIR: "/x/claude" }, ["/x/claude/.claude.json"]],
  ["codex", { CODEX_HOME: "/x/codex" }, ["/x/codex/config.toml"]],
  ["copilot", { COPILOT_HOME: "/x" }, ["/x/mcp-config.json"]],
  ["copilot", { XDG_CONFIG_HOME: "/x" }, ["/home/ada/.copilot/mcp-config.json"]],
  ["gemini", { GEMINI_CLI_HOME: "/x" }, ["/x/.gemini/settings.json"]],
  ["qwen", { QWEN_HOME: "/x" }, ["/x/settings.json"]],
  ["kimi", { KIMI_CODE_HOME: "/x" }, ["/x/mcp.json"]],
  ["crush", { XDG_CONFIG_HOME: "/x" }, ["/x/crush/crush.json"]],
  ["crush", { XDG_CONFIG_HOME: "/x", CRUSH_GLOBAL_CONFIG: "/y" }, ["/y/crush.json"]],
  ["devin", { XDG_CONFIG_HOME: "/x" }, ["/home/ada/.config/devin/mcp_config.json"]],
  ["cline", { CLINE_DIR: "/x/cline" }, ["/x/cline/data/settings/cline_mcp_settings.json"]],
  ["cline", { CLINE_DIR: "/x", CLINE_MCP_SETTINGS_PATH: "/y/own.json" }, ["/y/own.json"]],
  ["zed", { XDG_CONFIG_HOME: "/x" }, ["/x/zed/settings.json"]],
  ["zed", { XDG_CONFIG_HOME: "/x", FLATPAK_XDG_CONFIG_HOME: "/f" }, ["/f/zed/settings.json"]],
  ["zed", { XDG_CONFIG_HOME: "not/absolute" }, ["/home/ada/.config/zed/settings.json"]],
  ["vscode", { XDG_CONFIG_HOME: "/x" }, ["/x/Code/User/mcp.json"]],
  ["goose", { XDG_CONFIG_HOME: "/x" }, ["/x/goose/config.yaml"]],
  ["opencode", { XDG_CONFIG_HOME: "/x" }, ["/x/opencode/opencode.json", "/x/opencode/opencode.jsonc"]],
  ["amp", { XDG_CONFIG_HOME: "/x" }, ["/home/ada/.config/amp/settings.json"]],
  ["codex", { CODEX_HOME: "" }, ["/home/ada/.codex/config.toml"]],
  ["codex", { CODEX_HOME: "not/absolute" }, ["/home/ada/.codex/config.toml"]],
  [
    "cline",
    { CLINE_DIR: "/x", CLINE_MCP_SETTINGS_PATH: "own.json" },
    ["/x/data/settings/cline_mcp_settings.json"],
  ],
])("the file of %s depends on %j", (id, env, files) => {
  expect(filesOf(id, "linux", env)).toEqual(files);
});

test("Zed on macOS ignores XDG_CONFIG_HOME", () => {
  expect(filesOf("zed", "darwin", { XDG_CONFIG_HOME: "/x" })).toEqual([
    "/Users/ada/.config/zed/settings.json",
  ]);
});

test("folders on Windows depend on its variables", () => {
  const env = { APPDATA: "D:\\Roaming", LOCALAPPDATA: "D:\\Local" };
  expect(filesOf("vscode", "win32", env)).toEqual(["D:\\Roaming\\Code\\User\\mcp.json"]);
  expect(filesOf("devin", "win32", env)).toEqual(["D:\\Roaming\\devin\\mcp_config.json"]);
  expect(filesOf("claude-desktop", "win32", env)).toEqual([
    "D:\\Roaming\\Claude\\claude_desktop_config.json",
  ]);
});

test("the build of Claude Desktop from the Windows store wins where its package is", () => {
  const packages: string[] = [];
  const system = {
    platform: "win32",
    home: HOMES.win32,
    env: { LOCALAPPDATA: "D:\\Local" },
    listFolder: (folder: string) => {
      packages.push(folder);
      return ["Microsoft.Paint_8wekyb3d8bbwe", "Claude_pzs8sxrjxfjjc"];
    },
  };
  expect(requireClient("claude-desktop").userFiles(system)).toEqual([
    "D:\\Local\\Packages\\Claude_pzs8sxrjxfjjc\\LocalCache\\Roaming\\Claude\\claude_desktop_config.json",
  ]);
  expect(packages).toEqual(["D:\\Local\\Packages"]);
});

describe("VS Code", () => {
  const profilesIn = (storage: string | undefined) => {
    const home = makeHome();
    const folder = join(home, ".config/Code/User/globalStorage");
    mkdirSync(folder, { recursive: true });
    if (storage !== undefined) writeFileSync(join(folder, "storage.json"), storage);
    const clients = withProfiles(requireClient("vscode"), { platform: "linux", home, env: {} });
    return clients.map(({ title, userFiles }) => [
      title,
      userFiles({ platform: "linux", home, env: {} }).map((file) => file.slice(home.length)),
    ]);
  };
  const DEFAULT = ["VS Code", ["/.config/Code/User/mcp.json"]];

  test("has a file for each profile with servers of its own", () => {
    const profiles = [
      { name: "Work", location: "-7d2a" },
      { name: "Shares servers", location: "1234", useDefaultFlags: { mcp: true } },
      { name: "Elsewhere", location: "../../x" },
      { name: "A URI", location: { path: "/x" } },
      null,
    ];
    expect(profilesIn(JSON.stringify({ userDataProfiles: profiles }))).toEqual([
      DEFAULT,
      ["VS Code, profile Work", ["/.config/Code/User/profiles/-7d2a/mcp.json"]],
    ]);
  });

  test.each([undefined, "", "{", "[]", '{"userDataProfiles": 1}'])(
    "has only its own file if its state is %j",
    (text) => {
      expect(profilesIn(text)).toEqual([DEFAULT]);
    },
  );
});

test("Copilot CLI's entry in a project is one that Claude Code reads, too", () => {
  const server = createServerCommand({ name: "x", env: {}, rules: LIGHTFAST_ENTRIES });
  const { alwaysLoad, ...shared } = createEntry(forProject(requireClient("claude-code")), server);
  expect(alwaysLoad).toBe(true);
  expect(createEntry(forProject(requireClient("copilot")), server)).toEqual(shared);
});

test("no quick way contains a key, and a URL with special characters is quoted", () => {
  const url = "https://mcp.example.com/mcp?a=1&b='2";
  const remote = createRemoteServer("lightfast", url, LIGHTFAST_ENTRIES);
  const local = createServerCommand({
    name: "lightfast",
    env: {},
    rules: LIGHTFAST_ENTRIES,
  });
  const quick = CLIENTS.flatMap((client) =>
    [local, remote].flatMap((server) =>
      "advice" in client.remote && server === remote
        ? []
        : (client.quickAdd?.(server, createEntry(client, server)) ?? []),
    ),
  );
  const commands = quick.flatMap((way) => ("command" in way ? [way.command] : []));
  expect(commands).toContain(
    `claude mcp add --scope user --transport http lightfast 'https://mcp.example.com/mcp?a=1&b='\\''2'`,
  );
  expect(commands).toContain("codex mcp add lightfast -- npx -y @lightfastai/mcp@latest");
  for (const way of quick) expect(JSON.stringify(way)).not.toMatch(/lf_/);
});
