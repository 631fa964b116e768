import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { startSandbox } from "../../../src/platforms/lightfast/sandbox/server.ts";
import {
  clientEnvironment,
  connect,
  type Environment,
  finished,
  programFile,
  run,
} from "../../support/program.ts";
import { COLOR, ESCAPE, openTerminal } from "../../support/terminal.ts";

const isWindows = process.platform === "win32";
const FOLDERS: Partial<Record<NodeJS.Platform, string[]>> = {
  darwin: ["Library", "Application Support", "lightfast-mcp"],
  win32: ["AppData", "Roaming", "lightfast-mcp"],
};
function folder(home: string) {
  return join(home, ...(FOLDERS[process.platform] ?? [".config", "lightfast-mcp"]), "profiles");
}

let origin: string;
let sandbox: Awaited<ReturnType<typeof startSandbox>>;
beforeAll(async () => {
  sandbox = await startSandbox();
  origin = sandbox.url.origin;
});
afterAll(() => sandbox.close());

let home: string;
let env: Environment;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "lightfast-mcp-home-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  // Variables of a shell that a client does not pass on must make no difference to where a login is found.
  env = { HOME: home, USERPROFILE: home, XDG_CONFIG_HOME: join(home, "elsewhere") };
});

function login(key: string, ...more: string[]) {
  return run(["login", "--stdin", "--base-url", origin, ...more], env, `${key}\n`);
}
function file(name = "default") {
  return join(folder(home), `${name}.json`);
}

test("a login is checked, stored for this user alone, and then used by the server a client starts", async () => {
  const { code, stdout, stderr } = await login("lf_sandbox_teammate");
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain(`Logged in as profile default: lf_…mate at ${origin}`);
  expect(stdout).toContain(file());
  expect(JSON.parse(readFileSync(file(), "utf8"))).toEqual({
    apiKey: "lf_sandbox_teammate",
    baseUrl: `${origin}/`,
  });
  if (!isWindows) {
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(folder(home)).mode & 0o777).toBe(0o700);
  }
  const peer = connect([], { HOME: home, USERPROFILE: home });
  const { result } = await peer.request("tools/call", { name: "lightfast_system_health" });
  expect(result).toMatchObject({ structuredContent: { status: "ok" } });
  expect(await peer.end()).toMatchObject({ code: 0, stderr: "" });
});

test.each([
  ["a key that Lightfast refuses", "lf_sandbox_expired", 3, /API key expired.+ Nothing was stored\.\n$/],
  [
    "a key without an organization",
    "lf_sandbox_orgless",
    3,
    /not org-scoped.+ Choose an organization in Lightfast, then create a key under Settings > API Keys\. Nothing was stored\.\n$/,
  ],
  ["a malformed key", "nonsense", 1, /does not start with "lf_"\. Nothing was stored\.\n$/],
  [
    "no key",
    "",
    1,
    /No key entered \(stdin\)\. Enter an API key, which starts with "lf_"\. Nothing was stored\.\n$/,
  ],
])("%s is not stored", async (_, key, code, message) => {
  const outcome = await login(key);
  expect(outcome).toMatchObject({ code, stdout: "", stderr: expect.stringMatching(message) });
  expect(existsSync(file())).toBe(false);
});

test("an unreachable Lightfast stores nothing and exits with 4", async () => {
  const outcome = await run(["login", "--stdin", "--base-url", "http://127.0.0.1:1"], env, "lf_sandbox\n");
  expect(outcome).toMatchObject({ code: 4, stderr: expect.stringContaining("ECONNREFUSED") });
  expect(existsSync(file())).toBe(false);
});

test("a key may also be given by flag, and is then out of the output all the same", async () => {
  const { code, stdout, stderr } = await run(
    ["login", "--api-key", "lf_sandbox_teammate", "--base-url", origin],
    env,
  );
  expect(code).toBe(0);
  expect(stdout + stderr).not.toContain("lf_sandbox_teammate");
  expect(existsSync(file())).toBe(true);
});

test.each([
  ["lf_sandbox_unbound", /cannot read signals yet\. .*features\." Ask .*GitHub/],
  ["lf_sandbox_write", /cannot read signals yet\. .*permission/],
])("%s is stored, with what its organization lacks", async (key, message) => {
  const { code, stderr } = await login(key);
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringMatching(message) });
  expect(existsSync(file())).toBe(true);
});

test.each([
  ['"lf_sandbox_teammate"', "stdin", 0],
  ["Authorization: Bearer lf_sandbox_teammate", "stdin", 0],
  ["'Bearer lf_sandbox_teammate'", "--api-key", 1],
])("%s, as copied, from %s", async (text, source, code) => {
  const outcome =
    source === "stdin"
      ? await login(text)
      : await run(["login", "--base-url", origin, "--api-key", text], env);
  expect(outcome.code).toBe(code);
  expect(outcome.stderr).toMatch(code === 0 ? /Removed what surrounded the key/ : /in quotation marks/);
  expect(outcome.stdout + outcome.stderr).not.toContain("teammate");
});

test("without a terminal and without --stdin login says how to go on", async () => {
  expect(await run(["login"], env)).toMatchObject({ code: 1, stderr: expect.stringContaining("--stdin") });
});

test("flag beats variable beats profile, and whoami says which one won", async () => {
  await login("lf_sandbox_teammate");
  const whoami = async (args: string[], extra: Environment = {}) =>
    JSON.parse((await run(["whoami", "--json", ...args], { ...env, ...extra })).stdout);
  expect(await whoami([])).toMatchObject({
    apiKey: "lf_…mate",
    apiKeySource: "profile default",
    baseUrl: `${origin}/`,
    baseUrlSource: "profile default",
    accepted: true,
  });
  const variables = { LIGHTFAST_API_KEY: "lf_sandbox_stranger", LIGHTFAST_BASE_URL: origin };
  expect(await whoami([], variables)).toMatchObject({
    apiKey: "lf_…nger",
    apiKeySource: "LIGHTFAST_API_KEY",
    baseUrlSource: "LIGHTFAST_BASE_URL",
  });
  expect(await whoami(["--api-key", "lf_sandbox_expired"], variables)).toMatchObject({
    apiKey: "lf_…ired",
    apiKeySource: "--api-key",
    accepted: false,
    message: expect.stringMatching(/^invalid_token/),
  });
});

test("a key from elsewhere is not sent to the address of a stored login", async () => {
  await login("lf_sandbox");
  const { stdout } = await run(["whoami", "--json"], {
    ...env,
    LIGHTFAST_API_KEY: "lf_other_key_of_somebody",
    LIGHTFAST_TIMEOUT: "1",
  });
  expect(JSON.parse(stdout)).toMatchObject({ baseUrl: "https://lightfast.ai/", baseUrlSource: "default" });
});

test("whoami prints for people, and exits as call does", async () => {
  await login("lf_sandbox_teammate");
  const plain = await run(["whoami"], env);
  expect(plain).toMatchObject({ code: 0, stderr: "" });
  expect(plain.stdout).toMatch(
    /^API key {3}lf_…mate \(from profile default\)\nBase URL .+\nCheck .+accepted by Lightfast\n$/,
  );
  expect(await run(["whoami"], { HOME: folder(home), USERPROFILE: folder(home) })).toMatchObject({ code: 1 });
});

describe("several accounts", () => {
  test("live side by side and differ", async () => {
    await login("lf_sandbox");
    await login("lf_sandbox_teammate", "--profile", "work");
    const { stdout } = await run(["profiles", "--json"], { ...env, LIGHTFAST_PROFILE: "work" });
    expect(JSON.parse(stdout).profiles).toEqual([
      { name: "default", current: false, apiKey: "lf_…", baseUrl: `${origin}/` },
      { name: "work", current: true, apiKey: "lf_…mate", baseUrl: `${origin}/` },
    ]);
    expect((await run(["profiles"], env)).stdout).toMatch(
      /^ +PROFILE +API KEY +BASE URL\n\* +default .+\n +work .+\n$/,
    );
    expect(await run(["call", "lightfast_system_health", "--profile", "work"], env)).toMatchObject({
      code: 0,
    });
  });

  test("are forgotten one by one", async () => {
    await login("lf_sandbox");
    await login("lf_sandbox", "--profile", "work");
    expect(await run(["logout", "--profile", "work"], env)).toMatchObject({ code: 0 });
    expect(existsSync(file("work"))).toBe(false);
    expect(existsSync(file())).toBe(true);
    expect(await run(["logout", "--profile", "work"], env)).toMatchObject({
      stderr: expect.stringContaining("no login is stored as profile work"),
    });
  });

  test("are forgotten all at once, after a question or with --yes", async () => {
    await login("lf_sandbox");
    await login("lf_sandbox", "--profile", "work");
    await run(["profiles", "use", "work"], env);
    expect(await run(["logout", "--all"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("add --yes"),
    });
    expect(existsSync(file())).toBe(true);
    const { code, stdout } = await run(["logout", "--all", "--yes"], env);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("default, work") });
    expect([existsSync(file()), existsSync(file("work"))]).toEqual([false, false]);
    expect((await run(["profiles"], env)).stdout).toMatch(/^No login is stored/);
  });

  test("one is made active, for the server, whoami, doctor and install alike, until it is removed", async () => {
    await login("lf_sandbox");
    await login("lf_sandbox_teammate", "--profile", "work");
    expect(await run(["profiles", "use", "wrok"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No login "wrok" (did you mean "work"?); stored: default, work'),
    });
    expect(await run(["profiles", "use", "work"], env)).toMatchObject({ code: 0, stderr: "" });
    expect((await run(["profiles"], env)).stdout).toMatch(/^\* +work /m);
    const whoami = async (extra: Environment = {}) =>
      JSON.parse((await run(["whoami", "--json"], { ...env, ...extra })).stdout);
    expect(await whoami()).toMatchObject({ profile: "work", apiKeySource: "profile work" });
    expect(await whoami({ LIGHTFAST_PROFILE: "default" })).toMatchObject({ profile: "default" });
    const peer = connect([], env);
    const { result } = await peer.request("tools/call", { name: "lightfast_system_health" });
    expect(result).toMatchObject({ structuredContent: { status: "ok" } });
    await peer.end();
    await run(["logout"], env);
    expect(existsSync(file("work"))).toBe(false);
    expect(await whoami()).toMatchObject({ profile: "default", apiKeySource: "profile default" });
  });

  test("one that is not there is named, with those that are", async () => {
    await login("lf_sandbox", "--profile", "work");
    const { stderr } = await run([], { ...env, LIGHTFAST_PROFILE: "wrok" });
    expect(stderr).toContain('No login "wrok" (did you mean "work"?); stored: work.');
    expect(stderr).toContain("login --profile wrok");
  });

  test("a login says which variable overrides it, and how to use it by default", async () => {
    const variables = {
      LIGHTFAST_API_KEY: "lf_sandbox_stranger",
      LIGHTFAST_BASE_URL: "https://elsewhere.example",
    };
    const { code, stdout, stderr } = await run(
      ["login", "--stdin", "--base-url", origin, "--profile", "work"],
      { ...env, ...variables },
      "lf_sandbox\n",
    );
    expect(code).toBe(0);
    expect(stderr).toContain("LIGHTFAST_API_KEY is set and overrides this login.");
    expect(stderr).toContain("LIGHTFAST_BASE_URL is set to https://elsewhere.example");
    expect(stderr).toContain("profiles use work");
    expect(stdout).toContain("install --profile work");
  });

  test("stored by many processes at once are all there afterwards", async () => {
    const names = Array.from({ length: 6 }, (_, index) => `p${index}`);
    await Promise.all(names.map((name) => login("lf_sandbox", "--profile", name)));
    const { stdout } = await run(["profiles", "--json"], env);
    expect(JSON.parse(stdout).profiles.map((row: { name: string }) => row.name)).toEqual(names);
  });

  test.each(["../evil", "a b", "-x", "x".repeat(65)])("cannot be named %j", async (name) => {
    const { code, stderr } = await run(["whoami", `--profile=${name}`], env);
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining("--profile must be 1 to 64 letters"),
    });
  });
});

test("a damaged login is named and kept, by the server as by login", async () => {
  await login("lf_sandbox");
  writeFileSync(file(), "{ damaged");
  for (const args of [["whoami"], ["profiles"]]) {
    const { stdout } = await run(args, env);
    expect(stdout).toContain(`${file()} is damaged and was not changed`);
  }
  const again = await login("lf_sandbox");
  expect(again).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("Move it away, then run: lightfast-mcp login"),
  });
  expect(readFileSync(file(), "utf8")).toBe("{ damaged");
  const peer = connect([], env);
  const { result } = await peer.request("tools/call", { name: "lightfast_system_health" });
  expect(JSON.stringify(result)).toMatch(/missing_token: .+ is damaged .+ Move it away/);
  expect((await peer.end()).code).toBe(1);
});

test("a login that others can read is refused, with the command that repairs it", async () => {
  await login("lf_sandbox");
  chmodSync(file(), 0o644);
  const { stdout, code } = await run(["whoami"], env);
  // Files on Windows have no mode, and belong to their user's profile.
  if (isWindows) return expect(code).toBe(0);
  expect(code).toBe(1);
  expect(stdout).toContain(`can be read by other users, so it is not used. Run: chmod 600 ${file()}`);
});

// The pseudo-terminals are those of POSIX systems.
describe.skipIf(isWindows)("in a terminal", () => {
  test("the key is asked for and not shown", async () => {
    const terminal = openTerminal(["login", "--base-url", origin], env, 40);
    await terminal.shows(/Lightfast API key/);
    expect(terminal.text()).toMatch(/Open Lightfast in a browser:\s+\S+\/account\/settings/);
    terminal.type("lf_sandbox_expired\r");
    await terminal.shows(/API key\s+expired[\s\S]+2 times[\s\S]+Lightfast API key/);
    terminal.type('"Bearer lf_sandbox_teammate"\r');
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).not.toContain("teammate");
    expect(terminal.text()).toContain("Removed what surrounded the key");
    expect(terminal.text()).toMatch(/Run:\s+\S*lightfast-mcp install\s*$/);
    expect(terminal.text()).toContain("Logged in as profile default");
    expect(existsSync(file())).toBe(true);
  });

  test.each([
    ["Ctrl-C", "lf_sand\u0003"],
    ["Ctrl-D", "\u0004"],
    ["Ctrl-D after a text", "lf_sand\u0004"],
    ["Escape", "\u001b"],
  ])("%s at the prompt cancels, says so, and leaves nothing behind", async (_, keys) => {
    const terminal = openTerminal(["login", "--base-url", origin], env);
    await terminal.shows(/Lightfast API key/);
    terminal.type(keys);
    expect(await terminal.exited).toBe(130);
    expect(terminal.text()).toMatch(/Canceled\.\s*$/);
    expect(terminal.hasCursor()).toBe(true);
    expect(existsSync(file())).toBe(false);
  });

  test("three wrong keys are enough", async () => {
    const terminal = openTerminal(["login", "--base-url", origin], env);
    for (const shown of [/API key \(lf_/, /2 times[\s\S]+API key \(lf_/, /once[\s\S]+API key \(lf_/]) {
      await terminal.shows(shown);
      terminal.type("lf_wrong\r");
    }
    expect(await terminal.exited).toBe(3);
    expect(terminal.text()).toMatch(/Nothing\s+was\s+stored\./);
    expect(existsSync(file())).toBe(false);
  });

  test("logout --all asks, and Ctrl-D is a no", async () => {
    await login("lf_sandbox");
    const terminal = openTerminal(["logout", "--all"], env);
    await terminal.shows(/Remove every stored login \(default\)\?/);
    terminal.type("\u0004");
    expect(await terminal.exited).toBe(130);
    expect(existsSync(file())).toBe(true);
  });

  test("a newer version that doctor or update saw is announced, on terminals only", async () => {
    const cache =
      { darwin: "Library/Caches", win32: "AppData/Local/Temp" }[process.platform as string] ?? ".cache";
    mkdirSync(join(home, cache, "lightfast-mcp"), { recursive: true });
    writeFileSync(join(home, cache, "lightfast-mcp", "newest-version"), "999.0.0\n");
    const terminal = openTerminal(["profiles"], env, 140);
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toMatch(/Version 999\.0\.0 is available[\s\S]+update\s*$/);
    const json = openTerminal(["profiles", "--json"], env, 140);
    await json.exited;
    const pipe = await run(["profiles"], env);
    expect(json.text() + pipe.stdout + pipe.stderr).not.toContain("999.0.0");
  });

  test("a slow answer shows a spinner, which is gone at the end", async () => {
    const slow = createServer((_, response) => {
      setTimeout(() => response.writeHead(401, { "content-type": "application/json" }).end("{}"), 1500);
    }).listen(0, "127.0.0.1");
    onTestFinished(() => void slow.close());
    await once(slow, "listening");
    const { port } = slow.address() as AddressInfo;
    const LIGHTFAST_BASE_URL = `http://127.0.0.1:${port}`;
    const terminal = openTerminal(["whoami"], {
      ...env,
      LIGHTFAST_BASE_URL,
      LIGHTFAST_API_KEY: "lf_sandbox",
    });
    await terminal.shows(/⠋ Checking the key with 127\.0\.0\.1/);
    expect(await terminal.exited).toBe(3);
    expect(terminal.screen()).toMatch(new RegExp(`${ESCAPE}\\[2KAPI key`));
  });

  /** A program that writes down the page it is to open. */
  function browser() {
    const [script, opened] = [join(home, "browser.sh"), join(home, "opened")];
    writeFileSync(script, `#!/bin/sh\necho "$@" > "${opened}.new" && mv "${opened}.new" "${opened}"\n`, {
      mode: 0o755,
    });
    return { BROWSER: `${script} --new-tab %s:other`, opened };
  }

  test("the key page opens in the browser of BROWSER", async () => {
    const { BROWSER, opened } = browser();
    const terminal = openTerminal(["login", "--base-url", origin], { ...env, BROWSER });
    await terminal.shows(/Lightfast opens in your browser:[\s\S]+API key \(lf_/);
    await expect.poll(() => existsSync(opened), { timeout: 20_000 }).toBe(true);
    expect(readFileSync(opened, "utf8")).toBe(`--new-tab ${origin}/account/settings\n`);
    terminal.type("\u0003");
    await terminal.exited;
  });

  test("NO_COLOR is heeded", async () => {
    const terminal = openTerminal(["login", "--base-url", origin], { ...env, NO_COLOR: "1" });
    await terminal.shows(/Lightfast API key/);
    expect(terminal.screen()).not.toMatch(COLOR);
    terminal.type("\u0003");
    await terminal.exited;
  });

  test("a server without a key gives the terminal back at once", async () => {
    const terminal = openTerminal([], env, 40);
    expect(await terminal.exited).toBe(1);
    expect(terminal.text()).toContain("No Lightfast API key is set");
  });
});

describe("without a home directory", () => {
  /** A folder in which a relative path would find a login. */
  function decoy() {
    const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-decoy-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    for (const name of [".config", "Library/Application Support", "AppData/Roaming"]) {
      const profiles = join(folder, name, "lightfast-mcp", "profiles");
      mkdirSync(profiles, { recursive: true });
      const login = { apiKey: "lf_sandbox_teammate", baseUrl: origin };
      writeFileSync(join(profiles, "default.json"), JSON.stringify(login), { mode: 0o600 });
    }
    return folder;
  }

  test.each(["", "relative"])("HOME=%s never leads to the working directory", async (HOME) => {
    const cwd = decoy();
    const options = { cwd, env: { ...clientEnvironment(), HOME, USERPROFILE: HOME } };
    const { stdout } = spawnSync(process.execPath, [programFile(), "profiles"], {
      ...options,
      encoding: "utf8",
    });
    expect(stdout).not.toContain("mate");
  });

  let copy: string | undefined;
  afterAll(() => copy && rmSync(copy, { recursive: true, force: true }));
  /** The program where every user can read it. */
  function copyOfProgram() {
    if (copy === undefined) {
      copy = mkdtempSync(join(tmpdir(), "lightfast-mcp-program-"));
      chmodSync(copy, 0o755);
      cpSync(dirname(dirname(programFile())), join(copy, "program"), { recursive: true });
    }
    return join(copy, "program", "bin", "lightfast-mcp.js");
  }

  const isRoot = process.getuid?.() === 0;
  test.skipIf(!isRoot).each([
    [["whoami"], 1, "No Lightfast API key is set"],
    [["profiles"], 0, "No login is stored"],
    [["logout"], 0, "no login is stored"],
    [["tools"], 0, "lightfast_signals_create"],
    [["doctor", "--sandbox"], 0, "0 failed"],
    [["call", "lightfast_system_health", "--sandbox"], 0, "ok"],
    [["install", "cursor", "--yes"], 1, "Set HOME to an absolute path"],
    [
      ["login", "--stdin", "--base-url"],
      1,
      "This user has no home directory, so no login can be stored. Set HOME",
    ],
  ])("a user without an entry in the user database can run %j", async (args, code, text) => {
    const cwd = decoy();
    chmodSync(cwd, 0o755);
    const child = spawn(
      process.execPath,
      [copyOfProgram(), ...args, ...(args[0] === "login" ? [origin] : [])],
      {
        cwd,
        uid: 65_533,
        gid: 65_533,
        env: { PATH: process.env.PATH },
      },
    );
    child.stdin.on("error", () => {});
    child.stdin.end("lf_sandbox\n");
    const { stdout, stderr, code: exitCode } = await finished(child);
    expect(stdout + stderr).toContain(text);
    expect(exitCode).toBe(code);
  });

  test("a home directory that cannot be written to is reported with the next step", async () => {
    writeFileSync(join(home, ".config"), "");
    writeFileSync(join(home, "Library"), "");
    writeFileSync(join(home, "AppData"), "");
    const { code, stderr } = await login("lf_sandbox");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /default\.json cannot be written \([A-Z]+\)\. Make its folder writable, or set LIGHTFAST_API_KEY/,
    );
  });
});
