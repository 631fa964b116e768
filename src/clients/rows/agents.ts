import { bySystem, inFolder, inHome, inRoaming, inXdgConfig } from "../locations.ts";
import type { Client, Entry, ServerCommand } from "../types.ts";
import {
  commandLine,
  DEFAULTS,
  httpEntry,
  openCodeEntry,
  opensBrowser,
  optionalEnv,
  START_SECONDS,
  standardEntry,
  stdioEntry,
  urlEntry,
} from "./forms.ts";

/** A variable that may be unset: without the empty default, these clients warn each time. */
const OPTIONAL_VARIABLE = {
  kind: "placeholder",
  textFor: (variable: string) => `\${${variable}:-}`,
} as const;

/** Coding agents that run in a terminal. */
export const AGENTS: readonly Client[] = [
  {
    ...DEFAULTS,
    id: "claude-code",
    title: "Claude Code",
    source: "https://code.claude.com/docs/en/mcp",
    neverEmpty: true,
    userFiles: (system) => [inFolder(system, "CLAUDE_CONFIG_DIR", [], ".claude.json")],
    projectFiles: [".mcp.json"],
    home: (system) => inFolder(system, "CLAUDE_CONFIG_DIR", [".claude"]),
    entry: (server) => ({ ...stdioEntry(server), ...alwaysLoad(server) }),
    remote: {
      entry: (server) => ({ ...httpEntry(server), ...alwaysLoad(server) }),
      signIn: (name) => `In a session, run /mcp and sign in to ${name}.`,
    },
    quickAdd: ({ name, command, args, url }) =>
      url === undefined
        ? commandLine("claude", "mcp", "add", "--scope", "user", name, "--", command, ...args)
        : commandLine("claude", "mcp", "add", "--scope", "user", "--transport", "http", name, url),
    keyOptions: (_, header) => ["--header", header],
    key: OPTIONAL_VARIABLE,
    reserved: ["workspace"],
    after: "Start a new Claude Code session.",
  },
  {
    ...DEFAULTS,
    id: "codex",
    title: "Codex",
    source: "https://developers.openai.com/codex/mcp",
    format: "toml",
    comments: true,
    userFiles: (system) => [inFolder(system, "CODEX_HOME", [".codex"], "config.toml")],
    projectFiles: [".codex/config.toml"],
    keyPath: ["mcp_servers"],
    // Codex clears the environment of servers, and skips listed variables that are not set.
    entry: ({ command, args, env, rules: { forwarded } }) => ({
      command,
      args,
      startup_timeout_sec: START_SECONDS,
      ...optionalEnv("env", env),
      ...(forwarded && { env_vars: forwarded }),
    }),
    remote: { entry: urlEntry, signIn: (name) => `Run "codex mcp login ${name}" to sign in.` },
    quickAdd: ({ name, command, args, url }) =>
      url === undefined
        ? commandLine("codex", "mcp", "add", name, "--", command, ...args)
        : commandLine("codex", "mcp", "add", name, "--url", url),
    keyOptions: (variable) => ["--bearer-token-env-var", variable],
    key: {
      kind: "list",
      field: "env_vars",
      adviceFor: (variable) => `Set ${variable} in the environment that starts Codex`,
    },
    after: "Start a new Codex session.",
  },
  {
    ...DEFAULTS,
    id: "gemini",
    title: "Gemini CLI",
    source: "https://geminicli.com/docs/tools/mcp-server",
    comments: true,
    userFiles: (system) => [inFolder(system, "GEMINI_CLI_HOME", [], ".gemini", "settings.json")],
    projectFiles: [".gemini/settings.json"],
    // What "gemini mcp add" writes. Without the type, older versions expect Server-Sent Events.
    remote: {
      entry: httpEntry,
      signIn: (name) => `In a session, run "/mcp auth ${name}" to sign in.`,
    },
    quickAdd: ({ name, command, args, url }) =>
      url === undefined
        ? commandLine("gemini", "mcp", "add", "--scope", "user", name, command, ...args)
        : commandLine("gemini", "mcp", "add", "--scope", "user", "--transport", "http", name, url),
    keyOptions: (_, header) => ["--header", header],
    key: { kind: "placeholder", textFor: (variable) => `$${variable}` },
    after: "Start a new Gemini CLI session.",
  },
  {
    ...DEFAULTS,
    id: "qwen",
    title: "Qwen Code",
    source: "https://qwenlm.github.io/qwen-code-docs/en/users/features/mcp",
    comments: true,
    userFiles: (system) => [inFolder(system, "QWEN_HOME", [".qwen"], "settings.json")],
    projectFiles: [".qwen/settings.json"],
    remote: {
      entry: ({ url }) => ({ httpUrl: url }),
      signIn: (name) => `In a session, run /mcp and sign in to ${name}.`,
    },
    quickAdd: ({ name, command, args, url }) =>
      url === undefined
        ? commandLine("qwen", "mcp", "add", "--scope", "user", name, command, ...args)
        : commandLine("qwen", "mcp", "add", "--scope", "user", "--transport", "http", name, url),
    keyOptions: (_, header) => ["--header", header],
    key: { kind: "placeholder", textFor: (variable) => `$${variable}` },
    after: "Start a new Qwen Code session.",
  },
  {
    ...DEFAULTS,
    id: "goose",
    title: "Goose",
    source: "https://block.github.io/goose/docs/guides/config-files",
    format: "yaml",
    comments: true,
    userFiles: (system) => [
      bySystem(system, {
        darwin: inXdgConfig(system, "goose", "config.yaml"),
        win32: inRoaming(system, "Block", "goose", "config", "config.yaml"),
        linux: inXdgConfig(system, "goose", "config.yaml"),
      }),
    ],
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
    // Goose ignores a remote extension without a description.
    remote: opensBrowser("Goose", ({ name, url, rules }) => ({
      type: "streamable_http",
      name,
      description: rules.title,
      enabled: true,
      uri: url,
    })),
    key: {
      kind: "list",
      field: "env_keys",
      adviceFor: (variable) =>
        `Run "goose configure", which asks for ${variable} and stores it in its keyring`,
    },
    after: "Start a new Goose session.",
  },
  {
    ...DEFAULTS,
    id: "opencode",
    title: "opencode",
    source: "https://opencode.ai/docs/mcp-servers",
    comments: true,
    userFiles: (system) => [
      inXdgConfig(system, "opencode", "opencode.json"),
      inXdgConfig(system, "opencode", "opencode.jsonc"),
    ],
    projectFiles: ["opencode.json", "opencode.jsonc"],
    keyPath: ["mcp"],
    envField: "environment",
    entry: openCodeEntry,
    remote: {
      entry: ({ url }) => ({ type: "remote", url, enabled: true }),
      signIn: (name) => `Run "opencode mcp auth ${name}" to sign in.`,
    },
    key: { kind: "placeholder", textFor: (variable) => `{env:${variable}}` },
    after: "Start a new opencode session.",
  },
  {
    ...DEFAULTS,
    id: "copilot",
    title: "Copilot CLI",
    source: "https://docs.github.com/en/copilot/how-tos/copilot-cli/customize-copilot/add-mcp-servers",
    userFiles: (system) => [inFolder(system, "COPILOT_HOME", [".copilot"], "mcp-config.json")],
    // Without a list of tools, Copilot CLI offers none; by default, it defers them.
    entry: (server) => ({ type: "local", ...standardEntry(server), tools: ["*"], deferTools: "never" }),
    remote: opensBrowser("Copilot CLI", (server) => ({
      ...httpEntry(server),
      tools: ["*"],
      deferTools: "never",
    })),
    // Copilot CLI ignores the second one where the first exists.
    projectFiles: [".mcp.json", ".github/mcp.json"],
    // Claude Code reads the same file, and knows neither the type "local" nor the other fields.
    inProject: { entry: stdioEntry, remote: opensBrowser("Copilot CLI", httpEntry) },
    quickAdd: ({ name, command, args, url }) =>
      url === undefined
        ? commandLine("copilot", "mcp", "add", name, "--", command, ...args)
        : commandLine("copilot", "mcp", "add", "--transport", "http", name, url),
    key: OPTIONAL_VARIABLE,
    after: "Start a new Copilot CLI session.",
  },
  {
    ...DEFAULTS,
    id: "amp",
    title: "Amp",
    source: "https://ampcode.com/manual#mcp",
    userFiles: (system) => [inHome(system, ".config", "amp", "settings.json")],
    projectFiles: [".amp/settings.json"],
    // A single key that contains a dot.
    keyPath: ["amp.mcpServers"],
    remote: opensBrowser("Amp", urlEntry),
    after: "Start a new Amp session.",
  },
  {
    ...DEFAULTS,
    id: "kilo",
    title: "Kilo Code",
    source: "https://kilo.ai/docs/automate/mcp/using-in-kilo-code",
    comments: true,
    userFiles: (system) => [
      inXdgConfig(system, "kilo", "kilo.json"),
      inXdgConfig(system, "kilo", "kilo.jsonc"),
    ],
    projectFiles: ["kilo.json", "kilo.jsonc", ".kilo/kilo.json", ".kilo/kilo.jsonc"],
    keyPath: ["mcp"],
    envField: "environment",
    entry: openCodeEntry,
    remote: {
      entry: ({ url }) => ({ type: "remote", url, enabled: true }),
      signIn: (name) => `Run "kilo mcp auth ${name}" to sign in.`,
    },
    key: { kind: "placeholder", textFor: (variable) => `{env:${variable}}` },
    after: "Start a new Kilo Code session.",
  },
  {
    ...DEFAULTS,
    id: "droid",
    title: "Factory Droid",
    source: "https://docs.factory.ai/cli/configuration/mcp",
    userFiles: (system) => [inHome(system, ".factory", "mcp.json")],
    projectFiles: [".factory/mcp.json"],
    entry: stdioEntry,
    remote: { entry: httpEntry, signIn: (name) => `In a session, run /mcp and sign in to ${name}.` },
    quickAdd: ({ name, command, args, url }) =>
      url === undefined
        ? commandLine("droid", "mcp", "add", name, [command, ...args].join(" "))
        : commandLine("droid", "mcp", "add", name, url, "--type", "http"),
    key: OPTIONAL_VARIABLE,
    after: "Droid reloads its configuration automatically.",
  },
  {
    ...DEFAULTS,
    id: "crush",
    title: "Crush",
    source: "https://github.com/charmbracelet/crush/blob/main/internal/config/load.go",
    userFiles: (system) => [
      "CRUSH_GLOBAL_CONFIG" in system.env
        ? inFolder(system, "CRUSH_GLOBAL_CONFIG", [".config", "crush"], "crush.json")
        : inXdgConfig(system, "crush", "crush.json"),
    ],
    projectFiles: ["crush.json", ".crush.json"],
    keyPath: ["mcp"],
    entry: (server) => ({ ...stdioEntry(server), timeout: START_SECONDS }),
    remote: opensBrowser("Crush", (server) => ({ ...httpEntry(server), oauth: true })),
    key: OPTIONAL_VARIABLE,
    after: "Start a new Crush session.",
  },
  {
    ...DEFAULTS,
    id: "kimi",
    title: "Kimi Code",
    source: "https://github.com/MoonshotAI/kimi-code/blob/main/docs/en/customization/mcp.md",
    userFiles: (system) => [inFolder(system, "KIMI_CODE_HOME", [".kimi-code"], "mcp.json")],
    projectFiles: [".kimi-code/mcp.json"],
    remote: {
      entry: urlEntry,
      signIn: (name) => `In a session, run "/mcp-config login ${name}" to sign in.`,
    },
    after: "Start a new Kimi Code session.",
  },
];

/** Without it, the model of Claude Code has to search for the tools before it knows them. */
function alwaysLoad({ rules }: Pick<ServerCommand, "rules">): Entry {
  return rules.alwaysLoad ? { alwaysLoad: true } : {};
}
