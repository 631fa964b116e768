import { expect, test } from "vitest";
import { type CallOutcome, callOnce, type FollowOptions, follow } from "../../../src/cli/tool-call.ts";
import { ToolError } from "../../../src/mcp/errors.ts";
import type { FollowUp } from "../../../src/mcp/tool.ts";
import type { ToolResult } from "../../../src/mcp/types.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { tinyServer } from "../../support/tiny-server.ts";

test("a person gets the whole result, however long", async () => {
  const text = "a word ".repeat(100_000);
  const server = tinyServer({ connect: () => () => ({ text }) });

  const { result, error } = await callOnce(server, "tiny_echo", { text: "x" });

  expect(error).toBeUndefined();
  expect(result.structuredContent).toEqual({ text });
});

const FOLLOW_UP: FollowUp = {
  tool: "tiny_get",
  id: "id",
  status: "state",
  done: ["ready"],
  failed: ["broken"],
  failedHint: "Try another one.",
};

function at(state: string): ToolResult {
  return { content: [], structuredContent: { id: "job-1", state } };
}

function failing(
  code: "upstream_error" | "insufficient_scope" | "not_found",
  retryable: boolean,
): CallOutcome {
  const error = new ToolError(code, "It failed", { hint: "Wait.", retryable, unreachable: retryable });
  return { result: { content: [{ type: "text", text: `${code}: It failed. Wait.` }], isError: true }, error };
}

/** Follows a job whose reads find these states and failures. The clock passes by itself. */
async function followed(reads: readonly (string | CallOutcome)[], options: Partial<FollowOptions> = {}) {
  const clock = manualClock();
  const pauses: number[] = [];
  const states: string[] = [];
  const left = [...reads];
  let isDone = false;
  const followedJob = follow(at("new"), {
    followUp: FOLLOW_UP,
    waitMs: 10_000,
    signal: new AbortController().signal,
    command: (id) => `tiny get ${id}`,
    onStatus: (state) => states.push(state),
    clock,
    read: async () => {
      const next = left.length > 1 ? left.shift() : left[0];
      if (next === undefined) throw new Error("nothing to read");
      return typeof next === "string" ? { result: at(next), error: undefined } : next;
    },
    ...options,
  }).finally(() => {
    isDone = true;
  });
  void followedJob.catch(() => {});
  while (!isDone) {
    const wait = await Promise.race([clock.nextWait(), followedJob.then(() => undefined)]);
    if (wait === undefined) break;
    pauses.push(wait);
    clock.advance(wait);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return { ...(await followedJob), pauses, states };
}

test("a result is followed to its end, with growing pauses", async () => {
  const { result, exitCode, problem, pauses, states } = await followed(
    [...Array.from({ length: 8 }, () => "busy"), "ready"],
    { waitMs: 60_000 },
  );
  expect({ state: result.structuredContent?.state, exitCode, problem }).toEqual({
    state: "ready",
    exitCode: 0,
    problem: undefined,
  });
  expect(states).toEqual(["new", ...Array.from({ length: 8 }, () => "busy")]);
  expect(pauses.slice(0, 3)).toEqual([250, 375, 562.5]);
  expect(Math.max(...pauses)).toBe(2500);
});

test("a result that is final already is not read", async () => {
  expect(await follow(at("ready"), { ...(await neverRead()) })).toMatchObject({ exitCode: 0 });
});

async function neverRead(): Promise<FollowOptions> {
  return {
    followUp: FOLLOW_UP,
    waitMs: 0,
    signal: new AbortController().signal,
    command: () => "",
    read: () => Promise.reject(new Error("read")),
  };
}

test("a failure exits with 6 and says what to do", async () => {
  expect(await followed(["broken"])).toMatchObject({
    exitCode: 6,
    problem: { code: "failed", message: "job-1 ended as broken. Try another one." },
  });
});

test("the end of the wait says that the work goes on, and how to look at it", async () => {
  const { exitCode, problem, result, pauses } = await followed(["busy"]);
  expect(exitCode).toBe(5);
  expect(problem).toEqual({
    code: "wait_timeout",
    message: "job-1 is still busy after 10 s. It keeps being processed. To look at it, run: tiny get job-1",
  });
  expect(result.structuredContent?.state).toBe("busy");
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBe(10_000);
});

test("failures that are safe to retry do not end the wait", async () => {
  const flaky = failing("upstream_error", true);
  expect(await followed([flaky, "busy", flaky, flaky, "ready"])).toMatchObject({ exitCode: 0 });
  expect(await followed([flaky])).toMatchObject({
    exitCode: 4,
    problem: {
      code: "wait_timeout",
      message: expect.stringContaining("The last read failed: upstream_error"),
    },
  });
});

test("a failure tells how long to wait before the next read", async () => {
  const error = new ToolError("upstream_error", "Busy", {
    hint: "Wait.",
    retryable: true,
    retryAfterMs: 4000,
  });
  const busy: CallOutcome = { result: { content: [], isError: true }, error };
  expect((await followed([busy, "ready"])).pauses).toEqual([250, 4000]);
});

test("another failure ends the wait at once, and does not hide that the work was accepted", async () => {
  expect(await followed([failing("insufficient_scope", false)])).toMatchObject({
    exitCode: 3,
    problem: {
      code: "insufficient_scope",
      message: "job-1 is new, but its status can no longer be read. insufficient_scope: It failed. Wait.",
    },
  });
});

test("Ctrl-C ends the wait during a pause and during a read", async () => {
  const canceled = {
    exitCode: 130,
    problem: {
      code: "canceled",
      message: "Stopped waiting for job-1. It keeps being processed. To look at it, run: tiny get job-1",
    },
  };
  const pausing = new AbortController();
  const stop = () => pausing.abort();
  expect(await followed(["busy"], { signal: pausing.signal, onStatus: stop })).toMatchObject(canceled);
  const reading = new AbortController();
  const read = async (): Promise<never> => {
    reading.abort();
    throw reading.signal.reason;
  };
  expect(await followed(["busy"], { signal: reading.signal, read })).toMatchObject(canceled);
});
