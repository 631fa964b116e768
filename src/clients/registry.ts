import { posix, win32 } from "node:path";
import type { Client, Entry, ServerCommand, System } from "./types.ts";

/** The first start downloads the package, which takes longer than these clients wait by default. */
const START_SECONDS = 30;

/** On Windows, an application from the store has a roaming folder of its own. */
const CLAUDE_STORE_FOLDER = ["Packages", "Claude_pzs8sxrjxfjjc", "LocalCache", "Roaming", "Claude"];
const CLAUDE_DESKTOP_FILE = "claude_desktop_config.json";

/** What most clients have in common; a row overrides what differs. */
const DEFAULTS = {
  format: "jsonc",
  comments: false,
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standardEntry,
} as const;

/** Every supported client, in the order in which `install` offers them. To add a client, add a row. */
export const CLIENTS: readonly Client[] = [
  {
    ...DEFAULTS,
    id: "claude-desktop",
    title: "Claude Desktop",
    rejectsBom: true,
    userFiles: (system) =>
      bySystem(system, {
        darwin: inApplicationSupport(system, "Claude", CLAUDE_DESKTOP_FILE),
        win32: [
          inLocal(system, ...CLAUDE_STORE_FOLDER, CLAUDE_DESKTOP_FILE),
          inRoaming(system, "Claude", CLAUDE_DESKTOP_FILE),
        ],
        linux: inXdgConfig(system, "Claude", CLAUDE_DESKTOP_FILE),
      }),
    before: "Quit Claude Desktop first: it overwrites this file while it runs.",
    after:
      "Start Claude Desktop again. If it was running during this change, it has reverted it: quit it and repeat the command.",
  },
  {
    ...DEFAULTS,
    id: "claude-code",
    title: "Claude Code",
    neverEmpty: true,
    userFiles: (system) => [inFolder(system, "CLAUDE_CONFIG_DIR", [], ".claude.json")],
    projectFiles: [".mcp.json"],
    home: (system) => inFolder(system, "CLAUDE_CONFIG_DIR", [".claude"]),
    entry: (server) => ({ type: "stdio", ...standardEntry(server) }),
    key: { kind: "placeholder", textFor: (variable) => `\${${variable}}` },
    reserved: ["workspace"],
    after: "Start a new Claude Code session.",
  },
  {
    ...DEFAULTS,
    id: "cursor",
    title: "Cursor",
    userFiles: (system) => [inHome(system, ".cursor", "mcp.json")],
    projectFiles: [".cursor/mcp.json"],
    key: { kind: "placeholder", textFor: (variable) => `\${env:${variable}}` },
    after: "Restart Cursor.",
  },
  {
    ...DEFAULTS,
    ...vscode("Code"),
    id: "vscode",
    title: "VS Code",
    after: 'In VS Code, run "MCP: List Servers" and start the server.',
  },
  {
    ...DEFAULTS,
    ...vscode("Code - Insiders"),
    id: "vscode-insiders",
    title: "VS Code Insiders",
    after: 'In VS Code Insiders, run "MCP: List Servers" and start the server.',
  },
  {
    ...DEFAULTS,
    id: "windsurf",
    title: "Windsurf",
    userFiles: (system) => [inHome(system, ".codeium", "windsurf", "mcp_config.json")],
    key: { kind: "placeholder", textFor: (variable) => `\${env:${variable}}` },
    after: "Restart Windsurf.",
  },
  {
    ...DEFAULTS,
    id: "zed",
    title: "Zed",
    comments: true,
    userFiles: (system) =>
      bySystem(system, {
        darwin: inHome(system, ".config", "zed", "settings.json"),
        win32: inRoaming(system, "Zed", "settings.json"),
        linux: inFlatpakConfig(system, "zed", "settings.json"),
      }),
    projectFiles: [".zed/settings.json"],
    keyPath: ["context_servers"],
    entry: (server) => ({ source: "custom", ...standardEntry(server) }),
    after: "Zed reloads its settings automatically.",
  },
  {
    ...DEFAULTS,
    id: "codex",
    title: "Codex",
    format: "toml",
    comments: true,
    userFiles: (system) => [inFolder(system, "CODEX_HOME", [".codex"], "config.toml")],
    projectFiles: [".codex/config.toml"],
    keyPath: ["mcp_servers"],
    entry: ({ command, args, env }) => ({
      command,
      args,
      startup_timeout_sec: START_SECONDS,
      ...optionalEnv("env", env),
    }),
    key: {
      kind: "list",
      field: "env_vars",
      adviceFor: (variable) => `Set ${variable} in the environment that starts Codex: Codex forwards it.`,
    },
    after: "Start a new Codex session.",
  },
  {
    ...DEFAULTS,
    id: "gemini",
    title: "Gemini CLI",
    comments: true,
    userFiles: (system) => [inHome(system, ".gemini", "settings.json")],
    projectFiles: [".gemini/settings.json"],
    key: { kind: "placeholder", textFor: (variable) => `$${variable}` },
    after: "Start a new Gemini CLI session.",
  },
  {
    ...DEFAULTS,
    id: "goose",
    title: "Goose",
    format: "yaml",
    comments: true,
    userFiles: (system) =>
      bySystem(system, {
        darwin: inXdgConfig(system, "goose", "config.yaml"),
        win32: inRoaming(system, "Block", "goose", "config", "config.yaml"),
        linux: inXdgConfig(system, "goose", "config.yaml"),
      }),
    keyPath: ["extensions"],
    envField: "envs",
    entry: ({ name, command, args, env }) => ({
      type: "stdio",
      name,
      enabled: true,
      cmd: command,
      args,
      envs: env,
    }),
    key: {
      kind: "list",
      field: "env_keys",
      adviceFor: (variable) =>
        `Run "goose configure": Goose prompts for ${variable} and stores it in its keyring.`,
    },
    after: "Start a new Goose session.",
  },
  {
    ...DEFAULTS,
    id: "opencode",
    title: "opencode",
    comments: true,
    userFiles: (system) => [
      inXdgConfig(system, "opencode", "opencode.json"),
      inXdgConfig(system, "opencode", "opencode.jsonc"),
    ],
    projectFiles: ["opencode.json", "opencode.jsonc"],
    keyPath: ["mcp"],
    envField: "environment",
    entry: ({ command, args, env }) => ({
      type: "local",
      command: [command, ...args],
      enabled: true,
      timeout: START_SECONDS * 1000,
      ...optionalEnv("environment", env),
    }),
    key: { kind: "placeholder", textFor: (variable) => `{env:${variable}}` },
    after: "Start a new opencode session.",
  },
  {
    ...DEFAULTS,
    id: "cline",
    title: "Cline",
    userFiles: (system) => {
      const own = system.env.CLINE_MCP_SETTINGS_PATH ?? "";
      const usual = inFolder(system, "CLINE_DIR", [".cline"], "data", "settings", "cline_mcp_settings.json");
      return [pathModule(system).isAbsolute(own) ? own : usual];
    },
    after: "Cline reloads its settings automatically.",
  },
  {
    ...DEFAULTS,
    id: "copilot",
    title: "Copilot CLI",
    userFiles: (system) => [inHome(system, ".copilot", "mcp-config.json")],
    // Without a list of tools, Copilot CLI offers none.
    entry: (server) => ({ type: "local", ...standardEntry(server), tools: ["*"] }),
    after: "Start a new Copilot CLI session.",
  },
  {
    ...DEFAULTS,
    id: "kiro",
    title: "Kiro",
    userFiles: (system) => [inHome(system, ".kiro", "settings", "mcp.json")],
    projectFiles: [".kiro/settings/mcp.json"],
    key: { kind: "placeholder", textFor: (variable) => `\${${variable}}` },
    after: "Restart Kiro.",
  },
  {
    ...DEFAULTS,
    id: "amp",
    title: "Amp",
    userFiles: (system) => [inHome(system, ".config", "amp", "settings.json")],
    projectFiles: [".amp/settings.json"],
    // A single key that contains a dot.
    keyPath: ["amp.mcpServers"],
    after: "Start a new Amp session.",
  },
];

export function findClient(id: string): Client | undefined {
  return CLIENTS.find((client) => client.id === id);
}

function standardEntry({ command, args, env }: ServerCommand): Entry {
  return { command, args, ...optionalEnv("env", env) };
}

function optionalEnv(field: string, env: ServerCommand["env"]): Entry {
  return Object.keys(env).length > 0 ? { [field]: env } : {};
}

/** The fields that VS Code and its Insiders build share. */
function vscode(folder: string) {
  return {
    comments: true,
    userFiles: (system: System) =>
      bySystem(system, {
        darwin: inApplicationSupport(system, folder, "User", "mcp.json"),
        win32: inRoaming(system, folder, "User", "mcp.json"),
        linux: inXdgConfig(system, folder, "User", "mcp.json"),
      }),
    projectFiles: [".vscode/mcp.json"],
    keyPath: ["servers"],
    entry: (server: ServerCommand) => ({ type: "stdio", ...standardEntry(server) }),
    key: { kind: "input" },
  } as const;
}

function inHome(system: System, ...parts: readonly string[]): string {
  return pathModule(system).join(system.home, ...parts);
}

/**
 * A path in the folder that an environment variable names.
 * @param fallback the folder in the home directory to use unless the variable is an absolute path
 */
function inFolder(
  system: System,
  variable: string,
  fallback: readonly string[],
  ...parts: readonly string[]
): string {
  return inFirstAbsolute(system, [variable], fallback, parts);
}

function inRoaming(system: System, ...parts: readonly string[]): string {
  return inFolder(system, "APPDATA", ["AppData", "Roaming"], ...parts);
}

function inLocal(system: System, ...parts: readonly string[]): string {
  return inFolder(system, "LOCALAPPDATA", ["AppData", "Local"], ...parts);
}

function inApplicationSupport(system: System, ...parts: readonly string[]): string {
  return inHome(system, "Library", "Application Support", ...parts);
}

/** A path in `$XDG_CONFIG_HOME`, which defaults to `~/.config`. */
function inXdgConfig(system: System, ...parts: readonly string[]): string {
  return inFirstAbsolute(system, ["XDG_CONFIG_HOME"], [".config"], parts);
}

/** The same for a program that is also a Flatpak, whose `XDG_CONFIG_HOME` differs from the shell's. */
function inFlatpakConfig(system: System, ...parts: readonly string[]): string {
  return inFirstAbsolute(system, ["FLATPAK_XDG_CONFIG_HOME", "XDG_CONFIG_HOME"], [".config"], parts);
}

function bySystem(
  { platform }: System,
  files: Readonly<Record<"darwin" | "win32" | "linux", string | readonly string[]>>,
): readonly string[] {
  return [files[platform === "darwin" || platform === "win32" ? platform : "linux"]].flat();
}

/** Relative paths are ignored: they depend on the folder, and the XDG Base Directory Specification requires it. */
function inFirstAbsolute(
  system: System,
  variables: readonly string[],
  fallback: readonly string[],
  parts: readonly string[],
): string {
  const path = pathModule(system);
  const folders = variables.map((name) => system.env[name] ?? "");
  const folder = folders.find((one) => path.isAbsolute(one)) ?? inHome(system, ...fallback);
  return path.join(folder, ...parts);
}

function pathModule({ platform }: System) {
  return platform === "win32" ? win32 : posix;
}
