import process from "node:process";
import type { Outcome, Preview, Result } from "../../clients/apply.ts";
import { clientOf } from "../../clients/table.ts";
import { stdoutColors } from "../colors.ts";
import { print, printError } from "../output.ts";

const colors = stdoutColors();

const WORDS: Readonly<Record<Outcome, string>> = {
  written: "written to",
  unchanged: "already set up in",
  removed: "removed from",
  absent: "nothing to remove from",
  failed: "failed at",
  planned: "nothing was written to",
};

const paint = (line: string): string => {
  if (/^(?:---|\+\+\+) /.test(line)) return colors.bold(line);
  if (line.startsWith("@@")) return colors.cyan(line);
  if (line.startsWith("+")) return colors.green(line);
  return line.startsWith("-") ? colors.red(line) : line;
};

/** Shows what is about to be written, and what to do before. */
export const showPreview = ({ task, diff }: Preview): void => {
  const { title, before } = task.client;
  print(colors.bold(title));
  print(diff.split("\n").map(paint).join("\n"));
  if (before) print(colors.yellow(before));
};

/** Lines that fit the terminal; a path, which may be longer, stays in one piece. */
const fitted = (text: string, indent: string): readonly string[] => {
  const { columns = Number.POSITIVE_INFINITY } = process.stdout;
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const line = `${lines.at(-1) ?? ""} ${word}`;
    if (lines.length > 0 && line.length <= columns) lines[lines.length - 1] = line;
    else lines.push(indent + word);
  }
  return lines;
};

/** Says what became of one client: on stderr if it failed. */
export const showResult = ({ client, file, outcome, backup, message }: Result): void => {
  const head = `${clientOf(client)?.title ?? client}: ${WORDS[outcome]} ${file}`;
  const more = [...(backup ? [`The file as it was: ${backup}`] : []), ...(message ? [message] : [])];
  const text = [...fitted(head, ""), ...more.flatMap((words) => fitted(words, "  "))].join("\n");
  if (outcome === "failed") printError(text);
  else print(text);
};
