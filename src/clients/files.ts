import { randomUUID } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { FileError, isCode, type Owner, type Snapshot, unlessMissing } from "./part-files.ts";

const OWNER_MAY_WRITE = 0o200;

/** Whether the file still holds what was read. */
const isUnchanged = ({ target, found }: Snapshot): boolean => {
  const bytes = unlessMissing(() => readFileSync(target));
  return found && bytes ? found.bytes.equals(bytes) : found === bytes;
};

const keepOwner = (descriptor: number, { uid, gid }: Owner): void => {
  const made = fstatSync(descriptor);
  if (made.uid !== uid || made.gid !== gid) fchownSync(descriptor, uid, gid);
};

/** Writes a file that must not be there yet; what could not be written whole does not stay. */
const writeNew = (file: string, bytes: Buffer, mode: number, owner: Owner | undefined): void => {
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
};

const MAX_BACKUPS_AT_ONCE = 100;

/** Copies what was read beside its file, under a name that says when. */
const writeBackup = (target: string, { bytes, mode, owner }: NonNullable<Snapshot["found"]>): string => {
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
};

/**
 * Puts a text in place of what was read, in one step: a reader sees the old file or the new one. Mode and owner stay.
 * @param text undefined takes the file away
 * @param newMode of a file that is not there yet
 * @returns where the old text was kept, if there was one
 * @throws FileError if the file is write-protected, or no longer what was read; then nothing was written
 */
export const replaceFile = (
  snapshot: Snapshot,
  text: string | undefined,
  newMode: number,
): string | undefined => {
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
};
