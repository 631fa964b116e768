import process from "node:process";
import { createColors } from "picocolors";
import { commandIn } from "../config/invocation.ts";
import type { SettingsError } from "../config/resolve.ts";
import { displayWidth, pad, splitWords, truncate } from "./columns.ts";

let redact = (text: string): string => text;

/** Sets the function that removes secrets from everything printed from now on. */
export function setOutputRedactor(redactor: (text: string) => string): void {
  redact = redactor;
}

/** Prints a result on stdout. */
export function print(text: string): void {
  write(process.stdout, text);
}

/** Prints an error, a hint or a log line on stderr. */
export function printError(text: string): void {
  write(process.stderr, text);
}

/** Prints invalid settings as one line of JSON. */
export function printUsageError({ problems }: SettingsError): void {
  const message = problems.map((problem) => problem.message).join(" ");
  printError(JSON.stringify({ error: { code: "usage", message } }));
}

let eraseStatus = (): void => {};

/** Sets the function that erases a status line, such as a spinner, before a text is printed. */
export function setStatusEraser(erase: () => void): void {
  eraseStatus = erase;
}

function write(stream: NodeJS.WriteStream, text: string): void {
  eraseStatus();
  // A closed pipe, such as `| head`, is not an error.
  if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
  stream.write(`${escapeControls(redact(text))}\n`);
}

/** Control characters that change what a terminal shows, and bidirectional ones (UAX #9). */
const CONTROLS = /(?![\t\n\r])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;
/** Starts the colors of this program. */
const ESCAPE = "\u001b";

/** Writes control characters as JSON escapes, so that printed JSON keeps its meaning. */
function escapeControls(text: string): string {
  return text.replaceAll(CONTROLS, (character) =>
    character === ESCAPE ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Removes what changes how a terminal shows a text of others. Line breaks stay. */
export function cleanText(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n").replaceAll("\t", " ").replaceAll(CONTROLS, "");
}

function ignore(): void {}

/** Exits as soon as everything printed is flushed, even if connections or timers are open. */
export function exitWhenPrinted(exitCode: number): void {
  process.stdout.write("", () => process.exit(exitCode));
}

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

/**
 * Wraps text between words. A word wider than the line stays whole, because it may be a path or a URL to copy.
 * @param width columns of the terminal; undefined does not wrap
 * @param lead starts the first line
 * @param indent starts each further line
 */
export function wrap(text: string, width: number | undefined, lead = "", indent = lead): string {
  if (width === undefined) return lead + text;
  const lines = [lead];
  let used = displayWidth(lead);
  let isFirst = true;
  for (const word of splitWords(text)) {
    if (!isFirst && used + displayWidth(word) > width) {
      lines.push(indent + word.trimStart());
      used = displayWidth(lines.at(-1) ?? "");
    } else {
      lines[lines.length - 1] += word;
      used += displayWidth(word);
    }
    isFirst = false;
  }
  return lines.join("\n");
}

/** Wraps a message like `wrap`, with the command at its end in a line of its own: a broken one cannot be pasted. */
export function wrapAdvice(text: string, width: number | undefined, lead = "", indent = lead): string {
  const command = commandIn(text);
  if (command === undefined) return wrap(text, width, lead, indent);
  return `${wrap(text.slice(0, -command.length - 1), width, lead, indent)}\n${indent}  ${command}`;
}

const GAP = "  ";

/** A label, its text, which may have line breaks, and the color of the text. */
export type Field = readonly [label: string, text: string, color?: ((text: string) => string) | undefined];

/**
 * Formats labels and texts as two aligned columns. The texts wrap.
 * @param width columns of the terminal; undefined does not wrap
 * @param colorLabel colors a label
 */
export function formatFields(
  fields: readonly Field[],
  width: number | undefined,
  colorLabel: (label: string) => string = (label) => label,
): string {
  const labelWidth = Math.max(...fields.map(([label]) => displayWidth(label)));
  const blank = " ".repeat(labelWidth) + GAP;
  return fields
    .map(([label, text, color = (line: string) => line]) => {
      // Wrapping counts columns, so colors come after it.
      const lines = text.split("\n").flatMap((line) => wrap(line, width, blank).split("\n"));
      const colored = lines.map((line) => blank + color(line.slice(blank.length))).join("\n");
      return colorLabel(pad(label, labelWidth)) + colored.slice(labelWidth);
    })
    .join("\n");
}

/**
 * Formats rows as aligned columns.
 * @param width columns of the terminal, where longer lines are truncated
 */
export function formatTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = Number.POSITIVE_INFINITY,
): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ""))));
  const formatRow = (row: readonly string[]): string =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join(GAP)
      .trimEnd();
  return all.map((row) => truncate(formatRow(row), width)).join("\n");
}
