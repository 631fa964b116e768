import { randomUUID } from "node:crypto";
import fs from "node:fs";
import process from "node:process";
import { codeOf } from "./errors.ts";

const MAX_ATTEMPTS = 20;
const POLL_MS = 5;

/**
 * Replaces a file atomically, or creates it. Only this user can read it, and it is on the disk before it replaces the old
 * one. Its folder must exist.
 * @param temporary a path that does not exist, on the same file system
 * @throws as `node:fs`
 */
export function replaceFile(
  file: string,
  content: string | Buffer,
  temporary = `${file}.${randomUUID()}.new`,
): void {
  try {
    writeDurably(temporary, content);
    retryOnWindows(() => fs.renameSync(temporary, file));
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a new file to the disk, which only this user can read. @throws as `node:fs`, also if the file exists */
export function writeDurably(file: string, content: string | Buffer): void {
  const descriptor = fs.openSync(file, "wx", 0o600);
  try {
    fs.writeFileSync(descriptor, content);
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Windows refuses to create or replace a file for the moment in which another process reads or deletes it. */
export function retryOnWindows<T>(operation: () => T, shouldStop = (): boolean => false): T {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return operation();
    } catch (error) {
      const isBusy = ["EPERM", "EACCES", "EBUSY"].includes(codeOf(error) ?? "");
      if (process.platform !== "win32" || !isBusy || attempts === MAX_ATTEMPTS || shouldStop()) throw error;
    }
    pause(POLL_MS * attempts);
  }
}

/** Waits without a turn of the event loop. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
