import { fstatSync } from "node:fs";
import process from "node:process";
import type { Session } from "../mcp/session.ts";
import { codeOf } from "../shared/errors.ts";
import type { StdioTransport } from "./stdio.ts";

/** Signals with which a client, a shell or an operating system stops a server. */
export const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** Time that calls in flight get after a signal. Clients send SIGKILL after about two seconds. */
const SIGNAL_GRACE_MS = 500;

/** Time after a signal at which the process exits regardless. */
const HARD_EXIT_MS = 1200;

const PARENT_CHECK_MS = 200;

const STALL_CHECK_MS = 1000;

/** How long a client may leave output unread before the server checks whether it closed its input. */
const SEEK_END_MS = 5000;

/** How long before the server exits if it did, and otherwise checks whether it died. */
const STALL_MS = 10_000;

let isWatchingParent = false;

/** Read at start: when the input ends, a dead parent has already been replaced. */
const PARENT_PID = process.ppid;

/**
 * Waits until a stdio server should exit. After the end of input, every received request is answered first; a signal
 * grants a short grace period; a client that died or stopped reading gets nothing more.
 * @param exitCode for the hard exit after a signal
 * @param stop resolves with another reason to exit, which grants the same period
 * @returns the reason, once every call in flight is done or aborted
 */
export function waitForShutdown(
  transport: StdioTransport,
  session: Session,
  exitCode: number,
  stop?: Promise<string>,
): Promise<string> {
  return new Promise((resolve) => {
    const finish = (reason: string): void => {
      session.abort(reason);
      resolve(reason);
    };
    const finishWhenDrained = (reason: string): void => void session.drained().then(() => finish(reason));

    let hasEnded = false;
    // Input is paused while the client does not read, so its end may go unnoticed.
    onStall((ms) => {
      if (ms >= SEEK_END_MS) transport.seekEnd();
      if (ms < STALL_MS) return;
      if (hasEnded) finish("the client stopped reading");
      else onParentDeath(() => finish("the client died"));
    });
    void transport.ended.then((reason) => {
      if (reason === "broken pipe") return finish(reason);
      hasEnded = true;
      session.stopAsking();
      onParentDeath(() => finish("the client died"));
      return finishWhenDrained(reason);
    });
    const finishSoon = (reason: string): void => {
      session.stopAsking();
      setTimeout(() => process.exit(process.exitCode ?? exitCode), HARD_EXIT_MS).unref();
      setTimeout(() => finish(reason), SIGNAL_GRACE_MS).unref();
      finishWhenDrained(reason);
    };
    for (const signal of SIGNALS) process.once(signal, () => finishSoon(signal));
    void stop?.then(finishSoon);
  });
}

/** Calls back when the parent process is gone. Behind a wrapper such as `npx`, the call's deadline is the limit. */
function onParentDeath(callback: () => void): void {
  // Output to a file is useful even if the parent is gone.
  if (isWatchingParent || fstatSync(1).isFile()) return;
  isWatchingParent = true;
  setInterval(() => {
    if (isParentGone()) callback();
  }, PARENT_CHECK_MS).unref();
}

/** On Windows a process keeps the number of a dead parent. */
function isParentGone(): boolean {
  if (process.platform !== "win32") return process.ppid !== PARENT_PID;
  try {
    return !process.kill(PARENT_PID, 0);
  } catch (error) {
    return codeOf(error) === "ESRCH";
  }
}

/** Calls back with the milliseconds for which pending output did not shrink, while it doesn't. */
function onStall(callback: (ms: number) => void): void {
  let previous = 0;
  let stalledMs = 0;
  setInterval(() => {
    const pending = process.stdout.writableLength;
    const isStalled = previous > 0 && pending >= previous;
    stalledMs = isStalled ? stalledMs + STALL_CHECK_MS : 0;
    previous = pending;
    if (isStalled) callback(stalledMs);
  }, STALL_CHECK_MS).unref();
}
