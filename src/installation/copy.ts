import { createHash, randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { userPath } from "../config/folders.ts";
import { CodedError } from "../shared/errors.ts";
import { isObject, parseJson } from "../shared/json.ts";
import { replaceFile, retryOnWindows, writeDurably } from "../shared/replace-file.ts";
import { isNewer } from "./releases.ts";

/** The copy of the program cannot be written, or is damaged. */
export class CopyError extends CodedError {
  static override readonly code = "COPY_ERROR";
  override readonly name = "CopyError";
}

/** The names of the copies that entries start. */
export type Selection = {
  readonly current: string;
  /** What `update --rollback` returns to. */
  readonly previous: string | undefined;
};

/** The name of this program's package. */
export const PACKAGE = "@lightfastai/mcp";
/** What the published package contains (`files` in package.json, and what npm always adds). */
const PACKAGED = ["bin", "dist", "package.json", "README.md", "LICENSE"];
const START = "bin/lightfast-mcp.js";
/** In each copy: the SHA-256 of its files, by path. */
const RECORD = "files.json";
/** In each copy: the compiled code of the start file. Empty until the first start has written it. */
const CACHE = "start.cache";
/** The running servers of older copies still load files, so one more copy than the current and the previous one stays. */
const MAX_COPIES = 3;
/** Leftovers of a process that was killed are deleted after this time. */
const LEFTOVER_MS = 60 * 60_000;
const LEFTOVER = ".unfinished-";
const NAME = /^\d[0-9A-Za-z.+-]*$/;
const PRIVATE = 0o700;

type Files = Readonly<Record<string, string>>;

/** The file that entries start. It loads the current copy, so replacing it switches all of them at once. */
export function launcherFile(): string {
  return userPath("data", "lightfast-mcp.cjs");
}

/** Returns what the launcher starts; undefined if there is no launcher. */
export function readSelection(): Selection | undefined {
  const text = readText(launcherFile());
  const current = /"\.\/versions\/([^/"]+)\//.exec(text ?? "")?.[1];
  const previous = /^\/\/ previous: (\S+)$/m.exec(text ?? "")?.[1];
  return current === undefined ? undefined : { current, previous };
}

/** Replaces the launcher atomically. @throws CopyError if it cannot be written */
export function select({ current, previous }: Selection): void {
  const text = [
    '"use strict";',
    '// The command "install" of lightfast-mcp wrote this. "update" replaces it, which switches all clients at once.',
    ...(previous === undefined ? [] : [`// previous: ${previous}`]),
    `require("./versions/${current}/${START}");`,
    "",
  ].join("\n");
  if (readText(launcherFile()) === text) return;
  explain(() => replaceAtomically(launcherFile(), text));
}

/**
 * Copies the files of a package, or verifies the copy that exists, and makes it the current one unless that is newer.
 * @param source the folder of the package; by default, that of this program
 * @returns the name of the current copy
 * @throws CopyError if it cannot be written
 */
export function installCopy(source = packageFolder()): string {
  const selected = readSelection();
  const { version } = readManifest(source);
  if (selected && isNewer(selected.current, version) && isIntact(selected.current)) return selected.current;
  const current = placeCopy(source);
  switchTo(current);
  return current;
}

/** Makes a copy the current one, keeps the one before for a rollback, and deletes older ones. */
export function switchTo(current: string): void {
  const selected = readSelection();
  const previous = selected?.current === current ? selected.previous : selected?.current;
  select({ current, previous });
  deleteOldCopies();
}

/**
 * Copies the files of a package to a folder of their own, or repairs the copy that exists. A file that a running server
 * may load is never replaced by one of another build.
 * @returns the copy's name: the version, with a hash if there is another build of that version
 */
export function placeCopy(source: string): string {
  if (isSameFolder(source, copyFolder(basename(source)))) return requireIntact(basename(source));
  const { version } = readManifest(source);
  const files = hashFiles(source);
  const hash = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
  return explain(() => {
    const folder = copyFolder(version);
    if (!existsSync(folder)) writeCopy(source, files, folder);
    const recorded = readRecord(folder);
    if (recorded === undefined || isDeepStrictEqual(recorded, files)) {
      repair(source, files, folder);
      return version;
    }
    const other = copyFolder(`${version}-${hash}`);
    if (!existsSync(other)) writeCopy(source, files, other);
    repair(source, files, other);
    return basename(other);
  });
}

/** Returns the file that starts a copy. */
export function startFile(name: string): string {
  return join(copyFolder(name), ...START.split("/"));
}

/** Whether every file of a copy is as it was written. */
export function isIntact(name: string): boolean {
  const folder = copyFolder(name);
  const files = NAME.test(name) ? readRecord(folder) : undefined;
  return (
    files?.[START] !== undefined &&
    Object.entries(files).every(([path, hash]) => hashOf(join(folder, path)) === hash)
  );
}

/**
 * Deletes the launcher and all copies. Nothing else in the folder is touched.
 * @returns what could not be deleted, because a running program uses it
 */
export function removeCopies(): readonly string[] {
  const left = ["lightfast-mcp.cjs", "versions", "npx", "programs.json"]
    .map((name) => userPath("data", name))
    .filter((path) => !remove(path));
  try {
    rmdirSync(userPath("data"));
  } catch {
    // There is none, or it contains something else, such as logins.
  }
  return left;
}

/** Creates an empty folder for files that are not complete yet. It is deleted later, if this process is killed. */
export function createWorkFolder(): string {
  return explain(() => {
    const folder = copyFolder(`${LEFTOVER}${randomUUID()}`);
    mkdirSync(folder, { recursive: true, mode: PRIVATE });
    return folder;
  });
}

/** Deletes a file or a folder, as far as running programs allow. */
export function remove(path: string): boolean {
  try {
    rmSync(path, { recursive: true, force: true, maxRetries: 2 });
    return true;
  } catch {
    return false;
  }
}

/** Replaces a file in this program's folder atomically, or creates it. */
export function replaceAtomically(file: string, content: string | Buffer): void {
  const temporary = copyFolder(`${LEFTOVER}${randomUUID()}`);
  for (const folder of [dirname(temporary), dirname(file)])
    mkdirSync(folder, { recursive: true, mode: PRIVATE });
  replaceFile(file, content, temporary);
}

/** Returns the version of a package of this program. @throws CopyError if the folder has none */
export function readManifest(folder: string): { readonly version: string } {
  const manifest = parseJson(readText(join(folder, "package.json")) ?? "");
  const isOurs = isObject(manifest) && manifest.name === PACKAGE;
  if (!(isOurs && typeof manifest.version === "string" && NAME.test(manifest.version))) {
    throw new CopyError(`${folder} does not contain ${PACKAGE}`);
  }
  return { version: manifest.version };
}

/** The folder of the running program's package. */
function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function copyFolder(name: string): string {
  return userPath("data", "versions", name);
}

function requireIntact(name: string): string {
  if (isIntact(name)) return name;
  throw new CopyError(`${copyFolder(name)} is damaged. Run: npx -y ${PACKAGE}@latest install`);
}

function isSameFolder(one: string, other: string): boolean {
  return existsSync(other) && realpathSync(one) === realpathSync(other);
}

/** Writes a copy beside its place, verifies it, and renames it. Another process may be first. */
function writeCopy(source: string, files: Files, folder: string): void {
  const temporary = createWorkFolder();
  try {
    for (const path of Object.keys(files)) {
      mkdirSync(dirname(join(temporary, path)), { recursive: true, mode: PRIVATE });
      writeDurably(join(temporary, path), readFileSync(join(source, path)));
    }
    writeDurably(join(temporary, RECORD), JSON.stringify(files));
    writeDurably(join(temporary, CACHE), "");
    const wrong = Object.keys(files).find((path) => hashOf(join(temporary, path)) !== files[path]);
    if (wrong !== undefined)
      throw new CopyError(`${join(source, wrong)} changed while it was copied. Try again`);
    try {
      retryOnWindows(
        () => renameSync(temporary, folder),
        () => existsSync(folder),
      );
    } catch (error) {
      if (!existsSync(folder)) throw error;
    }
  } finally {
    remove(temporary);
  }
}

/** Replaces each file of a copy that differs from its source. V8 does not verify compiled code, so that is made again. */
function repair(source: string, files: Files, folder: string): void {
  for (const path of Object.keys(files)) {
    const file = join(folder, path);
    if (hashOf(file) !== files[path]) replaceAtomically(file, readFileSync(join(source, path)));
  }
  if (!isDeepStrictEqual(readRecord(folder), files))
    replaceAtomically(join(folder, RECORD), JSON.stringify(files));
  replaceAtomically(join(folder, CACHE), "");
}

function hashFiles(folder: string): Files {
  const paths = PACKAGED.flatMap((name) => listFiles(folder, name)).sort();
  return Object.fromEntries(paths.map((path) => [path, hashOf(join(folder, path)) ?? ""]));
}

/** Returns the paths of the files, with slashes. */
function listFiles(folder: string, path: string): readonly string[] {
  const stat = statSync(join(folder, path), { throwIfNoEntry: false });
  if (stat?.isDirectory()) {
    return readdirSync(join(folder, path)).flatMap((name) => listFiles(folder, `${path}/${name}`));
  }
  return stat?.isFile() ? [path] : [];
}

function readRecord(folder: string): Files | undefined {
  const record = parseJson(readText(join(folder, RECORD)) ?? "");
  return isObject(record) ? (record as Files) : undefined;
}

function hashOf(file: string): string | undefined {
  try {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
  } catch {
    return undefined;
  }
}

export function readText(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** Keeps the current copy, the previous one, and the newest other one. */
function deleteOldCopies(): void {
  const { current, previous } = readSelection() ?? {};
  const names = readdirSync(userPath("data", "versions"));
  const age = (name: string): number =>
    Date.now() - (statSync(copyFolder(name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const isUsed = (name: string) => name === current || name === previous;
  const kept = names.filter(isUsed).length;
  const unused = names.filter((name) => NAME.test(name) && !isUsed(name)).sort((a, b) => age(a) - age(b));
  const leftovers = names.filter((name) => name.startsWith(LEFTOVER) && age(name) > LEFTOVER_MS);
  for (const name of [...unused.slice(MAX_COPIES - kept), ...leftovers]) remove(copyFolder(name));
}

/** Runs work in this program's folder. @throws CopyError that names the folder */
export function explain<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof CopyError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CopyError(`The program cannot be copied to ${userPath("data")}: ${reason}`, { cause: error });
  }
}
