import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { createCatalog } from "../../../src/mcp/catalog.ts";
import { ERROR_CODES, ToolError } from "../../../src/mcp/errors.ts";
import { selectDefinitions } from "../../../src/mcp/selection.ts";
import {
  callTool,
  errorResult,
  type ObservedCall,
  redactDeep,
  successResult,
  toToolError,
} from "../../../src/mcp/server.ts";
import { defineTool, type ToolKind } from "../../../src/mcp/tool.ts";
import { toToolDefinition } from "../../../src/mcp/tool-definition.ts";
import type { ToolResult } from "../../../src/mcp/types.ts";
import { DeadlineExceeded } from "../../../src/shared/deadline.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createLevels, createLogger } from "../../../src/shared/logger.ts";
import { createRedactor } from "../../../src/shared/redact.ts";
import { readTrace } from "../../../src/shared/trace.ts";
import { createGate } from "../../support/gate.ts";
import {
  callerWith,
  exchange,
  TINY_PROGRAM,
  TINY_TOOLS,
  type TinyApi,
  tinyServer,
} from "../../support/tiny-server.ts";

describe("toToolError", () => {
  const plain = (text: string): string => text;
  const textOf = (result: { content: readonly { text: string }[] }): string =>
    result.content.map((block) => block.text).join("");

  describe("an unexpected exception", () => {
    const KINDS: readonly ToolKind[] = ["read", "write", "destructive"];
    const REPORT = "If the problem persists, report it with the server log (--verbose).";

    test.each([new Error("lf_secret at /home/ada"), "lf_secret", undefined, { code: "not_found" }])(
      "(%j) is reported without internals",
      (cause) => {
        for (const kind of KINDS) {
          const error = toToolError(cause, kind, TINY_PROGRAM);
          expect(error).toMatchObject({
            code: "upstream_error",
            message: "The tool failed in an unexpected way",
            status: undefined,
            reason: undefined,
          });
          expect(error.cause).toBe(cause);
          expect(textOf(errorResult(error, plain, TINY_PROGRAM.errorMetaKey))).not.toMatch(/secret|home/);
        }
      },
    );

    test("is retryable after a read", () => {
      expect(toToolError(new Error("odd"), "read", TINY_PROGRAM)).toMatchObject({
        hint: `It is safe to try again. ${REPORT}`,
        retryable: true,
      });
    });

    test.each<ToolKind>(["write", "destructive"])("leaves the outcome of a %s unknown", (kind) => {
      expect(toToolError(new Error("odd"), kind, TINY_PROGRAM)).toMatchObject({
        hint: `It is unknown whether it was done. Check before you repeat it, or it may be done twice. ${REPORT}`,
        retryable: false,
      });
    });

    test.each<[ToolKind, boolean]>([
      ["read", true],
      ["write", false],
      ["destructive", false],
    ])("reports a deadline as such, also for a %s", (kind, retryable) => {
      expect(toToolError(new DeadlineExceeded(25_000), kind, TINY_PROGRAM)).toMatchObject({
        code: "upstream_error",
        message: "The call took longer than 25000 ms",
        reason: "DEADLINE",
        status: undefined,
        retryable,
      });
    });

    test("keeps a ToolError unchanged", () => {
      const error = new ToolError("not_found", "No", { hint: "Stop." });
      for (const kind of KINDS) expect(toToolError(error, kind, TINY_PROGRAM)).toBe(error);
    });
  });

  describe("redactDeep", () => {
    const redact = createRedactor(["lf_secretkey"]);

    test("keeps the shape, numbers and field names", () => {
      const value = { lf_secretkey: ["a lf_secretkey", 1, null, { b: "lf_secretkey" }], c: true };
      expect(redactDeep(value, redact)).toEqual({
        lf_secretkey: ["a [redacted]", 1, null, { b: "[redacted]" }],
        c: true,
      });
    });

    test.each([undefined, null, 1, false])("turns it into %j", (value) => {
      expect(redactDeep(value, redact)).toBe(value);
    });
  });
});

describe("results", () => {
  const plain = (text: string): string => text;
  const textOf = (result: { content: readonly { text: string }[] }): string =>
    result.content.map((block) => block.text).join("");

  describe("a success", () => {
    test("repeats structured content as text", () => {
      const output = { id: "a", nested: { list: [1, null, "x"] } };
      expect(successResult(output, plain)).toEqual({
        content: [{ type: "text", text: JSON.stringify(output) }],
        structuredContent: output,
      });
    });

    test("is not marked as an error", () => {
      expect(Object.keys(successResult({}, plain))).toEqual(["content", "structuredContent"]);
    });

    test("has no secret in either form", () => {
      const redact = createRedactor(["lf_secretkey"]);
      const result = successResult({ input: "my key is lf_secretkey!", list: ["lf_secretkey"] }, redact);
      expect(result.structuredContent).toEqual({ input: "my key is [redacted]!", list: ["[redacted]"] });
      expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
    });

    test.each(["1234", "true", "null", "n123", '":{"', "input"])(
      "stays valid if the secret %j is also JSON syntax",
      (secret) => {
        const output = {
          input: `line\n1234 ${secret}`,
          count: 12345,
          flag: true,
          none: null,
          deep: { a: 1 },
        };
        const result = successResult(output, createRedactor([secret]));
        expect(result.structuredContent).toMatchObject({
          count: 12345,
          flag: true,
          none: null,
          deep: { a: 1 },
        });
        expect(JSON.parse(textOf(result))).toEqual(result.structuredContent);
        expect(String(result.structuredContent?.input)).toContain("[redacted]");
      },
    );
  });

  test("no result has a secret, and both forms agree", () => {
    const secret = fc.stringMatching(/^lf_[A-Za-z0-9]{8,40}$/);
    const answer = fc.tuple(secret, fc.jsonValue(), fc.string(), fc.string());
    fc.assert(
      fc.property(answer, ([key, value, before, after]) => {
        const output = { value, quoted: `${before}${key}${after}`, list: [key, { key }] };
        const result = successResult(output, createRedactor([key]));
        expect(JSON.stringify(result)).not.toContain(key);
        expect(JSON.parse(textOf(result))).toEqual(JSON.parse(JSON.stringify(result.structuredContent)));
      }),
    );
  });

  describe("a failure", () => {
    const error = (message: string, details: Partial<ConstructorParameters<typeof ToolError>[2]> = {}) =>
      new ToolError("not_found", message, { hint: "Check the id.", ...details });

    test("names no tool that is not offered in its hint, while its message quotes anything", async () => {
      const { definitions, advise } = selectDefinitions(TINY_TOOLS.map(toToolDefinition), ["tiny_echo"]);
      const catalog = createCatalog(definitions, async () => TINY_TOOLS, advise);
      const failing = (hint: string) =>
        tinyServer({
          catalog,
          connect: () => {
            throw new ToolError("not_found", 'No "tiny_write"', { hint });
          },
        });
      const callWith = async (hint: string) =>
        textOf(await callTool(failing(hint), "tiny_echo", { text: "a" }, exchange()));
      expect(await callWith("Check it. tiny_write adds one.")).toBe('not_found: No "tiny_write". Check it.');
      expect(await callWith("tiny_write adds one.")).toBe('not_found: No "tiny_write".');
      expect(await callWith("Use tiny_echo.")).toBe('not_found: No "tiny_write". Use tiny_echo.');
    });

    test("reads as code, message and hint", () => {
      expect(textOf(errorResult(error("No such signal"), plain, TINY_PROGRAM.errorMetaKey))).toBe(
        "not_found: No such signal. Check the id.",
      );
    });

    test.each([
      ["It ended.", "not_found: It ended. Check the id."],
      ["It ended!", "not_found: It ended! Check the id."],
      ["Did it end?", "not_found: Did it end? Check the id."],
      ['It says: "It ended."', 'not_found: It says: "It ended." Check the id.'],
      ['It says: "ended"', 'not_found: It says: "ended". Check the id.'],
    ])("ends the message with one punctuation mark: %s", (message, text) => {
      expect(textOf(errorResult(error(message), plain, TINY_PROGRAM.errorMetaKey))).toBe(text);
    });

    test("is marked as an error, without structured content", () => {
      const result = errorResult(error("No such signal"), plain, TINY_PROGRAM.errorMetaKey);
      expect(result.isError).toBe(true);
      expect(result).not.toHaveProperty("structuredContent");
      expect(result.content).toHaveLength(1);
    });

    test("has the known details in _meta", () => {
      expect(errorResult(error("No such signal"), plain, TINY_PROGRAM.errorMetaKey)._meta).toEqual({
        "com.example.tiny/error": { code: "not_found", retryable: false },
      });
      const details = {
        status: 429,
        retryable: true,
        retryAfterMs: 0,
        requestId: "req_1",
        reason: "ECONNRESET",
      };
      expect(errorResult(error("Busy", details), plain, TINY_PROGRAM.errorMetaKey)._meta).toEqual({
        "com.example.tiny/error": { code: "not_found", ...details },
      });
    });

    test("has no secret anywhere", () => {
      const redact = createRedactor(["lf_secretkey"]);
      const details = { hint: "Not lf_secretkey.", requestId: "req_lf_secretkey" };
      const result = errorResult(error("lf_secretkey failed", details), redact, TINY_PROGRAM.errorMetaKey);
      expect(JSON.stringify(result)).not.toContain("secretkey");
    });

    test.each(ERROR_CODES)("can have the code %s", (code) => {
      const result = errorResult(
        new ToolError(code, "It failed", { hint: "Stop." }),
        plain,
        TINY_PROGRAM.errorMetaKey,
      );
      expect(textOf(result)).toBe(`${code}: It failed. Stop.`);
    });
  });
});

describe("the end of a call", () => {
  const HI: JsonObject = { text: "hi" };
  const textOf = (result: ToolResult): string => result.content[0]?.text ?? "";

  const call = (api: TinyApi, overrides: Parameters<typeof tinyServer>[0] = {}, circumstances = exchange()) =>
    callTool(tinyServer({ connect: () => api, ...overrides }), "tiny_echo", HI, circumstances);

  describe("a platform slower than the deadline", () => {
    const heeds: TinyApi = (_, { signal }) =>
      new Promise((__, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const ignores: TinyApi = () => new Promise(() => {});

    test.each([
      ["heeds", heeds],
      ["ignores", ignores],
    ])("causes an error result if it %s the signal", async (_, api) => {
      const result = await call(api, { timeoutMs: 20 });
      expect(textOf(result)).toMatch(
        /^upstream_error: The call took longer than 20 ms\. It is safe to try again\./,
      );
      expect(result._meta).toEqual({
        "com.example.tiny/error": {
          code: "upstream_error",
          retryable: true,
          reason: "DEADLINE",
        },
      });
    });

    test.each([
      [20, 2000, 2000],
      [5000, 2000, 5000],
      [undefined, 2000, 2000],
    ])("a tool's limit of %s ms and the server's of %s ms make %s ms", async (own, timeoutMs, expected) => {
      const seen: number[] = [];
      const server = tinyServer({
        timeoutMs,
        connect:
          () =>
          (_, { totalMs }) =>
            seen.push(totalMs),
      });
      await callTool(
        { ...server, catalog: { ...server.catalog, timeoutMs: () => own } },
        "tiny_echo",
        HI,
        exchange(),
      );
      expect(seen).toEqual([expected]);
    });

    test("leaves the outcome of a write unknown", async () => {
      const server = tinyServer({ connect: () => ignores, timeoutMs: 20 });
      const result = await callTool(server, "tiny_write", HI, exchange());
      expect(textOf(result)).toContain("It is unknown whether it was done");
      expect(result._meta).toMatchObject({
        "com.example.tiny/error": { retryable: false, reason: "DEADLINE" },
      });
    });

    test("is safe to repeat if the tool didn't start", async () => {
      const server = tinyServer({ connect: () => new Promise(() => {}), timeoutMs: 20 });
      const result = await callTool(server, "tiny_write", HI, exchange());
      expect(textOf(result)).toContain("It is safe to try again.");
    });

    test("may report what it was waiting for", async () => {
      const own = new ToolError("upstream_error", "No answer came", { hint: "Wait.", reason: "DEADLINE" });
      const says: TinyApi = (_, { signal }) =>
        new Promise((__, reject) => signal.addEventListener("abort", () => reject(own)));
      expect(textOf(await call(says, { timeoutMs: 20 }))).toBe("upstream_error: No answer came. Wait.");
    });
  });

  test("invalid arguments are reported before the platform client opens", async () => {
    let connections = 0;
    const connect = () => {
      connections += 1;
      throw new ToolError("missing_token", "No API key", { hint: "Log in." });
    };
    const server = tinyServer({ connect });
    const invalid = await callTool(server, "tiny_echo", {}, exchange());
    expect(textOf(invalid)).toContain("invalid_input: Invalid arguments for tiny_echo");
    expect(connections).toBe(0);
    const valid = await callTool(server, "tiny_echo", HI, exchange());
    expect(textOf(valid)).toBe("missing_token: No API key. Log in.");
  });

  describe("a canceled call", () => {
    const cancelled = new Error("cancelled by the client");

    test("rejects with the client's reason, even if the work finished", async () => {
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

    test("does not load the tool if it was already canceled", async () => {
      let connects = 0;
      const connect = () => {
        connects += 1;
        return (input: JsonObject) => input;
      };
      const circumstances = exchange({ signal: AbortSignal.abort(cancelled) });
      await expect(callTool(tinyServer({ connect }), "tiny_echo", HI, circumstances)).rejects.toBe(cancelled);
      expect(connects).toBe(0);
    });

    test("aborts the tool's work", async () => {
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
});

describe("observe", () => {
  const HI = { text: "hi" };

  /** A server whose tools are answered by `api`, and every call it was seen to make. */
  const watched = (api: TinyApi = (input) => input) => {
    const seen: ObservedCall[] = [];
    const server = tinyServer({ connect: () => api, observe: (call) => void seen.push(call) });
    return { server, seen };
  };

  test("a successful call is observed once, with its context", async () => {
    const { server, seen } = watched();
    const circumstances = exchange({ requestId: "r1" });
    await callTool(server, "tiny_echo", HI, circumstances);
    expect(seen).toEqual([
      {
        tool: "tiny_echo",
        context: circumstances,
        error: undefined,
        outcome: "ok",
        ms: expect.any(Number),
      },
    ]);
  });

  test("a failed call is observed with the error that the client gets", async () => {
    const error = new ToolError("not_found", "No such thing", { hint: "Check it.", status: 404 });
    const { server, seen } = watched(() => Promise.reject(error));
    const result = await callTool(server, "tiny_echo", HI, exchange());
    expect(seen.map((call) => call.error)).toEqual([error]);
    expect(result.content[0]?.text).toBe("not_found: No such thing. Check it.");
  });

  test.each([
    ["tiny_echo", {}, "invalid_input"],
    ["tiny_drop", HI, "insufficient_scope"],
  ])("a denied call of %s is observed too (%j)", async (tool, args, code) => {
    const { server, seen } = watched();
    await callTool(server, tool, args, exchange({ caller: callerWith("tiny:read") }));
    expect(seen).toMatchObject([{ tool, error: { code } }]);
  });

  test("a canceled call is observed once", async () => {
    const begun = createGate();
    const { server, seen } = watched(() => {
      begun.open();
      return new Promise(() => {});
    });
    const cancel = new AbortController();
    const call = callTool(server, "tiny_write", HI, exchange({ signal: cancel.signal }));
    await begun.promise;
    cancel.abort(new Error("bored"));
    await expect(call).rejects.toThrow("bored");
    expect(seen).toMatchObject([
      { tool: "tiny_write", outcome: "canceled", error: { code: "upstream_error", reason: "CANCELLED" } },
    ]);
  });

  test.each([
    ["done", (input: JsonObject) => input, undefined],
    [
      "failed",
      () => Promise.reject(new ToolError("not_found", "No such thing", { hint: "Check it." })),
      "not_found",
    ],
  ])("a committed call that is canceled is observed as %s", async (_, outcome, code) => {
    const begun = createGate();
    const gate = createGate();
    const { server, seen } = watched(async (input, deadline) => {
      deadline.isCommitted = () => true;
      begun.open();
      await gate.promise;
      return outcome(input);
    });
    const cancel = new AbortController();
    const call = callTool(server, "tiny_write", HI, exchange({ signal: cancel.signal }));
    const rejected = expect(call).rejects.toThrow("bored");
    await begun.promise;
    cancel.abort(new Error("bored"));
    gate.open();
    await rejected;
    expect(seen.map(({ error }) => error?.code)).toEqual([code]);
  });

  test("what the observer returns is in the call's log line", async () => {
    const logged: string[] = [];
    const log = createLogger("info", (line) => logged.push(line));
    const server = tinyServer({ log, observe: () => ({ auditId: "a1" }) });
    await callTool(server, "tiny_echo", HI, exchange({ requestId: "r1" }));
    expect(logged).toEqual([
      expect.stringMatching(/^info: call tool="tiny_echo" outcome="ok" ms=\d+ requestId="r1" auditId="a1"$/),
    ]);
  });

  test.each(["nothing", "__proto__", "x".repeat(1000)])(
    "a call of an unknown tool is not observed (case %#)",
    async (name) => {
      const { server, seen } = watched();
      await callTool(server, name, HI, exchange());
      expect(seen).toEqual([]);
    },
  );

  test("the platform client gets the caller", async () => {
    const identities: unknown[] = [];
    const server = tinyServer({
      connect: ({ caller }) => {
        identities.push(caller.identity);
        return (input) => input;
      },
    });
    const caller = { ...callerWith("tiny:read"), identity: { user: "ada" } };
    await callTool(server, "tiny_echo", HI, exchange({ caller }));
    expect(identities).toEqual([{ user: "ada" }]);
  });
});

describe("callTool", () => {
  const HI: JsonObject = { text: "hi" };
  const textOf = (result: ToolResult): string => result.content[0]?.text ?? "";

  const call = (api: TinyApi, overrides: Parameters<typeof tinyServer>[0] = {}, circumstances = exchange()) =>
    callTool(tinyServer({ connect: () => api, ...overrides }), "tiny_echo", HI, circumstances);

  describe("a call", () => {
    test("gives the tool its validated input, the API and the deadline", async () => {
      const result = await call((input, { totalMs }) => ({ ...input, times: totalMs }));
      expect(result.structuredContent).toEqual({ text: "hi", times: 2000 });
    });

    test("opens the platform client with the context and the deadline", async () => {
      const circumstances = exchange({
        caller: callerWith("tiny:read"),
        client: { name: "c", version: "1" },
      });
      const seen: unknown[] = [];
      const server = tinyServer({
        connect: (given, { totalMs }) => {
          seen.push(given, totalMs);
          return (input) => input;
        },
      });
      await callTool(server, "tiny_echo", HI, circumstances);
      expect(seen).toEqual([circumstances, 2000]);
    });

    test("sends nothing if the arguments are invalid", async () => {
      let calls = 0;
      const server = tinyServer({
        connect: () => (input) => {
          calls += 1;
          return input;
        },
      });
      const result = await callTool(server, "tiny_echo", { text: "" }, exchange());
      expect(textOf(result)).toMatch(/^invalid_input: /);
      expect(calls).toBe(0);
    });

    test("does not open the platform client for a denied caller", async () => {
      const server = tinyServer({
        connect: () => {
          throw new Error("opened");
        },
      });
      const result = await callTool(server, "tiny_drop", HI, exchange({ caller: callerWith("tiny:read") }));
      expect(textOf(result)).toMatch(/^insufficient_scope: /);
    });
  });

  describe("every failure is a result", () => {
    test("a ToolError of the tool", async () => {
      const error = new ToolError("not_found", "No such thing", { hint: "Check it.", status: 404 });
      const result = await call(() => Promise.reject(error));
      expect(result).toEqual({
        content: [{ type: "text", text: "not_found: No such thing. Check it." }],
        isError: true,
        _meta: { "com.example.tiny/error": { code: "not_found", retryable: false, status: 404 } },
      });
    });

    test("a ToolError of the platform's client", async () => {
      const connect = () =>
        Promise.reject(new ToolError("missing_token", "No key is set", { hint: "Set one." }));
      const result = await callTool(tinyServer({ connect }), "tiny_echo", HI, exchange());
      expect(textOf(result)).toBe("missing_token: No key is set. Set one.");
    });

    test("invalid output", async () => {
      expect(textOf(await call(() => ({ text: 1 })))).toMatch(
        /^upstream_error: The response to tiny_echo is unusable/,
      );
    });

    test("an exception, with redacted details in the log only", async () => {
      const redact = createRedactor(["lf_secretkey"]);
      const server = tinyServer({
        redact,
        connect: () => () => {
          throw new TypeError("cannot read lf_secretkey of undefined");
        },
      });
      const result = await callTool(server, "tiny_echo", HI, exchange());
      expect(textOf(result)).toMatch(/^upstream_error: The tool failed in an unexpected way\. /);
      expect(JSON.stringify(result)).not.toContain("undefined");
      expect(server.logged.join("\n")).toContain("TypeError: cannot read [redacted] of undefined");
      expect(server.logged.join("\n")).not.toContain("secretkey");
    });
  });

  test("an exception in a write, whose outcome is unknown", async () => {
    const server = tinyServer({
      connect: () => () => {
        throw new TypeError("odd");
      },
    });
    const result = await callTool(server, "tiny_write", HI, exchange());
    expect(textOf(result)).toContain("It is unknown whether it was done");
  });

  describe("the log", () => {
    test("has one line per call: the tool, the outcome and the time", async () => {
      const server = tinyServer();
      await callTool(server, "tiny_echo", HI, exchange());
      expect(server.logged).toEqual([
        expect.stringMatching(/^info: call tool="tiny_echo" outcome="ok" ms=\d+$/),
      ]);
    });

    test("has the code and status of a failure", async () => {
      const error = new ToolError("org_access_denied", "No", { hint: "Ask.", status: 403 });
      const server = tinyServer({ connect: () => () => Promise.reject(error) });
      await callTool(server, "tiny_echo", HI, exchange({ requestId: "r1" }));
      expect(server.logged).toEqual([
        expect.stringMatching(
          /^warn: call tool="tiny_echo" outcome="org_access_denied" ms=\d+ status=403 requestId="r1"$/,
        ),
      ]);
    });

    test("has the reason if no response arrived", async () => {
      const error = new ToolError("upstream_error", "No", { hint: "Wait.", reason: "ECONNREFUSED" });
      const server = tinyServer({ connect: () => () => Promise.reject(error) });
      await callTool(server, "tiny_echo", HI, exchange());
      expect(server.logged).toEqual([expect.stringMatching(/ ms=\d+ reason="ECONNREFUSED"$/)]);
    });

    test.each<[level: string, error: unknown]>([
      ["warn", new ToolError("not_found", "No", { hint: "Check." })],
      ["warn", new ToolError("upstream_error", "No", { hint: "Wait.", reason: "TOO_MANY_CALLS" })],
      ["error", new ToolError("upstream_error", "No", { hint: "Wait.", status: 502 })],
      ["error", new DeadlineExceeded(5)],
      ["error", new TypeError("odd")],
    ])("is a %s after %s, and one line", async (level, error) => {
      const server = tinyServer({ connect: () => () => Promise.reject(error) });
      await callTool(server, "tiny_echo", HI, exchange({ requestId: "r1" }));
      expect(server.logged).toEqual([expect.stringMatching(`^${level}: call tool="tiny_echo"`)]);
    });

    test("is a warning after wrong arguments, a missing grant, an unknown tool", async () => {
      const server = tinyServer();
      const requestId = "r1";
      await callTool(server, "tiny_echo", {}, exchange({ requestId }));
      await callTool(server, "tiny_drop", HI, exchange({ caller: callerWith(), requestId }));
      await callTool(server, "nothing", HI, exchange({ requestId }));
      expect(server.logged.map((line) => /^(\w+): call .*outcome="(\w+)"/.exec(line)?.slice(1))).toEqual([
        ["warn", "invalid_input"],
        ["warn", "insufficient_scope"],
        ["warn", "unsupported_tool"],
      ]);
    });

    test("has failures of a local client at info, and faults of this server as errors", async () => {
      const server = tinyServer({
        connect: () => () => {
          throw new TypeError("odd");
        },
      });
      await callTool(server, "nothing", HI, exchange());
      await callTool(server, "tiny_echo", HI, exchange());
      expect(server.logged).toEqual([
        expect.stringMatching(/^info: call tool="nothing" outcome="unsupported_tool"/),
        expect.stringMatching(
          /^error: call tool="tiny_echo" outcome="upstream_error".* fault="TypeError: odd/,
        ),
      ]);
    });

    test("names the caller and the client, and never the key or the credential", async () => {
      const server = tinyServer();
      const caller = {
        ...callerWith("tiny:read"),
        logFields: { user: "ada", organization: "org_1", clientId: "c_1" },
        key: "a-limit-key",
        credential: "a-credential",
      };
      const client = { name: `claude-code${"x".repeat(1000)}`, version: "2.1.332" };
      await callTool(server, "tiny_echo", HI, exchange({ caller, client, requestId: "r1" }));
      await callTool(server, "tiny_echo", HI, exchange({ caller, userAgent: "codex/0.171 (linux)" }));
      const who = 'user="ada" organization="org_1" clientId="c_1"';
      expect(server.logged).toEqual([
        expect.stringMatching(`requestId="r1" ${who} clientName="claude-codex{89}" clientVersion="2.1.332"$`),
        expect.stringContaining(`${who} clientName="codex/0.171 (linux)"`),
      ]);
      expect(server.logged.join()).not.toMatch(/a-limit-key|a-credential/);
    });

    test("has no key or token that a client sends as its name or a tool's", async () => {
      const server = tinyServer();
      const caller = { ...callerWith("tiny:read"), credential: "a-credential" };
      const jwt = `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.${"s".repeat(80)}`;
      const client = { name: "odd a-credential", version: `1 ${jwt}` };
      await callTool(server, "tiny_echo", HI, exchange({ caller, client }));
      await callTool(server, `${"x".repeat(90)} a-credential`, HI, exchange({ caller, userAgent: jwt }));
      expect(server.logged).toEqual([
        expect.stringContaining('clientName="odd [redacted]" clientVersion="1 [redacted]"'),
        expect.stringMatching(/ tool="x{90} \[redacted" .* clientName="\[redacted\]"$/),
      ]);
    });

    test("has the ids of the call's trace", async () => {
      const server = tinyServer();
      const trace = readTrace({ traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` });
      await callTool(server, "tiny_echo", HI, exchange({ trace }));
      expect(server.logged).toEqual([
        expect.stringContaining(` trace_id="${"a".repeat(32)}" span_id="${"b".repeat(16)}"`),
      ]);
    });

    test("costs nothing below its level", async () => {
      const caller = {
        ...callerWith("tiny:read"),
        get logFields(): never {
          throw new Error("read although nothing is logged");
        },
      };
      const server = tinyServer({ log: createLogger("warn", () => {}) });
      expect(await callTool(server, "tiny_echo", HI, exchange({ caller }))).not.toHaveProperty("isError");
    });

    test("has neither the input nor the output", async () => {
      const server = tinyServer({ connect: () => () => ({ text: "a-private-answer" }) });
      await callTool(server, "tiny_echo", { text: "a-private-question" }, exchange());
      await callTool(server, "tiny_echo", { text: "a-private-question", odd: 1 }, exchange());
      expect(server.logged).toHaveLength(2);
      expect(server.logged.join()).not.toContain("private");
    });

    test("truncates the name from the client", async () => {
      const server = tinyServer();
      await callTool(server, "x".repeat(100_000), HI, exchange());
      expect(server.logged.join().length).toBeLessThan(1000);
    });
  });
});

describe("the ids of what a write changed", () => {
  const UID = "7a4f4ab2-90c0-4d5b-8f4e-0ecd41c3a1b7";

  /** The ids in the log line of one call of a tool of any kind. */
  const logged = async (
    kind: ToolKind,
    args: JsonObject,
    api: TinyApi,
    signal = new AbortController().signal,
  ): Promise<unknown> => {
    const tool = defineTool<TinyApi, z.ZodObject, z.ZodObject>({
      name: "tiny_edit",
      kind,
      access: { anyOf: [] },
      title: "Edit",
      description: "Edits.",
      input: z.looseObject({}),
      output: z.looseObject({}),
      run: async (given, { api, deadline, progress }) => api(given, deadline, progress),
    });
    const catalog = createCatalog([toToolDefinition(tool)], async () => [tool]);
    const lines: JsonObject[] = [];
    const log = createLevels("info", (_, message, fields) => void lines.push({ message, ...fields }));
    const server = tinyServer({ catalog, log, connect: () => api });
    await callTool(server, "tiny_edit", args, exchange({ signal })).catch(() => {});
    expect(lines).toMatchObject([{ message: "call", tool: "tiny_edit" }]);
    return lines[0]?.ids;
  };

  test.each<ToolKind>(["write", "update", "destructive"])("are in the log line of a %s", async (kind) => {
    const args = { committee_uid: UID, name: "Board", project_slug: "tiny" };
    expect(await logged(kind, args, () => ({ uid: "m-1", name: "Ada" }))).toEqual({
      committee_uid: UID,
      project_slug: "tiny",
      uid: "m-1",
    });
  });

  test("are not looked for after a read", async () => {
    expect(await logged("read", { uid: UID }, () => ({ uid: UID }))).toBeUndefined();
  });

  test("are those of the arguments if the outcome is unknown", async () => {
    const error = new ToolError("upstream_error", "No", { hint: "Check.", reason: "ECONNRESET" });
    expect(await logged("destructive", { uid: UID }, () => Promise.reject(error))).toEqual({ uid: UID });
  });

  test("are those of the arguments if the client canceled", async () => {
    const cancel = new AbortController();
    const api: TinyApi = () => {
      cancel.abort(new Error("bored"));
      return new Promise(() => {});
    };
    expect(await logged("destructive", { uid: UID }, api, cancel.signal)).toEqual({ uid: UID });
  });

  test.each<JsonObject>([
    { uid: "two words" },
    { uid: "ada@example.org" },
    { uid: "x".repeat(101) },
    { uid: "" },
    { uid: 7 },
    { uid: { uid: UID } },
    { description: UID },
    { valid: UID },
  ])("are no texts and no other fields: %j", async (args) => {
    expect(await logged("write", args, () => args)).toEqual({});
  });

  test("are limited in number", async () => {
    const args = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`a${index}_id`, UID]));
    expect(Object.keys(Object(await logged("write", args, () => args)))).toHaveLength(12);
  });
});

describe("a lone surrogate", () => {
  const LONE = "\ud83d";
  const call = async (args: JsonObject, api: TinyApi, name = "tiny_echo") =>
    callTool(tinyServer({ connect: () => api }), name, args, exchange());

  test("in the input is replaced before the platform gets it", async () => {
    const received: unknown[] = [];
    await call({ text: `a${LONE}b` }, (input) => received.push(input));
    expect(received).toEqual([{ text: "a\ufffdb" }]);
  });

  test("in the output is replaced in the text and in the structured content", async () => {
    const result = await call({ text: "x" }, () => ({ text: LONE, [LONE]: 1 }));
    expect(result.structuredContent).toEqual({ text: "\ufffd", "\ufffd": 1 });
    expect(result.content).toEqual([{ type: "text", text: '{"text":"\ufffd","\ufffd":1}' }]);
  });

  test.each([
    ["an argument's name", { text: "x", [LONE]: 1 }, "tiny_echo"],
    ["a tool's name", {}, LONE],
  ])("in %s is not sent back", async (_, args, name) => {
    const result = await call(args, (input) => input, name);
    expect(result.isError).toBe(true);
    expect(JSON.stringify(result)).not.toMatch(/(?<!\\)\\ud83d/);
  });

  test("in a failure is not sent back", async () => {
    const result = await call({ text: "x" }, () => {
      throw new ToolError("not_found", `No ${LONE}`, { hint: "Stop." });
    });
    expect(result.content).toEqual([{ type: "text", text: "not_found: No \ufffd. Stop." }]);
  });
});

describe("the text of an error", () => {
  const META = TINY_PROGRAM.errorMetaKey;
  const bytesOf = ({ content }: ToolResult) => Buffer.byteLength(content.map(({ text }) => text).join(""));

  test.each(["x", "é", "😀", "\u0001"])(
    "is at most 8 kB of %j, and keeps a part of both sentences",
    (char) => {
      const hint = `Do this${char.repeat(90_000)}`;
      const error = new ToolError("upstream_error", `It failed${char.repeat(90_000)}`, {
        hint,
        requestId: hint,
      });
      const result = errorResult(error, (text) => text, META);
      expect(bytesOf(result)).toBeLessThanOrEqual(8000);
      expect(result.content[0]?.text).toMatch(/^upstream_error: It failed.*…\. Do this.*…$/su);
      expect(result.content[0]?.text).not.toContain("\uFFFD");
      expect(JSON.stringify(result._meta).length).toBeLessThan(2000);
    },
  );

  test("contains no part of a secret at the place where it is truncated", () => {
    const secret = "lf_0123456789abcdef".repeat(20);
    for (let pad = 4600; pad < 5010; pad += 7) {
      const error = new ToolError("upstream_error", `${"x".repeat(pad)}${secret}`, { hint: "Stop." });
      expect(JSON.stringify(errorResult(error, createRedactor([secret]), META))).not.toContain("lf_0");
    }
  });
});
