import { describe, expect, test } from "vitest";
import { createCatalog } from "../../../src/mcp/catalog.ts";
import {
  CONFIRMATION_MS,
  type ConfirmationOptions,
  createConfirmation,
} from "../../../src/mcp/confirmation.ts";
import { createDispatch } from "../../../src/mcp/dispatch.ts";
import type { Interaction } from "../../../src/mcp/interaction.ts";
import type { ServerDefinition } from "../../../src/mcp/server.ts";
import { openSession } from "../../../src/mcp/session.ts";
import { type AnyTool, LOCAL_CALLER, type ToolKind } from "../../../src/mcp/tool.ts";
import { toToolDefinition } from "../../../src/mcp/tool-definition.ts";
import type { JsonObject } from "../../../src/shared/json.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { exchange, modernMeta, TINY_TOOLS, type TinyApi, tinyServer } from "../../support/tiny-server.ts";
import { createWire, request } from "../../support/wire.ts";

const FORM = { elicitation: { form: {} } };
const DROP = { name: "tiny_drop", arguments: { text: "x" } };
const WRITE = { name: "tiny_write", arguments: { text: "x" } };
const ERROR = "com.example.tiny/error";
const REFUSAL = "Use another client.";

type Options = Partial<Omit<ConfirmationOptions, "refusalHint">> & {
  readonly kinds?: readonly ToolKind[];
  readonly isRequired?: boolean;
  readonly question?: AnyTool<TinyApi>["question"];
};

/** A server that confirms destructive tools, and what ran. */
function open({ kinds = ["destructive"], isRequired = false, question, ...options }: Options = {}) {
  const ran: JsonObject[] = [];
  const tools = TINY_TOOLS.map((tool): AnyTool<TinyApi> => ({ ...tool, ...(question && { question }) }));
  const hooks = createConfirmation<TinyApi>({
    refusalHint: isRequired ? REFUSAL : undefined,
    secret: "s",
    redact: (text) => text.replaceAll("hunter2", "[redacted]"),
    ...options,
  });
  const interaction: Interaction<TinyApi> = {
    asksBefore: new Set(kinds),
    hidesUnasked: isRequired,
    load: async () => hooks,
  };
  const overrides: Partial<ServerDefinition<TinyApi>> = {
    interaction,
    catalog: createCatalog(tools.map(toToolDefinition), async () => tools),
    connect: () => (input) => {
      ran.push(input);
      return input;
    },
  };
  const server = tinyServer(overrides);
  const dispatch = createDispatch(server);
  const send = async (method: string, params: JsonObject, capabilities: JsonObject = FORM) => {
    const _meta = modernMeta({ "io.modelcontextprotocol/clientCapabilities": capabilities });
    const response = await dispatch({ id: 1, method, params: { ...params, _meta } }, exchange());
    return "result" in response ? response.result : {};
  };
  const call = (params: JsonObject, capabilities?: JsonObject) => send("tools/call", params, capabilities);
  const answer = (asked: JsonObject, action: string, params: JsonObject = DROP) =>
    call({ ...params, requestState: asked.requestState, inputResponses: { confirm: { action } } });
  const listed = async (capabilities?: JsonObject) => {
    const { tools: list } = await send("tools/list", {}, capabilities);
    return (list as { name: string }[]).map(({ name }) => name);
  };
  return { server, dispatch, ran, call, answer, listed };
}

function messageOf({ inputRequests }: JsonObject): string {
  return (inputRequests as { confirm: { params: { message: string } } }).confirm.params.message;
}

const ALL_TOOLS = ["tiny_drop", "tiny_echo", "tiny_write"];

test("a tool of that kind asks in a form without fields, and runs once the user accepts", async () => {
  const { call, answer, ran, server } = open({ question: async ({ text }) => `Drop ${text}?` });
  const asked = await call(DROP);
  expect(asked).toMatchObject({
    resultType: "input_required",
    inputRequests: {
      confirm: {
        method: "elicitation/create",
        params: {
          mode: "form",
          message: "Drop x?",
          requestedSchema: { type: "object", properties: {} },
        },
      },
    },
  });
  expect(ran).toEqual([]);
  expect(await answer(asked, "accept")).toMatchObject({ structuredContent: { text: "x" } });
  expect(ran).toEqual([{ text: "x" }]);
  expect(server.logged).toEqual([
    expect.stringContaining('outcome="input_required"'),
    expect.stringMatching(/outcome="ok".* answer="accept"/),
  ]);
});

test("the other tools run without a question", async () => {
  const { call, ran } = open();
  for (const name of ["tiny_write", "tiny_echo"])
    expect(await call({ ...WRITE, name })).toMatchObject({ structuredContent: { text: "x" } });
  expect(ran).toHaveLength(2);
});

test.each([
  ["decline", "DECLINED", /^insufficient_scope: The user declined tiny_drop\. Nothing was changed\. Do not/],
  ["cancel", "NO_ANSWER", /^insufficient_scope: The user did not answer .* Nothing was changed\. Ask the/],
])("the answer %s runs nothing, and reads nothing again", async (action, reason, text) => {
  let reads = 0;
  const question = async () => {
    reads += 1;
    return "Sure?";
  };
  const { call, answer, ran, server } = open({ question });
  const result = await answer(await call(DROP), action);
  expect(result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(text) }],
    _meta: { [ERROR]: { code: "insufficient_scope", reason, retryable: false } },
  });
  expect([ran, reads]).toEqual([[], 1]);
  expect(server.logged.at(-1)).toMatch(new RegExp(`^info: call .*outcome="declined".* answer="${action}"`));
});

describe("a question that differs when the answer arrives", () => {
  const changing = (texts: readonly string[]) => {
    const left = [...texts];
    return open({ question: async () => left.shift() });
  };

  test("is asked again, and the newest one counts", async () => {
    const { call, answer, ran } = changing(["Drop A?", "Drop B?", "Drop B?"]);
    const again = await answer(await call(DROP), "accept");
    expect(messageOf(again)).toBe("The data has changed since the last question. Drop B?");
    expect(ran).toEqual([]);
    expect(await answer(again, "accept")).toMatchObject({ structuredContent: { text: "x" } });
  });

  test("only in what its basis omits is the same one", async () => {
    const questions = [
      { text: "Drop at 1:00?", basis: "Drop" },
      { text: "Drop at 1:01?", basis: "Drop" },
    ];
    const { call, answer } = open({ question: async () => questions.shift() });
    const asked = await call(DROP);
    expect(messageOf(asked)).toBe("Drop at 1:00?");
    expect(await answer(asked, "accept")).toMatchObject({ structuredContent: { text: "x" } });
  });

  test("only in its basis is asked again", async () => {
    const bases = ["one", "other"];
    const { call, answer, ran } = open({
      question: async () => ({ text: "Drop hunter2?", basis: bases.shift() ?? "" }),
    });
    const again = await answer(await call(DROP), "accept");
    expect(messageOf(again)).toBe("The data has changed since the last question. Drop [redacted]?");
    expect(ran).toEqual([]);
  });

  test("each time ends the call", async () => {
    const { call, answer, ran } = changing(["A?", "B?", "C?", "D?"]);
    let asked = await call(DROP);
    for (const text of ["B?", "C?"]) {
      asked = await answer(asked, "accept");
      expect(messageOf(asked)).toContain(text);
    }
    expect(await answer(asked, "accept")).toMatchObject({
      content: [
        {
          text: expect.stringMatching(
            /^invalid_input: The data kept changing while the user was asked about tiny_drop/,
          ),
        },
      ],
    });
    expect(ran).toEqual([]);
  });
});

test("a call that changes nothing runs without a question", async () => {
  const { call } = open({ question: async () => undefined });
  expect(await call(DROP)).toMatchObject({ structuredContent: { text: "x" } });
});

test("a failure to read ends the call, as that of the tool would", async () => {
  const question = () => {
    throw new Error("unexpected");
  };
  const { call, ran } = open({ question });
  expect(await call(DROP)).toMatchObject({ isError: true, _meta: { [ERROR]: { retryable: true } } });
  expect(ran).toEqual([]);
});

test("a tool without a question of its own asks with its title and arguments", async () => {
  const { call } = open();
  const args = { text: 'a" b\n\u202ec', times: 2 };
  expect(messageOf(await call({ ...DROP, arguments: args }))).toBe(
    `Run "The tool tiny_drop" with text "a' b c", times "2"?`,
  );
  const long = messageOf(await call({ ...DROP, arguments: { text: "x".repeat(10_000) } }));
  expect(long).toMatch(/^Run "The tool tiny_drop" with text "x{99}…" \(9,901 more characters\)\?$/);
});

test("a question contains no secret", async () => {
  const { call } = open({ question: async () => "Drop hunter2?" });
  expect(messageOf(await call(DROP))).toBe("Drop [redacted]?");
});

describe("an answer", () => {
  test("counts for five minutes", async () => {
    expect(CONFIRMATION_MS).toBe(300_000);
    let now = 0;
    const { call, answer, ran } = open({ now: () => now });
    const [early, late] = [await call(DROP), await call(DROP)];
    now = CONFIRMATION_MS - 1;
    expect(await answer(early, "accept")).toMatchObject({ structuredContent: { text: "x" } });
    now += 1;
    expect(await answer(late, "accept")).toMatchObject({
      content: [{ text: expect.stringMatching(/The answer came too late/) }],
    });
    expect(ran).toHaveLength(1);
  });

  test("is taken by every instance with the secret, and by no other", async () => {
    const asked = await open().call(DROP);
    expect(await open({ secret: "other" }).answer(asked, "accept")).toMatchObject({
      _meta: { [ERROR]: { reason: "ANSWER_INVALID" } },
    });
    expect(await open().answer(asked, "accept")).toMatchObject({ structuredContent: { text: "x" } });
  });
});

describe.each<[client: string, capabilities: JsonObject]>([
  ["no elicitation", {}],
  ["URLs alone", { elicitation: { url: {} } }],
])("a client with %s", (_, capabilities) => {
  test("calls without a question", async () => {
    const { call, listed } = open({ kinds: ["write", "destructive"] });
    expect(await call(DROP, capabilities)).toMatchObject({ structuredContent: { text: "x" } });
    expect(await listed(capabilities)).toEqual(ALL_TOOLS);
  });

  test("neither sees nor calls the tools if the question is required", async () => {
    const { call, listed, ran } = open({ kinds: ["write", "destructive"], isRequired: true });
    expect(await listed(capabilities)).toEqual(["tiny_echo"]);
    expect(await listed()).toEqual(ALL_TOOLS);
    expect(await call(DROP, capabilities)).toMatchObject({
      isError: true,
      content: [
        {
          text: `unsupported_tool: tiny_drop requires the user's confirmation, which can't be asked for here. Nothing was changed. ${REFUSAL}`,
        },
      ],
    });
    expect(ran).toEqual([]);
    expect(await call({ ...WRITE, name: "tiny_echo" }, capabilities)).toMatchObject({
      structuredContent: { text: "x" },
    });
  });
});

describe("in the legacy era", () => {
  const openClient = async (capabilities: JsonObject, options: Options = {}) => {
    const { server, ran } = open(options);
    const wire = createWire();
    const clock = manualClock();
    openSession(server, wire.transport, LOCAL_CALLER, clock);
    wire.deliver(request("shake", "initialize", { protocolVersion: "2025-06-18", capabilities }));
    await wire.until(1);
    return { ...wire, clock, ran };
  };

  test("the question that changed is asked again while the call waits", async () => {
    const texts = ["Drop A?", "Drop B?", "Drop B?"];
    const { deliver, until, sent, ran } = await openClient(FORM, { question: async () => texts.shift() });
    deliver(request("call", "tools/call", DROP));
    await until(2);
    deliver({ jsonrpc: "2.0", id: 1, result: { action: "accept", content: {} } });
    await until(3);
    expect(sent.slice(1)).toMatchObject([
      { method: "elicitation/create", params: { message: "Drop A?" } },
      {
        method: "elicitation/create",
        params: { message: expect.stringMatching(/since the last question\. Drop B\?$/) },
      },
    ]);
    expect(ran).toEqual([]);
    deliver({ jsonrpc: "2.0", id: 2, result: { action: "accept" } });
    await until(4);
    expect(sent[3]).toMatchObject({ id: "call", result: { structuredContent: { text: "x" } } });
  });

  test("a question without an answer ends after five minutes", async () => {
    const { deliver, until, sent, clock, ran } = await openClient(FORM);
    deliver(request("call", "tools/call", DROP));
    await until(2);
    clock.advance(CONFIRMATION_MS);
    await until(4);
    expect(sent.slice(2)).toMatchObject([
      { method: "notifications/cancelled", params: { requestId: 1 } },
      { id: "call", result: { isError: true, _meta: { [ERROR]: { reason: "NO_ANSWER" } } } },
    ]);
    expect(ran).toEqual([]);
  });

  test.each([
    [{}, ["tiny_echo", "tiny_write"]],
    [FORM, ALL_TOOLS],
  ])("a client with %j sees %j if the question is required", async (capabilities, names) => {
    const { deliver, until, sent } = await openClient(capabilities, { isRequired: true });
    deliver(request("list", "tools/list", {}));
    await until(2);
    const { tools } = (sent[1] as { result: { tools: { name: string }[] } }).result;
    expect(tools.map(({ name }) => name)).toEqual(names);
  });

  test("over HTTP nothing can be asked, so the tools are hidden if the question is required", async () => {
    const { dispatch, ran } = open({ isRequired: true });
    const send = (method: string, params: JsonObject) => dispatch({ id: 1, method, params }, exchange());
    expect(await send("tools/list", {})).toMatchObject({
      result: { tools: [{ name: "tiny_echo" }, { name: "tiny_write" }] },
    });
    expect(await send("tools/call", DROP)).toMatchObject({
      result: { content: [{ text: expect.stringMatching(/^unsupported_tool: /) }] },
    });
    expect(ran).toEqual([]);
  });
});
