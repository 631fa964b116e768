import { type Command, Option } from "commander";
import type { OptionRow } from "../config/reader.ts";

const describe = ({ description, variables, default: value }: OptionRow): string => {
  const parts = [`env: ${variables.join(", ")}`, ...(value ? [`default: ${value}`] : [])];
  return `${description} (${parts.join("; ")})`;
};

const optionOf = (row: OptionRow): Option =>
  new Option(row.argument ? `${row.flag} <${row.argument}>` : row.flag, describe(row));

/** Adds the options of a table to a command. */
export const addOptions = (command: Command, table: Readonly<Record<string, OptionRow>>): void => {
  for (const row of Object.values(table)) command.addOption(optionOf(row));
};

/** What is said of a word that is no command. */
export const unknownCommand = (word: string, { commands }: Command): string =>
  `error: unknown command ${word}; the commands are ${commands.map((command) => command.name()).join(", ")}`;
