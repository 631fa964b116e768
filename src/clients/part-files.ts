import { lstatSync, readFileSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";

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

export const isCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

export const unlessMissing = <T>(read: () => T): T | undefined => {
  try {
    return read();
  } catch (error) {
    if (isCode(error, "ENOENT")) return undefined;
    throw error;
  }
};

/** Whether something stands at a path, behind any symbolic links; even if it cannot be read. */
export const exists = (path: string): boolean => {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    return !isCode(error, "ENOTDIR");
  }
};

/** Whether a folder stands at a path. */
export const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

/** Where a path leads, even if the last link leads to a file that is not there. */
const targetOf = (file: string, links = MAX_LINKS): string => {
  const real = unlessMissing(() => realpathSync(file));
  if (real !== undefined) return real;
  const link = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink();
  if (link && links > 0) return targetOf(resolve(dirname(file), readlinkSync(file)), links - 1);
  const folder = unlessMissing(() => realpathSync(dirname(file)));
  return folder === undefined ? resolve(file) : join(folder, basename(file));
};

const decode = (file: string, bytes: Buffer): string => {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FileError(`${file} is not UTF-8 text`);
  }
};

/**
 * Reads a file that may be missing, following symbolic links.
 * @throws FileError for anything but a text file
 */
export const readSnapshot = (file: string): Snapshot => {
  const target = targetOf(file);
  const stat = statSync(target, { throwIfNoEntry: false });
  if (!stat) return { file, target, found: undefined };
  if (!stat.isFile()) throw new FileError(`${file} is not a file`);
  const bytes = readFileSync(target);
  const owner = { uid: stat.uid, gid: stat.gid };
  return { file, target, found: { bytes, text: decode(file, bytes), mode: stat.mode & MODE_BITS, owner } };
};
