import type { Entry, QuickAdd, RemoteServer, RemoteSupport, ServerCommand } from "../types.ts";

/** Where no program is installed, the first start downloads the package, which takes longer than clients wait. */
export const START_SECONDS = 30;

/** What most clients have in common; a row overrides what differs. */
export const DEFAULTS = {
  format: "jsonc",
  comments: false,
  keyPath: ["mcpServers"],
  envField: "env",
  entry: standardEntry,
} as const;

export function standardEntry({ command, args, env }: ServerCommand): Entry {
  return { command, args, ...optionalEnv("env", env) };
}

export function stdioEntry(server: ServerCommand): Entry {
  return { type: "stdio", ...standardEntry(server) };
}

/** The local entries of opencode and of what is made from it. */
export function openCodeEntry({ command, args, env }: ServerCommand): Entry {
  return {
    type: "local",
    command: [command, ...args],
    enabled: true,
    timeout: START_SECONDS * 1000,
    ...optionalEnv("environment", env),
  };
}

export function optionalEnv(field: string, env: ServerCommand["env"]): Entry {
  return Object.keys(env).length > 0 ? { [field]: env } : {};
}

export function urlEntry({ url }: RemoteServer): Entry {
  return { url };
}

export function httpEntry({ url }: RemoteServer): Entry {
  return { type: "http", url };
}

/** A client that opens a browser when the server asks it to sign in. */
export function opensBrowser(title: string, entry: (server: RemoteServer) => Entry): RemoteSupport {
  return { entry, signIn: () => `${title} opens a browser to sign in when it connects.` };
}

/** A client whose documentation names no way to sign in to a remote server. */
export function startsLocalOnly(title: string): RemoteSupport {
  return {
    advice: () =>
      `${title} is not known to sign in to remote servers. Omit --remote to install the local server.`,
  };
}

/** Creates a command line of `words`, which are quoted for a POSIX shell where they must be. */
export function commandLine(...words: readonly string[]): { readonly command: string } {
  const quote = (word: string): string =>
    /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
  return { command: words.map(quote).join(" ") };
}

/** Creates a link with the entry in base64, as Cursor introduced it. */
export function base64Link(page: string): (server: ServerCommand, entry: Entry) => QuickAdd {
  return ({ name }, entry) => {
    const config = Buffer.from(JSON.stringify(entry)).toString("base64");
    return { link: `${page}?name=${name}&config=${encodeURIComponent(config)}` };
  };
}
