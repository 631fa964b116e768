import { describe, expect, test, vi } from "vitest";
import { completion, SHELLS } from "../../../../src/cli/commands/completion.ts";
import { createProgram } from "../../../../src/cli/program.ts";
import { CLIENTS } from "../../../../src/clients/registry.ts";
import { TOOL_DEFINITIONS as LFX_TOOLS } from "../../../../src/platforms/lfx/catalog.ts";
import { TOOL_DEFINITIONS } from "../../../../src/platforms/lightfast/catalog.ts";
import { writeProfile } from "../../../../src/platforms/lightfast/config/profile-writes.ts";
import { temporaryHome } from "../../../support/home.ts";

/** What is printed on stdout while `run` runs. */
async function printed(run: () => unknown): Promise<string> {
  let output = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    output += String(text);
    return true;
  });
  try {
    await run();
  } finally {
    write.mockRestore();
  }
  return output;
}

/** The lines for a command line whose last word is unfinished. */
async function lines(...words: readonly string[]): Promise<readonly string[]> {
  const run = () => createProgram().parseAsync(["__complete", "--", ...words], { from: "user" });
  return (await printed(run)).split("\n").filter(Boolean);
}

async function offers(...words: readonly string[]): Promise<readonly string[]> {
  return (await lines(...words)).map((line) => line.split("\t")[0] ?? "");
}

test.each<[string[], string[]]>([
  [["ca"], ["call"]],
  [["call", "--inp"], ["--input"]],
  [["call", "some_tool", "--ar"], ["--arg"]],
  [["login", "--std"], ["--stdin"]],
  [["--sandbox", "too"], ["tools"]],
  [["--base-u"], ["--base-url"]],
  [
    ["completion", ""],
    ["bash", "zsh", "fish"],
  ],
  [["call", "--stdi"], []],
  [["nonsense-word"], []],
  [["lfx", "ht"], ["http"]],
  [["lfx", "http", "--mcp-api-pub"], ["--mcp-api-public-url"]],
  [["lfx", "--debug", "http", "--lens-api-u"], ["--lens-api-url"]],
  [["--log-level", "debug", "lfx", "ht"], ["http"]],
  [["lfx", "http", "--iss"], []],
  [["--profile", "lfx", "cal"], ["call"]],
  [["call", "lfx", "http", "--inp"], ["--input"]],
  [["profiles", ""], ["use"]],
  [["config", "h"], ["http"]],
  [["lfx", "config", "http", "--step"], ["--step-up"]],
  [
    ["signal", ""],
    ["create", "get", "list"],
  ],
  [["signal", "list", "--status", "queued,f"], ["queued,failed"]],
  [["--log-level", "d"], ["debug"]],
  [["--log-level=d"], ["--log-level=debug"]],
  [
    ["http", "--auth", ""],
    ["oauth", "api-key", "none"],
  ],
  [
    ["lfx", "http", "--auth="],
    ["--auth=oauth", "--auth=none"],
  ],
  [["lfx", "tools", "--toolsets", "meetings,mai"], ["meetings,mailing-lists"]],
  [
    ["tools", "--tools", "lightfast_system_health,lightfast_signals_g"],
    ["lightfast_system_health,lightfast_signals_get"],
  ],
  [["call", "lightfast_signals_create", "--arg", ""], ["input="]],
  [["call", "lightfast_signals_create", "--arg", "input=@no"], [":files"]],
  [["http", "--audit-journal", ""], [":files"]],
  [["install", "curs"], ["cursor"]],
  [["install", "cursor", "curs"], ["cursor"]],
  [["help", "lfx", "ins"], ["install"]],
  [["call", "--", "--inp"], []],
  [["call", "lightfast_system_health", "x"], []],
])("%j is completed to %j", async (words, completed) => {
  expect(await offers(...words)).toEqual(completed);
});

test("every visible command and option of the program is offered", async () => {
  const program = createProgram();
  for (const command of [program, ...program.commands].filter((one) => one.name() !== "__complete")) {
    const path = command === program ? [] : [command.name()];
    const options = command.options.filter(({ hidden }) => !hidden).map(({ long }) => long);
    expect(await offers(...path, "--")).toEqual([...options, "--help"]);
    const children = command.commands.map((child) => child.name()).filter((name) => name !== "__complete");
    if (children.length > 0) expect(await offers(...path, "")).toEqual(children);
  }
});

test("the tools of a platform are offered, with their titles", async () => {
  const byName = (tools: typeof LFX_TOOLS) => tools.map(({ wire }) => wire.name);
  expect(await offers("call", "")).toEqual(byName(TOOL_DEFINITIONS));
  expect(await offers("lfx", "call", "")).toEqual(byName(LFX_TOOLS));
  expect(await lines("call", "lightfast_system")).toEqual([
    "lightfast_system_health\tCheck the Lightfast connection",
  ]);
});

test("the clients are offered", async () => {
  expect(await offers("uninstall", "")).toEqual(CLIENTS.map(({ id }) => id));
});

test("the names of stored logins are offered, and nothing else of them", async () => {
  temporaryHome();
  const login = { apiKey: "lf_0123456789abcdef", baseUrl: "https://lightfast.example/" };
  writeProfile("work", login);
  writeProfile("other", login);
  expect(await lines("profiles", "use", "")).toEqual(["other\t", "work\t"]);
  expect(await offers("--profile", "w")).toEqual(["work"]);
  expect(await offers("login", "--profile=w")).toEqual(["--profile=work"]);
});

describe.each(SHELLS)("the script for %s", (shell) => {
  test("asks the program, and ends in a line break", async () => {
    const script = await printed(() => completion(shell));
    expect(script).toMatch(/__complete -- [\s\S]+lightfast-mcp/);
    expect(script).toMatch(/[^\n]\n$/);
  });
});
