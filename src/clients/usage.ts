import { userPath } from "../config/folders.ts";
import { launcherFile } from "../installation/copy.ts";
import { isRememberedProgram } from "../installation/launch.ts";
import { isObject } from "../shared/json.ts";
import { commandWords } from "./entries.ts";
import { exists, readSnapshot } from "./files.ts";
import { getIn, toPlain } from "./formats/format.ts";
import { configFiles, FORMATS } from "./plan.ts";
import { CLIENTS, withProfiles } from "./registry.ts";
import type { Client, System } from "./types.ts";

/** Whether the command of an entry is of some kind. */
export type CommandTest = (words: readonly string[]) => boolean;

/** Whether a command starts the copy of this program. */
export const startsCopy: CommandTest = (words) => words.includes(launcherFile());

/** Whether a command needs a file that `install` keeps for this user: the copy, the folder of npx, or the list of programs. */
export const needsOwnFiles: CommandTest = (words) =>
  words.some((word) => word.includes(userPath("data"))) || isRememberedProgram(words[0] ?? "");

/** Whether a user's file has an entry with such a command. A file that cannot be read may have one. */
export function hasEntryThat(matches: CommandTest, system: System): boolean {
  return CLIENTS.flatMap((client) => withProfiles(client, system)).some((client) =>
    configFiles({ client, system })
      .filter(exists)
      .some((file) => readCommands(file, client)?.some(matches) ?? true),
  );
}

function readCommands(file: string, { format, keyPath }: Client): readonly (readonly string[])[] | undefined {
  try {
    const entries = toPlain(getIn(FORMATS[format].parse(readSnapshot(file).content?.text ?? ""), keyPath));
    return Object.values(isObject(entries) ? entries : {}).map(commandWords);
  } catch {
    return undefined;
  }
}
