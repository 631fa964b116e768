import { rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { installedCopy, newestVersion } from "../../../../src/doctor/checks/copy.ts";
import { installCopy, launcherFile, startFile } from "../../../../src/installation/copy.ts";
import { knownNewerVersion } from "../../../../src/installation/releases.ts";
import { version } from "../../../../src/version.ts";
import { createContext, runCheck, temporaryFolder } from "../../../support/doctor.ts";
import { placeFile, temporaryHome } from "../../../support/home.ts";
import { answer, json, playScript } from "../../../support/scripted-server.ts";

function installPackage(name: string): void {
  const folder = temporaryFolder();
  placeFile(join(folder, "package.json"), JSON.stringify({ name: "@lightfastai/mcp", version: name }));
  placeFile(join(folder, "bin", "lightfast-mcp.js"), "");
  installCopy(folder);
}

async function runWith(check: typeof newestVersion, env: Record<string, string> = {}, offline = false) {
  const home = temporaryHome();
  const context = await createContext({ env, runtime: { home } });
  return () => runCheck(check, { ...context, flags: { ...context.flags, offline } });
}

test("the copy is verified, and a damaged one is replaced by an update", async () => {
  const run = await runWith(installedCopy);
  expect(await run()).toMatchObject({ status: "skipped" });
  installPackage("1.0.0");
  installPackage("1.1.0");
  expect(await run()).toEqual({
    status: "ok",
    summary: "1.1.0, 1.0.0 for a rollback",
    details: [launcherFile()],
  });
  writeFileSync(startFile("1.1.0"), "half");
  expect(await run()).toMatchObject({
    status: "failed",
    summary: "The copy of version 1.1.0 is damaged.",
    hint: expect.stringMatching(/^To replace it, run: .+ update$/),
  });
});

test("a launcher that is gone is a failure while an entry starts it", async () => {
  const run = await runWith(installedCopy);
  installPackage("1.0.0");
  const entry = { command: process.execPath, args: [launcherFile()] };
  placeFile(join(homedir(), ".cursor", "mcp.json"), JSON.stringify({ mcpServers: { lightfast: entry } }));
  expect(await run()).toMatchObject({ status: "ok" });
  rmSync(launcherFile());
  expect(await run()).toMatchObject({ status: "failed", summary: expect.stringContaining(launcherFile()) });
});

const tags = (latest: unknown) => json(200, { name: "@lightfastai/mcp", "dist-tags": { latest } });

test("a newer version is a warning with the command that switches to it, and is remembered", async () => {
  const server = await playScript([tags("999.0.0"), tags("999.0.0")]);
  const run = await runWith(newestVersion, { npm_config_registry: `${server.origin}/npm` });
  expect(await run()).toEqual({
    status: "warning",
    summary: `999.0.0 is available; this is ${version}.`,
    hint: "To set your clients up with it, run: npx -y @lightfastai/mcp@latest install",
  });
  expect(server.requests).toHaveLength(1);
  expect(server.requests[0]?.target).toBe("/npm/@lightfastai%2fmcp");
  expect(knownNewerVersion()).toBe("999.0.0");
  installPackage("998.0.0");
  expect(await run()).toMatchObject({
    summary: "999.0.0 is available; clients start 998.0.0.",
    hint: expect.stringMatching(/^To switch your clients to it, run: .+ update$/),
  });
});

test.each([
  ["the same version", tags(version), { status: "ok", summary: version }],
  ["an older version", tags("0.0.1"), { status: "ok", summary: "0.0.1" }],
  ["no package", json(404, { error: "not found" }), { status: "skipped" }],
  ["a prerelease", tags("999.0.0-rc.1"), { status: "skipped" }],
  ["a wrong tag", tags({ a: 1 }), { status: "skipped" }],
  ["a page", answer(200, "<html>"), { status: "skipped" }],
])("a registry with %s is no failure, and gets one request", async (_, response, result) => {
  const server = await playScript([response]);
  const run = await runWith(newestVersion, { NPM_CONFIG_REGISTRY: server.origin });
  expect(await run()).toMatchObject(result);
  expect(server.requests).toHaveLength(1);
  expect(knownNewerVersion()).toBeUndefined();
});

test("an unreachable registry is skipped, without the password in its URL", async () => {
  const run = await runWith(newestVersion, { npm_config_registry: "http://ada:hidden@127.0.0.1:1/" });
  const { status, summary } = await run();
  expect(status).toBe("skipped");
  expect(summary).toMatch(/^The npm registry did not answer: /);
  expect(summary).not.toContain("hidden");
});

test("--offline sends no request", async () => {
  const server = await playScript([]);
  const run = await runWith(newestVersion, { npm_config_registry: server.origin }, true);
  expect(await run()).toEqual({ status: "skipped", summary: "Skipped (--offline)." });
  expect(server.requests).toHaveLength(0);
});
