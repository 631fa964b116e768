import { expect, test } from "vitest";
import { ToolError } from "../../../src/mcp/errors.ts";
import { callTool, type ObservedCall } from "../../../src/mcp/server.ts";
import { createGate } from "../../support/gate.ts";
import { callerWith, exchange, type TinyApi, tinyServer } from "../../support/tiny-server.ts";

const HI = { text: "hi" };

/** A server whose tools are answered by `api`, and every call it was seen to make. */
const watched = (api: TinyApi = (input) => input) => {
  const seen: ObservedCall[] = [];
  const server = tinyServer({ connect: () => api, observe: (call) => seen.push(call) });
  return { server, seen };
};

test("a call that succeeded is observed once, with its circumstances", async () => {
  const { server, seen } = watched();
  const circumstances = exchange({ requestId: "r1" });
  await callTool(server, "tiny_echo", HI, circumstances);
  expect(seen).toEqual([
    { tool: "tiny_echo", exchange: circumstances, error: undefined, ms: expect.any(Number) },
  ]);
});

test("a call that failed is observed with its error, and the client is answered the same", async () => {
  const error = new ToolError("not_found", "No such thing", { hint: "Check it.", status: 404 });
  const { server, seen } = watched(() => Promise.reject(error));
  const result = await callTool(server, "tiny_echo", HI, exchange());
  expect(seen.map((call) => call.error)).toEqual([error]);
  expect(result.content[0]?.text).toBe("not_found: No such thing. Check it.");
});

test.each([
  ["tiny_echo", {}, "invalid_input"],
  ["tiny_drop", HI, "insufficient_scope"],
])("a call of %s that was refused is observed too (%j)", async (tool, args, code) => {
  const { server, seen } = watched();
  await callTool(server, tool, args, exchange({ caller: callerWith("tiny:read") }));
  expect(seen).toMatchObject([{ tool, error: { code } }]);
});

test("a call that the client cancelled is observed once, though nobody is answered", async () => {
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
  expect(seen).toMatchObject([{ tool: "tiny_write", error: { reason: "CANCELLED" } }]);
});

test.each(["nothing", "__proto__", "x".repeat(1000)])(
  "a call of no tool is not observed (case %#)",
  async (name) => {
    const { server, seen } = watched();
    await callTool(server, name, HI, exchange());
    expect(seen).toEqual([]);
  },
);

test("whoever the caller is, the tool learns it", async () => {
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
