import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { EXAMPLES } from "../../src/cli/examples.ts";
import { writeProfile } from "../../src/platforms/lightfast/config/profile-writes.ts";
import { startSandbox } from "../../src/platforms/lightfast/sandbox/server.ts";
import { COMMAND_LINES } from "../support/command-lines.ts";
import { openRegistry, packProgram } from "../support/registry.ts";
import { openShell, type Terminal } from "../support/terminal.ts";

const KEY = "lf_sandbox";

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let registry: Awaited<ReturnType<typeof openRegistry>>;
let folder: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  registry = await openRegistry();
  for (const version of ["1.2.3", "1.2.4"])
    registry.publish(version, packProgram(version, "a later version"));
  folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-user-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
  registry.close();
  return sandbox.close();
});

/** What a user types, once for each match. */
const ANSWERS: readonly (readonly [question: RegExp, keys: string])[] = [
  [/API key \(lf_\.\.\.\)/, `${KEY}\r`],
  [/which clients[^?]*\?/i, "a\r"],
  [/(?:Change|Write|Remove|Repair) [^?]*\?/, "y"],
];

/** Command lines that run until they are interrupted, and what they print first. */
const SERVERS: readonly (readonly [commandLine: RegExp, started: RegExp])[] = [
  [/http --sandbox --auth none$/, /"url":"http/],
  [/sandbox --port 0$/, /http:\/\/127\.0\.0\.1:\d+/],
];

/** What has to come before a command line, by the text in which it is printed. */
const BEFORE: Readonly<Record<string, string>> = {
  "login --stdin": `echo ${KEY} | `,
  "update --rollback": "lightfast-mcp update && ",
};

/** Command lines that do not end with 0, and why. */
const OTHER_CODES: readonly (readonly [commandLine: RegExp, code: number, why: string])[] = [
  [/signal_1\b/, 1, "the id is a placeholder"],
  [/^signal get signal_123e/, 5, "there is no such signal"],
  [/--cursor x/, 1, "the cursor is a placeholder"],
  [/^(?:lfx )?http --check$|^config http/, 1, "nothing is configured"],
  [/^lfx doctor/, 1, "there is no token for LFX"],
  [/127\.0\.0\.1:1\b/, 4, "no server listens there"],
];

const lines = [
  ...new Set([
    ...Object.values(COMMAND_LINES).flat(),
    ...Object.values(EXAMPLES).flatMap((list) =>
      list.map(({ words, after = "" }) => words + (after.startsWith(" <") ? after : "")),
    ),
  ]),
];

test.each(lines)("%s", async (words) => {
  const env = await createUser();
  const terminal = openShell(`cd ${project()} && ${BEFORE[words] ?? ""}lightfast-mcp ${words}`, env);
  const started = SERVERS.find(([commandLine]) => commandLine.test(words))?.[1];
  if (started) {
    await terminal.shows(started);
    terminal.type("\u0003");
  }
  const code = await answer(terminal);
  const expected = OTHER_CODES.find(([commandLine]) => commandLine.test(words))?.[1] ?? 0;
  expect({ code, text: terminal.text() }).toEqual({ code: expected, text: expect.any(String) });
  expect(terminal.text()).not.toMatch(/unknown (?:command|option)|For usage, run/);
});

/**
 * A user with two logins, a client with entries, and an installed copy with an earlier version. Entries name files in their home,
 * so each test gets a copy of the first one at the same place.
 */
async function createUser(): Promise<Record<string, string>> {
  const [home, original] = [join(folder, "home"), join(folder, "original")];
  const copy = (from: string, to: string) =>
    cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const env = {
    HOME: home,
    LIGHTFAST_BASE_URL: sandbox.url.href,
    npm_config_registry: registry.url,
    BROWSER: "none",
    PORT: "0",
    LFXMCP_HTTP_PORT: "0",
  };
  if (existsSync(original)) {
    rmSync(home, { recursive: true, force: true });
    copy(original, home);
    return env;
  }
  mkdirSync(join(home, ".cursor"), { recursive: true });
  vi.stubEnv("HOME", home);
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const name of ["default", "work"]) writeProfile(name, { apiKey: KEY, baseUrl: sandbox.url.href });
  const setUp = openShell(
    "lightfast-mcp install cursor --yes && lightfast-mcp lfx install cursor --yes",
    env,
  );
  expect(await setUp.exited, setUp.text()).toBe(0);
  copy(home, original);
  return env;
}

/** The folder of a project with what the examples name. */
function project(): string {
  const folder = mkdtempSync(join(tmpdir(), "lightfast-mcp-folder-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "key.txt"), `${KEY}\n`);
  writeFileSync(join(folder, "note.txt"), "Call Ada\n");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ scripts: { test: "node --version" } }));
  return folder;
}

/** Answers each question once, and returns the exit code. */
async function answer(terminal: Terminal): Promise<number> {
  const asked = new Set<string>();
  for (;;) {
    const isOpen = (question: RegExp) => !asked.has(question.source) && question.test(terminal.text());
    const next = terminal.shows({
      test: () => ANSWERS.some(([question]) => isOpen(question)),
    } as unknown as RegExp);
    const isOver = await Promise.race([
      terminal.exited.then(() => true),
      next.then(
        () => false,
        () => true,
      ),
    ]);
    if (isOver) return terminal.exited;
    for (const [question, keys] of ANSWERS.filter(([one]) => isOpen(one))) {
      asked.add(question.source);
      terminal.type(keys);
    }
  }
}
