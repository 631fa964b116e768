import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import process from "node:process";
import { CodedError } from "../shared/errors.ts";

/** A file that can't be read as text, or must not be written. */
export class FileError extends CodedError {
  static override readonly code = "FILE_ERROR";
  override readonly name = "FileError";
}

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
/** Backups made in the same millisecond get a number. */
const MAX_BACKUP_NUMBER = 100;

/** Whether a path exists, even if it cannot be read. Symbolic links are followed. */
export function exists(path: string): boolean {
  try {
    return fs.statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return !hasCode(error, "ENOTDIR");
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
 * Replaces a file atomically and keeps its mode and owner. First copies the old content to a backup beside it.
 * @param text undefined deletes the file
 * @param newMode the mode of a file that does not exist yet
 * @returns the path of the backup; undefined if there was no file
 * @throws FileError if the file is write-protected or changed since it was read; nothing is written
 */
export function replaceFile(
  snapshot: Snapshot,
  text: string | undefined,
  newMode: number,
): string | undefined {
  const { file, target, content } = snapshot;
  if (content && !(content.mode & OWNER_CAN_WRITE)) throw new FileError(`${file} is write-protected`);
  const temporary = join(dirname(target), `.${basename(target)}.lightfast-${randomUUID()}`);
  let backup: string | undefined;
  try {
    if (text !== undefined) {
      writeNew(temporary, Buffer.from(text), content?.mode ?? newMode, content?.owner);
    }
    backup = content && writeBackup(target, content);
    if (!isUnchanged(snapshot)) {
      throw new FileError(`${file} was changed by another program; try again`);
    }
    if (text === undefined) fs.rmSync(target);
    else fs.renameSync(temporary, target);
    return backup;
  } catch (error) {
    for (const leftover of [temporary, backup]) if (leftover) fs.rmSync(leftover, { force: true });
    throw error;
  }
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
    throw new FileError(`${file} is not UTF-8 text`);
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
    fs.rmSync(file, { force: true });
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

function writeBackup(target: string, { bytes, mode, owner }: Content): string {
  const time = new Date().toISOString().replace(/[-:.]/g, "");
  for (let number = 1; ; number += 1) {
    const backup = `${target}.lightfast-backup-${time}${number > 1 ? `-${number}` : ""}`;
    try {
      writeNew(backup, bytes, mode, owner);
      return backup;
    } catch (error) {
      if (!(hasCode(error, "EEXIST") && number < MAX_BACKUP_NUMBER)) throw error;
    }
  }
}

function unlessMissing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (hasCode(error, "ENOENT")) return undefined;
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
