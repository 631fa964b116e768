import { isDeepStrictEqual } from "node:util";
import type { OptionRow } from "../config/reader.ts";
import {
  commandWords,
  createEntry,
  envOf,
  findProgram,
  hasUserKey,
  remoteUrlOf,
  URL_FIELDS,
} from "./entries.ts";
import type { Client, Entry, EntryRules, ServerCommand } from "./types.ts";

/** Fields that define the command. An update replaces these and keeps every other field. */
const COMMAND_FIELDS = ["type", "source", "command", "cmd", "args"];

/** Fields of one transport that the others do not have. */
const TRANSPORT_FIELDS = [
  ...[...COMMAND_FIELDS, ...URL_FIELDS, "cwd", "env", "envs", "environment", "env_vars", "env_keys"],
  ...["transport", "headers", "http_headers", "oauth", "auth", "startup_timeout_sec"],
];

/** What npx is asked for: the package, and a version or a tag. */
const NPX_PACKAGE = /^@lightfastai\/mcp(?:@(.*))?$/;
/** Options of npx in an entry that the user did not adapt, and did not ask for with `--npx`. */
const NPX_OPTIONS = /^(?:-y|--yes)$/;
/** A copy of this program that `install` made for one version. */
const OWN_COPY = /[\\/]lightfast-mcp[\\/]versions[\\/]/;

/** The command line of an entry. */
type CommandLine = {
  /** The words up to this program, or up to the package that npx starts. */
  readonly launch: readonly string[];
  /** The words after that, without the command of the platform's server. */
  readonly args: readonly string[];
  /** The version or tag that npx is asked for; undefined for the latest one, and without npx. */
  readonly pin: string | undefined;
};

/**
 * Updates an existing entry. What the user set stays: a pinned version, a command other than npx, arguments, variables,
 * keys and other fields, except those of another transport. A key in the arguments moves to the variables of the entry.
 */
export function updateEntry(
  client: Client,
  server: ServerCommand,
  existing: Entry,
  hasStoredLogin = false,
): Entry {
  const [from, to] = [remoteUrlOf(existing), server.url];
  if (from !== undefined || to !== undefined) {
    const dropped = from !== undefined && to !== undefined ? [...URL_FIELDS, "type"] : TRANSPORT_FIELDS;
    const kept = Object.entries(existing).filter(([field]) => !dropped.includes(field));
    return { ...createEntry(client, server, hasStoredLogin), ...Object.fromEntries(kept) };
  }
  const { keyVariable, sandboxVariable, profileVariable, defaults, options } = server.rules;
  const own = parseCommand(existing, server);
  const wanted = parseCommand(createEntry(client, server, hasStoredLogin), server);
  const given = Object.values(options).filter(
    ({ variables }) => variables.includes(keyVariable) || variables.some((name) => name in server.env),
  );
  const { args, values } = takeOptions(own.args, given);
  const argumentKey = values[keyVariable];
  const hasKey = argumentKey !== undefined || hasUserKey(client, server, existing);
  const isKept = ([variable, value]: readonly [string, unknown]): boolean =>
    variable === keyVariable
      ? hasKey
      : variable !== sandboxVariable && value !== defaults[variable] && !(variable in server.env);
  const keptEnv = Object.fromEntries(Object.entries(envOf(client, existing)).filter(isKept));
  const profile = keptEnv[profileVariable ?? ""];
  const [command = "", ...rest] = [...updateLaunch(own, wanted, server), ...commandOf(server.rules), ...args];
  const full = {
    ...server,
    command,
    args: rest,
    env: { ...profileEnv(profileVariable, profile), ...server.env },
  };
  const fields = createEntry(client, full, hasStoredLogin);
  const isCommand = ([field]: readonly [string, unknown]): boolean => COMMAND_FIELDS.includes(field);
  const entry = {
    ...existing,
    ...missingFrom(existing, fields),
    ...Object.fromEntries(Object.entries(fields).filter(isCommand)),
  };
  const key = argumentKey === undefined ? {} : { [keyVariable]: argumentKey };
  const env = { ...envOf(client, fields), ...keptEnv, ...key };
  return client.envField in entry || Object.keys(env).length > 0
    ? { ...entry, [client.envField]: env }
    : entry;
}

/** Says in words what an update replaces or removes. Additions are not mentioned. May contain secrets of the entry. */
export function describeUpdate(
  client: Client,
  server: ServerCommand,
  before: Entry,
  after: Entry,
): readonly string[] {
  const [from, to] = [parseCommand(before, server), parseCommand(after, server)];
  if (remoteUrlOf(before) !== undefined || remoteUrlOf(after) !== undefined) {
    return describeTransport(client, server, before, after);
  }
  const { keyVariable, keyTitle, options } = server.rules;
  const keyFlags = Object.values(options).filter(({ variables }) => variables.includes(keyVariable));
  const hasKey = takeOptions(from.args, keyFlags).values[keyVariable] !== undefined;
  const removed = takeOptions(from.args, keyFlags).args.filter((word) => !to.args.includes(word));
  return [
    ...describeLaunch(from, to),
    ...(hasKey ? [`Moves the ${keyTitle} from the arguments to "${client.envField}".`] : []),
    ...(removed.length > 0 ? [`Removes these arguments: ${removed.join(" ")}.`] : []),
    ...describeEnv(client, server, before, after),
    ...Object.keys(before)
      .filter((field) => ![...COMMAND_FIELDS, client.envField].includes(field))
      .filter((field) => !isDeepStrictEqual(before[field], after[field]))
      .map((field) => `${field in after ? "Replaces" : "Removes"} "${field}".`),
  ];
}

/** Returns the version that the command of an entry is pinned to; undefined for the latest one. */
export function pinOf(entry: Entry, rules: EntryRules): string | undefined {
  return parseCommand(entry, { rules }).pin;
}

/** The new fields are in the diff; what is dropped needs words. */
function describeTransport(
  client: Client,
  server: ServerCommand,
  before: Entry,
  after: Entry,
): readonly string[] {
  const [from, to] = [before, after].map((entry) => remoteUrlOf(entry) ?? commandWords(entry).join(" "));
  const { keyTitle } = server.rules;
  const dropped = Object.keys(before).filter(
    (field) => !(field in after || [...COMMAND_FIELDS, ...URL_FIELDS].includes(field)),
  );
  return [
    ...(from === to ? [] : [`Replaces "${from}" with "${to}".`]),
    ...(dropped.length > 0 ? [`Removes ${dropped.map((field) => `"${field}"`).join(", ")}.`] : []),
    ...(client.envField in after || !hasUserKey(client, server, before)
      ? []
      : [`Removes the ${keyTitle} in this entry. Keep a copy if you have no other.`]),
  ];
}

function describeLaunch(from: CommandLine, to: CommandLine): readonly string[] {
  if (isDeepStrictEqual(from.launch, to.launch)) return [];
  const [old, now] = [from.launch.join(" "), to.launch.join(" ")];
  if (from.pin === to.pin) return [`Starts "${now}" instead of "${old}".`];
  return [`Replaces the pinned version ${from.pin} ("${old}") with "${now}".`];
}

function describeEnv(client: Client, server: ServerCommand, before: Entry, after: Entry): readonly string[] {
  const { keyVariable, keyTitle, sandboxVariable } = server.rules;
  const [from, to] = [envOf(client, before), envOf(client, after)];
  return Object.keys(from)
    .filter((name) => from[name] !== to[name])
    .map((name) => {
      if (name in to) return `Replaces the value of ${name}.`;
      if (name === sandboxVariable) return `Removes ${name}: the server will use real data.`;
      if (name !== keyVariable || hasUserKey(client, server, before)) return `Removes ${name}.`;
      return `Removes the reference to ${name}: the server finds the ${keyTitle} without it.`;
    });
}

type ParsedServer = Pick<ServerCommand, "rules"> & Partial<ServerCommand>;

function updateLaunch(own: CommandLine, wanted: CommandLine, server: ServerCommand): readonly string[] {
  const program = own.launch.at(-1) ?? "";
  if (server.isChosen || own.launch.length === 0) return wanted.launch;
  const npx = own.launch.indexOf("npx");
  if (!NPX_PACKAGE.test(program)) {
    return program === wanted.launch.at(-1) || OWN_COPY.test(program) ? wanted.launch : own.launch;
  }
  if (npx === -1) return own.launch;
  const npxOptions = own.launch.slice(npx + 1, -1);
  if (own.pin === undefined && npxOptions.every((word) => NPX_OPTIONS.test(word))) return wanted.launch;
  // Without it, npx waits for an answer that no one gives.
  return npxOptions.some((word) => NPX_OPTIONS.test(word))
    ? own.launch
    : own.launch.toSpliced(npx + 1, 0, "-y");
}

/** @param server its chosen program may not be remembered yet: that happens when the entry is written */
function parseCommand(entry: Entry, { rules, command, isChosen }: ParsedServer): CommandLine {
  const words = commandWords(entry);
  const found = findProgram(words);
  const end = (found === -1 && isChosen && words[0] === command ? 0 : found) + 1;
  const launch = words.slice(0, end);
  const version = NPX_PACKAGE.exec(launch.at(-1) ?? "")?.[1];
  const args = words.slice(end);
  return {
    launch,
    args: args[0] === rules.command ? args.slice(1) : args,
    pin: version === "latest" ? undefined : version,
  };
}

function commandOf({ command }: EntryRules): readonly string[] {
  return command === "" ? [] : [command];
}

/** Separates the values of some options, by variable, from the other arguments. */
function takeOptions(words: readonly string[], options: readonly OptionRow[]) {
  const args: string[] = [];
  const values: Record<string, string> = {};
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? "";
    const option = options.find(({ flag }) => word === flag || word.startsWith(`${flag}=`));
    const [variable] = option?.variables ?? [];
    if (!option || variable === undefined) args.push(word);
    else if (word !== option.flag) values[variable] = word.slice(option.flag.length + 1);
    else if (option.argument === undefined) values[variable] = "1";
    else {
      index += 1;
      values[variable] = words[index] ?? "";
    }
  }
  return { args, values };
}

function profileEnv(variable: string | undefined, profile: unknown): Readonly<Record<string, string>> {
  return variable !== undefined && typeof profile === "string" ? { [variable]: profile } : {};
}

function missingFrom(existing: Entry, fields: Entry): Entry {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => !(field in existing)));
}
