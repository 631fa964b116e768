import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, test } from "vitest";
import { connect, type Peer, run } from "../../support/program.ts";

const ENV = { LIGHTFAST_API_KEY: "lf_test_0123456789abcdef" };
const TOOLS = ["lightfast_signals_create", "lightfast_signals_get", "lightfast_system_health"];

const CAPABILITIES = {
  tools: {},
  prompts: {},
  resources: {},
  extensions: { "io.modelcontextprotocol/skills": { directoryRead: true } },
};

function modernMeta(version = "2026-07-28") {
  return {
    "io.modelcontextprotocol/protocolVersion": version,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  };
}

async function withPeer(work: (peer: Peer) => Promise<void>): Promise<void> {
  const peer = connect([], ENV);
  await work(peer);
  expect(await peer.end()).toMatchObject({ code: 0, stderr: "" });
}

function names(tools: unknown): unknown[] {
  return (tools as { name: string }[]).map((tool) => tool.name);
}

test.each([
  ["2024-10-07", "2024-10-07"],
  ["2024-11-05", "2024-11-05"],
  ["2025-03-26", "2025-03-26"],
  ["2025-06-18", "2025-06-18"],
  ["2025-11-25", "2025-11-25"],
  ["1999-01-01", "2025-11-25"],
])("a client that requests %s is offered %s", async (asked, offered) => {
  await withPeer(async (peer) => {
    const { result } = await peer.request("initialize", { protocolVersion: asked, capabilities: {} });
    expect(result).toMatchObject({
      protocolVersion: offered,
      capabilities: CAPABILITIES,
      serverInfo: { name: "lightfast" },
    });
    expect(result?.instructions).toMatch(/signal/i);
    peer.send({ jsonrpc: "2.0", method: "notifications/initialized" });
    expect(names((await peer.request("tools/list")).result?.tools)).toEqual(TOOLS);
    expect((await peer.request("ping")).result).toEqual({});
  });
});

test("a client of 2026-07-28 is served without a handshake", async () => {
  await withPeer(async (peer) => {
    const _meta = modernMeta();
    const discover = await peer.request("server/discover", { _meta }, "server-discover-probe-1");
    expect(discover.result).toMatchObject({
      resultType: "complete",
      supportedVersions: ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05", "2024-10-07"],
      capabilities: CAPABILITIES,
      cacheScope: "public",
      ttlMs: 300_000,
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "lightfast" } },
    });
    expect(discover.result?.instructions).toMatch(/signal/i);
    const list = await peer.request("tools/list", { _meta }, 0);
    expect(list.result).toMatchObject({ resultType: "complete", ttlMs: 300_000, cacheScope: "public" });
    expect(names(list.result?.tools)).toEqual(TOOLS);
    const call = await peer.request("tools/call", { name: "nope", _meta });
    expect(call.result).toMatchObject({ resultType: "complete", isError: true });
  });
});

test("an incomplete modern request gets the error codes of 2026-07-28", async () => {
  await withPeer(async (peer) => {
    const future = await peer.request("tools/list", { _meta: modernMeta("2099-01-01") });
    expect(future.error).toMatchObject({
      code: -32022,
      data: {
        supported: expect.arrayContaining(["2026-07-28", "2025-11-25", "2024-10-07"]),
        requested: "2099-01-01",
      },
    });
    const bare = { "io.modelcontextprotocol/protocolVersion": "2026-07-28" };
    expect((await peer.request("tools/list", { _meta: bare })).error?.code).toBe(-32602);
    expect((await peer.request("server/discover")).error?.code).toBe(-32602);
    for (const gone of ["ping", "initialize", "logging/setLevel"]) {
      expect((await peer.request(gone, { _meta: modernMeta() })).error?.code).toBe(-32601);
    }
  });
});

test("the list of prompts is empty, and other methods do not exist", async () => {
  await withPeer(async (peer) => {
    expect((await peer.request("prompts/list")).result).toEqual({ prompts: [] });
    expect((await peer.request("completion/complete")).error?.code).toBe(-32601);
    for (const name of ["constructor", "__proto__", "toString"]) {
      expect((await peer.request(name)).error?.code).toBe(-32601);
      expect((await peer.request("tools/call", { name })).result).toMatchObject({ isError: true });
    }
  });
});

test("skills are listed and read, as resources too", async () => {
  await withPeer(async (peer) => {
    const skills = (await peer.request("skills/list")).result?.skills as { uri: string }[];
    const uris = skills.map(({ uri }) => uri);
    expect(uris).toEqual([
      "skill://lightfast-record-signals/SKILL.md",
      "skill://lightfast-act-on-signals/SKILL.md",
    ]);
    const { resources } = (await peer.request("resources/list")).result as { resources: { uri: string }[] };
    expect(resources.map(({ uri }) => uri)).toEqual(expect.arrayContaining(uris));
    const read = await peer.request("resources/read", { uri: uris[0], _meta: modernMeta() });
    expect(read.result).toMatchObject({
      contents: [
        { mimeType: "text/markdown", text: expect.stringContaining("# Record signals in Lightfast") },
      ],
      ttlMs: 300_000,
      cacheScope: "public",
    });
  });
});

test("a signal is attached by reference", async () => {
  const peer = connect(["--sandbox"]);
  const { resourceTemplates } = (await peer.request("resources/templates/list")).result as {
    resourceTemplates: { uriTemplate: string }[];
  };
  expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(["lightfast://signals/{id}"]);
  const created = await peer.request("tools/call", {
    name: "lightfast_signals_create",
    arguments: { input: "Dana is blocked" },
  });
  const { id } = (created.result as { structuredContent: { id: string } }).structuredContent;
  const uri = `lightfast://signals/${id}`;
  const read = await peer.request("resources/read", { uri });
  const [content] = (read.result as { contents: { uri: string; mimeType: string; text: string }[] }).contents;
  expect(content).toMatchObject({ uri, mimeType: "application/json" });
  expect(JSON.parse(content?.text ?? "")).toMatchObject({ id, input: "Dana is blocked" });

  const errorOf = async (uri: string) => (await peer.request("resources/read", { uri })).error;
  const missing = "lightfast://signals/signal_00000000-0000-4000-8000-000000000000";
  expect(await errorOf(missing)).toMatchObject({ code: -32602, data: { uri: missing, code: "not_found" } });
  expect(await errorOf("lightfast://signals/1")).toMatchObject({
    code: -32602,
    message: expect.stringContaining("signal_<uuid>"),
    data: { uri: "lightfast://signals/1", code: "invalid_input" },
  });
  await peer.end();
});

test("a signal that cannot be read is the tool's error", async () => {
  const peer = connect([], { LIGHTFAST_API_KEY: "sk_wrong_kind" });
  const uri = "lightfast://signals/signal_00000000-0000-4000-8000-000000000000";
  const { error } = await peer.request("resources/read", { uri });
  expect(error).toMatchObject({
    code: -32603,
    message: expect.stringMatching(/^invalid_token: .*lightfast-mcp login/s),
    data: { uri, code: "invalid_token", retryable: false },
  });
  await peer.end();
});

test("invalid input gets a JSON-RPC error, and the session continues", async () => {
  const lines = [
    "this is not JSON",
    '{"jsonrpc":"2.0","id":5}',
    "42",
    "{}",
    "[]",
    '[{"jsonrpc":"2.0","id":6,"method":"ping"}]',
    '{"jsonrpc":"2.0","id":null,"method":"ping"}',
    '{"jsonrpc":"2.0","id":7,"method":"ping","params":[]}',
    '{"jsonrpc":"2.0","id":8,"result":{}}',
    '{"jsonrpc":"2.0","method":"notifications/unknown"}',
    "",
    "   ",
    '{"jsonrpc":"2.0","id":9,"method":"ping"}',
  ];
  const { code, stdout } = await run([], ENV, lines.join("\n"));
  const answers = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(code).toBe(0);
  expect(answers.map(({ id, error }) => [id, error?.code])).toEqual(
    expect.arrayContaining([
      [null, -32700],
      [5, -32600],
      [7, -32600],
      [9, undefined],
    ]),
  );
  expect(answers.filter(({ id, error }) => id === null && error.code === -32600)).toHaveLength(5);
  expect(answers).toHaveLength(9);
});

test("batches work in the one revision that has them", async () => {
  await withPeer(async (peer) => {
    await peer.request("initialize", { protocolVersion: "2025-03-26" });
    peer.send([
      { jsonrpc: "2.0", id: "a", method: "ping" },
      { jsonrpc: "2.0", method: "notifications/initialized" },
      { jsonrpc: "2.0", id: "b", method: "tools/list" },
    ]);
    const batch = await peer.until((message) => Array.isArray(message));
    expect(batch).toMatchObject([{ id: "a" }, { id: "b" }]);
  });
});

test("carriage returns, split characters and a missing final line break are accepted", async () => {
  const peer = connect([], ENV);
  const call = { jsonrpc: "2.0", id: "ünï-💡", method: "tools/call", params: { name: "ü💡" } };
  const bytes = Buffer.from(`\r\n${JSON.stringify(call)}\r\n{"jsonrpc":"2.0","id":"last","method":"ping"}`);
  for (const byte of bytes) peer.write(Buffer.from([byte]));
  const { result } = await peer.until((message) => message.id === "ünï-💡");
  expect(JSON.stringify(result)).toContain("ü💡");
  const { code } = await peer.end();
  expect(code).toBe(0);
  expect(peer.received.map((message) => message.id)).toEqual(["ünï-💡", "last"]);
});

test("a line over 4 MiB gets an error without ending the session, and one just below is read", async () => {
  await withPeer(async (peer) => {
    const line = (size: number) => {
      const head = '{"jsonrpc":"2.0","id":"big","method":"ping","params":{"x":"';
      return `${head}${"x".repeat(size - head.length - 3)}"}}`;
    };
    peer.write(`${line(4 * 1024 * 1024 + 1)}\n`);
    const refused = await peer.until((message) => message.id === null);
    expect(refused.error).toMatchObject({ code: -32600, message: expect.stringContaining("4194304") });
    peer.write(`${line(4 * 1024 * 1024)}\n`);
    expect(await peer.until((message) => message.id === "big")).toMatchObject({ result: {} });
  });
});

test("a hidden procedure is not a tool", async () => {
  await withPeer(async (peer) => {
    const { result } = await peer.request("tools/call", { name: "lightfast_signals_list", arguments: {} });
    expect(JSON.stringify(result)).toMatch(
      /unsupported_tool: There is no tool named .+lightfast_signals_list/,
    );
  });
});

test("a batch of more than 100 messages is rejected", async () => {
  await withPeer(async (peer) => {
    await peer.request("initialize", { protocolVersion: "2025-03-26" });
    peer.send(Array.from({ length: 101 }, (_, id) => ({ jsonrpc: "2.0", id, method: "ping" })));
    expect((await peer.until((message) => message.id === null)).error?.message).toMatch(
      /at most 100 messages/,
    );
  });
});

test("output of libraries does not reach stdout", async () => {
  const preload = join(inject("installed"), "chatty.cjs");
  // What is printed before the program's first line is run is not its to turn away.
  const once = "const { log } = console; const isRunning = () => console.log !== log;";
  const print = 'if (isRunning()) { console.log("hello"); console.info("there"); }';
  writeFileSync(preload, `${once} setInterval(() => { ${print} }, 5);`);
  const peer = connect([], { ...ENV, NODE_OPTIONS: `--require ${JSON.stringify(preload)}` });
  while (!peer.stderr().includes("there")) await peer.request("ping");
  expect(peer.received.every((message) => "id" in message)).toBe(true);
  peer.child.kill("SIGKILL");
});
