import { join } from "node:path";
import process from "node:process";
import { findHome } from "./reader.ts";

/**
 * What this program keeps for a user: `config` holds the logins, `data` the installed copies and the backups, `cache`
 * what can be deleted at any time.
 */
export type FolderKind = "config" | "data" | "cache";

type Folders = Readonly<Record<FolderKind, readonly string[]>>;

/**
 * Parents of the program's folders, below the home directory. Clients start servers without XDG_CONFIG_HOME and other
 * variables of a shell, so these cannot matter.
 */
const PARENTS: Readonly<Partial<Record<NodeJS.Platform, Folders>>> = {
  darwin: {
    config: ["Library", "Application Support"],
    data: ["Library", "Application Support"],
    cache: ["Library", "Caches"],
  },
  win32: {
    config: ["AppData", "Roaming"],
    data: ["AppData", "Local"],
    cache: ["AppData", "Local", "Temp"],
  },
};

const OTHER_PARENTS: Folders = { config: [".config"], data: [".local", "share"], cache: [".cache"] };

/** Returns a path in this user's folder of a kind. Nothing is created. */
export function userPath(kind: FolderKind, ...parts: readonly string[]): string {
  const parents = PARENTS[process.platform] ?? OTHER_PARENTS;
  return join(findHome(), ...parents[kind], "lightfast-mcp", ...parts);
}
