import process from "node:process";
import { apply, type Preview, type Result, settle } from "../../clients/apply.ts";
import { createRemoteServer, createServerCommand } from "../../clients/entries.ts";
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
import { attributeName, findHome } from "../../config/reader.ts";
import { invalidSetting, SettingsError } from "../../config/resolve.ts";
import { CopyError, launcherFile, removeCopies } from "../../installation/copy.ts";
import { chooseLaunch } from "../../installation/launch.ts";
import { colorDiff, createStdoutColors } from "../colors.ts";
import { wrap, wrapAdvice } from "../columns.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import {
  type Action,
  type InstallFlags,
  type InstallPlatform,
  parseClients,
  remoteUrl,
  requireTerminal,
  separateUrl,
} from "../install-flags.ts";
import { print, printError, printUsageError } from "../output.ts";
import type { PlatformEntries } from "../platforms/platform.ts";
import { promptChoices, promptConfirm } from "../prompt.ts";

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

function createJobs(
  { entries }: InstallPlatform,
  action: Action,
  clients: readonly Client[],
  flags: InstallFlags,
): readonly InstallJob[] {
  const { project } = flags;
  const { platform, env } = process;
  const profile = typeof flags.profile === "string" ? flags.profile : undefined;
  entries.checkStored(flags);
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
