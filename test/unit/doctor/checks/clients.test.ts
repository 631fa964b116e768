import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { askedVersion, canFind, clientChecks, launchOf } from "../../../../src/doctor/checks/clients.ts";
import { runChecks } from "../../../../src/doctor/run.ts";
import { writeProfile } from "../../../../src/platforms/lightfast/config/profiles.ts";
import { requireClient } from "../../../support/clients/jobs.ts";
import { emptyHome, findingOf, KEY, subjectOf, temporaryFolder } from "../../../support/subject.ts";

type Environment = Readonly<Record<string, string>>;
type Files = Readonly<Record<string, unknown>>;

/** Where the programs of the entries are. */
function binFolder(): string {
  const folder = temporaryFolder();
  for (const name of ["npx", "lightfast-mcp"]) {
    writeFileSync(join(folder, name), "");
    chmodSync(join(folder, name), 0o755);
  }
  return folder;
}

function write(file: string, content: unknown): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content));
}

/** A home directory with those files, on Linux, and what the checks of its clients find. */
async function clientsWith(files: Files, env: Environment = {}, project: Files = {}) {
  const [home, folder] = [emptyHome(), temporaryFolder()];
  for (const [name, content] of Object.entries(files)) write(join(home, name), content);
  for (const [name, content] of Object.entries(project)) write(join(folder, name), content);
  const subject = await subjectOf({
    env: { PATH: binFolder(), ...env },
    runtime: { platform: "linux", home, folder },
  });
  const checks = clientChecks(subject);
  const findings = await Promise.all(checks.map((check) => findingOf(check, subject)));
  return checks.map(({ id, title }, index) => ({ id, title, ...findings[index] }));
}

const NPX = { command: "npx", args: ["-y", "@lightfastai/mcp@latest"] };
function cursor(entry: unknown, name = "lightfast"): Files {
  return {
    ".cursor/mcp.json": { mcpServers: { [name]: entry } },
  };
}
const PLACEHOLDER = `\${env:LIGHTFAST_API_KEY}`;

test("a machine without any client has nothing to tell", async () => {
  expect(await clientsWith({})).toEqual([
    expect.objectContaining({ id: "clients", status: "skipped", summary: expect.stringMatching(/^None/) }),
  ]);
});

test("a client without an entry is skipped, and told how to get one", async () => {
  expect(await clientsWith({ ".cursor/mcp.json": { mcpServers: { other: { command: "x" } } } })).toEqual([
    expect.objectContaining({
      id: "client-cursor",
      title: "Cursor",
      status: "skipped",
      summary: expect.stringContaining("lightfast-mcp install cursor"),
    }),
  ]);
});

test("an entry of ours is found under any name, in every format, and in the project", async () => {
  const env = { LIGHTFAST_API_KEY: KEY };
  const found = await clientsWith(
    {
      ...cursor({ ...NPX, env }, "my-signals"),
      ".codex/config.toml": `[mcp_servers.lightfast]\ncommand = "npx"\nargs = ["-y", "@lightfastai/mcp@latest"]\n[mcp_servers.lightfast.env]\nLIGHTFAST_API_KEY = "${KEY}"\n`,
      ".config/goose/config.yaml": `extensions:\n  lightfast:\n    cmd: npx\n    args: [-y, "@lightfastai/mcp@latest"]\n    enabled: true\n    env_keys: [LIGHTFAST_API_KEY]\n`,
      ".config/opencode/opencode.json": `{ // comments are fine\n"mcp": {"lightfast": {"type": "local", "command": ["npx", "-y", "@lightfastai/mcp@latest"], "enabled": true, "environment": {"LIGHTFAST_API_KEY": "${KEY}"}}}}`,
    },
    {},
    {
      ".vscode/mcp.json": { servers: { lightfast: { ...NPX, env: { LIGHTFAST_API_KEY: `\${input:key}` } } } },
    },
  );
  expect(found.map(({ id, status, summary }) => `${id} ${status}: ${summary}`)).toEqual([
    "client-cursor ok: key in its entry",
    "client-vscode ok: key asked for by VS Code",
    "client-vscode-insiders ok: key asked for by VS Code Insiders",
    "client-codex ok: key in its entry",
    "client-goose ok: key kept by Goose",
    "client-opencode ok: key in its entry",
  ]);
  expect(JSON.stringify(found)).not.toContain(KEY);
});

describe("the key", () => {
  const keyWith = async (entry: object, env: Environment = {}) =>
    (await clientsWith(cursor({ ...NPX, ...entry }), env))[0];

  test.each([
    ["is written there", { env: { LIGHTFAST_API_KEY: KEY } }, {}, "ok", "key in its entry"],
    ["is malformed there", { env: { LIGHTFAST_API_KEY: "sk_hush" } }, {}, "failed", /old-format key/],
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
    ["is nowhere", {}, {}, "warning", "There is no key in its entry, and no login is stored."],
    [
      "is blank",
      { env: { LIGHTFAST_API_KEY: "" } },
      {},
      "warning",
      "There is no key in its entry, and no login is stored.",
    ],
    [
      "is on the command line",
      { args: ["@lightfastai/mcp", "--api-key", KEY] },
      {},
      "warning",
      /command line/,
    ],
    [
      "is on the command line in one word",
      { args: ["@lightfastai/mcp", `--api-key=${KEY}`] },
      {},
      "warning",
      /command line/,
    ],
    ["is not needed with --sandbox", { args: ["@lightfastai/mcp", "--sandbox"] }, {}, "ok", /^sandbox/],
    ["is not needed with the variable", { env: { LIGHTFAST_SANDBOX: "1" } }, {}, "ok", /^sandbox/],
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

  test("is that of the stored login of the profile that the entry names", async () => {
    const stored = async (entry: object) => {
      const home = emptyHome();
      await writeProfile("work", { apiKey: KEY, baseUrl: "https://lightfast.ai/" });
      write(join(home, ".cursor/mcp.json"), { mcpServers: { lightfast: { ...NPX, ...entry } } });
      const subject = await subjectOf({ env: { PATH: binFolder() }, runtime: { platform: "linux", home } });
      const [check] = clientChecks(subject);
      return check && findingOf(check, subject);
    };
    const work = { status: "ok", summary: "key from the login stored as profile work" };
    expect(await stored({ args: [...NPX.args, "--profile", "work"] })).toMatchObject(work);
    expect(await stored({ args: [...NPX.args, "--profile=work"] })).toMatchObject(work);
    expect(await stored({ env: { LIGHTFAST_PROFILE: "work" } })).toMatchObject(work);
    // What stays a placeholder counts as unset for the server.
    expect(
      await stored({ env: { LIGHTFAST_PROFILE: "work", LIGHTFAST_API_KEY: PLACEHOLDER } }),
    ).toMatchObject(work);
    expect(await stored({})).toMatchObject({ status: "warning" });
  });

  test("is not a placeholder where the client expands none", async () => {
    const entry = { ...NPX, env: { LIGHTFAST_API_KEY: "$LIGHTFAST_API_KEY" } };
    const file = { ".config/Claude/claude_desktop_config.json": { mcpServers: { lightfast: entry } } };
    expect(await clientsWith(file, { LIGHTFAST_API_KEY: KEY })).toMatchObject([
      {
        status: "warning",
        summary: "Claude Desktop puts nothing in place of the placeholder there, so there is no key.",
        hint: expect.stringContaining("lightfast-mcp login"),
      },
    ]);
  });

  test.each([
    [{ LIGHTFAST_API_KEY: KEY }, "ok", "key from the variable LIGHTFAST_API_KEY"],
    [{}, "warning", "The variable LIGHTFAST_API_KEY is not set here."],
  ])("passed on by Codex from %j is %s", async (env, status, summary) => {
    const toml = `[mcp_servers.lightfast]\ncommand = "npx"\nargs = ["@lightfastai/mcp"]\nenv_vars = ["LIGHTFAST_API_KEY"]\n`;
    expect(await clientsWith({ ".codex/config.toml": toml }, env)).toMatchObject([{ status, summary }]);
  });
});

test.each([
  [
    "a program that is not there",
    { ...NPX, command: "no-such-program" },
    "failed",
    /no program no-such-program/,
  ],
  ["a path that is not there", { ...NPX, command: "/no/such/npx" }, "failed", /no program \/no\/such\/npx/],
  ["no program", { args: NPX.args }, "failed", /no program/],
  ["an entry that is switched off", { ...NPX, disabled: true }, "warning", /switched off/],
])("an entry with %s is told", async (_, entry, status, summary) => {
  expect(await clientsWith(cursor(entry))).toMatchObject([
    { status, summary: expect.stringMatching(summary) },
  ]);
});

test.each([
  ["@lightfastai/mcp@latest", "lightfast starts the newest version each time"],
  ["@lightfastai/mcp@0.1.0", /^lightfast is pinned to version 0\.1\.0; this is \d/],
  ["@lightfastai/mcp", "lightfast names no version, so npx may go on using an old copy"],
])("an entry that asks for %s is told as that", async (spec, detail) => {
  const [found] = await clientsWith(cursor({ command: "npx", args: ["-y", spec] }));
  expect(found?.details?.[0]).toMatch(/\.cursor\/mcp\.json$/);
  expect(found?.details?.[1]).toMatch(detail);
});

test("what stands for an unset variable in a placeholder is a key too, and is not told", async () => {
  const entry = { ...NPX, env: { LIGHTFAST_API_KEY: `\${LIGHTFAST_API_KEY:-${KEY}}` } };
  const found = await clientsWith({
    ".claude.json": { mcpServers: { lightfast: entry } },
    ".config/Claude/claude_desktop_config.json": { mcpServers: { lightfast: entry } },
  });
  expect(found).toMatchObject([
    { id: "client-claude-desktop", status: "warning" },
    { id: "client-claude-code", status: "ok", summary: "key in its entry" },
  ]);
  expect(JSON.stringify(found)).not.toContain(KEY);
});

test("several entries of one client come out as the worst of them, with all their files", async () => {
  const [found] = await clientsWith(
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
])("a damaged %s fails with the place in it, and nothing of what stands there", async (name, text) => {
  const found = await clientsWith({ [name]: text });
  expect(found).toMatchObject([
    {
      status: "failed",
      summary: expect.stringMatching(/\.(?:json|toml|yaml):\d+:\d+: the file is damaged\.$/),
    },
  ]);
  expect(JSON.stringify(found)).not.toContain(KEY);
});

test("a client's folder that is none keeps no other check from being carried out", async () => {
  const home = emptyHome();
  write(join(home, ".cursor"), "a file");
  const subject = await subjectOf({ runtime: { platform: "linux", home } });
  const reports = await runChecks(clientChecks(subject), subject);
  expect(reports.map(({ id, status }) => [id, status])).toEqual([["clients", "skipped"]]);
});

test("a name in a project's file cannot steer the terminal", async () => {
  const [home, folder] = [emptyHome(), temporaryFolder()];
  write(join(folder, ".cursor/mcp.json"), { mcpServers: { "\u001b]0;evil\u0007": { ...NPX } } });
  const subject = await subjectOf({
    env: { PATH: binFolder() },
    runtime: { platform: "linux", home, folder },
  });
  const [report] = await runChecks(clientChecks(subject), subject);
  expect(report?.details[1]).toBe("]0;evil  starts the newest version each time");
});

describe.skipIf(process.platform === "win32")("a program", () => {
  test("is found in PATH and by its path, where it may be run", () => {
    const folder = binFolder();
    writeFileSync(join(folder, "text"), "");
    const path = { PATH: ["/no/such", folder].join(delimiter) };
    expect(canFind("npx", path, "linux")).toBe(true);
    expect(canFind(join(folder, "npx"), {}, "linux")).toBe(true);
    expect(canFind("text", path, "linux")).toBe(false);
    expect(canFind("npx", {}, "linux")).toBe(false);
    expect(canFind(dirname(folder), path, "linux")).toBe(false);
  });
});

test("the version is that of the package that npx is asked for, in whatever shell", () => {
  const versionOf = (...command: string[]) =>
    askedVersion(launchOf(requireClient("cursor"), { command: command[0] ?? "", args: command.slice(1) }));
  expect(versionOf("cmd", "/c", "npx", "-y", "@lightfastai/mcp@1.2.3")).toBe("1.2.3");
  expect(versionOf("npx", "@lightfastai/mcp")).toBe("");
  expect(versionOf("npx", "@lightfastai/mcp-other")).toBeUndefined();
  expect(versionOf("lightfast-mcp")).toBeUndefined();
});
