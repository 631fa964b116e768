import { createEntry, createServerCommand } from "../../src/clients/entries.ts";
import { findClient } from "../../src/clients/registry.ts";
import type { ServerCommand } from "../../src/clients/types.ts";
import { LIGHTFAST_ENTRIES } from "../../src/platforms/lightfast/config/entries.ts";
import { code, markdownTable } from "./markdown.ts";
import { DESCRIPTION, indented, type PackageManifest, PRIVACY, repositoryUrl } from "./publishing.ts";
import type { readSkills } from "./skills.ts";

const NAME = "lightfast";
const FOLDER = `plugins/${NAME}`;
const TITLE = "Lightfast";
const AGENT_PLUGINS = "https://agent-plugins.org/schemas/1.0.0";

/**
 * The plugin of coding agents with its marketplaces: a folder with a manifest for each of them, the skills, and how the
 * server is started. Sources of the formats:
 * Claude Code https://code.claude.com/docs/en/plugins-reference, Codex https://developers.openai.com/codex/plugins/build,
 * Cursor https://cursor.com/docs/reference/plugins, Gemini CLI https://geminicli.com/docs/extensions/reference,
 * Copilot https://docs.github.com/en/copilot/reference/copilot-cli-reference/cli-plugin-reference, and
 * Agent Plugins https://agent-plugins.org/specification, which Copilot, Cursor and VS Code read, too.
 * @param icon the text of the icon
 */
export function createPlugins(
  manifest: PackageManifest,
  skills: ReturnType<typeof readSkills>,
  icon: string,
): Record<string, string> {
  const { version, license, homepage, keywords } = manifest;
  const author = { name: manifest.author, url: "https://lightfast.ai" };
  const about = { name: NAME, version, description: DESCRIPTION, author, homepage };
  const plugin = { ...about, repository: repositoryUrl(manifest), license, keywords };
  // The version of the plugin, so that skills and server belong together, and npx needs the network once.
  const server = createServerCommand({
    name: NAME,
    env: {},
    // Without `--prefix`, npm reads the settings of the folder that the client runs in (docs/security.md).
    launch: ["npx", "--prefix=/", "-y", `${manifest.name}@${version}`],
    rules: LIGHTFAST_ENTRIES,
  });
  const { command, args } = server;
  const logo = "./assets/icon.svg";
  const contents = {
    ".claude-plugin/plugin.json": plugin,
    ".mcp.json": { mcpServers: entryOf("claude-code", server) },
    ".codex-plugin/plugin.json": {
      ...plugin,
      skills: "./skills/",
      mcpServers: entryOf("codex", server),
      interface: {
        displayName: TITLE,
        shortDescription: DESCRIPTION,
        longDescription: manifest.description,
        developerName: manifest.author,
        category: "Productivity",
        capabilities: ["Interactive", "Read", "Write"],
        websiteURL: author.url,
        privacyPolicyURL: PRIVACY,
        defaultPrompt: ["Record a signal: Acme asked for SSO twice this week."],
        composerIcon: logo,
        logo,
      },
    },
    ".cursor-plugin/plugin.json": {
      ...plugin,
      displayName: TITLE,
      author: { name: manifest.author },
      logo: logo.slice(2),
      skills: "./skills/",
      mcpServers: entryOf("cursor", server),
    },
    "gemini-extension.json": {
      name: NAME,
      version,
      description: DESCRIPTION,
      mcpServers: entryOf("gemini", server),
    },
    "plugin.json": { $schema: `${AGENT_PLUGINS}/plugin.schema.json`, ...plugin },
    "mcp.json": {
      $schema: `${AGENT_PLUGINS}/mcp.schema.json`,
      mcpServers: { [NAME]: { type: "stdio", command, args } },
    },
  };
  const listed = { name: NAME, source: `./${FOLDER}`, description: DESCRIPTION };
  const marketplace = {
    name: NAME,
    owner: { name: manifest.author },
    metadata: { description: DESCRIPTION },
  };
  const texts = Object.entries(skills).flatMap(([name, { files }]) =>
    files.map(({ path, text }) => [`${FOLDER}/skills/${name}/${path}`, text]),
  );
  return {
    ...Object.fromEntries(
      Object.entries(contents).map(([path, value]) => [`${FOLDER}/${path}`, indented(value)]),
    ),
    ...Object.fromEntries(texts),
    [`${FOLDER}/assets/icon.svg`]: icon,
    // Claude Code, Codex, Copilot, and VS Code.
    ".claude-plugin/marketplace.json": indented({
      ...marketplace,
      plugins: [{ ...listed, version, category: "productivity" }],
    }),
    ".cursor-plugin/marketplace.json": indented({ ...marketplace, plugins: [listed] }),
  };
}

/** How to install the plugin. Gemini CLI takes the archives of the releases. */
const INSTALLATION = [
  ["Claude Code", "claude plugin marketplace add <repository>", `claude plugin install ${NAME}@${NAME}`],
  ["Codex", "codex plugin marketplace add <repository>", `codex plugin add ${NAME}@${NAME}`],
  ["Copilot CLI", "copilot plugin marketplace add <repository>", `copilot plugin install ${NAME}@${NAME}`],
  ["Gemini CLI", "gemini extensions install https://github.com/<repository>"],
] as const;

/** The generated section about plugins in docs/clients.md. @param repository as in `owner/name` */
export function pluginsSection(repository: string): string {
  const rows = INSTALLATION.map(([client, ...commands]) => [
    client,
    commands.map((command) => code(command.replace("<repository>", repository))).join(", then "),
  ]);
  return markdownTable(["Client", "Commands"], rows);
}

/** The server as `install` writes it for a client. */
function entryOf(id: string, server: ServerCommand) {
  const client = findClient(id);
  if (!client) throw new Error(`there is no client ${id}`);
  return { [server.name]: createEntry(client, server) };
}
