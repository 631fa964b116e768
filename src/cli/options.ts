import { type Command, Option, type OptionValues } from "commander";
import type { OptionRow } from "../config/reader.ts";

/** Returns the options of a command and those given before it. The last one on the command line wins. */
export function flagsOf<Flags = OptionValues>(command: Command): Flags {
  return Object.assign(command.parent ? flagsOf<object>(command.parent) : {}, command.opts()) as Flags;
}

/**
 * Adds the options of a table.
 * @param listed the names of the options that the command's help lists; default: all
 * @param heading the group in help; default: that of the command's own options
 */
export function addOptions(
  command: Command,
  table: Readonly<Record<string, OptionRow>> | readonly OptionRow[],
  listed: readonly string[] = Object.keys(table),
  heading?: string,
): Command {
  for (const [name, row] of Object.entries(table)) {
    const option = toOption(row).hideHelp(!listed.includes(name));
    command.addOption(heading === undefined ? option : option.helpGroup(heading));
  }
  return command;
}

/** Collects the values of a repeatable option. */
export function append(value: string, previous: readonly string[] = []): readonly string[] {
  return [...previous, value];
}

function toOption(row: OptionRow): Option {
  const notes = [`env: ${row.variables.join(", ")}`, ...(row.default ? [`default: ${row.default}`] : [])];
  const usage = row.argument ? `${row.flag} <${row.argument}>` : row.flag;
  return createOption(usage, `${row.description} (${notes.join("; ")})`, row.choices);
}

/** @param choices for completion only: the command or the settings reject other values */
export function createOption(flags: string, description: string, choices?: readonly string[]): Option {
  const option = new Option(flags, description);
  if (choices) option.argChoices = [...choices];
  return option;
}
