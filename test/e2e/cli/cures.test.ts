import { chmodSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { commandIn } from "../../../src/config/invocation.ts";
import { createDoctorContext } from "../../../src/doctor/context.ts";
import { type CheckReport, createChecks, runChecks } from "../../../src/doctor/run.ts";
import { writeProfile } from "../../../src/platforms/lightfast/config/profile-writes.ts";
import { profileFile } from "../../../src/platforms/lightfast/config/profiles.ts";
import { startSandbox } from "../../../src/platforms/lightfast/sandbox/server.ts";
import { temporaryHome } from "../../support/home.ts";
import { programFile } from "../../support/program.ts";
import { openShell } from "../../support/terminal.ts";

/** Accepted by the emulator. Not one of its documented keys would be redacted. */
const KEY = "lf_sandbox";
const EXPIRED = "lf_sandbox_expired";
const NPX = { command: "npx", args: ["--prefix=/", "-y", "@lightfastai/mcp@latest"] };

type Sandbox = Awaited<ReturnType<typeof startSandbox>>;
let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

type Environment = Readonly<Record<string, string>>;

/** A home folder, and what doctor says there. */
type Situation = {
  readonly home: string;
  /** The variables of the shell. */
  env: Environment;
  /** Flags of doctor. */
  flags: Readonly<Record<string, string>>;
  /** Writes the entries of a client's file. */
  entries(file: string, servers: Readonly<Record<string, unknown>>): void;
  store(name: string, key: string, baseUrl?: string): Promise<void>;
  check(id: string, script?: string): Promise<CheckReport>;
};

function createSituation(): Situation {
  const home = temporaryHome();
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-project-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const bin = join(home, "bin");
  mkdirSync(bin);
  writeFileSync(
    join(bin, "npx"),
    `#!/bin/sh\nshift 2\nexec "${process.execPath}" "${programFile()}" "$@"\n`,
    {
      mode: 0o755,
    },
  );
  const situation: Situation = {
    home,
    env: { HOME: home, PATH: `${bin}:${process.env.PATH}`, LIGHTFAST_BASE_URL: sandbox.url.href },
    flags: {},
    entries: (file, mcpServers) => {
      mkdirSync(dirname(join(home, file)), { recursive: true });
      writeFileSync(join(home, file), JSON.stringify({ mcpServers }));
    },
    store: async (name, apiKey, baseUrl = sandbox.url.href) => writeProfile(name, { apiKey, baseUrl }),
    check: async (id, script = programFile()) => {
      const { platform, versions, execPath } = process;
      const runtime = { platform, node: versions.node, execPath, script, home, folder };
      const context = await createDoctorContext(situation.flags, situation.env, runtime);
      const checks = createChecks(context).filter((check) => check.id === id || check.id !== "handshake");
      const report = (await runChecks(checks, context)).find((one) => one.id === id);
      await context.probe.close();
      if (!report) throw new Error(`there is no check ${id}`);
      return report;
    },
  };
  return situation;
}

/** Answers the questions of a command. */
const ANSWERS: readonly (readonly [question: RegExp, answer: string])[] = [
  [/API key \(lf_\.\.\.\)/g, `${KEY}\r`],
  [/(?:Change|Write) \S+\?/g, "y"],
];

/** Runs a command line literally in a shell of a terminal, and answers its questions. */
async function runLiterally(commandLine: string, env: Environment): Promise<string> {
  const terminal = openShell(commandLine, { ...env, BROWSER: "none" });
  const isOver = terminal.exited.then(() => true);
  for (let answered = 0; ; answered += 1) {
    const asked = () =>
      ANSWERS.flatMap(([question, answer]) =>
        Array.from(terminal.text().matchAll(question), ({ index, 0: text }) => ({ index, text, answer })),
      );
    const questions = () => [...new Map(asked().map((one) => [one.text, one])).values()];
    const next = terminal.shows({ test: () => questions().length > answered } as unknown as RegExp).then(
      () => false,
      () => true,
    );
    if (await Promise.race([isOver, next])) return terminal.text();
    terminal.type(questions().toSorted((a, b) => a.index - b.index)[answered]?.answer ?? "");
  }
}

type Row = {
  readonly check: string;
  readonly prepare: (situation: Situation) => unknown;
  readonly hint: RegExp;
  /** The steps of the hint that are no command. */
  readonly byHand?: (situation: Situation) => unknown;
  /** What doctor says afterwards, if there is another problem. */
  readonly next?: RegExp;
  /** Another check that names the problem without its cure, and succeeds afterwards, too. */
  readonly same?: string;
};

const cursor = (situation: Situation, env: Environment, args = NPX.args) =>
  situation.entries(".cursor/mcp.json", {
    lightfast: { ...NPX, args, env: { LIGHTFAST_BASE_URL: sandbox.url.href, ...env } },
  });
const unset = (situation: Situation) => {
  const { LIGHTFAST_API_KEY: _, ...env } = situation.env;
  situation.env = env;
};
const FIX = /, run: lightfast-mcp doctor --fix$/;

/** Every failure whose next step is a command. */
const CURES: Readonly<Record<string, Row>> = {
  "no key": { check: "key", prepare: () => {}, hint: /or run: lightfast-mcp login$/ },
  "a malformed key in a variable": {
    check: "key",
    prepare: (situation) => {
      situation.env = { ...situation.env, LIGHTFAST_API_KEY: "sk_old" };
    },
    hint: /^Correct LIGHTFAST_API_KEY, or remove it and run: lightfast-mcp login$/,
    byHand: unset,
  },
  "a malformed key in a login": {
    check: "key",
    prepare: ({ store }) => store("default", "sk_old"),
    hint: /^To store another key, run: lightfast-mcp login --profile default$/,
  },
  "a login that others can read": {
    check: "key",
    prepare: async ({ store }) => {
      await store("default", KEY);
      chmodSync(profileFile("default"), 0o644);
    },
    hint: /^Run: chmod 600 \S+$/,
  },
  "a damaged login": {
    check: "key",
    prepare: async ({ store }) => {
      await store("default", KEY);
      writeFileSync(profileFile("default"), "{");
    },
    hint: /^Move it away, then run: lightfast-mcp login$/,
    byHand: () => renameSync(profileFile("default"), `${profileFile("default")}.old`),
  },
  "a login for another address": {
    check: "key",
    prepare: ({ store }) => store("default", KEY, "https://lightfast.ai/"),
    hint: /^Use --profile \S+\. To store a login there, run: lightfast-mcp login --profile \S+ --base-url \S+$/,
    byHand: (situation) => {
      situation.flags = { profile: sandbox.url.host.replaceAll(/\W/g, "-") };
    },
  },
  "a profile without a login": {
    check: "key",
    prepare: (situation) => {
      situation.flags = { profile: "wrok" };
    },
    hint: /^Correct the name, or store that login\. Run: lightfast-mcp login --profile wrok$/,
  },
  "a rejected key in a login": {
    check: "accepted",
    prepare: (situation) => {
      const { LIGHTFAST_BASE_URL: _, ...env } = situation.env;
      situation.env = env;
      return situation.store("default", EXPIRED);
    },
    hint: /To store it, run: lightfast-mcp login --profile default --base-url \S+$/,
  },
  "a rejected key in a variable": {
    check: "accepted",
    prepare: (situation) => {
      situation.env = { ...situation.env, LIGHTFAST_API_KEY: EXPIRED };
    },
    hint: /remove LIGHTFAST_API_KEY and run: lightfast-mcp login$/,
    byHand: unset,
  },
  "a key that is only in the shell": {
    check: "handshake",
    prepare: (situation) => {
      situation.env = { ...situation.env, LIGHTFAST_API_KEY: KEY };
    },
    hint: /^Add LIGHTFAST_API_KEY to the server's entry in the client, or run: lightfast-mcp login$/,
  },
  "a client without an entry": {
    check: "client-cursor",
    prepare: async ({ entries, store }) => {
      entries(".cursor/mcp.json", {});
      await store("default", KEY);
    },
    hint: /^No entry .+, run: lightfast-mcp install cursor$/,
  },
  "an entry without a key": {
    check: "key",
    prepare: (situation) => cursor(situation, {}),
    hint: /, or run: lightfast-mcp login$/,
    same: "client-cursor",
  },
  "an entry with an example instead of a key": {
    check: "client-cursor",
    prepare: (situation) => cursor(situation, { LIGHTFAST_API_KEY: "lf_..." }),
    hint: /To store a key instead, run: lightfast-mcp login$/,
    next: FIX,
  },
  "an entry whose login is rejected": {
    check: "accepted",
    prepare: async (situation) => {
      cursor(situation, {});
      await situation.store("default", EXPIRED);
    },
    hint: /, run: lightfast-mcp login --profile default( --base-url \S+)?$/,
    same: "client-cursor",
  },
  "two entries of the same server": {
    check: "client-cursor",
    prepare: ({ entries }) => {
      const env = { LIGHTFAST_API_KEY: KEY, LIGHTFAST_BASE_URL: sandbox.url.href };
      entries(".cursor/mcp.json", { lightfast: { ...NPX, env }, old: { ...NPX, env } });
    },
    hint: /^To remove it, run: lightfast-mcp uninstall cursor --name old$/,
  },
};

// The commands run in a POSIX shell, in a terminal.
describe.skipIf(process.platform === "win32")("the next step of doctor works as printed, for", () => {
  test.each(Object.entries(CURES))("%s", async (_, { check, prepare, hint, byHand, next, same }) => {
    const situation = createSituation();
    await prepare(situation);
    const before = await situation.check(check);
    const text = before.hint ?? before.summary;
    expect(text).toMatch(hint);
    if (same)
      expect(await situation.check(same)).toMatchObject({
        status: "skipped",
        summary: `Same login problem as "${before.title}"`,
      });
    await byHand?.(situation);
    const output = await runLiterally(commandIn(text) ?? "", situation.env);
    const after = await situation.check(check);
    if (next) expect(after.hint, output).toMatch(next);
    else expect(after, output).toMatchObject({ status: "ok" });
    if (same) expect(await situation.check(same), output).toMatchObject({ status: "ok" });
  });

  test("an old copy in the cache of npx", async () => {
    const situation = createSituation();
    const script = join(situation.home, "_npx", "1f", "node_modules", ".bin", "lightfast-mcp");
    const { hint = "" } = await situation.check("package", script);
    expect(hint).toMatch(/, run: npx -y @lightfastai\/mcp@latest doctor$/);
    expect(await runLiterally(commandIn(hint) ?? "", situation.env)).toMatch(
      /✔ Package: @lightfastai\/mcp \d/,
    );
  });

  test("everything that doctor --fix repairs", async () => {
    const situation = createSituation();
    const { home, store } = situation;
    await store("default", KEY);
    await store("work", KEY);
    const env = { LIGHTFAST_BASE_URL: sandbox.url.href };
    const problems: Readonly<Record<string, object>> = {
      ".cursor": { ...NPX, env: { ...env, LIGHTFAST_API_KEY: "<your key>" } },
      ".codeium/windsurf": { ...NPX, args: [...NPX.args, "--api-key", KEY], env },
      ".kiro/settings": { ...NPX, env: { ...env, LIGHTFAST_PROFILE: "wrok" } },
      ".gemini": { ...NPX, command: "/no/such/npx", env },
      ".cline/data/settings": { ...NPX, env: { ...env, LIGHTFAST_TIMEOUT: "soon" } },
      ".copilot": { command: "npx", args: ["@lightfastai/mcp@0.0.1"], env },
    };
    const names: Readonly<Record<string, string>> = {
      ".codeium/windsurf": "mcp_config.json",
      ".gemini": "settings.json",
      ".cline/data/settings": "cline_mcp_settings.json",
      ".copilot": "mcp-config.json",
    };
    for (const [folder, lightfast] of Object.entries(problems))
      situation.entries(join(folder, names[folder] ?? "mcp.json"), { lightfast });
    const ids = ["cursor", "windsurf", "kiro", "gemini", "cline", "copilot"].map((id) => `client-${id}`);
    for (const id of ids) expect((await situation.check(id)).hint, id).toMatch(FIX);
    const output = await runLiterally("lightfast-mcp doctor --fix", situation.env);
    for (const id of ids) expect(await situation.check(id), output).toMatchObject({ id, status: "ok" });
    expect(output).toMatch(/After the changes:[\s\S]+ 0 warnings, 0 failed/);
    expect(readFileSync(join(home, ".gemini/settings.json"), "utf8")).toContain("lightfast-mcp.cjs");
  });
});
