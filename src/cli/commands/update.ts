import process from "node:process";
import { hasEntryThat, startsCopy } from "../../clients/usage.ts";
import { programCommand } from "../../config/invocation.ts";
import { findHome } from "../../config/reader.ts";
import { invalidSetting } from "../../config/resolve.ts";
import { CopyError, readSelection } from "../../installation/copy.ts";
import { rollback, UpdateError, type UpdateResult, update } from "../../installation/update.ts";
import { wrap } from "../columns.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { print, printError } from "../output.ts";
import { withSpinner } from "../spinner.ts";

export type UpdateFlags = {
  readonly check?: boolean;
  readonly rollback?: boolean;
  readonly json?: boolean;
};

/** What npm accepts as a version, without ranges, tags, paths and URLs. */
const VERSION = /^\d+\.\d+\.\d+[0-9A-Za-z.+-]*$/;

/** Switches the copy that clients start. Exits with 1 if it stays the same because of an error. */
export async function updateCopy(version: string | undefined, flags: UpdateFlags): Promise<void> {
  const { check = false, json = false } = flags;
  if (version !== undefined && !VERSION.test(version)) {
    throw invalidSetting("version", "The version must be a number such as 1.2.3.");
  }
  if (flags.rollback && (check || version !== undefined)) {
    throw invalidSetting("--rollback", "--rollback cannot be combined with --check or a version.");
  }
  try {
    requireUse();
    const result = flags.rollback
      ? await rollback()
      : await withSpinner("Asking npm", () => update({ version, isCheck: check }));
    print(json ? JSON.stringify(result) : wrap(describe(result), process.stdout.columns));
  } catch (error) {
    if (!(error instanceof UpdateError || error instanceof CopyError)) throw error;
    const { code, message } = error;
    printError(json ? JSON.stringify({ error: { code, message } }) : `lightfast-mcp: ${message}`);
    process.exitCode = EXIT_CODES.usage;
  }
}

/** @throws UpdateError if no client starts the copy */
function requireUse(): void {
  const { platform, env } = process;
  if (readSelection() || hasEntryThat(startsCopy, { platform, home: findHome(), env })) return;
  throw new UpdateError(
    `No client starts a copy of this program. To set clients up, run: ${programCommand("install")}`,
  );
}

function describe({ outcome, from, to }: UpdateResult): string {
  // There is no other version to return to.
  if (outcome === "updated" && (from === undefined || from === to)) {
    return `Repaired the copy of ${to}. Restart your clients.`;
  }
  const texts = {
    unchanged: `Clients start ${to}. There is no newer version.`,
    available: `Version ${to} is available; clients start ${from ?? "a missing copy"}. To switch, run: ${programCommand("update")}`,
    updated: `Clients start ${to} from now on, instead of ${from}. Restart them. To revert this, run: ${programCommand("update --rollback")}`,
  };
  return texts[outcome];
}
