import process from "node:process";
import type { SettingsError } from "../config/resolve.ts";

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
