import { Argument, type Command, Option } from "commander";
import { CLIENTS } from "../clients/registry.ts";
import type { GivenFlags, OptionRow } from "../config/reader.ts";
import { GROUPS } from "./help.ts";
import type { InstallFlags } from "./install-flags.ts";
import { addOptions, append } from "./options.ts";
import type { CommandPlatform } from "./platforms/platform.ts";
import { rejectUnknownCommand } from "./usage.ts";

export const JSON_OPTION = ["--json", "Print JSON on one line"] as const;

/** A platform, for the commands that every platform has. */
export type PlatformRow<Name extends string, Api> = {
  readonly title: string;
  /** Adds a command, by default below the platform's own, and lists those of the platform's options in its help that it uses. */
  readonly add: (nameAndArguments: string, used: readonly Name[], parent?: Command) => Command;
  readonly flagsOf: (command: Command) => GivenFlags;
  readonly options: readonly Name[];
  /** The additional options of the HTTP server. */
  readonly httpOptions: Readonly<Record<string, OptionRow>>;
  /** The options that decide which tools there are. */
  readonly toolOptions: readonly Name[];
  /** The options that an entry in a client's file can contain. */
  readonly stored: readonly Name[];
  readonly load: () => Promise<CommandPlatform<Api>>;
};

/** @returns the command that calls a tool */
export function addToolCommands<Name extends string, Api>(row: PlatformRow<Name, Api>): Command {
  const { add, flagsOf, options, toolOptions, load } = row;
  add("tools", toolOptions)
    .helpGroup(GROUPS.use)
    .description("List the tools offered to clients")
    .option(...JSON_OPTION)
    .action(async (_, command) => {
      const flags = flagsOf(command);
      (await import("./commands/tools.ts")).tools(await load(), flags);
    });
  return add("call <tool>", options)
    .helpGroup(GROUPS.use)
    .description(`Call a tool and print the result. ${EXIT_CODES_TEXT}`)
    .summary("Call a tool and print the result")
    .option(
      "--arg <name=value>",
      "Argument of the tool; repeatable; @file reads the value, @- reads stdin",
      append,
    )
    .option("--input <json>", "All arguments as a JSON object; - reads it from stdin")
    .option("--json", "Print the result's content, or the error, as JSON on one line")
    .option("--raw", "Print the whole MCP result, or the error, as JSON on one line")
    .option(...WAIT_OPTION)
    .addOption(waitTimeoutOption())
    .action(async (tool, own, command) => {
      const flags = flagsOf(command);
      await (await import("./commands/call.ts")).call(await load(), tool, own, flags);
    });
}

export const EXIT_CODES_TEXT =
  "Exit codes: 0 ok, 1 usage, 3 auth, 4 network, 5 other error, 6 the waited-for result failed.";

export const WAIT_OPTION = ["--wait", "Wait until the result is final"] as const;

export function waitTimeoutOption(): Option {
  const description = "Seconds to wait at most; implies --wait (default: 120)";
  return new Option("--wait-timeout <seconds>", description).implies({ wait: true });
}

export function addDoctorCommand<Name extends string, Api>(row: PlatformRow<Name, Api>): void {
  const { add, flagsOf, options, load } = row;
  add("doctor", options)
    .helpGroup(GROUPS.operate)
    .description("Diagnose setup and connection problems. Exit codes as for call.")
    .summary("Diagnose setup and connection problems")
    .option("--fix", "Repair what is safe, after asking, and check again")
    .option("--yes", "With --fix, do not ask for confirmation")
    .option("--offline", "Do not look for a newer version")
    .option(...JSON_OPTION)
    .action(async (own, command) => {
      const flags = flagsOf(command);
      await (await import("./commands/doctor.ts")).doctor(await load(), own, flags);
    });
}

export function addConfigCommand<Name extends string, Api>(
  { add, flagsOf, options, httpOptions }: PlatformRow<Name, Api>,
  show: (flags: GivenFlags, isHttp: boolean) => Promise<void>,
): void {
  const config = add("config", options)
    .helpGroup(GROUPS.operate)
    .description("Show every setting, its value, and where that comes from. Secrets are masked.")
    .summary("Show every setting and where it comes from")
    .usage("[options] [command]")
    .argument("[command]")
    .option(...JSON_OPTION)
    .action(async (word, _, command) => {
      rejectUnknownCommand(word, command);
      await show(flagsOf(command), false);
    });
  const http = add("http", options, config)
    .description("Show the settings of the HTTP server")
    .option(...JSON_OPTION)
    .action(async (_, command) => show(flagsOf(command), true));
  addOptions(http, httpOptions);
}

/** @param name the default name of the server in a client's file */
export function addInstallCommands<Name extends string, Api>(
  row: PlatformRow<Name, Api>,
  name: string,
): void {
  const { add, flagsOf, stored, load } = row;
  const addAction = (action: "install" | "uninstall", used: readonly Name[]): Command =>
    add(action, used)
      .helpGroup(GROUPS.setUp)
      .addArgument(
        new Argument("[client...]", `Clients: ${CLIENTS.map(({ id }) => id).join(", ")}`).choices(
          CLIENTS.map(({ id }) => id),
        ),
      )
      .option("--all", "All detected clients")
      .option("--project", "Use the project files in this folder instead of the user's files")
      .option("--name <name>", "Server name in the client's config", name)
      .option("--dry-run", "Print the changes without writing them")
      .option("--yes", "Do not ask for confirmation")
      .option(...JSON_OPTION)
      .action(async (clients, _, command) => {
        const flags = flagsOf(command) as InstallFlags;
        await (await import("./commands/install.ts")).changeClients(await load(), action, clients, flags);
      });
  addAction("install", stored)
    .description("Add this server to your MCP clients. Shows a diff, asks first, and keeps a backup.")
    .summary("Add this server to your MCP clients")
    .option("--npx", "Start the latest version through npx instead of a copy of this one")
    .option("--command <program>", "Start another program instead of a copy of this one")
    .option("--remote [url]", "Add the hosted server, where you sign in, or one at this URL")
    .option("--print", "Print the config snippet without changing any file");
  addAction("uninstall", [])
    .description("Remove this server from your MCP clients")
    .option("--remote <url>", "Also remove an entry with this URL");
}

export function addSandboxCommand<Name extends string, Api>(
  row: PlatformRow<Name, Api>,
  port: string,
): Command {
  const { title, add, load } = row;
  const summary = `Run the ${title} API emulator (for tests and CI)`;
  return add("sandbox [command...]", [])
    .helpGroup(GROUPS.operate)
    .summary(summary)
    .description(
      `${summary}: until Ctrl-C, or while the command after -- runs with the variables of a server that uses it.`,
    )
    .passThroughOptions()
    .option(
      "--port <number>",
      `Port on 127.0.0.1; 0 picks a free port, as before a command (default: ${port})`,
    )
    .option("--quiet", "Do not log requests")
    .action(async (words, own) =>
      (await import("./commands/sandbox.ts")).sandbox(await load(), words, {
        ...own,
        port: own.port ?? (words.length > 0 ? "0" : port),
      }),
    );
}

export function addCheckOptions(command: Command): void {
  command
    .option("--check", "Check the settings, reach every service they name, and exit (exit codes as for call)")
    .option("--json", "With --check, print JSON on one line");
}
