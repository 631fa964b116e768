import type { Command } from "commander";
import { suggest } from "../shared/suggest.ts";

/** Returns the words of a command after the program's name: `lfx http`; empty for the program. */
export function pathOf(command: Command): string {
  const { parent } = command;
  return parent ? `${pathOf(parent)} ${command.name()}`.trim() : "";
}

/** The commands below a command that its help lists. */
export function visibleCommands(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}

/** Exits with an error that suggests a command. */
export function rejectUnknownCommand(word: string | undefined, command: Command): void {
  if (word !== undefined) command.error(`error: unknown command '${word}'`);
}

type Rule = readonly [pattern: RegExp, describe: (groups: readonly string[], command: Command) => string];

/** The parser's errors that a suggestion makes clearer. */
const RULES: readonly Rule[] = [
  [
    /^unknown command '(.*)'/s,
    ([word = ""], command) => {
      const names = visibleCommands(command).map((child) => child.name());
      return unknown("command", word, names);
    },
  ],
  // The value of a mistyped flag may be a secret.
  [
    /^unknown option '(-[^'=\s]+)(=?)/,
    ([flag = "", value], command) => {
      const isSwitch = command.options.some((option) => option.long === flag && option.isBoolean());
      return value && isSwitch
        ? `option ${flag} takes no value`
        : `unknown option ${JSON.stringify(flag)}${suggest(flag, flagsIn(command))}`;
    },
  ],
  [
    /value '(.*)' is invalid for argument '([\w-]+)(?:\.\.\.)?'. Allowed choices are (.*)\.$/s,
    ([word = "", name = "", choices = ""]) => unknown(name, word, choices.split(", ")),
  ],
];

/** Describes an error of the command line parser: what is wrong, and the nearest valid word. */
export function describeUsageError(text: string, command: Command): string {
  const error = text.replace(/^error: /, "").trimEnd();
  for (const [pattern, describe] of RULES) {
    const match = pattern.exec(error);
    if (match) return `lightfast-mcp: ${describe(match.slice(1), command)}\n`;
  }
  return `lightfast-mcp: ${error.replaceAll(/(--?[\w-]+)=[^\s']+/g, "$1")}\n`;
}

function unknown(noun: string, word: string, names: readonly string[]): string {
  return `unknown ${noun} ${JSON.stringify(word)}${suggest(word, names) || ` (use one of ${names.join(", ")})`}`;
}

function flagsIn(command: Command): readonly string[] {
  const options = command.createHelp().visibleOptions(command);
  return options.flatMap(({ long }) => long ?? []);
}
