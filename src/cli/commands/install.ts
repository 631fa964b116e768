import { homedir } from "node:os";
import process from "node:process";
import { apply, type Preview, type Result } from "../../clients/apply.ts";
import { CLIENTS, clientOf } from "../../clients/table.ts";
import { isInstalled, mayHoldEntry, type Run, snippetOf, taskOf } from "../../clients/tasks.ts";
import type { Client } from "../../clients/types.ts";
import { hasProfile } from "../../platforms/lightfast/config/profiles.ts";
import { profileOf, SettingsError } from "../../platforms/lightfast/config/resolve.ts";
import { EXIT } from "../exit-codes.ts";
import { print, printError } from "../output.ts";
import { askWhether, askWhich, CANCELLED, canAsk } from "../prompt.ts";
import { checkTerminal, checkUsage, type InstallFlags } from "./install-options.ts";
import { showPreview, showResult } from "./install-report.ts";

/** Whether a server that a client starts finds a key by itself; the client passes none of this shell's variables on. */
const hasStoredLogin = ({ profile }: InstallFlags): boolean => hasProfile(profileOf({ profile }, {}).name);

const runOf = (action: Run["action"], flags: InstallFlags): Run => ({
  action,
  system: { platform: process.platform, home: homedir(), env: process.env },
  project: flags.project ? process.cwd() : undefined,
  name: flags.name,
  sandbox: flags.sandbox === true,
  profile: typeof flags.profile === "string" ? flags.profile : undefined,
  hasStoredLogin: hasStoredLogin(flags),
});

const askFor = async (run: Run, found: readonly Client[]): Promise<readonly Client[]> => {
  const choices = found.map((client) => ({
    value: client.id,
    label: client.title,
    hint: taskOf(client, run).files[0] ?? "",
  }));
  const question =
    run.action === "install" ? "Which clients shall use Lightfast?" : "Take it out of which clients?";
  return (await askWhich(question, choices)).flatMap((id) => clientOf(id) ?? []);
};

/**
 * The clients that are here: all of them with --all, or those that the user picks.
 * @throws SettingsError where there is none to install for
 */
const detect = async (run: Run, all: boolean): Promise<readonly Client[]> => {
  const here = CLIENTS.filter((client) => isInstalled(client, run));
  const isUninstall = run.action === "uninstall";
  const found = isUninstall && !all ? here.filter((client) => mayHoldEntry(taskOf(client, run))) : here;
  if (found.length > 0) return all ? found : askFor(run, found);
  if (isUninstall) return [];
  const where = run.project === undefined ? "for this user" : `in ${run.project}`;
  throw new SettingsError([
    `No client was found ${where}; this program knows ${CLIENTS.map(({ id }) => id).join(", ")}.`,
  ]);
};

const approval =
  ({ yes, dryRun, json }: InstallFlags) =>
  async (preview: Preview): Promise<boolean> => {
    if (!json) showPreview(preview);
    if (dryRun) return false;
    if (yes) return true;
    return askWhether(`Write ${preview.file}?`);
  };

const printSnippets = (clients: readonly Client[], run: Run, json: boolean): void => {
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
};

const work = async (action: Run["action"], names: readonly string[], flags: InstallFlags): Promise<void> => {
  const named = checkUsage(names, flags);
  checkTerminal(names, flags, canAsk() && process.stdout.isTTY === true);
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
  if (results.some(({ outcome }) => outcome === "failed")) process.exitCode = EXIT.usage;
};

/**
 * Puts our entry into clients' files, or takes it out and nothing else. Exits with 1 if any of them failed, and with
 * 130 when cancelled.
 */
export const changeClients = async (
  action: Run["action"],
  names: readonly string[],
  flags: InstallFlags,
): Promise<void> => {
  // Files are written without a pause, so that this falls between two of them.
  process.once("SIGINT", () => process.exit(CANCELLED));
  try {
    await work(action, names, flags);
  } catch (error) {
    if (!flags.json || !(error instanceof SettingsError)) throw error;
    printError(JSON.stringify({ error: { code: "usage", message: error.problems.join(" ") } }));
    process.exitCode = EXIT.usage;
  }
};
