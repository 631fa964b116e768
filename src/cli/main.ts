import process from "node:process";
import { serve } from "./commands/serve.ts";
import { installOutputRedactor } from "./context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printError } from "./output.ts";

/** Runs the program with the arguments and the environment of this process. */
export function main(): void {
  installOutputRedactor();
  // The arguments may contain a key, and other users can read the process list.
  process.title = "lightfast-mcp";
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  run().catch(fail);
}

/** Clients start the program without arguments, which needs no command line parser. */
async function run(): Promise<unknown> {
  return process.argv.length > 2 ? (await import("./program.ts")).createProgram().parseAsync() : serve({});
}

/** Prints each line of the message. A stack trace would not help a user. */
function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  for (const line of message.split("\n")) printError(`lightfast-mcp: ${line}`);
  process.exit(EXIT_CODES.usage);
}
