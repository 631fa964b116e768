import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { displayWidth } from "../../../src/cli/columns.ts";
import { passingClock } from "../../support/passing-clock.ts";
import { connect, type Environment, type Finished, run } from "../../support/program.ts";
import { type Act, playScript } from "../../support/scripted-server.ts";
import { COLOR, openTerminal } from "../../support/terminal.ts";

/** Tests in a terminal run on POSIX systems only. */
const IS_WINDOWS = process.platform === "win32";

const SANDBOX: Environment = { LIGHTFAST_SANDBOX: "1" };
const TEXT = "Follow up with ada@b.co about the invoice, urgent";

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), "lightfast-mcp-signal-"));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** An environment whose sandbox no other test shares. */
function ownSandbox(extra: Environment = {}): Environment {
  const home = folder();
  return { ...SANDBOX, HOME: home, USERPROFILE: home, ...extra };
}

type Signal = { readonly id: string; readonly status: string; readonly input: string };

function signalOf({ stdout }: Finished): Signal {
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return JSON.parse(stdout);
}

function errorOf({ stderr }: Finished): { readonly code: string; readonly message: string } {
  expect(stderr.trim().split("\n")).toHaveLength(1);
  return JSON.parse(stderr).error;
}

test("one command creates a signal, others show and list it, and a client's server reads it", async () => {
  const env = ownSandbox();
  const created = await run(["signal", "create", TEXT, "--json"], env);
  expect(created).toMatchObject({ code: 0, stderr: "" });
  const { id, status } = signalOf(created);
  expect(status).toBe("queued");
  const got = await run(["signal", "get", id, "--wait", "--json"], env);
  expect(got).toMatchObject({ code: 0, stderr: "" });
  expect(signalOf(got)).toMatchObject({ id, input: TEXT, status: "classified" });
  const listed = await run(["signal", "list", "--json"], env);
  expect(JSON.parse(listed.stdout)).toMatchObject({ items: [{ id }], nextCursor: null });
  const peer = connect([], env);
  const call = (name: string, args: object) => peer.request("tools/call", { name, arguments: args });
  expect((await call("lightfast_signals_get", { id })).result).toMatchObject({ structuredContent: { id } });
  // It sees what a command does meanwhile, and the other way around.
  const later = signalOf(await run(["signal", "create", "later", "--json"], env)).id;
  expect((await call("lightfast_signals_get", { id: later })).result).toMatchObject({
    structuredContent: { input: "later" },
  });
  const { result } = await call("lightfast_signals_create", { input: "by a client" });
  await peer.end();
  const byClient = (result as { structuredContent: Signal }).structuredContent.id;
  expect(await run(["signal", "get", byClient], env)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("by a client"),
  });
});

test("commands at the same time lose nothing", async () => {
  const env = ownSandbox();
  const created = await Promise.all(
    [1, 2, 3, 4, 5].map((count) => run(["signal", "create", `signal ${count}`, "--json"], env)),
  );
  const { stdout } = await run(["signal", "list", "--json"], env);
  const { items } = JSON.parse(stdout) as { items: Signal[] };
  expect(items.map(({ id }) => id).sort()).toEqual(created.map((one) => signalOf(one).id).sort());
});

test("the sandbox starts fresh after an hour, and where its file cannot be written", async () => {
  const clock = passingClock();
  const env = ownSandbox(clock.env);
  await run(["signal", "create", "old"], env);
  const count = async () => JSON.parse((await run(["signal", "list", "--json"], env)).stdout).items.length;
  expect(await count()).toBe(1);
  clock.pass(3700);
  expect(await count()).toBe(0);
  const file = join(folder(), "file");
  writeFileSync(file, "");
  const noCache = { ...SANDBOX, HOME: file, USERPROFILE: file };
  const { code, stdout, stderr } = await run(["signal", "create", "x", "--wait"], noCache);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("classified") });
  expect(stderr.match(/stays in this process/g)).toHaveLength(1);
});

test("plain commands and plain starts write nothing into the cache", async () => {
  const home = folder();
  const env = { HOME: home, USERPROFILE: home };
  await run(["tools"], env);
  await connect([], { ...env, LIGHTFAST_API_KEY: "lf_test_0123456789" }).end();
  await connect(["--sandbox"], env).end();
  expect(readdirSync(home)).toEqual([]);
});

test.each([
  ["words", TEXT.split(" "), ""],
  ["- for stdin", ["-"], `${TEXT}\n`],
  ["stdin without an argument", [], `${TEXT}\n`],
])("the text comes from %s", async (_, words, input) => {
  const { code, stdout } = await run(["signal", "create", ...words, "--wait", "--json"], SANDBOX, input);
  expect(code).toBe(0);
  expect(JSON.parse(stdout).input).toBe(TEXT);
});

test.each([
  ["no text", 1, ["signal", "create"], /No text given\. Run: .+ signal create "Ada/],
  ["a malformed id", 1, ["signal", "get", "x"], /"id": must have the form/],
  ["a limit of 0", 1, ["signal", "list", "--limit", "0"], /--limit must be a whole number from 1 to 100/],
  ["an unknown status", 1, ["signal", "list", "--status", "classifed"], /Did you mean "classified"\?/],
  ["an invalid wait", 1, ["signal", "get", "x", "--wait-timeout", "soon"], /--wait-timeout must be/],
  [
    "a signal that is not there",
    5,
    ["signal", "get", `signal_${"0".repeat(8)}-0000-0000-0000-${"0".repeat(12)}`],
    /not_found/,
  ],
  [
    "a failed signal",
    6,
    ["signal", "create", "[sandbox:failed] x", "--wait"],
    /ended as failed\. .+ Create it again/,
  ],
  [
    "a signal that takes too long",
    5,
    ["signal", "create", "[sandbox:stuck] x", "--wait-timeout", "1"],
    /is still processing after 1 s\. It keeps being processed\. To look at it, run: .*lightfast-mcp signal get signal_\S+ --wait/,
  ],
  ["a tool that is not offered", 1, ["signal", "create", "x", "--read-only"], /Check --tools/],
] as const)("%s exits with %i and says why on stderr", async (_, code, args, message) => {
  const result = await run([...args, "--json"], SANDBOX);
  expect(result.code).toBe(code);
  expect(errorOf(result).message).toMatch(message);
  // The newest state is printed whenever there is one.
  if (code === 6) expect(signalOf(result)).toMatchObject({ status: "failed" });
});

test("people see the newest state of a signal that failed, and what to do", async () => {
  const { code, stdout, stderr } = await run(["signal", "create", "[sandbox:failed] x", "--wait"], SANDBOX);
  expect(code).toBe(6);
  expect(stdout).toMatch(/\nStatus +failed\n/);
  expect(stderr).toMatch(/^signal_\S+ ended as failed\. .+ Create it again if it still matters\.\n$/);
});

test.each([
  [
    "a key that may not read",
    3,
    { LIGHTFAST_API_KEY: "lf_sandbox_write" },
    /is queued, but .+ insufficient_scope/,
  ],
  ["an expired key", 3, { LIGHTFAST_API_KEY: "lf_sandbox_expired" }, /^invalid_token/],
] as const)("create --wait with %s exits with %i", async (_, code, env, message) => {
  const result = await run(["signal", "create", "x", "--wait", "--json"], { ...SANDBOX, ...env });
  expect(result.code).toBe(code);
  expect(errorOf(result).message).toMatch(message);
});

test("signals without an answer exit with 4", async () => {
  const env = { LIGHTFAST_API_KEY: "lf_test_0123456789", LIGHTFAST_BASE_URL: "http://127.0.0.1:1" };
  expect(await run(["signal", "list"], env)).toMatchObject({ code: 4, stdout: "" });
});

test("a list goes on with the cursor of its page, and filters by status", async () => {
  const env = ownSandbox();
  for (const text of ["one", "[sandbox:failed] two", "three"])
    await run(["signal", "create", text, "--wait"], env);
  const page = await run(["signal", "list", "--limit", "2"], env);
  expect(page.stdout).toMatch(/^ID +STATUS +KIND +PRIORITY +AGE +TITLE\n.+three\n.+two\n$/);
  const [, words = ""] = /run: .*?lightfast-mcp (signal list .+)\n/.exec(page.stderr) ?? [];
  const rest = await run(words.split(" "), env);
  expect(rest).toMatchObject({ code: 0, stderr: "" });
  expect(rest.stdout).toMatch(/TITLE\n.+one\n$/);
  const failed = await run(["signal", "list", "--status", "failed", "--json"], env);
  expect(JSON.parse(failed.stdout).items).toMatchObject([{ input: "[sandbox:failed] two" }]);
});

test.each([[["signal", "create", "later"]], [["call", "lightfast_signals_create", "--arg", "input=later"]]])(
  "the command that %j prints when a wait ends shows the signal later",
  async (words) => {
    const env = ownSandbox({ LIGHTFAST_SANDBOX: "" });
    const ended = await run([...words, "--sandbox", "--wait-timeout", "0"], env);
    expect(ended).toMatchObject({ code: 5, stderr: expect.stringContaining("is still queued after 0 s.") });
    const [, command = ""] = /run:\s+lightfast-mcp (.+)\n$/.exec(ended.stderr) ?? [];
    expect(command).toMatch(/ --wait --sandbox$/);
    const later = await run(command.split(" "), env);
    expect(later).toMatchObject({ code: 0, stdout: expect.stringContaining("classified") });
  },
);

const ID = "signal_123e4567-e89b-12d3-a456-426614174000";

function answer(status: number, body: object): Act {
  return (response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function signalAt(status: string, more: object = {}): object {
  return {
    id: ID,
    input: "x",
    status,
    classification: null,
    entityLinks: [],
    visibilityScope: "user",
    ...more,
  };
}

test("a wait goes on after failed reads, and sends the create once", async () => {
  const { origin, requests } = await playScript([
    answer(202, { id: ID, status: "queued", visibilityScope: "user" }),
    // Each read is tried more than once.
    ...Array.from({ length: 4 }, () => answer(503, { error: "internal_error", message: "Busy." })),
    answer(200, signalAt("processing")),
    answer(200, signalAt("classified")),
  ]);
  const env = { LIGHTFAST_API_KEY: "lf_test_0123456789", LIGHTFAST_BASE_URL: origin };
  const result = await run(["signal", "create", "x", "--wait", "--json"], env);
  expect(result).toMatchObject({ code: 0, stderr: "" });
  expect(signalOf(result)).toMatchObject({ id: ID, status: "classified" });
  expect(requests.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("text of others changes nothing but its own place in the terminal", async () => {
  const evil = "a\u001b[31mb\u0007c\u202ed\nsecond";
  const { origin } = await playScript([answer(200, signalAt("failed", { input: evil }))]);
  const env = { LIGHTFAST_API_KEY: "lf_test_0123456789", LIGHTFAST_BASE_URL: origin };
  const { stdout } = await run(["signal", "get", ID], env);
  expect(stdout).toMatch(/\nText +a\[31mbcd\n +second\n$/);
});

// The pseudo-terminals are those of POSIX systems.
test.skipIf(IS_WINDOWS).each([40, 80, 140])(
  "in a terminal of %i columns, all lines fit and the spinner leaves nothing",
  async (columns) => {
    const text = `Follow up with ada@b.co: 请尽快发送发票，客户已经等了三个星期。 ${"more words ".repeat(8)}🚀 urgent`;
    const terminal = openTerminal(["signal", "create", text, "--wait"], { ...SANDBOX, CI: "" }, columns);
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).toMatch(COLOR);
    // What stays on the screen: a return to the start of the line removes what was there.
    const lines = terminal
      .text()
      .split("\r\n")
      .map((line) => line.split("\r").at(-1) ?? "");
    expect(lines.join("\n")).toMatch(/Status +classified\nKind +follow_up\nPriority +urgent/);
    // Neither the id nor a command is broken, also where the terminal is narrower.
    expect(lines.join("\n")).toMatch(columns < 60 ? /^Id\nsignal_\S{36}$/m : /^Id +signal_\S{36}$/m);
    for (const line of lines.filter((one) => !one.includes("signal_")))
      expect([line, displayWidth(line) <= columns]).toEqual([line, true]);
  },
);

test.skipIf(IS_WINDOWS)("Ctrl-C stops the wait with 130, and says how to look at the signal", async () => {
  const terminal = openTerminal(
    ["signal", "create", "[sandbox:stuck] x", "--wait"],
    { ...SANDBOX, CI: "" },
    140,
  );
  await terminal.shows(/⠙ processing, \d+ s/);
  terminal.type("\u0003");
  expect(await terminal.exited).toBe(130);
  expect(terminal.text()).toMatch(
    /Stopped waiting for (signal_\S+)\. It keeps being processed\. To look at it, run:\s+lightfast-mcp signal get \1 --wait/,
  );
});

test.skipIf(IS_WINDOWS)("a narrow terminal shows each signal of a list in lines that fit", async () => {
  const env = ownSandbox();
  await run(["signal", "create", "A long text without an end ".repeat(8), "--wait"], env);
  const terminal = openTerminal(["signal", "list"], env, 60);
  expect(await terminal.exited).toBe(0);
  const lines = terminal.text().trim().split("\r\n");
  expect(lines).toEqual([
    expect.stringMatching(/^signal_\S{36}$/),
    expect.stringMatching(/^ {2}classified {2}other {2}normal {2}\d+ s$/),
    expect.stringMatching(/^ {2}A long text .+…$/),
  ]);
});

test("call follows a result too, and reads arguments from files and stdin", async () => {
  const path = join(folder(), "note.txt");
  writeFileSync(path, `${TEXT}\n`);
  const call = ["call", "lightfast_signals_create", "--json"];
  const waited = await run([...call, "--arg", `input=@${path}`, "--wait"], SANDBOX);
  expect(waited).toMatchObject({ code: 0, stderr: "" });
  expect(signalOf(waited)).toMatchObject({ input: TEXT, status: "classified" });
  const fromStdin = await run([...call, "--arg", "input=@-", "--wait"], SANDBOX, "from stdin");
  expect(signalOf(fromStdin).input).toBe("from stdin");
  const literal = await run([...call, "--arg", "input=@@ada called", "--wait"], SANDBOX);
  expect(signalOf(literal).input).toBe("@ada called");
  const failed = await run([...call, "--arg", "input=[sandbox:failed]", "--wait"], SANDBOX);
  expect(failed.code).toBe(6);
  expect(errorOf(failed).code).toBe("failed");
});

test.each([
  [
    "a missing file",
    "input=@/no/such/file",
    /--arg input: cannot read the file "\/no\/such\/file" \(ENOENT\)\. .+ @@/,
  ],
  ["a folder", `input=@${tmpdir()}`, /\(EISDIR\)/],
  ["a file without an end", "input=@/dev/zero", /is longer than 1048576 bytes/],
  ["a file that is no text", `input=@${process.execPath}`, /is (?:longer than|not UTF-8)/],
])("call --arg with %s is wrong usage, and nothing is sent", async (_, arg, message) => {
  const { code, stdout, stderr } = await run(["call", "lightfast_signals_create", "--arg", arg], SANDBOX);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(message);
});

test("call --wait rejects tools whose result is final", async () => {
  const { code, stderr } = await run(["call", "lightfast_system_health", "--wait"], SANDBOX);
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: "lightfast-mcp: --wait: a result of lightfast_system_health is final. Remove --wait.\n",
  });
});
