import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connect, type Environment, finished, run, start } from "../../support/program.ts";

const KEY = "lf_test_0123456789abcdef";
const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
const INITIALIZE = `${JSON.stringify({
  jsonrpc: "2.0",
  id: 0,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } },
})}\n`;

test.each(["--version", "-v"])("%s prints only the version", async (flag) => {
  expect(await run([flag])).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: "" });
});

test.each(["--help", "-h"])(
  "%s names every option with its variable and default, and never a key",
  async (flag) => {
    const { code, stdout, stderr } = await run([flag], { LIGHTFAST_API_KEY: KEY });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    for (const text of [
      "--api-key",
      "LIGHTFAST_API_KEY",
      "--base-url",
      "LIGHTFAST_BASE_URL",
      "LIGHTFAST_API_URL",
      "https://lightfast.ai",
      "--timeout",
      "LIGHTFAST_TIMEOUT",
      "25000",
      "--read-only",
      "LIGHTFAST_MCP_READ_ONLY",
      "--tools",
      "LIGHTFAST_MCP_TOOLS",
      "--exclude-tools",
      "LIGHTFAST_MCP_EXCLUDE_TOOLS",
      "--log-level",
      "LIGHTFAST_LOG_LEVEL",
      "warn",
      "--sandbox",
      "LIGHTFAST_SANDBOX",
      "-h, --help",
      "-v, --version",
    ]) {
      expect(stdout).toContain(text);
    }
    expect(stdout.match(/^ +\$ /gm)).toHaveLength(4);
    expect(stdout).not.toContain(KEY);
  },
);

test.each([
  [["--no-such-flag"], /unknown option "--no-such-flag"/],
  [["--read-only=false"], /option --read-only takes no value/],
  [["frobnicate"], /unknown command "frobnicate" \(use one of http, .+\bcall, .+\bsandbox\b/],
  [["--timeout"], /argument missing/],
  [["--timeout", "soon"], /--timeout must be a whole number of milliseconds/],
  [["--log-level", "loud"], /--log-level must be one of silent, error, warn, info, debug/],
  [["call"], /missing required argument 'tool'/],
])("wrong usage %j prints an error and exits with 1", async (args, message) => {
  const { code, stdout, stderr } = await run(args, { LIGHTFAST_API_KEY: KEY });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(message);
});

// The unit tests of the settings have every form.
test.each(["https://user:hunter22@lightfast.ai", "::"])(
  "the base URL %s is rejected in one line, without a stack trace",
  async (url) => {
    const { code, stdout, stderr } = await run(["--base-url", url], { LIGHTFAST_API_KEY: KEY });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toMatch(
      /^lightfast-mcp: --base-url: the base URL .+\. Use a URL such as https:\/\/lightfast\.ai\.\n$/,
    );
    expect(stderr).not.toContain("hunter22");
  },
);

test.each([
  ["no key", {}, /No Lightfast API key is set\. Create one .+ LIGHTFAST_API_KEY/, "missing_token"],
  [
    "a placeholder",
    { LIGHTFAST_API_KEY: `$${"{LIGHTFAST_API_KEY}"}` },
    /No Lightfast API key is set: LIGHTFAST_API_KEY holds the unexpanded placeholder \$\{LIGHTFAST_API_KEY\}/,
    "missing_token",
  ],
  ["a key of another kind", { LIGHTFAST_API_KEY: "sk-lf-0123456789" }, /old-format key/, "invalid_token"],
  ["nothing after lf_", { LIGHTFAST_API_KEY: "lf_" }, /nothing after "lf_"/, "invalid_token"],
  ["a line break in the key", { LIGHTFAST_API_KEY: "lf_abcdef\nghijkl" }, /line breaks/, "invalid_token"],
])(
  "with %s the server reports it, still lists its tools, and each call names the setting",
  async (_, env, message, code) => {
    const peer = connect([], env);
    await peer.request("initialize", { protocolVersion: "2025-11-25" });
    const list = await peer.request("tools/list");
    expect(list.result?.tools).toHaveLength(3);
    for (const [name, args] of [
      ["lightfast_system_health", {}],
      ["lightfast_signals_create", { input: "x" }],
    ]) {
      const { result } = await peer.request("tools/call", { name, arguments: args });
      expect(result).toMatchObject({ isError: true, _meta: { "ai.lightfast/error": { code } } });
      expect(JSON.stringify(result)).toMatch(new RegExp(`${code}: .+LIGHTFAST_API_KEY`));
    }
    const end = await peer.end();
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(message);
    for (const value of Object.values(env)) {
      if (!value.startsWith("$") && value !== "lf_")
        expect(end.stderr + end.stdout).not.toContain(value.slice(3));
    }
  },
);

test("without a key and with an empty input it exits with 1", async () => {
  const { code, stderr } = await run([]);
  expect(code).toBe(1);
  expect(stderr).toContain("No Lightfast API key is set");
});

test("without a key and without input it exits after five seconds", async () => {
  const started = performance.now();
  const child = start();
  const { code } = await finished(child);
  expect(code).toBe(1);
  expect(performance.now() - started).toBeGreaterThan(4500);
  expect(performance.now() - started).toBeLessThan(9000);
});

test.each([`$${"{X}"}`, "$X", "%X%", "{env:X}", `$${"{env:X}"}`])(
  "the placeholder %s is not a key, and calls name it",
  async (placeholder) => {
    const { code, stderr } = await run(["call", "lightfast_system_health"], {
      LIGHTFAST_API_KEY: placeholder,
    });
    expect(code).toBe(1);
    expect(stderr).toContain(
      `missing_token: No Lightfast API key is set: LIGHTFAST_API_KEY holds the unexpanded placeholder ${placeholder}`,
    );
  },
);

test("a flag overrides its variable, and LIGHTFAST_BASE_URL its older name", async () => {
  const reached = async (args: string[], env: Environment) =>
    /GET (\S+?)\/api/.exec(
      (await run(["call", "lightfast_system_health", ...args], { LIGHTFAST_API_KEY: KEY, ...env })).stderr,
    )?.[1];
  const older = { LIGHTFAST_API_URL: "http://127.0.0.1:1/old" };
  const newer = { ...older, LIGHTFAST_BASE_URL: "http://127.0.0.1:1/new" };
  expect(await reached([], older)).toBe("127.0.0.1:1/old");
  expect(await reached([], newer)).toBe("127.0.0.1:1/new");
  expect(await reached(["--base-url", "http://127.0.0.1:1/flag"], newer)).toBe("127.0.0.1:1/flag");
});

test("a SOCKS proxy does not stop the server, and each call says why it cannot connect", async () => {
  const env = { HTTPS_PROXY: "socks5://127.0.0.1:1080", LIGHTFAST_API_KEY: KEY };
  const started = await run([], env, INITIALIZE);
  expect(started).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("Requests that need it will fail"),
  });
  const { code, stderr } = await run(["call", "lightfast_system_health"], env);
  expect(code).not.toBe(0);
  expect(stderr).toContain("socks5://127.0.0.1:1080 is not an http or https proxy");
});

test("an unusable proxy stops the server, but not the sandbox, which uses none", async () => {
  const env = { HTTPS_PROXY: "http://" };
  const real = await run([], { ...env, LIGHTFAST_API_KEY: KEY }, INITIALIZE);
  expect(real).toMatchObject({
    code: 1,
    // On Windows, names of variables in upper and in lower case are the same.
    stderr: expect.stringMatching(/HTTPS_PROXY must be the URL of an http/i),
  });
  expect(await run(["call", "lightfast_system_health", "--sandbox"], env)).toMatchObject({
    code: 0,
    stderr: "",
  });
});

test("with --json stderr contains only the error", async () => {
  const { stderr } = await run(["call", "lightfast_system_health", "--json", "--api-key", "lf_x"], {
    LIGHTFAST_BASE_URL: "http://127.0.0.1:1",
  });
  expect(JSON.parse(stderr)).toMatchObject({ error: { code: "upstream_error", reason: "ECONNREFUSED" } });
});

test("blanks around a key are ignored", async () => {
  const { code, stderr } = await run([], { LIGHTFAST_API_KEY: `  ${KEY}\t` }, INITIALIZE);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
});

// Elsewhere no file has the command line.
test.skipIf(process.platform !== "linux")(
  "a serving process hides a key of its command line from the process list",
  async () => {
    const child = start(["--api-key", KEY]);
    child.stdin.write(INITIALIZE);
    await once(child.stdout, "data");
    expect(readFileSync(`/proc/${child.pid}/cmdline`, "utf8")).not.toContain(KEY);
    child.stdin.end();
    await once(child, "close");
  },
);

test("a key in the wrong place is not printed", async () => {
  for (const secret of [KEY, "sk_live_0123456789"]) {
    const { stderr } = await run([`--apikey=${secret}`]);
    expect(stderr).toContain('unknown option "--apikey"');
    expect(stderr).not.toContain(secret);
  }
});

const HANDSHAKE = `${INITIALIZE}${JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" })}\n`;
const LIST = `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" })}\n`;

// On Windows the streams of Node.js read the handshake.
test.skipIf(process.platform === "win32")("the first tools/list needs no streams of Node.js", async () => {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-start-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const hook = join(folder, "hook.cjs");
  writeFileSync(
    hook,
    `const fs = require("node:fs");
     const { writeSync } = fs;
     const isLoaded = () => process.moduleLoadList.includes("NativeModule net");
     fs.writeSync = (...args) => {
       const written = writeSync(...args);
       writeSync(2, "answer " + isLoaded() + "\\n");
       return written;
     };
     process.once("exit", () => writeSync(2, "exit " + isLoaded() + "\\n"));`,
  );
  const env = { LIGHTFAST_API_KEY: KEY, NODE_OPTIONS: `--require=${hook}` };
  const { code, stdout, stderr } = await run([], env, `${HANDSHAKE}${LIST}`);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "answer false\nanswer false\nexit true\n" });
  expect(stdout.trim().split("\n")).toHaveLength(2);
});

test.each([
  ["byte by byte", [...Buffer.from(`${HANDSHAKE}${LIST}`)].map((byte) => Buffer.from([byte]))],
  ["without a final line break", [`${HANDSHAKE}${LIST.trimEnd()}`]],
  ["after a line that is not JSON", ["{\n", HANDSHAKE, LIST]],
  ["with a question before initialize", [LIST.replace('"id":1', '"id":2'), HANDSHAKE, LIST]],
  ["with more answers than a pipe buffers", [HANDSHAKE, LIST.replace('"id":1', '"id":2').repeat(100), LIST]],
])("the handshake is answered in order: %s", async (_, parts) => {
  const child = start([], { LIGHTFAST_API_KEY: KEY });
  for (const part of parts) child.stdin.write(part);
  child.stdin.end();
  const { code, stdout, stderr } = await finished(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const ids = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line).id as number | null);
  const first = ids.indexOf(0);
  expect(first).toBeGreaterThanOrEqual(0);
  expect(ids.lastIndexOf(1)).toBe(ids.length - 1);
  expect(ids).toHaveLength(parts.join("").split('"id"').length - 1 + (ids[0] === null ? 1 : 0));
});
