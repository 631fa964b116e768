import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { abortable, type Deadline, DeadlineExceeded, withDeadline } from "../../../src/shared/deadline.ts";
import { createGate } from "../../support/gate.ts";

const LONG_MS = 60_000;

function pending(): Promise<never> {
  return new Promise(() => {});
}

function abortOf({ signal }: Deadline): Promise<unknown> {
  return new Promise((resolve) => {
    const settle = () => resolve(signal.reason);
    if (signal.aborted) settle();
    else signal.addEventListener("abort", settle, { once: true });
  });
}

describe("withDeadline", () => {
  test("resolves with the value of work that ends in time", async () => {
    expect(await withDeadline(LONG_MS, undefined, async () => 42)).toBe(42);
  });

  test("rejects with the error of work that fails in time", async () => {
    const error = new Error("its own");
    await expect(withDeadline(LONG_MS, undefined, () => Promise.reject(error))).rejects.toBe(error);
  });

  test("rejects with an error that the work throws synchronously", async () => {
    const error = new Error("its own");
    const work = () => {
      throw error;
    };
    await expect(withDeadline(LONG_MS, undefined, work)).rejects.toBe(error);
  });

  describe("the deadline's signal", () => {
    test("aborts with DeadlineExceeded when the time is up", async () => {
      expect(await withDeadline(20, undefined, abortOf)).toBeInstanceOf(DeadlineExceeded);
    });

    test("aborts with the caller's reason when the caller cancels", async () => {
      const controller = new AbortController();
      const reason = new Error("no longer needed");
      const result = withDeadline(LONG_MS, controller.signal, abortOf);
      controller.abort(reason);
      expect(await result).toBe(reason);
    });

    test("is already aborted if it is first read after the deadline", async () => {
      const gate = createGate();
      let reason: unknown;
      const work = async (deadline: Deadline) => {
        await gate.promise;
        reason = deadline.signal.reason;
      };
      await expect(withDeadline(10, undefined, work)).rejects.toBeInstanceOf(DeadlineExceeded);
      gate.open();
      await new Promise(setImmediate);
      expect(reason).toBeInstanceOf(DeadlineExceeded);
    });

    test("keeps its first reason", async () => {
      const controller = new AbortController();
      const reason = await withDeadline(20, controller.signal, async (deadline) => {
        await abortOf(deadline);
        controller.abort(new Error("too late"));
        return deadline.signal.reason;
      });
      expect(reason).toBeInstanceOf(DeadlineExceeded);
    });

    test("takes any number of listeners without a warning", async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on("warning", onWarning);
      await withDeadline(LONG_MS, undefined, async ({ signal }) => {
        for (let count = 0; count < 100; count += 1) signal.addEventListener("abort", () => {});
      });
      await new Promise(setImmediate);
      process.off("warning", onWarning);
      expect(warnings).toEqual([]);
    });
  });

  describe("work that ignores the signal", () => {
    test("is abandoned when the time is up", async () => {
      const result = withDeadline(20, undefined, pending);
      await expect(result).rejects.toBeInstanceOf(DeadlineExceeded);
      await expect(result).rejects.toMatchObject({
        code: "DEADLINE",
        totalMs: 20,
        message: "no result within 20 ms",
      });
    });

    test("is abandoned with the caller's reason when the caller cancels", async () => {
      const controller = new AbortController();
      const reason = new Error("no longer needed");
      const result = withDeadline(LONG_MS, controller.signal, pending);
      controller.abort(reason);
      await expect(result).rejects.toBe(reason);
    });

    test("does not start if the signal is already aborted", async () => {
      const reason = new Error("no longer needed");
      let started = false;
      const result = withDeadline(LONG_MS, AbortSignal.abort(reason), async () => {
        started = true;
      });
      await expect(result).rejects.toBe(reason);
      expect(started).toBe(false);
    });

    test("causes no unhandled rejection when it fails later", async () => {
      const unhandled: unknown[] = [];
      const onRejection = (error: unknown) => unhandled.push(error);
      process.on("unhandledRejection", onRejection);
      const gate = createGate();
      const work = async () => {
        await gate.promise;
        throw new Error("late");
      };
      await expect(withDeadline(10, undefined, work)).rejects.toBeInstanceOf(DeadlineExceeded);
      gate.open();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      process.off("unhandledRejection", onRejection);
      expect(unhandled).toEqual([]);
    });
  });

  describe("committed work", () => {
    test("goes on after a cancellation, and its signal is not aborted", async () => {
      const controller = new AbortController();
      const gate = createGate<string>();
      const result = withDeadline(LONG_MS, controller.signal, async (deadline) => {
        deadline.isCommitted = () => true;
        const value = await gate.promise;
        return [value, deadline.signal.aborted];
      });
      controller.abort(new Error("no longer needed"));
      await new Promise(setImmediate);
      gate.open("done");
      expect(await result).toEqual(["done", false]);
    });

    test("is canceled before it is committed", async () => {
      const controller = new AbortController();
      const reason = new Error("no longer needed");
      const result = withDeadline(LONG_MS, controller.signal, (deadline) => {
        deadline.isCommitted = () => false;
        return pending();
      });
      controller.abort(reason);
      await expect(result).rejects.toBe(reason);
    });

    test("ends when the time is up", async () => {
      const controller = new AbortController();
      const result = withDeadline(20, controller.signal, (deadline) => {
        deadline.isCommitted = () => true;
        return pending();
      });
      controller.abort(new Error("no longer needed"));
      await expect(result).rejects.toBeInstanceOf(DeadlineExceeded);
    });
  });

  test("prefers the error of work that heeds the signal", async () => {
    const error = new Error("it was waiting for a response");
    const work = async (deadline: Deadline) => {
      await abortOf(deadline);
      throw error;
    };
    await expect(withDeadline(10, undefined, work)).rejects.toBe(error);
  });

  describe("remainingMs", () => {
    test("starts at the total and only decreases", async () => {
      await withDeadline(LONG_MS, undefined, async ({ totalMs, remainingMs }) => {
        const first = remainingMs();
        expect(totalMs).toBe(LONG_MS);
        expect(first).toBeGreaterThan(0);
        expect(first).toBeLessThanOrEqual(LONG_MS);
        expect(remainingMs()).toBeLessThanOrEqual(first);
      });
    });

    test("is never negative", async () => {
      const left = await withDeadline(1, undefined, async (deadline) => {
        await abortOf(deadline);
        const end = performance.now() + 5;
        while (performance.now() < end);
        return deadline.remainingMs();
      });
      expect(left).toBe(0);
    });
  });

  test.each([
    ["a value", async () => 1],
    ["a failure", () => Promise.reject(new Error("its own"))],
  ])("leaves no listener and no timer after %s", async (_, work) => {
    const { signal } = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await withDeadline(600_000, signal, work).catch(() => {});
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe("abortable", () => {
  test.each([
    ["a value", async () => 42],
    ["a failure", () => Promise.reject(new Error("its own"))],
  ])("settles with %s and leaves no listener", async (_, work) => {
    const { signal } = new AbortController();
    const [expected] = await Promise.allSettled([work()]);
    const [settled] = await Promise.allSettled([abortable(work(), signal)]);
    expect(settled).toEqual(expected);
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
  });

  test("rejects with the signal's reason as soon as it aborts", async () => {
    const controller = new AbortController();
    const reason = new Error("no longer needed");
    const result = abortable(pending(), controller.signal);
    controller.abort(reason);
    await expect(result).rejects.toBe(reason);
  });
});
