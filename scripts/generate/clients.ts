import { describeFiles } from "../../src/cli/remote-setups.ts";
import { createEntry, createRemoteServer, createServerCommand } from "../../src/clients/entries.ts";
import { formatSnippet } from "../../src/clients/plan.ts";
import { CLIENTS, findClient } from "../../src/clients/registry.ts";
import type { Client, ServerCommand, System } from "../../src/clients/types.ts";
import { NPX } from "../../src/config/invocation.ts";
import { LIGHTFAST_ENTRIES } from "../../src/platforms/lightfast/config/entries.ts";
import { code, markdownTable } from "./markdown.ts";

const LINUX: System = { platform: "linux", home: "~", env: {} };
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
  return quickWay(client, hosted) || code(`${NPX} install ${client.id} --remote`);
}

function filesOf(client: Client): string {
  const [project] = client.projectFiles ?? [];
  const files = describeFiles(client).map(code);
  return [...files, ...(project === undefined ? [] : [`project: ${code(project)}`])].join(", ");
}

/** Links that add the hosted server to a client with one click. */
export function hostedLinks(): string {
  return CLIENTS.filter(({ remote }) => "entry" in remote)
    .map((client) => quickWay(client, hosted))
    .filter((way) => way.startsWith("["))
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
