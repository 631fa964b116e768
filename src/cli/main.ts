import process from "node:process";
import { type OptionRow, readPlainFlags } from "../config/reader.ts";
import { LIGHTFAST_OPTIONS, type LightfastFlags } from "../platforms/lightfast/config/options.ts";
import { hasAnswered } from "../transports/stdio.ts";
import { serve } from "./commands/serve.ts";
import { installOutputRedactor } from "./context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printError } from "./output.ts";

const OPTIONS: readonly OptionRow[] = Object.values(LIGHTFAST_OPTIONS);

/**
 * Runs the program with the arguments and the environment of this process.
 * @returns whether it has answered a client on stdout
 */
export function main(): () => boolean {
  installOutputRedactor();
  // The arguments may contain a key, and other users can read the process list.
  process.title = "lightfast-mcp";
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  run().catch(fail);
  return hasAnswered;
}

/** Clients start the program without arguments, or with a few flags, which needs no command line parser. */
async function run(): Promise<unknown> {
  const flags: LightfastFlags | undefined = readPlainFlags(process.argv.slice(2), OPTIONS);
  return flags ? serve(flags) : (await import("./program.ts")).runProgram();
}

/** Prints each line of the message. A stack trace would not help a user. */
function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split("\n")) printError(`lightfast-mcp: ${line}`);
  process.exit(EXIT_CODES.usage);
}
