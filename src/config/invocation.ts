import { isAbsolute, relative } from "node:path";
import process from "node:process";
import { PROGRAM } from "../version.ts";

/** Starts the latest version where there is nothing but Node.js. */
export const NPX = "npx -y @lightfastai/mcp@latest";

/** How to start the program again, by the script that this process runs. The first match counts. */
const INVOCATIONS: readonly (readonly [script: RegExp, start: (script: string) => string])[] = [
  // Scripts that no shell finds by name: npx's, those of a project's dependencies, and the copies that clients start.
  [/[\\/](?:(?:_npx|\.bin|lightfast-mcp[\\/]versions)[\\/]|lightfast-mcp\.cjs$)/, () => NPX],
  // npm's command on Windows starts the script by its path.
  [/[\\/]node_modules[\\/]/, () => PROGRAM.name],
  // A clone, an image, or a bundle.
  [/[\\/]lightfast-mcp\.js$/, (script) => `node ${shellWord(shorten(script))}`],
];

/**
 * Returns a command line of this program that can be pasted into a shell.
 * @param words what follows the program's name, such as `login --profile work`
 * @param script how this process was started
 */
export function programCommand(words: string, script = process.argv[1] ?? ""): string {
  const [, start] = INVOCATIONS.find(([scripts]) => scripts.test(script)) ?? [];
  return `${start?.(script) ?? PROGRAM.name} ${words}`;
}

/** Quotes a word of a command line, such as a path, unless every character of it is safe in a shell. */
export function shellWord(text: string, platform = process.platform): string {
  if (platform === "win32") return /[^\w./\\:@-]/.test(text) ? `"${text}"` : text;
  return /[^\w./:@-]/.test(text) ? `'${text.replaceAll("'", "'\\''")}'` : text;
}

/** Returns the command line with which a text ends: what follows `run: `. */
export function commandIn(text: string): string | undefined {
  const command = /\brun: (\S.*)$/i.exec(text)?.[1];
  // A quotation that began earlier ends in the command.
  return command !== undefined && command.split('"').length % 2 === 1 ? command : undefined;
}

function shorten(script: string): string {
  const path = relative(process.cwd(), script);
  return path.startsWith("..") || isAbsolute(path) ? script : path;
}
