import type { Client, Entry, Path, Server, Value } from "./types.ts";

const KEY_VARIABLE = "LIGHTFAST_API_KEY";
const SANDBOX_VARIABLE = "LIGHTFAST_SANDBOX";
const PROFILE_VARIABLE = "LIGHTFAST_PROFILE";

export type ServerOptions = {
  readonly name: string;
  /** Start it with the built-in emulator. */
  readonly sandbox: boolean;
  /** The stored login to use, if one was asked for. */
  readonly profile: string | undefined;
  readonly platform: string;
};

/** How our server is started there. Windows runs `npx`, a script, through its shell alone. */
export function serverOf({ name, sandbox, profile, platform }: ServerOptions): Server {
  const words = ["npx", "-y", "@lightfastai/mcp@latest"] as const;
  const [command, ...args] = platform === "win32" ? (["cmd", "/c", ...words] as const) : words;
  const env = {
    ...(sandbox ? { [SANDBOX_VARIABLE]: "1" } : {}),
    ...(profile === undefined ? {} : { [PROFILE_VARIABLE]: profile }),
  };
  return { name, command, args, env };
}

/** Whether the client has to bring a key: not for the sandbox, and not beside a login, which a key would beat. */
export function needsKey({ env }: Server): boolean {
  return !(SANDBOX_VARIABLE in env || PROFILE_VARIABLE in env);
}

/** The stored login that a server is started with, where that matters. */
export function loginOf({ env }: Server): string | undefined {
  return SANDBOX_VARIABLE in env ? undefined : env[PROFILE_VARIABLE];
}

function inputId(name: string): string {
  return `${name}-api-key`;
}
function inputText(name: string): string {
  return `\${input:${inputId(name)}}`;
}

/** What the client puts the key in place of; undefined where it has nothing of the kind in its variables. */
function placeholderOf({ key }: Client, name: string): string | undefined {
  if (key?.kind === "input") return inputText(name);
  return key?.kind === "placeholder" ? key.text : undefined;
}

/**
 * The client's entry for a server. The key itself never stands in it, and where a login is stored nothing of it does: a
 * client would only ask for what is there already.
 */
export function entryOf(client: Client, server: Server, hasStoredLogin = false): Entry {
  if (hasStoredLogin || !needsKey(server)) return client.entry(server);
  const placeholder = placeholderOf(client, server.name);
  const env = placeholder === undefined ? server.env : { ...server.env, [KEY_VARIABLE]: placeholder };
  const list = client.key?.kind === "list" ? { [client.key.field]: [KEY_VARIABLE] } : {};
  return { ...client.entry({ ...server, env }), ...list };
}

/** Fields that say what is started; of all others, those that were there before stay. */
const STARTING = ["type", "source", "command", "cmd", "args"];

function isRecord(value: unknown): value is Readonly<Record<string, Value>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether an entry starts this program, however it was installed. */
export function isOurs(entry: unknown): entry is Entry {
  if (!isRecord(entry)) return false;
  const words = [entry.command, entry.cmd, entry.args].flat();
  return words.some((word) => /@lightfastai[\\/]mcp|lightfast-mcp/.test(String(word)));
}

function variablesOf(client: Client, entry: Entry): Entry {
  const env = entry[client.envField];
  return isRecord(env) ? env : {};
}

/** Whether the user wrote a key, or some other way to get one, into the variables of an entry. */
export function hasOwnKey(client: Client, name: string, entry: Entry): boolean {
  const value = variablesOf(client, entry)[KEY_VARIABLE];
  return value !== undefined && value !== "" && value !== placeholderOf(client, name);
}

/**
 * An entry of ours that was there before, brought up to date. What the user added stays: fields, variables, and a
 * key that was written out.
 */
export function merge(client: Client, name: string, old: Entry, wanted: Entry): Entry {
  const fresh = variablesOf(client, wanted);
  const isKept = (key: string): boolean =>
    key === KEY_VARIABLE ? hasOwnKey(client, name, old) : key !== SANDBOX_VARIABLE && !(key in fresh);
  const kept = Object.entries(variablesOf(client, old)).filter(([key]) => isKept(key));
  const starting = Object.entries(wanted).filter(([field]) => STARTING.includes(field));
  const merged = { ...wanted, ...old, ...Object.fromEntries(starting) };
  const env = { ...fresh, ...Object.fromEntries(kept) };
  return client.envField in merged ? { ...merged, [client.envField]: env } : merged;
}

/** A value and its place in the client's file. */
export type Piece = {
  readonly path: Path;
  readonly value: Value;
  /** How entries refer to it, for a piece that others may use too. */
  readonly reference?: string;
};

/** The places that an entry takes: its own first, then that of what asks for the key. */
export function piecesOf(client: Client, name: string, entry: Entry): readonly Piece[] {
  const own = { path: [...client.keyPath, name], value: entry };
  const reference = inputText(name);
  if (!Object.values(variablesOf(client, entry)).includes(reference)) return [own];
  const id = inputId(name);
  const value = { type: "promptString", id, description: "Lightfast API key", password: true };
  return [own, { path: ["inputs", { id }], value, reference }];
}
