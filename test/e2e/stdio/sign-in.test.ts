import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioTransportV2 } from "@modelcontextprotocol/client/stdio";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import {
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../../src/platforms/lightfast/sandbox/server.ts";
import { submitKey, visit } from "../../support/browse.ts";
import { serveHttp } from "../../support/http-program.ts";
import {
  clientEnvironment,
  connect,
  type Environment,
  type Message,
  programFile,
  run,
} from "../../support/program.ts";
import { modernMeta } from "../../support/tiny-server.ts";

type Sandbox = Awaited<ReturnType<typeof startSandbox>>;

const KEY = "lf_sandbox_teammate";
const HEALTH = { name: "lightfast_system_health", arguments: {} };
const CREATE = { name: "lightfast_signals_create", arguments: { input: "Signed in from the chat" } };
const URL_MODE = { elicitation: { form: {}, url: {} } };
const NO_KEY =
  /^missing_token: No Lightfast API key is set\. Create one in Lightfast under Settings > API Keys\./;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

let home: string;
let env: Environment;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "lightfast-mcp-home-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  env = { HOME: home, USERPROFILE: home, LIGHTFAST_BASE_URL: sandbox.url.origin };
});

const FOLDERS: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ["Library", "Application Support", "lightfast-mcp"],
  win32: ["AppData", "Roaming", "lightfast-mcp"],
};
function file(name = "default") {
  return join(
    home,
    ...(FOLDERS[process.platform] ?? [".config", "lightfast-mcp"]),
    "profiles",
    `${name}.json`,
  );
}

function textOf({ result }: Message): string {
  const [block] = (result?.content ?? []) as { text: string }[];
  return block?.text ?? "";
}

type Elicitation = { mode: string; message: string; url: string; elicitationId?: string };

/** A client of the modern era. It records what it sends. */
function modern(args: readonly string[] = [], more: Environment = {}) {
  const peer = connect(args, { ...env, ...more });
  const sent: unknown[] = [];
  const call = async (params: object, capabilities: object = URL_MODE) => {
    const all = {
      ...params,
      _meta: modernMeta({ "io.modelcontextprotocol/clientCapabilities": capabilities }),
    };
    sent.push(all);
    return peer.request("tools/call", all);
  };
  const question = ({ result }: Message) => {
    const requests = result?.inputRequests as Record<string, { method: string; params: Elicitation }>;
    expect(Object.keys(requests)).toEqual(["sign-in"]);
    expect(requests["sign-in"]?.method).toBe("elicitation/create");
    return requests["sign-in"]?.params as Elicitation;
  };
  const answer = (asked: Message, action: string, params: object = HEALTH) =>
    call({
      ...params,
      requestState: asked.result?.requestState,
      inputResponses: { "sign-in": { action } },
    });
  return { ...peer, sent, call, question, answer };
}

/** A client of the legacy era, after the handshake. */
async function legacy(capabilities: object = URL_MODE, args: readonly string[] = [], more: Environment = {}) {
  const peer = connect(args, { ...env, ...more });
  await peer.request("initialize", {
    protocolVersion: "2025-06-18",
    capabilities,
    clientInfo: { name: "test", version: "1" },
  });
  const method = (name: string) => (message: Message) => (message as { method?: string }).method === name;
  const asked = async () =>
    (await peer.until(method("elicitation/create"))) as Message & { id: number; params: Elicitation };
  return { ...peer, method, asked };
}

describe("in the modern era", () => {
  test("a call without a key leads to a page, then runs with the key that was stored there", async () => {
    const { call, question, answer, sent, received, stderr, end } = modern();
    const asked = await call(CREATE);
    expect(asked.result).toMatchObject({ resultType: "input_required", requestState: expect.any(String) });
    const { mode, message, url, elicitationId } = question(asked);
    expect({ mode, elicitationId }).toEqual({ mode: "url", elicitationId: undefined });
    expect(message).toMatch(/^No Lightfast API key is set\. Sign in to 127\.0\.0\.1:\d+ on this page/);
    expect((await visit(url)).text).toContain(`href="${sandbox.url.origin}/account/settings"`);
    expect(await submitKey(url, "nonsense")).toMatchObject({
      status: 422,
      text: /does not start with &#34;lf_&#34;/,
    });
    expect(await submitKey(url, "lf_sandbox_expired")).toMatchObject({
      status: 422,
      text: /API key expired/,
    });
    expect(existsSync(file())).toBe(false);
    expect(await submitKey(url, `Bearer ${KEY}`)).toMatchObject({
      status: 200,
      text: /lf_…mate.* stored as profile default/,
    });
    expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({
      apiKey: KEY,
      baseUrl: `${sandbox.url.origin}/`,
    });
    const done = await answer(asked, "accept", CREATE);
    expect(done.result).toMatchObject({ resultType: "complete", structuredContent: { status: "queued" } });
    // The next call asks nothing.
    expect((await call(HEALTH)).result).toMatchObject({ structuredContent: { status: "ok" } });
    const { code } = await end();
    expect(code).toBe(0);
    // The key never passes through the protocol or the log.
    expect(JSON.stringify([sent, received]) + stderr()).not.toContain(KEY);
    await expect(visit(url)).rejects.toThrow(/ECONNREFUSED/);
  });

  test("a call that is repeated before the page is finished waits for it", async () => {
    const { call, question, answer, end } = modern();
    const asked = await call(HEALTH);
    const repeated = answer(asked, "accept");
    expect((await submitKey(question(asked).url, KEY)).status).toBe(200);
    expect((await repeated).result).toMatchObject({ structuredContent: { status: "ok" } });
    await end();
  });

  test.each(["decline", "cancel"])(
    "a user who answers %s gets the error with the next step",
    async (action) => {
      const { call, answer, end } = modern();
      expect(textOf(await answer(await call(HEALTH), action))).toMatch(NO_KEY);
      expect(await end()).toMatchObject({ code: 1 });
      expect(existsSync(file())).toBe(false);
    },
  );

  test.each([{}, { elicitation: {} }, { elicitation: { form: {} } }])(
    "a client with the capabilities %j gets the error with the next step",
    async (capabilities) => {
      const { call, end } = modern();
      const { result } = await call(HEALTH, capabilities);
      expect(textOf({ result: result ?? {} })).toMatch(NO_KEY);
      expect(result).toMatchObject({ resultType: "complete", isError: true });
      await end();
    },
  );

  test("an answer to another call, or from another server, is refused", async () => {
    const [one, other] = [modern(), modern()];
    const asked = await one.call(HEALTH);
    for (const repeated of [await one.answer(asked, "accept", CREATE), await other.answer(asked, "accept")])
      expect(textOf(repeated)).toMatch(
        /^invalid_input: The answer is for another .* Call the tool again without/,
      );
    await Promise.all([one.end(), other.end()]);
  });

  test("parallel calls share one page", async () => {
    const { call, question, answer, end } = modern();
    const asked = await Promise.all([call(HEALTH), call(HEALTH)]);
    const [url, same] = asked.map((message) => question(message).url);
    expect(same).toBe(url);
    await submitKey(String(url), KEY);
    for (const message of asked)
      expect((await answer(message, "accept")).result).toMatchObject({ structuredContent: { status: "ok" } });
    await end();
  });

  test("the key goes to the profile that the server was started with", async () => {
    const { call, question, answer, end } = modern(["--profile", "work"]);
    const asked = await call(HEALTH);
    expect(await submitKey(question(asked).url, KEY)).toMatchObject({ text: /stored as profile work/ });
    expect((await answer(asked, "accept")).result).toMatchObject({ structuredContent: { status: "ok" } });
    expect([existsSync(file("work")), existsSync(file())]).toEqual([true, false]);
    await end();
  });

  test("a key whose organization is not set up is stored, and the page says so", async () => {
    const { call, question, answer, end } = modern();
    const asked = await call(HEALTH);
    expect(await submitKey(question(asked).url, "lf_sandbox_unbound")).toMatchObject({
      status: 200,
      text: /It cannot read signals yet\. .*GitHub/,
    });
    expect((await answer(asked, "accept")).result).toMatchObject({ structuredContent: { status: "ok" } });
    await end();
  });

  test("a stored key that Lightfast rejects is replaced", async () => {
    await run(["login", "--stdin"], env, KEY);
    writeFileSync(file(), JSON.stringify({ apiKey: "lf_sandbox_expired", baseUrl: sandbox.url.origin }));
    const { call, question, answer, end } = modern();
    const asked = await call(HEALTH);
    expect(question(asked).message).toMatch(/^Lightfast rejected the API key/);
    await submitKey(question(asked).url, KEY);
    expect((await answer(asked, "accept")).result).toMatchObject({ structuredContent: { status: "ok" } });
    await end();
  });

  test("a login that was stored in the meantime is used without asking, by any client", async () => {
    const { call, end } = modern();
    expect(textOf(await call(HEALTH, {}))).toMatch(NO_KEY);
    await run(["login", "--stdin"], env, KEY);
    expect((await call(HEALTH, {})).result).toMatchObject({ structuredContent: { status: "ok" } });
    expect(await end()).toMatchObject({ code: 0 });
  });

  test("where a given key overrides a login, no page is offered", async () => {
    const { call, end } = modern([], { LIGHTFAST_API_KEY: "lf_sandbox_expired" });
    expect(textOf(await call(HEALTH))).toMatch(
      /^invalid_token: .* LIGHTFAST_API_KEY overrides a login, so no sign-in page is offered\. Correct it, or remove it and run: \S.* login$/,
    );
    await end();
  });

  test("the login of another URL is not replaced", async () => {
    await run(["login", "--stdin"], env, KEY);
    const { call, end } = modern([], { LIGHTFAST_BASE_URL: "http://127.0.0.1:1" });
    expect(textOf(await call(HEALTH))).toMatch(/^missing_token: The login of profile default is for /);
    expect(JSON.parse(readFileSync(file(), "utf8"))).toMatchObject({ apiKey: KEY });
    await end();
  });
});

describe("in the legacy era", () => {
  test("the client is asked while its call waits, hears when the page is done, and gets the result", async () => {
    const { send, asked, until, method, received, stderr, end } = await legacy();
    send({ jsonrpc: "2.0", id: "call", method: "tools/call", params: CREATE });
    const { id, params } = await asked();
    expect(params).toMatchObject({
      mode: "url",
      url: /^http:\/\/127\.0\.0\.1:/,
      elicitationId: /^[\w-]{12}$/,
    });
    send({ jsonrpc: "2.0", id, result: { action: "accept" } });
    expect((await submitKey(params.url, KEY)).status).toBe(200);
    const complete = await until(method("notifications/elicitation/complete"));
    expect(complete).toMatchObject({ params: { elicitationId: params.elicitationId } });
    expect((await until((message) => message.id === "call")).result).toMatchObject({
      structuredContent: { status: "queued" },
    });
    expect(await end()).toMatchObject({ code: 0 });
    expect(JSON.stringify(received) + stderr()).not.toContain(KEY);
  });

  test("a page that is done before the client answers ends the question", async () => {
    const { send, asked, until, method, end } = await legacy();
    send({ jsonrpc: "2.0", id: "call", method: "tools/call", params: HEALTH });
    const { id, params } = await asked();
    await submitKey(params.url, KEY);
    expect(await until(method("notifications/cancelled"))).toMatchObject({ params: { requestId: id } });
    expect((await until((message) => message.id === "call")).result).toMatchObject({
      structuredContent: { status: "ok" },
    });
    await end();
  });

  test.each([
    ["declines", { result: { action: "decline" } }],
    ["cancels", { result: { action: "cancel" } }],
    ["fails", { error: { code: -32603, message: "no dialog" } }],
  ])("a client that %s gets the error with the next step", async (_, reply) => {
    const { send, asked, until, end } = await legacy();
    send({ jsonrpc: "2.0", id: "call", method: "tools/call", params: HEALTH });
    const { id } = await asked();
    send({ jsonrpc: "2.0", id, ...reply });
    expect(textOf(await until((message) => message.id === "call"))).toMatch(NO_KEY);
    await end();
  });

  test.each([{}, { elicitation: {} }, { elicitation: { form: {} } }])(
    "a client with the capabilities %j gets the error with the next step",
    async (capabilities) => {
      const { request, end } = await legacy(capabilities);
      expect(textOf(await request("tools/call", HEALTH))).toMatch(NO_KEY);
      await end();
    },
  );

  test.each([false, true])(
    "a client that goes away ends the server, whether it accepted: %j",
    async (hasAccepted) => {
      const { send, asked, received, end } = await legacy();
      send({ jsonrpc: "2.0", id: "call", method: "tools/call", params: HEALTH });
      const { id, params } = await asked();
      if (hasAccepted) send({ jsonrpc: "2.0", id, result: { action: "accept" } });
      expect(await end()).toMatchObject({ code: 1 });
      expect(received.at(-1)).toMatchObject({ id: "call", result: { isError: true } });
      await expect(visit(params.url)).rejects.toThrow(/ECONNREFUSED/);
    },
  );
});

describe("with the SDK's client", () => {
  const parameters = () => ({
    command: process.execPath,
    args: [programFile()],
    env: clientEnvironment(env),
  });
  const IDENTITY = { name: "test", version: "1" };

  test("1.x, the user signs in during a call", async () => {
    const client = new Client(IDENTITY, { capabilities: URL_MODE });
    const completed: string[] = [];
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      if (params.mode === "url") void submitKey(params.url, KEY);
      return { action: "accept" };
    });
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      completed.push(params.elicitationId);
    });
    await client.connect(new StdioClientTransport({ ...parameters(), stderr: "ignore" }));
    onTestFinished(() => client.close());
    expect(await client.callTool(HEALTH)).toMatchObject({ structuredContent: { status: "ok" } });
    expect(completed).toHaveLength(1);
  });

  test.each(["accept", "decline"] as const)("2.x, the user answers %s", async (action) => {
    const client = new ClientV2(IDENTITY, { versionNegotiation: { mode: "auto" }, capabilities: URL_MODE });
    client.setRequestHandler("elicitation/create", async ({ params }) => {
      if (params.mode === "url" && action === "accept") void submitKey(params.url, KEY);
      return { action };
    });
    await client.connect(new StdioTransportV2({ ...parameters(), stderr: "ignore" }));
    onTestFinished(() => client.close());
    expect(client.getProtocolEra()).toBe("modern");
    const result = await client.callTool(HEALTH);
    expect(result).toMatchObject(
      action === "accept" ? { structuredContent: { status: "ok" } } : { isError: true },
    );
  });
});

test.each([
  ["modern", modernMeta({ "io.modelcontextprotocol/clientCapabilities": URL_MODE })],
  ["legacy", {}],
])("over HTTP in the %s era, a caller's key is not asked for", async (_, meta) => {
  const { url, stop } = await serveHttp(["--auth", "api-key"], { LIGHTFAST_BASE_URL: sandbox.url.origin });
  const isModern = Object.keys(meta).length > 0;
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json",
      authorization: "Bearer lf_sandbox_expired",
      ...(isModern && {
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": HEALTH.name,
      }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { ...HEALTH, _meta: meta } }),
  });
  const { result } = (await response.json()) as Message;
  expect(textOf({ result: result ?? {} })).toMatch(/^invalid_token: /);
  expect(result).not.toHaveProperty("inputRequests");
  await stop();
});
