import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";

/** A file that is not what it should be, or that may not be written. */
export class FileError extends Error {
  override readonly name = "FileError";
}

/** A file as it was read. */
export type Snapshot = {
  /** The path it was read by, which people know it by. */
  readonly file: string;
  /** The file itself, behind any symbolic links. */
  readonly target: string;
  /** Undefined for a file that is not there. */
  readonly found:
    | { readonly bytes: Buffer; readonly text: string; readonly mode: number; readonly owner: Owner }
    | undefined;
};

export type Owner = { readonly uid: number; readonly gid: number };

const MODE_BITS = 0o7777;
/** As many links as Linux follows. */
const MAX_LINKS = 40;

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Whether something stands at a path, behind any symbolic links; even if it cannot be read. */
export function exists(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return !isCode(error, "ENOTDIR");
  }
}

/** Whether a folder stands at a path. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

/** Where a path leads, even if the last link leads to a file that is not there. */
function targetOf(file: string, links = MAX_LINKS): string {
  const real = unlessMissing(() => realpathSync(file));
  if (real !== undefined) return real;
  const link = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink();
  if (link && links > 0) return targetOf(resolve(dirname(file), readlinkSync(file)), links - 1);
  const folder = unlessMissing(() => realpathSync(dirname(file)));
  return folder === undefined ? resolve(file) : join(folder, basename(file));
}

function decode(file: string, bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(`${file} is not UTF-8 text`);
  }
}

/**
 * Reads a file that may be missing, following symbolic links.
 * @throws FileError for anything but a text file
 */
export function readSnapshot(file: string): Snapshot {
  const target = targetOf(file);
  const stat = statSync(target, { throwIfNoEntry: false });
  if (!stat) return { file, target, found: undefined };
  if (!stat.isFile()) throw new FileError(`${file} is not a file`);
  const bytes = readFileSync(target);
  const owner = { uid: stat.uid, gid: stat.gid };
  return { file, target, found: { bytes, text: decode(file, bytes), mode: stat.mode & MODE_BITS, owner } };
}

const OWNER_MAY_WRITE = 0o200;

/** Whether the file still holds what was read. */
function isUnchanged({ target, found }: Snapshot): boolean {
  const bytes = unlessMissing(() => readFileSync(target));
  return found && bytes ? found.bytes.equals(bytes) : found === bytes;
}

function keepOwner(descriptor: number, { uid, gid }: Owner): void {
  const made = fstatSync(descriptor);
  if (made.uid !== uid || made.gid !== gid) fchownSync(descriptor, uid, gid);
}

/** Writes a file that must not be there yet; what could not be written whole does not stay. */
function writeNew(file: string, bytes: Buffer, mode: number, owner: Owner | undefined): void {
  const descriptor = openSync(file, "wx", 0o600);
  try {
    writeFileSync(descriptor, bytes);
    if (process.platform !== "win32") {
      if (owner) keepOwner(descriptor, owner);
      fchmodSync(descriptor, mode);
    }
    fsyncSync(descriptor);
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

const MAX_BACKUPS_AT_ONCE = 100;

/** Copies what was read beside its file, under a name that says when. */
function writeBackup(target: string, { bytes, mode, owner }: NonNullable<Snapshot["found"]>): string {
  const time = new Date().toISOString().replace(/[-:.]/g, "");
  for (let count = 1; ; count += 1) {
    const backup = `${target}.lightfast-backup-${time}${count > 1 ? `-${count}` : ""}`;
    try {
      writeNew(backup, bytes, mode, owner);
      return backup;
    } catch (error) {
      if (!(isCode(error, "EEXIST") && count < MAX_BACKUPS_AT_ONCE)) throw error;
    }
  }
}

/**
 * Puts a text in place of what was read, in one step: a reader sees the old file or the new one. Mode and owner stay.
 * @param text undefined takes the file away
 * @param newMode of a file that is not there yet
 * @returns where the old text was kept, if there was one
 * @throws FileError if the file is write-protected, or no longer what was read; then nothing was written
 */
export function replaceFile(
  snapshot: Snapshot,
  text: string | undefined,
  newMode: number,
): string | undefined {
  const { file, target, found } = snapshot;
  if (found && !(found.mode & OWNER_MAY_WRITE)) throw new FileError(`${file} is write-protected`);
  const temporary = join(dirname(target), `.${basename(target)}.lightfast-${randomUUID()}`);
  let backup: string | undefined;
  try {
    if (text !== undefined) writeNew(temporary, Buffer.from(text), found?.mode ?? newMode, found?.owner);
    backup = found && writeBackup(target, found);
    if (!isUnchanged(snapshot))
      throw new FileError(`${file} was changed by another program meanwhile; try again`);
    if (text === undefined) rmSync(target);
    else renameSync(temporary, target);
    return backup;
  } catch (error) {
    for (const leftover of [temporary, backup]) if (leftover) rmSync(leftover, { force: true });
    throw error;
  }
}
