import process from "node:process";
import { confirm, isCancel, multiselect, password, settings, updateSettings } from "@clack/prompts";
import { wrap } from "./columns.ts";
import { EXIT_CODES } from "./exit-codes.ts";
import { printError } from "./output.ts";

/** Both cancel, as Ctrl-C does. Under its name, Escape would also move the cursor, and show "Yes" as the canceled answer. */
const ESCAPE = "\u001B";
const CTRL_D = "\u0004";
settings.aliases.delete("escape");
updateSettings({ aliases: { [ESCAPE]: "cancel", [CTRL_D]: "cancel" } });

/** Columns of the frame before a line. The library wraps by columns, and starts lines with the space between two words. */
const MARGIN = 3;

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
  const { columns } = process.stderr;
  const lines = wrap(message, columns === undefined ? undefined : columns - MARGIN);
  return exitIfCanceled(await confirm({ message: lines, initialValue, output: process.stderr }));
}

function exitIfCanceled<T>(value: T): Exclude<T, symbol> {
  if (isCancel(value)) {
    printError("Canceled.");
    process.exit(EXIT_CODES.canceled);
  }
  return value as Exclude<T, symbol>;
}
