import {
  bySystem,
  everywhere,
  fileOf,
  folderOf,
  inDotConfig,
  inFolderOf,
  inHome,
  inRoaming,
  inXdgConfig,
} from "./paths.ts";
import { standard, variables } from "./shapes.ts";
import type { Client } from "./types.ts";

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
export const TERMINALS = { claudeCode, codex, gemini, goose, opencode, cline, copilot, amp } as const;
