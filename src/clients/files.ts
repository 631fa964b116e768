import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { CodedError, codeOf } from "../shared/errors.ts";
import { replaceFile as replacePrivateFile, retryOnWindows } from "../shared/replace-file.ts";

/** A file that can't be read as text, or must not be written. */
export class FileError extends CodedError {
  static override readonly code = "FILE_ERROR";
  override readonly name = "FileError";
}

/** A file that another program changed since it was read; nothing was written. Read it again. */
export class FileChangedError extends FileError {}

/** A file that is empty or cut, perhaps because another program is writing it. Read it again. */
export class PartialFileError extends FileError {}

type Content = {
  readonly bytes: Buffer;
  readonly text: string;
  readonly mode: number;
  readonly owner: Owner;
};

type Owner = { readonly uid: number; readonly gid: number };

/** A file at the time it was read. */
export type Snapshot = {
  /** The path as the user knows it. */
  readonly file: string;
  /** The path with symbolic links resolved. */
  readonly target: string;
  /** Undefined if the file does not exist. */
  readonly content: Content | undefined;
};

const MODE_BITS = 0o7777;
const OWNER_CAN_WRITE = 0o200;
const MAX_LINKS = 40;
/** On Windows, a file that another program has open cannot be renamed. */
const IN_USE = ["EBUSY", "EPERM", "EACCES"];

/** Whether a path exists, even if it cannot be read. Symbolic links are followed. */
export function exists(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return codeOf(error) !== "ENOTDIR";
  }
}

export function isFolder(path: string): boolean {
  try {
    return fs.statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Reads a file, which may be missing. Symbolic links are followed. @throws FileError if it is not a text file */
export function readSnapshot(file: string): Snapshot {
  const target = resolveLinks(file);
  const stat = fs.statSync(target, { throwIfNoEntry: false });
  if (!stat) return { file, target, content: undefined };
  if (!stat.isFile()) throw new FileError(`${file} is not a file`);
  const bytes = fs.readFileSync(target);
  const owner = { uid: stat.uid, gid: stat.gid };
  return { file, target, content: { bytes, text: decode(file, bytes), mode: stat.mode & MODE_BITS, owner } };
}

/**
 * Replaces a file and keeps its mode and owner. A version that differs from the snapshot is never overwritten: the file is
 * moved aside, compared, and put back if it differs (docs/decisions/0021-no-lost-updates.md).
 * Creates the folder of a new file.
 * @param text undefined deletes the file
 * @param newMode the mode of a file that does not exist yet
 * @throws FileChangedError if the file changed since it was read
 * @throws FileError if the file is write-protected; nothing is written
 */
export function replaceFile(snapshot: Snapshot, text: string | undefined, newMode: number): void {
  const { file, target, content } = snapshot;
  if (content && !(content.mode & OWNER_CAN_WRITE)) throw new FileError(`${file} is write-protected`);
  const stem = join(dirname(target), `.${basename(target)}.lightfast-${randomUUID()}`);
  const fresh = text === undefined ? undefined : `${stem}.new`;
  try {
    if (fresh !== undefined && text !== undefined) {
      if (!content) fs.mkdirSync(dirname(target), { recursive: true });
      writeNew(fresh, Buffer.from(text), content?.mode ?? newMode, content?.owner);
    }
    const version = content && unlessMissing(() => versionOf(target));
    if ((content && version === undefined) || !isUnchanged(snapshot)) throw changedError(file);
    if (version !== undefined) swap(snapshot, version, fresh, `${stem}.old`);
    else if (fresh !== undefined && !place(fresh, target)) throw changedError(file);
  } finally {
    if (fresh !== undefined) remove(fresh);
  }
}

/** Writes a private copy of a file, in place of an earlier one. */
export function writeBackup(backup: string, { bytes }: Pick<Content, "bytes">): void {
  fs.mkdirSync(dirname(backup), { recursive: true, mode: 0o700 });
  replacePrivateFile(backup, bytes);
}

/** Gives a backup a name of its own, so that no later one replaces it. */
export function keepBackup(backup: string): string {
  const kept = `${backup}.${Date.now()}`;
  fs.renameSync(backup, kept);
  return kept;
}

/** Deletes a backup, and the folders in `root` that are empty after that. */
export function removeBackup(backup: string, root: string): void {
  remove(backup);
  try {
    for (let folder = dirname(backup); folder.startsWith(root); folder = dirname(folder))
      fs.rmdirSync(folder);
  } catch {
    // Another backup is in that folder.
  }
}

/**
 * Puts `fresh` in the place of a file. Between the rename and the link, with a look at the moved file between them, the
 * name is free.
 * @param version of the file with these bytes
 * @throws FileChangedError if the file has another version; it is put back
 * @throws FileError if other programs wrote two versions; the one that lost the name stays beside the file
 */
function swap(snapshot: Snapshot, version: string, fresh: string | undefined, aside: string): void {
  const { file, target, content } = snapshot;
  moveAside(file, target, aside);
  let isPlaced = false;
  try {
    isPlaced = versionOf(aside) === version && (fresh === undefined || place(fresh, target));
  } catch (error) {
    if (place(aside, target)) remove(aside);
    throw error;
  }
  // What another program was writing when the file was moved is in the moved file too.
  const isCurrent = isPlaced && content?.bytes.equals(fs.readFileSync(aside)) === true;
  if (!isCurrent) {
    const isBack = isPlaced && fresh !== undefined ? putBack(aside, target, fresh) : place(aside, target);
    if (!isBack) {
      throw new FileError(
        `Another program wrote to ${file} at the same moment. An earlier version is in ${aside}: compare them`,
      );
    }
  }
  remove(aside);
  if (!isCurrent) throw changedError(file);
}

/** Tells most versions of a file apart, faster than its bytes. Stays the same when the file is renamed. */
function versionOf(path: string): string {
  const { size, mtimeNs } = fs.statSync(path, { bigint: true });
  return [size, mtimeNs].join();
}

function moveAside(file: string, target: string, aside: string): void {
  try {
    fs.renameSync(target, aside);
  } catch (error) {
    const isInUse = process.platform === "win32" && IN_USE.includes(codeOf(error) ?? "");
    throw isInUse || codeOf(error) === "ENOENT" ? changedError(file) : error;
  }
}

/** Puts a file back in the place of the new version. Returns false if another version has that place. */
function putBack(aside: string, target: string, fresh: string): boolean {
  const [ours, removed] = [fs.readFileSync(fresh), `${fresh}.removed`];
  try {
    fs.renameSync(target, removed);
  } catch {
    return place(aside, target);
  }
  const isOurs = fs.readFileSync(removed).equals(ours);
  const isBack = place(isOurs ? aside : removed, target);
  if (isOurs || isBack) remove(removed);
  return isOurs && isBack;
}

/** Links a file to a path. Returns false if the path exists. */
function place(file: string, path: string): boolean {
  for (const method of [fs.linkSync, copyNew]) {
    try {
      method(file, path);
      return true;
    } catch (error) {
      if (codeOf(error) === "EEXIST") return false;
      if (method === copyNew) throw error;
    }
  }
  return false;
}

/** For file systems without links. */
function copyNew(file: string, path: string): void {
  fs.copyFileSync(file, path, fs.constants.COPYFILE_EXCL);
}

function changedError(file: string): FileChangedError {
  return new FileChangedError(`${file} keeps changing, because another program writes to it`);
}

/** Resolves symbolic links, including a last link whose target does not exist. */
function resolveLinks(file: string, links = MAX_LINKS): string {
  const real = unlessMissing(() => fs.realpathSync(file));
  if (real !== undefined) return real;
  const isLink = fs.lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink();
  if (isLink && links > 0) return resolveLinks(resolve(dirname(file), fs.readlinkSync(file)), links - 1);
  const folder = unlessMissing(() => fs.realpathSync(dirname(file)));
  return folder === undefined ? resolve(file) : join(folder, basename(file));
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new PartialFileError(`${file} is not UTF-8 text`);
  }
}

function isUnchanged({ target, content }: Snapshot): boolean {
  const bytes = unlessMissing(() => fs.readFileSync(target));
  return content && bytes ? content.bytes.equals(bytes) : content === bytes;
}

/** Writes a file that must not exist. A partial write is deleted. */
function writeNew(file: string, bytes: Buffer, mode: number, owner: Owner | undefined): void {
  const descriptor = fs.openSync(file, "wx", 0o600);
  try {
    fs.writeFileSync(descriptor, bytes);
    if (process.platform !== "win32") {
      const { uid, gid } = fs.fstatSync(descriptor);
      if (owner && (owner.uid !== uid || owner.gid !== gid)) fs.fchownSync(descriptor, owner.uid, owner.gid);
      fs.fchmodSync(descriptor, mode);
    }
    fs.fsyncSync(descriptor);
  } catch (error) {
    remove(file);
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Deletes a file, which may be missing. */
function remove(file: string): void {
  retryOnWindows(() => fs.rmSync(file, { force: true }));
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
