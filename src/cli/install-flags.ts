import { isAbsolute } from "node:path";
import process from "node:process";
import { exists } from "../clients/files.ts";
import type { InstallJob } from "../clients/plan.ts";
import { CLIENTS, findClient } from "../clients/registry.ts";
import type { Client } from "../clients/types.ts";
import { urlOf } from "../config/parsers.ts";
import { attributeName, findHome, type GivenFlags, NO_HOME, type SettingProblem } from "../config/reader.ts";
import { assertValid, invalidSetting } from "../config/resolve.ts";
import type { CommandPlatform, PlatformEntries } from "./platforms/platform.ts";
import { canPrompt } from "./prompt.ts";

export type Action = InstallJob["action"];

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

/** What installing needs of a platform. */
export type InstallPlatform = Pick<CommandPlatform<never>, "tools" | "entries">;

/** Cursor's limit for the names of server and tool together. */
const MAX_CURSOR_NAME = 60;

/** The URL of `--remote` is optional, so the word after it may be the first client. */
export function separateUrl(names: readonly string[], flags: InstallFlags) {
  const { remote } = flags;
  return typeof remote === "string" && findClient(remote)
    ? { names: [remote, ...names], flags: { ...flags, remote: true } as const }
    : { names, flags };
}

/** Returns the named clients, without duplicates. @throws SettingsError with every problem of the command line */
export function parseClients(
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

/** @throws SettingsError if a prompt is needed but not possible */
export function requireTerminal(names: readonly string[], flags: InstallFlags): void {
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

/** The URL of the server that clients reach instead of starting one; undefined to start one. */
export function remoteUrl({ rules }: PlatformEntries, { remote }: InstallFlags): string | undefined {
  return remote === true ? rules.hostedUrl : remote;
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
