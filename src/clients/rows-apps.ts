import {
  bySystem,
  everywhere,
  inApplicationSupport,
  inFlatpakConfig,
  inHome,
  inLocal,
  inRoaming,
  inXdgConfig,
} from "./paths.ts";
import { standard } from "./shapes.ts";
import type { Client } from "./types.ts";

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

const vscodeNamed = (id: string, title: string, folder: string): Client => ({
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
});

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
