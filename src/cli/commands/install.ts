import { isAbsolute } from "node:path";
import process from "node:process";
import { apply, type Preview, type Result, settle } from "../../clients/apply.ts";
import { createRemoteServer, createServerCommand } from "../../clients/entries.ts";
import { exists } from "../../clients/files.ts";
import {
  configFiles,
  formatSnippet,
  type InstallJob,
  isInstalled,
  mayHaveEntry,
} from "../../clients/plan.ts";
import { CLIENTS, findClient, forProject, withProfiles } from "../../clients/registry.ts";
import type { Client, ServerCommand } from "../../clients/types.ts";
import { hasEntryThat, needsOwnFiles, startsCopy } from "../../clients/usage.ts";
import { userPath } from "../../config/folders.ts";
import { programCommand } from "../../config/invocation.ts";
import { urlOf } from "../../config/parsers.ts";
import {
  attributeName,
  findHome,
  type GivenFlags,
  NO_HOME,
  type SettingProblem,
} from "../../config/reader.ts";
import { assertValid, invalidSetting, SettingsError } from "../../config/resolve.ts";
import { CopyError, launcherFile, removeCopies } from "../../installation/copy.ts";
import { chooseLaunch } from "../../installation/launch.ts";
import { colorDiff, createStdoutColors } from "../colors.ts";
import { wrap, wrapAdvice } from "../columns.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { print, printError, printUsageError } from "../output.ts";
import type { CommandPlatform, PlatformEntries } from "../platforms/platform.ts";
import { canPrompt, promptChoices, promptConfirm } from "../prompt.ts";

type Action = InstallJob["action"];

/** The flags of `install` and `uninstall`, global ones included. */
export type InstallFlags = GivenFlags & {
  readonly all?: boolean;
  readonly project?: boolean;
  /** The URL of the server to reach instead of starting one; true for the platform's hosted server. */
  readonly remote?: string | true;
  readonly name: string;
  readonly dryRun?: boolean;
  readonly print?: boolean;
  readonly yes?: boolean;
  readonly json?: boolean;
  readonly npx?: boolean;
  readonly command?: string;
};

/** Cursor's limit for the names of server and tool together. */
const MAX_CURSOR_NAME = 60;

/** What is the same for all clients. */
type InstallPlatform = Pick<CommandPlatform<never>, "tools" | "entries" | "listTools">;

const OUTCOMES: Readonly<Record<Result["outcome"], string>> = {
  written: "updated",
  unchanged: "already set up in",
  removed: "removed from",
  absent: "nothing to remove from",
  failed: "could not update",
  planned: "skipped",
};

const colors = createStdoutColors();

/**
 * Adds this server to the files of MCP clients, or removes it. Exits with 1 if a client failed, and with 130 if the
 * user cancels.
 */
export async function changeClients(
  platform: InstallPlatform,
  action: Action,
  names: readonly string[],
  flags: InstallFlags,
): Promise<void> {
  // Files are written synchronously, so the signal cannot interrupt a write.
  process.once("SIGINT", () => process.exit(EXIT_CODES.canceled));
  try {
    await run(platform, action, names, flags);
  } catch (error) {
    if (!flags.json || !(error instanceof SettingsError)) throw error;
    printUsageError(error);
    process.exitCode = EXIT_CODES.usage;
  }
}

async function run(
  platform: InstallPlatform,
  action: Action,
  givenNames: readonly string[],
  givenFlags: InstallFlags,
): Promise<void> {
  const { names, flags } = separateUrl(givenNames, givenFlags);
  const named = parseClients(platform, action, names, flags);
  requireTerminal(names, flags);
  const jobs =
    named.length > 0 ? createJobs(platform, action, named, flags) : await selectJobs(platform, action, flags);
  if (flags.print) {
    printSnippets(jobs, flags);
    return;
  }
  if (jobs.length === 0 && !flags.json) print(`No client has a server named "${flags.name}".`);
  const results: Result[] = [];
  const files = createFilesOf(action, flags);
  const settled = await settle(jobs);
  for (const job of jobs) {
    const approveEdit = async (preview: Preview): Promise<boolean> => {
      const isApproved = await approve(preview, flags);
      if (isApproved) files.write();
      return isApproved;
    };
    const result = await apply(job, approveEdit, undefined, settled.has(job));
    results.push(result);
    if (!flags.json) printResult(result);
  }
  files.finish(results);
  if (flags.json) print(JSON.stringify({ clients: results }));
  if (results.some(({ outcome }) => outcome === "failed")) process.exitCode = EXIT_CODES.usage;
}

/** What entries refer to outside of the clients' files. */
type LaunchFiles = {
  /** Writes them once, before the first entry that needs them. */
  write(): void;
  /** Refreshes them for entries that did not change, and deletes them after the last entry. */
  finish(results: readonly Result[]): void;
};

function createFilesOf(action: Action, flags: InstallFlags): LaunchFiles {
  let isWritten = false;
  const write = (): void => {
    if (isWritten || action !== "install" || flags.remote !== undefined) return;
    isWritten = true;
    try {
      launchOf(flags).prepare();
    } catch (error) {
      if (!(error instanceof CopyError)) throw error;
      throw invalidSetting("--npx", `${error.message}. Make that folder writable, or use --npx.`);
    }
  };
  return {
    write,
    finish: (results) => {
      const outcomes = results.map(({ outcome }) => outcome);
      const system = { platform: process.platform, home: findHome(), env: process.env };
      if (flags.project || flags.dryRun || !(isWritten || outcomes.some((one) => FINISHED.includes(one))))
        return;
      const isCopyUsed = hasEntryThat(startsCopy, system);
      if (isCopyUsed) write();
      const left = hasEntryThat(needsOwnFiles, system) ? [] : removeCopies();
      if (left.length > 0)
        printError(`In use, so not deleted: ${left.join(", ")}. Quit your clients, then delete it.`);
      const isOther = flags.npx || flags.command !== undefined;
      if (isCopyUsed && isWritten && !isOther && !flags.json) printUpdateHint();
    },
  };
}

/** Outcomes after which the files of the program may be outdated, or no longer needed. */
const FINISHED: readonly Result["outcome"][] = ["written", "unchanged", "removed"];

function printUpdateHint(): void {
  const text = `Clients start ${launcherFile()}. To update it, run: ${programCommand("update")}`;
  print(wrapAdvice(text, process.stdout.columns));
}

function launchOf({ npx, command, project, print: isPrinted }: InstallFlags) {
  return chooseLaunch({
    ...(npx !== undefined && { npx }),
    ...(command !== undefined && { command }),
    isShared: project === true || isPrinted === true,
  });
}

/** The URL of `--remote` is optional, so the word after it may be the first client. */
function separateUrl(names: readonly string[], flags: InstallFlags) {
  const { remote } = flags;
  return typeof remote === "string" && findClient(remote)
    ? { names: [remote, ...names], flags: { ...flags, remote: true } as const }
    : { names, flags };
}

/** Returns the named clients, without duplicates. @throws SettingsError with every problem of the command line */
function parseClients(
  platform: InstallPlatform,
  action: Action,
  names: readonly string[],
  flags: InstallFlags,
): readonly Client[] {
  const clients = [...new Set(names)].flatMap((id) => findClient(id) ?? []);
  assertValid([
    ...clients
      .filter(({ projectFiles }) => flags.project && !projectFiles)
      .map(({ id, title }) => ({
        setting: "--project",
        message: `${id}: ${title} has no project file. Omit --project.`,
      })),
    ...nameProblems(platform, flags.name, names.length > 0 ? clients : CLIENTS),
    ...optionProblems(platform, flags),
    ...combinationProblems(names, flags),
    ...remoteProblems(platform, action === "install" ? clients : [], flags),
  ]);
  return clients;
}

/** Options of servers that a client starts, which are not in the platform's table. */
const LOCAL_OPTIONS = ["--npx", "--command"];

function remoteProblems(
  { entries }: InstallPlatform,
  clients: readonly Client[],
  flags: InstallFlags,
): readonly SettingProblem[] {
  const { rules, options, stored } = entries;
  if (flags.remote === undefined) return [];
  const setting = "--remote";
  const url = remoteUrl(entries, flags);
  if (url === undefined) {
    const message = `--remote needs the URL of a server, because there is no hosted server for ${rules.title}. Add it, e.g. --remote https://mcp.example.com/mcp.`;
    return [{ setting, message }];
  }
  const parsed = urlOf(undefined)({ value: url, source: setting });
  if ("problem" in parsed) return [{ setting, message: parsed.problem }];
  const local = [...LOCAL_OPTIONS, ...stored.map((name) => options[name]?.flag ?? "")];
  return [
    ...local
      .filter((flag) => flags[attributeName(flag)] !== undefined)
      .map((flag) => ({
        setting,
        message: `${flag} and --remote cannot be combined: the remote server has settings of its own. Omit one of them.`,
      })),
    ...clients.flatMap(({ id, remote }) =>
      "advice" in remote ? [{ setting: id, message: `${id}: ${remote.advice(url)}` }] : [],
    ),
  ];
}

function remoteUrl({ rules }: PlatformEntries, { remote }: InstallFlags): string | undefined {
  return remote === true ? rules.hostedUrl : remote;
}

function nameProblems({ tools }: InstallPlatform, name: string, clients: readonly Client[]) {
  const maxToolName = Math.max(...tools.map(({ wire }) => wire.name.length));
  const setting = "--name";
  if (!/^[A-Za-z0-9_-]{1,30}$/.test(name) || name === "__proto__") {
    return [{ setting, message: "--name must be 1 to 30 letters, digits, underscores or hyphens." }];
  }
  if (`${name}__`.length + maxToolName > MAX_CURSOR_NAME) {
    const message = `--name ${name} is too long: with a tool name it must not exceed ${MAX_CURSOR_NAME} characters.`;
    return [{ setting, message }];
  }
  return clients
    .filter(({ reserved }) => reserved?.includes(name))
    .map(({ title }) => ({ setting, message: `--name ${name} is reserved by ${title}.` }));
}

function optionProblems({ entries: { options, stored } }: InstallPlatform, flags: InstallFlags) {
  return Object.entries(options)
    .filter(([option, { flag }]) => !stored.includes(option) && flags[attributeName(flag)] !== undefined)
    .map(([option, { flag, variables }]) => {
      const message = `${flag} is not written to client files. Set ${variables[0]} in the client's environment instead.`;
      return { setting: option, message };
    });
}

function combinationProblems(names: readonly string[], flags: InstallFlags): readonly SettingProblem[] {
  const { all, print, dryRun, project, npx, command } = flags;
  const hasNames = names.length > 0;
  const noHome = "This user has no home directory. Set HOME to an absolute path, or use --project.";
  const rows = [
    [!project && findHome() === NO_HOME, "HOME", noHome],
    [all && hasNames, "--all", "--all and client names cannot be combined."],
    [print && !all && !hasNames, "--print", "--print needs a client name, e.g. install cursor --print."],
    [print && dryRun, "--print", "--print and --dry-run cannot be combined."],
    [npx && command !== undefined, "--npx", "--npx and --command cannot be combined."],
    [command !== undefined && !isProgram(command), "--command", COMMAND_PROBLEM],
  ] as const;
  return rows.flatMap(([isWrong, setting, message]) => (isWrong ? [{ setting, message }] : []));
}

const COMMAND_PROBLEM =
  "--command must be the name of a program in PATH or an absolute path, without arguments.";

/** Whether clients can start it from any folder. */
function isProgram(command: string): boolean {
  return isAbsolute(command) ? exists(command) : /^[\w.@+-]+$/.test(command);
}

/** @throws SettingsError if a prompt is needed but not possible */
function requireTerminal(names: readonly string[], flags: InstallFlags): void {
  const { all, yes, dryRun, print, json } = flags;
  const isTerminal = canPrompt() && process.stdout.isTTY === true;
  if (isTerminal && !json) return;
  const reason = isTerminal ? "--json cannot prompt" : "Not running in an interactive terminal";
  if (names.length === 0 && !all) {
    throw invalidSetting("--all", `${reason}: name the clients, or use --all --yes.`);
  }
  if (!(yes || dryRun || print)) {
    throw invalidSetting("--yes", `${reason}: add --yes to write, or --dry-run to see the changes.`);
  }
}

function createJobs(
  { entries, listTools }: InstallPlatform,
  action: Action,
  clients: readonly Client[],
  flags: InstallFlags,
): readonly InstallJob[] {
  const { project } = flags;
  const { platform, env } = process;
  const profile = typeof flags.profile === "string" ? flags.profile : undefined;
  // A server without a valid choice of tools would not start. The variables of this shell do not reach it.
  listTools(flags, {});
  const common = {
    action,
    server: createServer(entries, flags),
    system: { platform, home: findHome(), env },
    project: project ? process.cwd() : undefined,
    backups: project ? undefined : userPath("data", "backups"),
    hasStoredLogin: entries.hasStoredLogin(profile),
  };
  return clients
    .flatMap((client) => (project ? [forProject(client)] : withProfiles(client, common.system)))
    .map((client) => ({ ...common, client }));
}

function createServer(entries: PlatformEntries, flags: InstallFlags): ServerCommand {
  const { rules } = entries;
  const { name } = flags;
  const url = remoteUrl(entries, flags);
  if (url !== undefined) return createRemoteServer(name, url, rules);
  return createServerCommand({ name, env: storedVariables(entries, flags), ...launchOf(flags), rules });
}

/** The variables with the given flags that an entry can contain. */
function storedVariables(
  { options, stored }: PlatformEntries,
  flags: InstallFlags,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    stored.flatMap((option) => {
      const { flag = "", variables: [variable] = [] } = options[option] ?? {};
      const value = flags[attributeName(flag)];
      const text = value === true ? "1" : value;
      return variable !== undefined && typeof text === "string" ? [[variable, text]] : [];
    }),
  );
}

/**
 * Returns jobs for the installed clients: all of them with --all, else those that the user selects.
 * @throws SettingsError if there is no client to install for
 */
async function selectJobs(
  platform: InstallPlatform,
  action: Action,
  flags: InstallFlags,
): Promise<readonly InstallJob[]> {
  const installed = createJobs(platform, action, CLIENTS, flags).filter(isInstalled);
  const jobs =
    action === "install"
      ? installed.filter((job) => supportsServer(job, flags))
      : installed.filter((job) => flags.all || mayHaveEntry(job));
  if (jobs.length > 0) return flags.all ? jobs : promptJobs(platform.entries.rules.title, action, jobs);
  if (action === "uninstall") return [];
  const place = flags.project ? ` in ${process.cwd()}` : "";
  const supported = CLIENTS.map(({ id }) => id).join(", ");
  throw invalidSetting("client", `No supported MCP client found${place}. Supported: ${supported}.`);
}

/** Whether the client can have the server. Says so if it cannot. */
function supportsServer({ client: { title, remote }, server: { url } }: InstallJob, { json }: InstallFlags) {
  if (url === undefined || !("advice" in remote)) return true;
  if (!json) printError(`${title}: ${remote.advice(url)}`);
  return false;
}

async function promptJobs(
  title: string,
  action: Action,
  jobs: readonly InstallJob[],
): Promise<readonly InstallJob[]> {
  const question =
    action === "install"
      ? `Which clients should use ${title}? (a: all)`
      : `Remove ${title} from which clients? (a: all)`;
  const choices = jobs.map((job, index) => ({
    value: String(index),
    label: job.client.title,
    hint: configFiles(job)[0] ?? "",
  }));
  const selected = await promptChoices(question, choices);
  return jobs.filter((_, index) => selected.includes(String(index)));
}

async function approve(preview: Preview, { yes, dryRun, json }: InstallFlags): Promise<boolean> {
  if (!json) printPreview(preview);
  return !dryRun && (yes || promptConfirm(`Write ${preview.file}?`));
}

function printPreview({ job: { client }, diff, changes, warnings }: Preview): void {
  print(colors.bold(client.title));
  print(colorDiff(diff, colors));
  const notes = [...changes, ...warnings, ...(client.before ? [client.before] : [])];
  for (const note of notes) print(colors.yellow(wrapAdvice(note, process.stdout.columns)));
}

function printResult({ client, file, outcome, backup, message, warnings = [] }: Result): void {
  const { columns } = process.stdout;
  // The preview has shown the warnings of an edit.
  const notes = outcome === "unchanged" || outcome === "absent" ? warnings : [];
  const details = [...(backup ? [`Backup: ${backup}`] : []), ...(message ? [message] : []), ...notes];
  const text = [
    wrap(`${findClient(client)?.title ?? client}: ${OUTCOMES[outcome]} ${file}`, columns),
    ...details.map((detail) => wrapAdvice(detail, columns, "  ")),
  ].join("\n");
  if (outcome === "failed") printError(text);
  else print(text);
}

function printSnippets(jobs: readonly InstallJob[], { json }: InstallFlags): void {
  if (json) {
    const rows = jobs.map((job) => ({
      client: job.client.id,
      file: configFiles(job)[0],
      outcome: "planned",
      snippet: formatSnippet(job),
    }));
    print(JSON.stringify({ clients: rows }));
    return;
  }
  for (const job of jobs) {
    printError(`${job.client.title}: ${configFiles(job).join(" or ")}`);
    print(formatSnippet(job));
  }
}
