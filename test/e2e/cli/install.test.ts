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
import { dirname, join, posix } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { DOCUMENTED, HOMES } from "../../support/clients/documented.ts";
import {
  clientEnvironment,
  type Environment,
  type Finished,
  finished,
  programFile,
  run,
} from "../../support/program.ts";
import { COLOR, ESCAPE, openTerminal } from "../../support/terminal.ts";

/** The files of all clients, where Linux has them, and their content before the test; undefined does not exist. */
const LINUX_FILES: Readonly<Record<string, readonly [path: string, text?: string]>> = {
  "claude-desktop": [
    ".config/Claude/claude_desktop_config.json",
    '{\n\t"mcpServers": {\n\t\t"a": {}\n\t}\n}',
  ],
  "lm-studio": [".lmstudio/mcp.json", '{\n  "mcpServers": {}\n}'],
  warp: [".warp/.mcp.json"],
  "claude-code": [".claude.json", '{\n  "projects": {},\n  "mcpServers": {}\n}\n'],
  codex: [".codex/config.toml", 'model = "x" # mine\n\n[mcp_servers.a]\ncommand = "b"'],
  gemini: [".gemini/settings.json", '{"a":1}'],
  qwen: [".qwen/settings.json", '{\n  // mine\n  "mcpServers": {},\n}\n'],
  goose: [".config/goose/config.yaml", "# mine\nextensions:\n  a: {enabled: true}\n"],
  opencode: [".config/opencode/opencode.jsonc", '{\n  "mcp": {}, // none\n}\n'],
  copilot: [".copilot/mcp-config.json", '{"mcpServers": {\n}}'],
  amp: [
    ".config/amp/settings.json",
    '{\n    "amp.mcpServers": {},\n    "amp.url": "https://example.com"\n}\n',
  ],
  kilo: [".config/kilo/kilo.jsonc", '{\n  "mcp": {"a": {"type": "local", "command": ["a"]}}, // mine\n}\n'],
  droid: [
    ".factory/mcp.json",
    '{\n  "mcpServers": {\n    "a": { "type": "http", "url": "https://example.com" }\n  }\n}\n',
  ],
  crush: [".config/crush/crush.json", '{\n  "$schema": "https://charm.land/crush.json",\n  "lsp": {}\n}\n'],
  kimi: [".kimi-code/mcp.json", '{ "mcpServers": {} }\n'],
  cursor: [".cursor/mcp.json", '\uFEFF{\r\n   "mcpServers": { // mine\r\n   },\r\n}\r\n'],
  vscode: [".config/Code/User/mcp.json", '{ "servers": {}, "inputs": [] }\n'],
  "vscode-insiders": [".config/Code - Insiders/User/mcp.json"],
  devin: [".config/devin/mcp_config.json", '{"mcpServers": {}}'],
  windsurf: [".codeium/windsurf/mcp_config.json", ""],
  "windsurf-next": [".codeium/windsurf-next/mcp_config.json"],
  antigravity: [".gemini/config/mcp_config.json", '{\n  "mcpServers": {\n  }\n}\n'],
  zed: [".config/zed/settings.json", '// Zed\n{\n  "theme": "One", // dark\n}\n'],
  cline: [".cline/data/settings/cline_mcp_settings.json", "{}"],
  roo: [
    ".config/Code/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json",
    '{\n  "mcpServers": {\n\n  }\n}',
  ],
  kiro: [".kiro/settings/mcp.json", '{"mcpServers": {"a": {"url": "https://example.com"}}}\n'],
  junie: [".junie/mcp/mcp.json", "{\n}\n"],
  trae: [".config/Trae/User/mcp.json", '{\n  "mcpServers": {},\n  "inputs": []\n}\n'],
};
const NAMES = Object.keys(LINUX_FILES);
const SYSTEM = process.platform === "win32" || process.platform === "darwin" ? process.platform : "linux";
/** The same, where this system has them. */
const FILES = Object.fromEntries(
  Object.entries(LINUX_FILES).map(([client, [path, text]]) => [
    client,
    [pathHere(client, path), text] as const,
  ]),
);

/** Returns the path that the client documents for this system, with slashes. */
function pathHere(client: string, linuxPath: string): string {
  const paths = DOCUMENTED[client]?.[SYSTEM].map((path) =>
    path.slice(HOMES[SYSTEM].length + 1).replaceAll("\\", "/"),
  );
  const path = paths?.find((one) => posix.basename(one) === posix.basename(linuxPath));
  if (path === undefined) throw new Error(`no path of ${client}`);
  return path;
}

function makeHome(files: Readonly<Record<string, string | undefined>> = {}): string {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "lightfast-mcp-home-")));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(home, path)), { recursive: true });
    if (text !== undefined) writeFileSync(join(home, path), text);
  }
  return home;
}

function at(home: string, extra: Environment = {}): Environment {
  return {
    HOME: home,
    USERPROFILE: home,
    ...extra,
  };
}

/** Runs the program in a folder. */
function runIn(folder: string, args: readonly string[], env: Environment): Promise<Finished> {
  const child = spawn(process.execPath, [programFile(), ...args], {
    cwd: folder,
    env: clientEnvironment(env),
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  child.stdin.end();
  return finished(child);
}

type Row = { client: string; file: string; outcome: string; backup?: string; message?: string };
function rowsOf({ stdout }: Finished): readonly Row[] {
  expect(stdout.trim().split("\n")).toHaveLength(1);
  return (JSON.parse(stdout) as { clients: readonly Row[] }).clients;
}

function filesIn(folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, "utf8")]),
  );
}

/** The folder of the stored logins, by system; .config elsewhere. */
const LOGINS: Readonly<Record<string, string>> = {
  darwin: "Library/Application Support",
  win32: "AppData/Roaming",
};
const DATA = { darwin: "Library/Application Support", win32: "AppData/Local", linux: ".local/share" }[SYSTEM];
const BACKUPS = `${DATA}/lightfast-mcp/backups`;
const CURSOR = ".cursor/mcp.json";
const CODEX = ".codex/config.toml";
const CLAUDE = pathHere("claude-desktop", "claude_desktop_config.json").replace(
  "claude_desktop_config.json",
  "x",
);
const ZED = pathHere("zed", ".config/zed/settings.json");

/** A home directory with every client. */
function homeOfAll(): string {
  return makeHome({ ...Object.fromEntries(Object.values(FILES)), ".claude/x": undefined });
}

describe("all clients", () => {
  test("are installed and uninstalled; each file ends as it began", async () => {
    const home = homeOfAll();
    const before = filesIn(home);
    const env = at(home, { LIGHTFAST_API_KEY: "lf_0123456789abcdef" });

    const dry = await run(["install", ...NAMES, "--dry-run"], env);
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    for (const [path] of Object.values(FILES)) expect(dry.stdout).toContain(`+++ ${join(home, path)}\n`);
    expect(filesIn(home)).toEqual(before);

    const installed = await run(["install", ...NAMES, "--yes", "--json"], env);
    expect(installed).toMatchObject({ code: 0, stderr: "" });
    expect(rowsOf(installed)).toEqual(
      Object.entries(FILES).map(([client, [path, text]]) => ({
        client,
        file: join(home, path),
        outcome: "written",
        message: expect.any(String),
        diff: expect.stringContaining(`+++ ${join(home, path)}\n`),
        changes: [],
        warnings: [],
        ...(text === undefined ? {} : { backup: join(home, BACKUPS, ...home.split(/[\\/:]+/), path) }),
      })),
    );
    const after = filesIn(home);
    for (const [path] of Object.values(FILES)) expect(after[join(home, path)]).toContain("lightfast-mcp.cjs");
    expect(Object.values(after).join()).not.toContain("lf_0123456789abcdef");

    const again = await run(["install", ...NAMES, "--yes", "--json"], env);
    expect(rowsOf(again).map(({ outcome }) => outcome)).toEqual(NAMES.map(() => "unchanged"));
    expect(filesIn(home)).toEqual(after);

    const cleared = await run(["uninstall", ...NAMES, "--yes", "--json"], env);
    expect(cleared.code).toBe(0);
    expect(rowsOf(cleared).map(({ outcome }) => outcome)).toEqual(NAMES.map(() => "removed"));
    expect(filesIn(home)).toEqual(before);
  });

  test("are found by --all", async () => {
    const env = at(homeOfAll());
    const { stdout } = await run(["install", "--all", "--dry-run", "--json"], env);
    expect((JSON.parse(stdout) as { clients: Row[] }).clients.map(({ client }) => client)).toEqual(NAMES);
  });
});

test("--print prints the snippet on stdout and the file on stderr; the client need not be installed", async () => {
  const home = makeHome();
  const { code, stdout, stderr } = await run(["install", "cursor", "--print", "--name", "signals"], at(home));
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ mcpServers: { signals: { env: expect.anything() } } });
  expect(stderr).toBe(`Cursor: ${join(home, CURSOR)}\n`);
  const json = await run(["install", "codex", "goose", "--print", "--json"], at(home));
  expect(rowsOf(json).map((row) => [row.client, row.outcome])).toEqual([
    ["codex", "planned"],
    ["goose", "planned"],
  ]);
  expect(json.stdout).toContain("[mcp_servers.lightfast]");
  expect(filesIn(home)).toEqual({});
});

test("--yes shows the diff, keeps a backup, and prints the next step", async () => {
  const home = makeHome({ [CURSOR]: '{"mcpServers": {"a": {"env": {"TOKEN": "t0p"}}}}\n' });
  const { code, stdout, stderr } = await run(["install", "cursor", "--yes"], at(home));
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout).toContain('+    "lightfast": {');
  expect(stdout).toContain("Cursor: updated");
  expect(stdout).toMatch(/Backup: .+backups.+mcp\.json\n/);
  expect(stdout).toContain("Restart Cursor.");
  expect(stdout).not.toContain("t0p");
  expect(stdout).not.toContain(ESCAPE);
});

test("--sandbox and --profile are written as variables, without a key", async () => {
  const home = makeHome({ [CURSOR]: undefined, [CODEX]: undefined });
  await run(["install", "cursor", "--sandbox", "--yes"], at(home));
  const cursor = JSON.parse(readFileSync(join(home, CURSOR), "utf8"));
  expect(cursor.mcpServers.lightfast).toMatchObject({ env: { LIGHTFAST_SANDBOX: "1" } });
  expect(JSON.stringify(cursor)).not.toContain("API_KEY");
  await run(["install", "codex", "--profile", "work", "--yes"], at(home));
  const codex = readFileSync(join(home, CODEX), "utf8");
  expect(codex).toContain('[mcp_servers.lightfast.env]\nLIGHTFAST_PROFILE = "work"\n');
  expect(codex).not.toContain("API_KEY");
});

test("--project edits the files of the current folder", async () => {
  const folder = makeHome({ ".vscode/mcp.json": undefined });
  const home = makeHome();
  const args = ["install", "claude-code", "vscode", "cursor", "--project", "--yes", "--json"];
  const result = await runIn(folder, args, at(home));
  expect(result.code).toBe(1);
  expect(rowsOf(result)).toMatchObject([
    { outcome: "written", file: join(folder, ".mcp.json") },
    { outcome: "written", file: join(folder, ".vscode", "mcp.json") },
    {
      outcome: "failed",
      message: expect.stringContaining(".cursor does not exist. Create it to use Cursor in this project."),
    },
  ]);
  expect(filesIn(home)).toEqual({});
  const cleared = await runIn(folder, ["uninstall", "--all", "--project", "--yes", "--json"], at(home));
  expect(rowsOf(cleared).map(({ client, outcome }) => [client, outcome])).toEqual([
    ["claude-code", "removed"],
    ["copilot", "absent"],
    ["vscode", "removed"],
    ["vscode-insiders", "absent"],
  ]);
  expect(filesIn(folder)).toEqual({});
});

const HOSTED = "https://mcp.lightfast.ai/mcp";

describe("--remote", () => {
  test("writes the hosted server to each client that can sign in, and uninstall finds it", async () => {
    const home = homeOfAll();
    const before = filesIn(home);
    const installed = await run(["install", "--remote", "--all", "--yes", "--json"], at(home));
    expect(installed).toMatchObject({ code: 0, stderr: "" });
    const rows = rowsOf(installed);
    const local = ["claude-desktop", "lm-studio", "roo", "junie", "trae"];
    expect(rows.map(({ client }) => client)).toEqual(NAMES.filter((name) => !local.includes(name)));
    for (const { outcome, file, message } of rows) {
      expect(outcome).toBe("written");
      expect(message).toMatch(/sign in/);
      expect(readFileSync(file, "utf8")).toContain(HOSTED);
      expect(readFileSync(file, "utf8")).not.toContain("LIGHTFAST_API_KEY");
    }
    const again = await run(["install", "--remote", "--all", "--yes", "--json"], at(home));
    expect(rowsOf(again).every(({ outcome }) => outcome === "unchanged")).toBe(true);
    const cleared = await run(["uninstall", "--all", "--yes", "--json"], at(home));
    expect(cleared).toMatchObject({ code: 0 });
    expect(filesIn(home)).toEqual(before);
  });

  test("the word after it is a client, unless it is a URL; clients that cannot sign in are named", async () => {
    const home = makeHome({ [CURSOR]: "{}\n", [CLAUDE]: undefined, ".lmstudio/x": undefined });
    const named = await run(["install", "--remote", "cursor", "--print"], at(home));
    expect(JSON.parse(named.stdout)).toEqual({ mcpServers: { lightfast: { url: HOSTED } } });
    const all = await run(
      ["install", "--all", "--dry-run", "--remote", "http://127.0.0.1:8080/mcp"],
      at(home),
    );
    expect(all.stdout).toContain('"url": "http://127.0.0.1:8080/mcp"');
    expect(all.stderr).toContain(
      'Claude Desktop: Claude Desktop\'s file takes local servers only. In Claude Desktop, open Settings > Connectors, choose "Add custom connector", and enter http://127.0.0.1:8080/mcp.',
    );
    expect(all.stderr).toContain("LM Studio is not known to sign in to remote servers.");
  });

  test("a server elsewhere is removed by its URL, and by nothing less", async () => {
    const home = makeHome({ [CURSOR]: "{}\n" });
    const url = "https://mcp.example.com/mcp";
    await run(["install", "cursor", "--remote", url, "--yes"], at(home));
    const text = readFileSync(join(home, CURSOR), "utf8");
    expect(JSON.parse(text)).toEqual({ mcpServers: { lightfast: { url } } });
    const kept = await run(["uninstall", "cursor", "--yes"], at(home));
    expect(kept.stderr).toContain('has a different server named "lightfast"');
    expect(kept.stderr).toContain("If it is this server, repeat the command with --remote and its URL.");
    expect(readFileSync(join(home, CURSOR), "utf8")).toBe(text);
    const removed = await run(["uninstall", "cursor", "--remote", url, "--yes"], at(home));
    expect(removed.code).toBe(0);
    expect(readFileSync(join(home, CURSOR), "utf8")).toBe("{}\n");
  });

  test("--project writes the project's file, and LFX takes a URL", async () => {
    const folder = makeHome();
    const args = ["install", "claude-code", "--project", "--remote", "--yes", "--json"];
    expect(rowsOf(await runIn(folder, args, at(makeHome())))).toMatchObject([{ outcome: "written" }]);
    expect(JSON.parse(readFileSync(join(folder, ".mcp.json"), "utf8"))).toEqual({
      mcpServers: { lightfast: { type: "http", url: HOSTED, alwaysLoad: true } },
    });
    const lfx = ["lfx", "install", "cursor", "--print", "--remote", "https://lfx.example.com/mcp"];
    expect(JSON.parse((await run(lfx, at(makeHome()))).stdout)).toEqual({
      mcpServers: { lfx: { url: "https://lfx.example.com/mcp" } },
    });
  });

  test.each([
    ["http", ["--remote", "http://mcp.example.com/mcp"], /--remote must be an https URL\./],
    ["a password", ["--remote", "https://u:s3cret@mcp.example.com/"], /without credentials or fragment/],
    ["no URL", ["--remote", "emacs"], /--remote must be an https URL/],
    ["--sandbox", ["--remote", "--sandbox"], /--sandbox and --remote cannot be combined/],
    ["--profile", ["--remote", "--profile", "work"], /--profile and --remote cannot be combined/],
    ["--npx", ["--remote", "--npx"], /--npx and --remote cannot be combined/],
    ["--command", ["--remote", "--command", "/bin/true"], /--command and --remote cannot be combined/],
    ["Claude Desktop", ["claude-desktop", "--remote"], /claude-desktop: .+Add custom connector/],
  ])("%s is rejected, and nothing is written", async (_, args, message) => {
    const home = makeHome({ [CURSOR]: "{}", [CLAUDE]: undefined });
    const { code, stdout, stderr } = await run(["install", "cursor", ...args, "--yes"], at(home));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr.replaceAll(/\s+/g, " ")).toMatch(message);
    expect(stderr).not.toContain("s3cret");
    expect(readFileSync(join(home, CURSOR), "utf8")).toBe("{}");
  });

  test("LFX has no hosted server, and says so", async () => {
    const { code, stderr } = await run(["lfx", "install", "cursor", "--remote", "--yes"], at(makeHome()));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(
        "--remote needs the URL of a server, because there is no hosted server for LFX.",
      ),
    });
  });
});

test("clients are found in the folders that their variables name", async () => {
  const folder = makeHome({ "copilot/x": undefined, "gemini/.gemini/x": undefined });
  const env = at(makeHome(), {
    COPILOT_HOME: join(folder, "copilot"),
    GEMINI_CLI_HOME: join(folder, "gemini"),
  });
  const rows = rowsOf(await run(["install", "--all", "--yes", "--json"], env));
  expect(rows.map(({ client, file, outcome }) => [client, file, outcome])).toEqual([
    ["gemini", join(folder, "gemini", ".gemini", "settings.json"), "written"],
    ["copilot", join(folder, "copilot", "mcp-config.json"), "written"],
  ]);
});

describe("reported files", () => {
  test("Devin and Windsurf are set up side by side", async () => {
    const home = makeHome({
      ".codeium/windsurf/x": undefined,
      [`${posix.dirname(pathHere("devin", "mcp_config.json"))}/x`]: undefined,
    });
    const rows = rowsOf(await run(["install", "--all", "--yes", "--json"], at(home)));
    expect(rows.map(({ client, outcome }) => [client, outcome])).toEqual([
      ["devin", "written"],
      ["windsurf", "written"],
    ]);
  });

  test("Zed's entry without a source gets none, and is then already set up", async () => {
    const text = `{
  "context_servers": {
    "lightfast": {
      "command": "npx",
      "args": ["-y", "@lightfastai/mcp@latest"]
    }
  }
}
`;
    const home = makeHome({ [ZED]: text });
    const install = () => run(["install", "zed", "--yes"], at(home));
    await install();
    const written = readFileSync(join(home, ZED), "utf8");
    expect(written).not.toContain("source");
    expect((await install()).stdout).toContain("Zed: already set up in");
    expect(readFileSync(join(home, ZED), "utf8")).toBe(written);
  });
});

test("each profile of VS Code has a file of its own", async () => {
  const user = posix.dirname(pathHere("vscode", "mcp.json"));
  const profiles = JSON.stringify({ userDataProfiles: [{ name: "Work", location: "-7d2a" }] });
  const home = makeHome({
    [`${user}/globalStorage/storage.json`]: profiles,
    [`${user}/profiles/-7d2a/settings.json`]: "{}",
  });
  const installed = await run(["install", "vscode", "--yes", "--json"], at(home));
  const files = ["mcp.json", "profiles/-7d2a/mcp.json"].map((file) => join(home, user, file));
  expect(rowsOf(installed).map(({ outcome, file }) => [outcome, file])).toEqual(
    files.map((file) => ["written", file]),
  );
  const cleared = await run(["uninstall", "--all", "--yes", "--json"], at(home));
  expect(rowsOf(cleared).map(({ outcome, file }) => [outcome, file])).toEqual(
    files.map((file) => ["removed", file]),
  );
});

test("a malformed file is reported with its position and not changed; other files are written", async () => {
  const home = makeHome({ [CURSOR]: '{\n  "a": 1\n  "b": 2\n}\n', [CODEX]: "" });
  const { code, stdout, stderr } = await run(["install", "cursor", "codex", "--yes"], at(home));
  expect(code).toBe(1);
  expect(stderr).toContain(`${join(home, CURSOR)}:3:3: comma expected`);
  expect(stdout).toContain("Codex: updated");
  expect(readdirSync(join(home, ".cursor"))).toEqual(["mcp.json"]);
});

test("a client that is not installed is reported, and nothing is created for it", async () => {
  const home = makeHome();
  const installed = await run(["install", "zed", "--yes", "--json"], at(home));
  expect(installed.code).toBe(1);
  expect(rowsOf(installed)).toMatchObject([
    { outcome: "failed", message: expect.stringContaining("Zed does not seem") },
  ]);
  const cleared = await run(["uninstall", "zed", "--yes", "--json"], at(home));
  expect(cleared.code).toBe(0);
  expect(rowsOf(cleared)).toMatchObject([
    { outcome: "absent", message: expect.stringContaining("has no server named") },
  ]);
  expect(readdirSync(home)).toEqual([]);
});

test("without any client, install fails, and uninstall has nothing to do", async () => {
  const env = at(makeHome());
  const installed = await run(["install", "--all", "--yes"], env);
  expect(installed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("No supported MCP client found. Supported: claude-desktop, lm-studio"),
  });
  expect(await run(["uninstall", "--all", "--yes", "--json"], env)).toMatchObject({
    code: 0,
    stdout: '{"clients":[]}\n',
  });
});

test("with a stored login there is no advice about the key", async () => {
  const home = makeHome({ ".cline/data/settings/x": undefined });
  const advised = await run(["install", "cline", "--yes"], at(home));
  expect(advised.stdout).toMatch(/Add LIGHTFAST_API_KEY to .+, or run:\n {4}lightfast-mcp login\n/);
  await run(["uninstall", "cline", "--yes"], at(home));
  const login = join(home, LOGINS[process.platform] ?? ".config", "lightfast-mcp/profiles/default.json");
  mkdirSync(dirname(login), { recursive: true });
  writeFileSync(login, '{"apiKey":"lf_0123456789","baseUrl":"https://lightfast.ai/"}', { mode: 0o600 });
  const silent = await run(["install", "cline", "--yes"], at(home));
  expect(silent.stdout).toContain("Cline: updated");
  expect(silent.stdout).not.toContain("login");
});

test.each([
  ["no client", ["install"], /Not running in an interactive terminal: name the clients, or use --all --yes/],
  ["no approval", ["install", "cursor"], /interactive terminal: add --yes to write, or --dry-run/],
  ["no approval of uninstall", ["uninstall", "--all"], /add --yes to write/],
  ["names and --all", ["install", "cursor", "--all", "--yes"], /--all and client names cannot be combined/],
  ["--print without a name", ["install", "--print"], /--print needs a client name/],
  ["--print and --dry-run", ["install", "cursor", "--print", "--dry-run"], /--dry-run cannot be combined/],
  [
    "an unknown client",
    ["install", "emacs", "--yes"],
    /unknown client "emacs" \(use one of claude-desktop, .+ cursor, /,
  ],
  [
    "a client without project files",
    ["install", "windsurf", "--project", "--yes"],
    /windsurf: Windsurf has no project file/,
  ],
  ["a long name", ["install", "cursor", "--yes", "--name", "x".repeat(31)], /--name must be 1 to 30 letters/],
  ["an invalid name", ["install", "cursor", "--yes", "--name", "a.b"], /--name must be/],
  [
    "a name with a meaning in JavaScript",
    ["install", "cursor", "--yes", "--name", "__proto__"],
    /--name must be/,
  ],
  ["a reserved name", ["install", "claude-code", "--yes", "--name", "workspace"], /reserved by Claude Code/],
  [
    "a base URL",
    ["install", "cursor", "--yes", "--base-url", "http://127.0.0.1"],
    /--base-url is not written to client files\. Set LIGHTFAST_BASE_URL/,
  ],
  ["an invalid profile", ["install", "cursor", "--yes", "--profile", "a/b"], /--profile must be/],
])("%s is rejected, and nothing is written", async (_, args, message) => {
  const home = makeHome({ [CURSOR]: "{}", ".claude/x": undefined });
  const before = filesIn(home);
  const { code, stdout, stderr } = await run(args, at(home));
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toMatch(message);
  expect(filesIn(home)).toEqual(before);
});

test("a key on the command line is rejected and not repeated; with --json the error is JSON", async () => {
  const home = makeHome({ [CURSOR]: "{}" });
  const { code, stderr } = await run(
    ["install", "cursor", "--yes", "--json", "--api-key", "lf_0123456789"],
    at(home),
  );
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toEqual({
    error: {
      code: "usage",
      message: expect.stringContaining("--api-key is not written to client files."),
    },
  });
  expect(stderr).not.toContain("lf_0123456789");
  expect(readFileSync(join(home, CURSOR), "utf8")).toBe("{}");
});

// The pseudo-terminals are those of POSIX systems.
describe.skipIf(process.platform === "win32")("in a terminal", () => {
  test("offers the installed clients and asks before each write", async () => {
    const home = makeHome({ [CURSOR]: "{}\n", [ZED]: undefined });
    const terminal = openTerminal(["install"], at(home), 40);
    await terminal.shows(/Which clients should use Lightfast[\s\S]+Zed/);
    terminal.type(" \r");
    await terminal.shows(/\+ {4}"lightfast"[\s\S]+Write\s/);
    terminal.type("y");
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).toMatch(COLOR);
    expect(readFileSync(join(home, CURSOR), "utf8")).toContain("lightfast");
    expect(existsSync(join(home, ZED))).toBe(false);
  });

  test("a rejected edit changes nothing", async () => {
    const home = makeHome({ [CURSOR]: "{}\n" });
    const terminal = openTerminal(["install", "cursor"], at(home));
    await terminal.shows(/Write /);
    terminal.type("n");
    expect(await terminal.exited).toBe(0);
    expect(terminal.text()).toContain("Cursor: skipped");
    expect(filesIn(home)).toEqual({ [join(home, CURSOR)]: "{}\n" });
  });

  test.each([
    ["which clients", ["install"], /Which clients/],
    ["whether to write", ["install", "cursor"], /Write /],
  ])("Ctrl-C at the prompt %s changes nothing", async (_, args, question) => {
    const home = makeHome({ [CURSOR]: "{}\n" });
    const terminal = openTerminal(args, at(home));
    await terminal.shows(question);
    terminal.type("\u0003");
    expect(await terminal.exited).toBe(130);
    expect(filesIn(home)).toEqual({ [join(home, CURSOR)]: "{}\n" });
  });

  test("uninstall offers only clients with an entry", async () => {
    const home = makeHome({
      [CURSOR]: "{}\n",
      [CODEX]: '[mcp_servers.lightfast]\ncommand = "lightfast-mcp"\n',
    });
    const terminal = openTerminal(["uninstall"], at(home));
    await terminal.shows(/Remove Lightfast from which clients[\s\S]+Codex/);
    expect(terminal.text()).not.toContain("Cursor");
    terminal.type(" \r");
    await terminal.shows(/Write /);
    terminal.type("y");
    expect(await terminal.exited).toBe(0);
    expect(filesIn(home)).toEqual({ [join(home, CURSOR)]: "{}\n" });
  });

  test("NO_COLOR disables colors", async () => {
    const home = makeHome({ [CURSOR]: "{}\n" });
    const terminal = openTerminal(["install", "cursor"], at(home, { NO_COLOR: "1" }));
    await terminal.shows(/Write /);
    terminal.type("y");
    expect(await terminal.exited).toBe(0);
    expect(terminal.screen()).not.toMatch(COLOR);
  });
});
