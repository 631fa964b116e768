import process from "node:process";

let redact = (text: string): string => text;

/** Sets what takes secrets out of every text printed from here on. */
export const redactOutput = (redactor: (text: string) => string): void => {
  redact = redactor;
};

/** Prints a result: the only words of ours on stdout. A reader that went away (`| head`) is no fault. */
export const print = (text: string): void => {
  process.stdout.write(`${redact(text)}\n`);
};

/** Prints an error, a remark or a log line. */
export const printError = (text: string): void => {
  process.stderr.write(`${redact(text)}\n`);
};
