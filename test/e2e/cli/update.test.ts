import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { version } from "../../../src/version.ts";
import { clientEnvironment, type Finished, finished, programFile } from "../../support/program.ts";
import { packFiles, packProgram, type Registry, startRegistry } from "../../support/registry.ts";

/** A user with Cursor and Codex, both set up with the copy, and a registry. */
async function makeUser() {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "lightfast-mcp-home-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  for (const folder of [".cursor", ".codex"]) mkdirSync(join(home, folder));
  const registry = await startRegistry();
  writeFileSync(join(home, ".npmrc"), `registry=${registry.url}\n`);
  const env = clientEnvironment({ HOME: home, USERPROFILE: home, npm_config_registry: "" });
  const begin = (args: readonly string[], cwd = home, extra: Readonly<Record<string, string>> = {}) => {
    const child = spawn(process.execPath, [programFile(), ...args], { cwd, env: { ...env, ...extra } });
    onTestFinished(() => void child.kill("SIGKILL"));
    child.stdin.end();
    return child;
  };
  const run = (...args: readonly string[]): Promise<Finished> => finished(begin(args));
  await run("install", "cursor", "codex", "--yes");
  const [, launcher = ""] =
    /"([^"]+lightfast-mcp\.cjs)"/.exec(readFileSync(join(home, ".codex", "config.toml"), "utf8")) ?? [];
  const data = join(launcher, "..");
  return {
    home,
    registry,
    begin,
    run,
    versions: () => readdirSync(join(data, "versions")).sort(),
    /** What each client's entry prints. */
    startAll: async () => {
      const { mcpServers } = JSON.parse(readFileSync(join(home, ".cursor", "mcp.json"), "utf8"));
      const scripts = [mcpServers.lightfast.args[0], launcher];
      const outputs = scripts.map(async (script) => {
        const child = spawn(process.execPath, [script, "--version"], { env });
        return (await finished(child)).stdout.trim();
      });
      return Promise.all(outputs);
    },
  };
}

function publish(registry: Registry, ...versions: readonly string[]): void {
  for (const name of versions) registry.publish(name, packProgram(name, "a later program"));
}

test("update switches every client at once, whatever the folder's settings, and a rollback switches back", async () => {
  const user = await makeUser();
  publish(user.registry, version, "98.0.0");
  const check = await user.run("update", "--check", "--json");
  expect(JSON.parse(check.stdout)).toEqual({ outcome: "available", from: version, to: "98.0.0" });
  expect(await user.startAll()).toEqual([version, version]);
  const registry = { npm_config_registry: user.registry.url };
  const doctor = await finished(user.begin(["doctor", "--sandbox", "--json"], user.home, registry));
  const { checks } = JSON.parse(doctor.stdout) as {
    checks: { id: string; summary: string; hint?: string }[];
  };
  expect(checks.find(({ id }) => id === "newest")).toMatchObject({
    summary: `98.0.0 is available; clients start ${version}.`,
    hint: expect.stringMatching(/run: lightfast-mcp update$/),
  });

  const foreign = await startRegistry();
  publish(foreign, "99.0.0");
  const folder = join(user.home, "project");
  mkdirSync(folder);
  writeFileSync(join(folder, ".npmrc"), `registry=${foreign.url}\n@lightfastai:registry=${foreign.url}\n`);
  const devEngines = { packageManager: { name: "pnpm", onFail: "error" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ devEngines }));
  const updated = await finished(user.begin(["update", "--json"], folder));
  expect(updated).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(updated.stdout)).toEqual({ outcome: "updated", from: version, to: "98.0.0" });
  expect(foreign.requests).toEqual([]);
  expect(await user.startAll()).toEqual(["98.0.0", "98.0.0"]);
  expect(user.versions()).toEqual([version, "98.0.0"]);
  expect((await user.run("update")).stdout).toBe("Clients start 98.0.0. There is no newer version.\n");

  // A reinstallation by the old program does not go back.
  await user.run("install", "cursor", "--yes");
  expect(await user.startAll()).toEqual(["98.0.0", "98.0.0"]);
  const back = await user.run("update", "--rollback");
  expect(back.stdout).toMatch(new RegExp(`^Clients start ${version} from now on, instead of 98\\.0\\.0\\.`));
  expect(await user.startAll()).toEqual([version, version]);
  await user.run("update", "--rollback");
  expect(await user.startAll()).toEqual(["98.0.0", "98.0.0"]);
});

test("an update that is killed during the download switches nothing, and can be repeated", async () => {
  const user = await makeUser();
  publish(user.registry, "98.0.0");
  const stalled = user.registry.stallDownload();
  const child = user.begin(["update"]);
  await stalled;
  child.kill("SIGKILL");
  await finished(child);
  expect(await user.startAll()).toEqual([version, version]);
  expect(await user.run("update")).toMatchObject({ code: 0 });
  expect(await user.startAll()).toEqual(["98.0.0", "98.0.0"]);
});

test("an update to a version that does not start, or to a download that was changed, switches nothing", async () => {
  const user = await makeUser();
  const manifest = (name: string) => JSON.stringify({ name: "@lightfastai/mcp", version: name });
  const broken = {
    "package.json": manifest("98.0.0"),
    "bin/lightfast-mcp.js": "throw new Error('too old')",
  };
  const wrong = { "package.json": manifest("98.0.1"), "bin/lightfast-mcp.js": "console.log('1.0.0')" };
  for (const [name, tarball, delivered, message] of [
    ["98.0.0", packFiles(broken), undefined, /98\.0\.0 does not start, so nothing was switched: .+too old/s],
    ["98.0.1", packFiles(wrong), undefined, /98\.0\.1 does not start.+it printed "1\.0\.0"/],
    [
      "98.0.2",
      packProgram("98.0.2", "a"),
      packProgram("98.0.2", "b"),
      /integrity.+The download is damaged/is,
    ],
  ] as const) {
    user.registry.publish(name, tarball, delivered);
    const { code, stderr } = await user.run("update");
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(await user.startAll()).toEqual([version, version]);
  }
  expect(existsSync(join(user.home, "node_modules"))).toBe(false);
});

test("update names what is wrong and the next step", async () => {
  const user = await makeUser();
  const failing = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await user.run("update", ...args);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    return stderr;
  };
  expect(await failing()).toMatch(/npm install failed: .+ The registry does not have it\./);
  publish(user.registry, "98.0.0");
  expect(await failing("97.0.0")).toMatch(/97\.0\.0.+The registry does not have this version\./);
  expect(await failing("--rollback")).toMatch(/^lightfast-mcp: There is no previous version\./);
  expect(await failing("latest")).toMatch(/must be a number such as 1\.2\.3/);
  expect(await failing("--check", "--rollback")).toMatch(/cannot be combined/);
  writeFileSync(join(user.home, ".npmrc"), "registry=http://127.0.0.1:1/\n");
  expect(JSON.parse(await failing("--json"))).toEqual({
    error: {
      code: "UPDATE_ERROR",
      message: expect.stringMatching(/ECONNREFUSED.+ Connect to the network/s),
    },
  });
  await user.run("uninstall", "cursor", "codex", "--yes");
  expect(await failing()).toMatch(/No client starts a copy of this program\. To set clients up, run: /);
});
