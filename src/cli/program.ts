import { Argument, Command } from "commander";
import { HTTP_OPTIONS } from "../platforms/lightfast/config/options.ts";
import { OPTIONS } from "../platforms/lightfast/config/part-options.ts";
import { version } from "../version.ts";
import { addOptions, unknownCommand } from "./command-parts.ts";
import { serve } from "./commands/serve.ts";
import { addInstallCommands } from "./install-command.ts";
import { addLfxCommands } from "./lfx-command.ts";
import { print, printError } from "./output.ts";

const EXAMPLES = `
Examples:
  $ LIGHTFAST_API_KEY=lf_... npx -y @lightfastai/mcp
      serve an MCP client that starts this program
  $ npx -y @lightfastai/mcp --sandbox
      the same with the built-in emulator: no account, no network
  $ npx -y @lightfastai/mcp call lightfast_signals_create --arg input="Ada asked for an invoice"
      make one call and print its result`;

/** The command line. Each command's code is loaded only when it runs; serving is what the program is for. */
export const createProgram = (): Command => {
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
  addOptions(program, OPTIONS);

  program
    .command("tools")
    .description("print the tools that a client is shown")
    .option("--json", "as JSON, one line, as in tools/list")
    .action(async (own) => {
      const [{ tools }, { CARDS }] = await Promise.all([
        import("./commands/tools.ts"),
        import("../platforms/lightfast/cards.generated.ts"),
      ]);
      tools(CARDS, own);
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
    .action(async (_, command) => (await import("./commands/profiles.ts")).logout(command.optsWithGlobals()));

  program
    .command("whoami")
    .description("show which key and address count here, and whether Lightfast accepts them")
    .option("--json", "as JSON, one line")
    .action(async (own, command) =>
      (await import("./commands/whoami.ts")).whoami(own, command.optsWithGlobals()),
    );

  program
    .command("profiles")
    .description("list the stored logins")
    .option("--json", "as JSON, one line")
    .action(async (own, command) =>
      (await import("./commands/profiles.ts")).profiles(own, command.optsWithGlobals()),
    );

  program
    .command("doctor")
    .description(
      "check everything from Node.js to the Lightfast account, and say what to do; exits as call does",
    )
    .option("--json", "as JSON, one line")
    .action(async (own, command) =>
      (await import("./commands/part-doctor.ts")).doctor(own, command.optsWithGlobals()),
    );

  addInstallCommands(program);

  const http = program
    .command("http")
    .description("serve remote clients over Streamable HTTP, as an OAuth protected resource")
    .action(async (own, command) =>
      (await import("./commands/part-http.ts")).http(own, command.optsWithGlobals()),
    );
  addOptions(http, HTTP_OPTIONS);

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
};

const collect = (value: string, earlier: readonly string[] = []): readonly string[] => [...earlier, value];
