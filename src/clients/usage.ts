import { isRememberedProgram } from "../installation/launch.ts";
import { isObject } from "../shared/json.ts";
import { commandWords } from "./entries.ts";
import { exists, readSnapshot } from "./files.ts";
import { getIn, toPlain } from "./formats/format.ts";
import { configFiles, FORMATS } from "./plan.ts";
import { CLIENTS, withProfiles } from "./registry.ts";
import type { Client, System } from "./types.ts";

/**
 * Whether an entry in a user's file starts something in a folder, or a program of `install --command`. A file that cannot
 * be read may have one.
 */
export function hasEntryUsing(folder: string, system: System): boolean {
  return CLIENTS.flatMap((client) => withProfiles(client, system)).some((client) =>
    configFiles({ client, system })
      .filter(exists)
      .some((file) => usesFolder(file, client, folder)),
  );
}

function usesFolder(file: string, { format, keyPath }: Client, folder: string): boolean {
  try {
    const entries = toPlain(getIn(FORMATS[format].parse(readSnapshot(file).content?.text ?? ""), keyPath));
    return Object.values(isObject(entries) ? entries : {}).some((entry) => {
      const words = commandWords(entry);
      return words.some((word) => word.includes(folder)) || isRememberedProgram(words[0] ?? "");
    });
  } catch {
    return true;
  }
}
