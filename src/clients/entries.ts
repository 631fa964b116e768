import { isRememberedProgram, type Launch } from "../installation/launch.ts";
import { isObject } from "../shared/json.ts";
import { FileError } from "./files.ts";
import type { Client, Entry, EntryRules, Path, ServerCommand, Value } from "./types.ts";

/** Fields that define the command. An update replaces these and keeps every other field. */
const COMMAND_FIELDS = ["type", "source", "command", "cmd", "args"];

/** Fields with the URL of a server over HTTP. */
const URL_FIELDS = ["url", "serverUrl", "httpUrl", "uri"];

/** Fields of one transport that the others do not have. */
const TRANSPORT_FIELDS = [
  ...[...COMMAND_FIELDS, ...URL_FIELDS, "cwd", "env", "envs", "environment", "env_vars", "env_keys"],
  ...["transport", "headers", "http_headers", "oauth", "auth", "startup_timeout_sec"],
];

export type ServerOptions = {
  readonly name: string;
  /** The settings of the server, by variable. */
  readonly env: Readonly<Record<string, string>>;
  /** How to start this program. Default: the latest version through npx, as in the documentation. */
  readonly launch?: Launch;
  /** Whether the user chose `launch`, so that it replaces the command of an existing entry. */
  readonly isChosen?: boolean;
  readonly rules: EntryRules;
};

const DOCUMENTED: Launch = ["npx", "-y", "@lightfastai/mcp@latest"];

/** Returns how a client starts this server. */
export function createServerCommand(options: ServerOptions): ServerCommand {
  const { name, env, launch = DOCUMENTED, isChosen = false, rules } = options;
  const [command, ...args] = launch;
  return {
    name,
    command,
    args: [...args, ...(rules.command === "" ? [] : [rules.command])],
    env,
    isChosen,
    rules,
  };
}

/** This program in a command line; never an option, such as the `--prefix` of npx. */
const PROGRAM_WORD = /^(?!-).*(?:@lightfastai[\\/]mcp|lightfast-mcp)/;

/** Returns the server at a URL, where callers sign in. */
export function createRemoteServer(name: string, url: string, rules: EntryRules): ServerCommand {
  return { name, command: "", args: [], env: {}, url, rules };
}

/**
 * Whether the entry must provide a key. With a profile it must not: a key would override the stored login. At a remote
 * server, the user signs in.
 */
export function needsKey(server: ServerCommand): boolean {
  return !(server.url !== undefined || isSandbox(server) || profileIn(server) !== undefined);
}

/** Returns the profile that the server uses; undefined for the default one, and for the sandbox. */
export function profileIn(server: ServerCommand): string | undefined {
  return isSandbox(server) ? undefined : server.env[server.rules.profileVariable ?? ""];
}

function isSandbox({ env, rules }: ServerCommand): boolean {
  return rules.sandboxVariable in env;
}

/**
 * Returns the client's entry for a server. It never contains a key. With a stored login it contains no reference to
 * one either, because the client would prompt for a key that the server doesn't need.
 */
export function createEntry(client: Client, server: ServerCommand, hasStoredLogin = false): Entry {
  const { keyVariable, defaults } = server.rules;
  const { url } = server;
  if (url !== undefined) {
    if ("advice" in client.remote) throw new FileError(client.remote.advice(url));
    return client.remote.entry({ ...server, url });
  }
  if (hasStoredLogin || !needsKey(server)) return client.entry(server);
  const placeholder = keyPlaceholder(client, server);
  const key = placeholder === undefined ? {} : { [keyVariable]: placeholder };
  const list = client.key?.kind === "list" ? { [client.key.field]: [keyVariable] } : {};
  return { ...client.entry({ ...server, env: { ...defaults, ...server.env, ...key } }), ...list };
}

/**
 * Whether an entry starts this program with the command of a platform's server, whatever its name and however it was
 * installed.
 */
export function startsServer(entry: unknown, { command }: Pick<EntryRules, "command">): entry is Entry {
  if (!isObject(entry)) return false;
  const words = commandWords(entry);
  const named = words.findIndex((word) => PROGRAM_WORD.test(word));
  const program = named === -1 && isRememberedProgram(words[0] ?? "") ? 0 : named;
  if (program === -1) return false;
  const next = words[program + 1] ?? "";
  return (next.startsWith("-") ? "" : next) === command;
}

/** Returns the command of an entry and its arguments. */
export function commandWords(entry: unknown): readonly string[] {
  if (!isObject(entry)) return [];
  return [entry.command ?? entry.cmd ?? [], entry.args ?? []].flat().map(String);
}

/** Whether an entry, found under the server's name, is for this server, however it is installed. */
export function isOwnEntry(
  entry: unknown,
  { url, rules }: Pick<ServerCommand, "url" | "rules">,
): entry is Entry {
  return (
    startsServer(entry, rules) ||
    reachesServer(entry, rules) ||
    (url !== undefined && remoteUrlOf(entry) === url)
  );
}

/** Returns the URL that an entry connects to; undefined if the entry starts a command. */
export function remoteUrlOf(entry: unknown): string | undefined {
  if (!isObject(entry)) return undefined;
  const url = URL_FIELDS.map((field) => entry[field]).find((value) => typeof value === "string");
  return typeof url === "string" ? url : undefined;
}

/**
 * Whether an entry connects to a platform's server over HTTP: its hosted one, or one whose host or path has the
 * platform's name as a word.
 */
export function reachesServer(entry: unknown, { hostedUrl, title }: EntryRules): entry is Entry {
  const text = remoteUrlOf(entry) ?? "";
  if (text === hostedUrl) return true;
  if (!URL.canParse(text)) return false;
  const { host, pathname } = new URL(text);
  return `${host}${pathname}`
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .includes(title.toLowerCase());
}

/** Whether the user set a key, or a reference to one, that no version of `install` wrote. */
export function hasUserKey(client: Client, server: NamedServer, entry: Entry): boolean {
  const { keyVariable } = server.rules;
  const value = envOf(client, entry)[keyVariable];
  const written = ["", `\${${keyVariable}}`, keyPlaceholder(client, server)];
  return value !== undefined && !written.includes(String(value));
}

type NamedServer = Pick<ServerCommand, "name" | "rules">;

/**
 * Updates an existing entry to `wanted`. Fields, variables and keys that the user added stay, except those of another
 * transport.
 */
export function updateEntry(client: Client, server: ServerCommand, existing: Entry, wanted: Entry): Entry {
  const [from, to] = [remoteUrlOf(existing), remoteUrlOf(wanted)];
  if (from !== undefined || to !== undefined) {
    const dropped = from !== undefined && to !== undefined ? [...URL_FIELDS, "type"] : TRANSPORT_FIELDS;
    const kept = Object.entries(existing).filter(([field]) => !dropped.includes(field));
    return { ...wanted, ...Object.fromEntries(kept) };
  }
  const { keyVariable, sandboxVariable, defaults } = server.rules;
  const wantedEnv = envOf(client, wanted);
  const isKept = ([variable, value]: readonly [string, unknown]): boolean =>
    variable === keyVariable
      ? hasUserKey(client, server, existing)
      : variable !== sandboxVariable &&
        value !== defaults[variable] &&
        (!(variable in wantedEnv) || (variable in defaults && !(variable in server.env)));
  const keptEnv = Object.entries(envOf(client, existing)).filter(isKept);
  const command = Object.entries(wanted).filter(([field]) => COMMAND_FIELDS.includes(field));
  const entry = { ...wanted, ...existing, ...Object.fromEntries(command) };
  const env = { ...wantedEnv, ...Object.fromEntries(keptEnv) };
  return client.envField in entry ? { ...entry, [client.envField]: env } : entry;
}

/** A value to write, and its path in the client's file. */
export type ConfigValue = {
  readonly path: Path;
  readonly value: Value;
  /** The text by which entries refer to this value, if several entries can share it. */
  readonly reference?: string;
};

/** Returns what an entry adds to the file: the entry itself, then the `input` it refers to, if any. */
export function toConfigValues(client: Client, server: NamedServer, entry: Entry): readonly ConfigValue[] {
  const own = { path: [...client.keyPath, server.name], value: entry };
  const reference = inputReference(server);
  if (!JSON.stringify(entry).includes(reference)) return [own];
  const id = inputId(server);
  const input = {
    type: "promptString",
    id,
    description: `${server.rules.title} ${server.rules.keyTitle}`,
    password: true,
  };
  return [own, { path: ["inputs", { id }], value: input, reference }];
}

function keyPlaceholder({ key }: Client, server: NamedServer): string | undefined {
  if (key?.kind === "input") return inputReference(server);
  return key?.kind === "placeholder" ? key.textFor(server.rules.keyVariable) : undefined;
}

function inputReference(server: NamedServer): string {
  return `\${input:${inputId(server)}}`;
}

function inputId({ name, rules }: NamedServer): string {
  return `${name}-${rules.keyId}`;
}

function envOf(client: Client, entry: Entry): Entry {
  const env = entry[client.envField];
  return isObject(env) ? env : {};
}
