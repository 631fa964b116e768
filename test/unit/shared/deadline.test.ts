import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { Cancel, type Deadline, DeadlineExceeded, withDeadline } from "../../../src/shared/deadline.ts";
import { createGate } from "../../support/gate.ts";

describe("cancel", () => {
  test("nothing is cancelled at first", () => {
    const cancel = new Cancel();
    expect([cancel.aborted, cancel.reason]).toEqual([false, undefined]);
    expect(() => cancel.throwIfAborted()).not.toThrow();
  });

  describe("a cancellation", () => {
    test("is told to all who listen, once", () => {
      const cancel = new Cancel();
      const told: string[] = [];
      cancel.addEventListener("abort", () => told.push("first"));
      cancel.addEventListener("abort", () => told.push("second"));
      cancel.abort(new Error("gone"));
      cancel.abort(new Error("gone again"));
      expect(told).toEqual(["first", "second"]);
    });

    test("has a reason, which stays and can be thrown", () => {
      const cancel = new Cancel();
      const reason = new Error("gone");
      cancel.abort(reason);
      cancel.abort(new Error("too late"));
      expect([cancel.aborted, cancel.reason]).toEqual([true, reason]);
      expect(() => cancel.throwIfAborted()).toThrow(reason);
    });

    test("is not told to whoever has stopped listening", () => {
      const cancel = new Cancel();
      const told: string[] = [];
      const gone = () => told.push("gone");
      cancel.addEventListener("abort", gone);
      cancel.addEventListener("abort", () => told.push("stays"));
      cancel.removeEventListener("abort", gone);
      cancel.abort("over");
      expect(told).toEqual(["stays"]);
    });
  });
});

describe("deadline", () => {
  const never = new AbortController().signal;

  const fired = ({ signal }: Deadline): Promise<unknown> =>
    new Promise((resolve) => {
      const tell = () => resolve(signal.reason);
      if (signal.aborted) tell();
      else signal.addEventListener("abort", tell, { once: true });
    });

  test("work that ends in time gives its value", async () => {
    expect(await withDeadline(1000, never, async () => 42)).toBe(42);
  });

  test("work that fails in time fails with its own error", async () => {
    const error = new Error("its own");
    await expect(withDeadline(1000, never, () => Promise.reject(error))).rejects.toBe(error);
  });

  describe("the signal", () => {
    test("fires when the time is up, and says so", async () => {
      expect(await withDeadline(20, never, fired)).toBeInstanceOf(DeadlineExceeded);
    });

    test("fires when the client cancels, with the client's reason", async () => {
      const cancel = new AbortController();
      const reason = new Error("bored");
      const outcome = withDeadline(60_000, cancel.signal, fired);
      cancel.abort(reason);
      expect(await outcome).toBe(reason);
    });

    test("that is asked for after the end has fired already", async () => {
      const late = createGate();
      let reason: unknown;
      const work = async (deadline: Deadline) => {
        await late.promise;
        reason = deadline.signal.reason;
      };
      await expect(withDeadline(10, never, work)).rejects.toBeInstanceOf(DeadlineExceeded);
      late.open();
      await new Promise(setImmediate);
      expect(reason).toBeInstanceOf(DeadlineExceeded);
    });

    test("keeps its first reason", async () => {
      const cancel = new AbortController();
      const reason = await withDeadline(20, cancel.signal, async (deadline) => {
        await fired(deadline);
        cancel.abort(new Error("too late"));
        return deadline.signal.reason;
      });
      expect(reason).toBeInstanceOf(DeadlineExceeded);
    });
  });

  describe("work that does not heed the signal", () => {
    const endless = () => new Promise<never>(() => {});

    test("is left behind when the time is up", async () => {
      const outcome = withDeadline(20, never, endless);
      await expect(outcome).rejects.toBeInstanceOf(DeadlineExceeded);
      await expect(outcome).rejects.toMatchObject({ totalMs: 20, message: "no result within 20 ms" });
    });

    test("is left behind when the client cancels, with the client's reason", async () => {
      const cancel = new AbortController();
      const reason = new Error("bored");
      const outcome = withDeadline(60_000, cancel.signal, endless);
      cancel.abort(reason);
      await expect(outcome).rejects.toBe(reason);
    });

    test("is not begun where the client had cancelled before", async () => {
      const reason = new Error("bored");
      let begun = false;
      const outcome = withDeadline(60_000, AbortSignal.abort(reason), async () => {
        begun = true;
      });
      await expect(outcome).rejects.toBe(reason);
      expect(begun).toBe(false);
    });

    test("may fail afterwards without harm", async () => {
      const unhandled: unknown[] = [];
      const note = (error: unknown) => unhandled.push(error);
      process.on("unhandledRejection", note);
      const late = createGate();
      const work = async () => {
        await late.promise;
        throw new Error("late");
      };
      await expect(withDeadline(10, never, work)).rejects.toBeInstanceOf(DeadlineExceeded);
      late.open();
      await new Promise(setImmediate);
      await new Promise(setImmediate);
      process.off("unhandledRejection", note);
      expect(unhandled).toEqual([]);
    });
  });

  test("work that heeds the signal says itself what it was waiting for", async () => {
    const own = new Error("it waited for an answer");
    const work = async (deadline: Deadline) => {
      await fired(deadline);
      throw own;
    };
    await expect(withDeadline(10, never, work)).rejects.toBe(own);
  });

  describe("the time that is left", () => {
    test("begins with all of it and only shrinks", async () => {
      await withDeadline(1000, never, async ({ totalMs, remainingMs }) => {
        const first = remainingMs();
        expect(totalMs).toBe(1000);
        expect(first).toBeGreaterThan(900);
        expect(first).toBeLessThanOrEqual(1000);
        expect(remainingMs()).toBeLessThanOrEqual(first);
      });
    });

    test("is never negative", async () => {
      const left = await withDeadline(1, never, async (deadline) => {
        await fired(deadline);
        const end = performance.now() + 5;
        while (performance.now() < end);
        return deadline.remainingMs();
      });
      expect(left).toBe(0);
    });
  });

  test.each([
    ["value", async () => 1],
    ["failure", () => Promise.reject(new Error("its own"))],
  ])("after a %s no listener and no timer is left", async (_, work) => {
    const { signal } = new AbortController();
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const before = timers();
    await withDeadline(600_000, signal, work).catch(() => {});
    expect(getEventListeners(signal, "abort")).toHaveLength(0);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});
