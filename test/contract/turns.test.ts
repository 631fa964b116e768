import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Sandbox, startSandbox } from "../../src/platforms/lightfast/sandbox/server.ts";
import { type FakeModel, LAST_WORDS, startFakeModel } from "../fakes/model.ts";
import { submitKey } from "../support/browse.ts";
import { placeFile } from "../support/home.ts";
import { clientEnvironment, type Environment, run } from "../support/program.ts";
import { ESCAPE, open, type Terminal } from "../support/terminal.ts";
import { type Installation, install } from "./packages.ts";

const INSTALL_TIMEOUT_MS = 600_000;
const KEY = "lf_sandbox_teammate";
const MODEL_KEY = "scripted-model-key-1";
const PROMPT = "Record that Ana needs the export by Friday";
const TEXT = "Ana needs the export by Friday";
const TOOLS = ["lightfast_signals_create", "lightfast_signals_get", "lightfast_system_health"];
const LFX_TOOLS = ["committees", "meetings", "members", "projects"].map((name) => `mcp__lfx__search_${name}`);
const NO_KEY = /missing_token: No Lightfast API key is set\./;
const PAGE = /http:\/\/127\.0\.0\.1:\d+\/[\w-]{43}/;
const LOGIN = ".config/lightfast-mcp/profiles/default.json";
const COLUMNS = 160;
const OVER = drawn(LAST_WORDS);
const PATIENCE = { timeout: 20_000, interval: 500 };
const RIGHT = "\u001b[C";

type Agent = {
  readonly name: string;
  /** What `install` calls it. */
  readonly id: string;
  readonly package: string;
  readonly bin: string;
  /** Settings that point it at the scripted model: file, relative to the home folder, and text. */
  settings(model: string, work: string): readonly [file: string, text: string];
  env(model: string): Environment;
  /** A turn without a terminal: no one answers a question. */
  headless(server: string, api: string): readonly string[];
  /** The result of a call in such a turn that asks for a confirmation. */
  readonly unanswered: RegExp;
};

const CLAUDE: Agent = {
  name: "Claude Code",
  id: "claude-code",
  package: "@anthropic-ai/claude-code@2.1.329",
  bin: "claude",
  settings: (_, work) => [
    ".claude.json",
    JSON.stringify({
      hasCompletedOnboarding: true,
      theme: "dark",
      customApiKeyResponses: { approved: [MODEL_KEY], rejected: [] },
      projects: { [work]: { hasTrustDialogAccepted: true, hasCompletedProjectOnboarding: true } },
    }),
  ],
  env: (model) => ({
    ANTHROPIC_API_KEY: MODEL_KEY,
    ANTHROPIC_BASE_URL: model,
    DISABLE_AUTOUPDATER: "1",
    // It would be cloned from GitHub with ssh, which uses no proxy.
    CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL: "1",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    DISABLE_TELEMETRY: "1",
  }),
  headless: (server) => ["-p", PROMPT, "--allowedTools", `mcp__${server}`],
  unanswered: /The user did not answer whether to run delete_committee_member/,
};

/** What Codex would ask about, and a variable that `install` does not write. */
function codexOverrides(server: string, api: string): readonly string[] {
  const entry = `mcp_servers.${server}`;
  const approval = `${entry}.default_tools_approval_mode="approve"`;
  return ["-c", approval, "-c", `${entry}.env.LIGHTFAST_BASE_URL="${api}"`];
}

const CODEX: Agent = {
  name: "Codex",
  id: "codex",
  package: "@openai/codex@0.171.0",
  bin: "codex",
  settings: (model, work) => [
    ".codex/config.toml",
    `model = "gpt-5.1-codex"
model_provider = "scripted"
check_for_update_on_startup = false
approval_policy = "on-request"

[analytics]
enabled = false

[model_providers.scripted]
name = "scripted"
base_url = "${model}/v1"
wire_api = "responses"
env_key = "SCRIPTED_KEY"

[projects."${work}"]
trust_level = "trusted"
`,
  ],
  env: () => ({ SCRIPTED_KEY: MODEL_KEY }),
  headless: (server, api) => ["exec", "--skip-git-repo-check", ...codexOverrides(server, api), PROMPT],
  unanswered: /The user declined delete_committee_member/,
};

const GEMINI: Agent = {
  name: "Gemini CLI",
  id: "gemini",
  package: "@google/gemini-cli@0.61.0",
  bin: "gemini",
  settings: () => [
    ".gemini/settings.json",
    JSON.stringify({
      security: { auth: { selectedType: "gemini-api-key" } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
    }),
  ],
  env: (model) => ({
    GEMINI_API_KEY: MODEL_KEY,
    GOOGLE_GEMINI_BASE_URL: model,
    GEMINI_CLI_TRUST_WORKSPACE: "true",
  }),
  headless: () => ["-p", PROMPT, "--approval-mode", "yolo", "-m", "gemini-2.5-flash"],
  // It declares no forms, so the tool runs.
  unanswered: /deleted successfully/,
};

type Stage = {
  readonly home: string;
  readonly work: string;
  readonly sandbox: Sandbox;
  readonly model: FakeModel;
  readonly env: Record<string, string>;
  /** The URL that the agent opened in the browser. */
  opened(): string;
  readonly command: string;
};

type Scene = {
  /** The name of the server, the words that install it, and the call of the model. */
  readonly server: string;
  readonly install: readonly string[];
  readonly call: Parameters<typeof startFakeModel>[0];
  /** The key of the stored login. Default: there is no login. */
  readonly storedKey?: string;
  readonly env?: Environment;
};

const SIGNAL: Scene = {
  server: "lightfast",
  install: ["install"],
  call: { tool: "lightfast_signals_create", args: { input: TEXT } },
};
const SEARCH: Scene = {
  server: "lfx",
  install: ["lfx", "install", "--sandbox"],
  call: { tool: "search_projects", args: { name: "Harborlight" } },
};
const MEMBER = {
  committee_uid: "b0000000-0000-4000-8000-000000000002",
  member_uid: "c0000000-0000-4000-8000-000000000005",
};
const REMOVAL: Scene = {
  ...SEARCH,
  install: [...SEARCH.install, "--confirm", "destructive"],
  call: { tool: "delete_committee_member", args: MEMBER },
  // The model cannot search for tools.
  env: { ENABLE_TOOL_SEARCH: "false" },
};
const QUESTION = drawn(
  'Remove "Dmitar Halloway" (dhalloway@quillmoor.example) with the role "Chair" from the committee "Technical Advisory Council" of the project "Tidewater Foundation"?',
);

/** A home in which `install` has written the agent's entry. No address but loopback can be reached. */
async function prepare(
  { id, bin, settings, env }: Agent,
  installation: Installation,
  scene: Scene = SIGNAL,
): Promise<Stage> {
  const home = mkdtempSync(join(tmpdir(), "lightfast-mcp-turn-"));
  onTestFinished(() => rmSync(home, { recursive: true, force: true, maxRetries: 5 }));
  const work = join(home, "work");
  mkdirSync(work);
  const sandbox = await startSandbox();
  onTestFinished(() => sandbox.close());
  const model = await startFakeModel(scene.call);
  onTestFinished(() => model.close());
  const [file, text] = settings(model.origin, work);
  placeFile(join(home, file), text);
  const browser = join(home, "browser");
  writeFileSync(browser, `#!/bin/sh\nprintf '%s' "$1" > "${home}/opened"\n`);
  chmodSync(browser, 0o755);
  const all = clientEnvironment({
    HOME: home,
    BROWSER: browser,
    LIGHTFAST_BASE_URL: sandbox.url.origin,
    HTTP_PROXY: "http://127.0.0.1:9",
    HTTPS_PROXY: "http://127.0.0.1:9",
    NO_PROXY: "127.0.0.1",
    ...env(model.origin),
    ...scene.env,
  });
  const login = { apiKey: scene.storedKey, baseUrl: sandbox.url.origin };
  if (scene.storedKey !== undefined) placeFile(join(home, LOGIN), JSON.stringify(login));
  const entry = await run([...scene.install, id, "--yes"], all);
  expect(entry).toMatchObject({ code: 0 });
  const opened = () => readText(join(home, "opened"));
  return { home, work, sandbox, model, env: all, opened, command: join(installation.modules, ".bin", bin) };
}

/** Turns that end with a recorded signal: the stored login at their start, and what the dialog says. */
const SIGN_INS: readonly (readonly [title: string, Scene, shown: RegExp])[] = [
  ["without a key", SIGNAL, drawn("No Lightfast API key is set")],
  ["with a rejected key", { ...SIGNAL, storedKey: "lf_sandbox_expired" }, drawn("rejected the API key")],
];

describe.each([CLAUDE, CODEX, GEMINI])("$name without a terminal", (agent) => {
  let installation: Installation;
  beforeAll(() => {
    installation = installAgent(agent);
  }, INSTALL_TIMEOUT_MS);

  test("offers its model all tools at once, and gives it the error with the next step", async () => {
    const { work, model, sandbox, env, command, opened } = await prepare(agent, installation);
    const args = agent.headless("lightfast", sandbox.url.origin);
    const ran = await installation.run(command, args, { cwd: work, env });
    expect(ran).toMatchObject({ code: 0, stdout: expect.stringContaining(LAST_WORDS) });
    expectAllTools(model);
    expectResult(model, NO_KEY);
    expect(model.unknownPaths).toEqual([]);
    expect(opened()).toBe("");
  });

  test("has LFX delete only what it cannot ask about", async () => {
    const { work, model, env, command } = await prepare(agent, installation, REMOVAL);
    expect(await installation.run(command, agent.headless("lfx", ""), { cwd: work, env })).toMatchObject({
      code: 0,
    });
    expectResult(model, agent.unanswered);
    expect(await hasMember(env)).toBe(agent !== GEMINI);
  });
});

test("Gemini CLI, which cannot ask, is not offered what requires a confirmation", async () => {
  const installation = installAgent(GEMINI);
  const scene = { ...REMOVAL, install: [...REMOVAL.install, "--confirm-required"] };
  const { work, model, env, command } = await prepare(GEMINI, installation, scene);
  await installation.run(command, GEMINI.headless("lfx", ""), { cwd: work, env });
  const tools = model.turns[0]?.tools.join(" ");
  expect(tools).toContain("search_projects");
  expect(tools).not.toContain("delete_committee");
});

describe("Claude Code", () => {
  let installation: Installation;
  beforeAll(() => {
    installation = installAgent(CLAUDE);
  }, INSTALL_TIMEOUT_MS);

  test("starts with four tools of LFX, and searches for the others", async () => {
    const { work, model, env, command } = await prepare(CLAUDE, installation, SEARCH);
    const ran = await installation.run(command, CLAUDE.headless("lfx", ""), { cwd: work, env });
    expect(ran).toMatchObject({ code: 0 });
    const own = model.turns[0]?.tools.filter((name) => name.startsWith("mcp__lfx__"));
    expect(own?.toSorted()).toEqual(LFX_TOOLS);
    expectResult(model, /harborlight\.example/);
  });

  /** Starts a turn up to the dialog. */
  async function ask(scene = SIGNAL, dialog = /wants\s*to\s*open\s*a\s*URL[\s\S]*Decline/) {
    const stage = await prepare(CLAUDE, installation, scene);
    const { home, work, env, model, command } = stage;
    const log = join(home, "debug.log");
    const args = ["--allowedTools", `mcp__${scene.server}`, "--debug-file", log];
    const terminal = open(command, args, { ...env, TERM: "xterm-256color" }, COLUMNS, work);
    // Its first request does not wait for servers. This is logged after their tools are read.
    await expect
      .poll(() => readText(log), PATIENCE)
      .toContain(`"${scene.server}": Channel notifications skipped`);
    await press(terminal, PROMPT, () => terminal.text().includes("Friday"));
    await press(terminal, "\r", () => model.turns.length > 0);
    await expect.poll(terminal.text, PATIENCE).toMatch(dialog);
    const url = PAGE.exec(terminal.text())?.[0] ?? "";
    return { ...stage, terminal, url };
  }

  test.each(SIGN_INS)(
    "%s, opens the page, and records the signal in the turn that asked",
    async (_, scene, shown) => {
      const { home, terminal, url, opened, model } = await ask(scene);
      expectAllTools(model);
      expect(terminal.text()).toMatch(shown);
      await press(terminal, "\r", () => opened() === url);
      expect((await submitKey(url, KEY)).status).toBe(200);
      await accept(terminal);
      expectResult(model, /signal_[0-9a-f-]{36}/);
      expect(readText(join(home, LOGIN))).toContain(KEY);
      expect(JSON.stringify(model.turns) + terminal.text()).not.toContain(KEY);
    },
  );

  test.each([
    ["declined", refuse],
    ["canceled", cancel],
  ])("%s, gives the model the error with the next step", async (_, answer) => {
    const { terminal, opened, model } = await ask();
    await answer(terminal);
    expectResult(model, NO_KEY);
    expect(opened()).toBe("");
  });

  test.each([
    ["accepted", accept, /deleted successfully/],
    ["declined", refuse, /The user declined delete_committee_member/],
    ["canceled", cancel, /The user did not answer whether to run delete_committee_member/],
  ])("%s, a confirmation decides whether LFX deletes", async (result, answer, toolResult) => {
    const { terminal, env, model } = await ask(REMOVAL, QUESTION);
    await answer(terminal);
    expectResult(model, toolResult);
    expect(await hasMember(env)).toBe(result !== "accepted");
  });
});

describe("Codex in a terminal", () => {
  let installation: Installation;
  beforeAll(() => {
    installation = installAgent(CODEX);
  }, INSTALL_TIMEOUT_MS);

  /** Starts a turn up to the dialog. */
  async function ask(scene = SIGNAL) {
    const stage = await prepare(CODEX, installation, scene);
    const { command, env, sandbox, work } = stage;
    const args = ["--no-daemon", ...codexOverrides(scene.server, sandbox.url.origin), PROMPT];
    const terminal = open(command, args, { ...env, TERM: "xterm-256color" }, COLUMNS, work);
    await terminal.shows(/1\.\s*Allow[\s\S]*3\.\s*Cancel/);
    return { ...stage, terminal };
  }

  test.each(SIGN_INS)(
    "%s, has the page opened, and records the signal in the turn that asked",
    async (_, scene, shown) => {
      const { home, terminal, opened, model } = await ask(scene);
      expectAllTools(model);
      expect(terminal.text()).toMatch(shown);
      await press(terminal, "\r", () => PAGE.test(opened()));
      expect((await submitKey(opened(), KEY)).status).toBe(200);
      await terminal.shows(OVER);
      expectResult(model, /signal_[0-9a-f-]{36}/);
      expect(readText(join(home, LOGIN))).toContain(KEY);
      expect(JSON.stringify(model.turns) + terminal.text()).not.toContain(KEY);
    },
  );

  test.each([
    ["declined", "2"],
    ["canceled", "3"],
    ["canceled with Esc", "\u001b[27u"],
  ])("%s, gives the model the error with the next step", async (_, key) => {
    const { terminal, opened, model } = await ask();
    await press(terminal, key, () => OVER.test(terminal.text()));
    expectResult(model, NO_KEY);
    expect(opened()).toBe("");
  });

  test.each([
    ["accepted", "1", /deleted successfully/],
    ["declined", "2", /The user declined delete_committee_member/],
    ["canceled", "3", /The user did not answer whether to run delete_committee_member/],
  ])("%s, a confirmation decides whether LFX deletes", async (result, key, toolResult) => {
    const { terminal, env, model } = await ask(REMOVAL);
    expect(terminal.text()).toMatch(QUESTION);
    await press(terminal, key, () => OVER.test(terminal.text()));
    expectResult(model, toolResult);
    expect(await hasMember(env)).toBe(result !== "accepted");
  });
});

function installAgent({ bin, package: name }: Agent): Installation {
  return install(`plugin-${bin}`, [name]);
}

function expectAllTools({ turns: [first] }: FakeModel): void {
  for (const tool of TOOLS)
    expect(first?.tools).toContainEqual(expect.stringMatching(new RegExp(`(^|_)${tool}$`)));
}

/** The model called its tool once, and got this result. */
function expectResult({ turns }: FakeModel, result: RegExp): void {
  expect(turns.map(({ toolResult }) => toolResult)).toEqual([undefined, expect.stringMatching(result)]);
}

/** Whether the sandbox that the agent used still has the member to remove. */
async function hasMember(env: Environment): Promise<boolean> {
  const words = Object.entries(MEMBER).flatMap(([name, uid]) => ["--arg", `${name}=${uid}`]);
  const { stdout } = await run(["lfx", "call", "get_committee_member", "--sandbox", ...words], env);
  return stdout.includes("Dmitar");
}

/** Words in a terminal: a program that draws moves the cursor instead of writing spaces. */
function drawn(words: string): RegExp {
  return new RegExp(words.replaceAll(/[.?()]/g, "\\$&").replaceAll(" ", "\\s*"));
}

/** Chooses the selected button of Claude Code's dialog. */
async function accept(terminal: Terminal): Promise<void> {
  await press(terminal, "\r", () => OVER.test(terminal.text()));
}

async function refuse(terminal: Terminal): Promise<void> {
  await selectDecline(terminal);
  await accept(terminal);
}

async function cancel(terminal: Terminal): Promise<void> {
  // Then the dialog takes keys. A second Esc would interrupt the turn.
  await selectDecline(terminal);
  terminal.type(ESCAPE);
  await terminal.shows(OVER);
}

async function selectDecline(terminal: Terminal): Promise<void> {
  await press(terminal, RIGHT, () => /❯\s*Decline/.test(terminal.text()));
}

/** Presses a key until it has had its effect: a program that draws ignores keys at times. */
async function press(terminal: Terminal, key: string, isDone: () => boolean): Promise<void> {
  await expect
    .poll(() => {
      if (!isDone()) terminal.type(key);
      return isDone();
    }, PATIENCE)
    .toBe(true);
}

function readText(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
