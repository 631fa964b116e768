import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { connect, run } from "../../support/program.ts";

/** A home directory with Cursor and Codex. */
function makeHome() {
  const home = mkdtempSync(join(tmpdir(), "lightfast-mcp-home-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  for (const folder of [".cursor", ".codex"]) mkdirSync(join(home, folder));
  return { env: { HOME: home, USERPROFILE: home }, cursor: join(home, ".cursor/mcp.json") };
}

function serversIn(file: string) {
  return JSON.parse(readFileSync(file, "utf8")).mcpServers;
}

const LAUNCHER = /[\\/]lightfast-mcp[\\/]lightfast-mcp\.cjs$/;
const TOKEN = "a-secret-token-of-a-person";

test("lfx install writes an entry of its own beside Lightfast's, without a secret, and lfx uninstall removes it", async () => {
  const { env, cursor } = makeHome();
  const withToken = { ...env, LFXMCP_LFX_TOKEN: TOKEN };
  await run(["install", "cursor", "--sandbox", "--yes"], env);
  const installed = await run(["lfx", "install", "--all", "--yes", "--toolsets", "meetings"], withToken);
  expect(installed).toMatchObject({ code: 0, stderr: "" });
  expect(installed.stdout).toContain("Set LFXMCP_LFX_TOKEN in the environment of Cursor");
  expect(serversIn(cursor)).toEqual({
    lightfast: expect.objectContaining({ args: [expect.stringMatching(LAUNCHER)] }),
    lfx: {
      command: expect.stringMatching(/node(?:\.exe)?$/),
      args: [expect.stringMatching(LAUNCHER), "lfx"],
      env: {
        LFXMCP_LFX_API_URL: "https://lfx-api.v2.cluster.lfx.dev",
        LFXMCP_TOOLSETS: "meetings",
        LFXMCP_LFX_TOKEN: `\${env:LFXMCP_LFX_TOKEN}`,
      },
    },
  });
  expect(readFileSync(cursor, "utf8") + installed.stdout).not.toContain(TOKEN);
  // Neither platform takes the other's entry for its own.
  for (const args of [
    ["install", "cursor", "--name", "lfx"],
    ["lfx", "install", "cursor", "--name", "lightfast"],
  ])
    expect(await run([...args, "--yes"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("already has a different server named"),
    });
  const removed = await run(["lfx", "uninstall", "--all", "--yes"], env);
  expect(removed).toMatchObject({ code: 0, stderr: "" });
  expect(Object.keys(serversIn(cursor))).toEqual(["lightfast"]);
});

test("what lfx install --sandbox writes starts a server that works", async () => {
  const { env, cursor } = makeHome();
  await run(["lfx", "install", "cursor", "--sandbox", "--yes"], env);
  const { args, env: entryEnv } = serversIn(cursor).lfx;
  expect(entryEnv).toEqual({ LFXMCP_SANDBOX: "1" });
  const peer = connect(args.slice(1), entryEnv);
  const { result } = await peer.request("tools/call", { name: "search_projects", arguments: {} });
  expect(result).not.toHaveProperty("isError");
  await peer.end();
  await run(["lfx", "uninstall", "cursor", "--yes"], env);
  expect(existsSync(cursor)).toBe(false);
});

test.each([
  [["--api-key", "lf_x"], "--api-key"],
  [["--client-id", "x"], "Set LFXMCP_CLIENT_ID in the client's environment instead"],
  [["--toolsets", "no"], 'no toolset named "no"'],
  [["--lfx-api-url", "no"], "--lfx-api-url must be"],
  [["--confirm", "yes"], "--confirm must be one of destructive, writes, never"],
  [["--confirm-required"], "--confirm-required also requires --confirm"],
])("lfx install refuses %j", async (args, message) => {
  const { code, stderr } = await run(["lfx", "install", "cursor", "--print", ...args], makeHome().env);
  expect(code).toBe(1);
  expect(stderr).toContain(message);
});

type Report = { readonly id: string; readonly status: string; readonly summary: string };

async function diagnose(args: readonly string[], env: Record<string, string>) {
  const { stdout } = await run(["lfx", "doctor", "--json", ...args], env);
  const { exitCode, checks } = JSON.parse(stdout) as { exitCode: number; checks: Report[] };
  return { exitCode, byId: new Map(checks.map((check) => [check.id, check])), stdout };
}

test("lfx doctor passes with the sandbox, and looks at the clients' own entries", async () => {
  const { env } = makeHome();
  await run(["lfx", "install", "cursor", "--sandbox", "--yes"], env);
  await run(["install", "codex", "--sandbox", "--yes"], env);
  const { exitCode, byId } = await diagnose(["--sandbox"], env);
  expect(exitCode).toBe(0);
  for (const id of ["settings", "key", "lfx", "lens", "onboarding", "handshake", "client-cursor"])
    expect(byId.get(id)).toMatchObject({ id, status: "ok" });
  expect(byId.get("client-codex")).toMatchObject({
    status: "skipped",
    summary: "No entry for this server. To add one, run: lightfast-mcp lfx install codex",
  });
});

test("lfx doctor says that there is no token, and that LFX rejects one, and never shows it", async () => {
  const { env } = makeHome();
  const nothing = await diagnose([], env);
  expect(nothing.exitCode).toBe(1);
  expect(nothing.byId.get("key")).toMatchObject({ status: "failed", summary: "No LFX token is set." });

  const lfx = createServer((_, response) => response.writeHead(401).end("{}")).listen(0, "127.0.0.1");
  onTestFinished(() => void lfx.close());
  await once(lfx, "listening");
  const { port } = lfx.address() as AddressInfo;
  const claims = Buffer.from(JSON.stringify({ exp: 4_102_444_800 })).toString("base64url");
  const token = `e30.${claims}.signature-of-a-person`;
  const rejected = await diagnose([], {
    ...env,
    LFXMCP_LFX_API_URL: `http://127.0.0.1:${port}/`,
    LFXMCP_LFX_TOKEN: token,
  });
  expect(rejected.exitCode).toBe(3);
  expect(rejected.byId.get("lfx")).toMatchObject({ status: "failed" });
  expect(rejected.stdout).not.toContain("signature-of-a-person");
});
