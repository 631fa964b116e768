import type { Command } from "commander";
import { EXIT_CODES } from "../../src/cli/exit-codes.ts";
import { createProgram } from "../../src/cli/program.ts";
import { LIGHTFAST_OPTIONS } from "../../src/platforms/lightfast/config/options.ts";
import { code, markdownTable, optionsTable } from "./markdown.ts";

/** Characters of a line of help. */
const HELP_WIDTH = 110;

const MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  done: "Success",
  usage: "Wrong usage or configuration",
  credentials: "Rejected credentials",
  unreachable: "The platform cannot be reached",
  toolError: "Any other error of a tool",
  failed: "Lightfast failed to classify the signal",
  canceled: "Canceled at the keyboard",
};

/** The generated sections of docs/cli.md. */
export function cliSections(): Record<string, string> {
  return {
    options: optionsTable(LIGHTFAST_OPTIONS),
    codes: markdownTable(
      ["Code", "Meaning"],
      Object.entries(MEANINGS).map(([name, meaning]) => [
        code(String(EXIT_CODES[name as keyof typeof EXIT_CODES])),
        meaning,
      ]),
    ),
    commands: describeCommand(createProgram(), []).join("\n\n"),
  };
}

/** A heading and the help of a command, and of those below it. */
function describeCommand(command: Command, parents: readonly string[]): readonly string[] {
  const path = [...parents, command.name()];
  command.configureOutput({ getOutHelpWidth: () => HELP_WIDTH, getOutHasColors: () => false });
  return [
    `### ${path.join(" ")}`,
    `\`\`\`text\n${command.helpInformation().trimEnd()}\n\`\`\``,
    ...command.commands.flatMap((child) => describeCommand(child, path)),
  ];
}
