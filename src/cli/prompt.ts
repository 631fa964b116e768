import process from "node:process";
import { confirm, isCancel, multiselect, password, updateSettings } from "@clack/prompts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printError } from "./output.ts";

/** Cancels like Ctrl-C and Escape do. */
const CTRL_D = "\u0004";
updateSettings({ aliases: { [CTRL_D]: "cancel" } });

export type Choice = { readonly value: string; readonly label: string; readonly hint: string };

/** Returns whether stdin and stderr are a terminal. Prompts go to stderr; stdout is for results. */
export function canPrompt(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

export async function promptSecret(message: string): Promise<string> {
  // Enter without a text gives no value.
  return exitIfCanceled(await password({ message, mask: "*", output: process.stderr })) ?? "";
}

export async function promptChoices(message: string, choices: readonly Choice[]): Promise<readonly string[]> {
  return exitIfCanceled(
    await multiselect({ message, options: [...choices], required: true, output: process.stderr }),
  );
}

/** @param initialValue the answer of Enter alone */
export async function promptConfirm(message: string, initialValue = true): Promise<boolean> {
  return exitIfCanceled(await confirm({ message, initialValue, output: process.stderr }));
}

function exitIfCanceled<T>(value: T): Exclude<T, symbol> {
  if (isCancel(value)) {
    printError("Canceled.");
    process.exit(EXIT_CODES.canceled);
  }
  return value as Exclude<T, symbol>;
}
