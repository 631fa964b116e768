import { fstatSync } from "node:fs";
import process from "node:process";
import type { Session } from "../mcp/session.ts";
import type { StdioTransport } from "./stdio.ts";

/** Signals by which a client, a shell or an operating system asks a server to go. */
export const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;

/** What is in flight at a signal may finish within this time; clients follow up with SIGKILL after about two seconds. */
const SIGNAL_GRACE_MS = 500;

/** The process is gone by then, whatever still holds it. */
const HARD_STOP_MS = 1200;

const PARENT_CHECK_MS = 200;

/** A client that takes nothing of what is there for it for so long is looked after. */
const STALL_MS = 10_000;

/**
 * Waits for the end of a stdio session and brings it about in order. At the end of input every request received is
 * answered first; a signal grants a short grace; a client that died or no longer reads gets nothing more.
 * @returns why it ended, when nothing is left to do but to exit
 */
export function waitForShutdown(
  transport: StdioTransport,
  session: Session,
  exitCode: number,
): Promise<string> {
  return new Promise((resolve) => {
    const finish = (reason: string): void => {
      session.abort(reason);
      resolve(reason);
    };
    const finishWhenDrained = (reason: string): void => void session.drained().then(() => finish(reason));

    let hasEnded = false;
    // While the client does not read we do not either, and so may not see the input's end.
    onStall(() => {
      if (hasEnded) finish("the client no longer reads");
      else onParentDeath(() => finish("the client died"));
    });
    void transport.ended.then((reason) => {
      if (reason === "broken pipe") return finish(reason);
      hasEnded = true;
      onParentDeath(() => finish("the client died"));
      return finishWhenDrained(reason);
    });
    for (const signal of SIGNALS) {
      process.once(signal, () => {
        setTimeout(() => process.exit(exitCode), HARD_STOP_MS).unref();
        setTimeout(() => finish(signal), SIGNAL_GRACE_MS).unref();
        finishWhenDrained(signal);
      });
    }
  });
}

/** Whoever started us. Read at start: when the input ends, a dead parent has already been replaced. */
const PARENT = process.ppid;

/** Where the output is a file, somebody wants it who need not be there. */
function isCollected(): boolean {
  return fstatSync(1).isFile();
}

/**
 * A process whose parent dies is given another one. Where the system does not do so, or a wrapper such as `npx` stands
 * between, the call's deadline ends it.
 */
function onParentDeath(then: () => void): void {
  if (isCollected()) return;
  setInterval(() => {
    if (process.ppid !== PARENT) then();
  }, PARENT_CHECK_MS).unref();
}

/** Calls `then` when what is to be written has not become less for a while. */
function onStall(then: () => void): void {
  let left = 0;
  setInterval(() => {
    const now = process.stdout.writableLength;
    if (now > 0 && now >= left && left > 0) then();
    left = now;
  }, STALL_MS).unref();
}
