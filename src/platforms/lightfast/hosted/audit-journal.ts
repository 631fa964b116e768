import * as fs from "node:fs";
import { invalidSetting } from "../../../config/resolve.ts";
import { codeOf } from "../../../shared/errors.ts";
import { type LockOwner, lockFile, WATCH_MS } from "../../../shared/file-lock.ts";
import { isObject, parseJson } from "../../../shared/json.ts";
import type { Logger } from "../../../shared/logger.ts";
import type { AuditEvent } from "./audit-event.ts";

/** An event and the key under which it is delivered. */
export type JournalEntry = { readonly key: string; readonly event: AuditEvent };

/** Keeps undelivered audit events in a file, so that they survive the end of the process. */
export type AuditJournal = {
  /** What an earlier process left undelivered, oldest first. */
  readonly undelivered: readonly JournalEntry[];
  /** Writes an entry before it returns. Never throws. @returns whether it was written */
  append(entry: JournalEntry): boolean;
  /** Records that an entry needs no further delivery. */
  remove(key: string): void;
  close(): void;
};

/** A larger file is not read, and not appended to. About 100 000 events. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Below this size, the file is only truncated, and only when all of its events are delivered. */
const MIN_COMPACT_BYTES = 8 * 1024 * 1024;

/** Most time until written entries are on the disk itself. The end of the process loses nothing, a power failure this. */
const SYNC_MS = 1000;

/** Only its owner may read who called what. */
const MODE = 0o600;

const NEWLINE = 10;

/**
 * Opens a journal, and creates it if the file doesn't exist. It has one JSON line for each event (`key`, `event`) and
 * for each delivery (`done`). The file `<path>.lock` keeps other servers from using it until it is closed.
 * @throws SettingsError if the file is unusable, or in use
 */
export async function openAuditJournal(path: string, log: Logger): Promise<AuditJournal> {
  const lock = await lockJournal(path, log);
  try {
    return openLocked(path, log, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

type JournalLock = {
  /** Whether another server has the journal now. */
  isLost(): boolean;
  release(): void;
};

async function lockJournal(path: string, log: Logger): Promise<JournalLock> {
  let isLost = false;
  const onLost = (): void => {
    isLost = true;
    log.error(
      "audit journal taken over by another server; each server needs its own. Events are kept in memory only",
    );
  };
  const onWatch = (owner: LockOwner | undefined): void =>
    log.warn(
      `audit journal locked by ${describeOwner(owner)}; waiting up to ${WATCH_MS / 1000} s to see whether it runs`,
    );
  const lock = await lockFile(`${path}.lock`, { onLost, onWatch }).catch((error) => {
    throw notUsable(path, error);
  });
  if (typeof lock === "function") return { isLost: () => isLost, release: lock };
  throw unusable(
    `${path} is in use by ${describeOwner(lock.owner)}. Stop that server, or choose another file: each server needs its own.`,
  );
}

function describeOwner(owner: LockOwner | undefined): string {
  return owner ? `process ${owner.pid} on ${owner.host}, which started at ${owner.since}` : "another server";
}

function openLocked(path: string, log: Logger, { isLost, release }: JournalLock): AuditJournal {
  const live = readJournal(path);
  const undelivered = [...live].map(([key, line]): JournalEntry => ({ key, event: JSON.parse(line).event }));
  let fd = usable(path, () => rewrite(path, live));
  let size = fs.fstatSync(fd).size;
  let liveBytes = size;
  let compactAt = MIN_COMPACT_BYTES;
  let done = "";
  let hasFailed = false;
  let syncTimer: NodeJS.Timeout | undefined;

  const sync = (): void => {
    syncTimer = undefined;
    const synced = fd;
    fs.fdatasync(synced, (error) => {
      if (error && synced === fd) log.error("audit journal not synced", { cause: String(error) });
    });
  };

  /** Runs a file operation. Its failure is logged once until one succeeds. */
  const attempt = (run: () => void): boolean => {
    try {
      run();
      if (hasFailed) log.info("audit journal recovered");
      hasFailed = false;
      return true;
    } catch (error) {
      if (!hasFailed) {
        log.error("audit journal cannot be written; events are kept in memory only", {
          cause: String(error),
        });
      }
      hasFailed = true;
      return false;
    }
  };

  const compact = (): void => {
    // Tried again after the same growth, also if it fails.
    compactAt = size + MIN_COMPACT_BYTES;
    attempt(() => {
      const replaced = fd;
      fd = rewrite(path, live);
      fs.closeSync(replaced);
      size = fs.fstatSync(fd).size;
      liveBytes = size;
      compactAt = Math.max(MIN_COMPACT_BYTES, 2 * size);
    });
  };

  const write = (text: string): boolean => {
    // The file is the other server's, or was replaced by it.
    if (isLost()) return false;
    if (size > compactAt && size > 2 * liveBytes) compact();
    return attempt(() => {
      const bytes = Buffer.from(text);
      if (size + bytes.length > MAX_BYTES) throw new Error(`the journal is full (${MAX_BYTES} bytes)`);
      try {
        for (let at = 0; at < bytes.length; ) at += fs.writeSync(fd, bytes, at, bytes.length - at, size + at);
        size += bytes.length;
      } catch (error) {
        // A part of a line would make the next one unreadable.
        fs.ftruncateSync(fd, size);
        throw error;
      }
      syncTimer ??= setTimeout(sync, SYNC_MS).unref();
    });
  };

  const flush = (): void => {
    const text = done;
    done = "";
    if (text === "") return;
    if (live.size > 0) {
      write(text);
      return;
    }
    attempt(() => {
      fs.ftruncateSync(fd, 0);
      size = 0;
    });
  };

  return {
    undelivered,
    append: ({ key, event }) => {
      const line = `{"key":"${key}","event":${JSON.stringify(event)}}\n`;
      if (!write(line)) return false;
      live.set(key, line);
      liveBytes += Buffer.byteLength(line);
      return true;
    },
    remove: (key) => {
      const line = live.get(key);
      if (line === undefined) return;
      live.delete(key);
      liveBytes -= Buffer.byteLength(line);
      if (done === "") setImmediate(flush);
      done += `{"done":"${key}"}\n`;
    },
    close: () => {
      flush();
      clearTimeout(syncTimer);
      attempt(() => {
        fs.fdatasyncSync(fd);
        fs.closeSync(fd);
      });
      // The number may be that of another file soon.
      fd = -1;
      release();
    },
  };
}

/** Writes a journal beside the old one and replaces it. @returns the file descriptor of the new one */
function rewrite(path: string, live: ReadonlyMap<string, string>): number {
  const temporary = `${path}.tmp`;
  fs.rmSync(temporary, { force: true });
  const fd = fs.openSync(temporary, "wx", MODE);
  try {
    fs.writeFileSync(fd, [...live.values()].join(""));
    fs.fdatasyncSync(fd);
    fs.renameSync(temporary, path);
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/** The undelivered lines by key, oldest first. */
function readJournal(path: string): Map<string, string> {
  const live = new Map<string, string>();
  const stat = usable(path, () => fs.lstatSync(path, { throwIfNoEntry: false }));
  if (!stat) return live;
  if (!stat.isFile())
    throw unusable(`${path} is not a regular file. Choose a file of its own for the journal.`);
  if (stat.size > MAX_BYTES) {
    throw unusable(`${path} has more than ${MAX_BYTES} bytes. Move it away, or choose another file.`);
  }
  const bytes = usable(path, () => fs.readFileSync(path));
  // The process or the machine may have ended during the last write.
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const lines = bytes.toString("utf8", 0, end).split("\n").slice(0, -1);
  for (const [index, line] of lines.entries()) {
    const record = parseRecord(line);
    if (record === undefined) throw notJournal(path, index + 1);
    if ("done" in record) live.delete(record.done);
    else live.set(record.key, `${line}\n`);
  }
  if (end === 0 && !isStartOfRecord(bytes.toString("utf8"))) throw notJournal(path, 1);
  return live;
}

function parseRecord(line: string): { readonly key: string } | { readonly done: string } | undefined {
  const record = parseJson(line);
  if (!isObject(record)) return undefined;
  if (typeof record.done === "string") return { done: record.done };
  const { key, event } = record;
  const isEntry = typeof key === "string" && isObject(event) && isObject(event.metadata);
  return isEntry ? { key } : undefined;
}

/** Whether a text may be the first line, cut anywhere. */
function isStartOfRecord(text: string): boolean {
  const start = '{"key":"';
  return text.startsWith(start.slice(0, text.length)) || /^\0*$/.test(text);
}

function usable<T>(path: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw notUsable(path, error);
  }
}

function notUsable(path: string, error: unknown): Error {
  return unusable(
    `${path} cannot be used (${codeOf(error) ?? error}). Choose a file in a folder that this server may write.`,
  );
}

function notJournal(path: string, line: number): Error {
  return unusable(`${path} is not an audit journal (line ${line}). Choose another file, or move it away.`);
}

function unusable(message: string): Error {
  return invalidSetting("auditJournal", `--audit-journal (LIGHTFAST_MCP_AUDIT_JOURNAL): ${message}`);
}
