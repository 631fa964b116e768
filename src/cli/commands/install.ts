import { homedir } from "node:os";
import process from "node:process";
import { apply, type Outcome, type Preview, type Result } from "../../clients/apply.ts";
import { isInstalled, mayHoldEntry, type Run, snippetOf, taskOf } from "../../clients/plan.ts";
import { CLIENTS, clientOf } from "../../clients/registry.ts";
import type { Client } from "../../clients/types.ts";
import { SettingsError } from "../../config/resolve.ts";
import { TOOL_DEFINITIONS } from "../../platforms/lightfast/catalog.ts";
import {
  LIGHTFAST_OPTIONS,
  type LightfastFlags,
  type LightfastOptionName,
} from "../../platforms/lightfast/config/options.ts";
import { hasProfile } from "../../platforms/lightfast/config/profiles.ts";
import { profileOf } from "../../platforms/lightfast/config/resolve.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { createStdoutColors, print, printError } from "../output.ts";
import { CANCELED_EXIT_CODE, canPrompt, promptChoices, promptConfirm } from "../prompt.ts";

/** What stands on the command line, global options included. */
export type InstallFlags = LightfastFlags & {
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
const longestTool = Math.max(...TOOL_DEFINITIONS.map(({ wire }) => wire.name.length));

function nameProblems(name: string, clients: readonly Client[]): string[] {
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
}

/** Settings that `install` writes; the rest has no place in a command line for it, the key least of all. */
const WRITTEN: readonly LightfastOptionName[] = ["sandbox", "profile"];

function settingProblems(flags: InstallFlags): string[] {
  return (Object.keys(LIGHTFAST_OPTIONS) as LightfastOptionName[])
    .filter((option) => !WRITTEN.includes(option) && flags[option] !== undefined)
    .map(
      (option) =>
        `${LIGHTFAST_OPTIONS[option].flag} is not written into a client's file; set ${LIGHTFAST_OPTIONS[option].variables[0]} where the client gets it.`,
    );
}

function combinationProblems(names: readonly string[], { all, print, dryRun }: InstallFlags): string[] {
  return [
    ...(all && names.length > 0 ? ["Name the clients, or give --all, not both."] : []),
    ...(print && !all && names.length === 0 ? ["--print needs the name of a client."] : []),
    ...(print && dryRun ? ["Give --print or --dry-run, not both."] : []),
  ];
}

/**
 * The clients that were named, each once.
 * @throws SettingsError with everything that is wrong on the command line
 */
function checkUsage(names: readonly string[], flags: InstallFlags): readonly Client[] {
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
}

/**
 * Whether somebody can be asked.
 * @throws SettingsError where something would have to be asked, and cannot
 */
function checkTerminal(names: readonly string[], flags: InstallFlags, isTerminal: boolean): void {
  const { all, yes, dryRun, print, json } = flags;
  const canAsk = isTerminal && !json;
  const why = isTerminal ? "--json leaves no place to ask" : "There is no terminal to ask on";
  if (canAsk) return;
  if (names.length === 0 && !all) throw new SettingsError([`${why}: name the clients, or use --all --yes.`]);
  if (yes || dryRun || print) return;
  throw new SettingsError([`${why}: add --yes to write, or --dry-run to see what would be written.`]);
}

const colors = createStdoutColors();

const WORDS: Readonly<Record<Outcome, string>> = {
  written: "written to",
  unchanged: "already set up in",
  removed: "removed from",
  absent: "nothing to remove from",
  failed: "failed at",
  planned: "nothing was written to",
};

function paint(line: string): string {
  if (/^(?:---|\+\+\+) /.test(line)) return colors.bold(line);
  if (line.startsWith("@@")) return colors.cyan(line);
  if (line.startsWith("+")) return colors.green(line);
  return line.startsWith("-") ? colors.red(line) : line;
}

/** Shows what is about to be written, and what to do before. */
function showPreview({ task, diff }: Preview): void {
  const { title, before } = task.client;
  print(colors.bold(title));
  print(diff.split("\n").map(paint).join("\n"));
  if (before) print(colors.yellow(before));
}

/** Lines that fit the terminal; a path, which may be longer, stays in one piece. */
function fitted(text: string, indent: string): readonly string[] {
  const { columns = Number.POSITIVE_INFINITY } = process.stdout;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && line.length <= columns) lines[lines.length - 1] = line;
    else lines.push(indent + word);
  }
  return lines;
}

/** Says what became of one client: on stderr if it failed. */
function showResult({ client, file, outcome, backup, message }: Result): void {
  const head = `${clientOf(client)?.title ?? client}: ${WORDS[outcome]} ${file}`;
  const more = [...(backup ? [`The file as it was: ${backup}`] : []), ...(message ? [message] : [])];
  const text = [...fitted(head, ""), ...more.flatMap((words) => fitted(words, "  "))].join("\n");
  if (outcome === "failed") printError(text);
  else print(text);
}

/** Whether a server that a client starts finds a key by itself; the client passes none of this shell's variables on. */
function hasStoredLogin({ profile }: InstallFlags): boolean {
  return hasProfile(profileOf({ profile }, {}).name);
}

function runOf(action: Run["action"], flags: InstallFlags): Run {
  return {
    action,
    system: { platform: process.platform, home: homedir(), env: process.env },
    project: flags.project ? process.cwd() : undefined,
    name: flags.name,
    sandbox: flags.sandbox === true,
    profile: typeof flags.profile === "string" ? flags.profile : undefined,
    hasStoredLogin: hasStoredLogin(flags),
  };
}

async function askFor(run: Run, found: readonly Client[]): Promise<readonly Client[]> {
  const choices = found.map((client) => ({
    value: client.id,
    label: client.title,
    hint: taskOf(client, run).files[0] ?? "",
  }));
  const question =
    run.action === "install" ? "Which clients shall use Lightfast?" : "Take it out of which clients?";
  return (await promptChoices(question, choices)).flatMap((id) => clientOf(id) ?? []);
}

/**
 * The clients that are here: all of them with --all, or those that the user picks.
 * @throws SettingsError where there is none to install for
 */
async function detect(run: Run, all: boolean): Promise<readonly Client[]> {
  const here = CLIENTS.filter((client) => isInstalled(client, run));
  const isUninstall = run.action === "uninstall";
  const found = isUninstall && !all ? here.filter((client) => mayHoldEntry(taskOf(client, run))) : here;
  if (found.length > 0) return all ? found : askFor(run, found);
  if (isUninstall) return [];
  const where = run.project === undefined ? "for this user" : `in ${run.project}`;
  throw new SettingsError([
    `No client was found ${where}; this program knows ${CLIENTS.map(({ id }) => id).join(", ")}.`,
  ]);
}

function approval({ yes, dryRun, json }: InstallFlags) {
  return async (preview: Preview): Promise<boolean> => {
    if (!json) showPreview(preview);
    if (dryRun) return false;
    if (yes) return true;
    return promptConfirm(`Write ${preview.file}?`);
  };
}

function printSnippets(clients: readonly Client[], run: Run, json: boolean): void {
  const tasks = clients.map((client) => taskOf(client, run));
  if (json) {
    const rows = tasks.map((task) => ({
      client: task.client.id,
      file: task.files[0],
      outcome: "planned",
      snippet: snippetOf(task),
    }));
    print(JSON.stringify({ clients: rows }));
    return;
  }
  for (const task of tasks) {
    printError(`${task.client.title}: ${task.files.join(" or ")}`);
    print(snippetOf(task));
  }
}

async function work(action: Run["action"], names: readonly string[], flags: InstallFlags): Promise<void> {
  const named = checkUsage(names, flags);
  checkTerminal(names, flags, canPrompt() && process.stdout.isTTY === true);
  const run = runOf(action, flags);
  const json = flags.json ?? false;
  const clients = named.length > 0 ? named : await detect(run, flags.all ?? false);
  if (flags.print) {
    printSnippets(clients, run, json);
    return;
  }
  if (clients.length === 0 && !json) print(`No client has an entry ${run.name}.`);
  const results: Result[] = [];
  for (const client of clients) {
    const result = await apply(taskOf(client, run), approval(flags));
    results.push(result);
    if (!json) showResult(result);
  }
  if (json) print(JSON.stringify({ clients: results }));
  if (results.some(({ outcome }) => outcome === "failed")) process.exitCode = EXIT_CODES.usage;
}

/**
 * Puts our entry into clients' files, or takes it out and nothing else. Exits with 1 if any of them failed, and with
 * 130 when cancelled.
 */
export async function changeClients(
  action: Run["action"],
  names: readonly string[],
  flags: InstallFlags,
): Promise<void> {
  // Files are written without a pause, so that this falls between two of them.
  process.once("SIGINT", () => process.exit(CANCELED_EXIT_CODE));
  try {
    await work(action, names, flags);
  } catch (error) {
    if (!flags.json || !(error instanceof SettingsError)) throw error;
    printError(JSON.stringify({ error: { code: "usage", message: error.problems.join(" ") } }));
    process.exitCode = EXIT_CODES.usage;
  }
}
