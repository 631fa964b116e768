import { isObject } from "../shared/json.ts";
import type { Client, Entry, Path, ServerCommand, Value } from "./types.ts";

const KEY_VARIABLE = "LIGHTFAST_API_KEY";
const SANDBOX_VARIABLE = "LIGHTFAST_SANDBOX";
const PROFILE_VARIABLE = "LIGHTFAST_PROFILE";

/** Fields that define the command. An update replaces these and keeps every other field. */
const COMMAND_FIELDS = ["type", "source", "command", "cmd", "args"];

export type ServerOptions = {
  readonly name: string;
  readonly sandbox: boolean;
  /** The stored login to use; undefined for the default one. */
  readonly profile: string | undefined;
  /** Further settings of the server, by variable. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly platform: string;
};

/** Returns how a client starts this server. On Windows `npx` is a script, which only a shell can run. */
export function createServerCommand(options: ServerOptions): ServerCommand {
  const { name, sandbox, profile, variables, platform } = options;
  const npx = ["npx", "-y", "@lightfastai/mcp@latest"] as const;
  const [command, ...args] = platform === "win32" ? (["cmd", "/c", ...npx] as const) : npx;
  const env = {
    ...(sandbox ? { [SANDBOX_VARIABLE]: "1" } : {}),
    ...(profile === undefined ? {} : { [PROFILE_VARIABLE]: profile }),
    ...variables,
  };
  return { name, command, args, env };
}

/** Whether the entry must provide a key. With a profile it must not: a key would override the stored login. */
export function needsKey({ env }: ServerCommand): boolean {
  return !(SANDBOX_VARIABLE in env || PROFILE_VARIABLE in env);
}

/** Returns the profile that the server uses; undefined for the default one, and for the sandbox. */
export function profileIn({ env }: ServerCommand): string | undefined {
  return SANDBOX_VARIABLE in env ? undefined : env[PROFILE_VARIABLE];
}

/**
 * Returns the client's entry for a server. It never contains a key. With a stored login it contains no reference to
 * one either, because the client would prompt for a key that the server doesn't need.
 */
export function createEntry(client: Client, server: ServerCommand, hasStoredLogin = false): Entry {
  if (hasStoredLogin || !needsKey(server)) return client.entry(server);
  const placeholder = keyPlaceholder(client, server.name);
  const env = placeholder === undefined ? server.env : { ...server.env, [KEY_VARIABLE]: placeholder };
  const list = client.key?.kind === "list" ? { [client.key.field]: [KEY_VARIABLE] } : {};
  return { ...client.entry({ ...server, env }), ...list };
}

/** Whether an entry starts this program, whatever its name and however it was installed. */
export function isLightfastEntry(entry: unknown): entry is Entry {
  if (!isObject(entry)) return false;
  const words = [entry.command, entry.cmd, entry.args].flat();
  return words.some((word) => /@lightfastai[\\/]mcp|lightfast-mcp/.test(String(word)));
}

/** Whether the user set a key, or a reference to one, that `install` didn't write. */
export function hasUserKey(client: Client, name: string, entry: Entry): boolean {
  const value = envOf(client, entry)[KEY_VARIABLE];
  return value !== undefined && value !== "" && value !== keyPlaceholder(client, name);
}

/** Updates an existing entry to `wanted`. Fields, variables and keys that the user added stay. */
export function updateEntry(client: Client, name: string, existing: Entry, wanted: Entry): Entry {
  const wantedEnv = envOf(client, wanted);
  const isKept = (variable: string): boolean =>
    variable === KEY_VARIABLE
      ? hasUserKey(client, name, existing)
      : variable !== SANDBOX_VARIABLE && !(variable in wantedEnv);
  const keptEnv = Object.entries(envOf(client, existing)).filter(([variable]) => isKept(variable));
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
export function toConfigValues(client: Client, name: string, entry: Entry): readonly ConfigValue[] {
  const own = { path: [...client.keyPath, name], value: entry };
  const reference = inputReference(name);
  if (!Object.values(envOf(client, entry)).includes(reference)) return [own];
  const id = inputId(name);
  const input = { type: "promptString", id, description: "Lightfast API key", password: true };
  return [own, { path: ["inputs", { id }], value: input, reference }];
}

function keyPlaceholder({ key }: Client, name: string): string | undefined {
  if (key?.kind === "input") return inputReference(name);
  return key?.kind === "placeholder" ? key.text : undefined;
}

function inputReference(name: string): string {
  return `\${input:${inputId(name)}}`;
}

function inputId(name: string): string {
  return `${name}-api-key`;
}

function envOf(client: Client, entry: Entry): Entry {
  const env = entry[client.envField];
  return isObject(env) ? env : {};
}
