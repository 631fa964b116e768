import { describe, expect, test } from "vitest";
import { Cancel } from "../../../src/shared/cancel.ts";

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
