import process from "node:process";

let redact = (text: string): string => text;

/** Sets what takes secrets out of every text printed from here on. */
export const redactOutput = (redactor: (text: string) => string): void => {
  redact = redactor;
};

const ignore = (): void => {};

/** A reader that went away (`| head`) is no fault of ours, and no reason to leave anything undone. */
const write = (stream: NodeJS.WriteStream, text: string): void => {
  if (!stream.listeners("error").includes(ignore)) stream.on("error", ignore);
  stream.write(`${redact(text)}\n`);
};

/** Prints a result: the only words of ours on stdout. */
export const print = (text: string): void => {
  write(process.stdout, text);
};

/** Prints an error, a remark or a log line. */
export const printError = (text: string): void => {
  write(process.stderr, text);
};

/** Ends the program, whatever it still waits for, as soon as all that was printed is out. */
export const exitWhenPrinted = (exitCode: number): void => {
  process.stdout.write("", () => process.exit(exitCode));
};
