import type { ClientSetup } from "../transports/http/types.ts";

/** A server over HTTP, as clients reach it. */
export type RemoteServer = {
  /** The server's name in a client's file. */
  readonly name: string;
  readonly url: string;
  /** The API key that callers send; undefined if they sign in, or need no authentication. */
  readonly key?: RemoteKey | undefined;
};

type RemoteKey = {
  /** The variable that holds the key. */
  readonly variable: string;
  /** What the key is, such as "Example API key". */
  readonly title: string;
};

type QuickSetup = (server: RemoteServer) => Omit<ClientSetup, "client">;

/** The quick way into a client. No link and no command contains a key. */
const QUICK_SETUPS: Readonly<Record<string, QuickSetup>> = {
  "Claude Code": ({ name, url, key }) =>
    toCommand(
      ["claude", "mcp", "add", "--transport", "http", "--scope", "user", name, url],
      key && ["--header", `Authorization: Bearer \${${key.variable}}`],
      key,
    ),
  Codex: ({ name, url, key }) =>
    toCommand(
      ["codex", "mcp", "add", name, "--url", url],
      key && ["--bearer-token-env-var", key.variable],
      key,
    ),
  "Gemini CLI": ({ name, url, key }) =>
    toCommand(
      ["gemini", "mcp", "add", "--transport", "http", "--scope", "user", name, url],
      key && ["--header", `Authorization: Bearer $${key.variable}`],
      key,
    ),
  Cursor: ({ name, url, key }) => {
    const entry = { url, ...(key && { headers: { Authorization: `Bearer \${env:${key.variable}}` } }) };
    const config = Buffer.from(JSON.stringify(entry)).toString("base64");
    return {
      link: `https://cursor.com/en/install-mcp?name=${name}&config=${encodeURIComponent(config)}`,
      instruction: `${describeVariable(key)}Or add this to ~/.cursor/mcp.json:`,
      text: indented({ mcpServers: { [name]: entry } }),
    };
  },
  "VS Code": ({ name, url, key }) => {
    const id = `${name}-api-key`;
    const entry = {
      type: "http",
      url,
      ...(key && { headers: { Authorization: `Bearer \${input:${id}}` } }),
    };
    const inputs = key && [{ type: "promptString", id, description: key.title, password: true }];
    const query = [
      `name=${name}`,
      `config=${encodeURIComponent(JSON.stringify(entry))}`,
      ...(inputs ? [`inputs=${encodeURIComponent(JSON.stringify(inputs))}`] : []),
    ];
    return {
      link: `https://insiders.vscode.dev/redirect/mcp/install?${query.join("&")}`,
      instruction: 'Or add this to the file that "MCP: Open User Configuration" opens:',
      text: indented({ servers: { [name]: entry }, ...(inputs && { inputs }) }),
    };
  },
};

/** Returns how each client connects to a server. */
export function listRemoteSetups(server: RemoteServer): readonly ClientSetup[] {
  return Object.entries(QUICK_SETUPS).map(([client, setup]) => ({ client, ...setup(server) }));
}

function toCommand(
  words: readonly string[],
  keyWords: readonly string[] | undefined,
  key: RemoteKey | undefined,
): Omit<ClientSetup, "client"> {
  return {
    instruction: `${describeVariable(key)}Run:`,
    text: [...words, ...(keyWords ?? [])].map(quoteWord).join(" "),
  };
}

function describeVariable(key: RemoteKey | undefined): string {
  return key ? `Set ${key.variable} in the environment that starts the client. ` : "";
}

/** For a POSIX shell and for PowerShell. */
function quoteWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function indented(value: unknown): string {
  return JSON.stringify(value, null, 2);
}
