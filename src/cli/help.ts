import type { Command, Help, Option } from "commander";
import { REPOSITORY_URL } from "../version.ts";
import { wrap } from "./columns.ts";
import { EXAMPLES, exampleLine } from "./examples.ts";
import { pathOf } from "./usage.ts";

/** The commands' groups in help, in this order. */
export const GROUPS = {
  serve: "Serve:",
  setUp: "Set up:",
  use: "Use:",
  operate: "Troubleshoot and develop:",
} as const;

/** Wider lines are hard to read. */
export const MAX_WIDTH = 100;
/** Columns that a narrower terminal has no room for: descriptions are below their terms there. */
const TWO_COLUMN_WIDTH = 64;
/** A longer term has its description below it. */
const MAX_TERM_WIDTH = 28;
const INDENT = "  ";

/** Formats the help of a command: what it is, its commands, its own options, examples, and the options of its platform. */
export function formatHelp(command: Command, helper: Help): string {
  const width = Math.min(helper.helpWidth ?? MAX_WIDTH, MAX_WIDTH);
  const commands = groupBy(helper.visibleCommands(command), (child) => child.helpGroup() || "Commands:");
  const options = groupBy(helper.visibleOptions(command), headingOf);
  const optionSections = inOrder(options, [OWN_OPTIONS]).map(([heading, group]) =>
    formatItems(
      heading,
      group.map((option) => [option.flags, describeOption(option)]),
      width,
    ),
  );
  return [
    wrap(`Usage: ${helper.commandUsage(command)}`, width, "", INDENT + INDENT),
    wrap(helper.commandDescription(command), width),
    ...inOrder(commands, Object.values(GROUPS)).map(([heading, children]) =>
      formatItems(
        heading,
        children.map((child) => [termOf(child), helper.subcommandDescription(child)]),
        width,
      ),
    ),
    formatItems(
      "Arguments:",
      helper.visibleArguments(command).map((argument) => [argument.name(), argument.description]),
      width,
    ),
    ...optionSections.slice(0, 1),
    formatExamples(pathOf(command), width),
    ...optionSections.slice(1),
    command.parent === null ? `Documentation: ${REPOSITORY_URL}#readme` : "",
  ]
    .filter((section) => section !== "")
    .join("\n\n")
    .concat("\n");
}

const OWN_OPTIONS = "Options:";

function describeOption({ description, defaultValue }: Option): string {
  return typeof defaultValue === "string" ? `${description} (default: ${defaultValue})` : description;
}

function headingOf({ helpGroupHeading = OWN_OPTIONS }: Option): string {
  return helpGroupHeading;
}

/** `call <tool>`, without the options: every command has some. */
function termOf(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...words].join(" ");
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

/** Returns the groups with the `first` headings first. */
function inOrder<T>(
  groups: ReadonlyMap<string, readonly T[]>,
  first: readonly string[],
): readonly (readonly [heading: string, items: readonly T[]])[] {
  const headings = new Set([...first, ...groups.keys()]);
  return [...headings].map((heading) => [heading, groups.get(heading) ?? []] as const);
}

/** Formats terms and what they mean as two columns, or below each other where there is no room for that. */
export function formatItems(
  heading: string,
  items: readonly (readonly [term: string, description: string])[],
  width: number,
): string {
  if (items.length === 0) return "";
  const fitting = items.map(([term]) => term.length).filter((length) => length <= MAX_TERM_WIDTH);
  const column = Math.max(0, ...fitting) + INDENT.length * 2;
  const hasColumns = width >= TWO_COLUMN_WIDTH;
  const indent = hasColumns ? " ".repeat(column) : INDENT.repeat(3);
  const lines = items.map(([term, description]) => {
    const start = `${INDENT}${term}`;
    if (description === "") return start;
    return hasColumns && start.length < column
      ? wrap(description, width, start.padEnd(column), indent)
      : `${start}\n${wrap(description, width, indent)}`;
  });
  return [heading, ...lines].join("\n");
}

/** Command lines stay whole: they are to be copied. */
function formatExamples(path: string, width: number): string {
  const lines = (EXAMPLES[path] ?? []).map(
    (example) => `${wrap(example.text, width, INDENT)}\n${INDENT}  $ ${exampleLine(example)}`,
  );
  return lines.length === 0 ? "" : ["Examples:", ...lines].join("\n");
}
