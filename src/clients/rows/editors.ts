import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isObject, parseJson } from "../../shared/json.ts";
import {
  bySystem,
  inAppData,
  inFlatpakConfig,
  inFolder,
  inHome,
  inRoaming,
  isAbsolutePath,
} from "../locations.ts";
import type { Client, Entry, KeyReference, QuickAdd, RemoteServer, ServerCommand, System } from "../types.ts";
import {
  base64Link,
  commandLine,
  DEFAULTS,
  httpEntry,
  opensBrowser,
  startsLocalOnly,
  stdioEntry,
  urlEntry,
} from "./forms.ts";

/** As in VS Code's variables. */
const ENV_VARIABLE: KeyReference = { kind: "placeholder", textFor: (variable) => `\${env:${variable}}` };

/** Editors, and the agents that are extensions of them. */
export const EDITORS: readonly Client[] = [
  {
    ...DEFAULTS,
    id: "cursor",
    title: "Cursor",
    source: "https://cursor.com/docs/context/mcp",
    userFiles: (system) => [inHome(system, ".cursor", "mcp.json")],
    projectFiles: [".cursor/mcp.json"],
    remote: {
      entry: urlEntry,
      signIn: (name) => `In Cursor, open Settings > MCP and sign in to ${name}.`,
    },
    quickAdd: base64Link("https://cursor.com/en/install-mcp"),
    key: ENV_VARIABLE,
    after: "Restart Cursor.",
  },
  { ...vscode("Code", "VS Code", ""), id: "vscode" },
  { ...vscode("Code - Insiders", "VS Code Insiders", "&quality=insiders"), id: "vscode-insiders" },
  {
    ...DEFAULTS,
    id: "devin",
    title: "Devin",
    source: "https://docs.devin.ai/cli/extensibility/mcp/configuration",
    userFiles: (system) => [
      bySystem(system, {
        darwin: inHome(system, ".config", "devin", "mcp_config.json"),
        win32: inRoaming(system, "devin", "mcp_config.json"),
        linux: inHome(system, ".config", "devin", "mcp_config.json"),
      }),
    ],
    projectFiles: [".devin/mcp_config.json"],
    remote: { entry: urlEntry, signIn: (name) => `Run "devin mcp login ${name}" to sign in.` },
    quickAdd: ({ name, command, args, url }) =>
      url === undefined
        ? commandLine("devin", "mcp", "add", "-s", "user", name, "--", command, ...args)
        : commandLine("devin", "mcp", "add", "-s", "user", name, url),
    after: "Start a new Devin session.",
  },
  { ...windsurf("windsurf", "Windsurf"), id: "windsurf" },
  { ...windsurf("windsurf-next", "Windsurf Next"), id: "windsurf-next" },
  {
    ...DEFAULTS,
    id: "antigravity",
    title: "Antigravity",
    source: "https://antigravity.google/docs/mcp",
    userFiles: (system) => [
      inHome(system, ".gemini", "config", "mcp_config.json"),
      // Before the editor and the command line shared one file.
      inHome(system, ".gemini", "antigravity", "mcp_config.json"),
    ],
    projectFiles: [".agents/mcp_config.json"],
    remote: {
      entry: ({ url }) => ({ serverUrl: url }),
      signIn: (name) => `In Antigravity, open the MCP servers and sign in to ${name}.`,
    },
    after: "In Antigravity, refresh the MCP servers.",
  },
  {
    ...DEFAULTS,
    id: "zed",
    title: "Zed",
    source: "https://zed.dev/docs/ai/mcp",
    comments: true,
    userFiles: (system) => [
      bySystem(system, {
        darwin: inHome(system, ".config", "zed", "settings.json"),
        win32: inRoaming(system, "Zed", "settings.json"),
        linux: inFlatpakConfig(system, "zed", "settings.json"),
      }),
    ],
    projectFiles: [".zed/settings.json"],
    keyPath: ["context_servers"],
    remote: opensBrowser("Zed", urlEntry),
    after: "Zed reloads its settings automatically.",
  },
  {
    ...DEFAULTS,
    id: "cline",
    title: "Cline",
    source: "https://github.com/cline/cline/blob/main/sdk/packages/shared/src/storage/paths.ts",
    userFiles: (system) => {
      const own = system.env.CLINE_MCP_SETTINGS_PATH ?? "";
      const usual = inFolder(system, "CLINE_DIR", [".cline"], "data", "settings", "cline_mcp_settings.json");
      return [isAbsolutePath(system, own) ? own : usual];
    },
    remote: {
      entry: ({ url }) => ({ type: "streamableHttp", url }),
      signIn: (name) => `In Cline, open the MCP servers and sign in to ${name}.`,
    },
    after: "Cline reloads its settings automatically.",
  },
  {
    ...DEFAULTS,
    id: "roo",
    title: "Roo Code",
    source: "https://github.com/RooCodeInc/Roo-Code/blob/main/src/services/mcp/McpHub.ts",
    userFiles: (system) => [
      inAppData(
        system,
        ...["Code", "User", "globalStorage", "rooveterinaryinc.roo-cline", "settings", "mcp_settings.json"],
      ),
    ],
    projectFiles: [".roo/mcp.json"],
    remote: startsLocalOnly("Roo Code"),
    key: ENV_VARIABLE,
    after: "Roo Code reloads its settings automatically.",
  },
  {
    ...DEFAULTS,
    id: "kiro",
    title: "Kiro",
    source: "https://kiro.dev/docs/mcp/configuration",
    userFiles: (system) => [inHome(system, ".kiro", "settings", "mcp.json")],
    projectFiles: [".kiro/settings/mcp.json"],
    home: (system) => inHome(system, ".kiro"),
    remote: opensBrowser("Kiro", urlEntry),
    // https://kiro.dev/docs/mcp/share
    quickAdd: ({ name }, entry) => ({
      link: `https://kiro.dev/launch/mcp/add?name=${name}&config=${encodeURIComponent(JSON.stringify(entry))}`,
    }),
    key: { kind: "placeholder", textFor: (variable) => `\${${variable}}` },
    after: "Restart Kiro.",
  },
  {
    ...DEFAULTS,
    id: "junie",
    title: "Junie (JetBrains)",
    source: "https://junie.jetbrains.com/docs/junie-cli-mcp-configuration.html",
    userFiles: (system) => [inHome(system, ".junie", "mcp", "mcp.json")],
    projectFiles: [".junie/mcp/mcp.json"],
    home: (system) => inHome(system, ".junie"),
    remote: startsLocalOnly("Junie"),
    after: "Restart the IDE, or start a new Junie CLI session.",
  },
  {
    ...DEFAULTS,
    id: "trae",
    title: "Trae",
    source: "https://www.volcengine.com/docs/86677/2137601",
    // Where "Raw configuration" opens it: https://github.com/pathintegral-institute/mcpm.sh/issues/92
    userFiles: (system) => [inAppData(system, "Trae", "User", "mcp.json")],
    projectFiles: [".trae/mcp.json"],
    remote: startsLocalOnly("Trae"),
    after: "Restart Trae.",
  },
];

/** Builds of VS Code. @param query what a link to this build adds */
function vscode(folder: string, title: string, query: string) {
  return {
    ...DEFAULTS,
    title,
    source: "https://code.visualstudio.com/docs/copilot/reference/mcp-configuration",
    comments: true,
    userFiles: (system: System) => [inAppData(system, folder, "User", "mcp.json")],
    projectFiles: [".vscode/mcp.json"],
    profiles: (system: System) =>
      findProfiles(inAppData(system, folder, "User", "globalStorage", "storage.json")),
    keyPath: ["servers"],
    entry: stdioEntry,
    remote: {
      entry: httpEntry,
      signIn: () => `${title} asks you to sign in when it starts the server.`,
    },
    quickAdd: (server: ServerCommand, entry: Entry): QuickAdd => {
      const { name, rules } = server;
      const description = `${rules.title} ${rules.keyTitle}`;
      const input = { type: "promptString", id: `${name}-${rules.keyId}`, description, password: true };
      const config = JSON.stringify(entry);
      const parts = [
        `name=${name}`,
        `config=${encodeURIComponent(config)}`,
        ...(config.includes("${input:") ? [`inputs=${encodeURIComponent(JSON.stringify([input]))}`] : []),
      ];
      return { link: `https://insiders.vscode.dev/redirect/mcp/install?${parts.join("&")}${query}` };
    },
    key: { kind: "input" },
    after: `In ${title}, run "MCP: List Servers" and start the server.`,
  } as const;
}

/**
 * Returns the profiles of VS Code that have servers of their own.
 * @see https://github.com/microsoft/vscode/blob/main/src/vs/platform/userDataProfile/node/userDataProfile.ts
 * @param storage the file that lists them, by the names of their folders
 */
function findProfiles(storage: string): readonly { readonly name: string; readonly file: string }[] {
  let text = "";
  try {
    text = readFileSync(storage, "utf8");
  } catch {
    // Without this file, there is only the default profile.
  }
  const state = parseJson(text);
  const profiles = isObject(state) && Array.isArray(state.userDataProfiles) ? state.userDataProfiles : [];
  return profiles.filter(isObject).flatMap(({ name, location, useDefaultFlags }) => {
    const sharesServers = isObject(useDefaultFlags) && useDefaultFlags.mcp === true;
    if (typeof name !== "string" || typeof location !== "string" || sharesServers) return [];
    if (!/^[\w-]+$/.test(location)) return [];
    return [{ name, file: join(dirname(dirname(storage)), "profiles", location, "mcp.json") }];
  });
}

/** The Cascade agent of Windsurf, which Devin replaces. */
function windsurf(folder: string, title: string) {
  return {
    ...DEFAULTS,
    title,
    source: "https://docs.devin.ai/desktop/cascade/mcp",
    userFiles: (system: System) => [inHome(system, ".codeium", folder, "mcp_config.json")],
    remote: opensBrowser(title, ({ url }: RemoteServer) => ({ serverUrl: url })),
    key: ENV_VARIABLE,
    after: `Restart ${title}.`,
  };
}
