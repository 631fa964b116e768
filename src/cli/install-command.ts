import { Argument, type Command } from "commander";
import { CLIENTS } from "../clients/table.ts";

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
export const addInstallCommands = (program: Command): void => {
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
};
