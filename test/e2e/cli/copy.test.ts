import { spawn } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { version } from "../../../src/version.ts";
import { placeFile } from "../../support/home.ts";
import {
  clientEnvironment,
  type Environment,
  type Finished,
  finished,
  programFile,
} from "../../support/program.ts";
import { packProgram, type Registry, startRegistry } from "../../support/registry.ts";

const isWindows = process.platform === "win32";
/** Wine's cmd.exe ends the scripts that npm makes for programs at `goto #_undefined_#`, so that npx starts nothing. */
const canNpx = process.env.WINECONFIGDIR === undefined;

/** The folder of the copies, by system; .local/share elsewhere. */
const DATA: Readonly<Record<string, string>> = {
  darwin: "Library/Application Support",
  win32: "AppData/Local",
};
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-11-25",
    capabilities: {},
    clientInfo: { name: "test", version: "1.0.0" },
  },
};

type Entry = { readonly command: string; readonly args: readonly string[]; readonly env?: Environment };

/** An empty home directory with Cursor, and a program to run in it. */
function makeUser(extra: Environment = {}) {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "lightfast-mcp-home-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 3 }));
  mkdirSync(join(home, ".cursor"));
  // The user's .npmrc names the registry.
  const env = { HOME: home, USERPROFILE: home, npm_config_registry: "", ...extra };
  const data = join(home, ...(DATA[process.platform] ?? ".local/share").split("/"), "lightfast-mcp");
  const runNode = (args: readonly string[], more: Environment = {}, cwd = home): Promise<Finished> =>
    execute(process.execPath, args, { ...env, ...more }, cwd);
  return {
    home,
    data,
    env,
    cursor: join(home, ".cursor", "mcp.json"),
    copy: join(data, "versions", version),
    runNode,
    run: (...args: readonly string[]) => runNode([programFile(), ...args]),
  };
}

function execute(
  command: string,
  args: readonly string[],
  env: Environment,
  cwd: string,
  input = "",
): Promise<Finished> {
  // Clients start a script with a shell, as Windows requires.
  const shell = command.endsWith(".cmd");
  const child = spawn(shell ? `"${command}"` : command, args, { cwd, env: clientEnvironment(env), shell });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return finished(child);
}

function entryIn(file: string, name = "lightfast"): Entry {
  return JSON.parse(readFileSync(file, "utf8")).mcpServers[name];
}

/** Starts an entry as a client does, and returns what it prints. */
function startEntry({ command, args }: Entry, env: Environment, cwd: string): Promise<Finished> {
  return execute(command, args, env, cwd, `${JSON.stringify(INITIALIZE)}\n`);
}

/** The version of the server that an entry starts. */
async function serverVersion(entry: Entry, env: Environment, cwd: string): Promise<string> {
  const { stdout, stderr } = await startEntry(entry, env, cwd);
  const [line = ""] = stdout.split("\n");
  if (!line.startsWith("{")) throw new Error(`${line}\n${stderr}`);
  return JSON.parse(line).result.serverInfo.version;
}

/** A package with the same version as the program, but other content. */
function makeOtherBuild(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lightfast-mcp-build-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(packageFolder(), folder, { recursive: true });
  writeFileSync(join(folder, "README.md"), "another build");
  return join(folder, "bin", "lightfast-mcp.js");
}

test("install writes an entry that starts the copy directly, in any folder, with the same files as the package", async () => {
  const user = makeUser();
  const { code, stdout, stderr } = await user.run("install", "cursor", "--yes");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.replaceAll(/\s+/g, " ")).toMatch(
    /Clients start .+lightfast-mcp\.cjs\. To update it, run: .+ update/,
  );
  const entry = entryIn(user.cursor);
  expect(entry.args).toEqual([join(user.data, "lightfast-mcp.cjs")]);
  expect(realpathSync(entry.command)).toBe(realpathSync(process.execPath));
  expect(await serverVersion(entry, user.env, tmpdir())).toBe(version);
  for (const path of ["bin", "dist"]) {
    const names = (folder: string) =>
      readdirSync(join(folder, path), { recursive: true, encoding: "utf8" }).sort();
    expect(names(user.copy)).toEqual(names(packageFolder()));
    for (const name of names(packageFolder()).filter((file) => /\.\w+$/.test(file)))
      expect(
        readFileSync(join(user.copy, path, name)).equals(readFileSync(join(packageFolder(), path, name))),
      ).toBe(true);
  }
  const removed = await user.run("uninstall", "cursor", "--yes");
  expect(removed).toMatchObject({ code: 0, stderr: "" });
  expect(existsSync(user.data)).toBe(false);
});

test("the first session stores its compiled code, and the next ones start with it while it fits", async () => {
  const user = makeUser();
  await user.run("install", "cursor", "--yes", "--sandbox");
  const entry = entryIn(user.cursor);
  const cache = join(user.copy, "start.cache");
  const params = { name: "lightfast_system_health", arguments: {} };
  const requests = [
    INITIALIZE,
    { jsonrpc: "2.0", id: 2, method: "tools/list" },
    { jsonrpc: "2.0", id: 3, method: "tools/call", params },
  ];
  const input = requests.map((request) => `${JSON.stringify(request)}\n`).join("");
  const serve = async () => {
    const { command, args, env } = entry;
    const { code, stdout, stderr } = await execute(command, args, { ...user.env, ...env }, user.home, input);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n").filter((line) => line.includes('"result"'))).toHaveLength(requests.length);
    expect(stdout).not.toContain('"isError"');
    utimesSync(cache, 1000, 1000);
    return readFileSync(cache);
  };

  expect(await user.runNode([...entry.args, "--version"])).toMatchObject({ code: 0, stdout: `${version}\n` });
  expect(readFileSync(cache)).toHaveLength(0);
  const stored = await serve();
  expect(stored.length).toBeGreaterThan(10_000);
  expect(await serve()).toEqual(stored);

  // The version of V8 follows four bytes of magic.
  const foreign = Buffer.from(stored);
  foreign.writeUInt32LE(~stored.readUInt32LE(4) >>> 0, 4);
  writeFileSync(cache, foreign);
  expect((await serve()).readUInt32LE(4)).toBe(stored.readUInt32LE(4));
  expect(readdirSync(user.copy).filter((name) => name.startsWith("start"))).toEqual(["start.cache"]);

  const damaged = Buffer.from(stored);
  damaged.fill(0, 4096, 8192);
  for (const content of [damaged, stored.subarray(0, 8192), stored.subarray(0, 3), Buffer.from("x")]) {
    writeFileSync(cache, content);
    expect((await serve()).length).toBeGreaterThan(10_000);
  }
});

test("lfx install uses the same copy, which stays until no entry of any platform and client is left", async () => {
  const user = makeUser();
  mkdirSync(join(user.home, ".codex"));
  await user.run("install", "cursor", "--yes");
  await user.run("lfx", "install", "codex", "cursor", "--yes");
  const entry = entryIn(user.cursor, "lfx");
  expect(entry.args).toEqual([join(user.data, "lightfast-mcp.cjs"), "lfx"]);
  expect(await serverVersion(entry, user.env, user.home)).toBe(version);
  await user.run("uninstall", "cursor", "--yes");
  await user.run("lfx", "uninstall", "cursor", "--yes");
  expect(existsSync(user.copy)).toBe(true);
  await user.run("lfx", "uninstall", "codex", "--yes");
  expect(existsSync(user.data)).toBe(false);
});

test("a server that runs while its copy is deleted still answers", async () => {
  const user = makeUser();
  await user.run("install", "cursor", "--yes", "--sandbox");
  const { command, args } = entryIn(user.cursor);
  const child = spawn(command, args, { env: clientEnvironment({ ...user.env, LIGHTFAST_SANDBOX: "1" }) });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.write(`${JSON.stringify(INITIALIZE)}\n`);
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const { code } = await user.run("uninstall", "cursor", "--yes");
  expect(code).toBe(0);
  child.stdin.end('{"jsonrpc":"2.0","id":2,"method":"tools/list"}\n');
  expect((await finished(child)).stdout).toContain("lightfast_signals_create");
});

test.each(["dist/cli.cjs", "bin/lightfast-mcp.js", "package.json"])(
  "a copy with a damaged %s is repaired by the next install, although no entry changes",
  async (path) => {
    const user = makeUser();
    await user.run("install", "cursor", "--yes");
    const entry = entryIn(user.cursor);
    writeFileSync(join(user.copy, path), "half of");
    const again = await user.run("install", "cursor", "--yes", "--json");
    expect(JSON.parse(again.stdout).clients).toMatchObject([{ outcome: "unchanged" }]);
    expect(readFileSync(join(user.copy, path)).equals(readFileSync(join(packageFolder(), path)))).toBe(true);
    expect(await serverVersion(entry, user.env, user.home)).toBe(version);
  },
);

test.each(["a damaged file", "no launcher"])(
  "doctor --fix repairs a copy with %s, offline",
  async (damage) => {
    const user = makeUser();
    await user.run("install", "cursor", "--yes", "--sandbox");
    if (damage === "no launcher") rmSync(join(user.data, "lightfast-mcp.cjs"));
    else writeFileSync(join(user.copy, "dist/cli.cjs"), "half of");
    const { stdout } = await user.run("doctor", "--fix", "--yes", "--json", "--sandbox", "--offline");
    const { checks, fixes } = JSON.parse(stdout);
    expect(fixes).toMatchObject([{ file: join(user.data, "lightfast-mcp.cjs"), outcome: "fixed" }]);
    expect(checks).toContainEqual(expect.objectContaining({ id: "copy", status: "ok" }));
    expect(await serverVersion(entryIn(user.cursor), user.env, user.home)).toBe(version);
  },
);

test("two processes that install at the same time leave one complete copy", async () => {
  const user = makeUser();
  mkdirSync(join(user.home, ".codex"));
  const builds = [programFile(), makeOtherBuild()];
  const runs = builds.flatMap((build) =>
    ["cursor", "codex"].map((client) => user.runNode([build, "install", client, "--yes"])),
  );
  for (const result of await Promise.all(runs)) {
    // A file that two processes edit at once is written by one of them.
    if (result.code !== 0) expect(result.stderr).toMatch(/changed|try again/i);
  }
  expect(await serverVersion(entryIn(user.cursor), user.env, user.home)).toBe(version);
  const names = readdirSync(join(user.data, "versions"));
  expect(names.filter((name) => name.startsWith("."))).toEqual([]);
  expect(names).toHaveLength(2);
});

// Windows has no modes, and root may write everywhere.
test.skipIf(isWindows || process.getuid?.() === 0)(
  "a folder that cannot be written is named, and no entry is",
  async () => {
    const user = makeUser();
    mkdirSync(dirname(user.data), { recursive: true });
    chmodSync(dirname(user.data), 0o500);
    onTestFinished(() => chmodSync(dirname(user.data), 0o700));
    const { code, stderr } = await user.run("install", "cursor", "--yes");
    expect(code).toBe(1);
    expect(stderr.replaceAll(/\s+/g, " ")).toMatch(/cannot be copied to .+lightfast-mcp.+use --npx/);
    expect(existsSync(user.cursor)).toBe(false);
  },
);

test("a file in the place of the folder is reported, and no entry is written", async () => {
  const user = makeUser();
  placeFile(user.data, "not a folder");
  const { code, stderr } = await user.run("install", "cursor", "--yes");
  expect(code).toBe(1);
  expect(stderr.replaceAll(/\s+/g, " ")).toMatch(/cannot be copied to .+lightfast-mcp.+use --npx/);
  const json = await user.run("install", "cursor", "--yes", "--json");
  expect(JSON.parse(json.stderr)).toMatchObject({ error: { code: "usage" } });
  expect(existsSync(user.cursor)).toBe(false);
  expect(readFileSync(user.data, "utf8")).toBe("not a folder");
});

test("without a home directory there is no copy, and project files still work", async () => {
  const user = makeUser();
  const nothing = isWindows ? "\\\\.\\NUL" : "/dev/null";
  const noHome = { HOME: nothing, USERPROFILE: nothing };
  const update = await user.runNode([programFile(), "update"], noHome);
  expect(update).toMatchObject({ code: 1, stderr: expect.stringContaining("No client starts a copy") });
  const install = await user.runNode([programFile(), "install", "cursor", "--project", "--yes"], noHome);
  expect(install).toMatchObject({ code: 0, stderr: "" });
  expect(entryIn(user.cursor).args.slice(-3)).toEqual(["--prefix=/", "-y", "@lightfastai/mcp@latest"]);
});

test.each([["--dry-run"], ["--print"]])("%s writes no copy", async (flag) => {
  const user = makeUser();
  const { code } = await user.run("install", "cursor", flag);
  expect(code).toBe(0);
  expect(existsSync(user.data)).toBe(false);
});

/** Kills the program before or after its nth rename: the copy is renamed first, then the launcher. */
const KILL = `const fs = require("node:fs"), { syncBuiltinESMExports } = require("node:module");
const { renameSync } = fs, [when, count] = process.env.KILL.split(" ");
let renames = 0;
fs.renameSync = (from, to) => {
  const isLast = ++renames === Number(count);
  if (isLast && when === "before") process.kill(process.pid, "SIGKILL");
  renameSync(from, to);
  if (isLast) process.kill(process.pid, "SIGKILL");
};
syncBuiltinESMExports();`;

test.each(["before 1", "after 1", "before 2", "after 2"])(
  "an install that is killed %s renames leaves entries that start, and can be repeated",
  async (moment) => {
    const user = makeUser();
    await user.run("install", "cursor", "--yes");
    const entry = entryIn(user.cursor);
    const build = makeOtherBuild();
    const preload = join(user.home, "kill.cjs");
    writeFileSync(preload, KILL);
    const install = [build, "install", "cursor", "--yes"];
    const killed = await user.runNode(["--require", preload, ...install], { KILL: moment });
    // Windows reports an exit code for every end.
    expect(isWindows ? killed.code : killed.signal).toBe(isWindows ? 1 : "SIGKILL");
    expect(entryIn(user.cursor)).toEqual(entry);
    expect(await serverVersion(entry, user.env, user.home)).toBe(version);
    expect((await user.runNode(install)).code).toBe(0);
    expect(readFileSync(join(user.data, "lightfast-mcp.cjs"), "utf8")).toMatch(
      /versions\/[^/]+-[0-9a-f]{12}\//,
    );
    expect(await serverVersion(entry, user.env, user.home)).toBe(version);
  },
);

/** What a repository can do to npx: name another registry for this package, or require another package manager. */
type Attack = { readonly folder: string; readonly foreign: Registry };

async function makeAttack(): Promise<Attack> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "lightfast-mcp-attack-")));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const foreign = await startRegistry();
  foreign.publish("99.0.0", packProgram("99.0.0", "FOREIGN CODE"));
  writeFileSync(join(folder, ".npmrc"), `registry=${foreign.url}\n@lightfastai:registry=${foreign.url}\n`);
  return { folder, foreign };
}

function requirePnpm(folder: string): void {
  const devEngines = { packageManager: { name: "pnpm", onFail: "error" } };
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "victim", devEngines }));
}

/** The registry that the user trusts, with this version. */
async function trustRegistry(home: string): Promise<Registry> {
  const trusted = await startRegistry();
  trusted.publish(version, readFileSync(inject("tarball")));
  writeFileSync(join(home, ".npmrc"), `registry=${trusted.url}\nupdate-notifier=false\naudit=false\n`);
  return trusted;
}

describe("in a folder that redirects the package and requires another package manager", () => {
  test.runIf(canNpx)("the documented npx command runs foreign code, or does not start", async () => {
    const user = makeUser();
    const { folder, foreign } = await makeAttack();
    await trustRegistry(user.home);
    const documented = {
      command: isWindows ? "cmd" : "npx",
      args: [...(isWindows ? ["/c", "npx"] : []), "-y", "@lightfastai/mcp@latest"],
    };
    expect((await startEntry(documented, user.env, folder)).stdout).toContain("FOREIGN CODE");
    expect(foreign.requests.length).toBeGreaterThan(0);
    requirePnpm(folder);
    expect((await startEntry(documented, user.env, folder)).stderr).toContain("EBADDEVENGINES");
  });

  test.for([
    ["install", ["--yes"]],
    ["install --npx", ["--npx", "--yes"]],
    ["install --project", ["--project", "--yes"]],
    ["install --command", ["--command", "PROGRAM", "--yes"]],
  ] as const)("the entry of %s starts this program, cold and warm", async ([_, words], { skip }) => {
    const user = makeUser();
    const { folder, foreign } = await makeAttack();
    const trusted = await trustRegistry(user.home);
    requirePnpm(folder);
    mkdirSync(join(folder, ".cursor"));
    const program = isWindows
      ? join(user.home, "server.cmd")
      : join(inject("installed"), "node_modules", ".bin", "lightfast-mcp");
    if (isWindows) writeFileSync(program, `@"${process.execPath}" "${programFile()}" %*\r\n`);
    const options = words.map((word) => (word === "PROGRAM" ? program : word));
    const installed = await user.runNode([programFile(), "install", "cursor", ...options], {}, folder);
    expect(installed).toMatchObject({ code: 0, stderr: "" });
    const isProject = options.includes("--project");
    const entry = entryIn(isProject ? join(folder, ".cursor", "mcp.json") : user.cursor);
    if (isProject) expect(JSON.stringify(entry)).not.toMatch(/lightfast-mcp-home|\/usr|versions/);
    const usesNpx = [entry.command, ...entry.args].includes("npx");
    skip(usesNpx && !canNpx, "Wine's cmd.exe cannot run what npx starts");
    for (const _start of usesNpx ? ["cold", "warm"] : ["only"]) {
      expect(await serverVersion(entry, user.env, folder)).toBe(version);
    }
    expect(foreign.requests).toEqual([]);
    expect(trusted.requests.length > 0).toBe(usesNpx);
  });
});

test("--npx writes the floating form with a prefix that exists, which a later install keeps", async () => {
  const user = makeUser();
  await user.run("install", "cursor", "--npx", "--yes");
  const { command, args } = entryIn(user.cursor);
  const prefix = join(user.data, "npx");
  const npx = ["npx", `--prefix=${prefix}`, "-y", "@lightfastai/mcp@latest"];
  expect([command, ...args]).toEqual(isWindows ? ["cmd", "/c", ...npx] : npx);
  expect(readdirSync(prefix)).toEqual([]);
  const again = await user.run("install", "cursor", "--yes");
  expect(again).toMatchObject({ code: 0, stdout: expect.not.stringContaining("Clients start") });
  expect(entryIn(user.cursor)).toMatchObject({ command, args });
  expect(readdirSync(user.data)).toEqual(["npx"]);
  await user.run("uninstall", "cursor", "--yes");
  expect(existsSync(user.data)).toBe(false);
});

test("the entry of earlier versions, which a repository could redirect, becomes one that starts the copy", async () => {
  const user = makeUser();
  const old = {
    command: "npx",
    args: ["-y", "@lightfastai/mcp@latest"],
    env: { LIGHTFAST_TIMEOUT_MS: "9000" },
  };
  writeFileSync(user.cursor, JSON.stringify({ mcpServers: { lightfast: old } }));
  expect((await user.run("install", "cursor", "--yes")).code).toBe(0);
  expect(entryIn(user.cursor)).toMatchObject({ args: [join(user.data, "lightfast-mcp.cjs")], env: old.env });
  expect((await user.run("install", "cursor", "--npx", "--yes")).code).toBe(0);
  expect(JSON.stringify(entryIn(user.cursor))).toContain("--prefix=");
});

test("--command writes a program that install, doctor and uninstall know again, and no foreign one", async () => {
  const user = makeUser();
  mkdirSync(join(user.home, ".codex"));
  const foreign = { command: "other-server", args: [] };
  writeFileSync(user.cursor, JSON.stringify({ mcpServers: { lightfast: foreign } }));
  expect((await user.run("install", "cursor", "--command", "my-server", "--yes")).code).toBe(1);
  expect(entryIn(user.cursor)).toEqual(foreign);
  expect((await user.run("install", "codex", "--command", "my-server", "--yes")).code).toBe(0);
  expect(readFileSync(join(user.home, ".codex", "config.toml"), "utf8")).toContain(
    'command = "my-server"\nargs = []',
  );
  expect((await user.run("install", "cursor", "--yes")).code).toBe(1);
  const again = await user.run("install", "codex", "--command", "my-server", "--yes", "--json");
  expect(JSON.parse(again.stdout).clients).toMatchObject([{ outcome: "unchanged" }]);
  const doctor = await user.run("doctor", "--json", "--offline");
  const checks = JSON.parse(doctor.stdout).checks as { id: string; summary: string }[];
  expect(checks.find(({ id }) => id === "client-codex")?.summary).toContain("my-server");
  expect((await user.run("uninstall", "codex", "--yes")).code).toBe(0);
  expect(existsSync(user.data)).toBe(false);
  expect(entryIn(user.cursor)).toEqual(foreign);
});

test.each([
  [["--npx", "--command", "x"], "--npx and --command cannot be combined"],
  [["--command", "docker run -i image"], "--command must be the name of a program"],
  [["--command", "./server"], "--command must be the name of a program"],
  [["--command", "/no/such/server"], "--command must be the name of a program"],
  [["--command", ""], "--command must be the name of a program"],
])("install %j is rejected", async (words, message) => {
  const user = makeUser();
  const { code, stderr } = await user.run("install", "cursor", ...words, "--yes");
  expect(code).toBe(1);
  expect(stderr).toContain(message);
  expect(existsSync(user.cursor)).toBe(false);
});

function packageFolder(): string {
  return join(dirname(programFile()), "..");
}
