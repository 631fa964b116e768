import { execFileSync } from "node:child_process";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { completion, type Shell } from "../../../../src/cli/commands/completion.ts";
import { createProgram } from "../../../../src/cli/program.ts";

/** What the program prints for a shell. */
function scriptFor(shell: Shell): string {
  let printed = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  try {
    completion(shell, createProgram());
  } finally {
    write.mockRestore();
  }
  return printed;
}

const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];
const PROGRAM = createProgram();
describe.each(SHELLS)("the script for %s", (shell) => {
  test("knows every command and every option of each", () => {
    const script = scriptFor(shell);
    const named = (long: string) => (shell === "fish" ? `-l ${long.slice(2)} ` : long);
    for (const command of PROGRAM.commands) {
      expect(script).toMatch(new RegExp(`\\b${command.name()}\\b`));
      const visible = command.options.filter(({ hidden }) => !hidden);
      for (const { long } of visible) expect(script).toContain(named(long ?? ""));
    }
    for (const { long } of PROGRAM.options) expect(script).toContain(named(long ?? ""));
  });

  test("names the program and ends in a line break", () => {
    const script = scriptFor(shell);
    expect(script).toContain("lightfast-mcp");
    expect(script).toMatch(/[^\n]\n{1,2}$/);
  });
});

test("for bash, call and its options are on one line", () => {
  const line = scriptFor("bash")
    .split("\n")
    .find((text) => text.includes("'call')"));
  for (const option of ["--arg", "--input", "--json", "--api-key", "--sandbox"])
    expect(line).toContain(option);
  expect(line).not.toContain("--stdin");
});

test("for zsh, call and its options have descriptions", () => {
  const block = /'call'\) candidates=\(\n(.*?)\n {4}\) ;;/s.exec(scriptFor("zsh"))?.[1] ?? "";
  const lines = block.split("\n").map((line) => line.trim());
  expect(lines).toContain("'--arg:Argument of the tool; repeatable; @file reads the value, @- reads stdin'");
  expect(lines.filter((line) => /^'--(?:arg|input|json|sandbox):/.test(line))).toHaveLength(4);
  expect(block).not.toContain("--stdin");
});

test("for zsh, a nested command has its own options", () => {
  const block = /'lfx http'\) candidates=\(\n(.*?)\n {4}\) ;;/s.exec(scriptFor("zsh"))?.[1] ?? "";
  expect(block).toContain("'--mcp-api-auth-servers:");
  expect(block).toContain("'--lfx-api-url:");
  expect(block).not.toMatch(/--profile|--issuer/);
});

/** The lines of the fish script for what follows a command. */
function fishLines(path: string): readonly string[] {
  return scriptFor("fish")
    .split("\n")
    .filter((line) => line.startsWith(`complete -c lightfast-mcp -n '__lightfast_mcp_at "${path}"' `));
}

test("for fish, commands and options depend on the command before them", () => {
  expect(fishLines("").find((line) => line.includes("-a 'call'"))).toMatch(/ -d 'Call a tool .*'$/);
  const own = fishLines("call");
  expect(own).toContain(
    `complete -c lightfast-mcp -n '__lightfast_mcp_at "call"' -l arg -d 'Argument of the tool; repeatable; @file reads the value, @- reads stdin'`,
  );
  expect(own.map((line) => / -l (\S+)/.exec(line)?.[1])).toEqual(
    expect.arrayContaining(["arg", "input", "json", "api-key", "sandbox"]),
  );
  expect(fishLines("lfx").some((line) => line.includes("-a 'http'"))).toBe(true);
  const nested = fishLines("lfx http").map((line) => / -l (\S+)/.exec(line)?.[1]);
  expect(nested).toEqual(expect.arrayContaining(["mcp-api-auth-servers", "timeout"]));
  expect(nested).not.toContain("profile");
});

describe("in bash", () => {
  const COMPLETE = `
    eval "$1"
    shift
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
    _lightfast_mcp
    printf '%s\\n' "\${COMPREPLY[@]}"
  `;
  let script = "";
  beforeAll(() => {
    script = scriptFor("bash");
  });

  /** What bash would offer for the last of the words after the program's name. */
  const offers = (...words: readonly string[]): readonly string[] =>
    execFileSync(
      "bash",
      ["--norc", "--noprofile", "-c", COMPLETE, "bash", script, "lightfast-mcp", ...words],
      {
        encoding: "utf8",
        timeout: 4000,
      },
    )
      .split("\n")
      .filter(Boolean);

  test.each<[string[], string[]]>([
    [["ca"], ["call"]],
    [["call", "--inp"], ["--input"]],
    [["call", "some_tool", "--ar"], ["--arg"]],
    [["login", "--std"], ["--stdin"]],
    [["--sandbox", "too"], ["tools"]],
    [["--base-u"], ["--base-url"]],
    [["call", "--base-u"], ["--base-url"]],
    [["completion", "b"], ["bash"]],
    [["call", "--stdi"], []],
    [["nonsense-word"], []],
    [["lfx", "ht"], ["http"]],
    [["lfx", "http", "--mcp-api-pub"], ["--mcp-api-public-url"]],
    [["lfx", "--lens-api-u"], ["--lens-api-url"]],
    [["lfx", "--debug", "http", "--lens-api-u"], ["--lens-api-url"]],
    [["lfx", "tools", "--js"], ["--json"]],
    [["--log-level", "debug", "lfx", "ht"], ["http"]],
    [["http", "--iss"], ["--issuer"]],
    [["lfx", "http", "--iss"], []],
    [["lfx", "--sand"], ["--sandbox"]],
    [["--profile", "lfx", "cal"], ["call"]],
    [["--profile", "lfx", "call", "--inp"], ["--input"]],
    [["call", "lfx", "http", "--inp"], ["--input"]],
  ])("%j is completed to %j", (words, completed) => {
    expect(offers(...words)).toEqual(completed);
  });

  test("an empty word offers every command and the options before it", () => {
    const all = offers("");
    expect(all).toEqual(expect.arrayContaining(PROGRAM.commands.map((command) => command.name())));
    expect(all).toEqual(expect.arrayContaining(["--api-key", "--sandbox"]));
  });

  test("after a command, its options and no other command are offered", () => {
    const all = offers("call", "");
    expect(all).toEqual(expect.arrayContaining(["--arg", "--input", "--json", "--api-key"]));
    expect(all).not.toContain("tools");
  });

  test("a command with choices offers them", () => {
    expect(offers("completion", "")).toEqual(expect.arrayContaining(["bash", "zsh", "fish"]));
  });
});
