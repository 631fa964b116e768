import process from "node:process";
import { confirm, isCancel, multiselect, password } from "@clack/prompts";

/** Whether a person can be asked: both ends are a terminal. */
export function canPrompt(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** Exit code of a command that a person broke off, as shells give it for Ctrl-C. */
export const CANCELED_EXIT_CODE = 130;

/** An answer, or the end of the program where the person broke off; by then nothing has been changed. */
function answered<T>(answer: T): Exclude<T, symbol> {
  if (isCancel(answer)) process.exit(CANCELED_EXIT_CODE);
  return answer as Exclude<T, symbol>;
}

/** Asks for a secret without showing it. Prompts go to stderr; stdout is for results. */
export async function promptSecret(message: string): Promise<string> {
  return answered(await password({ message, mask: "*", output: process.stderr }));
}

/** One thing to choose: what it is called here, what people read, and a remark on it. */
export type Choice = { readonly value: string; readonly label: string; readonly hint: string };

/** Lets a person choose some of several things, at least one. */
export async function promptChoices(message: string, choices: readonly Choice[]): Promise<readonly string[]> {
  return answered(
    await multiselect({ message, options: [...choices], required: true, output: process.stderr }),
  );
}

/** Asks a yes-or-no question. */
export async function promptConfirm(message: string): Promise<boolean> {
  return answered(await confirm({ message, output: process.stderr }));
}
