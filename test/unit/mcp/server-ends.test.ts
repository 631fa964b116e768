import { describe, expect, test } from "vitest";
import { ToolError } from "../../../src/mcp/errors.ts";
import { callTool } from "../../../src/mcp/server.ts";
import type { ToolResult } from "../../../src/mcp/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createGate } from "../../support/gate.ts";
import { exchange, type TinyApi, tinyServer } from "../../support/tiny-server.ts";

const HI: JsonObject = { text: "hi" };
const textOf = (result: ToolResult): string => result.content[0]?.text ?? "";

const call = (api: TinyApi, overrides: Parameters<typeof tinyServer>[0] = {}, circumstances = exchange()) =>
  callTool(tinyServer({ connect: () => api, ...overrides }), "tiny_echo", HI, circumstances);

describe("a platform that outlasts the deadline", () => {
  const heeds: TinyApi = (_, { signal }) =>
    new Promise((__, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const ignores: TinyApi = () => new Promise(() => {});

  test.each([
    ["heeds", heeds],
    ["ignores", ignores],
  ])("is a result, where it %s the signal", async (_, api) => {
    const result = await call(api, { timeoutMs: 20 });
    expect(textOf(result)).toMatch(
      /^upstream_error: The call took longer than 20 ms\. It is safe to try again\./,
    );
    expect(result._meta).toEqual({
      "ai.lightfast/error": { code: "upstream_error", retryable: true, reason: "DEADLINE" },
    });
  });

  test("leaves open what became of a write", async () => {
    const server = tinyServer({ connect: () => ignores, timeoutMs: 20 });
    const result = await callTool(server, "tiny_write", HI, exchange());
    expect(textOf(result)).toContain("It is unknown whether it was done");
    expect(result._meta).toMatchObject({ "ai.lightfast/error": { retryable: false, reason: "DEADLINE" } });
  });

  test("before the tool itself has done nothing yet", async () => {
    const server = tinyServer({ connect: () => new Promise(() => {}), timeoutMs: 20 });
    const result = await callTool(server, "tiny_write", HI, exchange());
    expect(textOf(result)).toContain("It is safe to try again.");
  });

  test("says itself what it was waiting for, if it can", async () => {
    const own = new ToolError("upstream_error", "No answer came", { hint: "Wait.", reason: "DEADLINE" });
    const says: TinyApi = (_, { signal }) =>
      new Promise((__, reject) => signal.addEventListener("abort", () => reject(own)));
    expect(textOf(await call(says, { timeoutMs: 20 }))).toBe("upstream_error: No answer came. Wait.");
  });
});

describe("a cancelled call", () => {
  const cancelled = new Error("cancelled by the client");

  test("rejects with the client's reason, whatever became of the work", async () => {
    for (const outcome of [Promise.reject(new Error("late")), Promise.resolve({ text: "done" })]) {
      outcome.catch(() => {});
      const controller = new AbortController();
      const work = call(
        async () => {
          controller.abort(cancelled);
          return outcome;
        },
        {},
        exchange({ signal: controller.signal }),
      );
      await expect(work).rejects.toBe(cancelled);
    }
  });

  test("does not wait for a tool that ignores it", async () => {
    const controller = new AbortController();
    const begun = createGate();
    const ignores: TinyApi = () => {
      begun.open();
      return new Promise(() => {});
    };
    const work = call(ignores, {}, exchange({ signal: controller.signal }));
    await begun.promise;
    controller.abort(cancelled);
    await expect(work).rejects.toBe(cancelled);
  });

  test("does not even load the tool where it was cancelled before", async () => {
    let connects = 0;
    const connect = () => {
      connects += 1;
      return (input: JsonObject) => input;
    };
    const circumstances = exchange({ signal: AbortSignal.abort(cancelled) });
    await expect(callTool(tinyServer({ connect }), "tiny_echo", HI, circumstances)).rejects.toBe(cancelled);
    expect(connects).toBe(0);
  });

  test("ends what the tool waits for", async () => {
    const controller = new AbortController();
    const begun = createGate();
    const waits: TinyApi = (_, { signal }) => {
      begun.open();
      return new Promise((__, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    };
    const work = call(waits, {}, exchange({ signal: controller.signal }));
    await begun.promise;
    controller.abort(cancelled);
    await expect(work).rejects.toBe(cancelled);
  });
});
