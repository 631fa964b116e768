import { randomUUID } from "node:crypto";
import fs from "node:fs";
import { hostname } from "node:os";
import process from "node:process";
import { codeOf } from "./errors.ts";
import { isObject, parseJson } from "./json.ts";

/** A process that holds a lock. */
export type LockOwner = {
  readonly pid: number;
  readonly host: string;
  /** When the process started, in ISO 8601. */
  readonly since: string;
  /** The same in ticks since the machine started; only where `/proc` has it, which tells reused process ids apart. */
  readonly ticks?: string | undefined;
};

/** How often an owner renews its lock. A lock that was not renewed for `STALE_MS` counts only while its process runs. */
const RENEW_MS = 15_000;
const STALE_MS = 60_000;

/** Two servers can start at the same time. */
const MAX_ATTEMPTS = 3;

/**
 * Creates a lock file for as long as this process runs, in place of one whose process has ended. Processes in other
 * containers or on other machines count as running while they renew it.
 * @param onLost called at most once if another process took the lock over
 * @returns a function that releases the lock, or the owner that has it; undefined for one that cannot be read
 * @throws as `node:fs`
 */
export function lockFile(
  path: string,
  onLost: () => void,
): (() => void) | { readonly owner: LockOwner | undefined } {
  const own: LockOwner = {
    pid: process.pid,
    host: hostname(),
    since: new Date(performance.timeOrigin).toISOString(),
    ticks: startTicks(process.pid),
  };
  const text = `${JSON.stringify(own)}\n`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      fs.writeFileSync(path, text, { flag: "wx", mode: 0o600 });
      return hold(path, text, onLost);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const found = readLock(path);
    const owner = found && parseOwner(found.text);
    if (found && (attempt === MAX_ATTEMPTS || isHeld(owner, found.ageMs, own))) return { owner };
    if (found) removeLock(path, found.text);
  }
}

function hold(path: string, text: string, onLost: () => void): () => void {
  const timer = setInterval(() => {
    const current = ifReadable(() => readLock(path)?.text ?? "");
    if (current === undefined) return;
    if (current !== text) {
      clearInterval(timer);
      onLost();
      return;
    }
    const now = new Date();
    fs.utimes(path, now, now, () => {});
  }, RENEW_MS).unref();
  return () => {
    clearInterval(timer);
    ifReadable(() => readLock(path)?.text === text && fs.rmSync(path, { force: true }));
  };
}

/** Undefined if a file operation fails: a network file system can be away for a while, which must not end the process. */
function ifReadable<T>(operation: () => T): T | undefined {
  try {
    return operation();
  } catch {
    return undefined;
  }
}

function isHeld(owner: LockOwner | undefined, ageMs: number, own: LockOwner): boolean {
  if (owner === undefined || owner.host !== own.host) return ageMs < STALE_MS;
  // A container that starts again has the same process id.
  if (owner.ticks !== undefined && own.ticks !== undefined) return owner.ticks === startTicks(owner.pid);
  return owner.pid !== own.pid && isRunning(owner.pid) && ageMs < STALE_MS;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
}

/** The 22nd field of `/proc/<pid>/stat` (proc(5)). The second one, in parentheses, can contain anything. */
function startTicks(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function readLock(path: string): { readonly text: string; readonly ageMs: number } | undefined {
  try {
    return { text: fs.readFileSync(path, "utf8"), ageMs: Date.now() - fs.statSync(path).mtimeMs };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseOwner(text: string): LockOwner | undefined {
  const owner = parseJson(text);
  if (!isObject(owner)) return undefined;
  const { pid, host, since, ticks } = owner;
  if (typeof pid !== "number" || typeof host !== "string" || typeof since !== "string") return undefined;
  return { pid, host, since, ticks: typeof ticks === "string" ? ticks : undefined };
}

/** Removes a lock with this text. One that another process has created meanwhile is put back. */
function removeLock(path: string, text: string): void {
  const aside = `${path}.${randomUUID()}`;
  try {
    fs.renameSync(path, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  if (fs.readFileSync(aside, "utf8") !== text) fs.copyFileSync(aside, path, fs.constants.COPYFILE_EXCL);
  fs.rmSync(aside, { force: true });
}
