import { accessSync, constants, statSync } from "node:fs";
import { join, posix, win32 } from "node:path";
import { isLightfastEntry } from "../../clients/entries.ts";
import { exists, FileError, readSnapshot } from "../../clients/files.ts";
import { FormatError, getIn, toPlain } from "../../clients/formats/format.ts";
import { FORMATS, isInstalled } from "../../clients/plan.ts";
import { CLIENTS } from "../../clients/registry.ts";
import type { Client, Entry, System } from "../../clients/types.ts";
import { parseSwitch } from "../../config/parsers.ts";
import { type Environment, isPlaceholder } from "../../config/values.ts";
import { LIGHTFAST_OPTIONS } from "../../platforms/lightfast/config/options.ts";
import { hasProfile, isProfileName } from "../../platforms/lightfast/config/profiles.ts";
import { parseApiKey } from "../../platforms/lightfast/config/upstream.ts";
import { isObject } from "../../shared/json.ts";
import { version } from "../../version.ts";
import type { DoctorContext } from "../context.ts";
import { type CheckResult, failed, ok, type Status, skipped, warning } from "../finding.ts";
import type { Check } from "../run.ts";

/** An entry of a client's file that starts this program. */
export type Found = { readonly file: string; readonly name: string; readonly entry: Entry };

function systemOf({ runtime: { platform, home }, env }: DoctorContext): System {
  return { platform, home, env };
}

/** Whether a client is on this machine, or is meant to be used in this folder. */
function isHere(client: Client, subject: DoctorContext): boolean {
  const system = systemOf(subject);
  try {
    return isInstalled({ client, system }) || projectFiles(client, subject).some(exists);
  } catch {
    // Something is there that cannot be looked at; why is told when its entries are read.
    return true;
  }
}

function projectFiles(
  { projectFiles = [] }: Client,
  { runtime: { folder } }: DoctorContext,
): readonly string[] {
  return projectFiles.map((file) => join(folder, ...file.split("/")));
}

/** The entries in one file, by their names. @throws FileError where it is damaged, with the place in it */
function entriesIn(file: string, { format, keyPath }: Client): Readonly<Record<string, unknown>> {
  const text = readSnapshot(file).content?.text ?? "";
  try {
    const entries = toPlain(getIn(FORMATS[format].parse(text), keyPath));
    return isObject(entries) ? entries : {};
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { position } = error;
    const place = position ? `${file}:${position.line}:${position.column}` : file;
    // Not in the words of the parser, which may quote what stands there: a key.
    throw new FileError(`${place}: the file is damaged`, { cause: error });
  }
}

/**
 * The entries that start this program, under whatever name, in the user's and in this folder's file of a client.
 * @throws FileError where a file cannot be read
 */
function entriesOf(client: Client, subject: DoctorContext): readonly Found[] {
  return [...client.userFiles(systemOf(subject)), ...projectFiles(client, subject)]
    .filter(exists)
    .flatMap((file) =>
      Object.entries(entriesIn(file, client)).flatMap(([name, entry]) =>
        isLightfastEntry(entry) ? [{ file, name, entry }] : [],
      ),
    );
}

/** How a client starts this program, whatever its own words for it. */
export type Launch = {
  readonly program: string;
  readonly args: readonly string[];
  /** The variables in its entry. */
  readonly variables: Readonly<Record<string, string>>;
  readonly isOff: boolean;
};

export function launchOf({ envField }: Client, entry: Entry): Launch {
  const [program = "", ...args] = [entry.command ?? entry.cmd ?? [], entry.args ?? []].flat().map(String);
  const variables = entry[envField];
  return {
    program,
    args,
    variables: isObject(variables)
      ? Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]))
      : {},
    isOff: entry.disabled === true || entry.enabled === false,
  };
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** Windows adds these to a name without an ending. */
const ENDINGS = [".COM", ".EXE", ".BAT", ".CMD"];

/** The folders with programs; Windows writes the variable's name as it likes. The last of several counts. */
function foldersIn(env: Environment, platform: string): readonly string[] {
  const { delimiter } = platform === "win32" ? win32 : posix;
  const isPath = (name: string) => (platform === "win32" ? name.toUpperCase() : name) === "PATH";
  const [, folders = ""] = Object.entries(env).findLast(([name]) => isPath(name)) ?? [];
  return folders.split(delimiter).filter(Boolean);
}

/** Whether the system finds a program, by its path or in `PATH`. */
export function canFind(program: string, env: Environment, platform: string): boolean {
  const path = platform === "win32" ? win32 : posix;
  const folders = /[\\/]/.test(program) ? [""] : foldersIn(env, platform);
  const endings = platform === "win32" ? ["", ...ENDINGS] : [""];
  return folders.some((folder) =>
    endings.some((ending) => isProgram(path.join(folder, `${program}${ending}`))),
  );
}

/** The version that npx is asked for: a number, `latest`, or nothing; undefined where it is not npx that starts it. */
export function askedVersion({ args, program }: Launch): string | undefined {
  const spec = [program, ...args].find((word) => /^@lightfastai\/mcp(?:@|$)/.test(word));
  return spec?.replace(/^@lightfastai\/mcp@?/, "");
}

const VARIABLE = "LIGHTFAST_API_KEY";

/** The variable that a placeholder stands for: `${X}`, `${env:X}`, `${X:-y}`, `$X`, `%X%`, `{env:X}`. */
const PLACEHOLDER = /^(?:\$?\{(?:env:)?([A-Za-z_]\w*)(?::-.*)?\}|\$([A-Za-z_]\w*)|%([A-Za-z_]\w*)%)$/;
/** `${X:-y}`: what stands there where the variable is not set. */
const DEFAULT = /:-[^}]/;
const INPUT = /^\$\{input:[^}]+\}$/;

/** What follows an option's flag, in either form. */
function flagIn(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at === -1 ? args.find((word) => word.startsWith(`${flag}=`))?.slice(flag.length + 1) : args[at + 1];
}

function storedLogin({ args, variables }: Launch): CheckResult | undefined {
  const name =
    flagIn(args, LIGHTFAST_OPTIONS.profile.flag) ??
    variables.LIGHTFAST_PROFILE ??
    LIGHTFAST_OPTIONS.profile.default;
  return isProfileName(name) && hasProfile(name)
    ? ok(`key from the login stored as profile ${name}`)
    : undefined;
}

const NO_KEY_HINT = "Run lightfast-mcp login: the server finds that key from every client.";

function noKey(why: string): CheckResult {
  return warning(why, { hint: NO_KEY_HINT });
}

/** The text is not told: what stands in it for an unset variable may be a key. */
function fromPlaceholder(text: string, { title, key }: Client, env: Environment): CheckResult {
  if (key?.kind === "input" && INPUT.test(text)) return ok(`key asked for by ${title}`);
  const name = PLACEHOLDER.exec(text)?.slice(1).find(Boolean);
  if (key === undefined || key.kind === "list" || name === undefined) {
    return noKey(`${title} puts nothing in place of the placeholder there, so there is no key.`);
  }
  if (env[name]) return ok(`key from the variable ${name}`);
  return DEFAULT.test(text) ? ok("key in its entry") : noKey(`The variable ${name} is not set here.`);
}

function written(value: string, source: string): CheckResult {
  const credential = parseApiKey({ value: value.trim(), source });
  return credential.state === "ready" ? ok("key in its entry") : failed(`${credential.problem}.`);
}

function listed({ title, key }: Client, entry: Entry, env: Environment): CheckResult | undefined {
  const list = key?.kind === "list" ? entry[key.field] : undefined;
  if (!Array.isArray(list) || !list.includes(VARIABLE)) return undefined;
  if (key?.kind === "list" && key.field === "env_keys") return ok(`key kept by ${title}`);
  return env[VARIABLE]
    ? ok(`key from the variable ${VARIABLE}`)
    : noKey(`The variable ${VARIABLE} is not set here.`);
}

function isSandbox({ args, variables }: Launch): boolean {
  const parsed = parseSwitch({ value: variables.LIGHTFAST_SANDBOX?.trim() ?? "", source: "" });
  return args.includes(LIGHTFAST_OPTIONS.sandbox.flag) || ("value" in parsed && parsed.value);
}

/**
 * How the server gets its key when this client starts it; never the key itself. What the server takes for unset, such
 * as a placeholder that stays one, leaves the stored login.
 */
function keyFor(client: Client, entry: Entry, launch: Launch, env: Environment): CheckResult {
  if (isSandbox(launch)) return ok("sandbox, which needs no key");
  const flag = flagIn(launch.args, LIGHTFAST_OPTIONS.apiKey.flag);
  if (flag) return warning("Its key stands on a command line, where other users of this machine can see it.");
  const value = launch.variables[VARIABLE] ?? "";
  const isText = PLACEHOLDER.test(value) || isPlaceholder(value);
  if (value && !isText) return written(value, `${VARIABLE} there`);
  const found = value ? fromPlaceholder(value, client, env) : listed(client, entry, env);
  if (found?.status === "ok") return found;
  return storedLogin(launch) ?? found ?? noKey("There is no key in its entry, and no login is stored.");
}

const VERSIONS: Readonly<Record<string, string>> = {
  latest: "starts the newest version each time",
  "": "names no version, so npx may go on using an old copy",
};

function versionIn(launch: Launch): readonly string[] {
  const asked = askedVersion(launch);
  return asked === undefined ? [] : [VERSIONS[asked] ?? `is pinned to version ${asked}; this is ${version}`];
}

function programOf(
  { program, variables, isOff }: Launch,
  { env, runtime }: DoctorContext,
): CheckResult | undefined {
  if (isOff) return warning("It is switched off there.", { hint: "Switch it on in the client's settings." });
  return canFind(program, { ...env, ...variables }, runtime.platform)
    ? undefined
    : failed(`There is no program ${program} to start it with.`, {
        hint: "Install Node.js, which brings npx, or give the full path of the program in that file.",
      });
}

function judge(client: Client, { file, name, entry }: Found, subject: DoctorContext): CheckResult {
  const launch = launchOf(client, entry);
  const finding = programOf(launch, subject) ?? keyFor(client, entry, launch, subject.env);
  const version = versionIn(launch).map((text) => `${name} ${text}`);
  return { ...finding, details: [file, ...version] };
}

const SEVERITY: readonly Status[] = ["failed", "warning", "ok", "skipped"];

/** Several entries as one finding: that of the worst, and the details of all. */
function summed(findings: readonly CheckResult[]): CheckResult | undefined {
  const worst = SEVERITY.flatMap((status) => findings.filter((finding) => finding.status === status))[0];
  return worst && { ...worst, details: findings.flatMap(({ details = [] }) => details) };
}

const NONE = "It has no entry for this server.";

function checkOf(client: Client): Check {
  return {
    id: `client-${client.id}`,
    title: client.title,
    failure: "other",
    hint: `Mend that file, or let it be written anew: lightfast-mcp install ${client.id}`,
    run: (subject) => {
      try {
        const findings = entriesOf(client, subject).map((found) => judge(client, found, subject));
        return summed(findings) ?? skipped(`${NONE} To add one: lightfast-mcp install ${client.id}`);
      } catch (error) {
        if (error instanceof FileError) return failed(`${error.message}.`);
        throw error;
      }
    },
  };
}

const NO_CLIENT: Check = {
  id: "clients",
  title: "MCP clients",
  failure: "other",
  hint: "",
  run: () => skipped("None that this program knows was found."),
};

/** One check for each client of this machine. */
export function clientChecks(subject: DoctorContext): readonly Check[] {
  const checks = CLIENTS.filter((client) => isHere(client, subject)).map(checkOf);
  return checks.length > 0 ? checks : [NO_CLIENT];
}
