import { isRememberedProgram, type Launch } from "../installation/launch.ts";
import { isObject } from "../shared/json.ts";
import { FileError } from "./files.ts";
import type { Client, Entry, EntryRules, Path, ServerCommand, Value } from "./types.ts";

/** Fields with the URL of a server over HTTP. */
export const URL_FIELDS = ["url", "serverUrl", "httpUrl", "uri"];

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

/** This program in a command line; never an option, such as the `--prefix` of npx, or a Node.js in a folder of that name. */
const PROGRAM_WORD = /^(?!-|.*[\\/]node(?:\.exe)?$).*(?:@lightfastai[\\/]mcp|lightfast-mcp)/;

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
  const entry = client.entry({ ...server, env: { ...defaults, ...server.env, ...key } });
  if (client.key?.kind !== "list") return entry;
  const { field } = client.key;
  return { ...entry, [field]: [entry[field] ?? [], keyVariable].flat() };
}

/**
 * Whether an entry starts this program with the command of a platform's server, whatever its name and however it was
 * installed.
 */
export function startsServer(entry: unknown, { command }: Pick<EntryRules, "command">): entry is Entry {
  if (!startsProgram(entry)) return false;
  const words = commandWords(entry);
  const program = findProgram(words);
  const next = words[program + 1] ?? "";
  return (next.startsWith("-") ? "" : next) === command;
}

/** Whether an entry starts this program, with whatever platform. */
export function startsProgram(entry: unknown): entry is Entry {
  return isObject(entry) && findProgram(commandWords(entry)) !== -1;
}

/** Returns the index of this program in a command line, or of the package that npx starts; -1 if there is none. */
export function findProgram(words: readonly string[]): number {
  const named = words.findIndex((word) => PROGRAM_WORD.test(word));
  return named === -1 && isRememberedProgram(words[0] ?? "") ? 0 : named;
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
  const input = createInput(server);
  return JSON.stringify(entry).includes(input.reference) ? [own, input] : [own];
}

/** Returns the `input` by which a client asks for the key. */
export function createInput(server: NamedServer): ConfigValue & { readonly reference: string } {
  const id = inputId(server);
  const { title, keyTitle } = server.rules;
  const value = { type: "promptString", id, description: `${title} ${keyTitle}`, password: true };
  return { path: ["inputs", { id }], value, reference: inputReference(server) };
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

export function envOf(client: Client, entry: Entry): Entry {
  const env = entry[client.envField];
  return isObject(env) ? env : {};
}
