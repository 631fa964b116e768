import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { clientChecks } from "../../../../src/doctor/checks/clients.ts";
import { handshake } from "../../../../src/doctor/checks/handshake.ts";
import { requestedVersion } from "../../../../src/doctor/checks/launch.ts";
import { accepted, organization } from "../../../../src/doctor/checks/lightfast.ts";
import { key } from "../../../../src/doctor/checks/local.ts";
import { parseLaunch } from "../../../../src/doctor/entry.ts";
import { runChecks } from "../../../../src/doctor/run.ts";
import { writeProfile } from "../../../../src/platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../../../src/platforms/lightfast/config/profiles.ts";
import { requireClient } from "../../../support/clients/jobs.ts";
import { createContext, KEY, runCheck, temporaryFolder } from "../../../support/doctor.ts";
import { temporaryHome } from "../../../support/home.ts";

type Environment = Readonly<Record<string, string>>;
type Files = Readonly<Record<string, unknown>>;

/** A folder with the commands of the entries. */
function binFolder(): string {
  const folder = temporaryFolder();
  for (const name of ["npx", "node", "lightfast-mcp"]) {
    writeFileSync(join(folder, name), "");
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

function write(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
}

/** Runs the client checks on Linux, with those files in the home directory and the project. */
async function checkClients(files: Files, env: Environment = {}, project: Files = {}) {
  const [home, folder] = [temporaryHome(), temporaryFolder()];
  for (const [name, content] of Object.entries(files)) write(join(home, name), content);
  for (const [name, content] of Object.entries(project)) write(join(folder, name), content);
  const context = await createContext({
    env: { PATH: binFolder(), ...env },
    runtime: { platform: "linux", home, folder },
  });
  const checks = clientChecks(context);
  const results = await Promise.all(checks.map((check) => runCheck(check, context)));
  return checks.map(({ id, title }, index) => ({ id, title, ...results[index] }));
}

const NPX = { command: "npx", args: ["--prefix=/", "-y", "@lightfastai/mcp@latest"] };
function cursor(entry: unknown, name = "lightfast"): Files {
  return {
    ".cursor/mcp.json": { mcpServers: { [name]: entry } },
  };
}
const PLACEHOLDER = `\${env:LIGHTFAST_API_KEY}`;

test("a machine without any client is skipped", async () => {
  expect(await checkClients({})).toEqual([
    expect.objectContaining({ id: "clients", status: "skipped", summary: "No supported client found." }),
  ]);
});

test("entries are found in every profile of VS Code", async () => {
  const user = ".config/Code/User";
  const [found] = await checkClients({
    [`${user}/mcp.json`]: { servers: { lightfast: { ...NPX, env: { LIGHTFAST_API_KEY: KEY } } } },
    [`${user}/globalStorage/storage.json`]: { userDataProfiles: [{ name: "Work", location: "1a" }] },
    [`${user}/profiles/1a/mcp.json`]: {
      servers: { lightfast: { command: "lightfast-mcp", disabled: true } },
    },
  });
  expect(found).toMatchObject({ id: "client-vscode", status: "warning" });
  expect(JSON.stringify(found)).toContain("profiles/1a/mcp.json");
});

test("a client without an entry is skipped, with the command that adds one", async () => {
  expect(await checkClients({ ".cursor/mcp.json": { mcpServers: { other: { command: "x" } } } })).toEqual([
    expect.objectContaining({
      id: "client-cursor",
      title: "Cursor",
      status: "skipped",
      summary: expect.stringContaining("lightfast-mcp install cursor"),
    }),
  ]);
});

test("a client whose entry of that name is a different server needs another name", async () => {
  const [found] = await checkClients(cursor({ command: "", args: [] }));
  expect(found).toMatchObject({
    status: "skipped",
    summary:
      'No entry for this server; its "lightfast" is a different one. To add one, run: lightfast-mcp install cursor --name lightfast-mcp',
  });
});

test("a user whose clients all sign in at a server is asked for no key", async () => {
  const home = temporaryHome();
  const file = join(home, ".cursor/mcp.json");
  const remote = { url: "https://mcp.lightfast.ai/mcp" };
  const reports = async (entries: object, env: Environment = {}) => {
    write(file, { mcpServers: entries });
    const context = await createContext({ env, runtime: { platform: "linux", home, folder: home } });
    const checks = [key, { ...accepted, needs: ["key"] }, organization, handshake];
    return (await runChecks(checks, context)).map(({ status }) => status);
  };
  expect(await reports({ lightfast: remote })).toEqual(Array(4).fill("skipped"));
  for (const [entries, env] of [
    [{ lightfast: remote, local: NPX }, {}],
    [{ lightfast: remote }, { LIGHTFAST_PROFILE: "work" }],
    [{ lightfast: remote }, { LIGHTFAST_API_KEY: PLACEHOLDER }],
    [{}, {}],
  ] as const)
    expect((await reports(entries, env))[0]).toBe("failed");
});

test("entries are found under any name, in every format, and in the project", async () => {
  const env = { LIGHTFAST_API_KEY: KEY };
  const found = await checkClients(
    {
      ...cursor({ ...NPX, env }, "my-signals"),
      ".codex/config.toml": `[mcp_servers.lightfast]\ncommand = "npx"\nargs = ["--prefix=/", "-y", "@lightfastai/mcp@latest"]\n[mcp_servers.lightfast.env]\nLIGHTFAST_API_KEY = "${KEY}"\n`,
      ".config/goose/config.yaml": `extensions:\n  lightfast:\n    cmd: npx\n    args: [--prefix=/, -y, "@lightfastai/mcp@latest"]\n    enabled: true\n    env_keys: [LIGHTFAST_API_KEY]\n`,
      ".config/opencode/opencode.json": `{ // comments are fine\n"mcp": {"lightfast": {"type": "local", "command": ["npx", "--prefix=/", "-y", "@lightfastai/mcp@latest"], "enabled": true, "environment": {"LIGHTFAST_API_KEY": "${KEY}"}}}}`,
    },
    {},
    {
      ".vscode/mcp.json": { servers: { lightfast: { ...NPX, env: { LIGHTFAST_API_KEY: `\${input:key}` } } } },
    },
  );
  expect(found.map(({ id, status, summary }) => `${id} ${status}: ${summary}`)).toEqual([
    "client-codex ok: key in its entry",
    "client-goose ok: key stored by Goose",
    "client-opencode ok: key in its entry",
    "client-cursor ok: key in its entry",
    "client-vscode ok: key from a prompt of VS Code",
    "client-vscode-insiders ok: key from a prompt of VS Code Insiders",
  ]);
  expect(JSON.stringify(found)).not.toContain(KEY);
});

describe("the key", () => {
  const keyWith = async (entry: object, env: Environment = {}) =>
    (await checkClients(cursor({ ...NPX, ...entry }), env))[0];

  test.each([
    ["is in the entry", { env: { LIGHTFAST_API_KEY: KEY } }, {}, "ok", "key in its entry"],
    ["is malformed in the entry", { env: { LIGHTFAST_API_KEY: "sk_hush" } }, {}, "failed", /old-format key/],
    [
      "is a variable that is set",
      { env: { LIGHTFAST_API_KEY: PLACEHOLDER } },
      { LIGHTFAST_API_KEY: KEY },
      "ok",
      "key from the variable LIGHTFAST_API_KEY",
    ],
    [
      "is another variable",
      { env: { LIGHTFAST_API_KEY: `\${env:MINE}` } },
      { MINE: KEY },
      "ok",
      "key from the variable MINE",
    ],
    [
      "is a variable that is not set",
      { env: { LIGHTFAST_API_KEY: PLACEHOLDER } },
      {},
      "warning",
      "The variable LIGHTFAST_API_KEY is not set here.",
    ],
    ["is nowhere", {}, {}, "warning", "There is no API key in its entry, and no stored login."],
    [
      "is blank",
      { env: { LIGHTFAST_API_KEY: "" } },
      {},
      "warning",
      "There is no API key in its entry, and no stored login.",
    ],
    [
      "is on the command line",
      { args: ["--prefix=/", "-y", "@lightfastai/mcp", "--api-key", KEY] },
      {},
      "warning",
      /command line/,
    ],
    [
      "is on the command line in one argument",
      { args: ["--prefix=/", "-y", "@lightfastai/mcp", `--api-key=${KEY}`] },
      {},
      "warning",
      /command line/,
    ],
    [
      "is not needed with --sandbox",
      { args: ["--prefix=/", "-y", "@lightfastai/mcp", "--sandbox"] },
      {},
      "ok",
      /^sandbox/,
    ],
    ["is not needed with the variable", { env: { LIGHTFAST_SANDBOX: "1" } }, {}, "ok", /^sandbox/],
    [
      "is not needed with another form of the variable",
      { env: { LIGHTFAST_SANDBOX: "t" } },
      {},
      "ok",
      /^sandbox/,
    ],
    [
      "does not matter with an invalid variable",
      { env: { LIGHTFAST_SANDBOX: "maybe", LIGHTFAST_API_KEY: KEY } },
      {},
      "failed",
      "LIGHTFAST_SANDBOX must be 1 or 0.",
    ],
  ] satisfies [string, object, Environment, string, string | RegExp][])(
    "%s",
    async (_, entry, env, status, summary) => {
      const found = await keyWith(entry, env);
      expect(found).toMatchObject({
        status,
        summary: typeof summary === "string" ? summary : expect.stringMatching(summary),
      });
      expect(JSON.stringify(found)).not.toMatch(new RegExp(`${KEY}|hush`));
    },
  );

  test("is that of the stored login of the entry's profile", async () => {
    const stored = async (entry: object) => {
      const home = temporaryHome();
      writeProfile("work", { apiKey: KEY, baseUrl: "https://lightfast.ai/" });
      write(join(home, ".cursor/mcp.json"), { mcpServers: { lightfast: { ...NPX, ...entry } } });
      const context = await createContext({
        env: { PATH: binFolder() },
        runtime: { platform: "linux", home },
      });
      const [check] = clientChecks(context);
      return check && runCheck(check, context);
    };
    const work = { status: "ok", summary: "key from the stored login of profile work" };
    expect(await stored({ args: [...NPX.args, "--profile", "work"] })).toMatchObject(work);
    expect(await stored({ args: [...NPX.args, "--profile=work"] })).toMatchObject(work);
    expect(await stored({ env: { LIGHTFAST_PROFILE: "work" } })).toMatchObject(work);
    // The server treats an unexpanded placeholder as unset.
    expect(
      await stored({ env: { LIGHTFAST_PROFILE: "work", LIGHTFAST_API_KEY: PLACEHOLDER } }),
    ).toMatchObject(work);
    expect(await stored({})).toMatchObject({ status: "warning" });
  });

  test("is not a placeholder if the client expands none", async () => {
    const entry = { ...NPX, env: { LIGHTFAST_API_KEY: "$LIGHTFAST_API_KEY" } };
    const file = { ".config/Claude/claude_desktop_config.json": { mcpServers: { lightfast: entry } } };
    expect(await checkClients(file, { LIGHTFAST_API_KEY: KEY })).toMatchObject([
      {
        status: "warning",
        summary: "Claude Desktop does not expand the placeholder of the API key.",
        hint: expect.stringContaining("lightfast-mcp login"),
      },
    ]);
  });

  test.each([
    [{ LIGHTFAST_API_KEY: KEY }, "ok", "key from the variable LIGHTFAST_API_KEY"],
    [{}, "warning", "The variable LIGHTFAST_API_KEY is not set here."],
  ])("forwarded by Codex from %j is %s", async (env, status, summary) => {
    const toml = `[mcp_servers.lightfast]\ncommand = "npx"\nargs = ["--prefix=/", "-y", "@lightfastai/mcp"]\nenv_vars = ["LIGHTFAST_API_KEY"]\n`;
    expect(await checkClients({ ".codex/config.toml": toml }, env)).toMatchObject([{ status, summary }]);
  });
});

test.each([
  [
    "a missing command",
    { ...NPX, command: "no-such-program" },
    "failed",
    /^Command not found: no-such-program$/,
  ],
  ["a missing path", { ...NPX, command: "/no/such/npx" }, "failed", /^Command not found: \/no\/such\/npx$/],
  [
    "a missing file",
    { command: "node", args: ["/no/such/lightfast-mcp/start.cjs"] },
    "failed",
    /^File not found: \/no\/such\/lightfast-mcp\/start\.cjs$/,
  ],
  ["no command", { args: NPX.args }, "failed", /^The entry has no command\.$/],
  ["the disabled flag", { ...NPX, disabled: true }, "warning", /^Disabled in this client\.$/],
])("an entry with %s is reported", async (_, entry, status, summary) => {
  expect(await checkClients(cursor(entry))).toMatchObject([
    { status, summary: expect.stringMatching(summary) },
  ]);
});

test.each([
  ["@lightfastai/mcp@latest", "lightfast uses the latest version at each start"],
  ["@lightfastai/mcp@0.1.0", /^lightfast is pinned to version 0\.1\.0; this is \d/],
  ["@lightfastai/mcp", "lightfast has no version, so npx may use an old copy"],
])("the version of an entry with %s is shown", async (spec, detail) => {
  const [found] = await checkClients(cursor({ command: "npx", args: ["--prefix=/", "-y", spec] }));
  expect(found?.details?.[0]).toMatch(/\.cursor\/mcp\.json$/);
  expect(found?.details?.[1]).toMatch(detail);
});

test.each([
  [
    { ...NPX, args: [...NPX.args, "--read-only"] },
    "ok",
    "lightfast offers only lightfast_signals_get, lightfast_system_health",
  ],
  [
    { ...NPX, env: { LIGHTFAST_MCP_TOOLS: "lightfast_signals_create" } },
    "ok",
    "lightfast offers only lightfast_signals_create",
  ],
])("the tools that %j chooses are shown", async (entry, status, detail) => {
  const env = { LIGHTFAST_API_KEY: KEY, ...("env" in entry && entry.env) };
  const [found] = await checkClients(cursor({ ...entry, env }));
  expect(found).toMatchObject({ status, summary: "key in its entry" });
  expect(found?.details).toContain(detail);
});

test("an entry with a tool that does not exist fails, because its server does not start", async () => {
  const env = { LIGHTFAST_API_KEY: KEY, LIGHTFAST_MCP_EXCLUDE_TOOLS: "lightfast_signals" };
  expect(await checkClients(cursor({ ...NPX, env }))).toMatchObject([
    { status: "failed", summary: expect.stringMatching(/^LIGHTFAST_MCP_EXCLUDE_TOOLS: there is no tool/) },
  ]);
});

test("the default of a placeholder can be a key, and is not shown", async () => {
  const entry = { ...NPX, env: { LIGHTFAST_API_KEY: `\${LIGHTFAST_API_KEY:-${KEY}}` } };
  const found = await checkClients({
    ".claude.json": { mcpServers: { lightfast: entry } },
    ".config/Claude/claude_desktop_config.json": { mcpServers: { lightfast: entry } },
  });
  expect(found).toMatchObject([
    { id: "client-claude-desktop", status: "warning" },
    { id: "client-claude-code", status: "ok", summary: "key in its entry" },
  ]);
  expect(JSON.stringify(found)).not.toContain(KEY);
});

test("of several entries the worst result is shown, with all files", async () => {
  const [found] = await checkClients(
    cursor({ ...NPX, env: { LIGHTFAST_API_KEY: KEY } }),
    {},
    { ".cursor/mcp.json": { mcpServers: { lightfast: { ...NPX, command: "no-such-program" } } } },
  );
  expect(found).toMatchObject({ status: "failed", summary: expect.stringContaining("no-such-program") });
  expect(found?.details?.filter((line) => line.endsWith("mcp.json"))).toHaveLength(2);
});

test.each([
  [".cursor/mcp.json", `{\n  "mcpServers": { "x": { "env": { "KEY": ${KEY}`],
  [".codex/config.toml", `[mcp_servers.x]\nKEY = ${KEY}\n`],
  [".config/goose/config.yaml", `extensions:\n  x: {\n"${KEY}`],
  [".config/goose/config.yaml", `a: b\n${KEY}: c: d\n`],
])("a malformed %s fails with the position, without quoting the file", async (name, text) => {
  const found = await checkClients({ [name]: text });
  expect(found).toMatchObject([
    {
      status: "failed",
      summary: expect.stringMatching(/\.(?:json|toml|yaml):\d+:\d+: syntax error\.$/),
    },
  ]);
  expect(JSON.stringify(found)).not.toContain(KEY);
});

test.each([
  [".cursor/mcp.json", "[]", /mcp\.json:1:1: expected a JSON object at the top level\.$/],
  [".cursor/mcp.json", '{ "mcpServers": [] }', /mcp\.json:1:17: "mcpServers" must be an object\.$/],
  [".config/goose/config.yaml", "- a\n", /config\.yaml:1:1: expected a mapping at the top level\.$/],
])("%s with %s, to which no entry can be added, fails", async (name, text, summary) => {
  expect(await checkClients({ [name]: text })).toMatchObject([
    { status: "failed", summary: expect.stringMatching(summary), hint: "Correct that file." },
  ]);
});

test("a file in place of a client's folder does not stop other checks", async () => {
  const home = temporaryHome();
  write(join(home, ".cursor"), "a file");
  const context = await createContext({ runtime: { platform: "linux", home } });
  const reports = await runChecks(clientChecks(context), context);
  expect(reports.map(({ id, status }) => [id, status])).toEqual([["clients", "skipped"]]);
});

test("a name in a project's file cannot control the terminal", async () => {
  const [home, folder] = [temporaryHome(), temporaryFolder()];
  write(join(folder, ".cursor/mcp.json"), { mcpServers: { "\u001b]0;evil\u0007": { ...NPX } } });
  const context = await createContext({
    env: { PATH: binFolder() },
    runtime: { platform: "linux", home, folder },
  });
  const [report] = await runChecks(clientChecks(context), context);
  expect(report?.details[1]).toBe("]0;evil  uses the latest version at each start");
});

test("the version is that of the npx package, with any shell", () => {
  const versionOf = (...command: string[]) =>
    requestedVersion(
      parseLaunch(requireClient("cursor"), { command: command[0] ?? "", args: command.slice(1) }),
    );
  expect(versionOf("cmd", "/c", "npx", "-y", "@lightfastai/mcp@1.2.3")).toBe("1.2.3");
  expect(versionOf("npx", "@lightfastai/mcp")).toBe("");
  expect(versionOf("npx", "@lightfastai/mcp-other")).toBeUndefined();
  expect(versionOf("lightfast-mcp")).toBeUndefined();
});

describe("a problem of a login that several clients use is reported once, with the clients:", () => {
  const CLIENT_FILES = [".cursor/mcp.json", ".claude.json", ".gemini/settings.json"];

  /** A damaged login. */
  const damage = (name: string): void => {
    writeProfile(name, { apiKey: KEY, baseUrl: "https://lightfast.ai/" });
    writeFileSync(profileFile(name), "{");
  };

  /** Runs the check of this shell's key, and those of three clients with that entry. */
  const diagnose = async (entry: object, store = () => {}) => {
    const home = temporaryHome();
    store();
    for (const file of CLIENT_FILES) write(join(home, file), { mcpServers: { lightfast: entry } });
    const context = await createContext({ env: { PATH: binFolder() }, runtime: { platform: "linux", home } });
    const reports = await runChecks([key, ...clientChecks(context)], context);
    const reportedIn = (text: string) => reports.filter(({ summary }) => summary.includes(text));
    return { reports, reportedIn };
  };

  test.each([
    ["no login", () => {}, "No Lightfast API key is set"],
    ["a damaged login", () => damage("default"), "is damaged"],
    [
      "a malformed key in a login",
      () => writeProfile("default", { apiKey: "sk_old", baseUrl: "https://lightfast.ai/" }),
      "The API key in profile default",
    ],
  ])("%s, by the check of the key", async (_, store, problem) => {
    const { reports, reportedIn } = await diagnose(NPX, store);

    expect(reportedIn(problem)).toMatchObject([
      { id: "key", status: "failed", details: ["Concerns Claude Code, Gemini CLI, Cursor."] },
    ]);
    expect(reports.slice(1).map(({ status, summary }) => `${status}: ${summary}`)).toEqual(
      Array(CLIENT_FILES.length).fill('skipped: Same login problem as "API key"'),
    );
  });

  test("a login of another profile, by the first client that uses it", async () => {
    const entry = { ...NPX, env: { LIGHTFAST_PROFILE: "work" } };
    const { reports, reportedIn } = await diagnose(entry, () => damage("work"));

    expect(reportedIn("work.json is damaged")).toMatchObject([
      {
        id: "client-claude-code",
        status: "failed",
        hint: expect.stringContaining("lightfast-mcp login"),
        details: expect.arrayContaining(["Concerns Claude Code, Gemini CLI, Cursor."]),
      },
    ]);
    expect(reports.slice(2).map(({ status, summary }) => `${status}: ${summary}`)).toEqual(
      Array(2).fill('skipped: Same login problem as "Claude Code"'),
    );
  });

  test("another problem of an entry is still reported", async () => {
    const { reports } = await diagnose({ ...NPX, command: "no-such-program" });
    expect(reports.at(-1)).toMatchObject({
      status: "failed",
      summary: "Command not found: no-such-program",
      details: expect.arrayContaining(['Same login problem as "API key"']),
    });
  });

  test("a key that an entry has itself is reported there", async () => {
    const { reportedIn } = await diagnose({ ...NPX, env: { LIGHTFAST_API_KEY: "sk_old" } });
    expect(reportedIn("The API key in LIGHTFAST_API_KEY")).toHaveLength(CLIENT_FILES.length);
  });
});

test("several servers over HTTP have checks of their own, also on one host", async () => {
  const urls = [
    "http://127.0.0.1:1/lightfast/mcp",
    "http://127.0.0.1:1/lightfast/team",
    "http://127.0.0.1:1/lightfast/mcp?key=hush",
    "http://localhost:1/lightfast/mcp",
  ];
  const servers = Object.fromEntries(urls.map((url, index) => [`lightfast-${index}`, { url }]));
  const home = temporaryHome();
  write(join(home, ".cursor/mcp.json"), { mcpServers: servers });
  const context = await createContext({ runtime: { platform: "linux", home } });
  const remote = clientChecks(context).filter(({ id }) => id.startsWith("remote:"));
  expect(remote.map(({ id, title }) => [id, title])).toEqual([
    ["remote:127.0.0.1:1/lightfast/mcp", "Remote server 127.0.0.1:1/lightfast/mcp"],
    ["remote:127.0.0.1:1/lightfast/team", "Remote server 127.0.0.1:1/lightfast/team"],
    ["remote:127.0.0.1:1/lightfast/mcp (2)", "Remote server 127.0.0.1:1/lightfast/mcp (2)"],
    ["remote:localhost:1", "Remote server localhost:1"],
  ]);
});
