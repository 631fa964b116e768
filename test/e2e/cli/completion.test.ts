import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { spawn } from "@lydell/node-pty";
import { beforeAll, describe, expect, inject, onTestFinished, test } from "vitest";
import { clientEnvironment } from "../../support/program.ts";

type InteractiveShell = {
  readonly args: readonly string[];
  /** Loads the completions, from the program's own script. */
  readonly setUp: string;
};

const SHELLS: Readonly<Record<string, InteractiveShell>> = {
  bash: { args: ["--norc", "--noprofile", "-i"], setUp: "source <(lightfast-mcp completion bash)" },
  zsh: {
    args: ["-f", "-i"],
    setUp: "autoload -U compinit; compinit -u -D; source <(lightfast-mcp completion zsh)",
  },
};

/** What is typed before Tab, and the end of the line after it. */
const LINES: readonly (readonly [typed: string, completed: string])[] = [
  ["ca", "call "],
  ["profiles us", "use "],
  ["lfx config ht", "http "],
  ["signal cre", "create "],
  ["call --inp", "--input "],
  ["call lightfast_sys", "lightfast_system_health "],
  ["lfx call get_projec", "get_project "],
  ["install curs", "cursor "],
  ["profiles use wo", "work "],
  ["--profile=wo", "--profile=work "],
  ["--log-level d", "debug "],
  ["lfx http --auth=oa", "--auth=oauth "],
  ["--base-url http://127.0.0.1:1 too", "tools "],
  ["call lightfast_signals_create --arg in", "--arg input="],
  ["call lightfast_signals_create --arg input=@no", "input=@notes.txt "],
  ["http --audit-journal ./no", "./notes.txt "],
];

let home: string;
let env: Record<string, string>;

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "lightfast-mcp-completion-"));
  writeFileSync(join(home, "notes.txt"), "Call Ada");
  const work = join(home, ".config", "lightfast-mcp", "profiles", "work.json");
  mkdirSync(dirname(work), { recursive: true });
  const login = { apiKey: "lf_sandbox", baseUrl: "https://lightfast.example/" };
  writeFileSync(work, JSON.stringify(login), { mode: 0o600 });
  const programs = join(inject("installed"), "node_modules", ".bin");
  env = clientEnvironment({
    HOME: home,
    TERM: "dumb",
    PATH: [programs, dirname(process.execPath), process.env.PATH].join(delimiter),
  });
  return () => rmSync(home, { recursive: true, force: true });
});

function isThere(shell: string): boolean {
  return process.platform === "linux" && spawnSync(shell, ["--version"]).status === 0;
}

/** A shell in a pseudo-terminal, in a folder with `notes.txt`. */
function openShell(name: string, { args }: InteractiveShell) {
  const pty = spawn(name, [...args], { cols: 200, rows: 50, cwd: home, env });
  onTestFinished(() => pty.kill());
  let output = "";
  const watchers = new Set<() => void>();
  pty.onData((data) => {
    output += data;
    for (const check of watchers) check();
  });
  const shows = (text: string) =>
    new Promise<void>((resolve) => {
      const check = (): void => {
        if (!output.includes(text)) return;
        watchers.delete(check);
        resolve();
      };
      watchers.add(check);
      check();
    });
  return {
    shows,
    output: () => output,
    type: (text: string) => {
      output = "";
      pty.write(text);
    },
  };
}

describe.each(Object.entries(SHELLS))("%s", (name, shell) => {
  const title =
    name === "bash" ? "Tab completes every kind of word" : "Tab does so too, if this shell is here";
  test.skipIf(!isThere(name))(title, async () => {
    const { type, shows, output } = openShell(name, shell);
    type(`PS1='> '; ${shell.setUp}; echo rea""dy\n`);
    await shows("\nready");
    for (const [typed, completed] of LINES) {
      const line = `lightfast-mcp ${typed}`;
      type(line);
      await shows(line);
      type("\t");
      // The shell prints the rest of the word, or the whole word again.
      const rest = completed.slice(overlap(line, completed));
      await shows(rest);
      expect(output(), line).not.toContain("\u0007");
      type("\u0015");
    }
  });
});

/** How many characters of `text` the end of `line` already has. */
function overlap(line: string, text: string): number {
  const lengths = Array.from({ length: text.length }, (_, index) => text.length - index);
  return lengths.find((length) => line.endsWith(text.slice(0, length))) ?? 0;
}

test.skipIf(!isThere("fish"))("fish completes the same, if it is here", () => {
  const queries = LINES.map(([typed]) => `complete -C ${quote(`lightfast-mcp ${typed}`)}; echo ====`);
  const script = ["lightfast-mcp completion fish | source", ...queries].join("\n");
  const { stdout, stderr } = spawnSync("fish", ["--no-config", "-c", script], {
    cwd: home,
    env,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  const offers = stdout.split("====\n").map((text) => text.split("\n").map((line) => line.split("\t")[0]));
  for (const [index, [typed, completed]] of LINES.entries()) {
    const word = completed.trim().split(" ").at(-1);
    expect(offers[index], typed).toEqual([word, ""]);
  }
});

function quote(text: string): string {
  return `'${text.replaceAll("'", "\\'")}'`;
}
