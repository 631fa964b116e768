import { accessSync, constants, statSync } from "node:fs";
import { posix, win32 } from "node:path";
import { startsServer } from "../../clients/entries.ts";
import { exists, FileError, readSnapshot } from "../../clients/files.ts";
import { FormatError, getIn, locate, toPlain } from "../../clients/formats/format.ts";
import { configFiles, FORMATS, isInstalled } from "../../clients/plan.ts";
import { CLIENTS } from "../../clients/registry.ts";
import type { Client, Entry } from "../../clients/types.ts";
import { programCommand } from "../../config/invocation.ts";
import { attributeName, type Environment, type GivenFlags, isPlaceholder } from "../../config/reader.ts";
import { isObject } from "../../shared/json.ts";
import { version } from "../../version.ts";
import { type Check, type CheckResult, failed, ok, type Status, skipped, warning } from "../check.ts";
import type { LocalContext } from "../context.ts";
import type { DoctorServer, ServerSettings } from "../server.ts";

/** An entry of a client's file that starts this program. */
type FoundEntry = { readonly file: string; readonly name: string; readonly entry: Entry };

/** How a client starts this program. */
export type Launch = {
  readonly command: string;
  readonly args: readonly string[];
  /** The variables of the entry. */
  readonly env: Readonly<Record<string, string>>;
  readonly isDisabled: boolean;
};

/** A placeholder for a variable: `${X}`, `${env:X}`, `${X:-default}`, `{env:X}`, `$X`, `%X%`. */
const VARIABLE_PLACEHOLDER =
  /^(?:\$?\{(?:env:)?([A-Za-z_]\w*)(?::-.*)?\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)$/;
const HAS_DEFAULT = /:-[^}]/;
const INPUT_PLACEHOLDER = /^\$\{input:[^}]+\}$/;

const VERSION_NOTES: Readonly<Record<string, string>> = {
  latest: "uses the latest version at each start",
  "": "has no version, so npx may use an old copy",
};

/** The worst first. */
const SEVERITY: readonly Status[] = ["failed", "warning", "ok", "skipped"];

/** Returns a check for each client on this machine. */
export function clientChecks(context: LocalContext): readonly Check<LocalContext>[] {
  const { command } = context.server.rules;
  const install = command === "" ? "install" : `${command} install`;
  const checks = CLIENTS.filter((client) => isPresent(client, context)).map((client) =>
    createCheck(client, programCommand(`${install} ${client.id}`)),
  );
  if (checks.length > 0) return checks;
  const run = () => skipped("No supported client found.");
  return [{ id: "clients", title: "MCP clients", failure: "other", hint: "", run }];
}

/** Parses the command of an entry, whatever the client's fields are called. */
export function parseLaunch({ envField }: Client, entry: Entry): Launch {
  const [command = "", ...args] = [entry.command ?? entry.cmd ?? "", entry.args ?? []].flat().map(String);
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

/** Whether a command exists, by its path or in `PATH`. */
export function commandExists(command: string, env: Environment, platform: string): boolean {
  const path = platform === "win32" ? win32 : posix;
  const folders = /[\\/]/.test(command) ? [""] : foldersInPath(env, platform);
  const extensions = platform === "win32" ? ["", ".COM", ".EXE", ".BAT", ".CMD"] : [""];
  return folders.some((folder) =>
    extensions.some((extension) => isExecutable(path.join(folder, `${command}${extension}`))),
  );
}

/** Returns the version that npx is asked for: a number, a tag or ""; undefined if npx is not used. */
export function requestedVersion({ args, command }: Launch): string | undefined {
  const spec = [command, ...args].find((word) => /^@lightfastai\/mcp(?:@|$)/.test(word));
  return spec?.replace(/^@lightfastai\/mcp@?/, "");
}

function isPresent(client: Client, context: LocalContext): boolean {
  try {
    return isInstalled({ client, system: systemOf(context) }) || projectFiles(client, context).some(exists);
  } catch {
    // Something exists that cannot be examined. The check reports the error.
    return true;
  }
}

function createCheck(client: Client, install: string): Check<LocalContext> {
  return {
    id: `client-${client.id}`,
    title: client.title,
    failure: "other",
    hint: `Correct that entry, or run: ${install}`,
    run: (context) => {
      try {
        const results = findEntries(client, context).map((found) => checkEntry(client, found, context));
        const [worst] = SEVERITY.flatMap((status) => results.filter((result) => result.status === status));
        if (!worst) return skipped(`No entry for this server. To add one, run: ${install}`);
        return { ...worst, details: results.flatMap(({ details = [] }) => details) };
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        return failed(`${error.message}.`, { hint: `Fix that file, then run: ${install}` });
      }
    },
  };
}

/**
 * Returns the entries that start this program, whatever their names, from the user's and this folder's files.
 * @throws FileError if a file cannot be read
 */
function findEntries(client: Client, context: LocalContext): readonly FoundEntry[] {
  return [...client.userFiles(systemOf(context)), ...projectFiles(client, context)]
    .filter(exists)
    .flatMap((file) =>
      Object.entries(readEntries(file, client)).flatMap(([name, entry]) =>
        startsServer(entry, context.server.rules) ? [{ file, name, entry }] : [],
      ),
    );
}

function readEntries(file: string, { format, keyPath }: Client): Readonly<Record<string, unknown>> {
  const text = readSnapshot(file).content?.text ?? "";
  try {
    const entries = toPlain(getIn(FORMATS[format].parse(text), keyPath));
    return isObject(entries) ? entries : {};
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    // Without the parser's message, which may quote a key.
    throw new FileError(`${locate(file, error)}: syntax error`, { cause: error });
  }
}

function projectFiles(client: Client, context: LocalContext): readonly string[] {
  return configFiles({ client, system: systemOf(context), project: context.runtime.folder });
}

function systemOf({ runtime: { platform, home }, env }: LocalContext) {
  return { platform, home, env };
}

function checkEntry(client: Client, { file, name, entry }: FoundEntry, context: LocalContext): CheckResult {
  const launch = parseLaunch(client, entry);
  const { server, env } = context;
  const settings = server.readSettings(parseFlags(server, launch.args), launch.env);
  const { error, isSelection, tools = [] } = settings;
  const result =
    checkCommand(launch, context) ??
    (error === undefined ? checkKey(client, entry, launch, { server, settings, env }) : failed(error));
  const offer = isSelection ? [`${name} offers only ${tools.join(", ")}`] : [];
  const requested = requestedVersion(launch);
  const note =
    requested === undefined
      ? []
      : [`${name} ${VERSION_NOTES[requested] ?? `is pinned to version ${requested}; this is ${version}`}`];
  return { ...result, details: [file, ...note, ...offer] };
}

/** Returns a result only if the client cannot start the command. */
function checkCommand(launch: Launch, context: LocalContext): CheckResult | undefined {
  const { command } = launch;
  if (launch.isDisabled) {
    return warning("Disabled in this client.", { hint: "Enable it in the client's settings." });
  }
  if (commandExists(command, { ...context.env, ...launch.env }, context.runtime.platform)) return undefined;
  return failed(command === "" ? "The entry has no command." : `Command not found: ${command}`, {
    hint: "Install Node.js, which includes npx, or use the full path of the command in that file.",
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** The name of `PATH` is case-insensitive on Windows. The last of several counts. */
function foldersInPath(env: Environment, platform: string): readonly string[] {
  const { delimiter } = platform === "win32" ? win32 : posix;
  const isPath = (name: string) => (platform === "win32" ? name.toUpperCase() : name) === "PATH";
  const [, folders = ""] = Object.entries(env).findLast(([name]) => isPath(name)) ?? [];
  return folders.split(delimiter).filter(Boolean);
}

type EntryContext = {
  readonly server: DoctorServer;
  /** Those of the entry, as the server reads them; the client may expand placeholders first. */
  readonly settings: ServerSettings;
  readonly env: Environment;
};

/** Says how the server gets its key when this client starts it. Never shows the key. */
function checkKey(client: Client, entry: Entry, launch: Launch, context: EntryContext): CheckResult {
  const { server, settings } = context;
  const { sandbox, credential, login } = settings;
  const { keyVariable, keyTitle } = server.rules;
  if (sandbox) return ok("sandbox, which needs no key");
  if (credential.state === "ready" && credential.source.startsWith("--")) {
    return warning(`The ${keyTitle} is passed on the command line, visible to other users of this machine.`);
  }
  if (credential.state === "ready" && credential.source in launch.env) return ok("key in its entry");
  if (credential.state === "malformed") return failed(`${credential.problem}.`);
  const text = (launch.env[keyVariable] ?? "").trim();
  const reference = isPlaceholder(text)
    ? checkPlaceholder(text, client, context)
    : checkVariableList(client, entry, context);
  if (reference?.status === "ok") return reference;
  if (credential.state === "ready") return ok(`key from the stored login of ${login}`);
  if (login !== undefined) return warning(`${credential.problem}.`, { hint: credential.hint });
  return reference ?? noKey(server, `There is no ${keyTitle} in its entry, and no stored login.`);
}

/** Parses the flags that the server itself would accept. */
function parseFlags({ options }: DoctorServer, args: readonly string[]): GivenFlags {
  return Object.fromEntries(
    Object.values(options).map(({ flag, argument }) => [
      attributeName(flag),
      argument === undefined ? args.includes(flag) || undefined : flagValue(args, flag),
    ]),
  );
}

function flagValue(args: readonly string[], flag: string): string | undefined {
  const index = args.indexOf(flag);
  if (index !== -1) return args[index + 1];
  return args.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1);
}

/** Never shows the placeholder, whose default may be a key. */
function checkPlaceholder(text: string, { title, key }: Client, context: EntryContext): CheckResult {
  const { server, env } = context;
  if (key?.kind === "input" && INPUT_PLACEHOLDER.test(text)) return ok(`key from a prompt of ${title}`);
  const name = VARIABLE_PLACEHOLDER.exec(text)?.slice(1).find(Boolean);
  if (key === undefined || key.kind === "list" || name === undefined) {
    return noKey(server, `${title} does not expand the placeholder of the ${server.rules.keyTitle}.`);
  }
  if (!env[name] && HAS_DEFAULT.test(text)) return ok("key in its entry");
  return checkVariable(name, context);
}

function checkVariableList(
  { title, key }: Client,
  entry: Entry,
  context: EntryContext,
): CheckResult | undefined {
  const { keyVariable } = context.server.rules;
  const list = key?.kind === "list" ? entry[key.field] : undefined;
  if (!Array.isArray(list) || !list.includes(keyVariable)) return undefined;
  // Goose's list names secrets in its keyring, the others name variables of the environment.
  if (key?.kind === "list" && key.field === "env_keys") return ok(`key stored by ${title}`);
  return checkVariable(keyVariable, context);
}

function checkVariable(name: string, { server, env }: EntryContext): CheckResult {
  return env[name]
    ? ok(`key from the variable ${name}`)
    : noKey(server, `The variable ${name} is not set here.`);
}

function noKey({ rules }: DoctorServer, summary: string): CheckResult {
  return warning(summary, { hint: rules.noKeyHint });
}
