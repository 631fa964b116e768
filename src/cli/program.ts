import process from "node:process";
import { Argument, Command } from "commander";
import { programCommand } from "../config/invocation.ts";
import { attributeName, type GivenFlags, type OptionRow } from "../config/reader.ts";
import { knownNewerVersion } from "../installation/releases.ts";
import type { LfxApi } from "../platforms/lfx/api.ts";
import {
  LFX_HTTP_OPTIONS,
  LFX_OPTIONS,
  LFX_STORED_OPTIONS,
  LFX_TOOL_OPTIONS,
  type LfxOptionName,
} from "../platforms/lfx/config/options.ts";
import type { LightfastApi } from "../platforms/lightfast/api.ts";
import { LIGHTFAST_HTTP_OPTIONS } from "../platforms/lightfast/config/http-options.ts";
import {
  LIGHTFAST_OPTIONS,
  LIGHTFAST_TOOL_OPTIONS,
  type LightfastOptionName,
  STORED_OPTIONS,
} from "../platforms/lightfast/config/options.ts";
import type { SIGNAL_STATUSES as STATUSES } from "../platforms/lightfast/schemas.ts";
import { version } from "../version.ts";
import { wrapAdvice } from "./columns.ts";
import { serve } from "./commands/serve.ts";
import { installOutputRedactor } from "./context.ts";
import { formatHelp, GROUPS } from "./help.ts";
import { addOptions, append, createOption, flagsOf } from "./options.ts";
import { print, printError } from "./output.ts";
import {
  addCheckOptions,
  addConfigCommand,
  addDoctorCommand,
  addInstallCommands,
  addSandboxCommand,
  addToolCommands,
  EXIT_CODES_TEXT,
  JSON_OPTION,
  type PlatformRow,
  WAIT_OPTION,
  waitTimeoutOption,
} from "./platform-commands.ts";
import { describeUsageError, pathOf, rejectUnknownCommand } from "./usage.ts";

const ALL_OPTIONS = Object.keys(LIGHTFAST_OPTIONS) as LightfastOptionName[];
const ACCOUNT_OPTIONS = ALL_OPTIONS.filter((name) => !LIGHTFAST_TOOL_OPTIONS.some((other) => other === name));

/** Runs the command of this process's command line. One of the original LFX server is translated first. */
export async function runProgram(): Promise<void> {
  const words = process.argv.slice(2);
  const program = createProgram().hook("preAction", (_, command) => announceNewerVersion(command));
  await program.parseAsync(words[0] === "lfx" ? await translate(words) : words, { from: "user" });
}

/** Commands that say more about versions themselves. */
const VERSION_COMMANDS = ["doctor", "update"];

/** At the end of a command for people, says that there is a newer version, if the last doctor or update saw one. */
function announceNewerVersion(command: Command): void {
  const { json, raw } = command.opts();
  const isServer = command.helpGroup() === GROUPS.serve || command.parent === null;
  const isTerminal = process.stdout.isTTY === true && process.stderr.isTTY === true;
  if (!isTerminal || isServer || json || raw || VERSION_COMMANDS.includes(command.name())) return;
  process.once("exit", () => {
    const newest = knownNewerVersion();
    if (newest === undefined) return;
    const notice = `Version ${newest} is available, and this is ${version}. To update, run: ${programCommand("update")}`;
    printError(wrapAdvice(notice, process.stderr.columns));
  });
}

async function translate(words: readonly string[]): Promise<string[]> {
  const { translateOriginal } = await import("../platforms/lfx/config/original.ts");
  const { words: rest, variables, warnings } = translateOriginal(words, process.env);
  Object.assign(process.env, variables);
  installOutputRedactor();
  for (const warning of warnings) printError(`lightfast-mcp: ${warning}`);
  return [...rest];
}

/** Creates the command line parser. The code of a command is loaded when it runs. */
export function createProgram(): Command {
  const program = new Command("lightfast-mcp")
    .description("MCP server for Lightfast. Without a command, it serves MCP over stdio.")
    .helpOption("-h, --help", "Print help")
    .usage("[options] [command]")
    .argument("[command]")
    .enablePositionalOptions()
    .configureHelp({ formatHelp })
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => printError(text.trimEnd()),
    })
    .action((word, _, command) => {
      rejectUnknownCommand(word, command);
      return serve(flagsOf(command));
    });
  addOptions(program, LIGHTFAST_OPTIONS);

  const lightfast: PlatformRow<LightfastOptionName, LightfastApi> = {
    title: "Lightfast",
    add: (name, used, parent = program) =>
      addOptions(parent.command(name), LIGHTFAST_OPTIONS, used, "Lightfast options:"),
    flagsOf,
    options: ALL_OPTIONS,
    httpOptions: LIGHTFAST_HTTP_OPTIONS,
    toolOptions: LIGHTFAST_TOOL_OPTIONS,
    stored: STORED_OPTIONS,
    load: async () => (await import("./platforms/lightfast.ts")).PLATFORM,
  };
  const http = lightfast
    .add("http", ALL_OPTIONS)
    .helpGroup(GROUPS.serve)
    .description("Serve remote clients over Streamable HTTP, as an OAuth protected resource")
    .action(async (own, command) =>
      own.check
        ? (await import("./commands/check.ts")).checkLightfast(flagsOf(command))
        : (await import("./commands/http.ts")).http(flagsOf(command)),
    );
  addOptions(http, LIGHTFAST_HTTP_OPTIONS);
  addCheckOptions(http);
  const lfx = addLfxCommands(program);
  const platformOf = (command: Command) => (pathOf(command).startsWith(lfx.path) ? lfx : lightfast);

  addAccountCommands(lightfast);
  addInstallCommands(lightfast, "lightfast");
  addUpdateCommand(program);
  addSignalCommands(program);
  addToolCommands(lightfast);
  addDoctorCommand(lightfast);
  addConfigCommand(lightfast, async (flags, isHttp) =>
    (await import("./commands/config.ts")).configLightfast(flags, isHttp),
  );
  addSandboxCommand(lightfast, "4010").option(
    "--cors <origins>",
    "Origins of browser pages that may use it, comma-separated; repeatable",
    append,
  );

  lightfast
    .add("completion", [])
    .helpGroup(GROUPS.operate)
    .description(
      "Print a script with which the shell completes commands, options and their values, tools, clients and profiles. " +
        "It needs the command lightfast-mcp: npm install -g @lightfastai/mcp",
    )
    .summary("Print the completion script of a shell")
    .addArgument(new Argument("<shell>", "bash, zsh or fish").choices(["bash", "zsh", "fish"]))
    .action(async (shell) => (await import("./commands/completion.ts")).completion(shell));
  lightfast
    .add("help [topic...]", [])
    .helpGroup(GROUPS.operate)
    .description("Print the help of a command")
    .action((words) => findCommand(program, words).outputHelp());

  program
    .command("__complete [words...]", { hidden: true })
    .helpOption(false)
    .action(async (words) => {
      const { complete } = await import("./commands/completion.ts");
      await complete(program, words, async (command) => (await platformOf(command).load()).tools);
    });

  finish(program);
  return program;
}

/** Returns the command that the words name. Exits if there is none. */
function findCommand(command: Command, [word, ...rest]: readonly string[]): Command {
  if (word === undefined) return command;
  const child = command.commands.find((candidate) => candidate.name() === word);
  if (!child) rejectUnknownCommand(word, command);
  return findCommand(child ?? command, rest);
}

/** The commands for the stored logins, which Lightfast alone has. */
function addAccountCommands({ add }: Pick<PlatformRow<LightfastOptionName, LightfastApi>, "add">): void {
  add("login", ["apiKey", "baseUrl", "allowInsecureHttp", "timeout", "profile"])
    .helpGroup(GROUPS.setUp)
    .description("Verify an API key and store it for this user")
    .option("--stdin", "Read the key from stdin instead of prompting")
    .option("--no-browser", "Print the address of the key page instead of opening it")
    .action(async (_, command) => (await import("./commands/login.ts")).login(flagsOf(command)));
  add("logout", ["profile"])
    .helpGroup(GROUPS.setUp)
    .description("Remove a stored login")
    .option("--all", "Remove every stored login")
    .option("--yes", "With --all, do not ask for confirmation")
    .action(async (_, command) => (await import("./commands/account.ts")).logout(flagsOf(command)));
  add("whoami", ACCOUNT_OPTIONS)
    .helpGroup(GROUPS.setUp)
    .description("Show the active API key and base URL, and verify them")
    .option(...JSON_OPTION)
    .action(async (_, command) => (await import("./commands/account.ts")).whoami(flagsOf(command)));
  const profiles = add("profiles", ["profile"])
    .helpGroup(GROUPS.setUp)
    .description("List the stored logins, and mark the active one")
    .usage("[options] [command]")
    .argument("[command]")
    .option(...JSON_OPTION)
    .action(async (word, _, command) => {
      rejectUnknownCommand(word, command);
      await (await import("./commands/account.ts")).profiles(flagsOf(command));
    });
  profiles
    .command("use <profile>")
    .description(
      "Make a stored login the active one: it applies where no flag, variable or client entry names another",
    )
    .summary("Make a stored login the active one")
    .action(async (name) => (await import("./commands/account.ts")).useProfile(name));
}

const SIGNAL_STATUSES = [
  "queued",
  "processing",
  "classified",
  "failed",
] as const satisfies readonly (typeof STATUSES)[number][];

/** The commands for signals, which Lightfast alone has. */
function addSignalCommands(program: Command): void {
  const signal = program
    .command("signal")
    .helpGroup(GROUPS.use)
    .description("Create, show and list signals")
    .usage("[options] [command]");
  const add = (name: string, summary: string): Command =>
    addOptions(signal.command(name), LIGHTFAST_OPTIONS, ACCOUNT_OPTIONS, "Lightfast options:")
      .summary(summary)
      .description(`${summary}. ${EXIT_CODES_TEXT}`)
      .option(...JSON_OPTION);
  const load = async () => import("./commands/signal.ts");
  add("create [text...]", "Create a signal from the text, or from stdin")
    .option(...WAIT_OPTION)
    .addOption(waitTimeoutOption())
    .action(async (words, own, command) => (await load()).createSignal(words, own, flagsOf(command)));
  add("get <id>", "Show a signal")
    .option(...WAIT_OPTION)
    .addOption(waitTimeoutOption())
    .action(async (id, own, command) => (await load()).getSignal(id, own, flagsOf(command)));
  add("list", "List signals, from new to old")
    .option("--limit <number>", "Signals to list, 1 to 100", "20")
    .addOption(
      createOption("--status <list>", "Only signals with these statuses, comma-separated", SIGNAL_STATUSES),
    )
    .option("--cursor <cursor>", "Continue after the page with this nextCursor")
    .action(async (own, command) => (await load()).listSignals(own, flagsOf(command)));
}

/** The copy serves every platform, so there is one command for it. */
function addUpdateCommand(program: Command): void {
  program
    .command("update")
    .helpGroup(GROUPS.setUp)
    .argument("[version]", "A certain version, such as 1.2.3; default: the newest")
    .summary("Update the program that your MCP clients start")
    .description(
      "Fetch the newest version through npm, and switch all clients to it. The version before stays for --rollback.",
    )
    .option("--check", "Only print whether there is a newer version")
    .option("--rollback", "Switch all clients back to the version before")
    .option(...JSON_OPTION)
    .action(async (version, own) => (await import("./commands/update.ts")).updateCopy(version, own));
}

/** @returns where its commands are */
function addLfxCommands(
  program: Command,
): Pick<PlatformRow<LfxOptionName, LfxApi>, "load"> & { readonly path: string } {
  const lfx = program
    .command("lfx")
    .helpGroup(GROUPS.serve)
    .description(
      "Serve the Linux Foundation's LFX platform over stdio, or over HTTP if LFXMCP_MODE is http. See docs/lfx.md.",
    )
    .summary("Serve the Linux Foundation's LFX platform, and run its commands")
    .usage("[options] [command]")
    .argument("[command]")
    .action(async (word, _, command) => {
      rejectUnknownCommand(word, command);
      await (await import("./commands/lfx.ts")).lfx(lfxFlagsOf(command));
    });
  const http = lfx
    .command("http")
    .helpGroup(GROUPS.serve)
    .description("Serve LFX to remote clients over Streamable HTTP, as an OAuth protected resource")
    .action(async (own, command) =>
      own.check
        ? (await import("./commands/check.ts")).checkLfx(lfxFlagsOf(command))
        : (await import("./commands/lfx-http.ts")).lfxHttp(lfxFlagsOf(command)),
    );
  addOptions(lfx, LFX_OPTIONS);
  addOptions(http, LFX_OPTIONS, undefined, LFX_HEADING);
  addOptions(http, LFX_HTTP_OPTIONS);
  addCheckOptions(http);
  const row: PlatformRow<LfxOptionName, LfxApi> = {
    title: "LFX",
    add: (name, used, parent = lfx) => addOptions(parent.command(name), LFX_OPTIONS, used, LFX_HEADING),
    flagsOf: lfxFlagsOf,
    options: Object.keys(LFX_OPTIONS) as LfxOptionName[],
    httpOptions: LFX_HTTP_OPTIONS,
    toolOptions: [...LFX_TOOL_OPTIONS, "committeesAsGroups"],
    stored: LFX_STORED_OPTIONS,
    load: async () => (await import("./platforms/lfx.ts")).PLATFORM,
  };
  addInstallCommands(row, "lfx");
  addToolCommands(row).option("--yes", "With --confirm, do not ask");
  addDoctorCommand(row);
  addConfigCommand(row, async (flags, isHttp) =>
    (await import("./commands/config.ts")).configLfx(flags, isHttp),
  );
  addSandboxCommand(row, "4011");
  // Declared, so that one message rejects them before and after the command.
  for (const command of withDescendants(lfx)) addOptions(command, LIGHTFAST_ONLY, []);
  return { load: row.load, path: lfx.name() };
}

function withDescendants(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

const LFX_HEADING = "LFX options:";
const LFX_FLAGS: readonly string[] = Object.values(LFX_OPTIONS).map(({ flag }) => flag);
const LIGHTFAST_ONLY: readonly OptionRow[] = Object.values(LIGHTFAST_OPTIONS).filter(
  ({ flag }) => !LFX_FLAGS.includes(flag),
);

/** Returns the flags of an LFX command. Exits if one of them is for Lightfast, before or after the command. */
function lfxFlagsOf(command: Command): GivenFlags {
  const flags = flagsOf(command);
  const given = LIGHTFAST_ONLY.find(({ flag }) => flags[attributeName(flag)] !== undefined);
  if (given) {
    const problem = `unknown option ${given.flag} for "${pathOf(command)}"`;
    command.error(`error: ${problem}: it applies to Lightfast commands only. Remove it.`);
  }
  return flags;
}

/** Adds to each command what all of them have. */
function finish(command: Command): void {
  command
    .version(version, "-v, --version", "Print the version")
    .showHelpAfterError(`For usage, run: ${programCommand(`${pathOf(command)} --help`.trim())}`)
    .showSuggestionAfterError(false)
    .helpCommand(false)
    .configureOutput({ outputError: (text, write) => write(describeUsageError(text, command)) });
  const versionOption = command.options.find(({ long }) => long === "--version");
  versionOption?.hideHelp(command.parent !== null);
  // Words after an unknown command are no separate error.
  if (command.commands.length > 0) command.allowExcessArguments();
  for (const child of command.commands) finish(child);
}
