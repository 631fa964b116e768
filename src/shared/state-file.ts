import fs from "node:fs";
import { dirname } from "node:path";
import { codeOf } from "./errors.ts";
import { isObject, parseJson } from "./json.ts";
import { pause, retryOnWindows } from "./replace-file.ts";

/** Where processes share a state, and who hears that they cannot. */
export type SharedStateOptions = {
  readonly file: string;
  /** Called at most once. */
  readonly warn: (message: string) => void;
};

/** A state in memory that the processes of a user share through a file. */
export type SharedState = {
  /** Takes over what others stored, then runs `work`. */
  read<T>(work: () => T): T;
  /** As `read`, then stores the state. No other process stores anything meanwhile. @throws what `work` throws */
  update<T>(work: () => T): T;
};

type StateAccess = SharedStateOptions & {
  /** Of the format. A file with another version counts as absent. */
  readonly version: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Takes over a stored state, or ignores it if it is damaged. */
  readonly load: (state: unknown) => void;
  /** Returns the state as JSON. */
  readonly save: () => unknown;
};

/** A state whose last change is older counts as absent. */
const MAX_AGE_MS = 60 * 60 * 1000;
/** A longer state stays in memory. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Storing takes milliseconds. A lock that is older belongs to a process that died. */
const STALE_LOCK_MS = 2000;
const MAX_WAIT_MS = 10_000;
const POLL_MS = 5;

/**
 * Shares a state through a file, which is replaced atomically. The new file is also the lock: it can be created once
 * only. If the file cannot be used, the state is this process's own.
 */
export function shareState({ file, warn, version, now, load, save }: StateAccess): SharedState {
  const next = `${file}.new`;
  /** The file whose state is in memory. */
  let known = "";
  let isShared = true;

  /** Runs a file operation. The first one that fails ends the sharing. */
  const attempt = <T>(operation: () => T): T | undefined => {
    if (!isShared) return undefined;
    try {
      return operation();
    } catch (error) {
      isShared = false;
      warn(`The sandbox's state stays in this process: ${file} cannot be used (${codeOf(error) ?? error}).`);
      return undefined;
    }
  };

  const refresh = (): void => {
    const identity = identify(file);
    if (identity === known) return;
    known = identity;
    if (identity === "" || fs.statSync(file).size > MAX_BYTES) return;
    const stored = parseJson(fs.readFileSync(file, "utf8"));
    if (!isObject(stored) || stored.version !== version) return;
    // Also not from the future: the clock was wrong.
    if (Math.abs(now() - Number(stored.savedAt)) <= MAX_AGE_MS) load(stored.state);
  };

  const store = (descriptor: number): void => {
    const text = JSON.stringify({ version, savedAt: now(), state: save() });
    if (Buffer.byteLength(text) > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    fs.writeFileSync(descriptor, text);
    fs.closeSync(descriptor);
    retryOnWindows(() => fs.renameSync(next, file));
  };

  return {
    read: (work) => {
      attempt(refresh);
      return work();
    },
    update: (work) => {
      const lock = attempt(() => acquire(next));
      if (lock === undefined) return work();
      let isStored = false;
      try {
        attempt(refresh);
        const result = work();
        attempt(() => {
          store(lock);
          isStored = true;
          known = identify(file);
        });
        return result;
      } finally {
        // After that, the lock can be another process's.
        if (!isStored) discard(lock, next);
      }
    },
  };
}

/** Tells the versions of a file apart; empty if there is none. */
function identify(file: string): string {
  const stat = fs.statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.mtimeNs} ${stat.size}` : "";
}

/** Creates the file that only one process can create, and returns its descriptor. */
function acquire(lock: string): number {
  fs.mkdirSync(dirname(lock), { recursive: true, mode: 0o700 });
  const started = performance.now();
  let [holder, since] = ["", started];
  for (;;) {
    try {
      return retryOnWindows(() => fs.openSync(lock, "wx", 0o600));
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const current = identify(lock);
    if (current !== holder) [holder, since] = [current, performance.now()];
    else if (performance.now() - since > STALE_LOCK_MS) fs.rmSync(lock, { force: true });
    if (performance.now() - started > MAX_WAIT_MS) throw new Error("other processes hold it");
    pause(POLL_MS);
  }
}

/** Closes the lock, which may be closed, and removes it. */
function discard(descriptor: number, lock: string): void {
  try {
    fs.closeSync(descriptor);
  } catch {
    // It is closed.
  }
  fs.rmSync(lock, { force: true });
}
