import { Argument, Command, Option } from "commander";
import { CLIENTS } from "../clients/registry.ts";
import type { OptionRow } from "../config/reader.ts";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../platforms/lfx/config/options.ts";
import { LIGHTFAST_HTTP_OPTIONS, LIGHTFAST_OPTIONS } from "../platforms/lightfast/config/options.ts";
import { version } from "../version.ts";
import { serve } from "./commands/serve.ts";
import { print, printError } from "./output.ts";

function describe({ description, variables, default: value }: OptionRow): string {
  const parts = [`env: ${variables.join(", ")}`, ...(value ? [`default: ${value}`] : [])];
  return `${description} (${parts.join("; ")})`;
}

function optionOf(row: OptionRow): Option {
  return new Option(row.argument ? `${row.flag} <${row.argument}>` : row.flag, describe(row));
}

/** Adds the options of a table to a command. */
function addOptions(command: Command, table: Readonly<Record<string, OptionRow>>): void {
  for (const row of Object.values(table)) command.addOption(optionOf(row));
}

/** What is said of a word that is no command. */
function unknownCommand(word: string, { commands }: Command): string {
  return `error: unknown command ${word}; the commands are ${commands.map((command) => command.name()).join(", ")}`;
}

const COMMANDS = [
  {
    action: "install",
    description: "set up MCP clients: edits their files in place, shows the difference, asks, keeps a copy",
  },
  {
    action: "uninstall",
    description: "take this server out of the files of MCP clients, and nothing else",
  },
] as const;

/** Adds the commands that write into other programs' files; their code is loaded only when they run. */
function addInstallCommands(program: Command): void {
  for (const { action, description } of COMMANDS) {
    const command = program
      .command(action)
      .description(description)
      .addArgument(new Argument("[client...]").choices(CLIENTS.map(({ id }) => id)))
      .option("--all", "every client that is found")
      .option("--project", "the files of the project in this folder instead of the user's")
      .option("--name <name>", "what the clients call the server", "lightfast")
      .option("--dry-run", "print what would change, and write nothing")
      .option("--yes", "do not ask")
      .option("--json", "print what was done as one line of JSON");
    if (action === "install") command.option("--print", "print what to put into the file, and touch none");
    command.action(async (clients) => {
      const { changeClients } = await import("./commands/install.ts");
      await changeClients(action, clients, command.optsWithGlobals());
    });
  }
}

/** Adds what there is of LFX to the command line. */
function addLfxCommands(program: Command): void {
  const lfx = program
    .command("lfx")
    .description("serve the Linux Foundation's LFX instead, on stdin and stdout (or as LFXMCP_MODE says)")
    .argument("[command]")
    .usage("[options] [command]")
    .action(async (word, own, command) =>
      word === undefined
        ? (await import("./commands/lfx.ts")).lfx(own, command.optsWithGlobals())
        : command.error(unknownCommand(word, command)),
    );
  addOptions(lfx, LFX_OPTIONS);
  const lfxHttp = lfx
    .command("http")
    .description("serve LFX to remote clients over Streamable HTTP, as an OAuth protected resource")
    .action(async (_, command) =>
      (await import("./commands/lfx-http.ts")).lfxHttp(command.optsWithGlobals()),
    );
  addOptions(lfxHttp, LFX_HTTP_OPTIONS);
  lfx
    .command("tools")
    .description("print the tools of LFX")
    .option("--json", "as JSON, one line, as in tools/list")
    .action(async (own) => {
      const [{ tools }, { TOOL_DEFINITIONS }] = await Promise.all([
        import("./commands/tools.ts"),
        import("../platforms/lfx/catalog.ts"),
      ]);
      tools(TOOL_DEFINITIONS, own);
    });
}

const EXAMPLES = `
Examples:
  $ LIGHTFAST_API_KEY=lf_... npx -y @lightfastai/mcp
      serve an MCP client that starts this program
  $ npx -y @lightfastai/mcp --sandbox
      the same with the built-in emulator: no account, no network
  $ npx -y @lightfastai/mcp call lightfast_signals_create --arg input="Ada asked for an invoice"
      make one call and print its result`;

/** The command line. Each command's code is loaded only when it runs; serving is what the program is for. */
export function createProgram(): Command {
  const program = new Command("lightfast-mcp")
    .description("MCP server for Lightfast. Without a command it serves MCP on stdin and stdout.")
    .version(version, "-v, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => print(text.trimEnd()),
      writeErr: (text) => printError(text.trimEnd()),
      outputError: (text, write) =>
        // A mistyped flag may carry a secret behind its name.
        write(text.replace(/^error: /, "lightfast-mcp: ").replaceAll(/(--?[\w-]+)=[^\s']+/g, "$1")),
    })
    .helpCommand("help [command]", "print the help of a command")
    .showHelpAfterError("Run lightfast-mcp --help for what it takes.")
    .addHelpText("after", EXAMPLES)
    .usage("[options] [command]")
    .argument("[command]")
    .action((word, flags, command) =>
      word === undefined ? serve(flags) : command.error(unknownCommand(word, command)),
    );
  addOptions(program, LIGHTFAST_OPTIONS);

  program
    .command("tools")
    .description("print the tools that a client is shown")
    .option("--json", "as JSON, one line, as in tools/list")
    .action(async (own) => {
      const [{ tools }, { TOOL_DEFINITIONS }] = await Promise.all([
        import("./commands/tools.ts"),
        import("../platforms/lightfast/catalog.ts"),
      ]);
      tools(TOOL_DEFINITIONS, own);
    });

  program
    .command("call <tool>")
    .description(
      "call one tool and print its result; exits with 1 (usage), 3 (credentials), 4 (unreachable), 5 (tool error)",
    )
    .option("--arg <name=value>", "one argument of the tool; may be repeated", collect)
    .option("--input <json>", "all arguments as a JSON object; - reads it from stdin")
    .option("--json", "print the whole tool result, or the error, as one line of JSON")
    .action(async (tool, own, command) =>
      (await import("./commands/call.ts")).call(tool, own, command.optsWithGlobals()),
    );

  program
    .command("login")
    .description("check an API key and store it for this user")
    .option("--stdin", "read the key from a line of stdin instead of asking for it")
    .action(async (own, command) =>
      (await import("./commands/account.ts")).login(own, command.optsWithGlobals()),
    );

  program
    .command("logout")
    .description("forget a stored login")
    .action(async (_, command) => (await import("./commands/account.ts")).logout(command.optsWithGlobals()));

  program
    .command("whoami")
    .description("show which key and address count here, and whether Lightfast accepts them")
    .option("--json", "as JSON, one line")
    .action(async (own, command) =>
      (await import("./commands/account.ts")).whoami(own, command.optsWithGlobals()),
    );

  program
    .command("profiles")
    .description("list the stored logins")
    .option("--json", "as JSON, one line")
    .action(async (own, command) =>
      (await import("./commands/account.ts")).profiles(own, command.optsWithGlobals()),
    );

  program
    .command("doctor")
    .description(
      "check everything from Node.js to the Lightfast account, and say what to do; exits as call does",
    )
    .option("--json", "as JSON, one line")
    .action(async (own, command) =>
      (await import("./commands/doctor.ts")).doctor(own, command.optsWithGlobals()),
    );

  addInstallCommands(program);

  const http = program
    .command("http")
    .description("serve remote clients over Streamable HTTP, as an OAuth protected resource")
    .action(async (own, command) =>
      (await import("./commands/http.ts")).http(own, command.optsWithGlobals()),
    );
  addOptions(http, LIGHTFAST_HTTP_OPTIONS);

  addLfxCommands(program);

  program
    .command("sandbox")
    .description("run the emulator of the Lightfast API alone, for other programs and CI")
    .option("--port <number>", "port on 127.0.0.1; 0 picks a free one", "4010")
    .action(async (own) => (await import("./commands/sandbox.ts")).sandbox(own));

  program
    .command("completion")
    .description("print the completion script of a shell")
    .addArgument(new Argument("<shell>").choices(["bash", "zsh", "fish"]))
    .action(async (shell) => (await import("./commands/completion.ts")).completion(shell, program));

  return program;
}

function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
