import { basename, dirname, join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { type ConfigValue, createEntry, isOwnEntry, toConfigValues, updateEntry } from "./entries.ts";
import { exists, FileError, isFolder, readSnapshot, type Snapshot } from "./files.ts";
import { type Data, type Format, FormatError, getIn, locate, toData, toPlain } from "./formats/format.ts";
import { jsonc } from "./formats/jsonc.ts";
import { toml } from "./formats/toml.ts";
import { yaml } from "./formats/yaml.ts";
import type { Client, Entry, FormatName, ServerCommand, System } from "./types.ts";

/** What to do for one client. */
export type InstallJob = {
  readonly action: "install" | "uninstall";
  readonly client: Client;
  readonly server: ServerCommand;
  readonly system: System;
  /** The project whose files are edited; undefined for the user's files. */
  readonly project?: string | undefined;
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
 * @throws FileError if the file cannot be edited safely
 */
export function planEdit(job: InstallJob): Edit {
  const config = chooseFile(job);
  const plan = job.action === "install" ? planInstall : planUninstall;
  return withLocation(config.snapshot.file, () => plan(job, config));
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
function chooseFile(job: InstallJob): ConfigFile {
  const files = configFiles(job);
  const existing = files.filter(exists).map((file) => readConfig(file, job.client));
  const owner = existing.find(({ data }) => getIn(data, entryPath(job)) !== undefined);
  const newFile = files.find((file) => isFolder(dirname(file))) ?? files[0] ?? "";
  return owner ?? existing[0] ?? readConfig(newFile, job.client);
}

function readConfig(file: string, { format }: Client): ConfigFile {
  const snapshot = readSnapshot(file);
  return { snapshot, data: withLocation(file, () => FORMATS[format].parse(snapshot.content?.text ?? "")) };
}

function planInstall(job: InstallJob, config: ConfigFile): Edit {
  const { client, server, hasStoredLogin } = job;
  const { snapshot, data } = config;
  if (!snapshot.content) checkFolder(job, snapshot.file);
  const existing = findEntry(job, config);
  if (job.change && !existing) return { snapshot, entry: undefined, text: snapshot.content?.text };
  const wanted = createEntry(client, server, hasStoredLogin);
  const update = job.change ?? ((entry: Entry) => updateEntry(client, server, entry, wanted));
  const entry = existing ? update(existing) : wanted;
  const [own, ...inputs] = toConfigValues(client, server, entry);
  const values = [
    ...(own && !isDeepStrictEqual(getIn(data, own.path), toData(own.value)) ? [own] : []),
    ...inputs.filter(({ path }) => getIn(data, path) === undefined),
  ];
  return { snapshot, entry, text: writeValues(client, snapshot.content?.text, values) };
}

function planUninstall(job: InstallJob, config: ConfigFile): Edit {
  const { client, server } = job;
  const { snapshot } = config;
  const entry = findEntry(job, config);
  const text = snapshot.content?.text;
  if (text === undefined || !entry) return { snapshot, entry: undefined, text };
  const isShared = ({ reference }: ConfigValue): boolean =>
    reference !== undefined && count(text, reference) > count(JSON.stringify(entry), reference);
  const edited = toConfigValues(client, server, entry)
    .filter((value) => !isShared(value))
    // In reverse order, so that each removal sees the text that its insertion produced.
    .reverse()
    .reduce<string | undefined>((before = "", { path }) => FORMATS[client.format].remove(before, path), text);
  return { snapshot, entry, text: edited };
}

/** @throws FileError if the name belongs to another server */
function findEntry(job: InstallJob, { snapshot: { file }, data }: ConfigFile): Entry | undefined {
  const entry = toPlain(getIn(data, entryPath(job)));
  if (entry === undefined || isOwnEntry(entry, job.server)) return entry;
  throw new FileError(
    `${file} already has a different server named "${job.server.name}"; it was not changed. ` +
      "Choose another name with --name, or remove that entry",
  );
}

function checkFolder({ client, system, project }: InstallJob, file: string): void {
  const folder = dirname(file);
  const home = project === undefined ? (client.home?.(system) ?? folder) : project;
  if (!isFolder(home))
    throw new FileError(`${client.title} does not seem to be installed: ${home} does not exist`);
  if (isFolder(folder)) return;
  const place = project === undefined ? client.title : `${client.title} in this project`;
  throw new FileError(`${folder} does not exist. Create it to use ${place}`);
}

function writeValues({ format }: Client, text: string | undefined, values: readonly ConfigValue[]) {
  return values.reduce((before, { path, value }) => FORMATS[format].set(before, path, value), text);
}

function entryPath({ client, server }: InstallJob): readonly string[] {
  return [...client.keyPath, server.name];
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

/** Adds the file and the position to a `FormatError`. */
function withLocation<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FileError(`${locate(file, error)}: ${error.message}; the file was not changed`, {
      cause: error,
    });
  }
}
