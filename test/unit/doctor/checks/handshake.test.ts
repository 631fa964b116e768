import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clientEnvironment, handshake } from "../../../../src/doctor/checks/handshake.ts";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lightfast/catalog.ts";
import type { LightfastFlags } from "../../../../src/platforms/lightfast/config/options.ts";
import { findingOf, subjectOf, temporaryFolder } from "../../../support/subject.ts";

/** A server for one handshake: answers requests, and leaves with `code` at the end of its input. */
function server(tools: number, code = 0, extra = ""): string {
  return `
import { createInterface } from "node:readline";
import { writeFileSync } from "node:fs";
const answer = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
const RESULTS = { initialize: {}, "tools/list": { tools: Array(${tools}).fill({}) } };
const methods = [];
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  methods.push(method);
  if (id !== undefined) answer(id, RESULTS[method]);
}).on("close", () => {
  writeFileSync(process.argv[1] + ".seen", JSON.stringify({ methods, args: process.argv.slice(2), env: process.env }));
  if (${code} >= 0) process.exit(${code});
});
${extra}`;
}

type Seen = { methods: string[]; args: string[]; env: Record<string, string> };

async function shake(source: string, flags: LightfastFlags = {}, limitMs = 4000) {
  const script = join(temporaryFolder(), "server.mjs");
  writeFileSync(script, source);
  const env = { ...(process.env as Record<string, string>), LIGHTFAST_API_KEY: "lf_test_0123456789" };
  const finding = await findingOf(handshake, await subjectOf({ flags, env, runtime: { script } }), limitMs);
  const seen = `${script}.seen`;
  return { finding, seen: existsSync(seen) ? (JSON.parse(readFileSync(seen, "utf8")) as Seen) : undefined };
}

const ALL = TOOL_DEFINITIONS.length;

test("a server is started, asked for its tools, and ended; no tool is called", async () => {
  const { finding, seen } = await shake(server(ALL));
  expect(finding).toMatchObject({
    status: "ok",
    summary: expect.stringMatching(/^3 tools listed after \d+ ms, as a client starts it$/),
  });
  expect(seen?.methods).toEqual(["initialize", "notifications/initialized", "tools/list"]);
});

test.skipIf(process.platform === "win32")(
  "it gets a client's variables alone, and no key by any way",
  async () => {
    const { seen } = await shake(server(ALL), { apiKey: "lf_test_0123456789", timeout: "900" });
    const known = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];
    expect(
      Object.keys(seen?.env ?? {}).filter((name) => !known.includes(name) && !name.startsWith("__")),
    ).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain("lf_test");
    expect(seen?.args).toEqual([]);
  },
);

test("it gets the profile and the sandbox of this run, as an entry in a client would name them", async () => {
  const { seen } = await shake(server(ALL), { profile: "work", sandbox: true });
  expect(seen?.args).toEqual(["--profile", "work", "--sandbox"]);
});

test("without a key of its own it is a warning, with what it says itself", async () => {
  const { finding } = await shake(server(ALL, 1, 'process.stderr.write("No key is set.\\n");'));
  expect(finding).toMatchObject({
    status: "warning",
    summary: expect.stringMatching(/but without a key\.$/),
    details: ['It says on stderr: "No key is set."', expect.stringContaining("do not pass")],
    hint: expect.stringContaining("lightfast-mcp login"),
  });
});

test.each([
  [
    "prints more than the protocol",
    server(ALL, 0, 'console.log("hello");'),
    /stdout carries more .+ "hello"/,
  ],
  ["prints JSON of another kind", server(ALL, 0, 'console.log("[1]");'), /stdout carries more .+ "\[1\]"/],
  ["lists too few tools", server(1), /^It lists 1 tools instead of 3\.$/],
  [
    "does not leave",
    server(ALL, -1, "setInterval(() => {}, 1000);"),
    /goes on running when its input has ended/,
  ],
  ["leaves with another code", server(ALL, 7), /^It leaves with exit code 7\.$/],
])("a server that %s fails", async (_, source, summary) => {
  const { finding } = await shake(source);
  expect(finding).toMatchObject({ status: "failed", summary: expect.stringMatching(summary) });
});

test("a server that ends before it answers fails with what it said last", async () => {
  const dying = 'process.stderr.write("no such module\\n"); process.exitCode = 3;';
  await expect(shake(dying)).rejects.toThrow("It ended with exit code 3 before it answered: no such module");
});

test("a server that never answers is killed when the time is up", async () => {
  const pidFile = join(temporaryFolder(), "pid");
  const mute = `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
process.stdin.resume();
setInterval(() => {}, 1000);`;
  await expect(shake(mute, {}, 3000)).rejects.toThrow("no result within 3000 ms");
  const pid = Number(readFileSync(pidFile, "utf8"));
  await expect.poll(() => isAlive(pid)).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

test("a Node.js that is not there fails", async () => {
  const subject = await subjectOf({ runtime: { execPath: "/no/such/node" } });
  await expect(findingOf(handshake, subject)).rejects.toThrow("ENOENT");
});

describe("a client's environment", () => {
  const env = {
    HOME: "/h",
    PATH: "/p",
    SHELL: "() { :; }",
    LIGHTFAST_API_KEY: "lf_x",
    HTTPS_PROXY: "http://p",
  };

  test("has six variables on POSIX, and no functions of the shell", () => {
    expect(clientEnvironment(env, "linux")).toEqual({ HOME: "/h", PATH: "/p" });
  });

  test("has others on Windows", () => {
    const windows = {
      ...env,
      APPDATA: "C:\\a",
      USERPROFILE: "C:\\u",
      SYSTEMROOT: "C:\\w",
      XDG_CONFIG_HOME: "x",
    };
    expect(clientEnvironment(windows, "win32")).toEqual({
      APPDATA: "C:\\a",
      PATH: "/p",
      SYSTEMROOT: "C:\\w",
      USERPROFILE: "C:\\u",
    });
  });
});
