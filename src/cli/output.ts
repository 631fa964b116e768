import process from "node:process";
import { createColors } from "picocolors";

let redact = (text: string): string => text;

/** Sets what takes secrets out of every text printed from here on. */
export function setOutputRedactor(redactor: (text: string) => string): void {
  redact = redactor;
}

function ignore(): void {}

/** A reader that went away (`| head`) is no fault of ours, and no reason to leave anything undone. */
function write(stream: NodeJS.WriteStream, text: string): void {
  if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
  stream.write(`${redact(text)}\n`);
}

/** Prints a result: the only words of ours on stdout. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Prints an error, a remark or a log line. */
export function printError(text: string): void {
  write(process.stderr, text);
}

/** Ends the program, whatever it still waits for, as soon as all that was printed is out. */
export function exitWhenPrinted(exitCode: number): void {
  process.stdout.write("", () => process.exit(exitCode));
}

/** Colours for stdout; none in a pipe, in a terminal without them, or where NO_COLOR is set (https://no-color.org). */
export function createStdoutColors() {
  const { NO_COLOR, TERM } = process.env;
  return createColors(process.stdout.isTTY === true && !NO_COLOR && TERM !== "dumb");
}

/**
 * Wraps text between words. A word wider than the line stays whole, because it may be a path or a URL to copy.
 * @param width columns of the terminal; undefined does not wrap
 * @param lead starts the first line
 * @param indent starts each further line
 */
export function wrap(text: string, width: number | undefined, lead = "", indent = lead): string {
  const [first = "", ...words] = text.split(" ");
  const lines = [lead + first];
  for (const word of words) {
    const line = `${lines.at(-1)} ${word}`;
    if (line.length <= (width ?? Number.POSITIVE_INFINITY)) lines[lines.length - 1] = line;
    else lines.push(indent + word);
  }
  return lines.join("\n");
}

/**
 * Rows as aligned columns; the last column takes what is left of the line and is cut there.
 * @param width columns of the terminal; unlimited where the output is none
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const cut = (line: string) => (line.length > width ? `${line.slice(0, Math.max(0, width - 1))}…` : line);
  return all
    .map((row) =>
      cut(
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd(),
      ),
    )
    .join("\n");
}
