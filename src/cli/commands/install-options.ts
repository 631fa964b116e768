import { CLIENTS, clientOf } from "../../clients/table.ts";
import type { Client } from "../../clients/types.ts";
import { CARDS } from "../../platforms/lightfast/cards.generated.ts";
import { type Flags, OPTIONS, type OptionName } from "../../platforms/lightfast/config/part-options.ts";
import { SettingsError } from "../../platforms/lightfast/config/resolve.ts";

/** What stands on the command line, global options included. */
export type InstallFlags = Flags & {
  readonly all?: boolean;
  readonly project?: boolean;
  readonly name: string;
  readonly dryRun?: boolean;
  readonly print?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
};

/** What remains of Cursor's 60 characters for server and tool, with the two underscores between them. */
const LONGEST_WITH_TOOL = 60;
const longestTool = Math.max(...CARDS.map(({ wire }) => wire.name.length));

const nameProblems = (name: string, clients: readonly Client[]): string[] => {
  if (!/^[A-Za-z0-9_-]{1,30}$/.test(name) || name === "__proto__") {
    return ["--name must be 1 to 30 letters, digits, underscores or hyphens."];
  }
  if (name.length + 2 + longestTool > LONGEST_WITH_TOOL) {
    return [
      `--name ${name} is too long: with a tool's name it must stay within ${LONGEST_WITH_TOOL} characters.`,
    ];
  }
  return clients
    .filter(({ reserved }) => reserved?.includes(name))
    .map(({ title }) => `--name ${name} is a name that ${title} keeps for itself.`);
};

/** Settings that `install` writes; the rest has no place in a command line for it, the key least of all. */
const WRITTEN: readonly OptionName[] = ["sandbox", "profile"];

const settingProblems = (flags: InstallFlags): string[] =>
  (Object.keys(OPTIONS) as OptionName[])
    .filter((option) => !WRITTEN.includes(option) && flags[option] !== undefined)
    .map(
      (option) =>
        `${OPTIONS[option].flag} is not written into a client's file; set ${OPTIONS[option].variables[0]} where the client gets it.`,
    );

const combinationProblems = (names: readonly string[], { all, print, dryRun }: InstallFlags): string[] => [
  ...(all && names.length > 0 ? ["Name the clients, or give --all, not both."] : []),
  ...(print && !all && names.length === 0 ? ["--print needs the name of a client."] : []),
  ...(print && dryRun ? ["Give --print or --dry-run, not both."] : []),
];

/**
 * The clients that were named, each once.
 * @throws SettingsError with everything that is wrong on the command line
 */
export const checkUsage = (names: readonly string[], flags: InstallFlags): readonly Client[] => {
  const clients = [...new Set(names)].flatMap((id) => clientOf(id) ?? []);
  const problems = [
    ...(flags.project ? clients : [])
      .filter(({ projectFiles }) => !projectFiles)
      .map(({ id, title }) => `${id}: ${title} has no project file.`),
    ...nameProblems(flags.name, names.length > 0 ? clients : CLIENTS),
    ...settingProblems(flags),
    ...combinationProblems(names, flags),
  ];
  if (problems.length > 0) throw new SettingsError(problems);
  return clients;
};

/**
 * Whether somebody can be asked.
 * @throws SettingsError where something would have to be asked, and cannot
 */
export const checkTerminal = (names: readonly string[], flags: InstallFlags, isTerminal: boolean): void => {
  const { all, yes, dryRun, print, json } = flags;
  const canAsk = isTerminal && !json;
  const why = isTerminal ? "--json leaves no place to ask" : "There is no terminal to ask on";
  if (canAsk) return;
  if (names.length === 0 && !all) throw new SettingsError([`${why}: name the clients, or use --all --yes.`]);
  if (yes || dryRun || print) return;
  throw new SettingsError([`${why}: add --yes to write, or --dry-run to see what would be written.`]);
};
