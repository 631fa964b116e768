import {
  createServerCommand,
  findProgram,
  reachesServer,
  remoteUrlOf,
  startsServer,
} from "../clients/entries.ts";
import { exists, FileError, readSnapshot } from "../clients/files.ts";
import { FormatError, getIn, locate, toPlain } from "../clients/formats/format.ts";
import { configFiles, FORMATS } from "../clients/plan.ts";
import { CLIENTS, withProfiles } from "../clients/registry.ts";
import type { Client, Entry, System } from "../clients/types.ts";
import { programCommand } from "../config/invocation.ts";
import { type Environment, isPlaceholder } from "../config/reader.ts";
import { chooseLaunch } from "../installation/launch.ts";
import { isObject } from "../shared/json.ts";
import type { Failure, Fix } from "./check.ts";
import type { LocalContext } from "./context.ts";
import { hasOption, type ServerInput, type ServerSettings } from "./server.ts";

/** An entry of a client's file that starts this program. */
export type FoundEntry = {
  readonly client: Client;
  readonly file: string;
  /** The project whose file it is; undefined for the user's file. */
  readonly project: string | undefined;
  readonly name: string;
  readonly entry: Entry;
};

/** How a client starts this program. */
export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  /** The variables of the entry. */
  readonly env: Readonly<Record<string, string>>;
  readonly isDisabled: boolean;
};

/** An entry and what its server makes of it. */
export type ResolvedEntry = FoundEntry & {
  readonly context: LocalContext;
  readonly launch: Launch;
  readonly input: ServerInput;
  readonly settings: ServerSettings;
  /** What is wrong with the arguments, if the server rejects them. */
  readonly rejected: string | undefined;
};

/** What is wrong with an entry, and what to do about it. */
export type Problem = {
  readonly status: "warning" | "failed";
  readonly failure?: Failure;
  readonly summary: string;
  readonly hint: string;
  /** A fact, such as the field. */
  readonly detail?: string;
  /** The login with the problem, which other entries can use, too. Never shown. */
  readonly login?: string | undefined;
  readonly repair?: Repair;
  /** A repair of something else than the entry. */
  readonly fix?: Fix | undefined;
};

/** A safe change to an entry. */
export type Repair = {
  /** In the imperative, without a period. */
  readonly title: string;
  /** Writes the files that the changed entry needs. @throws CopyError */
  readonly prepare?: () => void;
  readonly change: (entry: Entry) => Entry;
};

/** A placeholder for a variable: `${X}`, `${env:X}`, `${X:-default}`, `{env:X}`, `$X`, `%X%`. */
const VARIABLE_PLACEHOLDER =
  /^(?:\$?\{(?:env:)?([A-Za-z_]\w*)(?::-(.*))?\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)$/;
const INPUT_PLACEHOLDER = /^\$\{input:[^}]+\}$/;

/** Reads an entry as the client and then the server do. */
export function resolveEntry(found: FoundEntry, context: LocalContext): ResolvedEntry {
  const launch = parseLaunch(found.client, found.entry);
  const { server } = context;
  const env = expandEnvironment(found, launch, context.env);
  const read = server.readWords(serverWords(launch, server.rules.command), env);
  const input = "error" in read ? { flags: {}, env } : read;
  const settings = server.readSettings(input.flags, input.env);
  const rejected = "error" in read ? read.error : undefined;
  return { ...found, context, launch, input, settings, rejected };
}

/**
 * Returns the entries that start or reach this server, whatever their names, from the user's and this folder's files.
 * @throws FileError if a file cannot be read
 */
export function findEntries(client: Client, context: LocalContext): readonly FoundEntry[] {
  const { rules } = context.server;
  const { folder } = context.runtime;
  const system = systemOf(context);
  const own = withProfiles(client, system).flatMap((one) =>
    one.userFiles(system).map((file) => ({ client: one, file, project: undefined })),
  );
  // In the home folder both can be the same file.
  const others = projectFiles(client, context)
    .filter((file) => !own.some((one) => one.file === file))
    .map((file) => ({ client, file, project: folder }));
  return [...own, ...others]
    .filter(({ file }) => exists(file))
    .flatMap((place) =>
      Object.entries(readEntries(place.file, client)).flatMap(([name, entry]) =>
        startsServer(entry, rules) || reachesServer(entry, rules) ? [{ ...place, name, entry }] : [],
      ),
    );
}

/** As `findEntries`. A client whose file cannot be read has none: its own check reports that. */
export function listEntries(client: Client, context: LocalContext): readonly FoundEntry[] {
  try {
    return findEntries(client, context);
  } catch {
    return [];
  }
}

/** @throws FileError if the file cannot be read, or can contain no entry */
export function readEntries(file: string, { format, keyPath }: Client): Readonly<Record<string, unknown>> {
  const text = readSnapshot(file).content?.text ?? "";
  try {
    const entries = toPlain(getIn(FORMATS[format].parse(text), keyPath));
    if (isObject(entries)) return entries;
  } catch (error) {
    // Without the parser's message, which may quote a key.
    throw toFileError(file, error, "syntax error");
  }
  try {
    if (text.trim() !== "") FORMATS[format].set(text, [...keyPath, "entry"], {});
    return {};
  } catch (error) {
    throw toFileError(file, error);
  }
}

function toFileError(file: string, error: unknown, message?: string): unknown {
  if (!(error instanceof FormatError)) return error;
  return new FileError(`${locate(file, error)}: ${message ?? error.message}`, { cause: error });
}

export function projectFiles(client: Client, context: LocalContext): readonly string[] {
  return configFiles({ client, system: systemOf(context), project: context.runtime.folder });
}

/**
 * Returns why this machine needs no key of its own: every entry connects to a server where the user signs in. Undefined
 * if an entry starts this program, or if a key or a login is set or named.
 */
export function whyNoKeyNeeded(context: LocalContext): string | undefined {
  const { server, flags, env } = context;
  const { rules, options, readSettings } = server;
  const { credential, sandbox, fix } = readSettings(flags, env);
  const isNamed = Object.values(options)
    .filter(({ variables }) =>
      variables.some((name) => name === rules.keyVariable || name === rules.profileVariable),
    )
    .some((option) => hasOption({ flags, env }, option));
  if (credential.state !== "missing" || sandbox || fix || isNamed) return undefined;
  try {
    const entries = CLIENTS.flatMap((client) => findEntries(client, context));
    const isRemote = entries.length > 0 && entries.every(({ entry }) => remoteUrlOf(entry) !== undefined);
    return isRemote ? "Your clients connect to a server where you sign in." : undefined;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

/** Parses the command of an entry, whatever the client's fields are called. */
export function parseLaunch({ envField }: Client, entry: Entry): Launch {
  const [command = "", ...args] = commandOf(entry);
  const env = entry[envField];
  return {
    command,
    args,
    env: Object.fromEntries(
      Object.entries(isObject(env) ? env : {}).map(([name, value]) => [name, String(value)]),
    ),
    isDisabled: entry.disabled === true || entry.enabled === false,
  };
}

function commandOf(entry: Entry): readonly string[] {
  return [entry.command ?? entry.cmd ?? "", entry.args ?? []].flat().map(String);
}

/** Returns the arguments of the server: what follows the program, and the platform's word. */
function serverWords({ command, args }: Launch, word: string): readonly string[] {
  const words = [command, ...args];
  const rest = words.slice(Math.max(findProgram(words), 0) + 1);
  return word !== "" && rest[0] === word ? rest.slice(1) : rest;
}

/** Returns the variables of the server, as far as this shell has what the client expands and forwards. */
function expandEnvironment({ client, entry }: FoundEntry, launch: Launch, env: Environment): Environment {
  const forwarded = forwardedVariables(client, entry).map((name) => [name, env[name]]);
  const own = Object.entries(launch.env).map(([name, value]) => {
    const found = expands(client, value) ? readPlaceholder(value) : undefined;
    return [name, (found && (env[found.name] || found.fallback)) || value];
  });
  return Object.fromEntries([...forwarded, ...own]);
}

/** Returns the variables that the client forwards. Goose's list names secrets in its keyring instead. */
export function forwardedVariables({ key }: Client, entry: Entry): readonly string[] {
  const list = key?.kind === "list" && key.field !== "env_keys" ? entry[key.field] : undefined;
  return Array.isArray(list) ? list.map(String) : [];
}

/** Returns the variable that a placeholder refers to, and its default. The default may be a secret. */
export function readPlaceholder(
  text: string,
): { readonly name: string; readonly fallback: string | undefined } | undefined {
  const [, inBraces, fallback, afterDollar, inPercents] = VARIABLE_PLACEHOLDER.exec(text.trim()) ?? [];
  const name = inBraces ?? afterDollar ?? inPercents;
  return name === undefined ? undefined : { name, fallback };
}

/** Whether the client prompts for the value. */
export function isPrompt({ key }: Client, text: string): boolean {
  return key?.kind === "input" && INPUT_PLACEHOLDER.test(text.trim());
}

/** Whether the client replaces a placeholder before it starts the server. */
export function expands(client: Client, text: string): boolean {
  const { key } = client;
  if (!isPlaceholder(text.trim()) || key === undefined || key.kind === "list") return false;
  if (key.kind === "input") return isPrompt(client, text) || readPlaceholder(text) !== undefined;
  const own = shapeOf(key.textFor("X"));
  const given = shapeOf(text.trim());
  return given === own || (own === "$" && /^\$\{\}$/.test(given));
}

/** Returns the syntax of a placeholder. */
function shapeOf(text: string): string {
  return text.replace(/:-.*(?=\}$)/, "").replace(/[A-Za-z_]\w*(?=[}%]?$)/, "");
}

/** Returns a command line of this program for the platform. */
export function platformCommand({ server }: Pick<LocalContext, "server">, words: string): string {
  const { command } = server.rules;
  return programCommand(command === "" ? words : `${command} ${words}`);
}

/** Returns the command line that repairs what is safe. */
export function fixCommand(context: Pick<LocalContext, "server">): string {
  return platformCommand(context, "doctor --fix");
}

export function systemOf({ runtime: { platform, home }, env }: LocalContext): System {
  return { platform, home, env };
}

/** Returns an entry with other words in its command line. */
export function withWords(entry: Entry, change: (words: readonly string[]) => readonly string[]): Entry {
  const field = entry.command === undefined ? "cmd" : "command";
  const [command = "", ...args] = change(commandOf(entry));
  if (!Array.isArray(entry[field])) return { ...entry, [field]: command, args };
  return { ...entry, [field]: [command, ...args], ...("args" in entry && { args: [] }) };
}

/** Returns an entry with another value of a variable; undefined removes it. */
export function withVariable(client: Client, entry: Entry, name: string, value: string | undefined): Entry {
  const { envField } = client;
  const { [name]: _, ...others } = (isObject(entry[envField]) ? entry[envField] : {}) as Entry;
  return { ...entry, [envField]: value === undefined ? others : { ...others, [name]: value } };
}

/** Starts a copy of this program by its full path, as `install` does. The arguments of the server stay. */
export function startOwnCopy({ client, name, project, context, launch }: ResolvedEntry): Repair {
  const { rules } = context.server;
  const own = chooseLaunch({ isShared: project !== undefined });
  const server = createServerCommand({ name, env: {}, launch: own.launch, rules });
  const args = [...server.args, ...serverWords(launch, rules.command)];
  const wanted = client.entry({ ...server, args });
  const command = Object.entries(wanted).filter(([field]) => ["command", "cmd", "args"].includes(field));
  return {
    title: "Start this program by its full path",
    prepare: own.prepare,
    change: (entry) => ({ ...entry, ...Object.fromEntries(command) }),
  };
}
