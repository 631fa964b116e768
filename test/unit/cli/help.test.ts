import type { Command } from "commander";
import { describe, expect, test, vi } from "vitest";
import { EXAMPLES, exampleLine } from "../../../src/cli/examples.ts";
import { createProgram } from "../../../src/cli/program.ts";
import { pathOf } from "../../../src/cli/usage.ts";

const HIDDEN = "__complete";

function withDescendants(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withDescendants)].filter((one) => one.name() !== HIDDEN);
}

const COMMANDS = withDescendants(createProgram());

function helpOf(command: Command, width: number): string {
  const help = command.createHelp();
  help.prepareContext({ helpWidth: width });
  return help.formatHelp(command, help);
}

describe.each([40, 80, 140])("in %i columns", (width) => {
  test.each(COMMANDS.map((command) => [pathOf(command), command] as const))(
    "%s --help fits",
    (_, command) => {
      const tooLong = helpOf(command, width)
        .split("\n")
        .filter((line) => line.length > width)
        // Command lines, terms and addresses stay whole, to be copied.
        .filter((line) => !/^ +(?:\$ |-|\S+$)|^Documentation: /.test(line));
      expect(tooLong).toEqual([]);
    },
  );
});

test("in 80 columns every line fits, examples too", () => {
  const lines = COMMANDS.flatMap((command) => helpOf(command, 80).split("\n"));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

test.each(COMMANDS.map((command) => [pathOf(command), command] as const))(
  "%s --help has its own options first, then examples, then those of its platform",
  (path, command) => {
    const headings: readonly string[] = helpOf(command, 80).match(/^[A-Z][\w ]+:$/gm) ?? [];
    const places = ["Options:", "Examples:", "Lightfast options:", "LFX options:"].map((heading) =>
      headings.indexOf(heading),
    );
    const found = places.filter((place) => place !== -1);
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(headings).toContain("Examples:");
    expect(helpOf(command, 80).includes("--version")).toBe(path === "");
  },
);

test("the program's help groups the commands by purpose, and links to the documentation", () => {
  const help = helpOf(createProgram(), 80);
  const headings = help.match(/^[A-Z].*:$/gm);
  expect(headings).toEqual([
    "Serve:",
    "Set up:",
    "Use:",
    "Troubleshoot and develop:",
    "Options:",
    "Examples:",
  ]);
  expect(help).toContain("https://github.com/lightfastai/mcp");
  expect(help).not.toContain("Commands:");
  expect(help).not.toContain(HIDDEN);
});

describe("examples", () => {
  test("belong to commands, and every command has some", () => {
    expect(Object.keys(EXAMPLES).sort()).toEqual(COMMANDS.map(pathOf).sort());
  });

  const rows = Object.entries(EXAMPLES).flatMap(([path, examples]) =>
    examples.map((example) => [exampleLine(example), path, example] as const),
  );

  test.each(rows)("%s is valid usage of %s", async (_, path, { words }) => {
    const ran: string[] = [];
    const program = createProgram();
    for (const command of withDescendants(program)) {
      command.action((...args: unknown[]) => {
        ran.push(pathOf(args.at(-1) as Command));
      });
      command.exitOverride().configureOutput({ writeErr: () => {}, outputError: () => {} });
    }
    const parts = words.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
    await program.parseAsync(
      parts.map((part) => part.replaceAll(/["']/g, "")),
      { from: "user" },
    );
    // The program and lfx show commands below them.
    expect(ran).toEqual([expect.stringMatching(new RegExp(`^${path}`))]);
  });
});

describe("wrong usage", () => {
  test.each<[string, RegExp]>([
    ["cal", /unknown command "cal" \(did you mean "call"\?\)/],
    ["lfx htp", /unknown command "htp" \(did you mean "http"\?\)/],
    ["signal creat", /unknown command "creat" \(did you mean "create"\?\)/],
    ["profiles usee work", /unknown command "usee" \(did you mean "use"\?\)/],
    ["help lfx cal", /unknown command "cal" \(did you mean "call"\?\)/],
    ["call --inputt x", /unknown option "--inputt" \(did you mean "--input"\?\)/],
    ["call --inputt=lf_secret", /unknown option "--inputt" \(did you mean "--input"\?\)/],
    ["call --nonsense-flag", /unknown option "--nonsense-flag"\n/],
    ["tools --json=1", /option --json takes no value/],
    ["install curser", /unknown client "curser" \(did you mean "cursor"\?\)/],
    ["completion fisch", /unknown shell "fisch" \(did you mean "fish"\?\)/],
    ["completion powershell", /unknown shell "powershell" \(use one of bash, zsh, fish\)/],
    ["call", /missing required argument 'tool'/],
    ["zzzzzzzz", /unknown command "zzzzzzzz" \(use one of http, lfx, /],
  ])("%s exits with 1, and says what is meant", async (line, message) => {
    const exit = vi.spyOn(process, "exit").mockImplementation((code) => {
      throw new Error(`exit ${code}`);
    });
    let printed = "";
    const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    try {
      await expect(createProgram().parseAsync(line.split(" "), { from: "user" })).rejects.toThrow("exit 1");
    } finally {
      exit.mockRestore();
      write.mockRestore();
    }
    expect(printed).toMatch(message);
    expect(printed).toMatch(/For usage, run: .+ --help\n$/);
    expect(printed).not.toContain("lf_secret");
  });
});
