import { describe, expect, test } from "vitest";
import { ToolError } from "../../../src/mcp/errors.ts";
import { callTool } from "../../../src/mcp/server.ts";
import type { ToolResult } from "../../../src/mcp/types.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createRedactor } from "../../../src/shared/redact.ts";
import { callerWith, exchange, type TinyApi, tinyServer } from "../../support/tiny-server.ts";

const HI: JsonObject = { text: "hi" };
const textOf = (result: ToolResult): string => result.content[0]?.text ?? "";

const call = (api: TinyApi, overrides: Parameters<typeof tinyServer>[0] = {}, circumstances = exchange()) =>
  callTool(tinyServer({ connect: () => api, ...overrides }), "tiny_echo", HI, circumstances);

describe("a call", () => {
  test("gives the tool its checked input, its platform and its deadline", async () => {
    const result = await call((input, { totalMs }) => ({ ...input, times: totalMs }));
    expect(result.structuredContent).toEqual({ text: "hi", times: 2000 });
  });

  test("opens the platform's client for the caller and within the deadline", async () => {
    const circumstances = exchange({ caller: callerWith("tiny:read"), client: { name: "c", version: "1" } });
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

  test("sends nothing when the arguments do not fit", async () => {
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

  test("does not open a platform for a caller who may not use the tool", async () => {
    const server = tinyServer({
      connect: () => {
        throw new Error("opened");
      },
    });
    const result = await callTool(server, "tiny_drop", HI, exchange({ caller: callerWith("tiny:read") }));
    expect(textOf(result)).toMatch(/^insufficient_scope: /);
  });
});

describe("whatever goes wrong is a result", () => {
  test("a ToolError of the tool", async () => {
    const error = new ToolError("not_found", "No such thing", { hint: "Check it.", status: 404 });
    const result = await call(() => Promise.reject(error));
    expect(result).toEqual({
      content: [{ type: "text", text: "not_found: No such thing. Check it." }],
      isError: true,
      _meta: { "ai.lightfast/error": { code: "not_found", retryable: false, status: 404 } },
    });
  });

  test("a ToolError of the platform's client", async () => {
    const connect = () =>
      Promise.reject(new ToolError("missing_token", "No key is set", { hint: "Set one." }));
    const result = await callTool(tinyServer({ connect }), "tiny_echo", HI, exchange());
    expect(textOf(result)).toBe("missing_token: No key is set. Set one.");
  });

  test("an answer that does not fit", async () => {
    expect(textOf(await call(() => ({ text: 1 })))).toMatch(
      /^upstream_error: The answer to tiny_echo is unusable/,
    );
  });

  test("an exception, whose details go to the log alone and without secrets", async () => {
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

test("an exception in a write leaves open what became of it", async () => {
  const server = tinyServer({
    connect: () => () => {
      throw new TypeError("odd");
    },
  });
  const result = await callTool(server, "tiny_write", HI, exchange());
  expect(textOf(result)).toContain("It is unknown whether it was done");
});

describe("the log", () => {
  test("has one line a call: the tool, the outcome and the time", async () => {
    const server = tinyServer();
    await callTool(server, "tiny_echo", HI, exchange());
    expect(server.logged).toEqual([
      expect.stringMatching(/^lightfast-mcp info: call tool="tiny_echo" outcome="ok" ms=\d+$/),
    ]);
  });

  test("has the code and status of a failure", async () => {
    const error = new ToolError("org_access_denied", "No", { hint: "Ask.", status: 403 });
    const server = tinyServer({ connect: () => () => Promise.reject(error) });
    await callTool(server, "tiny_echo", HI, exchange());
    expect(server.logged).toEqual([
      expect.stringMatching(/call tool="tiny_echo" outcome="org_access_denied" ms=\d+ status=403$/),
    ]);
  });

  test("has the reason where no answer came", async () => {
    const error = new ToolError("upstream_error", "No", { hint: "Wait.", reason: "ECONNREFUSED" });
    const server = tinyServer({ connect: () => () => Promise.reject(error) });
    await callTool(server, "tiny_echo", HI, exchange());
    expect(server.logged).toEqual([expect.stringMatching(/ ms=\d+ reason="ECONNREFUSED"$/)]);
  });

  test("has neither the input nor the output", async () => {
    const server = tinyServer({ connect: () => () => ({ text: "a-private-answer" }) });
    await callTool(server, "tiny_echo", { text: "a-private-question" }, exchange());
    await callTool(server, "tiny_echo", { text: "a-private-question", odd: 1 }, exchange());
    expect(server.logged).toHaveLength(2);
    expect(server.logged.join()).not.toContain("private");
  });

  test("does not grow with the name that a client makes up", async () => {
    const server = tinyServer();
    await callTool(server, "x".repeat(100_000), HI, exchange());
    expect(server.logged.join().length).toBeLessThan(1000);
  });
});
