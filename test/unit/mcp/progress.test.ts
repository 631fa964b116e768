import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  BEAT_MS,
  FIRST_BEAT_MS,
  type ProgressStep,
  readProgressToken,
  trackProgress,
} from "../../../src/mcp/progress.ts";
import type { ProgressNotification, ProgressToken } from "../../../src/mcp/types.ts";
import { manualClock } from "../../support/manual-clock.ts";

/** A tracked call, and what was sent for it: the time in seconds, and the notification's parameters. */
function track({ token = "t", quietMs }: { token?: ProgressToken | null; quietMs?: number } = {}) {
  const clock = manualClock();
  const sent: { at: number; params: ProgressNotification["params"] | undefined }[] = [];
  const controller = new AbortController();
  const progress = trackProgress({
    token: token ?? undefined,
    signal: controller.signal,
    clock,
    send: (notification) => sent.push({ at: clock.now() / 1000, params: notification?.params }),
    ...(quietMs !== undefined && { quietMs }),
  });
  const texts = () => sent.map(({ at, params }) => `${at}: ${params?.progress} ${params?.message}`);
  return { clock, sent, texts, controller, ...progress };
}

describe("a call that reports nothing", () => {
  test("gets a heartbeat after 10 seconds and then every 15", () => {
    const { clock, texts, sent } = track();
    clock.advance(FIRST_BEAT_MS - 1);
    expect(sent).toEqual([]);
    clock.advance(1 + 2 * BEAT_MS);
    expect(texts()).toEqual([
      "10: 10 Still running (10 s)",
      "25: 25 Still running (25 s)",
      "40: 40 Still running (40 s)",
    ]);
    expect(sent[0]?.params).toEqual({ progressToken: "t", progress: 10, message: "Still running (10 s)" });
  });

  test("gets empty beats without a token", () => {
    const { clock, sent } = track({ token: null });
    clock.advance(25_000);
    expect(sent).toEqual([
      { at: 10, params: undefined },
      { at: 25, params: undefined },
    ]);
  });

  test.each([0, -7, 2 ** 53 - 1, "", "0"])("keeps the type of the token %j", (token) => {
    const { clock, sent } = track({ token });
    clock.advance(10_000);
    expect(sent[0]?.params?.progressToken).toBe(token);
  });
});

describe("a call that reports its steps", () => {
  test("sends each at once, and heartbeats of it from then on", () => {
    const { clock, texts, report } = track();
    clock.advance(4000);
    report({ message: "Asking" });
    clock.advance(0);
    clock.advance(36_000);
    report({ message: "Reading" });
    clock.advance(0);
    expect(texts()).toEqual([
      "4: 4 Asking (4 s)",
      "19: 19 Asking (19 s)",
      "34: 34 Asking (34 s)",
      "40: 40 Reading (40 s)",
    ]);
  });

  test("counts them, and heartbeats lie between two of them", () => {
    const { clock, texts, sent, report } = track();
    report({ message: "One", done: 0, total: 2 });
    clock.advance(16_000);
    clock.advance(4000);
    report({ message: "Two", done: 1, total: 2 });
    clock.advance(15_000);
    expect(texts()).toEqual([
      "1: 0.016 One (1 s)",
      "16: 0.211 One (16 s)",
      "20: 1 Two (20 s)",
      "35: 1.2 Two (35 s)",
    ]);
    expect(sent.every(({ params }) => params?.total === 2)).toBe(true);
  });

  test("sends nothing within the first second, and then at most one a second: the last", () => {
    const { clock, texts, report } = track();
    for (let step = 1; step <= 25; step += 1) {
      report({ message: `Step ${step}`, done: step });
      clock.advance(100);
    }
    clock.advance(1000);
    expect(texts().map((text) => text.replace(/ [\d.]+ /, " "))).toEqual([
      "1: Step 10 (1 s)",
      "2: Step 20 (2 s)",
      "3: Step 25 (3 s)",
    ]);
  });

  test("holds them back for as long as the transport asks", () => {
    const { clock, texts, report } = track({ quietMs: FIRST_BEAT_MS });
    report({ message: "One" });
    clock.advance(9999);
    report({ message: "Two" });
    expect(texts()).toEqual([]);
    clock.advance(1);
    report({ message: "Three" });
    clock.advance(1000);
    expect(texts()).toEqual(["10: 10 Two (10 s)", "11: 11 Three (11 s)"]);
  });

  test("sends no empty beats for them without a token", () => {
    const { clock, sent, report } = track({ token: null });
    clock.advance(5000);
    report({ message: "One" });
    clock.advance(4999);
    expect(sent).toEqual([]);
  });

  test("increases with every notification, whatever the tool reports and when", () => {
    const step = fc.record(
      { message: fc.string(), done: fc.integer({ min: 0, max: 9 }), total: fc.integer({ min: 0, max: 9 }) },
      { requiredKeys: ["message"] },
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 60_000 }), step)), (steps) => {
        const { clock, sent, report } = track();
        for (const [ms, next] of steps) {
          clock.advance(ms);
          report(next as ProgressStep);
        }
        clock.advance(300_000);
        const values = sent.map(({ params }) => params?.progress ?? Number.NaN);
        expect(values.slice(1).every((value, index) => value > (values[index] ?? Number.NaN))).toBe(true);
        const times = sent.map(({ at }) => Math.round(at * 1000));
        expect(times.slice(1).every((time, index) => time - (times[index] ?? 0) >= 1000)).toBe(true);
        expect(times.slice(1).every((time, index) => time - (times[index] ?? 0) <= 15_000)).toBe(true);
      }),
    );
  });
});

describe("nothing is sent", () => {
  test("after the end", async () => {
    const { clock, sent, report, stop } = track();
    report({ message: "One" });
    stop();
    report({ message: "Two" });
    clock.advance(60_000);
    expect(sent).toEqual([]);
  });

  test("after a cancellation", async () => {
    const { clock, sent, report, controller } = track();
    clock.advance(10_000);
    controller.abort();
    report({ message: "One" });
    clock.advance(60_000);
    expect(sent).toHaveLength(1);
  });
});

test.each([
  ["a", "a"],
  ["", ""],
  [0, 0],
  [-1, -1],
  [2 ** 53 - 1, 2 ** 53 - 1],
  ["x".repeat(1000), "x".repeat(1000)],
  ["x".repeat(1001), undefined],
  [1.5, undefined],
  [2 ** 53, undefined],
  [null, undefined],
  [true, undefined],
  [["a"], undefined],
  [{ a: 1 }, undefined],
  [undefined, undefined],
])("the token %j is read as %j", (progressToken, expected) => {
  expect(readProgressToken({ _meta: { progressToken } })).toBe(expected);
});

test.each([undefined, null, "token", ["token"]])("the _meta %j has no token", (_meta) => {
  expect(readProgressToken({ _meta })).toBeUndefined();
});
