import {
  bySystem,
  everywhere,
  fileOf,
  folderOf,
  inApplicationSupport,
  inDotConfig,
  inFlatpakConfig,
  inFolderOf,
  inHome,
  inLocal,
  inRoaming,
  inXdgConfig,
} from "./paths.ts";
import type { Client, Entry, Server } from "./types.ts";

/** The variables of an entry, where there are any. */
function variables(field: string, { env }: Server): Entry {
  return Object.keys(env).length > 0 ? { [field]: env } : {};
}

/** The entry that most clients take, `extra` coming first. */
function standard(extra: Entry = {}) {
  return (server: Server): Entry => ({
    ...extra,
    command: server.command,
    args: server.args,
    ...variables("env", server),
  });
}

/** The first start downloads the package, which takes longer than these clients wait by default. */
const START_SECONDS = 30;

const claudeCode: Client = {
  id: "claude-code",
  title: "Claude Code",
  format: "jsonc",
  comments: false,
  userFiles: (system) => [
    system.env.CLAUDE_CONFIG_DIR
      ? inFolderOf("CLAUDE_CONFIG_DIR")(system, ".claude.json")
      : inHome(system, ".claude.json"),
  ],
  projectFiles: [".mcp.json"],
  home: folderOf("CLAUDE_CONFIG_DIR", ".claude"),
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standard({ type: "stdio" }),
  key: { kind: "placeholder", text: `\${LIGHTFAST_API_KEY}` },
  reserved: ["workspace"],
  after: "Start a new session of Claude Code.",
};

const codex: Client = {
  id: "codex",
  title: "Codex",
  format: "toml",
  comments: true,
  userFiles: (system) => [inFolderOf("CODEX_HOME", ".codex")(system, "config.toml")],
  projectFiles: [".codex/config.toml"],
  keyPath: ["mcp_servers"],
  envField: "env",
  entry: (server) => ({
    command: server.command,
    args: server.args,
    startup_timeout_sec: START_SECONDS,
    ...variables("env", server),
  }),
  key: {
    kind: "list",
    field: "env_vars",
    advice: "Codex passes LIGHTFAST_API_KEY on from the environment it is started in.",
  },
  after: "Start a new session of Codex.",
};

const gemini: Client = {
  id: "gemini",
  title: "Gemini CLI",
  format: "jsonc",
  comments: true,
  userFiles: everywhere(".gemini", "settings.json"),
  projectFiles: [".gemini/settings.json"],
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standard(),
  key: { kind: "placeholder", text: "$LIGHTFAST_API_KEY" },
  after: "Start a new session of Gemini CLI.",
};

const goose: Client = {
  id: "goose",
  title: "Goose",
  format: "yaml",
  comments: true,
  userFiles: bySystem({
    darwin: (system) => inXdgConfig(system, "goose", "config.yaml"),
    win32: (system) => inRoaming(system, "Block", "goose", "config", "config.yaml"),
    linux: (system) => inXdgConfig(system, "goose", "config.yaml"),
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
    advice: "Goose asks for LIGHTFAST_API_KEY and keeps it in its keyring: run goose configure.",
  },
  after: "Start a new session of Goose.",
};

const opencode: Client = {
  id: "opencode",
  title: "opencode",
  format: "jsonc",
  comments: true,
  userFiles: (system) =>
    ["opencode.json", "opencode.jsonc"].map((name) => inXdgConfig(system, "opencode", name)),
  projectFiles: ["opencode.json", "opencode.jsonc"],
  keyPath: ["mcp"],
  envField: "environment",
  entry: (server) => ({
    type: "local",
    command: [server.command, ...server.args],
    enabled: true,
    timeout: START_SECONDS * 1000,
    ...variables("environment", server),
  }),
  key: { kind: "placeholder", text: "{env:LIGHTFAST_API_KEY}" },
  after: "Start a new session of opencode.",
};

const cline: Client = {
  id: "cline",
  title: "Cline",
  format: "jsonc",
  comments: false,
  userFiles: fileOf("CLINE_MCP_SETTINGS_PATH", (system) =>
    inFolderOf("CLINE_DIR", ".cline")(system, "data", "settings", "cline_mcp_settings.json"),
  ),
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standard(),
  after: "Cline reads its settings again by itself.",
};

const copilot: Client = {
  id: "copilot",
  title: "Copilot CLI",
  format: "jsonc",
  comments: false,
  userFiles: everywhere(".copilot", "mcp-config.json"),
  keyPath: ["mcpServers"],
  envField: "env",
  // Without a list of tools it offers none.
  entry: (server) => ({ ...standard({ type: "local" })(server), tools: ["*"] }),
  after: "Start a new session of Copilot CLI.",
};

const amp: Client = {
  id: "amp",
  title: "Amp",
  format: "jsonc",
  comments: false,
  userFiles: (system) => [inDotConfig(system, "amp", "settings.json")],
  projectFiles: [".amp/settings.json"],
  // One key with a dot in it.
  keyPath: ["amp.mcpServers"],
  envField: "env",
  entry: standard(),
  after: "Start a new session of Amp.",
};

/** Clients that run in a terminal, or inside another program. */
const TERMINALS = { claudeCode, codex, gemini, goose, opencode, cline, copilot, amp } as const;

/** Windows gives an application from its store a roaming folder of its own. */
const STORE_BUILD = ["Packages", "Claude_pzs8sxrjxfjjc", "LocalCache", "Roaming", "Claude"];
const DESKTOP_FILE = "claude_desktop_config.json";

const claudeDesktop: Client = {
  id: "claude-desktop",
  title: "Claude Desktop",
  format: "jsonc",
  comments: false,
  userFiles: bySystem({
    darwin: (system) => inApplicationSupport(system, "Claude", DESKTOP_FILE),
    win32: [
      (system) => inLocal(system, ...STORE_BUILD, DESKTOP_FILE),
      (system) => inRoaming(system, "Claude", DESKTOP_FILE),
    ],
    linux: (system) => inXdgConfig(system, "Claude", DESKTOP_FILE),
  }),
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standard(),
  before: "Quit Claude Desktop first: it rewrites this file while it runs.",
  after:
    "Start Claude Desktop again; if it ran meanwhile, it has undone this, so quit it and repeat the command.",
};

const cursor: Client = {
  id: "cursor",
  title: "Cursor",
  format: "jsonc",
  comments: false,
  userFiles: everywhere(".cursor", "mcp.json"),
  projectFiles: [".cursor/mcp.json"],
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standard(),
  key: { kind: "placeholder", text: `\${env:LIGHTFAST_API_KEY}` },
  after: "Restart Cursor.",
};

function vscodeNamed(id: string, title: string, folder: string): Client {
  return {
    id,
    title,
    format: "jsonc",
    comments: true,
    userFiles: bySystem({
      darwin: (system) => inApplicationSupport(system, folder, "User", "mcp.json"),
      win32: (system) => inRoaming(system, folder, "User", "mcp.json"),
      linux: (system) => inXdgConfig(system, folder, "User", "mcp.json"),
    }),
    projectFiles: [".vscode/mcp.json"],
    keyPath: ["servers"],
    envField: "env",
    entry: standard({ type: "stdio" }),
    key: { kind: "input" },
    after: `In ${title}, run "MCP: List Servers" and start the server.`,
  };
}

const windsurf: Client = {
  id: "windsurf",
  title: "Windsurf",
  format: "jsonc",
  comments: false,
  userFiles: everywhere(".codeium", "windsurf", "mcp_config.json"),
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standard(),
  key: { kind: "placeholder", text: `\${env:LIGHTFAST_API_KEY}` },
  after: "Restart Windsurf.",
};

const zed: Client = {
  id: "zed",
  title: "Zed",
  format: "jsonc",
  comments: true,
  userFiles: bySystem({
    darwin: (system) => inHome(system, ".config", "zed", "settings.json"),
    win32: (system) => inRoaming(system, "Zed", "settings.json"),
    linux: (system) => inFlatpakConfig(system, "zed", "settings.json"),
  }),
  projectFiles: [".zed/settings.json"],
  keyPath: ["context_servers"],
  envField: "env",
  entry: standard({ source: "custom" }),
  after: "Zed reads its settings again by itself.",
};

const kiro: Client = {
  id: "kiro",
  title: "Kiro",
  format: "jsonc",
  comments: false,
  userFiles: everywhere(".kiro", "settings", "mcp.json"),
  projectFiles: [".kiro/settings/mcp.json"],
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standard(),
  key: { kind: "placeholder", text: `\${LIGHTFAST_API_KEY}` },
  after: "Restart Kiro.",
};

/** Clients with a window of their own. */
export const APPS = {
  claudeDesktop,
  cursor,
  vscode: vscodeNamed("vscode", "VS Code", "Code"),
  vscodeInsiders: vscodeNamed("vscode-insiders", "VS Code Insiders", "Code - Insiders"),
  windsurf,
  zed,
  kiro,
} as const;

/** Every client that can be set up, in the order in which they are offered. */
export const CLIENTS: readonly Client[] = [
  APPS.claudeDesktop,
  TERMINALS.claudeCode,
  APPS.cursor,
  APPS.vscode,
  APPS.vscodeInsiders,
  APPS.windsurf,
  APPS.zed,
  TERMINALS.codex,
  TERMINALS.gemini,
  TERMINALS.goose,
  TERMINALS.opencode,
  TERMINALS.cline,
  TERMINALS.copilot,
  APPS.kiro,
  TERMINALS.amp,
];

/** The client of that name. */
export function clientOf(id: string): Client | undefined {
  return CLIENTS.find((client) => client.id === id);
}
