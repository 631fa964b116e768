import process from "node:process";
import type { ToolError } from "../mcp/errors.ts";
import type { Respondent } from "../mcp/interaction.ts";
import { callTool, type ObservedCall, type ServerDefinition } from "../mcp/server.ts";
import { type FollowUp, LOCAL_CALLER } from "../mcp/tool.ts";
import type { ClientInfo, ToolResult } from "../mcp/types.ts";
import { type Clock, SYSTEM_CLOCK, sleep } from "../shared/clock.ts";
import { EXIT_CODES, exitCodeFor } from "./exit-codes.ts";
import { withSpinner } from "./spinner.ts";

/** A finished call, and why it failed. */
export type CallOutcome = { readonly result: ToolResult; readonly error: ToolError | undefined };

const NEVER = new AbortController().signal;

/**
 * Calls a tool for the local user, through the same boundary as a client's call. Results are whole: no model reads them.
 * @throws the reason of `signal`
 */
export async function callOnce<Api>(
  server: ServerDefinition<Api, undefined>,
  tool: string,
  args: unknown,
  client?: ClientInfo,
  signal = NEVER,
  user?: Respondent,
): Promise<CallOutcome> {
  let error: ToolError | undefined;
  const observe = (call: ObservedCall): undefined => {
    error = call.error;
  };
  const context = { caller: LOCAL_CALLER, client, signal, user };
  const result = await callTool(
    { ...server, observe, maxResultChars: Number.POSITIVE_INFINITY },
    tool,
    args,
    context,
  );
  return { result, error };
}

export function textOf({ content }: ToolResult): string {
  return content.map((block) => block.text).join("\n");
}

/** The first pause between two reads, the factor by which it grows, and its limit, in milliseconds. */
const FIRST_PAUSE_MS = 250;
const PAUSE_GROWTH = 1.5;
const MAX_PAUSE_MS = 2500;

/** A read at the end of the wait gets at least this long, in milliseconds. */
const MIN_READ_MS = 1000;

export type FollowOptions = {
  readonly followUp: FollowUp;
  readonly waitMs: number;
  /** Reads the newest result. Its time is limited. @throws the reason of `signal` */
  readonly read: (id: string, timeoutMs: number, signal: AbortSignal) => Promise<CallOutcome>;
  /** Stops waiting. */
  readonly signal: AbortSignal;
  readonly onStatus?: (status: string, waitedMs: number) => void;
  /** A command line that shows the result later. */
  readonly command: (id: string) => string;
  readonly clock?: Clock;
};

/** What a wait found. */
export type Followed = {
  /** The newest result. */
  readonly result: ToolResult;
  readonly exitCode: number;
  /** Why it is no success, with the next step. */
  readonly problem?: { readonly code: string; readonly message: string };
};

/** Reads a result again and again until its status is final. Failures that are safe to retry do not end the wait. */
export async function follow(first: ToolResult, options: FollowOptions): Promise<Followed> {
  const { followUp, waitMs, read, signal, onStatus, command, clock = SYSTEM_CLOCK } = options;
  const started = clock.now();
  const id = String(first.structuredContent?.[followUp.id]);
  let result = first;
  let failure: CallOutcome | undefined;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * PAUSE_GROWTH, MAX_PAUSE_MS)) {
    const status = String(result.structuredContent?.[followUp.status]);
    const end = (exitCode: number, code: string, message: string): Followed => ({
      result,
      exitCode,
      problem: { code, message },
    });
    if (followUp.done.includes(status)) return { result, exitCode: EXIT_CODES.done };
    if (followUp.failed.includes(status))
      return end(EXIT_CODES.failed, "failed", `${id} ended as ${status}. ${followUp.failedHint}`);
    const waitedMs = clock.now() - started;
    const leftMs = waitMs - waitedMs;
    const later = `It keeps being processed. To look at it, run: ${command(id)}`;
    if (leftMs <= 0) {
      const cause = failure ? ` The last read failed: ${textOf(failure.result)}` : "";
      const exitCode = failure ? exitCodeFor(failure.result, failure.error) : EXIT_CODES.toolError;
      const seconds = Math.round(waitMs / 1000);
      return end(exitCode, "wait_timeout", `${id} is still ${status} after ${seconds} s.${cause} ${later}`);
    }
    onStatus?.(status, waitedMs);
    const pause = Math.min(leftMs, Math.max(pauseMs, failure?.error?.retryAfterMs ?? 0));
    const limitMs = Math.max(leftMs - pause, MIN_READ_MS);
    const next = await sleep(pause, signal, clock)
      .then(() => (signal.aborted ? undefined : read(id, limitMs, signal)))
      .catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    if (!next) return end(EXIT_CODES.canceled, "canceled", `Stopped waiting for ${id}. ${later}`);
    failure = next.result.isError ? next : undefined;
    if (!failure) result = next.result;
    else if (!failure.error?.retryable) {
      const message = `${id} is ${status}, but its status can no longer be read. ${textOf(failure.result)}`;
      return end(
        exitCodeFor(failure.result, failure.error),
        failure.error?.code ?? "upstream_error",
        message,
      );
    }
  }
}

/**
 * Follows a result of a server in a terminal: with a spinner, until Ctrl-C. A second Ctrl-C ends the process.
 * @param command a command line that shows the result later
 */
export async function followInTerminal<Api>(
  server: ServerDefinition<Api, undefined>,
  first: ToolResult,
  {
    followUp,
    waitMs,
    command,
    client,
  }: Pick<FollowOptions, "followUp" | "waitMs" | "command"> & {
    readonly client: ClientInfo;
  },
): Promise<Followed> {
  const controller = new AbortController();
  const interrupt = (): void => controller.abort();
  process.once("SIGINT", interrupt);
  try {
    return await withSpinner("waiting", (setText) =>
      follow(first, {
        followUp,
        waitMs,
        command,
        signal: controller.signal,
        read: (id, limitMs, signal) => {
          const timeoutMs = Math.min(server.timeoutMs, limitMs);
          return callOnce({ ...server, timeoutMs }, followUp.tool, { [followUp.id]: id }, client, signal);
        },
        onStatus: (status, waitedMs) => setText(`${status}, ${Math.round(waitedMs / 1000)} s`),
      }),
    );
  } finally {
    process.off("SIGINT", interrupt);
  }
}
