import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, test } from "vitest";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import { ToolError } from "../../../src/mcp/errors.ts";
import type { Answer, Interaction, InteractionHooks, Question } from "../../../src/mcp/interaction.ts";
import { createStateSigner } from "../../../src/mcp/request-state.ts";
import type { ServerDefinition } from "../../../src/mcp/server.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { LOCAL_CALLER } from "../../../src/mcp/tool.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { createGate } from "../../support/gate.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { callerWith, exchange, modernMeta, type TinyApi, tinyServer } from "../../support/tiny-server.ts";
import { createWire, notification, request } from "../../support/wire.ts";

const SCHEMA = { type: "object", properties: { sure: { type: "boolean" } } } as const;
const FORM: Question = {
  kind: "form",
  purpose: "sure",
  message: "Drop it?",
  requestedSchema: SCHEMA,
  data: 7,
};
const NO_KEY = new ToolError("missing_token", "No key", { hint: "Log in." });

type Hooks = Omit<InteractionHooks<TinyApi>, "state">;

function interaction(hooks: Hooks, state = createStateSigner()): Interaction<TinyApi> {
  return {
    asksBefore: new Set(["destructive"]),
    recoverable: ["missing_token"],
    load: async () => ({ state, ...hooks }),
  };
}

/** Asks before a destructive tool, and runs it if the answer says so. Without a way to ask, it refuses. */
const ASK_FIRST: Hooks = {
  before: async ({ answer, kinds }) => {
    if (!kinds.has("form"))
      throw new ToolError("insufficient_scope", "Cannot ask", { hint: "Use another client." });
    if (!answer) return FORM;
    if (answer.action !== "accept")
      throw new ToolError("invalid_input", `The user chose ${answer.action}`, { hint: "" });
    return undefined;
  },
};

const DROP = { name: "tiny_drop", arguments: { text: "x" } };
const ECHO = { name: "tiny_echo", arguments: { text: "x" } };
const BOTH = { elicitation: { form: {}, url: {} } };

function withCapabilities(capabilities: JsonObject) {
  return modernMeta({ "io.modelcontextprotocol/clientCapabilities": capabilities });
}

describe("in the modern era", () => {
  const open = (
    hooks: Hooks,
    overrides: Partial<ServerDefinition<TinyApi>> = {},
    state = createStateSigner(),
  ) => {
    const server = tinyServer({ interaction: interaction(hooks, state), ...overrides });
    const dispatch = createDispatch(server);
    const call = async (params: JsonObject, caller = LOCAL_CALLER, capabilities: JsonObject = BOTH) => {
      const all = { ...params, _meta: withCapabilities(capabilities) };
      const response = await dispatch({ id: 1, method: "tools/call", params: all }, exchange({ caller }));
      return "result" in response ? response.result : {};
    };
    return { call, server };
  };
  const answering = (result: JsonObject, reply: JsonObject, more: JsonObject = {}) => ({
    ...DROP,
    ...more,
    requestState: result.requestState,
    inputResponses: { sure: reply },
  });
  const ACCEPT = { action: "accept", content: { sure: true } };

  test("a call ends with the question, and runs when it is repeated with the answer", async () => {
    const ran: unknown[] = [];
    const answers: (Answer | undefined)[] = [];
    const before: Hooks["before"] = (call) => {
      answers.push(call.answer);
      return ASK_FIRST.before?.(call) ?? Promise.resolve(undefined);
    };
    const { call, server } = open({ before }, { connect: () => (input) => ran.push(input) && input });
    const asked = await call(DROP);
    expect(asked).toEqual({
      resultType: "input_required",
      inputRequests: {
        sure: {
          method: "elicitation/create",
          params: { mode: "form", message: "Drop it?", requestedSchema: SCHEMA },
        },
      },
      requestState: expect.stringMatching(/^1\.[\w-]+\.[\w-]+$/),
      _meta: { "io.modelcontextprotocol/serverInfo": server.info },
    });
    expect(ran).toEqual([]);
    expect(server.logged.at(-1)).toMatch(/"?outcome"?[=:]"?input_required/);
    expect(await call(answering(asked, ACCEPT))).toMatchObject({
      resultType: "complete",
      structuredContent: { text: "x" },
    });
    expect(ran).toEqual([{ text: "x" }]);
    expect(answers).toEqual([
      undefined,
      { purpose: "sure", action: "accept", content: { sure: true }, round: 1, data: 7 },
    ]);
  });

  test.each([
    [{ action: "decline" }, "decline"],
    [{ action: "cancel" }, "cancel"],
    [{ action: "constructor" }, "cancel"],
    [{}, "cancel"],
  ])("the reply %j counts as %s", async (reply, action) => {
    const { call } = open(ASK_FIRST);
    const result = await call(answering(await call(DROP), reply));
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: `invalid_input: The user chose ${action}.` }],
    });
  });

  test.each([
    ["without the reply", { inputResponses: {} }],
    ["with the reply to something else", { inputResponses: { other: { action: "accept" } } }],
    ["with a reply that is no object", { inputResponses: { sure: "accept" } }],
    ["with no replies at all", { inputResponses: null }],
    ["with the reply alone", { requestState: undefined, inputResponses: { sure: ACCEPT } }],
  ])("a call that is repeated %s is asked again", async (_, change) => {
    const { call } = open(ASK_FIRST);
    const asked = await call(DROP);
    expect(await call({ ...answering(asked, ACCEPT), ...change })).toMatchObject({
      resultType: "input_required",
      inputRequests: { sure: {} },
    });
  });

  describe("a state is refused, and nothing runs", () => {
    const admin = (key: string) => ({ ...callerWith("tiny:write", "tiny:admin", "tiny:fresh"), key });
    test.each([
      ["of other arguments", { arguments: { text: "y" } }, "u1", "ANSWER_MISMATCH"],
      ["of another tool", { name: "tiny_write" }, "u1", "ANSWER_MISMATCH"],
      ["of another caller", {}, "u2", "ANSWER_MISMATCH"],
      ["that was changed", { requestState: "1.e30.AAAA" }, "u1", "ANSWER_INVALID"],
      ["that is no text", { requestState: 1 }, "u1", "ANSWER_INVALID"],
    ])("%s", async (_, change, key, reason) => {
      let runs = 0;
      const { call } = open(ASK_FIRST, {
        connect: () => (input) => {
          runs += 1;
          return input;
        },
      });
      const asked = await call(DROP, admin("u1"));
      const result = await call({ ...answering(asked, ACCEPT), ...change }, admin(key));
      expect(result).toMatchObject({
        isError: true,
        content: [
          {
            text: expect.stringMatching(/^invalid_input: .* Nothing was done\. Call the tool again without/),
          },
        ],
        _meta: { "com.example.tiny/error": { reason } },
      });
      expect(runs).toBe(0);
    });

    test("that was used before", async () => {
      const { call } = open(ASK_FIRST);
      const asked = await call(DROP);
      await call(answering(asked, ACCEPT));
      expect(await call(answering(asked, ACCEPT))).toMatchObject({
        isError: true,
        _meta: { "com.example.tiny/error": { reason: "ANSWER_USED" } },
      });
    });

    test("of another instance, unless they share a secret", async () => {
      const asked = await open(ASK_FIRST).call(DROP);
      expect(await open(ASK_FIRST).call(answering(asked, ACCEPT))).toMatchObject({ isError: true });
      const shared = () => open(ASK_FIRST, {}, createStateSigner("shared"));
      expect(await shared().call(answering(await shared().call(DROP), ACCEPT))).toMatchObject({
        structuredContent: { text: "x" },
      });
    });

    test("that comes late", async () => {
      let now = 0;
      const { call } = open(
        ASK_FIRST,
        {},
        createStateSigner("s", () => now),
      );
      const asked = await call(DROP);
      now = 10 * 60_000;
      expect(await call(answering(asked, ACCEPT))).toMatchObject({
        content: [{ text: expect.stringContaining("The answer came too late") }],
      });
    });
  });

  test.each([{}, { elicitation: { url: {} } }])(
    "nothing is asked of a client with %j",
    async (capabilities) => {
      const { call } = open(ASK_FIRST);
      expect(await call(DROP, LOCAL_CALLER, capabilities)).toMatchObject({
        isError: true,
        content: [{ text: expect.stringContaining("Cannot ask") }],
      });
    },
  );

  test("access and arguments are checked before anything is asked", async () => {
    const { call } = open(ASK_FIRST);
    expect(await call(DROP, callerWith("tiny:write"))).toMatchObject({ isError: true });
    expect(await call({ ...DROP, arguments: {} })).toMatchObject({ isError: true });
  });

  test("a failure is asked about, and the call runs again after the answer", async () => {
    let hasKey = false;
    const rounds: unknown[] = [];
    const { call } = open(
      {
        recover: async (error, { answer }) => {
          rounds.push([error.code, answer?.action, answer?.round]);
          if (answer?.round === 2) hasKey = true;
          if (answer?.action === "decline") return undefined;
          return hasKey
            ? "retry"
            : {
                kind: "url",
                purpose: "key",
                message: "m",
                url: "http://127.0.0.1:1/",
                id: "1",
                done: new Promise(() => {}),
              };
        },
      },
      {
        connect: () => {
          if (!hasKey) throw NO_KEY;
          return (input) => input;
        },
      },
    );
    const first = await call(ECHO);
    expect(first).toMatchObject({
      inputRequests: {
        key: {
          method: "elicitation/create",
          params: { mode: "url", message: "m", url: "http://127.0.0.1:1/" },
        },
      },
    });
    const accept = (result: JsonObject, action = "accept") =>
      call({ ...ECHO, requestState: result.requestState, inputResponses: { key: { action } } });
    const second = await accept(first);
    expect(second).toMatchObject({ resultType: "input_required" });
    expect(await accept(second)).toMatchObject({ structuredContent: { text: "x" } });
    expect(rounds).toEqual([
      ["missing_token", undefined, undefined],
      ["missing_token", "accept", 1],
      ["missing_token", "accept", 2],
    ]);
    hasKey = false;
    expect(await accept(await call(ECHO), "decline")).toMatchObject({
      content: [{ text: "missing_token: No key. Log in." }],
    });
  });

  test("a call that keeps failing ends", async () => {
    let runs = 0;
    const { call } = open(
      { recover: async () => "retry" },
      {
        connect: () => {
          runs += 1;
          throw NO_KEY;
        },
      },
    );
    expect(await call(ECHO)).toMatchObject({ isError: true });
    expect(runs).toBeLessThan(20);
  });

  test("other failures are not asked about", async () => {
    const { call } = open(
      { recover: () => Promise.reject(new Error("consulted")) },
      {
        connect: () => {
          throw new ToolError("not_found", "Nothing", { hint: "" });
        },
      },
    );
    expect(await call(ECHO)).toMatchObject({ content: [{ text: "not_found: Nothing." }] });
  });
});

describe("in the legacy era", () => {
  const TEN_MINUTES = 10 * 60_000;

  const open = async (
    hooks: Hooks,
    {
      capabilities = BOTH as JsonObject,
      ...overrides
    }: Partial<ServerDefinition<TinyApi>> & { capabilities?: JsonObject } = {},
  ) => {
    const wire = createWire();
    const clock = manualClock();
    const server = tinyServer({ interaction: interaction(hooks), ...overrides });
    const session = openSession(server, wire.transport, LOCAL_CALLER, clock);
    wire.deliver(request("shake", "initialize", { protocolVersion: "2025-11-25", capabilities }));
    await wire.until(1);
    return { ...wire, session, clock };
  };

  test("the client is asked while its call waits, and the call goes on with the answer", async () => {
    const { deliver, until, sent } = await open(ASK_FIRST);
    deliver(request("call", "tools/call", DROP));
    await until(2);
    expect(sent[1]).toEqual({
      jsonrpc: "2.0",
      id: 1,
      method: "elicitation/create",
      params: { mode: "form", message: "Drop it?", requestedSchema: SCHEMA },
    });
    expect(ElicitRequestSchema.safeParse(sent[1]).success).toBe(true);
    deliver({ jsonrpc: "2.0", id: 999, result: { action: "decline" } });
    deliver({ jsonrpc: "2.0", id: "1", result: { action: "decline" } });
    deliver({ jsonrpc: "2.0", id: 1, result: { action: "accept", content: { sure: true } } });
    await until(3);
    expect(sent[2]).toMatchObject({ id: "call", result: { structuredContent: { text: "x" } } });
    // A second answer finds no question.
    deliver({ jsonrpc: "2.0", id: 1, result: { action: "decline" } });
    expect(sent).toHaveLength(3);
  });

  test.each([
    ["declines", { result: { action: "decline" } }, "decline"],
    ["cancels", { result: { action: "cancel" } }, "cancel"],
    ["fails", { error: { code: -32603, message: "no dialog" } }, "cancel"],
    ["answers nonsense", { result: 7 }, "cancel"],
  ])("a client that %s", async (_, outcome, action) => {
    const { deliver, until, sent } = await open(ASK_FIRST);
    deliver(request("call", "tools/call", DROP));
    await until(2);
    deliver({ jsonrpc: "2.0", id: 1, ...outcome });
    await until(3);
    expect(sent[2]).toMatchObject({
      result: { content: [{ text: `invalid_input: The user chose ${action}.` }] },
    });
  });

  test.each([{}, { elicitation: { url: {} } }])("a client with %j is not asked", async (capabilities) => {
    const { deliver, until, sent } = await open(ASK_FIRST, { capabilities });
    deliver(request("call", "tools/call", DROP));
    await until(2);
    expect(sent[1]).toMatchObject({ id: "call", result: { isError: true } });
  });

  test("time that the user takes does not count as the call's, and ends after ten minutes", async () => {
    const { deliver, until, sent, clock } = await open(ASK_FIRST, { timeoutMs: 50 });
    deliver(request("call", "tools/call", { ...DROP, _meta: { progressToken: "p" } }));
    await until(2);
    clock.advance(TEN_MINUTES - 1);
    const progress = sent.filter((message) => JSON.stringify(message).includes("notifications/progress"));
    expect(progress.length).toBeGreaterThan(0);
    expect(progress[0]).toMatchObject({ params: { progressToken: "p", message: /^Waiting for the user/ } });
    expect(sent.some((message) => JSON.stringify(message).includes("cancelled"))).toBe(false);
    const before = sent.length;
    clock.advance(1);
    await until(before + 2);
    expect(sent.slice(before)).toMatchObject([
      { method: "notifications/cancelled", params: { requestId: 1 } },
      { id: "call", result: { content: [{ text: "invalid_input: The user chose cancel." }] } },
    ]);
  });

  test("a canceled call withdraws its question and gets no response", async () => {
    const { deliver, until, sent, session } = await open(ASK_FIRST);
    deliver(request("call", "tools/call", DROP));
    await until(2);
    deliver(notification("notifications/cancelled", { requestId: "call" }));
    await session.drained();
    expect(sent.slice(2)).toEqual([
      {
        jsonrpc: "2.0",
        method: "notifications/cancelled",
        params: { requestId: 1, reason: "the call was canceled" },
      },
    ]);
  });

  test("a client that goes away ends the question, and the session drains", async () => {
    const { deliver, until, sent, session } = await open(ASK_FIRST);
    deliver(request("call", "tools/call", DROP));
    await until(2);
    session.stopAsking();
    await session.drained();
    expect(sent[2]).toMatchObject({ id: "call", result: { content: [{ text: /chose cancel/ }] } });
    deliver(request("late", "tools/call", DROP));
    await session.drained();
    expect(sent[3]).toMatchObject({ id: "late", result: { isError: true } });
  });

  test("a connection that closes ends the question and the call", async () => {
    const { deliver, until, sent, session, transport } = await open(ASK_FIRST);
    deliver(request("call", "tools/call", DROP));
    await until(2);
    transport.onclose?.();
    await session.drained();
    expect(sent.filter((message) => JSON.stringify(message).includes('"call"'))).toEqual([]);
  });

  describe("a page", () => {
    const openPage = async () => {
      const page = createGate();
      let hasKey = false;
      const replies: unknown[] = [];
      const opened = await open(
        {
          recover: async (_, { answer }) => {
            if (!answer)
              return {
                kind: "url",
                purpose: "key",
                message: "m",
                url: "http://127.0.0.1:1/",
                id: "page-1",
                done: page.promise,
              };
            replies.push(answer.action);
            if (answer.action !== "accept") return undefined;
            await page.promise;
            return "retry";
          },
        },
        {
          connect: () => {
            if (!hasKey) throw NO_KEY;
            return (input) => input;
          },
        },
      );
      const finish = () => {
        hasKey = true;
        page.open();
      };
      return { ...opened, finish, replies };
    };
    const COMPLETE = { method: "notifications/elicitation/complete", params: { elicitationId: "page-1" } };

    test("has an id, and the client hears when it is done", async () => {
      const { deliver, until, sent, finish, replies } = await openPage();
      deliver(request("call", "tools/call", ECHO));
      await until(2);
      expect(sent[1]).toMatchObject({
        method: "elicitation/create",
        params: { mode: "url", message: "m", url: "http://127.0.0.1:1/", elicitationId: "page-1" },
      });
      expect(ElicitRequestSchema.safeParse(sent[1]).success).toBe(true);
      deliver({ jsonrpc: "2.0", id: 1, result: { action: "accept" } });
      finish();
      await until(4);
      expect(sent.slice(2)).toMatchObject([
        COMPLETE,
        { id: "call", result: { structuredContent: { text: "x" } } },
      ]);
      expect(replies).toEqual(["accept"]);
    });

    test("that is done before the client answers closes its dialogs, and all calls go on", async () => {
      const { deliver, until, sent, finish } = await openPage();
      deliver(request("a", "tools/call", ECHO));
      deliver(request("b", "tools/call", ECHO));
      await until(3);
      finish();
      await until(8);
      expect(sent.filter((message) => JSON.stringify(message).includes("complete"))).toHaveLength(1);
      expect(sent.slice(3)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({
            method: "notifications/cancelled",
            params: expect.objectContaining({ requestId: 1 }),
          }),
          expect.objectContaining({
            method: "notifications/cancelled",
            params: expect.objectContaining({ requestId: 2 }),
          }),
          expect.objectContaining({
            id: "a",
            result: expect.objectContaining({ structuredContent: { text: "x" } }),
          }),
          expect.objectContaining({
            id: "b",
            result: expect.objectContaining({ structuredContent: { text: "x" } }),
          }),
        ]),
      );
    });
  });

  test("questions that wait at once are limited", async () => {
    const { deliver, until, sent, session } = await open(ASK_FIRST);
    for (let id = 1; id <= 33; id += 1) deliver(request(`call-${id}`, "tools/call", DROP));
    await until(34);
    expect(
      sent.slice(1).filter((message) => JSON.stringify(message).includes("elicitation/create")),
    ).toHaveLength(32);
    session.stopAsking();
    await session.drained();
    expect(sent).toHaveLength(1 + 32 + 33);
  });
});

test("over a transport that cannot ask, as HTTP of the legacy era, nothing is asked", async () => {
  const dispatch = createDispatch(tinyServer({ interaction: interaction(ASK_FIRST) }));
  const response = await dispatch({ id: 1, method: "tools/call", params: DROP }, exchange());
  expect(response).toMatchObject({ result: { content: [{ text: expect.stringContaining("Cannot ask") }] } });
});
