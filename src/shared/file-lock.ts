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
  /** Tells machines and containers with the same name apart; only where `/proc` has it. */
  readonly space?: string | undefined;
  /** When the process started, in ISO 8601. */
  readonly since: string;
  /** The same in ticks since the machine started; only where `/proc` has it, which tells reused process ids apart. */
  readonly ticks?: string | undefined;
};

/** How often an owner renews its lock, and how long a lock is watched for that. */
const RENEW_MS = 5_000;
export const WATCH_MS = 20_000;
const POLL_MS = 1_000;

/** Two servers can start at the same time. */
const MAX_ATTEMPTS = 3;

export type LockHooks = {
  /** Called at most once if another process took the lock over. */
  onLost(): void;
  /** Called before a lock is watched, for at most `WATCH_MS`. */
  onWatch(owner: LockOwner | undefined): void;
};

/**
 * Creates a lock file for as long as this process runs, in place of one whose process has ended. Where that cannot be
 * seen, as in other containers and on other machines, it counts as running if it renews the lock while it is watched:
 * the clocks of two machines differ, so the age of a lock says nothing.
 * @returns a function that releases the lock, or the owner that has it; undefined for one that cannot be read
 * @throws as `node:fs`
 */
export async function lockFile(
  path: string,
  { onLost, onWatch }: LockHooks,
): Promise<(() => void) | { readonly owner: LockOwner | undefined }> {
  const own: LockOwner = {
    pid: process.pid,
    host: hostname(),
    space: processSpace(),
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
    if (!found) continue;
    const owner = parseOwner(found.text);
    let isHeld = canSee(owner, own) ? isOwnerRunning(owner, own) : undefined;
    if (isHeld === undefined && attempt < MAX_ATTEMPTS) {
      onWatch(owner);
      isHeld = await isRenewed(path, found);
    }
    if (isHeld || attempt === MAX_ATTEMPTS) return { owner };
    removeLock(path, found.text);
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

/** Whether this process sees the processes of that owner. */
function canSee(owner: LockOwner | undefined, own: LockOwner): owner is LockOwner {
  return owner?.host === own.host && owner.space === own.space;
}

/** Undefined if a process with its id runs, which may be another one. */
function isOwnerRunning(owner: LockOwner, own: LockOwner): boolean | undefined {
  // A container that starts again has the same process id.
  if (owner.ticks !== undefined && own.ticks !== undefined) return owner.ticks === startTicks(owner.pid);
  return owner.pid !== own.pid && isRunning(owner.pid) ? undefined : false;
}

async function isRenewed(path: string, found: Lock): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < WATCH_MS; waitedMs += POLL_MS) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    const current = readLock(path);
    if (current?.text !== found.text || current.mtimeMs !== found.mtimeMs) return current !== undefined;
  }
  return false;
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

/** The boot of the machine and the namespace of process ids, which tell containers and machines with one name apart. */
function processSpace(): string | undefined {
  try {
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${fs.readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return undefined;
  }
}

type Lock = { readonly text: string; readonly mtimeMs: number };

function readLock(path: string): Lock | undefined {
  try {
    return { text: fs.readFileSync(path, "utf8"), mtimeMs: fs.statSync(path).mtimeMs };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function parseOwner(text: string): LockOwner | undefined {
  const owner = parseJson(text);
  if (!isObject(owner)) return undefined;
  const { pid, host, space, since, ticks } = owner;
  if (typeof pid !== "number" || typeof host !== "string" || typeof since !== "string") return undefined;
  const textOf = (value: unknown) => (typeof value === "string" ? value : undefined);
  return { pid, host, space: textOf(space), since, ticks: textOf(ticks) };
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
