import process from "node:process";
import { createColors } from "picocolors";

/** Whether the terminal is dumb, or the user wants no colors (https://no-color.org). */
export function isPlainTerminal(): boolean {
  const { NO_COLOR, TERM } = process.env;
  return Boolean(NO_COLOR) || TERM === "dumb";
}

/** Returns colors for a stream, by default stdout; plain text in a pipe and in a plain terminal. */
export function createStdoutColors({ isTTY }: Pick<NodeJS.WriteStream, "isTTY"> = process.stdout) {
  return createColors(isTTY === true && !isPlainTerminal());
}

/** Colors a unified diff. */
export function colorDiff(diff: string, colors: ReturnType<typeof createStdoutColors>): string {
  const colorLine = (line: string): string => {
    if (/^(?:---|\+\+\+) /.test(line)) return colors.bold(line);
    if (line.startsWith("@@")) return colors.cyan(line);
    if (line.startsWith("+")) return colors.green(line);
    return line.startsWith("-") ? colors.red(line) : line;
  };
  return diff.split("\n").map(colorLine).join("\n");
}
