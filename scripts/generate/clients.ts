import { listRemoteSetups } from "../../src/cli/remote-setups.ts";
import { createEntry, createRemoteServer, createServerCommand } from "../../src/clients/entries.ts";
import { formatSnippet } from "../../src/clients/plan.ts";
import { CLIENTS, findClient } from "../../src/clients/registry.ts";
import type { Client, ServerCommand, System } from "../../src/clients/types.ts";
import { LIGHTFAST_ENTRIES } from "../../src/platforms/lightfast/config/entries.ts";
import { code, markdownTable } from "./markdown.ts";

const LINUX: System = { platform: "linux", home: "~", env: {} };
const MAC: System = { ...LINUX, platform: "darwin" };
/** Absolute, because relative folders are ignored. */
const WINDOWS: System = {
  ...LINUX,
  platform: "win32",
  env: { APPDATA: "\\%APPDATA%", LOCALAPPDATA: "\\%LOCALAPPDATA%" },
};

const server = createServerCommand({
  name: "lightfast",
  env: {},
  rules: LIGHTFAST_ENTRIES,
});
const hosted = createRemoteServer("lightfast", LIGHTFAST_ENTRIES.hostedUrl ?? "", LIGHTFAST_ENTRIES);

/** The quickest documented way to add a server; empty if there is only the file. No link contains a key. */
function quickWay(client: Client, to: ServerCommand): string {
  const way = client.quickAdd?.(to, createEntry(client, to));
  if (way === undefined) return "";
  return "command" in way ? code(way.command) : `[Add to ${client.title}](${way.link})`;
}

function hostedWay(client: Client): string {
  if ("advice" in client.remote) return client.id === "claude-desktop" ? "Settings > Connectors" : "no";
  return quickWay(client, hosted) || code(`lightfast-mcp install ${client.id} --remote`);
}

function filesOf({ userFiles, projectFiles = [] }: Client): string {
  const [linux, mac, windows] = [LINUX, MAC, WINDOWS].map((system) => userFiles(system)[0] ?? "");
  const all = new Set([
    mac ?? "",
    linux ?? "",
    (windows ?? "").replaceAll("~\\", "%USERPROFILE%\\").replace(/^\\%/, "%"),
  ]);
  const project = projectFiles[0] === undefined ? [] : [`project: ${code(projectFiles[0])}`];
  return [...[...all].map(code), ...project].join(", ");
}

/** The hosted server's links that add it with one click. */
export function hostedLinks(): string {
  const { hostedUrl } = LIGHTFAST_ENTRIES;
  if (!hostedUrl) throw new Error("Lightfast has no hosted server.");
  return listRemoteSetups({ name: "lightfast", url: hostedUrl })
    .flatMap(({ client, link }) => (link ? [`[Add to ${client}](${link})`] : []))
    .join(" · ");
}

/** The generated sections of docs/clients.md, from the table that `install` works by. */
export function clientsSections(): Record<string, string> {
  const rows = CLIENTS.map((client) => [
    `[${client.title}](${client.source}) (${code(client.id)})`,
    quickWay(client, server),
    hostedWay(client),
    filesOf(client),
  ]);
  const desktop = findClient("claude-desktop");
  if (!desktop) throw new Error("there is no Claude Desktop");
  const snippet = formatSnippet({
    action: "install",
    client: desktop,
    server,
    system: LINUX,
    hasStoredLogin: true,
  });
  return {
    clients: [
      markdownTable(["Client and source", "Local", "Hosted", "Files"], rows),
      "For Claude Desktop, Cursor, Windsurf, and many others, the entry is:",
      `\`\`\`json\n${snippet}\n\`\`\``,
      'Without a stored login, add `"env": { "LIGHTFAST_API_KEY": "lf_..." }`. On Windows the command is `cmd` with the arguments `/c npx -y @lightfastai/mcp@latest`.',
    ].join("\n\n"),
  };
}
