import { dirname, join } from "node:path";
import { entryOf, isOurs, merge, type Piece, piecesOf, serverOf } from "./entries.ts";
import { exists, FileError, isFolder, readSnapshot, type Snapshot } from "./files.ts";
import {
  assign,
  type Data,
  dataOf,
  type Format,
  FormatError,
  find,
  omit,
  plainOf,
  sameData,
} from "./formats/format.ts";
import { jsonc } from "./formats/jsonc.ts";
import { toml } from "./formats/toml.ts";
import { yaml } from "./formats/yaml.ts";
import type { Client, Entry, FormatName, Path, Server, System } from "./types.ts";

/** What is to be done with one client. */
export type InstallJob = {
  readonly action: "install" | "uninstall";
  readonly client: Client;
  readonly server: Server;
  /** Where the client's file may be; the first that is there counts. */
  readonly files: readonly string[];
  /** The folder that must be there for a file to be made in it. */
  readonly folder: string;
  readonly project: boolean;
  /** Whether the server finds a key by itself. */
  readonly hasStoredLogin: boolean;
};

/** What is to be written; undefined as the text takes the file away. */
export type Edit = {
  readonly text: string | undefined;
  /** Whether a file holds what it should after the change. */
  readonly verify: (text: string | undefined) => boolean;
};

export type Plan = {
  readonly snapshot: Snapshot;
  /** Our entry as it will be, or was. */
  readonly entry: Entry | undefined;
  /** Undefined where there is nothing to do. */
  readonly change: Edit | undefined;
};

export const FORMATS: Readonly<Record<FormatName, Format>> = { jsonc, toml, yaml };

/** Names the file, and the place in it, where a format complains. */
function naming<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { position } = error;
    const place = position ? `${file}:${position.line}:${position.column}` : file;
    throw new FileError(`${place}: ${error.message}; the file was left as it is`, { cause: error });
  }
}

type Opened = { readonly snapshot: Snapshot; readonly data: Data };

function open(file: string, format: Format): Opened {
  const snapshot = readSnapshot(file);
  return { snapshot, data: naming(file, () => format.parse(snapshot.found?.text ?? "")) };
}

/** The file that holds our entry, or else the first that is there, or else the one to make. */
function choose(task: InstallJob): Opened {
  const { client, files } = task;
  const format = FORMATS[client.format];
  const there = files.filter(exists).map((file) => open(file, format));
  const holder = there.find(({ data }) => find(data, pathOf(task)) !== undefined);
  const first = files.find((file) => isFolder(dirname(file))) ?? files[0] ?? "";
  return holder ?? there[0] ?? open(first, format);
}

function pathOf({ client, server }: InstallJob): readonly string[] {
  return [...client.keyPath, server.name];
}

/** @throws FileError where the name is taken */
function oursIn(task: InstallJob, { snapshot, data }: Opened): Entry | undefined {
  const entry = plainOf(find(data, pathOf(task)));
  if (entry === undefined || isOurs(entry)) return entry;
  throw new FileError(
    `${snapshot.file} has an entry ${task.server.name} that starts something else, and was left as it is. ` +
      "Give --name another name, or take that entry out yourself.",
  );
}

function checkFolder({ client, folder, project }: InstallJob, { snapshot: { file } }: Opened): void {
  const missing = [folder, dirname(file)].find((path) => !isFolder(path));
  if (missing === undefined) return;
  throw new FileError(
    project
      ? `${missing} does not exist in this project; make it first if the project is to be used with ${client.title}`
      : `${client.title} does not seem to be installed: ${missing} does not exist`,
  );
}

function planInstall(task: InstallJob, opened: Opened): Plan {
  const { client, server } = task;
  const { snapshot, data } = opened;
  const format = FORMATS[client.format];
  if (!snapshot.found) checkFolder(task, opened);
  const old = oursIn(task, opened);
  const wanted = entryOf(client, server, task.hasStoredLogin);
  const entry = old ? merge(client, server.name, old, wanted) : wanted;
  const [own, ...others] = piecesOf(client, server.name, entry);
  const pieces = [
    ...(own && !sameData(find(data, own.path), dataOf(own.value)) ? [own] : []),
    ...others.filter(({ path }) => find(data, path) === undefined),
  ];
  if (pieces.length === 0) return { snapshot, entry, change: undefined };

  const put = (text: string | undefined, { path, value }: Piece) => format.set(text, path, value);
  const text = pieces.reduce(put, snapshot.found?.text);
  const expected = pieces.reduce((before, { path, value }) => assign(before, path, dataOf(value)), data);
  const verify = (written: string | undefined) =>
    written === text && sameData(format.parse(written ?? ""), expected);
  return { snapshot, entry, change: { text, verify } };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

function planUninstall(task: InstallJob, opened: Opened): Plan {
  const { client, server } = task;
  const { snapshot, data } = opened;
  const format = FORMATS[client.format];
  const entry = oursIn(task, opened);
  if (!snapshot.found || !entry) return { snapshot, entry: undefined, change: undefined };

  const before = snapshot.found.text;
  const isShared = ({ reference }: Piece): boolean =>
    reference !== undefined && count(before, reference) > count(JSON.stringify(entry), reference);
  const pieces = piecesOf(client, server.name, entry).filter((piece) => !isShared(piece));
  // The other way round than they were put in, so that each finds the text as it left it.
  const paths = pieces.map(({ path }) => path).reverse();
  const take = (text: string | undefined, path: Path) => format.remove(text ?? "", path);
  const text = paths.reduce(take, before);
  const without = (from: Data): Data => paths.reduce(omit, from);
  const verify = (written: string | undefined) =>
    written === text && sameData(without(format.parse(written ?? "")), without(data));
  return { snapshot, entry, change: { text, verify } };
}

/**
 * Reads a client's file and works out what to write; writes nothing.
 * @throws FileError where the file cannot be changed safely
 */
export function planOf(task: InstallJob): Plan {
  const opened = choose(task);
  const plan = task.action === "install" ? planInstall : planUninstall;
  return naming(opened.snapshot.file, () => plan(task, opened));
}

/** What the tasks of one run have in common. */
export type Run = {
  readonly action: InstallJob["action"];
  readonly system: System;
  /** The folder of the project whose files are meant; undefined for the user's own. */
  readonly project?: string | undefined;
  readonly name: string;
  readonly sandbox: boolean;
  readonly profile?: string | undefined;
  readonly hasStoredLogin: boolean;
};

type Where = Pick<Run, "system" | "project">;

function filesOf(client: Client, { system, project }: Where): readonly string[] {
  return project === undefined
    ? client.userFiles(system)
    : (client.projectFiles ?? []).map((file) => join(project, ...file.split("/")));
}

/** What is to be done with one client. */
export function taskOf(client: Client, run: Run): InstallJob {
  const { action, system, project, name, sandbox, profile, hasStoredLogin } = run;
  const files = filesOf(client, run);
  const folder = dirname(files.find((file) => isFolder(dirname(file))) ?? files[0] ?? "");
  return {
    action,
    client,
    server: serverOf({ name, sandbox, profile, platform: system.platform }),
    files,
    folder: project === undefined && client.home ? client.home(system) : folder,
    project: project !== undefined,
    hasStoredLogin,
  };
}

/** Whether a client is here: its file, or the folder that it would be in and that only this client uses. */
export function isInstalled(client: Client, where: Where): boolean {
  const files = filesOf(client, where);
  if (files.some(exists)) return true;
  if (where.project === undefined && client.home) return isFolder(client.home(where.system));
  return files.some((file) => dirname(file) !== where.project && isFolder(dirname(file)));
}

/** Whether there is something to uninstall, or a file that cannot be read to find out. */
export function mayHoldEntry(task: InstallJob): boolean {
  try {
    return planOf(task).entry !== undefined;
  } catch {
    return true;
  }
}

/** What a new file of the client would hold. */
export function snippetOf({ client, server, hasStoredLogin }: InstallJob): string {
  const pieces = piecesOf(client, server.name, entryOf(client, server, hasStoredLogin));
  const text = pieces.reduce<string | undefined>(
    (before, { path, value }) => FORMATS[client.format].set(before, path, value),
    undefined,
  );
  return (text ?? "").trimEnd();
}
