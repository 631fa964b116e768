import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { programCommand } from "../config/invocation.ts";
import { isObject } from "../shared/json.ts";
import {
  type ConfigValue,
  createEntry,
  createInput,
  hasUserKey,
  isOwnEntry,
  remoteUrlOf,
  startsProgram,
  toConfigValues,
} from "./entries.ts";
import { exists, FileError, isFolder, PartialFileError, readSnapshot, type Snapshot } from "./files.ts";
import {
  BOM,
  type Data,
  type Format,
  FormatError,
  getIn,
  locate,
  toData,
  toPlain,
} from "./formats/format.ts";
import { jsonc } from "./formats/jsonc.ts";
import { toml } from "./formats/toml.ts";
import { yaml } from "./formats/yaml.ts";
import type { Client, Entry, FormatName, Path, ServerCommand, System, Value } from "./types.ts";
import { describeUpdate, pinOf, updateEntry } from "./update.ts";

/** What to do for one client. */
export type InstallJob = {
  readonly action: "install" | "uninstall";
  readonly client: Client;
  readonly server: ServerCommand;
  readonly system: System;
  /** The project whose files are edited; undefined for the user's files. */
  readonly project?: string | undefined;
  /** The folder of the backups; undefined for none. */
  readonly backups?: string | undefined;
  /** Whether the server finds a key without the client's help. */
  readonly hasStoredLogin: boolean;
  /** Returns what an install makes of an existing entry, instead of updating it; without one, nothing is written. */
  readonly change?: (entry: Entry) => Entry;
};

/** A client on a system, and the project if it is not about the user's files. */
type ClientFolder = Pick<InstallJob, "client" | "system" | "project">;

/** A change to one file that is not written yet. */
export type Edit = {
  readonly snapshot: Snapshot;
  /** The entry after an install, or before an uninstall. */
  readonly entry: Entry | undefined;
  /** The new content: undefined deletes the file, the current content means there is nothing to do. */
  readonly text: string | undefined;
  /** What the edit replaces or removes, in sentences. May contain secrets of the entry. */
  readonly changes: readonly string[];
  /** What the user should know about the file, whether there is something to do or not. */
  readonly warnings: readonly string[];
  /** Whether the file has no entry of this program yet. */
  readonly isForeign: boolean;
};

type ConfigFile = { readonly snapshot: Snapshot; readonly data: Data };

export const FORMATS: Readonly<Record<FormatName, Format>> = { jsonc, toml, yaml };

/** Returns the files that may contain the client's entries, the most likely one first. */
export function configFiles({ client, system, project }: ClientFolder): readonly string[] {
  return project === undefined
    ? client.userFiles(system)
    : (client.projectFiles ?? []).map((file) => join(project, ...file.split("/")));
}

/** Folders of a project that prove nothing, because other programs use them too. */
const SHARED_FOLDERS = [".agents", ".github"];

/** Folders in a home directory or a project that belong to one program or vendor. */
const OWN_FOLDER = /^\.(?!config$|local$|agents$|github$)/;

/** Whether the client's file exists, or a folder that only this client uses. */
export function isInstalled(job: ClientFolder): boolean {
  const { client, system, project } = job;
  const files = configFiles(job);
  if (files.some(exists)) return true;
  if (project === undefined && client.home) return isFolder(client.home(system));
  const isShared = (folder: string): boolean =>
    folder === project || SHARED_FOLDERS.includes(basename(folder));
  return files.map((file) => dirname(file)).some((folder) => !isShared(folder) && isFolder(folder));
}

/**
 * Reads the client's file and computes the edit. Writes nothing.
 * @param believesEmpty false to reject an empty file, which another program may be writing
 * @throws PartialFileError if the file is empty or cut, which may be so for a moment
 * @throws FileError if the file cannot be edited safely
 */
export function planEdit(job: InstallJob, believesEmpty = true): Edit {
  const existing = configFiles(job)
    .filter(exists)
    .map((file) => readConfig(file, job, believesEmpty));
  const config = chooseFile(job, existing);
  const plan = job.action === "install" ? planInstall : planUninstall;
  const { entry, text, changes } = withLocation(config.snapshot.file, () => plan(job, config));
  const { snapshot } = config;
  const keptBom = text?.startsWith(BOM) && job.client.rejectsBom && (job.action === "install" || entry);
  const bom = `Removes the byte order mark from the start of the file: ${job.client.title} ignores a file that has one.`;
  return {
    snapshot,
    entry,
    text: keptBom ? text?.slice(BOM.length) : text,
    changes: [...changes, ...(keptBom ? [bom] : [])],
    warnings: [...pinWarning(job, entry), ...otherEntries(job, existing)],
    isForeign: !Object.values(entriesIn(job, config.data)).some(
      (one) => startsProgram(one) || isOwnEntry(one, job.server),
    ),
  };
}

/** Whether a file has the result of an install, whatever else changed in it since. */
export function isInstalledEntry(job: InstallJob, { snapshot: { file }, entry }: Edit): boolean {
  try {
    const data = parse(job, readSnapshot(file).content?.text);
    return isDeepStrictEqual(getIn(data, entryPath(job)), toData(entry));
  } catch (error) {
    if (error instanceof FileError || error instanceof FormatError) return false;
    throw error;
  }
}

/** Returns where the backup of a file is; undefined if it has none. */
export function backupFile(
  { backups }: InstallJob,
  { target }: Pick<Snapshot, "target">,
): string | undefined {
  return backups === undefined ? undefined : join(backups, ...target.split(/[\\/:]+/));
}

/** Whether `uninstall` has work to do; true if the file cannot be read. */
export function mayHaveEntry(job: InstallJob): boolean {
  try {
    return planEdit(job).entry !== undefined;
  } catch {
    return true;
  }
}

/** Returns the content of a new file. */
export function formatSnippet({ client, server, hasStoredLogin }: InstallJob): string {
  const values = toConfigValues(client, server, createEntry(client, server, hasStoredLogin));
  return (writeValues(client, undefined, values) ?? "").trimEnd();
}

/** Returns the file that has the entry, else the first that exists, else the one to create. */
function chooseFile(job: InstallJob, existing: readonly ConfigFile[]): ConfigFile {
  const files = configFiles(job);
  const owner = existing.find(({ data }) => getIn(data, entryPath(job)) !== undefined);
  const newFile = files.find((file) => isFolder(dirname(file))) ?? files[0] ?? "";
  return owner ?? existing[0] ?? readConfig(newFile, job);
}

/** @throws PartialFileError if the file is malformed, or empty although its client never empties it */
function readConfig(file: string, job: InstallJob, believesEmpty = true): ConfigFile {
  const { title, neverEmpty } = job.client;
  const snapshot = readSnapshot(file);
  const text = snapshot.content?.text;
  if (text === "" && !believesEmpty) throw new PartialFileError(`${file} is empty`);
  if (neverEmpty && job.project === undefined && text?.trim() === "") {
    throw new PartialFileError(
      `${file} is empty, but ${title} never leaves it empty; the file was not changed. ` +
        `Start ${title} once, or delete the file, then run the command again`,
    );
  }
  return { snapshot, data: withLocation(file, () => parse(job, text), PartialFileError) };
}

function parse({ client }: InstallJob, text = ""): Data {
  return FORMATS[client.format].parse(text);
}

type Plan = Pick<Edit, "entry" | "text" | "changes">;

function planInstall(job: InstallJob, config: ConfigFile): Plan {
  const { client, server, hasStoredLogin } = job;
  const { snapshot, data } = config;
  if (!snapshot.content) checkFolder(job, snapshot.file);
  const text = snapshot.content?.text;
  const existing = findEntry(job, config);
  if (job.change && !existing) return { entry: undefined, text, changes: [] };
  const update = job.change ?? ((old: Entry) => updateEntry(client, server, old, hasStoredLogin));
  const entry = existing ? update(existing) : createEntry(client, server, hasStoredLogin);
  const [own, ...inputs] = toConfigValues(client, server, entry);
  const newInputs = inputs.filter(({ path }) => getIn(data, path) === undefined);
  const edited =
    existing && own && text !== undefined
      ? updateValue(FORMATS[client.format], text, own.path, existing, entry)
      : writeValues(client, text, own ? [own] : []);
  const result = writeValues(client, edited, newInputs);
  return {
    entry,
    text: existing ? removeUnusedInput(job, result) : result,
    changes: existing
      ? [...describeUpdate(client, server, existing, entry), ...lostComments(job, text, result)]
      : [],
  };
}

/** An edit keeps comments, except those inside of a list or another value that it replaces as a whole. */
function lostComments({ client }: InstallJob, before = "", after = ""): readonly string[] {
  const kept = [...FORMATS[client.format].comments(after)];
  const lost = FORMATS[client.format].comments(before).filter((comment) => {
    const index = kept.indexOf(comment);
    if (index !== -1) kept.splice(index, 1);
    return index === -1;
  });
  return lost.length > 0
    ? [`Removes ${lost.length === 1 ? "a comment" : `${lost.length} comments`} inside a value that changes.`]
    : [];
}

/**
 * Writes what differs between two values, property by property, so that comments and the order of properties stay. What a
 * format cannot edit alone is replaced as a whole.
 */
function updateValue(
  format: Format,
  text: string,
  path: Path,
  before: unknown,
  after: Value | undefined,
): string {
  if (isDeepStrictEqual(toData(before), toData(after))) return text;
  if (after === undefined) return format.remove(text, path) ?? text;
  if (!(isObject(before) && isObject(after))) return format.set(text, path, after);
  const fields: Readonly<Record<string, Value>> = after;
  try {
    // What goes is removed last: without any property, the object would go too.
    return Object.keys({ ...fields, ...before })
      .sort((one, other) => Number(other in fields) - Number(one in fields))
      .reduce((rest, key) => updateValue(format, rest, [...path, key], before[key], fields[key]), text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return format.set(text, path, after);
  }
}

function planUninstall(job: InstallJob, config: ConfigFile): Plan {
  const { client, server } = job;
  const entry = findEntry(job, config);
  const text = config.snapshot.content?.text;
  if (text === undefined || !entry) return { entry: undefined, text, changes: [] };
  const values = toConfigValues(client, server, entry);
  const isShared = ({ reference }: ConfigValue): boolean =>
    reference !== undefined && count(text, reference) > count(JSON.stringify(entry), reference);
  const original = readOriginal(job, config.snapshot);
  const isOriginal =
    original !== undefined &&
    getIn(parse(job, original), entryPath(job)) === undefined &&
    writeValues(client, original, values) === text;
  const edited = values
    .filter((value) => !isShared(value))
    // In reverse order, so that each removal sees the text that its insertion produced.
    .reverse()
    .reduce<string | undefined>((before = "", { path }) => FORMATS[client.format].remove(before, path), text);
  const { keyTitle } = server.rules;
  const changes = hasUserKey(client, server, entry)
    ? [`Removes the ${keyTitle} in this entry. Keep a copy if you have no other.`]
    : [];
  return { entry, text: isOriginal ? original : removeUnusedInput(job, edited), changes };
}

/** Removes the `input` that an earlier entry referred to, if it is as `install` writes it and nothing refers to it now. */
function removeUnusedInput({ client, server }: InstallJob, text: string | undefined): string | undefined {
  const { path, value, reference } = createInput(server);
  if (client.key?.kind !== "input" || text === undefined || text.includes(reference)) return text;
  const format = FORMATS[client.format];
  return isDeepStrictEqual(getIn(format.parse(text), path), toData(value)) ? format.remove(text, path) : text;
}

/** Returns the file as it was before the first entry, if there is a backup. */
function readOriginal(job: InstallJob, snapshot: Snapshot): string | undefined {
  const backup = backupFile(job, snapshot);
  try {
    return backup === undefined ? undefined : readSnapshot(backup).content?.text;
  } catch {
    return undefined;
  }
}

function pinWarning(
  { action, client, server: { rules } }: InstallJob,
  entry: Entry | undefined,
): readonly string[] {
  const pin = entry && action === "install" ? pinOf(entry, rules) : undefined;
  if (pin === undefined) return [];
  const command = programCommand([rules.command, "install", client.id, "--npx"].filter(Boolean).join(" "));
  return [`Keeps the pinned version ${pin}. To use the latest one, run: ${command}`];
}

/** Points out the entries of this server beside the one to edit. */
function otherEntries(job: InstallJob, existing: readonly ConfigFile[]): readonly string[] {
  const { client, server, project } = job;
  const edited = chooseFile(job, existing).snapshot.file;
  return existing.flatMap(({ snapshot: { file }, data }) =>
    Object.entries(entriesIn(job, data))
      .filter(
        ([name, entry]) =>
          isOwnEntry(entry, { rules: server.rules }) && (name !== server.name || file !== edited),
      )
      .map(([name]) => {
        const words = [
          server.rules.command,
          "uninstall",
          client.id,
          "--name",
          name,
          project ? "--project" : "",
        ];
        const canName = name !== server.name && /^[\w-]+$/.test(name);
        const hint = canName
          ? `To remove it, run: ${programCommand(words.filter(Boolean).join(" "))}`
          : "Remove one of the two from its file.";
        return `${file} also has "${name}", which starts the same server. ${hint}`;
      }),
  );
}

function entriesIn({ client }: InstallJob, data: Data): Readonly<Record<string, unknown>> {
  const entries = toPlain(getIn(data, client.keyPath));
  return isObject(entries) ? entries : {};
}

/** @throws FileError if the name belongs to another server */
function findEntry(job: InstallJob, { snapshot: { file }, data }: ConfigFile): Entry | undefined {
  const entry = toPlain(getIn(data, entryPath(job)));
  if (entry === undefined || isOwnEntry(entry, job.server)) return entry;
  const next =
    job.action === "uninstall" && remoteUrlOf(entry) !== undefined
      ? "If it is this server, repeat the command with --remote and its URL"
      : "Choose another name with --name, or remove that entry";
  throw new FileError(
    `${file} already has a different server named "${job.server.name}"; it was not changed. ${next}`,
  );
}

/** @throws FileError if the folder of a new file does not exist, and is no subfolder of one that is the client's own */
function checkFolder({ client, system, project }: InstallJob, file: string): void {
  const folder = dirname(file);
  const parent = dirname(folder);
  const isOwn = dirname(parent) === (project ?? system.home) && OWN_FOLDER.test(basename(parent));
  if (isOwn && isFolder(parent)) return;
  const home = project === undefined ? (client.home?.(system) ?? folder) : project;
  if (!isFolder(home))
    throw new FileError(`${client.title} does not seem to be installed: ${home} does not exist`);
  if (isFolder(folder)) return;
  const place = project === undefined ? client.title : `${client.title} in this project`;
  throw new FileError(`${folder} does not exist. Create it to use ${place}`);
}

function writeValues(
  { format }: Client,
  text: string | undefined,
  values: readonly ConfigValue[],
): string | undefined {
  return values.reduce<string | undefined>(
    (before, { path, value }) => FORMATS[format].set(before, path, value),
    text,
  );
}

function entryPath({ client, server }: InstallJob): readonly string[] {
  return [...client.keyPath, server.name];
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Adds the file and the position to a `FormatError`. */
function withLocation<T>(file: string, work: () => T, ErrorType = FileError): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ErrorType(`${locate(file, error)}: ${error.message}; the file was not changed`, {
      cause: error,
    });
  }
}
