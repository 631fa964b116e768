import type { Command } from "commander";
import { LFX_HTTP_OPTIONS, LFX_OPTIONS } from "../platforms/lfx/config/options.ts";
import { addOptions, unknownCommand } from "./command-parts.ts";

/** Adds what there is of LFX to the command line. */
export const addLfxCommands = (program: Command): void => {
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
      const [{ tools }, { CARDS }] = await Promise.all([
        import("./commands/tools.ts"),
        import("../platforms/lfx/cards.generated.ts"),
      ]);
      tools(CARDS, own);
    });
};
