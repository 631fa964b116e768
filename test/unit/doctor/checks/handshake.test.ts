import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { clientEnvironment, handshake } from "../../../../src/doctor/checks/handshake.ts";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lightfast/catalog.ts";
import type { LightfastFlags } from "../../../../src/platforms/lightfast/config/options.ts";
import { createContext, runCheck, temporaryFolder } from "../../../support/doctor.ts";

/** A server that responds to requests and exits with `code` at the end of its input; a negative code keeps running. */
function server(tools: number, code = 0, extra = ""): string {
  return `
import { createInterface } from "node:readline";
import { writeFileSync } from "node:fs";
const respond = (id, result) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", id, result }) + "\\n");
const RESULTS = { initialize: {}, "tools/list": { tools: Array(${tools}).fill({}) } };
const methods = [];
createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  methods.push(method);
  if (id !== undefined) respond(id, RESULTS[method]);
}).on("close", () => {
  writeFileSync(process.argv[1] + ".seen", JSON.stringify({ methods, args: process.argv.slice(2), env: process.env }));
  if (${code} >= 0) process.exit(${code});
});
${extra}`;
}

type Seen = { methods: string[]; args: string[]; env: Record<string, string> };

async function runHandshake(source: string, flags: LightfastFlags = {}, limitMs = 4000) {
  const script = join(temporaryFolder(), "server.mjs");
  writeFileSync(script, source);
  const env = { ...(process.env as Record<string, string>), LIGHTFAST_API_KEY: "lf_test_0123456789" };
  const result = await runCheck(handshake, await createContext({ flags, env, runtime: { script } }), limitMs);
  const seen = `${script}.seen`;
  return { result, seen: existsSync(seen) ? (JSON.parse(readFileSync(seen, "utf8")) as Seen) : undefined };
}

const ALL = TOOL_DEFINITIONS.length;

test("the check starts a server, lists its tools and stops it; it calls no tool", async () => {
  const { result, seen } = await runHandshake(server(ALL));
  expect(result).toMatchObject({
    status: "ok",
    summary: expect.stringMatching(/^3 tools listed in \d+ ms$/),
  });
  expect(seen?.methods).toEqual(["initialize", "notifications/initialized", "tools/list"]);
});

test.skipIf(process.platform === "win32")(
  "the server gets only the variables of a client, and no key",
  async () => {
    const { seen } = await runHandshake(server(ALL), { apiKey: "lf_test_0123456789", timeout: "900" });
    const known = ["HOME", "LOGNAME", "PATH", "SHELL", "TERM", "USER"];
    expect(
      Object.keys(seen?.env ?? {}).filter((name) => !known.includes(name) && !name.startsWith("__")),
    ).toEqual([]);
    expect(JSON.stringify(seen)).not.toContain("lf_test");
    expect(seen?.args).toEqual([]);
  },
);

test("the server gets the profile and the sandbox flag, which an entry can contain", async () => {
  const { seen } = await runHandshake(server(ALL), { profile: "work", sandbox: true });
  expect(seen?.args).toEqual(["--profile", "work", "--sandbox"]);
});

test("the server gets the choice of tools, and must list no other", async () => {
  const flags = { readOnly: true, excludeTools: "lightfast_system_health" };
  const { result, seen } = await runHandshake(server(1), flags);
  expect(seen?.args).toEqual(["--read-only", "--exclude-tools", "lightfast_system_health"]);
  expect(result).toMatchObject({ status: "ok", summary: expect.stringMatching(/^1 tools listed/) });
  expect((await runHandshake(server(ALL), flags)).result).toMatchObject({
    status: "failed",
    summary: "The server lists 3 tools instead of 1.",
  });
});

test("a server that cannot start with these settings is not started: another check says why", async () => {
  const { result, seen } = await runHandshake(server(ALL), { timeout: "soon" });
  expect(result).toMatchObject({ status: "skipped" });
  expect(seen).toBeUndefined();
});

test("a server without a key is a warning with the server's log", async () => {
  const { result } = await runHandshake(server(ALL, 1, 'process.stderr.write("No key is set.\\n");'));
  expect(result).toMatchObject({
    status: "warning",
    summary: expect.stringMatching(/, but without the API key\.$/),
    details: ['Server log: "No key is set."', expect.stringContaining("do not pass")],
    hint: expect.stringContaining("lightfast-mcp login"),
  });
});

test.each([
  [
    "prints other text",
    server(ALL, 0, 'console.log("hello");'),
    /^stdout contains text that is not JSON-RPC: "hello"\.$/,
  ],
  [
    "prints other JSON",
    server(ALL, 0, 'console.log("[1]");'),
    /^stdout contains text that is not JSON-RPC: "\[1\]"\.$/,
  ],
  ["lists too few tools", server(1), /^The server lists 1 tools instead of 3\.$/],
  [
    "does not exit",
    server(ALL, -1, "setInterval(() => {}, 1000);"),
    /keeps running after the end of its input/,
  ],
  ["exits with another code", server(ALL, 7), /^The server exits with code 7\.$/],
])("a server that %s fails", async (_, source, summary) => {
  const { result } = await runHandshake(source);
  expect(result).toMatchObject({ status: "failed", summary: expect.stringMatching(summary) });
});

test("a server that exits before it responds fails with its log", async () => {
  const dying = 'process.stderr.write("no such module\\n"); process.exitCode = 3;';
  await expect(runHandshake(dying)).rejects.toThrow(
    "The server exited with code 3 before it responded: no such module",
  );
});

test("a server that never responds is killed at the deadline", async () => {
  const pidFile = join(temporaryFolder(), "pid");
  const silent = `import { writeFileSync } from "node:fs";
writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
process.stdin.resume();
setInterval(() => {}, 1000);`;
  await expect(runHandshake(silent, {}, 3000)).rejects.toThrow("no result within 3000 ms");
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

test("a missing Node.js fails", async () => {
  const context = await createContext({ runtime: { execPath: "/no/such/node" } });
  await expect(runCheck(handshake, context)).rejects.toThrow("ENOENT");
});

describe("clientEnvironment", () => {
  const env = {
    HOME: "/h",
    PATH: "/p",
    SHELL: "() { :; }",
    LIGHTFAST_API_KEY: "lf_x",
    HTTPS_PROXY: "http://p",
  };

  test("has six variables on POSIX, without shell functions", () => {
    expect(clientEnvironment(env, "linux")).toEqual({ HOME: "/h", PATH: "/p" });
  });

  test("has other variables on Windows", () => {
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
