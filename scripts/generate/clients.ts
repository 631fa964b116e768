import { listRemoteSetups } from "../../src/cli/remote-setups.ts";
import { createEntry, createServerCommand } from "../../src/clients/entries.ts";
import { formatSnippet } from "../../src/clients/plan.ts";
import { CLIENTS, findClient } from "../../src/clients/registry.ts";
import type { Client, System } from "../../src/clients/types.ts";
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
const command = [server.command, ...server.args].join(" ");

function entryFor(id: string) {
  const client = findClient(id);
  if (!client) throw new Error(`there is no client ${id}`);
  return createEntry(client, server);
}

function cursorLink(): string {
  const config = Buffer.from(JSON.stringify(entryFor("cursor"))).toString("base64");
  return `https://cursor.com/en/install-mcp?name=lightfast&config=${encodeURIComponent(config)}`;
}

function vscodeLink(quality: string): string {
  const inputs = [
    { type: "promptString", id: "lightfast-api-key", description: "Lightfast API key", password: true },
  ];
  const parts = [
    "name=lightfast",
    `config=${encodeURIComponent(JSON.stringify(entryFor("vscode")))}`,
    `inputs=${encodeURIComponent(JSON.stringify(inputs))}`,
  ];
  return `https://insiders.vscode.dev/redirect/mcp/install?${parts.join("&")}${quality}`;
}

/** The quick way in, for clients that have one. No link holds a key. */
const QUICK: Readonly<Record<string, string>> = {
  cursor: `[Add to Cursor](${cursorLink()})`,
  vscode: `[Add to VS Code](${vscodeLink("")})`,
  "vscode-insiders": `[Add to VS Code Insiders](${vscodeLink("&quality=insiders")})`,
  "claude-code": code(`claude mcp add lightfast --scope user -- ${command}`),
  codex: code(`codex mcp add lightfast -- ${command}`),
  gemini: code(`gemini mcp add --scope user lightfast ${command}`),
};

function filesOf({ userFiles }: Client): string {
  const [linux, mac, windows] = [LINUX, MAC, WINDOWS].map((system) => userFiles(system).at(-1) ?? "");
  const all = new Set([
    mac ?? "",
    linux ?? "",
    (windows ?? "").replaceAll("~\\", "%USERPROFILE%\\").replace(/^\\%/, "%"),
  ]);
  return [...all].map(code).join(", ");
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
    `${client.title} (${code(client.id)})`,
    QUICK[client.id] ?? "",
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
      markdownTable(["Client", "Quick way", "File"], rows),
      "For Claude Desktop, Cursor, Windsurf, and many others, the entry is:",
      `\`\`\`json\n${snippet}\n\`\`\``,
      'Without a stored login, add `"env": { "LIGHTFAST_API_KEY": "lf_..." }`. On Windows the command is `cmd` with the arguments `/c npx -y @lightfastai/mcp@latest`.',
    ].join("\n\n"),
  };
}
