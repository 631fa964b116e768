import { type Clock, SYSTEM_CLOCK } from "../shared/clock.ts";
import { isObject, type JsonObject } from "../shared/json.ts";
import type { ProgressNotification, ProgressToken } from "./types.ts";

/** What a tool is doing. */
export type ProgressStep = {
  /** For people, a fixed text without a period: `Reading the transcript`. */
  readonly message: string;
  /** Steps that are done, for a tool that counts them. */
  readonly done?: number;
  /** All steps. */
  readonly total?: number;
};

/** Reports what a tool is doing. Tools may call it at any time, also if the client did not ask for progress. */
export type ReportProgress = (step: ProgressStep) => void;

export type ProgressOptions = {
  /** Undefined for a client that asked for no progress: then beats are empty. */
  readonly token: ProgressToken | undefined;
  /** Once it has aborted, nothing is sent. */
  readonly signal: AbortSignal;
  /** Sends a beat. */
  readonly send: (notification: ProgressNotification | undefined) => void;
  /** Time from the start during which steps are held back, in milliseconds. Default: 1 second. */
  readonly quietMs?: number;
  readonly clock?: Clock | undefined;
};

export type Progress = {
  readonly report: ReportProgress;
  /** Ends the beats. Call it before the response is sent. */
  readonly stop: () => void;
};

/** Clients give up after 60 seconds without progress, and proxies close connections that are silent for as long. */
export const FIRST_BEAT_MS = 10_000;
export const BEAT_MS = 15_000;

/** The shortest time between two beats, in milliseconds, however often a tool reports. Most calls end before it. */
const MIN_BEAT_MS = 1000;

/** Time in which a heartbeat moves from one step halfway to the next, in milliseconds. */
const HALF_STEP_MS = 60_000;

/** Keeps the client of one call informed: of each step that the tool reports, and otherwise that it still runs. */
export function trackProgress(options: ProgressOptions): Progress {
  const { token, signal, send, quietMs = MIN_BEAT_MS, clock = SYSTEM_CLOCK } = options;
  const started = clock.now();
  let earliest = started + quietMs;
  let step: ProgressStep | undefined;
  let stepAt = started;
  let last = -0.001;

  const toNotification = (progressToken: ProgressToken): ProgressNotification => {
    const now = clock.now();
    const seconds = Math.round((now - started) / 1000);
    const { done, total, message = "Still running" } = step ?? {};
    const waited = now - stepAt;
    const progress = done === undefined ? seconds : done + waited / (waited + HALF_STEP_MS);
    // Every value must exceed the last one (MCP, "Progress"), also if a tool starts to count after a heartbeat.
    last = Math.max(toThousandths(progress), toThousandths(last + 0.001));
    return {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: {
        progressToken,
        progress: last,
        ...(total !== undefined && { total }),
        message: `${message} (${seconds} s)`,
      },
    };
  };
  const beat = (): void => {
    if (signal.aborted) return;
    earliest = clock.now() + MIN_BEAT_MS;
    cancel = clock.after(BEAT_MS, beat);
    send(token === undefined ? undefined : toNotification(token));
  };
  let cancel = clock.after(FIRST_BEAT_MS, beat);
  let isStopped = false;

  return {
    report: (next) => {
      if (isStopped || token === undefined) return;
      const now = clock.now();
      step = next;
      stepAt = now;
      cancel();
      cancel = clock.after(Math.max(0, earliest - now), beat);
    },
    stop: () => {
      isStopped = true;
      cancel();
    },
  };
}

function toThousandths(value: number): number {
  return Math.round(value * 1000) / 1000;
}

/** Limit of a token, which every notification repeats, in characters. */
const MAX_TOKEN_LENGTH = 1000;

/** The progress token of a tool call; undefined if there is none, or if it is neither a string nor an integer. */
export function readProgressToken({ _meta: meta }: JsonObject): ProgressToken | undefined {
  const token = isObject(meta) ? meta.progressToken : undefined;
  if (typeof token === "string") return token.length <= MAX_TOKEN_LENGTH ? token : undefined;
  // Parsing rounds larger integers, so the client would not recognize its token.
  return typeof token === "number" && Number.isSafeInteger(token) ? token : undefined;
}
