import { toConfigValues } from "../clients/entries.ts";
import { CLIENTS } from "../clients/registry.ts";
import { commandLine } from "../clients/rows/forms.ts";
import type { Client, Entry, EntryRules, FormatName, System } from "../clients/types.ts";
import { NPX } from "../config/invocation.ts";
import type { ClientSetup } from "../transports/http/types.ts";

/** A server over HTTP, as clients reach it. */
export type RemoteSetup = {
  /** The server's name in a client's file. */
  readonly name: string;
  readonly url: string;
  readonly rules: EntryRules;
  /** How callers authenticate: they sign in, send a key of their own, or need nothing. */
  readonly auth: "oauth" | "api-key" | "none";
};

/** How a client sends the caller's key, which no text contains. */
type KeySetup = {
  /** What the user does first: a sentence and a space, or nothing. */
  readonly preparation: string;
  readonly header: string;
  /** Options of the client's own command; undefined if it has none for keys. */
  readonly options: readonly string[] | undefined;
};

/** Returns how each client connects to a server. */
export function listRemoteSetups(server: RemoteSetup): readonly ClientSetup[] {
  const { rules, url, auth } = server;
  const all = {
    client: "All clients on your machine",
    instruction: "Run:",
    text: installCommand(rules, "--remote", url),
  };
  return [
    ...(auth === "oauth" ? [all] : []),
    ...CLIENTS.map((client) => ({ client: client.title, ...describeSetup(client, server) })),
  ];
}

function describeSetup(client: Client, server: RemoteSetup): Omit<ClientSetup, "client"> {
  const { remote, quickAdd, after } = client;
  const { name, url, rules, auth } = server;
  if ("advice" in remote) return describeAdvice(client, remote.advice(url), server);
  const key = auth === "api-key" ? describeKey(client, server) : undefined;
  const { oauth, ...plain } = remote.entry({ name, url, rules });
  const entry = {
    ...plain,
    ...(auth === "oauth" && oauth !== undefined && { oauth }),
    ...(key && { headers: { Authorization: key.header } }),
  };
  const quick = quickAdd?.({ name, url, rules, command: "", args: [], env: {} }, entry);
  const next = auth === "oauth" ? `${after} ${remote.signIn(name)}` : after;
  const preparation = key?.preparation ?? "";
  if (quick && "command" in quick && (!key || key.options)) {
    const options = key?.options ? [commandLine(...key.options).command] : [];
    return { instruction: `${preparation}Run:`, text: [quick.command, ...options].join(" "), next };
  }
  return {
    link: quick && "link" in quick ? quick.link : undefined,
    instruction: `${preparation}Add this to ${describeFiles(client).join(" or ")}:`,
    text: formatFile(client, server, entry),
    next,
  };
}

/** Advice that names the URL says where to enter it. Any other client can run the server on the same machine. */
function describeAdvice(
  { id, title }: Client,
  advice: string,
  { rules, url, auth }: RemoteSetup,
): Omit<ClientSetup, "client"> {
  if (auth === "oauth" && advice.includes(url)) return { instruction: advice, text: url };
  return {
    instruction: `${title} is not known to support this server. To run it on your machine instead, run:`,
    text: installCommand(rules, id),
  };
}

function describeKey({ title, key, keyOptions }: Client, { name, rules }: RemoteSetup): KeySetup {
  const { keyVariable, keyTitle, keyId } = rules;
  const headerWith = (value: string) => `Bearer ${value}`;
  if (key?.kind === "input")
    return { preparation: "", header: headerWith(`\${input:${name}-${keyId}}`), options: undefined };
  const reference = key?.kind === "placeholder" ? key.textFor(keyVariable) : undefined;
  const options = keyOptions?.(keyVariable, `Authorization: ${headerWith(reference ?? "")}`);
  const example = `YOUR_${keyVariable}`;
  const isInEnvironment = reference !== undefined || options !== undefined;
  return {
    preparation: isInEnvironment
      ? `Set ${keyVariable} in the environment that starts ${title}. `
      : `Replace ${example} with your ${keyTitle}. `,
    header: headerWith(reference ?? example),
    options,
  };
}

function installCommand({ command }: EntryRules, ...words: readonly string[]): string {
  return `${NPX} ${commandLine(...(command ? [command] : []), "install", ...words).command}`;
}

/** The text of a file that has nothing but the entry, and what the entry refers to. */
function formatFile(client: Client, { name, rules }: RemoteSetup, entry: Entry): string {
  const [, ...inputs] = toConfigValues(client, { name, rules }, entry).map(({ value }) => value);
  return FILE_TEXTS[client.format]([...client.keyPath, name], entry, inputs.length > 0 ? { inputs } : {});
}

type FileText = (path: readonly string[], entry: Entry, rest: Entry) => string;

const FILE_TEXTS: Readonly<Record<FormatName, FileText>> = {
  jsonc: (path, entry, rest) =>
    JSON.stringify(
      { ...path.reduceRight<Entry>((value, key) => ({ [key]: value }), entry), ...rest },
      null,
      2,
    ),
  toml: (path, entry) =>
    [
      `[${path.join(".")}]`,
      ...Object.entries(entry).map(([key, value]) => `${key} = ${JSON.stringify(value)}`),
    ].join("\n"),
  // Flow style, which contains JSON (YAML 1.2.2, section 1.3).
  yaml: (path, entry) =>
    `${path.map((key, depth) => `${"  ".repeat(depth)}${key}:`).join("\n")} ${JSON.stringify(entry)}`,
};

const LINUX: System = { platform: "linux", home: "~", env: {}, listFolder: () => [] };
const SYSTEMS: readonly System[] = [
  { ...LINUX, platform: "darwin" },
  LINUX,
  // Absolute, because relative folders are ignored.
  { ...LINUX, platform: "win32", env: { APPDATA: "\\%APPDATA%", LOCALAPPDATA: "\\%LOCALAPPDATA%" } },
];

/** Returns the path of a client's file on macOS, Linux and Windows, without repetitions. */
export function describeFiles({ userFiles }: Client): readonly string[] {
  const files = SYSTEMS.map((system) => userFiles(system)[0] ?? "").map((file) =>
    file.replace(/^~\\/, "%USERPROFILE%\\").replace(/^\\%/, "%"),
  );
  return [...new Set(files)];
}
