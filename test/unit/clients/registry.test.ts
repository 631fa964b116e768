import { describe, expect, test } from "vitest";
import { createEntry, createServerCommand } from "../../../src/clients/entries.ts";
import { CLIENTS } from "../../../src/clients/registry.ts";
import type { Entry } from "../../../src/clients/types.ts";
import { LIGHTFAST_ENTRIES } from "../../../src/platforms/lightfast/config/entries.ts";
import { DOCUMENTED, HOMES } from "../../support/clients/documented.ts";
import { lightfastVariables, requireClient } from "../../support/clients/jobs.ts";

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
  expect(filesOf("claude-desktop", "win32", env)).toEqual([
    "D:\\Local\\Packages\\Claude_pzs8sxrjxfjjc\\LocalCache\\Roaming\\Claude\\claude_desktop_config.json",
    "D:\\Roaming\\Claude\\claude_desktop_config.json",
  ]);
});
