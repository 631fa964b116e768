import process from "node:process";
import { PROGRAM } from "../version.ts";

const PACKAGE = "@lightfastai/mcp";
/** Scripts that no shell finds by name: those in the npx cache, and the copies that clients start. */
const NOT_IN_PATH = /[\\/](?:_npx|lightfast-mcp[\\/]versions)[\\/]/;

/**
 * Returns a command line of this program that can be pasted into a shell. Where the program has no command of its own,
 * npx starts the latest version.
 * @param words what follows the program's name, such as `login --profile work`
 * @param script how this process was started
 */
export function programCommand(words: string, script = process.argv[1] ?? ""): string {
  return NOT_IN_PATH.test(script) ? `npx -y ${PACKAGE}@latest ${words}` : `${PROGRAM.name} ${words}`;
}
