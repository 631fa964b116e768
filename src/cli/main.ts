import process from "node:process";
import { SettingsError } from "../config/resolve.ts";
import { serve } from "./commands/serve.ts";
import { installOutputRedactor } from "./context.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printError } from "./output.ts";

/** Runs the program with the arguments and the environment of this process. */
export function main(): void {
  installOutputRedactor();
  // The arguments may hold a key, and other users can read the process list.
  process.title = "lightfast-mcp";
  process.on("uncaughtException", fail);
  process.on("unhandledRejection", fail);
  run().catch(fail);
}

/** Clients start us without arguments; the command line's parser is loaded only when there is something to parse. */
async function run(): Promise<unknown> {
  return process.argv.length > 2 ? (await import("./program.ts")).createProgram().parseAsync() : serve({});
}

/** What went wrong, in one line each; a stack trace would tell a user nothing. */
function report(error: unknown): void {
  const lines =
    error instanceof SettingsError
      ? error.problems
      : [error instanceof Error ? error.message : String(error)];
  for (const line of lines) printError(`lightfast-mcp: ${line}`);
}

function fail(error: unknown): void {
  report(error);
  process.exit(EXIT_CODES.usage);
}
