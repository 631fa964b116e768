import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioTransportV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, onTestFinished, test } from "vitest";
import { SANDBOX_TOKEN } from "../../../src/platforms/lfx/config/secrets.ts";
import { POLICY, type ToolName } from "../../../src/platforms/lfx/policy.ts";
import { startLfxSandbox } from "../../../src/platforms/lfx/sandbox/server.ts";
import { type JsonObject, parseJson } from "../../../src/shared/json.ts";
import { type FakeLfx, fakeLfx } from "../../fakes/lfx/start.ts";
import { serveProgram } from "../../support/http-program.ts";
import { ALL_TOOLS, ARGUMENTS } from "../../support/lfx/arguments.ts";
import { API_KEY, expectNoSecrets, upstreamEnvironment } from "../../support/lfx/program.ts";
import { passingClock } from "../../support/passing-clock.ts";
import {
  clientEnvironment,
  connect,
  type Environment,
  type Message,
  programFile,
  run,
} from "../../support/program.ts";
import { openTerminal } from "../../support/terminal.ts";
import { modernMeta } from "../../support/tiny-server.ts";

const TRANSPORTS = ["stdio", "http"] as const;
const ERAS = ["legacy", "modern"] as const;
type Transport = (typeof TRANSPORTS)[number];
type Era = (typeof ERAS)[number];

type Call = { readonly name: string; readonly arguments: JsonObject };
type Reply = { readonly result: JsonObject } | { readonly error: JsonObject };

/** A call that ended, or one that waits for its user. */
type Step = {
  readonly result?: JsonObject;
  readonly question?: JsonObject;
  /** In the modern era. */
  readonly state: string;
  /** Answers the question. */
  readonly reply: (reply: Reply) => Promise<Step>;
  /** In the modern era: sends the call again with the state and an answer, or a changed one. */
  readonly repeat: (change?: JsonObject, key?: string, url?: string) => Promise<Step>;
};

type Client = {
  readonly list: () => Promise<readonly string[]>;
  readonly call: (call: Call) => Promise<Step>;
};

const OTHER_KEY = "a static key for somebody else, not the job";
const KEYS = { LFXMCP_API_CREDENTIALS_NIGHTLY: API_KEY, LFXMCP_API_CREDENTIALS_OTHER: OTHER_KEY };
const BOTH = { elicitation: { form: {}, url: {} } };
const ACCEPT = { action: "accept" };

function unused(): Promise<never> {
  throw new Error("nothing to answer");
}

function ended(result: JsonObject): Step {
  return { result, state: "", reply: unused, repeat: unused };
}

/** Sends requests of the modern era, and repeats a call with its answer. */
function modernClient(
  send: (method: string, params: JsonObject, key?: string, url?: string) => Promise<Message>,
  capabilities: JsonObject,
): Client {
  const _meta = modernMeta({ "io.modelcontextprotocol/clientCapabilities": capabilities });
  const call = async (params: JsonObject, key?: string, url?: string): Promise<Step> => {
    const { result = {} } = await send("tools/call", { ...params, _meta }, key, url);
    if (result.resultType !== "input_required") return ended(result);
    const { requestState } = result;
    const { confirm } = result.inputRequests as { confirm: { method: string; params: JsonObject } };
    expect(confirm.method).toBe("elicitation/create");
    const repeat: Step["repeat"] = (change = {}, ...to) =>
      call({ ...params, requestState, inputResponses: { confirm: ACCEPT }, ...change }, ...to);
    return {
      question: confirm.params,
      state: String(requestState),
      reply: (reply) => repeat({ inputResponses: { confirm: "result" in reply ? reply.result : reply } }),
      repeat,
    };
  };
  return {
    call,
    list: async () => namesIn(await send("tools/list", { _meta })),
  };
}

/** A client of the legacy era, which is asked while its call waits. */
async function legacyClient(
  args: readonly string[],
  env: Environment,
  capabilities: JsonObject,
): Promise<Client> {
  const { send, request, until, received } = connect(args, env);
  const clientInfo = { name: "test", version: "1" };
  await request("initialize", { protocolVersion: "2025-06-18", capabilities, clientInfo });
  const next = async (from: number): Promise<Step> => {
    const message = (await until(
      (one) => received.indexOf(one) >= from && (one.id === "call" || "method" in one),
    )) as Message & { params?: JsonObject };
    if (message.result) return ended(message.result);
    const reply = (outcome: Reply): Promise<Step> => {
      send({ jsonrpc: "2.0", id: message.id, ...outcome });
      return next(received.indexOf(message) + 1);
    };
    return { question: message.params ?? {}, state: "", reply, repeat: unused };
  };
  return {
    list: async () => namesIn(await request("tools/list")),
    call: (params) => {
      const from = received.length;
      send({ jsonrpc: "2.0", id: "call", method: "tools/call", params });
      return next(from);
    },
  };
}

function namesIn({ result = {} }: Message): readonly string[] {
  return (result.tools as { name: string }[]).map(({ name }) => name);
}

/** Sends one request to a server, as a client of that era does. */
function sendTo(url: string, era: Era) {
  return async (method: string, params: JsonObject, key = API_KEY, to = url): Promise<Message> => {
    const response = await fetch(to, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json",
        authorization: `Bearer ${key}`,
        "mcp-protocol-version": era === "modern" ? "2026-07-28" : "2025-06-18",
        ...(era === "modern" && { "mcp-method": method }),
        ...(era === "modern" && typeof params.name === "string" && { "mcp-name": params.name }),
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    });
    return (await response.json()) as Message;
  };
}

/** Starts the program, and connects a client with these capabilities. */
async function open(
  transport: Transport,
  era: Era,
  capabilities: JsonObject,
  { args = ["--confirm", "destructive"], env = {} }: { args?: readonly string[]; env?: Environment },
): Promise<Client> {
  if (transport === "http") {
    const { url, log } = await serveProgram(["lfx", "http", "--port", "0", ...args], { ...KEYS, ...env });
    onTestFinished(() => expectNoSecrets(log(), [OTHER_KEY]));
    const send = sendTo(url, era);
    if (era === "modern") return modernClient(send, capabilities);
    await send("initialize", {
      protocolVersion: "2025-06-18",
      capabilities,
      clientInfo: { name: "test", version: "1" },
    });
    const call = async (params: JsonObject): Promise<Step> => {
      const { result = {} } = await send("tools/call", params);
      return ended(result);
    };
    return { call, list: async () => namesIn(await send("tools/list", {})) };
  }
  if (era === "legacy") return legacyClient(["lfx", ...args], env, capabilities);
  const { request } = connect(["lfx", ...args], env);
  return modernClient(request, capabilities);
}

/** LFX for one test, which fails if it receives an invalid request. */
async function strictLfx() {
  const lfx = await fakeLfx();
  onTestFinished(() => expect(lfx.faults).toEqual([]));
  return { lfx, env: { ...upstreamEnvironment(lfx), LFXMCP_MCP_API_AUTH_SERVERS: lfx.auth.issuer } };
}

/** The writes that LFX received since the last call. */
function writesOf({ journal }: FakeLfx): readonly string[] {
  return journal
    .take()
    .filter((line) => /^mcp > (?:lfx|onboarding): (?:POST|PUT|DELETE) /.test(line))
    .filter((line) => !/\/(?:access-check|find-user|render|roles)\b/.test(line));
}

const REMOVE = { name: "delete_committee_member", arguments: { ...ARGUMENTS.delete_committee_member } };
const QUESTION =
  /^Remove "Dora" \(dora@company\.test\) from the committee "Board" of the project "tlf"\? .*This cannot be undone\.$/;

/** Where the user can be asked. */
const ASKING: readonly (readonly [Transport, Era])[] = [
  ["stdio", "legacy"],
  ["stdio", "modern"],
  ["http", "modern"],
];

const FORM_CAPABILITIES = [{ elicitation: {} }, { elicitation: { form: {} } }, BOTH];

const DECLINED =
  /^insufficient_scope: The user declined delete_committee_member\. Nothing was changed\. Do not /;
const NO_ANSWER = /^insufficient_scope: The user did not answer whether to run .* Nothing was changed\. Ask /;

const ANSWERS: readonly (readonly [answer: Reply, text: RegExp, writes: number])[] = [
  [{ result: ACCEPT }, /^Committee member .* deleted successfully/, 1],
  [{ result: { action: "decline" } }, DECLINED, 0],
  [{ result: { action: "cancel" } }, NO_ANSWER, 0],
  [{ error: { code: -32603, message: "no dialog" } }, NO_ANSWER, 0],
];

function textOf(step: Step): string {
  const [block] = (step.result?.content ?? []) as { text: string }[];
  return block?.text ?? "";
}

describe.each(ASKING)("over %s in the %s era", (transport, era) => {
  describe.each(FORM_CAPABILITIES)("a client with %j", (capabilities) => {
    test.each(ANSWERS)("that answers %j gets %s", async (answer, text, writes) => {
      const { lfx, env } = await strictLfx();
      const { call } = await open(transport, era, capabilities, { env });
      const asked = await call(REMOVE);
      expect(asked.question).toEqual({
        mode: "form",
        message: expect.stringMatching(QUESTION),
        requestedSchema: { type: "object", properties: {} },
      });
      expect(writesOf(lfx)).toEqual([]);
      expect(textOf(await asked.reply(answer))).toMatch(text);
      expect(writesOf(lfx)).toHaveLength(writes);
    });
  });

  test("a client sees and confirms the tools also if that is required", async () => {
    const { lfx, env } = await strictLfx();
    const args = ["--confirm", "destructive", "--confirm-required"];
    const { call, list } = await open(transport, era, BOTH, { args, env });
    expect(await list()).toContain(REMOVE.name);
    const done = await (await call(REMOVE)).reply({ result: ACCEPT });
    expect(textOf(done)).toMatch(/deleted successfully/);
    expect(writesOf(lfx)).toHaveLength(1);
  });
});

/** Where the user cannot be asked. */
const SILENT = [
  ...TRANSPORTS.flatMap((transport) =>
    ERAS.flatMap((era) => [{}, { elicitation: { url: {} } }].map((can) => [transport, era, can] as const)),
  ),
  ["http", "legacy", BOTH] as const,
];

describe.each(SILENT)("over %s in the %s era, a client with %j", (transport, era, capabilities) => {
  test("calls without a question", async () => {
    const { lfx, env } = await strictLfx();
    const { call, list } = await open(transport, era, capabilities, { env });
    expect(await list()).toContain(REMOVE.name);
    expect(textOf(await call(REMOVE))).toMatch(/deleted successfully/);
    expect(writesOf(lfx)).toHaveLength(1);
  });

  test("neither sees nor calls the tools if the question is required", async () => {
    const { lfx, env } = await strictLfx();
    const args = ["--confirm", "destructive", "--confirm-required"];
    const { call, list } = await open(transport, era, capabilities, { args, env });
    const names = await list();
    expect(names).toContain("create_committee_member");
    expect(names.filter((name) => ["update", "destructive"].includes(POLICY[name as ToolName].kind))).toEqual(
      [],
    );
    lfx.journal.take();
    expect(textOf(await call(REMOVE))).toMatch(
      /^unsupported_tool: delete_committee_member requires .* Nothing was changed\. Use an MCP client that supports elicitation/,
    );
    expect(lfx.journal.take()).toEqual([]);
  });
});

/** Which kinds of tools each mode asks for. */
test.each([
  ["destructive", ["update", "destructive"]],
  ["writes", ["write", "update", "destructive"]],
  ["never", []],
])("--confirm %s asks before tools of the kinds %j", async (mode, kinds) => {
  const { lfx, env } = await strictLfx();
  const args = ["--confirm", mode, "--tools", ALL_TOOLS.join(",")];
  const { call } = await open("stdio", "modern", BOTH, { args, env });
  for (const name of ALL_TOOLS.filter((tool) => tool !== "user_info")) {
    const { kind } = POLICY[name as ToolName];
    const sent =
      name === "send_email" ? { mode: "send", to_email: "dora@company.test", to_name: "Dora" } : {};
    const step = await call({ name, arguments: { ...ARGUMENTS[name], ...sent } });
    expect([name, step.question !== undefined]).toEqual([name, kinds.includes(kind)]);
    if (step.question) {
      expect(step.question.message).not.toMatch(/^Run /);
      expect(textOf(await step.reply({ result: { action: "decline" } }))).toMatch(
        /^insufficient_scope: The user/,
      );
    }
  }
  const written = ALL_TOOLS.filter((name) => {
    const { kind } = POLICY[name as ToolName];
    return kind !== "read" && !kinds.includes(kind);
  });
  expect(writesOf(lfx)).toHaveLength(written.length);
});

describe("requestState", () => {
  /** An emulator that keeps changes, and what it has to write. */
  const startEmulator = async () => {
    const writes: string[] = [];
    const { url, close } = await startLfxSandbox({
      observe: ({ method, path }) => {
        if (/^(?:PUT|DELETE)$/.test(method)) writes.push(`${method} ${path}`);
      },
    });
    onTestFinished(close);
    const env = {
      LFXMCP_LFX_API_URL: url.href,
      LFXMCP_TOKEN_ENDPOINT: new URL("/oauth/token", url).href,
      LFXMCP_CLIENT_ID: SANDBOX_TOKEN,
      LFXMCP_CLIENT_SECRET: SANDBOX_TOKEN,
      ...KEYS,
    };
    const serve = async (more: Environment = {}) => {
      const args = ["lfx", "http", "--port", "0", "--confirm", "destructive"];
      const hosted = await serveProgram(args, { ...env, ...more });
      onTestFinished(() => expectNoSecrets(hosted.log(), [OTHER_KEY]));
      return hosted;
    };
    return { serve, writes };
  };
  const clientOf = (url: string) => modernClient(sendTo(url, "modern"), BOTH);

  /** A seat of the emulator, and calls about it. */
  const findSeat = async ({ call }: Client) => {
    const { result } = await call({ name: "search_committee_members", arguments: { page_size: 1 } });
    const { resources } = parseJson(textOf(ended(result ?? {}))) as { resources: { data: JsonObject }[] };
    const { uid: member_uid, committee_uid, job_title } = resources[0]?.data ?? {};
    const seat = { member_uid, committee_uid };
    return {
      job_title,
      rename: (title: string) => ({
        name: "update_committee_member",
        arguments: { ...seat, job_title: title },
      }),
      remove: { name: "delete_committee_member", arguments: seat },
    };
  };

  const REFUSED = "Nothing was done\\. Call the tool again without requestState and inputResponses";
  const MISMATCH = new RegExp(
    `^invalid_input: The answer is for another tool, other arguments, .* ${REFUSED}`,
  );
  const INVALID = new RegExp(
    `^invalid_input: The answer is for another server, or was changed\\. ${REFUSED}`,
  );

  test("is refused for another call, and then still counts once for its own", async () => {
    const { serve, writes } = await startEmulator();
    const { url } = await serve();
    const client = clientOf(url);
    const { rename, remove } = await findSeat(client);
    const call = rename("Captain");
    const asked = await client.call(call);
    expect(textOf(await asked.repeat({ arguments: rename("Admiral").arguments }))).toMatch(MISMATCH);
    expect(textOf(await asked.repeat({ arguments: { ...call.arguments, skip_enrichment: true } }))).toMatch(
      MISMATCH,
    );
    expect(textOf(await asked.repeat(remove))).toMatch(MISMATCH);
    expect(textOf(await asked.repeat({}, OTHER_KEY))).toMatch(MISMATCH);
    expect(writes).toEqual([]);
    // A client may send the arguments in another order.
    const reordered = Object.fromEntries(Object.entries(call.arguments).reverse());
    const done = await asked.repeat({ arguments: reordered });
    expect(done.result).toMatchObject({ structuredContent: { job_title: "Captain" } });
    expect(textOf(await asked.repeat())).toMatch(
      new RegExp(`^invalid_input: The answer was used before\\. ${REFUSED}`),
    );
    expect(writes).toHaveLength(1);
  });

  test("is refused if anything in it was changed", async () => {
    const { serve, writes } = await startEmulator();
    const { url } = await serve();
    const client = clientOf(url);
    const asked = await client.call((await findSeat(client)).rename("Captain"));
    const [version = "", payload = "", signature = ""] = asked.state.split(".");
    const claims = parseJson(Buffer.from(payload, "base64url").toString()) as JsonObject;
    const forge = (change: JsonObject): string =>
      [version, Buffer.from(JSON.stringify({ ...claims, ...change })).toString("base64url"), signature].join(
        ".",
      );
    for (const requestState of [
      forge({ until: Date.now() + 1e9 }),
      forge({ data: "another question" }),
      forge({ call: [] }),
      `${version}.${payload}.`,
      `${version}.${payload}`,
      "",
      7,
    ])
      expect(textOf(await asked.repeat({ requestState }))).toMatch(INVALID);
    expect(asked.state).not.toContain(API_KEY);
    expect(JSON.stringify(claims)).not.toMatch(/Captain|static key|sandbox/);
    expect(writes).toEqual([]);
  });

  test("is finished by any instance of the deployment, and by no other server", async () => {
    const { serve, writes } = await startEmulator();
    const [one, two, stranger] = await Promise.all([
      serve(),
      serve(),
      serve({ LFXMCP_CLIENT_SECRET: "the secret of another deployment" }),
    ]);
    const client = clientOf(one.url);
    const { rename, remove } = await findSeat(client);
    const asked = await client.call(rename("Captain"));
    expect(textOf(await asked.repeat({}, API_KEY, stranger.url))).toMatch(INVALID);
    expect((await asked.repeat({}, API_KEY, two.url)).result).toMatchObject({
      structuredContent: { job_title: "Captain" },
    });
    // The first instance does not know that. What changed since then is a new question.
    const again = await asked.repeat();
    expect(again.question?.message).toMatch(
      /^The data has changed since the last question\. Update the seat/,
    );
    expect(writes).toHaveLength(1);
    const removal = await client.call(remove);
    expect(textOf(await removal.repeat({}, API_KEY, two.url))).toMatch(/deleted successfully/);
    expect(textOf(await removal.repeat())).toMatch(/^not_found: /);
    expect(writes).toHaveLength(2);
    expect(two.lines().filter(({ msg }) => msg === "call")).toMatchObject([
      { tool: "update_committee_member", outcome: "ok", answer: "accept", level: "info" },
      { tool: "delete_committee_member", outcome: "ok", answer: "accept", level: "info" },
    ]);
  });

  test("of a record that was changed in the meantime leads to a new question", async () => {
    const { serve, writes } = await startEmulator();
    const { url } = await serve();
    const client = clientOf(url);
    const { rename, job_title } = await findSeat(client);
    const [first, other] = [await client.call(rename("Captain")), await client.call(rename("Admiral"))];
    expect(first.question?.message).toContain(`job title from "${job_title}" to "Captain"`);
    await other.repeat();
    const again = await first.repeat();
    expect(again.question?.message).toMatch(
      /since the last question\. .* job title from "Admiral" to "Captain"/,
    );
    expect(writes).toHaveLength(1);
    expect((await again.repeat()).result).toMatchObject({ structuredContent: { job_title: "Captain" } });
    expect(writes).toHaveLength(2);
  });

  test("counts for five minutes", async () => {
    const { serve, writes } = await startEmulator();
    const clock = passingClock();
    const { url } = await serve(clock.env);
    const client = clientOf(url);
    const { rename } = await findSeat(client);
    const late = await client.call(rename("Captain"));
    clock.pass(240);
    const early = await client.call(rename("Captain"));
    clock.pass(61);
    expect(textOf(await late.repeat())).toMatch(
      new RegExp(`^invalid_input: The answer came too late\\. ${REFUSED}`),
    );
    expect(writes).toEqual([]);
    expect((await early.repeat()).result).toMatchObject({ structuredContent: { job_title: "Captain" } });
  });
});

test("in the legacy era, a question without an answer ends after five minutes", async () => {
  const { lfx, env } = await strictLfx();
  const clock = passingClock(true);
  const { send, request, until } = connect(["lfx", "--confirm", "destructive"], { ...env, ...clock.env });
  await request("initialize", { protocolVersion: "2025-06-18", capabilities: BOTH });
  send({ jsonrpc: "2.0", id: "call", method: "tools/call", params: REMOVE });
  await until((message) => "method" in message && message.method === "elicitation/create");
  clock.pass(300);
  await until((message) => "method" in message && message.method === "notifications/cancelled");
  const { result = {} } = await until((message) => message.id === "call");
  expect(textOf(ended(result))).toMatch(NO_ANSWER);
  expect(writesOf(lfx)).toEqual([]);
});

test("a server over HTTP without a shared secret says what that means", async () => {
  const { lines } = await serveProgram(["lfx", "http", "--port", "0", "--confirm", "writes"], KEYS);
  expect(lines().map(({ msg }) => msg)).toContainEqual(
    expect.stringMatching(
      /^--confirm signs questions with a key from LFXMCP_CLIENT_SECRET or .* neither is set/,
    ),
  );
});

describe.each([
  ["accept", /deleted successfully/],
  ["decline", DECLINED],
] as const)("with the SDK's client, a user who answers %s", (action, text) => {
  const IDENTITY = { name: "test", version: "1" };
  const parametersOf = (env: Environment) => ({
    command: process.execPath,
    args: [programFile(), "lfx", "--confirm", "destructive"],
    env: clientEnvironment(env),
    stderr: "ignore" as const,
  });

  test("through version 1.x", async () => {
    const { env } = await strictLfx();
    const client = new ClientV1(IDENTITY, { capabilities: BOTH });
    const messages: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      messages.push(params.message);
      return { action };
    });
    await client.connect(new StdioClientTransport(parametersOf(env)));
    onTestFinished(() => client.close());
    expect(textOf(ended(await client.callTool(REMOVE)))).toMatch(text);
    expect(messages).toEqual([expect.stringMatching(QUESTION)]);
  });

  test("through version 2.x", async () => {
    const { env } = await strictLfx();
    const client = new ClientV2(IDENTITY, { versionNegotiation: { mode: "auto" }, capabilities: BOTH });
    const messages: string[] = [];
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      messages.push(params.message);
      return { action };
    });
    await client.connect(new StdioTransportV2(parametersOf(env)));
    onTestFinished(() => client.close());
    expect(client.getProtocolEra()).toBe("modern");
    expect(textOf(ended(await client.callTool(REMOVE)))).toMatch(text);
    expect(messages).toEqual([expect.stringMatching(QUESTION)]);
  });
});

describe("lfx call", () => {
  const words = (...more: readonly string[]): readonly string[] => {
    const input = ["--input", JSON.stringify(REMOVE.arguments)];
    return ["lfx", "call", REMOVE.name, ...input, "--confirm", "destructive", ...more];
  };
  const DONE = /^Committee member .* deleted successfully/;

  test.skipIf(process.platform === "win32").each([
    ["y", 0, /Committee member .* deleted\s+successfully/, 1],
    ["n", 130, /No\s+Canceled\. Nothing was changed\.\s*$/, 0],
    ["\r", 130, /No\s+Canceled\. Nothing was changed\.\s*$/, 0],
    ["\u0003", 130, /No\s+│?\s*Canceled\.\s*$/, 0],
    ["\u0004", 130, /No\s+│?\s*Canceled\.\s*$/, 0],
    // Not "Yes", to which the cursor of the prompt would move.
    ["\u001b", 130, /No\s+│?\s*Canceled\.\s*$/, 0],
  ])("asks in a terminal, and the key %j exits with %i", async (key, code, text, writes) => {
    const { lfx, env } = await strictLfx();
    const terminal = openTerminal(words(), { ...env, CI: "" }, 200);
    await terminal.shows(
      /Remove "Dora" \(dora@company\.test\) from the committee "Board" .*[\s\S]*Yes[\s\S]*No/,
    );
    expect(writesOf(lfx)).toEqual([]);
    terminal.type(key);
    expect(await terminal.exited).toBe(code);
    expect(terminal.text()).toMatch(text);
    expect(terminal.hasCursor()).toBe(true);
    expect(writesOf(lfx)).toHaveLength(writes);
  });

  test.skipIf(process.platform === "win32")("wraps the question between words", async () => {
    const { env } = await strictLfx();
    const terminal = openTerminal(words(), { ...env, CI: "" }, 40);
    await terminal.shows(/Yes \/ /);
    const lines = terminal
      .text()
      .split(/[\r\n]+/)
      .filter((line) => /^[◆│] {2}/.test(line));
    expect(
      lines
        .slice(0, -1)
        .map((line) => line.slice(3))
        .join(" "),
    ).toMatch(QUESTION);
    terminal.type("n");
    expect(await terminal.exited).toBe(130);
  });

  test.skipIf(process.platform === "win32")("asks nothing with --yes", async () => {
    const { env } = await strictLfx();
    const terminal = openTerminal(words("--yes"), env, 200);
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toMatch(DONE);
  });

  test.each([
    [["--yes"], 0],
    [["--confirm-required", "--yes"], 0],
    [[], 1],
    [["--confirm-required"], 1],
  ])("without a terminal and with %j exits with %i", async (more, expected) => {
    const { lfx, env } = await strictLfx();
    const { code, stdout, stderr } = await run(words(...more), env);
    expect(code).toBe(expected);
    if (expected === 0) expect(stdout).toMatch(DONE);
    else
      expect(stderr.replaceAll(/\s+/g, " ")).toMatch(
        /^unsupported_tool: .* Nothing was changed\. Run the command in a terminal, or add --yes\. $/,
      );
    expect(writesOf(lfx)).toHaveLength(expected === 0 ? 1 : 0);
  });
});

test("doctor sees all tools of a server that requires the question", async () => {
  const confirm = ["--confirm", "destructive", "--confirm-required"];
  const { stdout } = await run(["lfx", "doctor", "--sandbox", "--offline", ...confirm], {});
  expect(stdout).toMatch(/Handshake: 50 tools listed/);
});
